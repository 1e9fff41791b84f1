//! What requests ask for, as the rows tell it.

use std::borrow::Cow;

use super::message::{self, name, Message, NAME_CHARS};
use super::names::{deref_name, extended_name, scope_name, START_TLS};
use super::{filter, LdapEvent, LdapSearchEvent};
use crate::protocols::ber::{Ber, INTEGER, OCTET_STRING, SEQUENCE};
use crate::protocols::wire::text;

/// Attributes kept of an operation.
const ATTRIBUTES: usize = 64;
/// Characters kept of an attribute.
const ATTRIBUTE_CHARS: usize = 128;

const BOOLEAN: u8 = 0x01;

/// An operation of which nothing more is known yet.
pub(super) fn other(id: u32, ts_ns: i64, opcode: &'static str) -> LdapEvent {
    LdapEvent {
        ts_ns,
        message_id: Some(id),
        opcode: Some(Cow::Borrowed(opcode)),
        ..LdapEvent::default()
    }
}

/// SASL PLAIN: whom to act as, who logs in, the password.
pub(super) fn plain(token: &[u8], event: &mut LdapEvent) {
    let mut parts = token.split(|&b| b == 0).skip(1);
    let user = parts.next().unwrap_or(&[]);
    event.object = event.object.take().or_else(|| name(user));
    event.password_seen = Some(parts.next().is_some_and(|password| !password.is_empty()));
}

pub(super) fn search(message: &Message<'_>, ts_ns: i64) -> LdapSearchEvent {
    let mut fields = Ber::new(message.body);
    let mut event = LdapSearchEvent {
        ts_ns,
        message_id: Some(message.id),
        base_object: fields.bytes(OCTET_STRING).and_then(name),
        scope: fields.number(message::ENUMERATED).map(scope_name),
        deref_aliases: fields.number(message::ENUMERATED).map(deref_name),
        result_count: Some(0),
        result_bytes: Some(0),
        ..LdapSearchEvent::default()
    };
    fields.number(INTEGER);
    fields.number(INTEGER);
    fields.bytes(BOOLEAN);
    event.filter = fields.any().map(|(tag, body)| filter::read(tag, body));
    event.attributes = fields.inside(SEQUENCE).map(|mut list| {
        let names = std::iter::from_fn(|| list.bytes(OCTET_STRING));
        let names = names.take(ATTRIBUTES);
        names.map(|name| text(name, ATTRIBUTE_CHARS)).collect()
    });
    event
}

/// Any other operation, and whether it is StartTLS.
pub(super) fn operation(message: &Message<'_>, ts_ns: i64) -> Option<(LdapEvent, bool)> {
    let mut fields = Ber::new(message.body);
    let mut start_tls = false;
    let opcode = match message.tag {
        message::MODIFY => "modify",
        message::ADD => "add",
        message::DELETE => "delete",
        message::MODIFY_DN => "modify DN",
        message::COMPARE => "compare",
        message::EXTENDED => "extended",
        _ => return None,
    };
    let mut event = other(message.id, ts_ns, opcode);
    match message.tag {
        message::DELETE => event.object = name(message.body),
        message::EXTENDED => {
            let oid = fields.bytes(0x80).map(|oid| text(oid, NAME_CHARS));
            start_tls = oid.as_deref() == Some(START_TLS);
            event.argument = oid.map(extended_name);
        }
        _ => event.object = fields.bytes(OCTET_STRING).and_then(name),
    }
    match message.tag {
        message::MODIFY_DN => event.argument = fields.bytes(OCTET_STRING).and_then(name),
        message::COMPARE => {
            let pair = fields.inside(SEQUENCE);
            let attribute = pair.and_then(|mut p| p.bytes(OCTET_STRING));
            event.argument = attribute.and_then(name);
        }
        message::MODIFY | message::ADD => {
            let list = fields.inside(SEQUENCE);
            event.attributes = list.map(|list| attributes(list, message.tag == message::MODIFY));
        }
        _ => {}
    }
    Some((event, start_tls))
}

/// Names of the attributes of a list; those of a modify with what is done to them before.
fn attributes(mut list: Ber<'_>, changes: bool) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < ATTRIBUTES {
        let Some(mut item) = list.inside(SEQUENCE) else {
            break;
        };
        let mut verb = "";
        if changes {
            verb = match item.number(message::ENUMERATED) {
                Some(0) => "add ",
                Some(1) => "delete ",
                Some(2) => "replace ",
                Some(3) => "increment ",
                _ => "",
            };
            item = item.inside(SEQUENCE).unwrap_or(Ber::new(&[]));
        }
        if let Some(attribute) = item.bytes(OCTET_STRING) {
            names.push(format!("{verb}{}", text(attribute, ATTRIBUTE_CHARS)));
        }
    }
    names
}
