//! One live conversation. Its first two packets are kept as they are; only a third one brings the
//! full statistics into being, so that a million half-open flows stay small.

use super::entropy::entropy_bits;
use super::key::FlowKey;
use super::originator::{decide, OrigBy};
use super::side::Seen;
use super::statistics::Statistics;
use super::timeouts::Timeouts;
use crate::packet::tcp_flag::{ACK, FIN, RST, SYN};
use crate::packet::{proto, Packet, Tunnel};
use crate::protocols::Inspector;

/// Packets kept before the statistics are made.
const EARLY: usize = 2;
/// How long after the first packet a SYN can still be one that the capture put late.
const REORDERED_NS: i64 = 1_000_000_000;

/// What happened so far, as bits; those by side are shifted by the side.
mod mark {
    pub const SEEN: u8 = 1;
    pub const FIN: u8 = 4;
    pub const RST: u8 = 16;
    pub const ACK: u8 = 32;
    pub const PAYLOAD: u8 = 64;
}

/// One live conversation, or one part of it.
pub struct Flow {
    /// Its key.
    pub key: FlowKey,
    /// Hash of the key, for growing the index.
    pub hash: u64,
    /// Time of the first packet of the part, in capture order.
    pub first_ns: i64,
    /// Latest packet time.
    pub last_ns: i64,
    /// Capture clock at its latest packet.
    pub clock_ns: i64,
    /// Frame of the first packet of the part.
    pub first_frame: u64,
    /// Frame of the latest packet.
    pub last_frame: u64,
    /// Timer bucket in which it stands.
    pub bucket: i64,
    /// Entropy of the first payload by side; negative when unknown.
    pub entropy: [f32; 2],
    /// Protocol inspection, from the first payload on.
    pub inspector: Option<Box<Inspector>>,
    /// What the inspection had told when it went on to the next part.
    told_service: Option<&'static str>,
    /// Full statistics, from the third packet on.
    pub statistics: Option<Box<Statistics>>,
    early: [Seen; EARLY],
    early_packets: u8,
    marks: u8,
    /// Sequence number of the originator's SYN.
    syn: Option<u32>,
    /// Number of the part.
    pub part: u32,
    /// MAC addresses by side, zero when unknown.
    pub l2: [[u8; 6]; 2],
    /// VLAN of the first packet, 0 for none.
    pub vlan: u16,
    /// Code of the first ICMP message.
    pub icmp_code: u16,
    /// What carried it.
    pub tunnel: Tunnel,
    /// Side of the originator.
    pub orig: u8,
    /// Side seen first.
    first: u8,
    /// How the originator was decided.
    pub orig_by: OrigBy,
    /// False once it left the table.
    pub live: bool,
    /// A part without a packet yet: the one before was told when the conversation fell silent.
    pub paused: bool,
}

/// What a packet means for the conversation found under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Continues,
    /// It is over; the packet begins another one.
    Over,
    /// It goes on in a new part.
    Cut,
    /// It goes on in a new part after a silence.
    Resumes,
}

impl Flow {
    /// The conversation that a packet of `side` begins; the packet itself is not counted yet.
    pub fn begin(key: FlowKey, hash: u64, side: usize, packet: &Packet) -> Flow {
        let (orig, orig_by) = decide(packet, side);
        let mut l2 = [packet.src_mac, packet.dst_mac];
        if side == 1 {
            l2.swap(0, 1);
        }
        Flow {
            key,
            hash,
            first_ns: packet.ts_ns,
            last_ns: packet.ts_ns,
            clock_ns: packet.ts_ns,
            first_frame: packet.frame,
            last_frame: packet.frame,
            bucket: 0,
            entropy: [-1.0; 2],
            inspector: None,
            told_service: None,
            statistics: None,
            early: [Seen::default(); EARLY],
            early_packets: 0,
            marks: 0,
            syn: None,
            part: 0,
            l2,
            vlan: packet.vlan,
            icmp_code: packet.dst_port,
            tunnel: packet.tunnel,
            orig: orig as u8,
            first: side as u8,
            orig_by,
            live: true,
            paused: false,
        }
    }

    /// Application protocol as the content told so far.
    pub fn service(&self) -> Option<&'static str> {
        let inspector = self.inspector.as_ref();
        inspector
            .and_then(|own| own.service())
            .or(self.told_service)
    }

    /// The next part, without a packet yet.
    pub fn next_part(&mut self) -> Flow {
        self.told_service = self.service();
        let statistics = self.statistics.as_deref();
        Flow {
            statistics: statistics.map(|old| Box::new(old.next_part())),
            inspector: self.inspector.take(),
            entropy: [-1.0; 2],
            early: [Seen::default(); EARLY],
            early_packets: 0,
            marks: self.marks & !(mark::PAYLOAD | mark::PAYLOAD << 1),
            part: self.part.saturating_add(1),
            live: true,
            paused: true,
            ..*self
        }
    }

    /// A part begins with `packet`, which is not counted yet.
    pub fn begin_part(&mut self, packet: &Packet, clock_ns: i64) {
        self.first_ns = packet.ts_ns;
        self.last_ns = packet.ts_ns;
        self.clock_ns = clock_ns;
        self.first_frame = packet.frame;
        self.vlan = packet.vlan;
        self.tunnel = packet.tunnel;
        self.paused = false;
    }

    /// Sequence number of the originator's SYN, where it was seen.
    #[inline]
    pub fn syn_seq(&self) -> Option<u32> {
        self.syn
    }

    /// True for TCP.
    #[inline]
    pub fn is_tcp(&self) -> bool {
        self.key.protocol == proto::TCP
    }

    /// True for TCP after RST or FIN both ways.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.marks & mark::RST != 0 || self.marks & (mark::FIN * 3) == mark::FIN * 3
    }

    /// True for TCP of which one side only spoke, and never acknowledged anything.
    #[inline]
    pub fn is_half_open(&self) -> bool {
        self.is_tcp() && self.marks & (mark::ACK | mark::RST) == 0 && self.marks & 3 != 3
    }

    /// How long it may be silent.
    #[inline]
    pub fn idle_ns(&self, timeouts: &Timeouts) -> i64 {
        if !self.is_tcp() {
            timeouts.other_ns
        } else if self.is_closed() {
            timeouts.closed_ns
        } else if self.is_half_open() {
            timeouts.half_open_ns
        } else {
            timeouts.tcp_ns
        }
    }

    /// How long it may be silent before there is something to do.
    #[inline]
    pub fn wait_ns(&self, timeouts: &Timeouts) -> i64 {
        let idle_ns = self.idle_ns(timeouts);
        if self.paused {
            idle_ns
        } else {
            idle_ns.min(timeouts.inactive_ns)
        }
    }

    /// True when the capture clock says that it is over.
    #[inline]
    pub fn is_expired(&self, clock_ns: i64, timeouts: &Timeouts) -> bool {
        clock_ns.saturating_sub(self.clock_ns) > self.idle_ns(timeouts)
    }

    /// True when the capture clock says that its part is over.
    #[inline]
    pub fn is_inactive(&self, clock_ns: i64, timeouts: &Timeouts) -> bool {
        clock_ns.saturating_sub(self.clock_ns) > timeouts.inactive_ns
    }

    /// What a packet of its key, sent by `side`, means for it.
    #[inline]
    pub fn fate(&self, packet: &Packet, side: usize, clock_ns: i64, timeouts: &Timeouts) -> Fate {
        let silent_ns = packet.ts_ns.saturating_sub(self.last_ns);
        if silent_ns > self.idle_ns(timeouts) || self.is_expired(clock_ns, timeouts) {
            return Fate::Over;
        }
        let new_syn = self.is_tcp() && packet.tcp_flags & (SYN | ACK | RST) == SYN;
        if new_syn && self.is_reused(packet, side) {
            return Fate::Over;
        }
        if self.paused || silent_ns > timeouts.inactive_ns || self.is_inactive(clock_ns, timeouts) {
            return Fate::Resumes;
        }
        if packet.ts_ns.saturating_sub(self.first_ns) >= timeouts.active_ns {
            return Fate::Cut;
        }
        Fate::Continues
    }

    /// Whether a SYN begins another connection on the same ports.
    #[cold]
    fn is_reused(&self, packet: &Packet, side: usize) -> bool {
        if self.syn == Some(packet.tcp_seq) && side == usize::from(self.orig) {
            return false;
        }
        if self.is_closed() {
            return true;
        }
        let young =
            self.statistics.is_none() && packet.ts_ns.saturating_sub(self.first_ns) <= REORDERED_NS;
        if self.syn.is_none() {
            // First seen in mid-connection or by its SYN-ACK: a SYN that the capture put late.
            return !young;
        }
        self.marks & 3 == 3
    }

    /// Counts a packet. `spare` gives the statistics a third packet needs.
    #[inline]
    pub fn packet(
        &mut self,
        packet: &Packet,
        side: usize,
        clock_ns: i64,
        spare: &mut Vec<Box<Statistics>>,
    ) {
        self.clock_ns = clock_ns;
        self.last_ns = self.last_ns.max(packet.ts_ns);
        self.last_frame = packet.frame;
        self.marks |= mark::SEEN << side;
        let tcp = self.is_tcp();
        if tcp {
            self.mark_flags(packet, side);
        }
        let seen = Seen {
            ts_ns: packet.ts_ns,
            seq: packet.tcp_seq,
            ack: packet.tcp_ack,
            wire_bytes: packet.wire_bytes,
            ip_bytes: packet.ip_bytes,
            payload_bytes: packet.payload_bytes,
            window: packet.tcp_window,
            mss: packet.tcp_options.mss,
            window_scale_plus_one: packet.tcp_options.window_scale_plus_one,
            flags: packet.tcp_flags,
            ttl: packet.ttl,
            fragments: packet.fragments,
            side: side as u8,
        };
        if let Some(statistics) = &mut self.statistics {
            statistics.packet(&seen, tcp);
        } else if usize::from(self.early_packets) < EARLY {
            self.early[usize::from(self.early_packets)] = seen;
            self.early_packets += 1;
        } else {
            let mut statistics = spare.pop().unwrap_or_default();
            self.write_statistics(&mut statistics);
            statistics.packet(&seen, tcp);
            self.statistics = Some(statistics);
        }
    }

    /// Makes `statistics` those of the packets kept so far.
    pub fn write_statistics(&self, statistics: &mut Statistics) {
        *statistics = Statistics::default();
        if self.part == 0 && self.orig != self.first {
            statistics.history.flip();
        }
        for seen in &self.early[..usize::from(self.early_packets)] {
            statistics.packet(seen, self.is_tcp());
        }
    }

    /// Whether its next part builds on what TCP knows of the connection. One of a packet or two that
    /// nobody answered knows nothing, and a million such stay small.
    pub fn hands_on(&self) -> bool {
        self.statistics.is_some() || (self.is_tcp() && !self.is_half_open() && !self.is_closed())
    }

    /// Gives it its full statistics now.
    pub fn grow(&mut self, spare: &mut Vec<Box<Statistics>>) {
        if self.statistics.is_none() {
            let mut statistics = spare.pop().unwrap_or_default();
            self.write_statistics(&mut statistics);
            self.statistics = Some(statistics);
        }
    }

    #[inline]
    fn mark_flags(&mut self, packet: &Packet, side: usize) {
        let flags = packet.tcp_flags;
        if flags & ACK != 0 {
            self.marks |= mark::ACK;
        }
        if flags & (SYN | FIN | RST) == 0 {
            return;
        }
        if flags & FIN != 0 {
            self.marks |= mark::FIN << side;
        }
        if flags & RST != 0 {
            self.marks |= mark::RST;
        } else if flags & SYN != 0 && self.statistics.is_none() {
            // Nothing is counted yet: a handshake may still correct a guess.
            let orig = if flags & ACK == 0 { side } else { 1 - side };
            if self.orig_by != OrigBy::Handshake && self.part == 0 {
                if usize::from(self.orig) != orig {
                    self.orig = orig as u8;
                    self.inspector = None;
                }
                self.orig_by = OrigBy::Handshake;
            }
            if flags & ACK == 0 && usize::from(self.orig) == side {
                self.syn = Some(packet.tcp_seq);
            }
        }
    }

    /// Notes the first payload of a side.
    #[inline]
    pub fn note_payload(&mut self, side: usize, payload: &[u8]) {
        if self.marks & (mark::PAYLOAD << side) == 0 {
            self.marks |= mark::PAYLOAD << side;
            self.entropy[side] = entropy_bits(payload).unwrap_or(-1.0);
        }
    }

    /// Ports as the flow columns show them, originator first: for ICMP type and code.
    pub fn ports(&self) -> (u16, u16) {
        let orig = usize::from(self.orig);
        let icmp = matches!(self.key.protocol, proto::ICMP | proto::ICMP6);
        (
            self.key.ports[orig],
            if icmp {
                self.icmp_code
            } else {
                self.key.ports[1 - orig]
            },
        )
    }
}
