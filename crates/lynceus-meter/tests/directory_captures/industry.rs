//! Modbus and DNP3, message by message as the analyser counts them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{flows, seen, text};

#[test]
fn modbus_requests_answers_and_exceptions() {
    let name = "protocol-pcaps/suricata-verify/modbus__modbus.pcap";
    let Some(seen) = seen(name) else { return };
    let rows = rows_of!(seen, Modbus);
    let mut requests = BTreeMap::new();
    for row in &rows {
        let count = requests.entry(row.func_code.unwrap_or(0)).or_insert(0);
        *count += row.requests.unwrap_or(0);
    }
    let listed = [(1, 2), (3, 1), (5, 2), (6, 1), (8, 8), (17, 2), (43, 2)];
    assert_eq!(requests, BTreeMap::from(listed));
    let sum = |f: fn(&lynceus_meter::protocols::ModbusEvent) -> Option<u32>| -> u32 {
        rows.iter().filter_map(f).sum()
    };
    assert_eq!((sum(|r| r.responses), sum(|r| r.exceptions)), (12, 9));
    let exceptions: BTreeSet<_> = rows
        .iter()
        .filter_map(|r| r.exception.clone())
        .flatten()
        .collect();
    let listed = [
        "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND",
        "SLAVE_DEVICE_BUSY",
    ];
    assert!(exceptions.iter().eq(listed.iter()), "{exceptions:?}");
}

#[test]
fn dnp3_functions() {
    let Some(seen) = seen("protocol-pcaps/zeek/dnp3__dnp3.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Dnp3);
    let mut messages = BTreeMap::new();
    for row in &rows {
        let count = messages.entry(row.func_code.unwrap_or(0)).or_insert(0);
        *count += row.messages.unwrap_or(0);
    }
    let listed = [
        (0, 13),
        (1, 9),
        (2, 6),
        (3, 5),
        (13, 2),
        (14, 2),
        (18, 4),
        (20, 3),
        (21, 7),
        (129, 34),
        (130, 30),
    ];
    assert_eq!(messages, BTreeMap::from(listed));
}

#[test]
fn dnp3_in_datagrams() {
    let name = "protocol-pcaps/zeek/dnp3__dnp3_udp_select_operate.pcap";
    let Some(seen) = seen(name) else { return };
    assert_eq!(flows(&seen, "dnp3"), 1);
    let rows = rows_of!(seen, Dnp3);
    let functions: Vec<_> = rows.iter().map(|r| (text(&r.func), r.source)).collect();
    let station = |func, source: u16| (func, Some(source));
    assert_eq!(functions.len(), 4);
    for wanted in [
        station("SELECT", 100),
        station("OPERATE", 100),
        station("RESPONSE", 1),
    ] {
        assert!(functions.contains(&wanted), "{functions:?}");
    }
}
