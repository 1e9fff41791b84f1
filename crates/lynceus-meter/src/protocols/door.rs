//! What one protocol brings: how it is recognised, how it begins, how it reads.

use super::stream::Chunk;
use super::Event;
use super::Segment;

/// What a probe makes of the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not this protocol, whatever follows.
    No,
    /// Fits so far; more bytes will tell.
    Maybe,
    /// This protocol.
    Yes,
}

/// The first bytes of a conversation, as a probe sees them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening<'a> {
    /// First bytes from the originator, empty when none came (UDP: when it did not send this
    /// datagram).
    pub(crate) orig: &'a [u8],
    /// First bytes from the responder, likewise.
    pub(crate) resp: &'a [u8],
    /// Originator port.
    pub(crate) orig_p: u16,
    /// Responder port.
    pub(crate) resp_p: u16,
    /// True when the snap length cut the datagram, or what is lost follows the first bytes of a
    /// direction.
    pub(crate) cut: bool,
}

impl<'a> Opening<'a> {
    /// What a datagram alone shows.
    pub(crate) fn of_datagram(segment: &Segment<'a>, orig_p: u16, resp_p: u16) -> Opening<'a> {
        let (orig, resp) = match segment.from_orig {
            true => (segment.payload, &[][..]),
            false => (&[][..], segment.payload),
        };
        Opening {
            orig,
            resp,
            orig_p,
            resp_p,
            cut: segment.payload.len() < segment.payload_bytes as usize,
        }
    }

    /// A datagram, whoever sent it.
    pub(crate) fn datagram(&self) -> &'a [u8] {
        match self.orig {
            [] => self.resp,
            bytes => bytes,
        }
    }

    /// True when either end has the port.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.orig_p == port || self.resp_p == port
    }
}

/// How a parser stands after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Wants the next bytes.
    More,
    /// Nothing more to be learned.
    Done,
    /// The bytes of this chunk from the given offset on are another conversation.
    Handover(usize),
    /// This datagram is of another protocol than those before it.
    Foreign,
}

/// The state of one recognised conversation.
pub(crate) trait Parser: std::fmt::Debug + Send {
    /// Takes the next bytes of one direction.
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress;
    /// The flow ends: tells what is still open.
    fn finish(&mut self, out: &mut Vec<Event>);
    /// False when it never says [`Progress::Handover`]: where nobody wants its events, it need
    /// not read at all.
    fn may_hand_over(&self) -> bool {
        true
    }
}

/// The parser of a protocol of which nothing is told but that it is spoken.
#[derive(Debug)]
struct NameAlone;

impl Parser for NameAlone {
    fn parse(&mut self, _: &Chunk<'_>, _: &mut Vec<Event>) -> Progress {
        Progress::Done
    }
    fn finish(&mut self, _: &mut Vec<Event>) {}
    fn may_hand_over(&self) -> bool {
        false
    }
}

/// Opens nothing: of the conversation its name is told alone.
pub(crate) fn name_alone(_: &Opening<'_>) -> Box<dyn Parser> {
    Box::new(NameAlone)
}

/// One protocol: how it is recognised and how its parser begins.
pub(crate) struct Door {
    /// IP protocol that carries it.
    pub(crate) protocol: u8,
    /// Name in the column `service`.
    pub(crate) service: fn(&Opening<'_>) -> &'static str,
    /// Looks at the first bytes.
    pub(crate) probe: fn(&Opening<'_>) -> Verdict,
    /// Makes a parser.
    pub(crate) open: fn(&Opening<'_>) -> Box<dyn Parser>,
}
