//! Messages of SNMP 1, 2c (RFC 1157, RFC 3416) and 3 (RFC 3412, RFC 3414).

use std::borrow::Cow;

use crate::protocols::ber::{self, Ber, Header, INTEGER, OCTET_STRING, SEQUENCE};
use crate::protocols::wire::text;

/// Characters kept of a text.
const TEXT_CHARS: usize = 256;
/// Objects read of a message.
const BINDINGS: usize = 64;
/// Bytes of a community.
const COMMUNITY_BYTES: usize = 255;

const OID: u8 = 0x06;
const SYS_DESCR: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 1, 0];
const SYS_NAME: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 5, 0];
const TRAP_V1: u8 = 0xa4;
const GET_BULK: u8 = 0xa5;

/// Kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pdu {
    /// GetRequest or GetNextRequest.
    Get,
    GetBulk,
    Set,
    Response,
    /// Traps and informs.
    Trap,
    Report,
}

/// How a message proves where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Security<'a> {
    Community(&'a [u8]),
    User {
        name: Option<String>,
        level: &'static str,
    },
}

/// Objects of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bindings {
    pub(super) oids: Vec<String>,
    pub(super) error: Option<Cow<'static, str>>,
    /// Value of the system description.
    pub(super) description: Option<String>,
    /// Value of the system name.
    pub(super) name: Option<String>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) version: &'static str,
    pub(super) security: Security<'a>,
    /// `None` when encrypted.
    pub(super) pdu: Option<(Pdu, Bindings)>,
}

fn pdu_of(tag: u8) -> Option<Pdu> {
    Some(match tag {
        0xa0 | 0xa1 => Pdu::Get,
        0xa2 => Pdu::Response,
        0xa3 => Pdu::Set,
        TRAP_V1 | 0xa6 | 0xa7 => Pdu::Trap,
        GET_BULK => Pdu::GetBulk,
        0xa8 => Pdu::Report,
        _ => return None,
    })
}

/// Bytes of the message that begins here: version, community and a known kind that reaches to the
/// end; or version 3 and its header. `None` when it is none or too short to tell.
pub(super) fn total(bytes: &[u8]) -> Option<usize> {
    let Header::Is(outer) = ber::header(bytes) else {
        return None;
    };
    if outer.tag != SEQUENCE {
        return None;
    }
    let mut fields = Ber::new(bytes.get(outer.head..)?);
    let start = fields.rest().len();
    let version = fields.number(INTEGER)?;
    match version {
        0 | 1 => {
            let community = fields.bytes(OCTET_STRING)?;
            let read = start.saturating_sub(fields.rest().len());
            let Header::Is(pdu) = ber::header(fields.rest()) else {
                return None;
            };
            let fits = read.saturating_add(pdu.total()) == outer.body;
            let known = pdu_of(pdu.tag).is_some() && community.len() <= COMMUNITY_BYTES;
            (fits && known).then(|| outer.total())
        }
        3 => {
            let mut head = fields.inside(SEQUENCE)?;
            head.number(INTEGER)?;
            head.number(INTEGER)?;
            let flags = head.bytes(OCTET_STRING)?;
            head.number(INTEGER)?;
            (flags.len() == 1).then(|| outer.total())
        }
        _ => None,
    }
}

/// Reads a message, as far as it came.
pub(super) fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut fields = Ber::new(bytes).inside(SEQUENCE)?;
    let version = match fields.number(INTEGER)? {
        0 => "1",
        1 => "2c",
        3 => return read_v3(fields),
        _ => return None,
    };
    let security = Security::Community(fields.bytes(OCTET_STRING)?);
    let (tag, body) = fields.any()?;
    Some(Message {
        version,
        security,
        pdu: Some((pdu_of(tag)?, bindings(tag, body))),
    })
}

fn read_v3(mut fields: Ber<'_>) -> Option<Message<'_>> {
    let mut head = fields.inside(SEQUENCE)?;
    head.number(INTEGER)?;
    head.number(INTEGER)?;
    let flags = *head.bytes(OCTET_STRING)?.first()?;
    let level = match flags & 3 {
        0 => "noAuthNoPriv",
        1 => "authNoPriv",
        _ => "authPriv",
    };
    let parameters = fields.bytes(OCTET_STRING)?;
    let security = Security::User {
        name: user(parameters),
        level,
    };
    let pdu = match fields.inside(SEQUENCE) {
        None => None,
        Some(mut scoped) => {
            scoped.bytes(OCTET_STRING)?;
            scoped.bytes(OCTET_STRING)?;
            let (tag, body) = scoped.any()?;
            Some((pdu_of(tag)?, bindings(tag, body)))
        }
    };
    Some(Message {
        version: "3",
        security,
        pdu,
    })
}

/// User name in the parameters of the user-based security model.
fn user(parameters: &[u8]) -> Option<String> {
    let mut fields = Ber::new(parameters).inside(SEQUENCE)?;
    fields.bytes(OCTET_STRING)?;
    fields.number(INTEGER)?;
    fields.number(INTEGER)?;
    let name = fields.bytes(OCTET_STRING)?;
    (!name.is_empty()).then(|| text(name, TEXT_CHARS))
}

fn bindings(tag: u8, body: &[u8]) -> Bindings {
    let mut found = Bindings::default();
    let mut fields = Ber::new(body);
    if tag == TRAP_V1 {
        // Enterprise, agent, two numbers of the trap, time.
        for _ in 0..5 {
            fields.any();
        }
    } else {
        fields.number(INTEGER);
        let error = fields.number(INTEGER);
        fields.number(INTEGER);
        if tag != GET_BULK {
            found.error = error.filter(|e| *e != 0).map(error_name);
        }
    }
    let Some(mut list) = fields.inside(SEQUENCE) else {
        return found;
    };
    for _ in 0..BINDINGS {
        let Some(mut pair) = list.inside(SEQUENCE) else {
            break;
        };
        let Some(oid) = pair.bytes(OID) else { break };
        found.oids.extend(ber::oid(oid));
        let value = pair.bytes(OCTET_STRING).filter(|value| !value.is_empty());
        match oid {
            SYS_DESCR => found.description = value.map(|v| text(v, TEXT_CHARS)),
            SYS_NAME => found.name = value.map(|v| text(v, TEXT_CHARS)),
            _ => {}
        }
    }
    found
}

/// Error status of an answer.
fn error_name(code: i64) -> Cow<'static, str> {
    const NAMES: [&str; 19] = [
        "noError",
        "tooBig",
        "noSuchName",
        "badValue",
        "readOnly",
        "genErr",
        "noAccess",
        "wrongType",
        "wrongLength",
        "wrongEncoding",
        "wrongValue",
        "noCreation",
        "inconsistentValue",
        "resourceUnavailable",
        "commitFailed",
        "undoFailed",
        "authorizationError",
        "notWritable",
        "inconsistentName",
    ];
    match usize::try_from(code).ok().and_then(|i| NAMES.get(i)) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("error{code}")),
    }
}

/// What a report of the user-based security model complains of.
pub(super) fn report_name(oid: &str) -> Option<&'static str> {
    Some(match oid.strip_prefix("1.3.6.1.6.3.15.1.1.")? {
        "1.0" => "unsupportedSecLevels",
        "2.0" => "notInTimeWindows",
        "3.0" => "unknownUserNames",
        "4.0" => "unknownEngineIDs",
        "5.0" => "wrongDigests",
        "6.0" => "decryptionErrors",
        _ => return None,
    })
}
