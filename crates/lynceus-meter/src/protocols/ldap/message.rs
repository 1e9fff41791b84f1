//! The envelope of LDAP messages (RFC 4511) and the parts that operations share.

use crate::protocols::ber::{self, Ber, Header, INTEGER, OCTET_STRING, SEQUENCE};
use crate::protocols::frames::Length;
use crate::protocols::wire::text;

pub(super) const BIND: u8 = 0x60;
pub(super) const BIND_RESPONSE: u8 = 0x61;
pub(super) const UNBIND: u8 = 0x42;
pub(super) const SEARCH: u8 = 0x63;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const SEARCH_DONE: u8 = 0x65;
pub(super) const MODIFY: u8 = 0x66;
pub(super) const MODIFY_RESPONSE: u8 = 0x67;
pub(super) const ADD: u8 = 0x68;
pub(super) const ADD_RESPONSE: u8 = 0x69;
pub(super) const DELETE: u8 = 0x4a;
pub(super) const DELETE_RESPONSE: u8 = 0x6b;
pub(super) const MODIFY_DN: u8 = 0x6c;
pub(super) const MODIFY_DN_RESPONSE: u8 = 0x6d;
pub(super) const COMPARE: u8 = 0x6e;
pub(super) const COMPARE_RESPONSE: u8 = 0x6f;
pub(super) const ABANDON: u8 = 0x50;
pub(super) const REFERENCE: u8 = 0x73;
pub(super) const EXTENDED: u8 = 0x77;
pub(super) const EXTENDED_RESPONSE: u8 = 0x78;
pub(super) const INTERMEDIATE: u8 = 0x79;

/// Controls, which may follow the operation.
const CONTROLS: u8 = 0xa0;
/// ENUMERATED.
pub(super) const ENUMERATED: u8 = 0x0a;

/// Characters kept of a name.
pub(super) const NAME_CHARS: usize = 512;
/// Characters kept of what a server says to a result.
const DIAGNOSTIC_CHARS: usize = 512;
/// A message longer than this is none.
const MESSAGE_BYTES: usize = 256 * 1024 * 1024;

fn is_operation(tag: u8) -> bool {
    matches!(
        tag,
        BIND..=ADD_RESPONSE
            | DELETE_RESPONSE..=COMPARE_RESPONSE
            | UNBIND
            | DELETE
            | ABANDON
            | REFERENCE
            | EXTENDED..=INTERMEDIATE
    ) && tag != 0x62
}

/// True for bytes that may be the start of a message.
pub(super) fn may_begin(bytes: &[u8]) -> bool {
    bytes.len() < 24 && bytes.first().is_none_or(|&tag| tag == SEQUENCE)
}

/// Bytes of the message that begins here: a sequence of a message id and an operation that
/// reaches to its end or to the controls. `None` when it is none or too short to tell.
pub(super) fn total(bytes: &[u8]) -> Option<usize> {
    let Header::Is(outer) = ber::header(bytes) else {
        return None;
    };
    let inside = bytes.get(outer.head..)?;
    let Header::Is(id) = ber::header(inside) else {
        return None;
    };
    let positive = inside.get(id.head).is_some_and(|b| b & 0x80 == 0);
    let is_id = id.tag == INTEGER && (1..=4).contains(&id.body) && positive;
    if outer.tag != SEQUENCE || !is_id {
        return None;
    }
    let Header::Is(operation) = ber::header(inside.get(id.total()..)?) else {
        return None;
    };
    let end = id.total().saturating_add(operation.total());
    let ends_well = end == outer.body
        || (end < outer.body && inside.get(end).is_none_or(|&tag| tag == CONTROLS));
    (is_operation(operation.tag) && ends_well && outer.body <= MESSAGE_BYTES).then(|| outer.total())
}

/// Bytes of the message that begins here.
pub(super) fn length(bytes: &[u8]) -> Length {
    match ber::header(bytes) {
        Header::Is(size) if size.tag == SEQUENCE && size.body <= MESSAGE_BYTES => {
            Length::Is(size.total() as u64)
        }
        Header::More => Length::More,
        _ => Length::Bad,
    }
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) id: u32,
    /// Tag of the operation.
    pub(super) tag: u8,
    /// Content of the operation, perhaps cut.
    pub(super) body: &'a [u8],
    /// Bytes of the whole message.
    pub(super) bytes: u64,
}

impl<'a> Message<'a> {
    /// The next message of several; `None` at the end or where there is none.
    pub(super) fn next(bytes: &mut &'a [u8]) -> Option<Message<'a>> {
        let size = match ber::header(bytes) {
            Header::Is(size) if size.tag == SEQUENCE => size,
            _ => return None,
        };
        let mut fields = Ber::new(bytes).inside(SEQUENCE)?;
        *bytes = bytes.get(size.total()..).unwrap_or(&[]);
        let id = u32::try_from(fields.number(INTEGER)?).ok()?;
        let (tag, body) = fields.any()?;
        Some(Message {
            id,
            tag,
            body,
            bytes: size.total() as u64,
        })
    }
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: i64,
    pub(super) diagnostic: Option<String>,
}

/// Result code, matched name and message, which all answers begin with.
pub(super) fn outcome(body: &[u8]) -> Option<Outcome> {
    let mut fields = Ber::new(body);
    let code = fields.number(ENUMERATED)?;
    fields.bytes(OCTET_STRING);
    let diagnostic = fields
        .bytes(OCTET_STRING)
        .map(|d| d.strip_suffix(b"\0").unwrap_or(d))
        .filter(|d| !d.is_empty())
        .map(|d| text(d, DIAGNOSTIC_CHARS));
    Some(Outcome { code, diagnostic })
}

/// A name, null where it is empty.
pub(super) fn name(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| text(bytes, NAME_CHARS))
}
