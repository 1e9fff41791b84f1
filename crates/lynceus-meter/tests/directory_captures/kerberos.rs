//! Kerberos: logins and service tickets.

use std::collections::BTreeSet;

use crate::{flows, seen, text};

#[test]
fn a_spray_over_kerberos() {
    let name = "attack-pcaps/pcap-attack/CA_kerbrute_passwordspray_kerberos_AS-REQ.pcapng";
    let Some(seen) = seen(name) else { return };
    assert_eq!(flows(&seen, "kerberos"), 14);
    let rows = rows_of!(seen, Kerberos);
    assert_eq!(rows.len(), 14);
    assert!(rows.iter().all(|r| text(&r.request_type) == "AS"));
    let unknown: BTreeSet<_> = rows
        .iter()
        .filter(|r| text(&r.error_msg) == "KDC_ERR_C_PRINCIPAL_UNKNOWN")
        .map(|r| text(&r.client))
        .collect();
    let expected = [
        "HD01", "HD02", "admin", "admin02", "bob", "svc-01", "svc-02",
    ];
    assert_eq!(unknown, BTreeSet::from(expected));
    let wrong: Vec<_> = rows
        .iter()
        .filter(|r| text(&r.error_msg) == "KDC_ERR_PREAUTH_FAILED")
        .map(|r| (text(&r.client), r.preauth))
        .collect();
    assert_eq!(
        wrong,
        [("administrator", Some(true)), ("backdoor", Some(true))]
    );
    let given: Vec<_> = rows.iter().filter(|r| r.success == Some(true)).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(text(&given[0].client), "normal");
    assert_eq!(text(&given[0].cipher), "aes256-cts-hmac-sha1-96");
}

#[test]
fn a_service_ticket_with_rc4() {
    let name = "protocol-pcaps/suricata-verify/krb5-kerberoasting__kerberoast.pcap";
    let Some(seen) = seen(name) else { return };
    let rows = rows_of!(seen, Kerberos);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(text(&row.request_type), "TGS");
    assert_eq!(text(&row.client), "spotless");
    assert_eq!(text(&row.realm), "OFFENSE.LOCAL");
    assert_eq!(text(&row.service), "HTTP/dc-mantvydas.offense.local");
    assert_eq!(text(&row.cipher), "rc4-hmac");
    assert_eq!(text(&row.reply_cipher), "aes256-cts-hmac-sha1-96");
    assert_eq!(text(&row.kdc_options), "0x40810000");
    assert_eq!(row.ciphers.as_ref().map(Vec::len), Some(5));
}

#[test]
fn a_login_answered_with_a_weaker_key_than_offered() {
    let name = "attack-pcaps/pcap-attack/lm_mimikazt_skeleton_kerberos_rc4_etype.pcapng";
    let Some(seen) = seen(name) else { return };
    let rows = rows_of!(seen, Kerberos);
    let login = rows
        .iter()
        .find(|r| text(&r.request_type) == "AS" && r.success == Some(true))
        .expect("a login");
    assert_eq!(text(&login.client), "backdoor");
    assert_eq!(text(&login.host_name), "02694W-WIN10");
    assert_eq!(text(&login.reply_cipher), "rc4-hmac");
    let offered = login.ciphers.as_ref().expect("offered");
    assert_eq!(offered[0], "aes256-cts-hmac-sha1-96");
}

#[test]
fn kerberos_of_many_hosts() {
    let Some(seen) = seen("ndpi-apps/kerberos.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Kerberos);
    // Of each request as many as the analyser lists; several answers are not in the capture.
    let count = |kind: &str| {
        rows.iter()
            .filter(|r| text(&r.request_type) == kind)
            .count()
    };
    assert_eq!((count("AS"), count("TGS")), (8, 3));
    let errors: Vec<_> = rows.iter().filter(|r| r.error_code.is_some()).collect();
    assert_eq!(errors.len(), 5);
    assert!(rows.iter().any(|r| text(&r.host_name) == "JOHNSON-PC"));
    assert!(rows.iter().any(|r| text(&r.client) == "theresa.johnson"));
}

#[test]
fn kerberos_without_a_client_name() {
    let Some(seen) = seen("protocol-pcaps/zeek/krb__optional-service-name.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Kerberos);
    assert_eq!(rows.len(), 1);
    assert_eq!(text(&rows[0].error_msg), "KRB_ERR_GENERIC");
    assert_eq!(rows[0].client, None);
}
