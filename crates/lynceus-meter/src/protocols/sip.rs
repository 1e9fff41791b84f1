//! SIP over UDP and TCP: one row a request with its final answer.
//!
//! Rules: requests and answers belong together by call and sequence number, whoever sends them; at
//! most 64 requests of a flow wait for their answers. What is sent again is told once. Bodies are
//! passed over. Of credentials the user name alone is kept.

use std::collections::VecDeque;

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::heads::{Head, Heads};
use super::lines::{contains, split_word};
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Requests that may wait for their answers.
const PENDING: usize = 64;
/// Requests remembered after they were told, so that what is sent again is known.
const REMEMBERED: usize = 32;
/// Characters kept of a target or an answer.
const CHARS: usize = 512;
/// Methods (RFC 3261 and those after it).
const METHODS: [&[u8]; 14] = [
    b"INVITE",
    b"ACK",
    b"BYE",
    b"CANCEL",
    b"REGISTER",
    b"OPTIONS",
    b"PRACK",
    b"SUBSCRIBE",
    b"NOTIFY",
    b"PUBLISH",
    b"INFO",
    b"REFER",
    b"MESSAGE",
    b"UPDATE",
];

event_table! {
    /// One SIP request with its final answer.
    SipEvent / SipTable = "sip" {
        /// Method.
        method: Option<String>,
        /// Target of the request.
        uri: Option<String>,
        /// From field of the request.
        request_from: Option<String>,
        /// To field of the request.
        request_to: Option<String>,
        /// To field of the answer.
        response_to: Option<String>,
        /// Contact field of the request.
        contact: Option<String>,
        /// Id of the call.
        call_id: Option<String>,
        /// Sequence number and method.
        seq: Option<String>,
        /// Subject of the request.
        subject: Option<String>,
        /// Program of the client.
        user_agent: Option<String>,
        /// Program of the server.
        server: Option<String>,
        /// User that authenticates.
        username: Option<String>,
        /// Status of the final answer.
        status_code: Option<u16>,
        /// Its words.
        status_msg: Option<String>,
        /// Kind of the body of the request.
        content_type: Option<String>,
        /// Bytes of the body of the request.
        request_body_bytes: Option<u64>,
        /// Bytes of the body of the answer.
        response_body_bytes: Option<u64>,
    }
}

/// SIP over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "sip",
    probe,
    open: |_| Box::<SipParser>::default(),
};

/// SIP over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "sip",
    probe,
    open: |_| {
        Box::new(SipParser {
            stream: true,
            ..SipParser::default()
        })
    },
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let begun = [opening.orig, opening.resp].map(|bytes| {
        let bytes = bytes.trim_ascii_start();
        let end = memchr::memchr(b'\n', bytes.get(..2048).unwrap_or(bytes));
        match end.and_then(|end| bytes.get(..end)) {
            Some(line) => begins(line),
            None => false,
        }
    });
    if begun.contains(&true) {
        Verdict::Yes
    } else {
        Verdict::Maybe
    }
}

/// A line that begins a request or an answer.
fn begins(line: &[u8]) -> bool {
    status(line).is_some() || request(line).is_some()
}

/// Method and target of the first line of a request.
fn request(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if !line.first()?.is_ascii_uppercase() {
        return None;
    }
    let (method, rest) = split_word(line);
    let target = rest.strip_suffix(b"SIP/2.0")?;
    (METHODS.contains(&method) && !target.is_empty()).then(|| (method, target.trim_ascii()))
}

/// Status and words of the first line of an answer.
fn status(line: &[u8]) -> Option<(u16, &[u8])> {
    let (code, words) = split_word(line.strip_prefix(b"SIP/2.0 ")?);
    let code: u16 = std::str::from_utf8(code).ok()?.parse().ok()?;
    (100..700).contains(&code).then_some((code, words))
}

/// The parser of one flow.
#[derive(Debug, Default)]
struct SipParser {
    stream: bool,
    orig: Heads,
    resp: Heads,
    pending: VecDeque<SipEvent>,
    told: VecDeque<SipEvent>,
    allowance: Allowance,
}

/// The same request: same call, same number.
fn same(one: &SipEvent, other: &SipEvent) -> bool {
    one.call_id.is_some() && one.call_id == other.call_id && one.seq == other.seq
}

impl SipParser {
    fn message(&mut self, head: &Head, ts_ns: i64, rows: &mut Rows<'_>) {
        let row = SipEvent {
            ts_ns,
            call_id: head.told(&[b"call-id", b"i"]),
            seq: head.told(&[b"cseq"]),
            ..SipEvent::default()
        };
        if let Some((code, words)) = status(&head.start) {
            self.answer(head, row, code, words, rows);
        } else if let Some((method, target)) = request(&head.start) {
            self.request(head, row, method, target, rows);
        }
    }

    fn request(
        &mut self,
        head: &Head,
        mut row: SipEvent,
        method: &[u8],
        target: &[u8],
        rows: &mut Rows<'_>,
    ) {
        let again = |other: &SipEvent| same(other, &row);
        if self.pending.iter().any(again) || self.told.iter().any(again) {
            return;
        }
        row.method = Some(text(method, CHARS));
        row.uri = Some(without_password(&text(target, CHARS)));
        row.request_from = head.told(&[b"from", b"f"]);
        row.request_to = head.told(&[b"to", b"t"]);
        row.contact = head.told(&[b"contact", b"m"]);
        row.subject = head.told(&[b"subject", b"s"]);
        row.user_agent = head.told(&[b"user-agent"]);
        row.content_type = head.told(&[b"content-type", b"c"]);
        row.request_body_bytes = head.body_bytes();
        row.username = head
            .field(&[b"authorization", b"proxy-authorization"])
            .and_then(username);
        if method == b"ACK" {
            // Nobody answers it.
            self.tell(row, rows);
            return;
        }
        if self.pending.len() >= PENDING {
            self.tell_first(rows);
        }
        self.pending.push_back(row);
    }

    fn answer(&mut self, head: &Head, row: SipEvent, code: u16, words: &[u8], rows: &mut Rows<'_>) {
        let at = self.pending.iter().position(|other| same(other, &row));
        let known = at.is_some();
        let mut row = match at {
            // An interim answer waits with its request.
            Some(at) => self.pending.remove(at).unwrap_or(row),
            None if self.told.iter().any(|other| same(other, &row)) => return,
            None => {
                let method = row
                    .seq
                    .as_deref()
                    .and_then(|seq| seq.split(' ').next_back());
                SipEvent {
                    method: method.map(str::to_owned),
                    request_from: head.told(&[b"from", b"f"]),
                    ..row
                }
            }
        };
        row.status_code = Some(code);
        row.status_msg = Some(text(words, CHARS));
        row.response_to = head.told(&[b"to", b"t"]);
        row.server = head.told(&[b"server", b"user-agent"]).or(row.server);
        row.response_body_bytes = head.body_bytes();
        if code >= 200 {
            self.tell(row, rows);
        } else if known || self.pending.len() < PENDING {
            self.pending.push_back(row);
        }
    }

    fn tell(&mut self, row: SipEvent, rows: &mut Rows<'_>) {
        if self.told.len() >= REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(SipEvent {
            call_id: row.call_id.clone(),
            seq: row.seq.clone(),
            ..SipEvent::default()
        });
        rows.tell(Event::Sip(Box::new(row)));
    }

    fn tell_first(&mut self, rows: &mut Rows<'_>) {
        if let Some(row) = self.pending.pop_front() {
            self.tell(row, rows);
        }
    }
}

/// User of digest or basic credentials: `Digest username="anna", ...`.
fn username(value: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"username=";
    if !contains(value, NAME) {
        return None;
    }
    let at = value
        .windows(NAME.len())
        .position(|window| window.eq_ignore_ascii_case(NAME))?;
    let rest = value.get(at.checked_add(NAME.len())?..)?;
    let inner = rest.strip_prefix(b"\"").unwrap_or(rest);
    let end = inner.iter().position(|b| *b == b'"' || *b == b',');
    Some(text(inner.get(..end.unwrap_or(inner.len()))?, CHARS))
}

/// `sip:anna:secret@host` without the secret.
fn without_password(uri: &str) -> String {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    match rest.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let user = user.split(':').next().unwrap_or("");
            format!("{scheme}:{user}@{host}")
        }
        _ => uri.to_owned(),
    }
}

impl Parser for SipParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut allowance = std::mem::take(&mut self.allowance);
        let mut rows = Rows::new(&mut allowance, out);
        let mut data = chunk.data;
        if self.stream {
            let from_orig = chunk.from_orig;
            let side = |parser: &mut SipParser, data: &mut &[u8]| {
                let heads = if from_orig {
                    &mut parser.orig
                } else {
                    &mut parser.resp
                };
                heads.next(data, begins)
            };
            if chunk.lost_bytes > 0 {
                let heads = if from_orig {
                    &mut self.orig
                } else {
                    &mut self.resp
                };
                heads.lose(chunk.lost_bytes);
            }
            while let Some(head) = side(self, &mut data) {
                self.message(&head, chunk.ts_ns, &mut rows);
            }
        } else if let Some(head) = Head::of_datagram(data.trim_ascii_start()) {
            self.message(&head, chunk.ts_ns, &mut rows);
        }
        self.allowance = allowance;
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let mut allowance = std::mem::take(&mut self.allowance);
        let mut rows = Rows::new(&mut allowance, out);
        while !self.pending.is_empty() {
            self.tell_first(&mut rows);
        }
    }
}

#[cfg(test)]
#[path = "sip/sip_test.rs"]
mod tests;
