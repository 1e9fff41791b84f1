//! What the link carried, second by second: packets of all conversations, in capture order.

use crate::packet::PacketBatch;
use crate::peaks::Peaks;
use crate::protocols::LinkLoadEvent;

const NS_PER_S: i64 = 1_000_000_000;
/// A packet that is older than the second under way counts in it, unless the clock went back by
/// more than this many seconds.
const BACK_S: i64 = 60;

/// The second under way.
#[derive(Default)]
struct Second {
    number: i64,
    packets: u64,
    bytes: u64,
    peaks: Peaks,
}

/// Adds up what passes; at most one row a second in which something passed.
#[derive(Default)]
pub struct LinkLoad {
    now: Option<Second>,
}

impl LinkLoad {
    /// Takes in a batch; adds the seconds that are over to `rows`.
    pub fn add(&mut self, batch: &PacketBatch, rows: &mut Vec<LinkLoadEvent>) {
        for packet in &batch.packets {
            let number = packet.ts_ns.div_euclid(NS_PER_S);
            let goes_on = self
                .now
                .as_ref()
                .is_some_and(|now| number <= now.number && now.number - number <= BACK_S);
            if !goes_on {
                self.end(rows);
            }
            let now = self.now.get_or_insert_with(|| Second {
                number,
                ..Second::default()
            });
            now.packets += 1;
            now.bytes += u64::from(packet.wire_bytes);
            now.peaks.add(packet.ts_ns, packet.wire_bytes);
        }
    }

    /// Ends the second under way.
    pub fn end(&mut self, rows: &mut Vec<LinkLoadEvent>) {
        if let Some(second) = self.now.take() {
            let [peak_1ms, peak_10ms, peak_100ms] = second.peaks.most();
            rows.push(LinkLoadEvent {
                ts_ns: second.number.saturating_mul(NS_PER_S),
                packets: Some(second.packets),
                wire_bytes: Some(second.bytes),
                peak_1ms_wire_bytes: Some(peak_1ms),
                peak_10ms_wire_bytes: Some(peak_10ms),
                peak_100ms_wire_bytes: Some(peak_100ms),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Packet;

    fn rows(frames: &[(f64, u32)]) -> Vec<(i64, u64, u64, [u32; 3])> {
        let packets = frames.iter().map(|(s, wire_bytes)| Packet {
            ts_ns: (s * 1e9) as i64,
            wire_bytes: *wire_bytes,
            ..Packet::default()
        });
        let batch = PacketBatch {
            packets: packets.collect(),
            ..PacketBatch::default()
        };
        let (mut load, mut rows) = (LinkLoad::default(), Vec::new());
        load.add(&batch, &mut rows);
        load.end(&mut rows);
        let row = |row: LinkLoadEvent| {
            let peaks = [
                row.peak_1ms_wire_bytes,
                row.peak_10ms_wire_bytes,
                row.peak_100ms_wire_bytes,
            ];
            let second = row.ts_ns / NS_PER_S;
            let [packets, bytes] = [row.packets, row.wire_bytes].map(Option::unwrap);
            (second, packets, bytes, peaks.map(Option::unwrap))
        };
        rows.into_iter().map(row).collect()
    }

    #[test]
    fn one_row_a_second_in_which_something_passed() {
        assert_eq!(
            rows(&[(1.0, 100), (1.0005, 60), (1.0101, 40), (1.9, 7), (5.0, 9)]),
            [(1, 4, 207, [160, 160, 200]), (5, 1, 9, [9; 3])]
        );
    }

    #[test]
    fn a_late_packet_makes_no_row_of_its_own_but_another_clock_does() {
        let packets: Vec<u64> = rows(&[(100.0, 1), (99.9, 1), (10.0, 1), (10.5, 1)])
            .iter()
            .map(|row| row.1)
            .collect();
        assert_eq!(packets, [2, 2]);
        assert!(rows(&[]).is_empty());
    }
}
