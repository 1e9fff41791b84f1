//! Kerberos 5 over UDP and TCP: one row a request for a ticket with its answer.
//!
//! Rules: only messages to and from the key distribution centre count (AS, TGS and errors); what
//! other protocols carry of Kerberos is theirs. An answer belongs to the oldest pending request
//! of its kind, an error to the oldest of all. A request sent again byte for byte is the same
//! request, and its second answer is passed over. At most [`PENDING`] wait, none longer than
//! [`PENDING_NS`]. Of a message [`KEEP_BYTES`] are read.

mod message;
mod names;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use message::{Kind, Message};
use names::{cipher_name, error_name};

/// Requests of one flow that may wait for their answers.
const PENDING: usize = 16;
/// How long a request waits for its answer.
const PENDING_NS: i64 = 30_000_000_000;
/// Bytes of a message that are read.
const KEEP_BYTES: usize = 64 * 1024;
/// A message longer than this is none: tickets of many groups reach some ten KiB.
const MESSAGE_BYTES: u32 = 1024 * 1024;

event_table! {
    /// One request for a Kerberos ticket with its answer.
    KerberosEvent / KerberosTable = "kerberos" {
        /// AS or TGS.
        request_type: Option<Cow<'static, str>>,
        /// Client principal without its realm.
        client: Option<String>,
        /// Realm asked.
        realm: Option<String>,
        /// Service principal asked for.
        service: Option<String>,
        /// A ticket was given.
        success: Option<bool>,
        /// Error of the answer.
        error_msg: Option<Cow<'static, str>>,
        /// Code of the error.
        error_code: Option<u32>,
        /// The client proved who it is before it got a ticket.
        preauth: Option<bool>,
        /// Encryption types offered, best first.
        ciphers: Option<Vec<String>>,
        /// Encryption type of the ticket given.
        cipher: Option<Cow<'static, str>>,
        /// Encryption type of the answer's part for the client.
        reply_cipher: Option<Cow<'static, str>>,
        /// Encryption type of the ticket that a TGS request shows.
        presented_cipher: Option<Cow<'static, str>>,
        /// Forwardable ticket asked for.
        forwardable: Option<bool>,
        /// Renewable ticket asked for.
        renewable: Option<bool>,
        /// Options of the request as 0xNNNNNNNN.
        kdc_options: Option<String>,
        /// Until when the ticket is asked for.
        till_ns: Option<i64>,
        /// NetBIOS name that the client gives as its address.
        host_name: Option<String>,
        /// Time from request to answer, seconds.
        rtt_s: Option<f64>,
    }
}

/// Kerberos over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "kerberos",
    probe: probe_datagram,
    open: |_| Box::<DatagramParser>::default(),
};

/// Kerberos over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "kerberos",
    probe: probe_stream,
    open: |_| Box::<StreamParser>::default(),
};

fn probe_datagram(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    match message::total(bytes) {
        Some(total) if total == bytes.len() || (opening.cut && total > bytes.len()) => Verdict::Yes,
        _ => Verdict::No,
    }
}

fn probe_stream(opening: &Opening<'_>) -> Verdict {
    let verdicts = [opening.orig, opening.resp].map(probe_side);
    if verdicts.contains(&Verdict::Yes) {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn probe_side(bytes: &[u8]) -> Verdict {
    match (frame(bytes), bytes.get(4..)) {
        (Length::More, _) => Verdict::Maybe,
        (Length::Is(length), Some(rest)) => match message::total(rest) {
            Some(total) if total as u64 + 4 == length => Verdict::Yes,
            None if rest.len() < message::PROBE_BYTES && message::may_begin(rest) => Verdict::Maybe,
            _ => Verdict::No,
        },
        _ => Verdict::No,
    }
}

/// Messages over TCP have their length in four bytes before them.
fn frame(bytes: &[u8]) -> Length {
    match bytes.first_chunk::<4>() {
        None => Length::More,
        Some(length) => match u32::from_be_bytes(*length) {
            length @ 8..=MESSAGE_BYTES => Length::Is(u64::from(length) + 4),
            _ => Length::Bad,
        },
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Pending {
    digest: u64,
    tgs: bool,
    event: KerberosEvent,
}

/// What a repetition is recognised by.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Requests and answers of one flow, matched.
#[derive(Debug, Default)]
struct Matcher {
    pending: Vec<Pending>,
    /// The request answered last, and how many answers to repetitions may still come.
    answered: Option<u64>,
    repeats: u32,
    allowance: Allowance,
}

impl Matcher {
    fn message(&mut self, bytes: &[u8], ts_ns: i64, out: &mut Vec<Event>) {
        let Some(message) = message::read(bytes) else {
            return;
        };
        while let Some(first) = self.pending.first() {
            let over = ts_ns.saturating_sub(first.event.ts_ns) > PENDING_NS;
            if !over && self.pending.len() < PENDING {
                break;
            }
            self.tell_first(out);
        }
        match message.kind {
            Kind::AsRequest | Kind::TgsRequest => self.request(message, digest(bytes), ts_ns),
            _ => self.answer(message, ts_ns, out),
        }
    }

    fn request(&mut self, message: Message, digest: u64, ts_ns: i64) {
        let tgs = message.kind == Kind::TgsRequest;
        let pending = self.pending.iter().any(|p| p.digest == digest);
        if pending || self.answered == Some(digest) {
            self.repeats = self.repeats.saturating_add(1);
            return;
        }
        let options = message.options;
        let has = |bit: u32| options.map(|o| o & bit != 0);
        self.pending.push(Pending {
            digest,
            tgs,
            event: KerberosEvent {
                ts_ns,
                request_type: Some(if tgs { "TGS" } else { "AS" }.into()),
                client: message.client,
                realm: message.realm,
                service: message.service,
                preauth: (!tgs).then_some(message.preauth),
                ciphers: Some(
                    message
                        .ciphers
                        .iter()
                        .map(|c| cipher_name(*c).into_owned())
                        .collect(),
                ),
                presented_cipher: message.presented.map(cipher_name),
                forwardable: has(message::FORWARDABLE),
                renewable: has(message::RENEWABLE),
                kdc_options: options.map(|o| format!("0x{o:08x}")),
                till_ns: message.till_ns,
                host_name: message.host_name,
                ..KerberosEvent::default()
            },
        });
    }

    fn answer(&mut self, message: Message, ts_ns: i64, out: &mut Vec<Event>) {
        let place = self.pending.iter().position(|p| match message.kind {
            Kind::AsReply => !p.tgs,
            Kind::TgsReply => p.tgs,
            _ => true,
        });
        let mut event = match place.map(|i| self.pending.remove(i)) {
            Some(pending) => {
                self.answered = Some(pending.digest);
                let took_ns = ts_ns.saturating_sub(pending.event.ts_ns);
                KerberosEvent {
                    rtt_s: Some(took_ns as f64 / 1e9),
                    ..pending.event
                }
            }
            None if self.repeats > 0 => {
                self.repeats = self.repeats.saturating_sub(1);
                return;
            }
            None => KerberosEvent {
                ts_ns,
                request_type: match message.kind {
                    Kind::AsReply => Some("AS".into()),
                    Kind::TgsReply => Some("TGS".into()),
                    _ => None,
                },
                ..KerberosEvent::default()
            },
        };
        event.success = Some(message.kind != Kind::Error);
        if let Some(code) = message.error {
            event.error_code = u32::try_from(code).ok();
            event.error_msg = Some(error_name(code));
        }
        event.client = event.client.or(message.client);
        event.realm = event.realm.or(message.realm);
        event.service = event.service.or(message.service);
        event.cipher = message.ticket.map(cipher_name);
        event.reply_cipher = message.reply.map(cipher_name);
        self.tell(event, out);
    }

    fn tell(&mut self, event: KerberosEvent, out: &mut Vec<Event>) {
        Rows::new(&mut self.allowance, out).tell(Event::Kerberos(Box::new(event)));
    }

    fn tell_first(&mut self, out: &mut Vec<Event>) {
        if !self.pending.is_empty() {
            let first = self.pending.remove(0);
            self.tell(first.event, out);
        }
    }

    fn drain(&mut self, out: &mut Vec<Event>) {
        while !self.pending.is_empty() {
            self.tell_first(out);
        }
    }
}

/// The parser of one flow of datagrams.
#[derive(Debug, Default)]
struct DatagramParser {
    matcher: Matcher,
}

impl Parser for DatagramParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.matcher.message(chunk.data, chunk.ts_ns, out);
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.matcher.drain(out);
    }
}

/// The parser of one connection.
#[derive(Debug)]
struct StreamParser {
    matcher: Matcher,
    orig: Frames,
    resp: Frames,
}

impl Default for StreamParser {
    fn default() -> Self {
        StreamParser {
            matcher: Matcher::default(),
            orig: Frames::new(KEEP_BYTES),
            resp: Frames::new(KEEP_BYTES),
        }
    }
}

impl Parser for StreamParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let frames = if chunk.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        let mut unread = Unread::of(chunk);
        let begins = |bytes: &[u8]| probe_side(bytes) == Verdict::Yes;
        while let Some(message) = frames.take(&mut unread, begins, frame) {
            let body = message.get(4..).unwrap_or(&[]);
            self.matcher.message(body, chunk.ts_ns, out);
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.matcher.drain(out);
    }
}

#[cfg(test)]
#[path = "kerberos/kerberos_test.rs"]
mod tests;
