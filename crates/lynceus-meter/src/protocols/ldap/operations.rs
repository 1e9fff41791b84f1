//! Operations and their results, matched by message id.

use super::message::{self, name, Message, Outcome};
use super::names::{extended_name, result_name, SASL_BIND_IN_PROGRESS, SUCCESS};
use super::requests::{operation, other, plain, search};
use super::{LdapEvent, LdapSearchEvent};
use crate::protocols::allowance::{Allowance, Rows};
use crate::protocols::ber::{Ber, INTEGER, OCTET_STRING};
use crate::protocols::ntlm::Exchange;
use crate::protocols::Event;

/// Operations of one flow that may wait for their results.
pub(super) const PENDING: usize = 128;
/// Bytes of the requests that wait.
const PENDING_BYTES: usize = 64 * 1024;
/// How long an operation over UDP waits for its result.
const PENDING_NS: i64 = 60_000_000_000;
/// How a bind proves who it is: a password, SASL, or the NTLM of old Windows (discovery,
/// negotiate, response).
const SIMPLE: u8 = 0x80;
const SASL: u8 = 0xa3;
const NTLM_DISCOVERY: u8 = 0x89;
const NTLM_NEGOTIATE: u8 = 0x8a;
const NTLM_RESPONSE: u8 = 0x8b;

/// What a message means for the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    More,
    /// TLS begins behind this message.
    Tls,
}

/// An operation that waits for its result.
#[derive(Debug)]
enum Waiting {
    Search(LdapSearchEvent),
    Other(LdapEvent),
}

impl Waiting {
    fn ts_ns(&self) -> i64 {
        match self {
            Waiting::Search(event) => event.ts_ns,
            Waiting::Other(event) => event.ts_ns,
        }
    }
}

#[derive(Debug)]
struct Pending {
    id: u32,
    start_tls: bool,
    /// Bytes of its request.
    bytes: usize,
    waiting: Waiting,
}

/// Operations of one flow.
#[derive(Debug, Default)]
pub(super) struct Operations {
    pending: Vec<Pending>,
    login: Exchange,
    allowance: Allowance,
}

impl Operations {
    /// Takes a message of either side.
    pub(super) fn message(
        &mut self,
        message: &Message<'_>,
        ts_ns: i64,
        out: &mut Vec<Event>,
    ) -> Found {
        match message.tag {
            message::SEARCH => {
                let event = search(message, ts_ns);
                self.wait(message, Waiting::Search(event), false, out);
            }
            message::ENTRY | message::REFERENCE => self.entry(message, ts_ns, out),
            message::SEARCH_DONE => self.search_done(message, ts_ns, out),
            message::UNBIND | message::ABANDON | message::INTERMEDIATE => {}
            tag if is_answer(tag) => return self.answer(message, ts_ns, out),
            message::BIND => {
                let event = self.bind(message, ts_ns);
                self.wait(message, Waiting::Other(event), false, out);
            }
            _ => {
                if let Some((event, start_tls)) = operation(message, ts_ns) {
                    self.wait(message, Waiting::Other(event), start_tls, out);
                }
            }
        }
        Found::More
    }

    fn wait(
        &mut self,
        message: &Message<'_>,
        waiting: Waiting,
        start_tls: bool,
        out: &mut Vec<Event>,
    ) {
        let bytes = message.body.len();
        let held: usize = self.pending.iter().map(|p| p.bytes).sum();
        let mut over = held.saturating_add(bytes).saturating_sub(PENDING_BYTES);
        while self.pending.len() >= PENDING || (over > 0 && !self.pending.is_empty()) {
            over = over.saturating_sub(self.pending.first().map_or(0, |p| p.bytes));
            self.tell_first(out);
        }
        self.pending.push(Pending {
            id: message.id,
            start_tls,
            bytes,
            waiting,
        });
    }

    fn position(&self, id: u32, is_search: bool) -> Option<usize> {
        self.pending
            .iter()
            .position(|p| p.id == id && matches!(p.waiting, Waiting::Search(_)) == is_search)
    }

    fn entry(&mut self, message: &Message<'_>, ts_ns: i64, out: &mut Vec<Event>) {
        let place = self.position(message.id, true).unwrap_or_else(|| {
            // The search was not seen, what it finds is.
            let event = LdapSearchEvent {
                ts_ns,
                message_id: Some(message.id),
                result_count: Some(0),
                result_bytes: Some(0),
                ..LdapSearchEvent::default()
            };
            self.wait(message, Waiting::Search(event), false, out);
            self.pending.len().saturating_sub(1)
        });
        if let Some(Waiting::Search(event)) = self.pending.get_mut(place).map(|p| &mut p.waiting) {
            if message.tag == message::ENTRY {
                let (count, bytes) = (event.result_count, event.result_bytes);
                event.result_count = count.map(|n| n.saturating_add(1));
                event.result_bytes = bytes.map(|n| n.saturating_add(message.bytes));
            }
        }
    }

    fn search_done(&mut self, message: &Message<'_>, ts_ns: i64, out: &mut Vec<Event>) {
        let mut event = match self.position(message.id, true) {
            Some(place) => match self.pending.remove(place).waiting {
                Waiting::Search(mut event) => {
                    event.duration_s = Some(seconds(event.ts_ns, ts_ns));
                    event
                }
                Waiting::Other(_) => return,
            },
            None => LdapSearchEvent {
                ts_ns,
                message_id: Some(message.id),
                result_count: Some(0),
                result_bytes: Some(0),
                ..LdapSearchEvent::default()
            },
        };
        if let Some(outcome) = message::outcome(message.body) {
            event.result = Some(result_name(outcome.code));
            event.diagnostic_message = outcome.diagnostic;
        }
        self.tell(Waiting::Search(event), out);
    }

    fn answer(&mut self, message: &Message<'_>, ts_ns: i64, out: &mut Vec<Event>) -> Found {
        let place = self.position(message.id, false);
        let pending = place.map(|i| self.pending.remove(i));
        let (mut event, start_tls) = match pending {
            Some(Pending {
                waiting: Waiting::Other(mut event),
                start_tls,
                ..
            }) => {
                event.rtt_s = Some(seconds(event.ts_ns, ts_ns));
                (event, start_tls)
            }
            _ => (answer_alone(message, ts_ns), false),
        };
        let outcome = message::outcome(message.body);
        if let Some(Outcome { code, diagnostic }) = &outcome {
            event.result = Some(result_name(*code));
            event.diagnostic_message = diagnostic.clone();
        }
        if message.tag == message::BIND_RESPONSE {
            self.bind_response(message.body, &event, outcome.as_ref(), ts_ns, out);
        }
        self.tell(Waiting::Other(event), out);
        match outcome {
            Some(outcome) if start_tls && outcome.code == SUCCESS => Found::Tls,
            _ => Found::More,
        }
    }

    fn bind(&mut self, message: &Message<'_>, ts_ns: i64) -> LdapEvent {
        let mut fields = Ber::new(message.body);
        let version = fields.number(INTEGER).and_then(|v| u16::try_from(v).ok());
        let mut event = LdapEvent {
            version,
            object: fields.bytes(OCTET_STRING).and_then(name),
            password_seen: Some(false),
            ..other(message.id, ts_ns, "bind")
        };
        match fields.any() {
            Some((SIMPLE, password)) => {
                event.opcode = Some("bind simple".into());
                event.password_seen = Some(!password.is_empty());
            }
            Some((SASL, body)) => {
                event.opcode = Some("bind SASL".into());
                let mut parts = Ber::new(body);
                let mechanism = parts.bytes(OCTET_STRING).unwrap_or(&[]);
                let token = parts.bytes(OCTET_STRING).unwrap_or(&[]);
                event.argument = name(mechanism);
                if mechanism == b"PLAIN" {
                    plain(token, &mut event);
                } else {
                    self.login.token(ts_ns, token);
                }
            }
            Some((NTLM_DISCOVERY | NTLM_NEGOTIATE | NTLM_RESPONSE, token)) => {
                event.opcode = Some("bind NTLM".into());
                self.login.token(ts_ns, token);
            }
            _ => {}
        }
        event.object = event.object.take().or_else(|| {
            let login = self.login.login.as_ref();
            login.and_then(|login| login.user.clone())
        });
        event
    }

    /// The server's part of a login, and the end of one by NTLM.
    fn bind_response(
        &mut self,
        body: &[u8],
        event: &LdapEvent,
        outcome: Option<&Outcome>,
        ts_ns: i64,
        out: &mut Vec<Event>,
    ) {
        self.login.token(ts_ns, body);
        let Some(outcome) = outcome.filter(|o| o.code != SASL_BIND_IN_PROGRESS) else {
            return;
        };
        // Old Windows says success to the first of its two messages too, which names no user.
        if self.login.login.is_some() {
            let ended_well = Some(outcome.code == SUCCESS);
            let rows = &mut Rows::new(&mut self.allowance, out);
            self.login
                .tell("ldap", ended_well, event.result.clone(), rows);
            self.login = Exchange::default();
        }
    }

    fn tell(&mut self, waiting: Waiting, out: &mut Vec<Event>) {
        let event = match waiting {
            Waiting::Search(event) => Event::LdapSearch(Box::new(event)),
            Waiting::Other(event) => Event::Ldap(Box::new(event)),
        };
        Rows::new(&mut self.allowance, out).tell(event);
    }

    fn tell_first(&mut self, out: &mut Vec<Event>) {
        if !self.pending.is_empty() {
            let first = self.pending.remove(0);
            self.tell(first.waiting, out);
        }
    }

    /// Tells what has waited too long.
    pub(super) fn expire(&mut self, ts_ns: i64, out: &mut Vec<Event>) {
        while self
            .pending
            .first()
            .is_some_and(|p| ts_ns.saturating_sub(p.waiting.ts_ns()) > PENDING_NS)
        {
            self.tell_first(out);
        }
    }

    /// Tells what still waits.
    pub(super) fn drain(&mut self, out: &mut Vec<Event>) {
        while !self.pending.is_empty() {
            self.tell_first(out);
        }
    }
}

fn seconds(from_ns: i64, to_ns: i64) -> f64 {
    to_ns.saturating_sub(from_ns) as f64 / 1e9
}

fn is_answer(tag: u8) -> bool {
    matches!(
        tag,
        message::BIND_RESPONSE
            | message::MODIFY_RESPONSE
            | message::ADD_RESPONSE
            | message::DELETE_RESPONSE
            | message::MODIFY_DN_RESPONSE
            | message::COMPARE_RESPONSE
            | message::EXTENDED_RESPONSE
    )
}

/// A result whose operation was not seen.
fn answer_alone(message: &Message<'_>, ts_ns: i64) -> LdapEvent {
    let opcode = match message.tag {
        message::BIND_RESPONSE => "bind",
        message::MODIFY_RESPONSE => "modify",
        message::ADD_RESPONSE => "add",
        message::DELETE_RESPONSE => "delete",
        message::MODIFY_DN_RESPONSE => "modify DN",
        message::COMPARE_RESPONSE => "compare",
        _ => "extended",
    };
    let mut event = other(message.id, ts_ns, opcode);
    if message.tag == message::EXTENDED_RESPONSE {
        let oid = Ber::new(message.body).find(0x8a);
        event.argument = oid.and_then(|oid| name(oid.rest())).map(extended_name);
    }
    event
}
