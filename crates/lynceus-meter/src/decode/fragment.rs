//! IP fragments put together, in bounded memory and packet time.
//!
//! Rules: what came first wins where fragments overlap; a datagram is joined when every byte up to
//! its last fragment has come, and takes the place of the fragment that completed it; one that
//! waits longer than [`TIMEOUT_NS`], or is the oldest when memory is full, is given up, and its
//! fragments become packets of their own.

use std::collections::{HashMap, VecDeque};

use super::datagram::{Datagram, Joined, Piece};
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

/// What became of a fragment.
pub(super) enum Taken {
    /// It completed its datagram.
    Joined(Joined),
    /// It waits, or was dropped as a duplicate; counted either way.
    Kept,
    /// It can be part of no datagram: a packet of its own.
    Orphan(Packet),
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

    /// Adds a fragment: how many of its bytes are new, and the datagram if it is whole now.
    fn add(
        &mut self,
        key: Key,
        piece: Piece,
        layer: Layer,
        packet: &Packet,
    ) -> (usize, Option<Datagram>) {
        if !self.waiting.contains_key(&key) {
            self.born += 1;
            self.order.push_back((key, self.born));
        }
        let born = self.born;
        let new_datagram = || Datagram::new(born, packet);
        let datagram = self.waiting.entry(key).or_insert_with(new_datagram);
        let known_bytes = match datagram.fragments() {
            0 => 0,
            _ => datagram.bytes(),
        };
        let new = datagram.add(piece, layer, packet);
        self.bytes += datagram.bytes() - known_bytes;
        self.held += u64::from(new > 0);
        if !datagram.is_whole() {
            return (new, None);
        }
        let whole = self.remove(&key);
        self.tidy();
        (new, whole)
    }

    fn remove(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.waiting.remove(key)?;
        self.bytes -= datagram.bytes();
        self.held -= datagram.fragments() as u64;
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
        if known.is_some_and(|datagram| datagram.fragments() >= MAX_FRAGMENTS) {
            return self.reject(reason::FRAGMENTS_SHED, piece, layer, packet);
        }
        let (new, whole) = self.fragments.add(key, piece, layer, packet);
        match new {
            0 => self.losses.add(reason::FRAGMENTS_DUPLICATE, 1),
            new if new < layer.claimed => self.losses.add(reason::FRAGMENTS_OVERLAPPING, 1),
            _ => {}
        }
        if let Some(whole) = whole {
            let absorbed = whole.fragments() as u64 - 1;
            self.losses.add(reason::FRAGMENTS_JOINED, absorbed);
            return Taken::Joined(whole.joined(packet));
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
        self.losses.add(why, datagram.fragments() as u64);
        for (offset, single) in datagram.apart() {
            let start = self.append(&single.bytes);
            let layer = Layer {
                bytes: &single.bytes,
                claimed: single.claimed,
                start,
            };
            let packet = orphan(self, layer, single.packet, offset);
            self.orphans.push(packet);
        }
    }
}
