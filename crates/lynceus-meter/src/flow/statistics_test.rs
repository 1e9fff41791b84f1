//! Every statistic against numbers calculated by hand from four short conversations.

use std::collections::BTreeSet;

use super::testing::{back, flags, packet, rows_of, Cell};
use crate::packet::{proto, Packet, TcpOptions};

type Expected = Vec<(&'static str, Cell)>;

fn check(packets: &[(Packet, &[u8])], expected: &Expected) {
    let rows = rows_of(packets);
    assert_eq!(rows.num_rows(), 1);
    for (name, cell) in expected {
        let found = super::testing::cell(&rows, 0, name);
        assert!(found.is_near(cell), "{name}: {found:?}, expected {cell:?}");
    }
}

macro_rules! expect {
    ($($name:ident: $value:expr,)*) => { vec![$((stringify!($name), Cell::from($value)),)*] };
}

macro_rules! null {
    ($($name:ident)*) => { vec![$((stringify!($name), Cell::Null),)*] };
}

/// A TCP packet by its numbers: ms, from the client, flags, seq, ack, payload bytes, window.
fn tcp(
    ms: f64,
    client: bool,
    initials: &str,
    numbers: (u32, u32),
    bytes: u32,
    window: u16,
) -> Packet {
    let one = Packet {
        tcp_flags: flags(initials),
        tcp_seq: numbers.0,
        tcp_ack: numbers.1,
        tcp_window: window,
        payload_bytes: bytes,
        ip_bytes: 52 + bytes,
        wire_bytes: 66 + bytes,
        ttl: if client { 64 } else { 50 },
        ..packet(proto::TCP, 40_000, 80, ms)
    };
    if client {
        one
    } else {
        back(one)
    }
}

fn with_options(packet: Packet, mss: u16, window_scale_plus_one: u8) -> Packet {
    let tcp_options = TcpOptions {
        mss,
        window_scale_plus_one,
        sack_permitted: true,
    };
    Packet {
        tcp_options,
        ip_bytes: 60,
        wire_bytes: 74,
        ..packet
    }
}

/// A request and its answer, a pause of 2 s, a repeated request, an orderly end.
fn web() -> Vec<(Packet, &'static [u8])> {
    const REQUEST: &[u8] = b"abababababababababababababababababababababababababababababababababab";
    const ANSWER: &[u8] = b"abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd";
    vec![
        (
            with_options(tcp(0.0, true, "S", (1000, 0), 0, 64240), 1460, 8),
            b"",
        ),
        (
            with_options(tcp(20.0, false, "SA", (5000, 1001), 0, 65160), 1400, 9),
            b"",
        ),
        (tcp(30.0, true, "A", (1001, 5001), 0, 500), b""),
        (tcp(31.0, true, "PA", (1001, 5001), 100, 500), REQUEST),
        (
            Packet {
                ttl: 48,
                ..tcp(60.0, false, "A", (5001, 1101), 0, 600)
            },
            b"",
        ),
        (tcp(61.0, false, "A", (5001, 1101), 1000, 600), ANSWER),
        (tcp(61.5, false, "PA", (6001, 1101), 500, 600), ANSWER),
        (tcp(62.0, true, "A", (1101, 6501), 0, 500), b""),
        (tcp(2062.0, true, "PA", (1101, 6501), 20, 500), b"again"),
        (tcp(2300.0, true, "PA", (1101, 6501), 20, 500), b"again"),
        (tcp(2310.0, false, "A", (6501, 1121), 0, 0), b""),
        (tcp(2320.0, true, "FA", (1121, 6501), 0, 500), b""),
        (tcp(2330.0, false, "FA", (6501, 1122), 0, 600), b""),
        (tcp(2340.0, true, "A", (1122, 6502), 0, 500), b""),
    ]
}

fn web_expected() -> Expected {
    expect! {
        conn_state: "SF", history: "ShADadTwFf", orig_by: "handshake", duration_s: 2.34,
        orig_h: "10.0.0.1", orig_p: 40_000, resp_h: "10.0.0.2", resp_p: 80, proto: "tcp",
        first_frame: 1, last_frame: 14, part: 0, source: "capture", input_digest: "d1", site: "hq",
        orig_packets: 8, resp_packets: 6, total_packets: 14,
        orig_bytes: 120, resp_bytes: 1500, total_bytes: 1620, bytes_are_ip: false,
        orig_ip_bytes: 564, resp_ip_bytes: 1820, missed_bytes: 0,
        orig_size_bytes_min: 52, orig_size_bytes_mean: 70.5, orig_size_bytes_max: 152,
        orig_size_bytes_std: 31.870833, resp_size_bytes_min: 52, resp_size_bytes_mean: 303.333333,
        resp_size_bytes_max: 1052, resp_size_bytes_std: 381.019101,
        size_bytes_min: 52, size_bytes_mean: 170.285714, size_bytes_max: 1052, size_bytes_std: 275.816561,
        orig_payload_bytes_min: 20, orig_payload_bytes_mean: 46.666667, orig_payload_bytes_max: 100,
        orig_payload_bytes_std: 37.712362, resp_payload_bytes_min: 500, resp_payload_bytes_mean: 750.0,
        resp_payload_bytes_max: 1000, resp_payload_bytes_std: 250.0,
        orig_gap_s_min: 0.001, orig_gap_s_mean: 0.334285714, orig_gap_s_max: 2.0, orig_gap_s_std: 0.684217742,
        resp_gap_s_min: 0.0005, resp_gap_s_mean: 0.462, resp_gap_s_max: 2.2485, resp_gap_s_std: 0.893368177,
        gap_s_min: 0.0005, gap_s_mean: 0.18, gap_s_max: 2.0, gap_s_std: 0.528945795,
        orig_wire_bytes: 676, resp_wire_bytes: 1904, orig_payload_packets: 3, resp_payload_packets: 2,
        orig_small_packets: 2, resp_small_packets: 0,
        orig_first_payload_bytes: 100, resp_first_payload_bytes: 1000,
        orig_first_payload_entropy_bits: 1.0, resp_first_payload_entropy_bits: 2.0,
        orig_syn_packets: 1, orig_ack_packets: 7, orig_fin_packets: 1, orig_rst_packets: 0,
        orig_psh_packets: 3, orig_urg_packets: 0, orig_ece_packets: 0, orig_cwr_packets: 0,
        resp_syn_packets: 1, resp_ack_packets: 6, resp_fin_packets: 1, resp_rst_packets: 0,
        resp_psh_packets: 1, resp_urg_packets: 0, resp_ece_packets: 0, resp_cwr_packets: 0,
        orig_window_bytes_first: 64240, orig_window_bytes_min: 500, orig_window_bytes_mean: 8467.5,
        orig_window_bytes_max: 64240, orig_zero_window_packets: 0,
        resp_window_bytes_first: 65160, resp_window_bytes_min: 0, resp_window_bytes_mean: 11260.0,
        resp_window_bytes_max: 65160, resp_zero_window_packets: 1,
        orig_mss_bytes: 1460, orig_window_scale: 7, resp_mss_bytes: 1400, resp_window_scale: 8,
        orig_retransmitted_packets: 1, orig_retransmitted_bytes: 20, orig_out_of_order_packets: 0,
        orig_duplicate_ack_packets: 0, orig_keep_alive_packets: 0, orig_missed_bytes: 0,
        resp_retransmitted_packets: 0, resp_retransmitted_bytes: 0, resp_out_of_order_packets: 0,
        resp_duplicate_ack_packets: 0, resp_keep_alive_packets: 0, resp_missed_bytes: 0,
        syn_synack_s: 0.02, synack_ack_s: 0.01, first_response_s: 0.02,
        orig_ttl_min: 64, orig_ttl_max: 64, resp_ttl_min: 48, resp_ttl_max: 50,
        orig_fragments: 0, resp_fragments: 0,
        packets_per_s: 5.982906, ip_bytes_per_s: 1018.803419, orig_packets_per_s: 3.418803,
        orig_ip_bytes_per_s: 241.025641, resp_packets_per_s: 2.564103, resp_ip_bytes_per_s: 777.777778,
        resp_per_orig_packets: 0.75, resp_per_orig_ip_bytes: 3.226950,
        turns: 2, orig_bursts: 1, orig_burst_packets_mean: 2.0, orig_burst_packets_max: 2,
        orig_burst_bytes_mean: 40.0, orig_burst_bytes_max: 40, resp_bursts: 1,
        resp_burst_packets_mean: 2.0, resp_burst_packets_max: 2, resp_burst_bytes_mean: 1500.0,
        resp_burst_bytes_max: 1500,
        peak_1ms_wire_bytes: 1632, peak_10ms_wire_bytes: 1764, peak_100ms_wire_bytes: 2144,
        idle_periods: 1, idle_s_min: 2.0, idle_s_mean: 2.0, idle_s_max: 2.0, idle_s_std: 0.0,
        active_periods: 2, active_s_min: 0.062, active_s_mean: 0.17, active_s_max: 0.278, active_s_std: 0.108,
        seq_size_bytes: [60, 60, 52, 152, 52, 1052, 552, 52, 72, 72, 52, 52, 52, 52],
        seq_payload_bytes: [0, 0, 0, 100, 0, 1000, 500, 0, 20, 20, 0, 0, 0, 0],
        seq_from_orig: [true, false, true, true, false, false, false, true, true, true, false, true, false, true],
        seq_gap_us: [0, 20_000, 10_000, 1_000, 29_000, 1_000, 500, 500, 2_000_000, 238_000, 10_000, 10_000, 10_000, 10_000],
    }
}

/// Losses: a gap half filled, a duplicate ACK, a keep-alive, a reset.
#[test]
fn a_conversation_with_losses() {
    let packets: Vec<(Packet, &[u8])> = vec![
        (tcp(0.0, true, "S", (100, 0), 0, 1000), b""),
        (tcp(1.0, false, "SA", (900, 101), 0, 700), b""),
        (tcp(2.0, true, "A", (101, 901), 0, 500), b""),
        (tcp(3.0, false, "A", (901, 101), 100, 700), b""),
        (tcp(4.0, false, "A", (1101, 101), 100, 700), b""),
        (tcp(5.0, true, "A", (101, 1001), 0, 500), b""),
        (tcp(6.0, false, "A", (1201, 101), 100, 700), b""),
        (tcp(7.0, true, "A", (101, 1001), 0, 500), b""),
        (tcp(8.0, false, "A", (1001, 101), 50, 700), b""),
        (tcp(9.0, true, "A", (101, 1301), 0, 500), b""),
        (tcp(10.0, false, "A", (1300, 101), 1, 700), b""),
        (tcp(11.0, true, "A", (101, 1301), 0, 500), b""),
        (tcp(12.0, true, "R", (101, 0), 0, 0), b""),
    ];
    let mut expected = expect! {
        conn_state: "RSTO", history: "ShAdgR", resp_bytes: 350, missed_bytes: 50, resp_missed_bytes: 50,
        resp_out_of_order_packets: 1, resp_retransmitted_packets: 0, resp_retransmitted_bytes: 1,
        resp_keep_alive_packets: 1, orig_duplicate_ack_packets: 1, orig_rst_packets: 1,
        orig_window_bytes_first: 1000, orig_window_bytes_min: 500, orig_window_bytes_mean: 583.333333,
        orig_window_bytes_max: 1000, orig_zero_window_packets: 0, turns: 0, resp_bursts: 1,
        resp_burst_packets_max: 5, resp_burst_bytes_max: 351, syn_synack_s: 0.001, synack_ack_s: 0.001,
        resp_small_packets: 2,
    };
    // Nothing of the payload was captured; no SYN carried options.
    expected.extend(null! {
        resp_first_payload_entropy_bits orig_first_payload_bytes orig_burst_packets_mean
        orig_mss_bytes orig_window_scale
    });
    check(&packets, &expected);
}

/// UDP: an answer put together from two fragments, then 3 s of silence.
#[test]
fn a_datagram_conversation() {
    let udp = |ms, bytes: u32| Packet {
        payload_bytes: bytes,
        ip_bytes: 28 + bytes,
        wire_bytes: 42 + bytes,
        ..packet(proto::UDP, 50_000, 9_999, ms)
    };
    let answer = Packet {
        fragments: 2,
        ..back(udp(5.0, 2000))
    };
    let packets: Vec<(Packet, &[u8])> = vec![
        (udp(0.0, 30), b"q"),
        (answer, b"a"),
        (udp(3005.0, 70), b"q"),
    ];
    let mut expected = expect! {
        conn_state: "SF", history: "Dd", orig_by: "first_seen", proto: "udp", resp_fragments: 2, orig_fragments: 0,
        orig_small_packets: 1, turns: 2, orig_bursts: 0, idle_periods: 1, idle_s_max: 3.0,
        active_s_min: 0.0, active_s_max: 0.005, resp_per_orig_packets: 0.5, first_response_s: 0.005,
        orig_bytes: 100, seq_from_orig: [true, false, true], seq_gap_us: [0, 5_000, 3_000_000],
    };
    expected.extend(null! {
        orig_syn_packets resp_cwr_packets orig_window_bytes_first resp_window_bytes_mean
        orig_zero_window_packets orig_mss_bytes resp_window_scale orig_retransmitted_packets
        resp_missed_bytes missed_bytes syn_synack_s synack_ack_s resp_gap_s_min orig_burst_bytes_max
        orig_l2_addr vlan tunnel label source_uid resp_hosts sampling_rate
    });
    check(&packets, &expected);
}

/// One packet alone: what needs two is null.
#[test]
fn a_single_packet() {
    let ping = packet(proto::ICMP, 8, 0, 0.0);
    let mut expected = expect! {
        conn_state: "OTH", orig_by: "port", proto: "icmp", orig_p: 8, resp_p: 0, duration_s: 0.0,
        total_packets: 1, idle_periods: 0, active_periods: 1, active_s_max: 0.0, seq_gap_us: [0],
    };
    expected.extend(null! {
        history gap_s_min orig_gap_s_mean packets_per_s ip_bytes_per_s orig_packets_per_s
        resp_size_bytes_min resp_ttl_min first_response_s idle_s_min idle_s_std resp_first_payload_bytes
    });
    expected.push(("resp_per_orig_packets", Cell::Real(0.0)));
    check(&[(ping, b"")], &expected);
}

#[test]
fn a_web_conversation_and_every_packet_statistic() {
    check(&web(), &web_expected());
    let document: serde_json::Value = serde_json::from_str(super::FEATURES).unwrap();
    let specified: BTreeSet<&str> = document["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|feature| feature["tier"] == "packet")
        .map(|feature| feature["name"].as_str().unwrap())
        .collect();
    let checked: BTreeSet<&str> = web_expected().into_iter().map(|(name, _)| name).collect();
    let missing: Vec<_> = specified.difference(&checked).collect();
    assert!(
        specified.len() >= 80 && missing.is_empty(),
        "without a number by hand: {missing:?}"
    );
}

/// Capture time that steps back does not make negative gaps.
#[test]
fn time_may_step_back() {
    let packets: Vec<(Packet, &[u8])> = [10.0, 5.0, 20.0]
        .map(|ms| (packet(proto::UDP, 50_000, 9_999, ms), &b""[..]))
        .into();
    check(
        &packets,
        &expect! { gap_s_min: 0.0, gap_s_max: 0.015, duration_s: 0.01, total_packets: 3, },
    );
}
