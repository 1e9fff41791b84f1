//! The first bytes of a conversation nobody has recognised yet.
//!
//! Rules: TCP probes see each direction from its first byte, as far as it came. A direction is
//! given up after [`PROBE_PACKETS`] packets or [`PROBE_BYTES`]; the flow is given up when both
//! are, or when one went [`PROBE_ALONE`] times as far alone. UDP probes see each datagram alone.
//! A segment that begins with a TLS client hello begins the conversation anew: mail, databases,
//! remote desktops and others turn to TLS after a few words.

use super::stream::{Chunk, Direction};
use super::tls;
use super::{Door, Opening, Segment, Verdict};
use super::{PARSERS, PROBE_ALONE, PROBE_BYTES, PROBE_PACKETS};
use crate::packet::proto;

/// One direction so far.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// Order of its segments.
    pub(crate) stream: Direction,
    head: Vec<u8>,
    first_ts_ns: i64,
    packets: u8,
    bytes: usize,
    lost: bool,
    /// Bytes behind `head` that were passed over.
    unread_bytes: u64,
}

impl Side {
    fn spent(&self, times: u8) -> bool {
        self.packets >= PROBE_PACKETS.saturating_mul(times)
            || self.bytes >= PROBE_BYTES.saturating_mul(usize::from(times))
    }

    fn chunk(&self, from_orig: bool) -> Chunk<'_> {
        Chunk {
            ts_ns: self.first_ts_ns,
            from_orig,
            lost_bytes: 0,
            data: &self.head,
            wire_bytes: u32::try_from(self.head.len())
                .unwrap_or(u32::MAX)
                .saturating_add(u32::from(self.is_cut())),
        }
    }

    /// True where `head` is all there is of what it begins.
    fn is_cut(&self) -> bool {
        !self.head.is_empty() && (self.lost || self.stream.is_cut())
    }

    /// The stream for who reads on behind `head`.
    pub(crate) fn into_stream(mut self) -> Direction {
        self.stream.lose(self.unread_bytes);
        self.stream
    }
}

/// Both directions so far.
#[derive(Debug, Default)]
pub(crate) struct Probing {
    /// From the originator.
    pub(crate) orig: Side,
    /// From the responder.
    pub(crate) resp: Side,
    resp_first: bool,
}

/// What the probes found.
pub(crate) enum Found {
    /// Not decided.
    Open,
    /// No protocol known here.
    Nothing,
    /// Recognised.
    Door(&'static Door),
}

impl Probing {
    fn side(&mut self, from_orig: bool) -> &mut Side {
        if from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        }
    }

    /// Keeps bytes of a direction that begin a conversation inside another.
    pub(crate) fn keep(&mut self, ts_ns: i64, from_orig: bool, data: &[u8]) {
        self.resp_first = !from_orig;
        let side = self.side(from_orig);
        side.first_ts_ns = ts_ns;
        side.head.extend_from_slice(data);
    }

    /// TLS begins inside the conversation (STARTTLS and its like): what came before is dropped.
    fn begin_again(&mut self, segment: &Segment<'_>, at: usize) {
        self.side(!segment.from_orig).head.clear();
        self.resp_first = !segment.from_orig;
        let side = self.side(segment.from_orig);
        side.head.drain(..at.min(side.head.len()));
        side.first_ts_ns = segment.ts_ns;
    }

    fn note_first(&mut self, segment: &Segment<'_>, fresh: bool) {
        let resp_first = !segment.from_orig && self.orig.head.is_empty();
        let side = self.side(segment.from_orig);
        if fresh && !side.head.is_empty() {
            side.first_ts_ns = segment.ts_ns;
            self.resp_first |= resp_first;
        }
    }

    /// Takes a TCP segment.
    pub(crate) fn stream(&mut self, segment: &Segment<'_>, orig_p: u16, resp_p: u16) -> Found {
        let side = self.side(segment.from_orig);
        side.packets = side.packets.saturating_add(1);
        side.bytes = side.bytes.saturating_add(segment.payload.len());
        if !side.lost && side.stream.rewind(segment, &side.head, side.first_ts_ns) {
            side.head.clear();
        }
        let mut stream = std::mem::take(&mut side.stream);
        let mut head = std::mem::take(&mut side.head);
        let mut lost = side.lost;
        let mut unread_bytes = side.unread_bytes;
        let mut late_hello = None;
        let fresh = head.is_empty();
        stream.accept(segment, &mut |chunk| {
            // Bytes behind a loss say nothing about how the conversation began.
            lost |= chunk.lost_bytes > 0 && !head.is_empty();
            if late_hello.is_none() && !head.is_empty() && tls::begins_client_hello(chunk.data) {
                late_hello = Some(head.len());
                lost = false;
                unread_bytes = 0;
            }
            if lost {
                let passed_over = chunk.data.len() as u64;
                unread_bytes = unread_bytes.saturating_add(chunk.lost_bytes + passed_over);
            } else {
                head.extend_from_slice(chunk.data);
            }
        });
        side.stream = stream;
        side.head = head;
        side.lost = lost;
        side.unread_bytes = unread_bytes;
        self.note_first(segment, fresh);
        if let Some(at) = late_hello {
            self.begin_again(segment, at);
        }
        self.ask(orig_p, resp_p)
    }

    /// Asks the probes about what came so far.
    pub(crate) fn ask(&self, orig_p: u16, resp_p: u16) -> Found {
        let opening = self.opening(orig_p, resp_p);
        if opening.orig.is_empty() && opening.resp.is_empty() {
            return self.give_up();
        }
        match recognise(proto::TCP, &opening) {
            Some(door) => Found::Door(door),
            None => self.give_up(),
        }
    }

    /// Counts a datagram that was not recognised; true when the flow is given up.
    pub(crate) fn datagram_gives_up(&mut self, segment: &Segment<'_>) -> bool {
        let side = self.side(segment.from_orig);
        side.packets = side.packets.saturating_add(1);
        side.bytes = side.bytes.saturating_add(segment.payload.len());
        self.is_spent()
    }

    fn give_up(&self) -> Found {
        if self.is_spent() {
            Found::Nothing
        } else {
            Found::Open
        }
    }

    fn is_spent(&self) -> bool {
        let both = self.orig.spent(1) && self.resp.spent(1);
        both || self.orig.spent(PROBE_ALONE) || self.resp.spent(PROBE_ALONE)
    }

    /// What the probes see: the streams so far.
    pub(crate) fn opening(&self, orig_p: u16, resp_p: u16) -> Opening<'_> {
        Opening {
            orig: &self.orig.head,
            resp: &self.resp.head,
            orig_p,
            resp_p,
            cut: self.orig.is_cut() || self.resp.is_cut(),
        }
    }

    /// What a parser is given first: the streams so far, who spoke first first.
    pub(crate) fn chunks(&self) -> Vec<Chunk<'_>> {
        let mut chunks = vec![self.orig.chunk(true), self.resp.chunk(false)];
        if self.resp_first {
            chunks.reverse();
        }
        chunks.retain(|c| !c.data.is_empty());
        chunks
    }
}

/// Asks the probes in order.
pub(crate) fn recognise(protocol: u8, opening: &Opening<'_>) -> Option<&'static Door> {
    PARSERS
        .iter()
        .filter(|door| door.protocol == protocol)
        .find(|door| (door.probe)(opening) == Verdict::Yes)
}
