//! NTP: time, and what servers are asked besides.

use crate::{flows, seen, text};

#[test]
fn what_servers_are_asked_besides_the_time() {
    let Some(seen) = seen("protocol-pcaps/zeek/ntp__ntpmode67.pcap") else {
        return;
    };
    assert_eq!(flows(&seen, "ntp"), seen.services.len());
    let rows = rows_of!(seen, Ntp);
    let asked = |code: &str| {
        rows.iter()
            .filter(|r| text(&r.request_code) == code)
            .count()
    };
    let counts = ["READSTAT", "READVAR", "PEER_LIST_SUM", "MON_GETLIST_1"].map(asked);
    assert_eq!(counts, [2, 4, 2, 1]);
    assert!(rows
        .iter()
        .all(|r| r.answers == Some(0) && r.stratum.is_none()));
}

#[test]
fn requests_meet_their_answers() {
    let Some(seen) = seen("protocol-pcaps/zeek/ntp__ntp2.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Ntp);
    // 17 that ask for the time and a private one; 17 answers, of which none is left over.
    assert_eq!(rows.len(), 18);
    assert!(rows.iter().all(|r| r.request_bytes.is_some()));
    let answers: u32 = rows.iter().filter_map(|r| r.answers).sum();
    assert_eq!(answers, 17);
    let strata = |stratum| rows.iter().filter(|r| r.stratum == Some(stratum)).count();
    assert_eq!([1, 2, 3, 4].map(strata), [2, 12, 1, 2]);
    assert!(rows
        .iter()
        .filter_map(|r| r.offset_s)
        .all(|s| s.abs() < 1.0));
}
