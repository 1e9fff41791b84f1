//! What a flow part accumulates: one block for each side, one for both. Everything is kept by side
//! (0 is the smaller end of the key), so that a change of mind about the originator moves nothing.

use super::history::{is_power_of_ten, History};
use super::side::{Bursts, Run, Seen, Side};
use super::spread::Spread;
use super::tcp::{Arrival, Connection, Endpoint};
use crate::packet::tcp_flag::{ACK, FIN, RST, SYN};
use crate::peaks::Peaks;

/// A gap of more than this ends an active period and a burst.
pub const IDLE_NS: i64 = 1_000_000_000;
/// Packets kept one by one.
pub const SEQUENCE_PACKETS: usize = 32;

/// The first packets of a flow part, one by one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence {
    /// How many are kept.
    pub length: usize,
    /// IP packet sizes.
    pub size_bytes: [u16; SEQUENCE_PACKETS],
    /// Payload sizes.
    pub payload_bytes: [u16; SEQUENCE_PACKETS],
    /// Microseconds since the packet before.
    pub gap_us: [u32; SEQUENCE_PACKETS],
    /// Bit i: side 1 sent packet i.
    pub from_side_1: u32,
}

/// Everything a flow part accumulates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// By side.
    pub sides: [Side; 2],
    /// Gaps between successive packets both ways, nanoseconds.
    pub gap: Spread,
    /// Idle periods, nanoseconds.
    pub idle: Spread,
    /// How many idle periods.
    pub idle_periods: u32,
    /// Changes of sender among payload packets.
    pub turns: u32,
    /// Finished active periods, nanoseconds.
    active: Spread,
    active_since_ns: i64,
    /// Time of the packet before.
    before_ns: i64,
    run: Run,
    /// Frame bytes both ways in the fullest bins.
    pub peaks: Peaks,
    /// Endpoint states.
    pub connection: Connection,
    /// Time from SYN to SYN-ACK, nanoseconds.
    pub syn_synack_ns: Option<i64>,
    /// Time from SYN-ACK to ACK, nanoseconds.
    pub synack_ack_ns: Option<i64>,
    synack_ns: Option<(i64, u8)>,
    /// What happened in which order.
    pub history: History,
    noted: [u8; 2],
    /// The first packets.
    pub sequence: Sequence,
}

impl Statistics {
    /// The statistics of the next part of the same conversation: counters begin anew, what TCP
    /// knows of the connection stays.
    pub fn next_part(&self) -> Statistics {
        let mut next = Statistics {
            connection: self.connection,
            ..Default::default()
        };
        for (new, old) in next.sides.iter_mut().zip(&self.sides) {
            new.stream = old.stream;
        }
        next
    }

    /// Packets both ways.
    pub fn packets(&self) -> u64 {
        self.sides[0].packets + self.sides[1].packets
    }

    /// Takes in a packet; `tcp` when it is one.
    #[inline]
    pub fn packet(&mut self, seen: &Seen, tcp: bool) {
        let first = self.packets() == 0;
        let gap_ns = if first {
            0
        } else {
            (seen.ts_ns.saturating_sub(self.before_ns)).max(0)
        };
        self.sequence(seen, gap_ns);
        self.time(seen, gap_ns, first);
        self.peaks.add(seen.ts_ns, seen.wire_bytes);
        self.sides[usize::from(seen.side)].packet(seen);
        if seen.payload_bytes > 0 {
            self.payload(seen);
        }
        if tcp {
            self.tcp(seen);
        } else if seen.payload_bytes > 0 {
            self.history
                .push_once(usize::from(seen.side), b'D', &mut self.noted, 1);
        }
    }

    #[inline]
    fn sequence(&mut self, seen: &Seen, gap_ns: i64) {
        let sequence = &mut self.sequence;
        let at = sequence.length;
        if at < SEQUENCE_PACKETS {
            sequence.size_bytes[at] = seen.ip_bytes.min(u32::from(u16::MAX)) as u16;
            sequence.payload_bytes[at] = seen.payload_bytes.min(u32::from(u16::MAX)) as u16;
            sequence.gap_us[at] = (gap_ns / 1_000).min(i64::from(u32::MAX)) as u32;
            sequence.from_side_1 |= u32::from(seen.side) << at;
            sequence.length += 1;
        }
    }

    #[inline]
    fn time(&mut self, seen: &Seen, gap_ns: i64, first: bool) {
        if first {
            self.active_since_ns = seen.ts_ns;
        } else {
            self.gap.add(gap_ns as u64);
            if gap_ns > IDLE_NS {
                self.idle.add(gap_ns as u64);
                self.idle_periods += 1;
                self.active.add(self.active_ns());
                self.active_since_ns = seen.ts_ns;
            }
        }
        self.before_ns = seen.ts_ns;
    }

    fn active_ns(&self) -> u64 {
        self.before_ns.saturating_sub(self.active_since_ns).max(0) as u64
    }

    /// All active periods, the last one included; their count is `idle_periods + 1`.
    pub fn active(&self) -> Spread {
        let mut active = self.active;
        active.add(self.active_ns());
        active
    }

    #[inline]
    fn payload(&mut self, seen: &Seen) {
        let run = &mut self.run;
        let same = run.packets > 0 && run.side == seen.side;
        if run.packets > 0 && !same {
            self.turns += 1;
        }
        if same && seen.ts_ns.saturating_sub(run.last_ns) <= IDLE_NS {
            run.packets = run.packets.saturating_add(1);
            run.bytes += u64::from(seen.payload_bytes);
            run.last_ns = seen.ts_ns;
        } else {
            let ended = std::mem::replace(
                run,
                Run {
                    last_ns: seen.ts_ns,
                    bytes: seen.payload_bytes.into(),
                    packets: 1,
                    side: seen.side,
                },
            );
            self.sides[usize::from(ended.side)].bursts.add(&ended);
        }
    }

    /// Bursts of a side, the one under way included.
    pub fn bursts(&self, side: usize) -> Bursts {
        let mut bursts = self.sides[side].bursts;
        if usize::from(self.run.side) == side {
            bursts.add(&self.run);
        }
        bursts
    }

    #[inline]
    fn tcp(&mut self, seen: &Seen) {
        let side = usize::from(seen.side);
        let [low, high] = &mut self.sides;
        let (me, peer) = if side == 0 { (low, high) } else { (high, low) };
        let arrival = me.stream.segment(seen.seq, seen.flags, seen.payload_bytes);
        if arrival != Arrival::default() {
            me.arrived(&arrival);
            if arrival.again && is_power_of_ten(me.again_packets) {
                self.history.push(side, b'T');
            }
        }
        if seen.flags & ACK != 0 {
            let pure = seen.payload_bytes == 0 && seen.flags & (SYN | FIN | RST) == 0;
            me.duplicate_acks += u32::from(me.stream.acknowledge(
                seen.ack,
                seen.window,
                pure && !arrival.keep_alive,
                &peer.stream,
            ));
            if peer.stream.acknowledged(seen.ack) {
                peer.gaps += 1;
                if is_power_of_ten(peer.gaps) {
                    self.history.push(1 - side, b'G');
                }
            }
        }
        self.flags(seen, side);
    }

    /// Counts flags and windows, moves the endpoint states, writes the history.
    #[inline]
    fn flags(&mut self, seen: &Seen, side: usize) {
        const NOTED: u8 = SYN | FIN | RST;
        let flags = seen.flags;
        let me = &mut self.sides[side];
        for (bit, count) in me.flags.iter_mut().enumerate() {
            *count += u32::from(flags >> bit & 1);
        }
        if flags & RST == 0 {
            me.window_min = me.window_min.min(seen.window);
            me.window_max = me.window_max.max(seen.window);
            me.window_sum += u64::from(seen.window);
            me.window_packets += 1;
            if seen.window == 0 && flags & SYN == 0 {
                me.zero_window_packets += 1;
                if is_power_of_ten(me.zero_window_packets) {
                    self.history.push(side, b'W');
                }
            }
        }
        if flags & NOTED != 0 || self.connection.ends[side] == Endpoint::Inactive {
            self.connection.packet(side, flags);
            self.handshake(seen, side);
        }
        let (noted, history) = (&mut self.noted, &mut self.history);
        if flags & SYN != 0 {
            let (letter, bit) = if flags & ACK != 0 {
                (b'H', 2)
            } else {
                (b'S', 4)
            };
            history.push_once(side, letter, noted, bit);
        } else if flags & ACK != 0 && seen.payload_bytes == 0 && flags & (FIN | RST) == 0 {
            history.push_once(side, b'A', noted, 8);
        }
        if seen.payload_bytes > 0 {
            history.push_once(side, b'D', noted, 1);
        }
        if flags & FIN != 0 {
            history.push_once(side, b'F', noted, 16);
        }
        if flags & RST != 0 {
            history.push_once(side, b'R', noted, 32);
        }
        if let (Some((at_ns, by)), None) = (self.synack_ns, self.synack_ack_ns) {
            if by != seen.side && flags & (SYN | ACK | RST) == ACK {
                self.synack_ack_ns = Some(seen.ts_ns.saturating_sub(at_ns).max(0));
            }
        }
    }

    /// Handshake times and SYN options.
    fn handshake(&mut self, seen: &Seen, side: usize) {
        if seen.flags & SYN == 0 || seen.flags & RST != 0 {
            return;
        }
        let peer_syn_ns = self.sides[1 - side].syn_ns;
        let me = &mut self.sides[side];
        if seen.mss > 0 {
            me.mss = seen.mss;
        }
        if seen.window_scale_plus_one > 0 {
            me.window_scale_plus_one = seen.window_scale_plus_one;
        }
        if seen.flags & ACK == 0 {
            me.syn_ns = seen.ts_ns;
        } else if peer_syn_ns != i64::MIN {
            if self.syn_synack_ns.is_none() {
                self.syn_synack_ns = Some(seen.ts_ns.saturating_sub(peer_syn_ns).max(0));
            }
            self.synack_ns = Some((seen.ts_ns, seen.side));
        }
    }
}
