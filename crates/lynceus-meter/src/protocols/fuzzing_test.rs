//! The seeds of the fuzz targets; `tests/fuzzing.rs` runs the targets over damaged copies of them.

use std::path::Path;

use super::*;

/// A seed is worth something only when its parser reads it.
#[test]
fn seeds_are_understood() {
    let doors: [(&str, &Door); 33] = [
        ("dns/query_and_answer", &crate::protocols::dns::UDP_DOOR),
        ("tls/handshake", &crate::protocols::tls::DOOR),
        ("quic/initial", &crate::protocols::quic::DOOR),
        ("http/exchange", &crate::protocols::http::DOOR),
        ("ssh/login", &crate::protocols::ssh::DOOR),
        ("dhcp/ack", &crate::protocols::dhcp::DOOR),
        ("smb/files", &crate::protocols::smb::DOOR),
        ("dce_rpc/service", &crate::protocols::dce_rpc::DOOR),
        ("kerberos/login", &crate::protocols::kerberos::UDP_DOOR),
        (
            "kerberos/service_ticket",
            &crate::protocols::kerberos::TCP_DOOR,
        ),
        ("ldap/conversation", &crate::protocols::ldap::TCP_DOOR),
        ("ldap/datagrams", &crate::protocols::ldap::UDP_DOOR),
        ("rdp/old", &crate::protocols::rdp::DOOR),
        ("rdp/tls", &crate::protocols::rdp::DOOR),
        ("snmp/walk", &crate::protocols::snmp::DOOR),
        ("snmp/version_3", &crate::protocols::snmp::DOOR),
        ("mqtt/version_3_1", &crate::protocols::mqtt::DOOR),
        ("mqtt/version_5", &crate::protocols::mqtt::DOOR),
        ("smtp/mail", &crate::protocols::smtp::DOOR),
        ("smtp/chunks", &crate::protocols::smtp::DOOR),
        ("ftp/files", &crate::protocols::ftp::DOOR),
        ("pop3/mails", &crate::protocols::pop3::DOOR),
        ("imap/mails", &crate::protocols::imap::DOOR),
        ("sip/datagrams", &crate::protocols::sip::UDP_DOOR),
        ("sip/stream", &crate::protocols::sip::TCP_DOOR),
        ("ssdp/discovery", &crate::protocols::ssdp::DOOR),
        ("telnet/logins", &crate::protocols::telnet::DOOR),
        ("ntp/monlist", &crate::protocols::ntp::DOOR),
        ("irc/bot", &crate::protocols::irc::DOOR),
        ("modbus/polls", &crate::protocols::modbus::DOOR),
        ("dnp3/stations", &crate::protocols::dnp3::TCP_DOOR),
        ("stratum/pool", &crate::protocols::stratum::DOOR),
        ("stratum/monero", &crate::protocols::stratum::DOOR),
    ];
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, door) in doors {
        let seed = std::fs::read(seeds.join(name)).expect("a readable seed");
        assert!(!parse(door, &seed).is_empty(), "{name}");
    }
}

/// `cargo test -p lynceus-meter seeds_of_names -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/names");
    std::fs::create_dir_all(&folder).expect("a folder");
    let seeds: [(&str, Vec<u8>); 7] = [
        ("bittorrent", b"\x13BitTorrent protocol\0\0\0\0".to_vec()),
        ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("openvpn", vec![0x38, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0]),
        (
            "radius",
            [&[1, 7, 0, 26][..], &[9; 16], &[4, 6, 10, 0, 0, 1]].concat(),
        ),
        (
            "stun",
            [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[9; 12]].concat(),
        ),
        ("syslog", b"<34>Oct 11 22:14:15 host su: x".to_vec()),
        ("wireguard", [&[1, 0, 0, 0][..], &[9; 144]].concat()),
    ];
    for (name, bytes) in seeds {
        std::fs::write(folder.join(name), bytes).expect("written");
    }
}

/// Writes a seed: parts with the originator's told from the responder's. Parts longer than one
/// length byte are written in several, as a stream may be divided; datagrams are padded.
pub(crate) fn write_seed(target: &str, name: &str, stream: bool, parts: &[(bool, Vec<u8>)]) {
    let mut script = Vec::new();
    for (from_orig, data) in parts {
        let shift = (0..8).find(|s| data.len() >> s < 255).expect("a length");
        let shift = if stream { 0 } else { shift };
        for piece in data.chunks(if stream { 255 } else { data.len().max(1) }) {
            let mut piece = piece.to_vec();
            piece.resize(piece.len().next_multiple_of(1 << shift), 0);
            script.push(u8::from(*from_orig) | shift << 4);
            script.push((piece.len() >> shift) as u8);
            script.extend(piece);
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(name), script).expect("written");
}
