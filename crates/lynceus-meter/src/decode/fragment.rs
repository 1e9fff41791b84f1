//! IP fragments put together, in bounded memory and packet time.
//!
//! Rules: what came first wins where fragments overlap; a datagram is joined when every byte up to
//! its last fragment has come, and takes the place of the fragment that completed it; one that
//! waits longer than [`TIMEOUT_NS`], or is the oldest when memory is full, is given up, and its
//! fragments become packets of their own.

use std::collections::{HashMap, VecDeque};
use std::mem::size_of;

use super::ip::orphan;
use super::layer::Layer;
use super::State;
use crate::losses::reason;
use crate::packet::{Packet, Tunnel};

/// How long a datagram waits for the rest of itself; the initial value of RFC 791.
const TIMEOUT_NS: i64 = 15_000_000_000;
/// Datagrams that may wait at a time.
const MAX_DATAGRAMS: usize = 4096;
/// Fragments of one datagram.
const MAX_FRAGMENTS: usize = 512;
/// Memory for what waits, contents and accounts.
const MAX_BYTES: usize = 8 << 20;
/// Longest datagram there can be.
const MAX_DATAGRAM_BYTES: usize = 65_535;

/// What the IP header says of a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) id: u32,
    /// Where it begins in the datagram.
    pub(super) offset: usize,
    /// More fragments follow.
    pub(super) more: bool,
    pub(super) is_v6: bool,
}

/// What became of a fragment.
pub(super) enum Taken {
    /// It completed its datagram.
    Joined(Joined),
    /// It waits, or was dropped as a duplicate; counted either way.
    Kept,
    /// It can be part of no datagram: a packet of its own.
    Orphan(Packet),
}

/// A whole datagram.
pub(super) struct Joined {
    /// Captured bytes, from its begin up to the first that was not captured.
    pub(super) bytes: Vec<u8>,
    /// Its length as the fragments say.
    pub(super) claimed: usize,
    /// What the IP layer knows of it.
    pub(super) packet: Packet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    src: [u8; 16],
    dst: [u8; 16],
    id: u32,
    /// IPv6 leaves it out, because only the first fragment knows.
    protocol: u8,
    vlan: u16,
    tunnel: Tunnel,
    tunnel_id: u32,
}

impl Key {
    fn new(piece: Piece, packet: &Packet) -> Key {
        Key {
            src: packet.src,
            dst: packet.dst,
            id: piece.id,
            protocol: if piece.is_v6 { 0 } else { packet.protocol },
            vlan: packet.vlan,
            tunnel: packet.tunnel,
            tunnel_id: packet.tunnel_id,
        }
    }
}

/// One frame that brought something.
#[derive(Clone, Copy)]
struct Arrival {
    ts_ns: i64,
    frame: u64,
    wire_bytes: u32,
    ip_bytes: u32,
    offset: usize,
}

/// A stretch of the datagram that is covered; stretches do not overlap.
#[derive(Clone, Copy)]
struct Stretch {
    start: usize,
    end: usize,
    /// Where its captured bytes lie in `Datagram::data`, and how many there are.
    data_start: usize,
    captured: usize,
}

struct Datagram {
    born: u64,
    first_ts_ns: i64,
    packet: Packet,
    arrivals: Vec<Arrival>,
    /// By `start`.
    stretches: Vec<Stretch>,
    data: Vec<u8>,
    total: Option<usize>,
    covered: usize,
}

/// The table of what waits.
pub(super) struct Fragments {
    waiting: HashMap<Key, Datagram>,
    /// Oldest first; entries of datagrams joined meanwhile are stale.
    order: VecDeque<(Key, u64)>,
    born: u64,
    bytes: usize,
    held: u64,
    /// The oldest is due outside of these times.
    not_due: (i64, i64),
}

impl Fragments {
    pub(super) fn new() -> Fragments {
        Fragments {
            waiting: HashMap::new(),
            order: VecDeque::new(),
            born: 0,
            bytes: 0,
            held: 0,
            not_due: (i64::MIN, i64::MAX),
        }
    }

    /// Fragments that wait.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// True when the oldest has waited long enough at this time.
    #[inline]
    pub(super) fn is_due(&self, ts_ns: i64) -> bool {
        ts_ns < self.not_due.0 || ts_ns > self.not_due.1
    }

    fn is_stale(&self, (key, born): &(Key, u64)) -> bool {
        self.waiting
            .get(key)
            .is_none_or(|datagram| datagram.born != *born)
    }

    /// Forgets stale entries and finds out when the oldest is due.
    fn tidy(&mut self) {
        while self.order.front().is_some_and(|entry| self.is_stale(entry)) {
            self.order.pop_front();
        }
        if self.order.len() > 2 * self.waiting.len() + 64 {
            let mut order = std::mem::take(&mut self.order);
            order.retain(|entry| !self.is_stale(entry));
            self.order = order;
        }
        let oldest = self
            .order
            .front()
            .and_then(|(key, _)| self.waiting.get(key));
        self.not_due = oldest.map_or((i64::MIN, i64::MAX), |datagram| {
            let first = datagram.first_ts_ns;
            (
                first.saturating_sub(TIMEOUT_NS),
                first.saturating_add(TIMEOUT_NS),
            )
        });
    }

    fn remove(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.waiting.remove(key)?;
        self.bytes -= datagram.bytes();
        self.held -= datagram.arrivals.len() as u64;
        Some(datagram)
    }

    fn remove_oldest(&mut self) -> Option<Datagram> {
        while let Some((key, born)) = self.order.pop_front() {
            if !self.is_stale(&(key, born)) {
                return self.remove(&key);
            }
        }
        None
    }
}

impl Datagram {
    fn new(born: u64, packet: &Packet) -> Datagram {
        Datagram {
            born,
            first_ts_ns: packet.ts_ns,
            packet: *packet,
            arrivals: Vec::new(),
            stretches: Vec::new(),
            data: Vec::new(),
            total: None,
            covered: 0,
        }
    }

    fn bytes(&self) -> usize {
        size_of::<(Key, Datagram)>()
            + self.data.len()
            + self.arrivals.len() * size_of::<Arrival>()
            + self.stretches.len() * size_of::<Stretch>()
    }

    /// False when the fragment contradicts what is known of the datagram's end.
    fn agrees(&self, piece: Piece, end: usize) -> bool {
        let reached = self.stretches.last().map_or(0, |last| last.end);
        match (self.total, piece.more) {
            (Some(total), true) => end <= total,
            (Some(total), false) => end == total,
            (None, true) => true,
            (None, false) => end >= reached,
        }
    }

    /// Adds what is new of a fragment; how many bytes that is.
    fn cover(&mut self, start: usize, layer: Layer) -> usize {
        let end = start + layer.claimed;
        let mut new = 0;
        let mut at = start;
        let mut i = self
            .stretches
            .partition_point(|stretch| stretch.end <= start);
        while at < end {
            let next = self.stretches.get(i).copied();
            let gap_end = next.map_or(end, |stretch| stretch.start.min(end));
            if at < gap_end {
                let from = (at - start).min(layer.bytes.len());
                let to = (gap_end - start).min(layer.bytes.len());
                let stretch = Stretch {
                    start: at,
                    end: gap_end,
                    data_start: self.data.len(),
                    captured: to - from,
                };
                self.data.extend_from_slice(&layer.bytes[from..to]);
                self.stretches.insert(i, stretch);
                new += gap_end - at;
                i += 1;
            }
            at = next.map_or(end, |stretch| stretch.end);
            i += 1;
        }
        self.covered += new;
        new
    }

    /// The contents up to the first byte that was not captured.
    fn contents(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.data.len());
        for stretch in &self.stretches {
            if stretch.start != bytes.len() {
                break;
            }
            let end = stretch.data_start + stretch.captured;
            bytes.extend_from_slice(&self.data[stretch.data_start..end]);
        }
        bytes
    }

    /// Length of the unbroken begin, as the fragments say.
    fn unbroken(&self) -> usize {
        let reach = |end, stretch: &Stretch| {
            if stretch.start == end {
                stretch.end
            } else {
                end
            }
        };
        self.stretches.iter().fold(0, reach)
    }

    fn joined(self, last: &Packet) -> Joined {
        let sum = |of: fn(&Arrival) -> u32| {
            let total = self.arrivals.iter().map(of).fold(0u32, u32::saturating_add);
            total
        };
        Joined {
            packet: Packet {
                ts_ns: last.ts_ns,
                frame: last.frame,
                wire_bytes: sum(|arrival| arrival.wire_bytes),
                ip_bytes: sum(|arrival| arrival.ip_bytes),
                fragments: u8::try_from(self.arrivals.len()).unwrap_or(u8::MAX),
                ..self.packet
            },
            claimed: self.covered,
            bytes: self.contents(),
        }
    }
}

impl State {
    /// Takes in a fragment whose contents are `layer`.
    pub(super) fn take_fragment(&mut self, piece: Piece, layer: Layer, packet: &Packet) -> Taken {
        let end = piece.offset + layer.claimed;
        let is_ragged = piece.more && layer.claimed % 8 != 0;
        if layer.claimed == 0 || is_ragged || end > MAX_DATAGRAM_BYTES {
            return self.reject(reason::FRAGMENTS_MALFORMED, piece, layer, packet);
        }
        let key = Key::new(piece, packet);
        let known = self.fragments.waiting.get(&key);
        if known.is_some_and(|datagram| !datagram.agrees(piece, end)) {
            return self.reject(reason::FRAGMENTS_MALFORMED, piece, layer, packet);
        }
        if known.is_some_and(|datagram| datagram.arrivals.len() >= MAX_FRAGMENTS) {
            return self.reject(reason::FRAGMENTS_SHED, piece, layer, packet);
        }
        let is_new = known.is_none();
        let table = &mut self.fragments;
        if is_new {
            table.born += 1;
            table.order.push_back((key, table.born));
        }
        let born = table.born;
        let datagram = table
            .waiting
            .entry(key)
            .or_insert_with(|| Datagram::new(born, packet));
        let bytes_before = if is_new { 0 } else { datagram.bytes() };
        let new = datagram.cover(piece.offset, layer);
        if new < layer.claimed {
            let overlap = if new == 0 {
                reason::FRAGMENTS_DUPLICATE
            } else {
                reason::FRAGMENTS_OVERLAPPING
            };
            self.losses.add(overlap, 1);
        }
        if !piece.more {
            datagram.total = Some(end);
        }
        if new == 0 {
            return Taken::Kept;
        }
        if piece.offset == 0 {
            datagram.packet = *packet;
        }
        datagram.arrivals.push(Arrival {
            ts_ns: packet.ts_ns,
            frame: packet.frame,
            wire_bytes: packet.wire_bytes,
            ip_bytes: packet.ip_bytes,
            offset: piece.offset,
        });
        table.bytes += datagram.bytes() - bytes_before;
        table.held += 1;
        if datagram.total == Some(datagram.covered) {
            if let Some(whole) = table.remove(&key) {
                table.tidy();
                self.losses
                    .add(reason::FRAGMENTS_JOINED, whole.arrivals.len() as u64 - 1);
                return Taken::Joined(whole.joined(packet));
            }
        }
        self.shed();
        Taken::Kept
    }

    fn reject(&mut self, why: &'static str, piece: Piece, layer: Layer, packet: &Packet) -> Taken {
        self.losses.add(why, 1);
        let packet = Packet {
            fragments: 1,
            ..*packet
        };
        Taken::Orphan(orphan(self, layer, packet, piece.offset))
    }

    fn shed(&mut self) {
        while self.fragments.bytes > MAX_BYTES || self.fragments.waiting.len() > MAX_DATAGRAMS {
            match self.fragments.remove_oldest() {
                Some(datagram) => self.give_up(datagram, reason::FRAGMENTS_SHED),
                None => break,
            }
        }
        self.fragments.tidy();
    }

    /// Gives up what has waited long enough.
    #[cold]
    pub(super) fn give_up_due(&mut self, ts_ns: i64) {
        while self.fragments.is_due(ts_ns) {
            if let Some(datagram) = self.fragments.remove_oldest() {
                self.give_up(datagram, reason::FRAGMENTS_EXPIRED);
            }
            self.fragments.tidy();
        }
    }

    /// Gives up all that waits.
    pub(super) fn give_up_all(&mut self) {
        while let Some(datagram) = self.fragments.remove_oldest() {
            self.give_up(datagram, reason::FRAGMENTS_EXPIRED);
        }
        self.fragments.tidy();
    }

    fn give_up(&mut self, datagram: Datagram, why: &'static str) {
        self.losses.add(why, datagram.arrivals.len() as u64);
        let (contents, claimed) = (datagram.contents(), datagram.unbroken());
        for arrival in &datagram.arrivals {
            let packet = Packet {
                ts_ns: arrival.ts_ns,
                frame: arrival.frame,
                wire_bytes: arrival.wire_bytes,
                ip_bytes: arrival.ip_bytes,
                fragments: 1,
                ..datagram.packet
            };
            let bytes = if arrival.offset == 0 {
                contents.as_slice()
            } else {
                &[]
            };
            let layer = Layer {
                bytes,
                claimed: if arrival.offset == 0 { claimed } else { 0 },
                start: self.append(bytes),
            };
            let packet = orphan(self, layer, packet, arrival.offset);
            self.orphans.push(packet);
        }
    }
}
