//! However packets are cut into batches and spread over workers, the same flows come out.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use proptest::prelude::*;

use super::clock::{Clock, Work, SHARDS};
use super::worker::{Output, Worker};
use super::MeterConfig;
use crate::flow::testing::{host, sorted_rows, START};
use crate::losses::Losses;
use crate::packet::{proto, Packet};

/// Few addresses and ports, so that packets meet; times that jump, also backwards.
fn packets() -> impl Strategy<Value = Vec<Packet>> {
    let one = (
        0u8..4,
        0u8..4,
        0u16..3,
        0u16..2,
        0u8..4,
        0u8..64,
        prop_oneof![8 => 0i64..2_000, 2 => 0i64..400_000, 1 => -90_000i64..0],
    )
        .prop_map(|(src, dst, src_port, dst_port, kind, tcp_flags, step_ms)| {
            let protocol = [proto::TCP, proto::TCP, proto::UDP, proto::ICMP][usize::from(kind)];
            Packet {
                src: host(src),
                dst: host(dst),
                src_port,
                dst_port,
                protocol,
                tcp_flags: if protocol == proto::TCP { tcp_flags } else { 0 },
                tcp_seq: u32::from(tcp_flags) * 7,
                payload_bytes: u32::from(src_port) * 5,
                ip_bytes: 60,
                wire_bytes: 74,
                ts_ns: step_ms,
                ..Default::default()
            }
        });
    proptest::collection::vec(one, 1..400).prop_map(|mut packets| {
        let mut now_ms = 0;
        for (frame, packet) in (1..).zip(&mut packets) {
            now_ms += packet.ts_ns;
            packet.ts_ns = START + now_ms * 1_000_000;
            packet.frame = frame;
        }
        packets
    })
}

fn small(inactive_timeout_s: Option<f64>) -> MeterConfig {
    MeterConfig {
        active_timeout_s: 120.0,
        inactive_timeout_s,
        max_flows: 2 * SHARDS,
        batch_rows: 7,
        ..MeterConfig::default()
    }
}

/// Rows in the order they are handed out, and how many flows were shed.
fn metered(
    packets: &[Packet],
    sizes: &[usize],
    workers: usize,
    inactive_timeout_s: Option<f64>,
) -> (Vec<RecordBatch>, u64) {
    let split = |i: usize| i * SHARDS / workers;
    let digest: Arc<str> = "d1".into();
    let mut tables: Vec<Worker> = (0..workers)
        .map(|i| Worker::new(split(i)..split(i + 1), &small(inactive_timeout_s), &digest))
        .collect();
    let mut clock = Clock::new();
    let mut rows = Vec::new();
    let mut rest = packets;
    let mut sizes = sizes.iter().cycle();
    loop {
        let (now, later) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        rest = later;
        let mut work = Work {
            ends_capture: now.is_empty(),
            ends_group: Some(Losses::default()),
            ..Default::default()
        };
        work.batch.packets = now.to_vec();
        clock.route(&mut work, None);
        let mut shed = 0;
        for worker in &mut tables {
            let mut take = |output: Output| {
                rows.extend(output.flows);
                if output.ends_group.is_some() {
                    shed += output.shed;
                }
                Ok::<(), ArrowError>(())
            };
            worker.work(&work, &mut take).unwrap();
        }
        if now.is_empty() {
            return (rows, shed);
        }
    }
}

fn in_order(batches: &[RecordBatch]) -> Vec<String> {
    batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(|i| format!("{:?}", batch.slice(i, 1))))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_split_gives_the_same_flows(
        packets in packets(),
        sizes in proptest::collection::vec(1usize..50, 1..6),
        inactive_timeout_s in proptest::option::of(1.0..70.0),
    ) {
        let (whole, shed) = metered(&packets, &[usize::MAX], 1, inactive_timeout_s);
        let (cut, cut_shed) = metered(&packets, &sizes, 1, inactive_timeout_s);
        prop_assert_eq!(sorted_rows(&whole), sorted_rows(&cut));
        prop_assert_eq!(shed, cut_shed);
        let counted: usize = crate::flow::testing::total_packets(&whole);
        prop_assert_eq!(counted, packets.len());
    }

    #[test]
    fn any_number_of_workers_gives_the_same_rows_in_the_same_order(packets in packets(), workers in 2usize..7) {
        let (one, _) = metered(&packets, &[37], 1, None);
        let (many, _) = metered(&packets, &[37], workers, None);
        prop_assert_eq!(in_order(&one), in_order(&many));
    }
}

/// Clocks that go back for good, in any split.
#[test]
fn a_rewound_clock_in_any_split() {
    let mut trace = Vec::new();
    for i in 0..4_000i64 {
        let ts_ns = START + (i % 2_000) * 50_000_000;
        let src_port = (i % 7) as u16;
        trace.push(Packet {
            ts_ns,
            frame: i as u64 + 1,
            src: host(1),
            dst: host(2),
            src_port,
            dst_port: 9,
            protocol: proto::UDP,
            ..Default::default()
        });
    }
    let (whole, _) = metered(&trace, &[usize::MAX], 1, None);
    let (cut, _) = metered(&trace, &[113], 3, None);
    assert_eq!(sorted_rows(&whole), sorted_rows(&cut));
}
