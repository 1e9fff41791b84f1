//! Remote Desktop, over TCP and UDP.

use crate::{flows, seen, text};

#[test]
fn remote_desktop_in_the_clear() {
    let Some(seen) = seen("ndpi-apps/rdp3.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Rdp);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(text(&row.cookie), "Administr");
    assert_eq!(text(&row.security_protocol), "RDP");
    assert_eq!(text(&row.result), "Success");
    assert_eq!(text(&row.client_name), "SEPTU");
    assert_eq!(text(&row.client_build), "2600");
    assert_eq!(text(&row.keyboard_layout), "00000409");
    assert_eq!(text(&row.client_dig_product_id), "76487-OEM-0011903-00102");
    let size = (row.desktop_width, row.desktop_height);
    assert_eq!(size, (Some(1280), Some(1024)));
    let channels = row.client_channels.as_ref().expect("channels");
    assert_eq!(channels, &["rdpdr", "cliprdr", "rdpsnd"]);
    assert_eq!(text(&row.encryption_method), "128bit");
    assert_eq!(text(&row.encryption_level), "Client compatible");
}

#[test]
fn remote_desktop_with_tls_inside() {
    for (name, cookie, protocol, subject) in [
        ("ndpi-apps/rdp.pcap", "", "HYBRID_EX", "CN=OFFICE-WIN10-VM"),
        (
            "ndpi-apps/rdp_over_tls.pcap",
            "WDeployAd",
            "HYBRID",
            "CN=topsalon",
        ),
        (
            "attack-pcaps/pcap-attack/LM_rdp_sharprdp.pcapng",
            "IEUser",
            "HYBRID_EX",
            "CN=MSEDGEWIN10",
        ),
    ] {
        let Some(seen) = seen(name) else { return };
        let row = &rows_of!(seen, Rdp)[0];
        assert_eq!(text(&row.cookie), cookie, "{name}");
        assert_eq!(text(&row.security_protocol), protocol, "{name}");
        assert_eq!(text(&row.result), "encrypted", "{name}");
        let tls = &rows_of!(seen, Tls)[0];
        assert_eq!(text(&tls.subject), subject, "{name}");
        assert_eq!(flows(&seen, "tls"), 0, "{name}: the service stays");
        assert!(flows(&seen, "rdp") > 0, "{name}");
    }
}

#[test]
fn remote_desktop_over_udp_is_recognised() {
    for name in [
        "rdpeudp-handshake-fail.pcap",
        "rdpeudp-handshake-success.pcap",
        "rdpeudp2-handshake-success.pcap",
    ] {
        let Some(seen) = seen(&format!("protocol-pcaps/zeek/rdp__{name}")) else {
            return;
        };
        assert_eq!(flows(&seen, "rdp"), 1, "{name}");
    }
}
