//! Answers that came before what they answer: packets of both directions may be swapped on their
//! way to a capture.
//!
//! Rules: a segment that acknowledges bytes of the other side which were not seen yet waits for
//! them, for at most [`WAIT_NS`] of the packets' own time and up to [`HELD_SEGMENTS`] and
//! [`HELD_BYTES`]; then it goes on as it came. Nothing is dropped here.

use std::collections::VecDeque;

use super::Segment;

/// Segments that may wait.
const HELD_SEGMENTS: usize = 8;
/// Bytes that may wait.
const HELD_BYTES: usize = 16 * 1024;
/// How long one may wait: captures swap packets by microseconds.
const WAIT_NS: i64 = 10_000_000;

/// One that waits.
#[derive(Debug)]
pub(crate) struct Held {
    ts_ns: i64,
    from_orig: bool,
    tcp_seq: u32,
    tcp_flags: u8,
    payload: Box<[u8]>,
    payload_bytes: u32,
    awaits: u32,
}

impl Held {
    /// The segment as it came.
    pub(crate) fn segment(&self) -> Segment<'_> {
        Segment {
            ts_ns: self.ts_ns,
            from_orig: self.from_orig,
            tcp_seq: self.tcp_seq,
            tcp_flags: self.tcp_flags,
            payload: &self.payload,
            payload_bytes: self.payload_bytes,
            tcp_ack: None,
            syn_seq: None,
        }
    }
}

/// Those that wait, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    held: VecDeque<Held>,
}

impl Turns {
    /// Keeps a segment that awaits bytes of the other side up to this sequence number; false where
    /// there is no room.
    pub(crate) fn hold(&mut self, segment: &Segment<'_>, awaits: u32) -> bool {
        let bytes: usize = self.held.iter().map(|held| held.payload.len()).sum();
        if self.held.len() >= HELD_SEGMENTS || bytes + segment.payload.len() > HELD_BYTES {
            return false;
        }
        self.held.push_back(Held {
            ts_ns: segment.ts_ns,
            from_orig: segment.from_orig,
            tcp_seq: segment.tcp_seq,
            tcp_flags: segment.tcp_flags,
            payload: segment.payload.into(),
            payload_bytes: segment.payload_bytes,
            awaits,
        });
        true
    }

    /// The first whose turn has come: what it awaits ends with the segment that came now, or it
    /// has waited long enough.
    pub(crate) fn next(&mut self, now: &Segment<'_>) -> Option<Held> {
        let end = now.tcp_seq.wrapping_add(now.payload_bytes);
        let first = self.held.front()?;
        let met = now.from_orig != first.from_orig && end.wrapping_sub(first.awaits) as i32 >= 0;
        let late = now.ts_ns.saturating_sub(first.ts_ns) > WAIT_NS;
        (met || late).then(|| self.held.pop_front()).flatten()
    }

    /// The first of all, when no more comes.
    pub(crate) fn rest(&mut self) -> Option<Held> {
        self.held.pop_front()
    }

    /// True where none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}
