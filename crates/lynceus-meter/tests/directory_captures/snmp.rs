//! SNMP of every version.

use std::collections::BTreeSet;

use crate::{flows, seen, text};

#[test]
fn snmp_of_every_version() {
    let Some(seen) = seen("ndpi-apps/snmp.pcap") else {
        return;
    };
    assert_eq!(flows(&seen, "snmp"), 17);
    let rows = rows_of!(seen, Snmp);
    assert_eq!(rows.len(), 17);
    let of = |version: &'static str| rows.iter().filter(move |r| text(&r.version) == version);
    let [first, second, third] = ["1", "2c", "3"].map(|version| of(version).count());
    assert_eq!((first, second, third), (3, 5, 9));
    assert!(of("1").all(|r| text(&r.community) == "public"));
    let users: BTreeSet<_> = of("3").map(|r| text(&r.username)).collect();
    let expected = ["NOAUTHNOPRIV", "SHA1AES128", "SHA1NOPRIV"];
    assert_eq!(users, BTreeSet::from(expected));
    for row in of("3") {
        let level = match text(&row.username) {
            "NOAUTHNOPRIV" => "noAuthNoPriv",
            "SHA1NOPRIV" => "authNoPriv",
            _ => "authPriv",
        };
        assert_eq!(text(&row.security_level), level);
    }
    assert!(rows.iter().any(|r| text(&r.host_name) == "R1.lab.local"));
    assert!(!format!("{rows:?}").contains("adsl"), "a community is kept");
    let sum = |f: fn(&lynceus_meter::protocols::SnmpEvent) -> Option<u32>| -> u32 {
        rows.iter().filter_map(f).sum()
    };
    // As many as the analyser lists.
    assert_eq!((sum(|r| r.traps), sum(|r| r.encrypted)), (8, 10));
}

#[test]
fn snmp_refuses_an_unknown_user() {
    let name = "protocol-pcaps/suricata-verify/snmp-v3-unauth__snmp-v3-get-bulk-unauth.pcap";
    let Some(seen) = seen(name) else { return };
    for row in rows_of!(seen, Snmp) {
        assert_eq!(text(&row.username), "noAuthUser");
        let errors = row.errors.expect("errors");
        assert_eq!(errors, ["unknownEngineIDs", "unknownUserNames"]);
        assert_eq!(row.reports, Some(2));
    }
}
