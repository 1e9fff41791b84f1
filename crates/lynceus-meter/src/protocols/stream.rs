//! One direction of a TCP conversation as bytes in order, with bounded memory.
//!
//! Rules: the first payload seen begins the stream. What comes in order is handed on without a
//! copy. What comes early is held, up to [`HELD_BYTES`] and [`HELD_SEGMENTS`]; past that the hole
//! counts as lost and the stream goes on behind it. What came before is dropped. Bytes that the
//! snap length cut off are lost too. A loss is told with the next bytes handed on.

use super::Segment;

/// Bytes held per direction while a hole may still fill.
pub(crate) const HELD_BYTES: usize = 32 * 1024;
/// Segments held per direction while a hole may still fill.
pub(crate) const HELD_SEGMENTS: usize = 32;
/// A sequence jump beyond this is not a hole but another place of the stream.
const JUMP_BYTES: i32 = 64 * 1024 * 1024;
/// How far an acknowledgement may be ahead of what it is of.
const AHEAD_BYTES: i32 = 64 * 1024;
/// How far before the first segment seen the stream may turn out to begin.
const REWIND_BYTES: u32 = 16 * 1024;

/// Bytes of one direction, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    /// Capture time of the packet that carried them.
    pub(crate) ts_ns: i64,
    /// True when the originator sent them.
    pub(crate) from_orig: bool,
    /// Bytes missing from the stream right before these.
    pub(crate) lost_bytes: u64,
    /// The bytes; for datagrams the whole captured payload.
    pub(crate) data: &'a [u8],
    /// Bytes on the wire, more than `data` where the snap length cut them.
    pub(crate) wire_bytes: u32,
}

impl<'a> Chunk<'a> {
    /// A datagram is a chunk of its own.
    pub(crate) fn of_datagram(segment: &Segment<'a>) -> Chunk<'a> {
        Chunk {
            ts_ns: segment.ts_ns,
            from_orig: segment.from_orig,
            lost_bytes: 0,
            data: segment.payload,
            wire_bytes: segment.payload_bytes,
        }
    }

    /// True where bytes that followed were cut off by the snap length: they are lost too.
    pub(crate) fn is_cut(&self) -> bool {
        self.wire_bytes as usize > self.data.len()
    }
}

#[derive(Debug)]
struct Early {
    seq: u32,
    ts_ns: i64,
    wire_bytes: u32,
    data: Box<[u8]>,
}

/// Puts the segments of one direction in order.
#[derive(Debug, Default)]
pub(crate) struct Direction {
    started: bool,
    next_seq: u32,
    lost_bytes: u64,
    early: Vec<Early>,
}

impl Direction {
    /// A segment from before the first one seen, while `head` (all that was handed on) can still
    /// be taken back: the stream begins there instead, and `head` waits for its turn. False when
    /// the segment is none of that kind.
    pub(crate) fn rewind(&mut self, segment: &Segment<'_>, head: &[u8], head_ts_ns: i64) -> bool {
        let Ok(head_bytes) = u32::try_from(head.len()) else {
            return false;
        };
        let seq = first_seq(segment);
        let start = self.next_seq.wrapping_sub(head_bytes);
        let before = start.wrapping_sub(seq);
        let is_before = before > 0 && before <= REWIND_BYTES && segment.payload_bytes <= before;
        if !self.started || !is_before || head.is_empty() {
            return false;
        }
        self.next_seq = seq;
        self.early.push(Early {
            seq: start,
            ts_ns: head_ts_ns,
            wire_bytes: head_bytes,
            data: head.into(),
        });
        true
    }

    /// Takes a segment and hands on what is now in order.
    pub(crate) fn accept(&mut self, segment: &Segment<'_>, hand_on: &mut dyn FnMut(Chunk<'_>)) {
        let seq = first_seq(segment);
        if !self.started {
            self.started = true;
            self.next_seq = seq;
        }
        let ahead = seq.wrapping_sub(self.next_seq) as i32;
        if ahead > JUMP_BYTES {
            self.skip_to(seq);
        } else if ahead > 0 {
            self.hold(segment, seq);
            while self.early.len() > HELD_SEGMENTS || self.held_bytes() > HELD_BYTES {
                self.give_up_hole();
                self.drain(segment.from_orig, hand_on);
            }
            return;
        }
        let piece = Piece {
            seq,
            ts_ns: segment.ts_ns,
            wire_bytes: segment.payload_bytes,
            data: segment.payload,
        };
        self.hand_on_piece(piece, segment.from_orig, hand_on);
        if !self.early.is_empty() {
            self.drain(segment.from_orig, hand_on);
        }
    }

    /// Whether an acknowledgement of the other side is of bytes that have not come yet; `None`
    /// before any came. Far ahead is another place of the stream.
    pub(crate) fn is_behind(&self, ack: u32) -> Option<bool> {
        self.started.then(|| is_ahead(ack, self.next_seq))
    }

    /// True where the bytes handed on last are followed by bytes that are lost.
    pub(crate) fn is_cut(&self) -> bool {
        self.lost_bytes > 0
    }

    /// Bytes that were handed on but not read: to whoever reads on they are lost.
    pub(crate) fn lose(&mut self, bytes: u64) {
        self.lost_bytes = self.lost_bytes.saturating_add(bytes);
    }

    /// The stream ends: what was held is handed on with its holes as losses.
    pub(crate) fn finish(&mut self, from_orig: bool, hand_on: &mut dyn FnMut(Chunk<'_>)) {
        while !self.early.is_empty() {
            self.give_up_hole();
            self.drain(from_orig, hand_on);
        }
    }

    fn held_bytes(&self) -> usize {
        self.early.iter().map(|e| e.data.len()).sum()
    }

    fn hold(&mut self, segment: &Segment<'_>, seq: u32) {
        let known = self
            .early
            .iter()
            .any(|e| e.seq == seq && e.wire_bytes >= segment.payload_bytes);
        if !known {
            self.early.push(Early {
                seq,
                ts_ns: segment.ts_ns,
                wire_bytes: segment.payload_bytes,
                data: segment.payload.into(),
            });
        }
    }

    fn skip_to(&mut self, seq: u32) {
        self.lost_bytes = self
            .lost_bytes
            .saturating_add(u64::from(seq.wrapping_sub(self.next_seq)));
        self.next_seq = seq;
        self.early.clear();
    }

    fn give_up_hole(&mut self) {
        let next = self.next_seq;
        let nearest = self
            .early
            .iter()
            .map(|e| e.seq.wrapping_sub(next) as i32)
            .min()
            .unwrap_or(0);
        if nearest > 0 {
            self.lost_bytes = self.lost_bytes.saturating_add(nearest as u64);
            self.next_seq = next.wrapping_add(nearest as u32);
        }
    }

    fn drain(&mut self, from_orig: bool, hand_on: &mut dyn FnMut(Chunk<'_>)) {
        while let Some(i) = self
            .early
            .iter()
            .position(|e| e.seq.wrapping_sub(self.next_seq) as i32 <= 0)
        {
            let early = self.early.swap_remove(i);
            let piece = Piece {
                seq: early.seq,
                ts_ns: early.ts_ns,
                wire_bytes: early.wire_bytes,
                data: &early.data,
            };
            self.hand_on_piece(piece, from_orig, hand_on);
        }
    }

    /// Hands on the part of a piece that is new; `piece.seq` is not ahead of the stream.
    fn hand_on_piece(
        &mut self,
        piece: Piece<'_>,
        from_orig: bool,
        hand_on: &mut dyn FnMut(Chunk<'_>),
    ) {
        let old = self.next_seq.wrapping_sub(piece.seq);
        if old >= piece.wire_bytes {
            return;
        }
        let new_bytes = piece.wire_bytes - old;
        self.next_seq = self.next_seq.wrapping_add(new_bytes);
        let data = piece.data.get(old as usize..).unwrap_or(&[]);
        let lost_bytes = self.lost_bytes;
        if data.is_empty() {
            self.lost_bytes = lost_bytes.saturating_add(u64::from(new_bytes));
            return;
        }
        self.lost_bytes = u64::from(new_bytes).saturating_sub(data.len() as u64);
        hand_on(Chunk {
            ts_ns: piece.ts_ns,
            from_orig,
            lost_bytes,
            data,
            wire_bytes: new_bytes,
        });
    }
}

struct Piece<'a> {
    seq: u32,
    ts_ns: i64,
    wire_bytes: u32,
    data: &'a [u8],
}

/// Sequence number of the first payload byte: a SYN takes one number itself.
fn first_seq(segment: &Segment<'_>) -> u32 {
    let syn = u32::from(segment.tcp_flags & crate::packet::tcp_flag::SYN != 0);
    segment.tcp_seq.wrapping_add(syn)
}

/// True where a sequence number is a little ahead of the next that is expected.
pub(crate) fn is_ahead(seq: u32, next: u32) -> bool {
    let ahead = seq.wrapping_sub(next) as i32;
    ahead > 0 && ahead <= AHEAD_BYTES
}

/// Bytes that arrive in pieces with offsets (QUIC CRYPTO frames, DTLS fragments), from offset 0,
/// at most `limit` bytes and [`HELD_SEGMENTS`] separate runs.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    bytes: Vec<u8>,
    runs: Vec<(usize, usize)>,
}

impl Assembly {
    /// Adds a piece; false when it lies beyond the limit or there are too many separate runs.
    pub(crate) fn add(&mut self, offset: usize, data: &[u8], limit: usize) -> bool {
        let Some(end) = offset.checked_add(data.len()).filter(|end| *end <= limit) else {
            return false;
        };
        if data.is_empty() {
            return true;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(offset..end) {
            place.copy_from_slice(data);
        }
        self.runs.push((offset, end));
        self.runs.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(self.runs.len());
        for &(start, end) in &self.runs {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        self.runs = merged;
        self.runs.len() <= HELD_SEGMENTS
    }

    /// The bytes from offset 0 up to the first hole.
    pub(crate) fn contiguous(&self) -> &[u8] {
        match self.runs.first() {
            Some(&(0, end)) => self.bytes.get(..end).unwrap_or(&[]),
            _ => &[],
        }
    }
}

#[cfg(test)]
#[path = "stream_test.rs"]
mod tests;
