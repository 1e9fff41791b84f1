//! Conversations that pause: told when they fall silent, and in another part when they go on.

use arrow_array::RecordBatch;

use super::table::Table;
use super::testing::{
    back, column, feed, packet, table_with, tcp_letters, timeouts, written, S, START,
};
use super::timeouts::Timeouts;
use crate::packet::{proto, Packet};
use crate::protocols::Event;

type Trace = Vec<(Packet, &'static [u8])>;

fn table() -> Table {
    table_with(Timeouts {
        inactive_ns: 15 * S,
        ..timeouts()
    })
}

fn rows_of(trace: &Trace) -> RecordBatch {
    let mut table = table();
    feed(&mut table, trace);
    table.finish();
    written(&mut table)
}

fn at(s: i64, (packet, payload): (Packet, &'static [u8])) -> (Packet, &'static [u8]) {
    let ts_ns = START + s * S;
    (Packet { ts_ns, ..packet }, payload)
}

/// A connection that says ten bytes at each of these seconds.
fn talk(seconds: &[i64]) -> Trace {
    let mut trace = tcp_letters("ShAD");
    let last = trace[3];
    for (i, &s) in (1u32..).zip(seconds) {
        let (mut one, payload) = at(s, last);
        one.tcp_seq += 10 * i;
        trace.push((one, payload));
    }
    trace
}

#[test]
fn silence_ends_a_part_and_no_conversation() {
    let rows = rows_of(&talk(&[15, 31, 60, 300]));
    assert_eq!(
        column(&rows, "part"),
        [0.into(), 1.into(), 2.into(), 3.into()]
    );
    assert_eq!(
        column(&rows, "total_packets"),
        [5.into(), 1.into(), 1.into(), 1.into()]
    );
    for (name, kept) in [
        ("orig_by", "handshake"),
        ("conn_state", "S1"),
        ("orig_h", "10.0.0.1"),
    ] {
        assert_eq!(column(&rows, name), [kept; 4].map(Into::into), "{name}");
    }
    assert_eq!(
        column(&rows, "orig_missed_bytes"),
        [0.into(), 0.into(), 0.into(), 0.into()]
    );
    // Beyond its idle time it is another one.
    let rows = rows_of(&talk(&[302]));
    assert_eq!(column(&rows, "part"), [0.into(), 0.into()]);
}

#[test]
fn a_part_is_told_by_the_clock_once() {
    let mut table = table();
    feed(&mut table, &tcp_letters("ShAD"));
    table.expire(START + 15 * S);
    assert_eq!(written(&mut table).num_rows(), 0);
    table.expire(START + 17 * S);
    assert_eq!((table.live_flows(), written(&mut table).num_rows()), (1, 1));
    table.expire(START + 400 * S);
    assert_eq!((table.live_flows(), written(&mut table).num_rows()), (0, 0));
}

/// When the clock is looked at changes nothing.
#[test]
fn by_its_next_packet_or_by_the_clock() {
    let trace = talk(&[20, 40]);
    let mut table = table();
    let mut parts = Vec::new();
    for one in &trace {
        feed(&mut table, std::slice::from_ref(one));
        table.expire(one.0.ts_ns);
        parts.push(written(&mut table));
    }
    table.finish();
    parts.push(written(&mut table));
    let told: Vec<_> = parts.iter().flat_map(|rows| column(rows, "uid")).collect();
    assert_eq!(told, column(&rows_of(&trace), "uid"));
}

#[test]
fn a_late_answer_goes_to_who_asked() {
    let ask = (packet(proto::UDP, 50_000, 9, 0.0), &b""[..]);
    let rows = rows_of(&vec![ask, at(20, (back(ask.0), b""))]);
    assert_eq!(
        column(&rows, "orig_h"),
        ["10.0.0.1".into(), "10.0.0.1".into()]
    );
    assert_eq!(column(&rows, "resp_packets"), [0.into(), 1.into()]);
}

/// A query that nobody answered is told with the part it stood in, as soon as that is.
#[test]
fn what_is_open_is_told_at_the_pause() {
    let query: &[u8] = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x01a\x02de\0\0\x01\0\x01";
    let mut asked = packet(proto::UDP, 50_000, 53, 0.0);
    asked.payload_bytes = query.len() as u32;
    let mut table = table();
    feed(&mut table, &[(asked, query)]);
    assert_eq!(table.take_all_events().count(), 0);
    table.expire(START + 17 * S);
    let rows = written(&mut table);
    let told: Vec<_> = table.take_all_events().collect();
    assert!(matches!(told[..], [(_, Event::Dns(_))]));
    assert_eq!(column(&rows, "uid"), [told[0].0.uid.as_str().into()]);
    table.finish();
    assert_eq!(table.take_all_events().count(), 0);
}

/// A million half-open flows stay small after they paused.
#[test]
fn who_nobody_answered_holds_no_statistics() {
    let mut table = table();
    feed(&mut table, &tcp_letters("S"));
    table.expire(START + 17 * S);
    let before = written(&mut table).num_rows();
    assert_eq!((before, table.live_flows()), (1, 1));
    let mut established = self::table();
    feed(&mut established, &tcp_letters("ShAD"));
    established.expire(START + 17 * S);
    assert!(table.memory_bytes() < established.memory_bytes());
}
