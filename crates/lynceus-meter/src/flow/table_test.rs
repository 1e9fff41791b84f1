//! When conversations begin, end and are cut, who began them, and what is shed.

use super::row::Ended;
use super::table::{Limits, Table};
use super::testing::{
    back, cell, column, feed, flags, host, packet, rows_of, table, tcp_letters, timeouts, written,
    Cell, S, START,
};
use crate::packet::tcp_flag::{ACK, SYN};
use crate::packet::{proto, Packet};

fn texts(trace: &[(Packet, &[u8])], name: &str) -> Vec<Cell> {
    column(&rows_of(trace), name)
}

/// Each state of Zeek, with the letters that lead to it, seen from the originator.
#[test]
fn every_connection_state() {
    let cases = [
        ("S", "S0", "S"),
        ("SSS", "S0", "ST"),
        ("Sr", "REJ", "Sr"),
        ("SrR", "REJ", "SrR"),
        ("Sh", "S1", "Sh"),
        ("ShADad", "S1", "ShADad"),
        ("ShAFaf", "SF", "ShAFaf"),
        ("ShAfAF", "SF", "ShAfF"),
        ("ShADFfR", "SF", "ShADFfR"),
        ("ShADFRf", "SF", "ShADFRf"),
        ("ShADF", "S2", "ShADF"),
        ("ShADf", "S3", "ShADf"),
        ("ShADR", "RSTO", "ShADR"),
        ("ShADr", "RSTR", "ShADr"),
        ("ShADfR", "RSTO", "ShADfR"),
        ("SR", "RSTOS0", "SR"),
        ("SF", "SH", "SF"),
        ("hf", "SHR", "^hf"),
        ("hr", "RSTRH", "^hr"),
        ("hDd", "OTH", "^hDd"),
        ("Dda", "OTH", "Dda"),
        ("SDad", "S0", "SDad"),
    ];
    for (letters, state, history) in cases {
        let rows = rows_of(&tcp_letters(letters));
        let found = (cell(&rows, 0, "conn_state"), cell(&rows, 0, "history"));
        assert_eq!(found, (state.into(), history.into()), "{letters}");
        assert_eq!(rows.num_rows(), 1, "{letters}");
        assert_eq!(cell(&rows, 0, "orig_h"), "10.0.0.1".into(), "{letters}");
    }
}

#[test]
fn the_originator_is_told_by_handshake_then_ports_then_order() {
    let by = |trace: &[(Packet, &[u8])]| {
        let rows = rows_of(trace);
        (
            cell(&rows, 0, "orig_h"),
            cell(&rows, 0, "orig_by"),
            cell(&rows, 0, "orig_packets"),
        )
    };
    let (one, two): (Cell, Cell) = ("10.0.0.1".into(), "10.0.0.2".into());
    assert_eq!(
        by(&tcp_letters("h")),
        (one.clone(), "handshake".into(), 0.into())
    );
    assert_eq!(
        by(&tcp_letters("dDD")),
        (one.clone(), "port".into(), 2.into())
    );
    let udp = |port, peer| packet(proto::UDP, port, peer, 0.0);
    assert_eq!(
        by(&[(back(udp(50_000, 53)), b"")]),
        (one.clone(), "port".into(), 0.into())
    );
    assert_eq!(
        by(&[(back(udp(50_000, 50_001)), b"")]),
        (two, "first_seen".into(), 1.into())
    );
    let ping = packet(proto::ICMP, 8, 0, 0.0);
    let pong = Packet {
        src_port: 0,
        ..Packet {
            src: ping.dst,
            dst: ping.src,
            ..ping
        }
    };
    assert_eq!(
        by(&[(pong, b""), (ping, b"")]),
        (one, "port".into(), 1.into())
    );
}

/// A SYN that the capture put after the data it began: the guess by ports is corrected, and said.
#[test]
fn a_late_syn_corrects_a_guess_with_a_note() {
    let mut trace = tcp_letters("sdD");
    trace.swap(0, 1);
    let rows = rows_of(&trace);
    assert_eq!(rows.num_rows(), 1);
    assert_eq!(cell(&rows, 0, "orig_h"), "10.0.0.2".into());
    assert_eq!(cell(&rows, 0, "orig_by"), "handshake".into());
    // The sender of the SYN was seen first: nothing is flipped in the end.
    assert_eq!(cell(&rows, 0, "history"), "DSd".into());
    assert_eq!(cell(&rows, 0, "orig_packets"), 2.into());
}

#[test]
fn silence_ends_a_conversation() {
    let udp = |s: i64| (packet(proto::UDP, 50_000, 53, s as f64 * 1e3), &b""[..]);
    assert_eq!(texts(&[udp(0), udp(60)], "total_packets"), [2.into()]);
    assert_eq!(
        texts(&[udp(0), udp(61)], "total_packets"),
        [1.into(), 1.into()]
    );
    let mut trace = tcp_letters("ShAD");
    let late = |s: i64| {
        let (last, payload) = trace[3];
        (
            Packet {
                ts_ns: START + s * S,
                tcp_seq: last.tcp_seq + 10,
                ..last
            },
            payload,
        )
    };
    let (near, far) = (late(300), late(301));
    trace.push(near);
    assert_eq!(rows_of(&trace).num_rows(), 1);
    trace[4] = far;
    assert_eq!(rows_of(&trace).num_rows(), 2);
}

/// The clock of the capture ends a conversation also when no packet of its own does.
#[test]
fn the_clock_ends_conversations() {
    let mut table = table();
    feed(&mut table, &[(packet(proto::UDP, 50_000, 53, 0.0), b"")]);
    table.expire(START + 60 * S);
    assert_eq!(table.live_flows(), 1);
    table.expire(START + 62 * S);
    assert_eq!((table.live_flows(), written(&mut table).num_rows()), (0, 1));
}

#[test]
fn ports_used_again_begin_another_conversation() {
    let again = |letters: &str, seq: u32| {
        let mut trace = tcp_letters(letters);
        let (mut syn, payload) = trace[0];
        (syn.ts_ns, syn.tcp_seq) = (trace.last().unwrap().0.ts_ns + S, seq);
        trace.push((syn, payload));
        rows_of(&trace).num_rows()
    };
    assert_eq!(again("ShAFaf", 77), 2, "after an orderly end");
    assert_eq!(again("ShADr", 77), 2, "after a reset");
    assert_eq!(again("ShAD", 77), 2, "without an end");
    assert_eq!(again("Sr", 1_000), 1, "the same SYN again after a reset");
    assert_eq!(again("S", 1_000), 1, "the same SYN again");
}

/// Trailing packets of a closed connection still belong to it, for five seconds.
#[test]
fn a_closed_connection_lingers() {
    let trailing = |s: i64| {
        let mut trace = tcp_letters("ShAFfA");
        trace[5].0.ts_ns += s * S;
        rows_of(&trace).num_rows()
    };
    assert_eq!((trailing(4), trailing(6)), (1, 2));
}

#[test]
fn a_long_conversation_speaks_in_parts() {
    let mut trace = tcp_letters("ShA");
    let (ack, _) = trace[2];
    for i in 0..10u32 {
        let ts_ns = START + i64::from(i) * 250 * S + S;
        trace.push((
            Packet {
                ts_ns,
                tcp_seq: 1_001 + i * 10,
                payload_bytes: 10,
                tcp_flags: ACK,
                ..ack
            },
            b"0123456789",
        ));
    }
    let rows = rows_of(&trace);
    assert_eq!(column(&rows, "part"), [0.into(), 1.into()]);
    assert_eq!(column(&rows, "total_packets"), [11.into(), 2.into()]);
    assert_eq!(column(&rows, "orig_bytes"), [80.into(), 20.into()]);
    assert_eq!(
        column(&rows, "orig_by"),
        ["handshake".into(), "handshake".into()]
    );
    assert_eq!(column(&rows, "conn_state"), ["S1".into(), "S1".into()]);
    assert_eq!(
        column(&rows, "orig_retransmitted_packets"),
        [0.into(), 0.into()]
    );
    assert_eq!(
        cell(&rows, 0, "community_id"),
        cell(&rows, 1, "community_id")
    );
    assert_ne!(cell(&rows, 0, "uid"), cell(&rows, 1, "uid"));
}

#[test]
fn every_part_bears_the_service_that_the_first_bytes_told() {
    let request: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let mut trace = tcp_letters("ShA");
    let (ack, _) = trace[2];
    for i in 0..20u32 {
        let first = i == 0;
        trace.push((
            Packet {
                ts_ns: START + i64::from(i) * 250 * S + S,
                tcp_seq: if first { 1_001 } else { 1_028 + i * 10 },
                payload_bytes: if first { request.len() as u32 } else { 10 },
                tcp_flags: ACK,
                ..ack
            },
            if first { request } else { b"0123456789" },
        ));
    }
    let rows = rows_of(&trace);
    assert_eq!(column(&rows, "part"), [0.into(), 1.into(), 2.into()]);
    assert_eq!(
        column(&rows, "service"),
        ["http".into(), "http".into(), "http".into()]
    );
}

fn syn_to(number: u32) -> Packet {
    let [a, b, c, d] = number.to_be_bytes();
    let mut dst = host(0);
    dst[12..].copy_from_slice(&[11 + a, b, c, d]);
    Packet {
        dst,
        tcp_flags: SYN,
        tcp_seq: number,
        ..packet(proto::TCP, 40_000, 80, f64::from(number) / 1e3)
    }
}

/// A million half-open flows of one host: memory is bounded, nothing is lost uncounted, and what
/// is established stays.
#[test]
fn a_million_half_open_flows_are_bounded() {
    let limits = Limits {
        flows: 100_000,
        bytes: 64 << 20,
    };
    let mut table = Table::new("hq".into(), timeouts(), limits);
    feed(&mut table, &tcp_letters("ShADad"));
    let half_open = |ended: &[Ended<'_>]| {
        let half_open = ended.iter().filter(|(flow, _)| flow.is_half_open());
        half_open.count()
    };
    let mut rows = 0;
    for number in 0..1_000_000 {
        let syn = syn_to(number);
        let (key, _) = super::key::FlowKey::of(&syn);
        table.packet(key.hash(7), syn.ts_ns, &syn, b"");
        if number % 10_000 == 0 {
            table.drain(|ended| rows += half_open(ended));
            assert!(table.live_flows() <= 100_000);
        }
    }
    assert!(table.memory_bytes() < 80 << 20, "{}", table.memory_bytes());
    assert!(table.shed_flows() >= 899_000, "{}", table.shed_flows());
    table.finish();
    let mut established = 0;
    table.drain(|ended| {
        rows += half_open(ended);
        established += ended.len() - half_open(ended);
    });
    assert_eq!((rows, established), (1_000_000, 1));
}

/// What the bound of memory rests on.
#[test]
fn records_are_small() {
    assert!(size_of::<super::record::Flow>() <= 256);
    assert!(size_of::<super::statistics::Statistics>() <= 1_536);
}

#[test]
fn identity_beside_the_five_tuple() {
    let tagged = Packet {
        src_mac: [2, 0, 0, 0, 0, 1],
        dst_mac: [2, 0, 0, 0, 0, 0xab],
        vlan: 7,
        tunnel: crate::packet::Tunnel::Vxlan,
        tunnel_id: 42,
        tcp_flags: flags("S"),
        ..packet(proto::TCP, 40_000, 80, 0.0)
    };
    let other = Packet {
        tunnel_id: 43,
        ..tagged
    };
    let rows = rows_of(&[(tagged, b""), (other, b"")]);
    assert_eq!(rows.num_rows(), 2, "overlay networks may repeat addresses");
    assert_eq!(cell(&rows, 0, "orig_l2_addr"), "02:00:00:00:00:01".into());
    assert_eq!(cell(&rows, 0, "resp_l2_addr"), "02:00:00:00:00:ab".into());
    assert_eq!(
        (cell(&rows, 0, "vlan"), cell(&rows, 0, "tunnel")),
        (7.into(), "vxlan:42".into())
    );
}
