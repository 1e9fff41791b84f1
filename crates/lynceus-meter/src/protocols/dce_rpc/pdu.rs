//! Packets of connection-oriented DCE/RPC.

use std::borrow::Cow;

use super::interfaces::{self, Known};
use crate::protocols::wire::Wire;

pub(super) const REQUEST: u8 = 0;
pub(super) const RESPONSE: u8 = 2;
pub(super) const FAULT: u8 = 3;
pub(super) const BIND: u8 = 11;
pub(super) const BIND_ACK: u8 = 12;
pub(super) const BIND_NAK: u8 = 13;
pub(super) const ALTER_CONTEXT: u8 = 14;
pub(super) const ALTER_CONTEXT_RESPONSE: u8 = 15;
pub(super) const AUTH3: u8 = 16;
const ORPHANED: u8 = 19;

/// Level of protection at which the arguments are encrypted.
pub(super) const PRIVACY: u8 = 6;

const FIRST: u8 = 1;
const LAST: u8 = 2;
const HAS_OBJECT: u8 = 0x80;

/// Bytes of the header that every packet has.
pub(super) const HEADER_BYTES: usize = 16;
/// Contexts of one bind that are read.
const CONTEXTS: u8 = 64;
/// Bytes before the token of an authentication verifier.
const TRAILER_BYTES: usize = 8;

/// The header of every packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    flags: u8,
    /// Numbers come low byte first.
    pub(super) little: bool,
    pub(super) frag_bytes: u16,
    auth_bytes: u16,
    pub(super) call_id: u32,
}

impl Header {
    /// Reads a header; `None` when the bytes are none or too few.
    pub(super) fn read(bytes: &[u8]) -> Option<Header> {
        let mut w = Wire::new(bytes);
        let [5, 0 | 1, kind, flags, order, 0..=3, 0, 0] = *w.take(8)? else {
            return None;
        };
        if kind > ORPHANED || !matches!(kind, 0 | 2 | 3 | 11..) || !matches!(order, 0x10 | 0) {
            return None;
        }
        let mut numbers = Numbers {
            little: order == 0x10,
            w,
        };
        let header = Header {
            kind,
            flags,
            little: order == 0x10,
            frag_bytes: numbers.u16()?,
            auth_bytes: numbers.u16()?,
            call_id: numbers.u32()?,
        };
        let frag = usize::from(header.frag_bytes);
        let auth = usize::from(header.auth_bytes);
        (frag >= HEADER_BYTES && auth < frag).then_some(header)
    }

    pub(super) fn is_first(&self) -> bool {
        self.flags & FIRST != 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.flags & LAST != 0
    }

    /// What follows the header.
    fn body<'a>(&self, packet: &'a [u8]) -> Option<Numbers<'a>> {
        Some(Numbers {
            little: self.little,
            w: Wire::new(packet.get(HEADER_BYTES..)?),
        })
    }
}

/// True when the bytes begin with the header of a packet.
pub(crate) fn begins_packet(bytes: &[u8]) -> bool {
    Header::read(bytes).is_some()
}

/// Numbers in the byte order of the packet.
pub(super) struct Numbers<'a> {
    little: bool,
    w: Wire<'a>,
}

impl<'a> Numbers<'a> {
    /// The numbers that these bytes begin with.
    pub(super) fn new(little: bool, bytes: &'a [u8]) -> Self {
        Numbers {
            little,
            w: Wire::new(bytes),
        }
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        match self.little {
            true => self.w.le16(),
            false => self.w.u16(),
        }
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        match self.little {
            true => self.w.le32(),
            false => self.w.u32(),
        }
    }

    /// A UUID in its text form.
    pub(super) fn uuid(&mut self) -> Option<String> {
        let (a, b, c) = (self.u32()?, self.u16()?, self.u16()?);
        let d = self.w.u16()?;
        let e = (u64::from(self.w.u16()?) << 32) | u64::from(self.w.u32()?);
        Some(format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}"))
    }
}

/// How a packet is protected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trailer<'a> {
    pub(super) auth_type: u8,
    pub(super) level: u8,
    padding: u8,
    pub(super) token: &'a [u8],
}

/// The verifier at the end of a packet that is there as a whole.
pub(super) fn trailer<'a>(header: &Header, packet: &'a [u8]) -> Option<Trailer<'a>> {
    let auth_bytes = usize::from(header.auth_bytes);
    let at = usize::from(header.frag_bytes)
        .checked_sub(auth_bytes)?
        .checked_sub(TRAILER_BYTES)?;
    if auth_bytes == 0 || at < HEADER_BYTES {
        return None;
    }
    let mut w = Wire::new(packet.get(at..usize::from(header.frag_bytes))?);
    let (auth_type, level, padding) = (w.u8()?, w.u8()?, w.u8()?);
    w.take(5)?;
    Some(Trailer {
        auth_type,
        level,
        padding,
        token: w.rest(),
    })
}

/// One interface that a client wants to use.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) context: u16,
    pub(super) uuid: String,
    pub(super) known: Option<&'static Known>,
}

impl Offer {
    pub(super) fn new(context: u16, uuid: String) -> Self {
        Offer {
            context,
            known: interfaces::find(&uuid),
            uuid,
        }
    }
}

/// The interfaces of a bind or a change of context, and whether these are all.
pub(super) fn offers(header: &Header, packet: &[u8]) -> (Vec<Offer>, bool) {
    let mut found = Vec::new();
    let all = header
        .body(packet)
        .and_then(|mut body| read_offers(&mut body, &mut found));
    (found, all.is_some())
}

fn read_offers(body: &mut Numbers<'_>, found: &mut Vec<Offer>) -> Option<()> {
    body.w.take(8)?;
    let count = body.w.u8()?.min(CONTEXTS);
    body.w.take(3)?;
    for _ in 0..count {
        let context = body.u16()?;
        let syntaxes = usize::from(body.w.u8()?);
        body.w.u8()?;
        let uuid = body.uuid()?;
        body.u32()?;
        found.push(Offer::new(context, uuid));
        body.w.take(syntaxes.saturating_mul(20))?;
    }
    Some(())
}

/// One answer to an offer: the result and its reason.
pub(super) type Answer = (u16, u16);

/// The answers to the offers of a bind, in their order.
pub(super) fn answers(header: &Header, packet: &[u8]) -> Vec<Answer> {
    let mut found = Vec::new();
    if let Some(mut body) = header.body(packet) {
        let _ = read_answers(&mut body, &mut found);
    }
    found
}

fn read_answers(body: &mut Numbers<'_>, found: &mut Vec<Answer>) -> Option<()> {
    body.w.take(8)?;
    let address = usize::from(body.u16()?);
    body.w.take(address)?;
    // The list begins at a multiple of four.
    body.w.take((4 - (address + 2) % 4) % 4)?;
    let count = body.w.u8()?.min(CONTEXTS);
    body.w.take(3)?;
    for _ in 0..count {
        found.push((body.u16()?, body.u16()?));
        body.w.take(20)?;
    }
    Some(())
}

/// Why one interface was refused.
pub(super) fn offer_refusal(reason: u16) -> &'static str {
    match reason {
        1 => "abstract_syntax_not_supported",
        2 => "proposed_transfer_syntaxes_not_supported",
        3 => "local_limit_exceeded",
        _ => "reason_not_specified",
    }
}

/// Why a bind was refused as a whole.
pub(super) fn refusal(header: &Header, packet: &[u8]) -> &'static str {
    match header.body(packet).and_then(|mut body| body.u16()) {
        Some(1) => "temporary_congestion",
        Some(2) => "local_limit_exceeded",
        Some(4) => "protocol_version_not_supported",
        Some(8) => "authentication_type_not_recognized",
        Some(9) => "invalid_checksum",
        _ => "reason_not_specified",
    }
}

/// How the client authenticates; what SPNEGO wraps where that is known.
pub(super) fn auth_name(kind: u8, wrapped: Option<&'static str>) -> Cow<'static, str> {
    Cow::Borrowed(match kind {
        9 => wrapped.unwrap_or("spnego"),
        10 => "ntlm",
        14 => "schannel",
        16 => "kerberos",
        68 => "netlogon",
        _ => return Cow::Owned(kind.to_string()),
    })
}

/// How far packets are protected.
pub(super) fn level_name(level: u8) -> Cow<'static, str> {
    Cow::Borrowed(match level {
        1 => "none",
        2 => "connect",
        3 => "call",
        4 => "packet",
        5 => "integrity",
        PRIVACY => "privacy",
        _ => return Cow::Owned(level.to_string()),
    })
}

/// A request: what is asked of which context, and its arguments as far as they are there.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) context: u16,
    pub(super) operation: u16,
    pub(super) stub: &'a [u8],
    /// Bytes of the arguments on the wire.
    pub(super) stub_bytes: u64,
}

/// Reads a request.
pub(super) fn request<'a>(header: &Header, packet: &'a [u8]) -> Option<Request<'a>> {
    let mut body = header.body(packet)?;
    body.u32()?;
    let (context, operation) = (body.u16()?, body.u16()?);
    if header.flags & HAS_OBJECT != 0 {
        body.w.take(16)?;
    }
    let (stub, stub_bytes) = stub(header, packet, body.w.rest());
    Some(Request {
        context,
        operation,
        stub,
        stub_bytes,
    })
}

/// The results of a response as far as they are there, and their bytes on the wire.
pub(super) fn response<'a>(header: &Header, packet: &'a [u8]) -> Option<(&'a [u8], u64)> {
    let mut body = header.body(packet)?;
    body.w.take(8)?;
    Some(stub(header, packet, body.w.rest()))
}

/// What the server returned: the last number of its results.
pub(super) fn returned(header: &Header, stub: &[u8]) -> Option<u32> {
    let bytes = *stub.last_chunk::<4>()?;
    Some(match header.little {
        true => u32::from_le_bytes(bytes),
        false => u32::from_be_bytes(bytes),
    })
}

/// The code of a fault.
pub(super) fn fault(header: &Header, packet: &[u8]) -> Option<u32> {
    let mut body = header.body(packet)?;
    body.w.take(8)?;
    body.u32()
}

/// Cuts the verifier off what follows the fixed fields.
fn stub<'a>(header: &Header, packet: &[u8], rest: &'a [u8]) -> (&'a [u8], u64) {
    let fixed = packet.len().saturating_sub(rest.len());
    let mut bytes = usize::from(header.frag_bytes).saturating_sub(fixed);
    if header.auth_bytes > 0 {
        let padding = trailer(header, packet).map_or(0, |t| usize::from(t.padding));
        let verifier = usize::from(header.auth_bytes) + TRAILER_BYTES + padding;
        bytes = bytes.saturating_sub(verifier);
    }
    (rest.get(..bytes).unwrap_or(rest), bytes as u64)
}
