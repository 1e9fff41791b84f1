//! One datagram that comes in fragments.
//!
//! Rules: what came first wins where fragments overlap; the datagram is whole when every byte up to
//! the end of its last fragment is covered. Bytes a capture cut off count as covered, but the
//! contents end where the first of them is missing.

use std::mem::size_of;

use super::layer::Layer;
use crate::packet::Packet;

/// What a datagram takes beside itself: its key, twice, and places in tables.
const ENTRY_BYTES: usize = 160;

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

/// A datagram, or as much of it as there is.
pub(super) struct Joined {
    /// Captured bytes, from its begin up to the first that was not captured.
    pub(super) bytes: Vec<u8>,
    /// Its length as the fragments say.
    pub(super) claimed: usize,
    /// What the IP layer knows of it.
    pub(super) packet: Packet,
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

/// What has come of a datagram.
pub(super) struct Datagram {
    /// Tells datagrams of the same key apart.
    pub(super) born: u64,
    /// When the first of it came.
    pub(super) first_ts_ns: i64,
    /// What the IP layer knows of it, from its first bytes when they are here.
    packet: Packet,
    arrivals: Vec<Arrival>,
    /// By `start`.
    stretches: Vec<Stretch>,
    data: Vec<u8>,
    total: Option<usize>,
    covered: usize,
}

impl Datagram {
    pub(super) fn new(born: u64, packet: &Packet) -> Datagram {
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

    /// Memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        ENTRY_BYTES
            + size_of::<Datagram>()
            + self.data.len()
            + self.arrivals.len() * size_of::<Arrival>()
            + self.stretches.len() * size_of::<Stretch>()
    }

    /// Fragments it was given that brought something.
    pub(super) fn fragments(&self) -> usize {
        self.arrivals.len()
    }

    /// True when all of it has come.
    pub(super) fn is_whole(&self) -> bool {
        self.total == Some(self.covered)
    }

    /// Adds a fragment; how many of its bytes are new.
    pub(super) fn add(&mut self, piece: Piece, layer: Layer, packet: &Packet) -> usize {
        let new = self.cover(piece.offset, layer);
        if !piece.more {
            self.total = Some(piece.offset + layer.claimed);
        }
        if new > 0 {
            if piece.offset == 0 {
                self.packet = *packet;
            }
            self.arrivals.push(Arrival {
                ts_ns: packet.ts_ns,
                frame: packet.frame,
                wire_bytes: packet.wire_bytes,
                ip_bytes: packet.ip_bytes,
                offset: piece.offset,
            });
        }
        new
    }

    /// False when the fragment contradicts what is known of the datagram's end.
    pub(super) fn agrees(&self, piece: Piece, end: usize) -> bool {
        let reached = self.stretches.last().map_or(0, |last| last.end);
        match (self.total, piece.more) {
            (Some(total), true) => end <= total,
            (Some(total), false) => end == total,
            (None, true) => true,
            (None, false) => end >= reached,
        }
    }

    /// Keeps what is new of a stretch; how many bytes that is.
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
        let mut end = 0;
        for stretch in &self.stretches {
            if stretch.start == end {
                end = stretch.end;
            }
        }
        end
    }

    /// The packet it is, which takes the place of the fragment that came last.
    pub(super) fn joined(&self, last: &Packet) -> Joined {
        let sum = |of: fn(&Arrival) -> u32| {
            let all = self.arrivals.iter().map(of);
            all.fold(0u32, u32::saturating_add)
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

    /// Its fragments as packets of their own, with their offsets. What is unbroken from the begin
    /// belongs to the first of them.
    pub(super) fn apart(&self) -> impl Iterator<Item = (usize, Joined)> + '_ {
        self.arrivals.iter().map(|arrival| {
            let is_first = arrival.offset == 0;
            let packet = Packet {
                ts_ns: arrival.ts_ns,
                frame: arrival.frame,
                wire_bytes: arrival.wire_bytes,
                ip_bytes: arrival.ip_bytes,
                fragments: 1,
                ..self.packet
            };
            let single = Joined {
                bytes: if is_first {
                    self.contents()
                } else {
                    Vec::new()
                },
                claimed: if is_first { self.unbroken() } else { 0 },
                packet,
            };
            (arrival.offset, single)
        })
    }
}
