//! DNS over UDP and TCP, multicast DNS, LLMNR and the NetBIOS name service: one row a query with
//! its answer.
//!
//! Rules: what NetBIOS hosts register and refresh is no query and makes no row; an answer belongs to the oldest pending query of the other side with its id and name
//! (or its id alone when the answer repeats no question). A query sent again while it is pending
//! is the same query, whose answer counts from its last sending. At most [`PENDING`] queries
//! wait, none longer than [`PENDING_NS`]; what goes unanswered is told then or when the flow
//! ends. A flow is never done: it may ask for hours.

mod message;
mod names;
mod netbios;
mod rdata;

use message::{Message, Question};

use super::events::DnsEvent;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Queries of one flow that may wait for their answers.
const PENDING: usize = 64;
/// How long a query waits for its answer.
const PENDING_NS: i64 = 60_000_000_000;
/// Bytes of the header.
const HEADER_BYTES: usize = 12;
/// Largest message over TCP with its length.
const FRAME_BYTES: usize = 65_535 + 2;

const MDNS_PORT: u16 = 5353;
const LLMNR_PORT: u16 = 5355;
const DNS_PORT: u16 = 53;

/// DNS over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service,
    probe: probe_datagram,
    open: |_| Box::<DatagramParser>::default(),
};

/// DNS over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service,
    probe: probe_stream,
    open: |_| Box::<StreamParser>::default(),
};

/// They speak one language. Only their ports tell them apart, but that NetBIOS has names of its
/// own.
fn service(opening: &Opening<'_>) -> &'static str {
    if netbios::begins_netbios(opening.datagram()) || opening.has_port(netbios::PORT) {
        "netbios-ns"
    } else if opening.has_port(MDNS_PORT) {
        "mdns"
    } else if opening.has_port(LLMNR_PORT) {
        "llmnr"
    } else {
        "dns"
    }
}

fn is_own_port(opening: &Opening<'_>) -> bool {
    [DNS_PORT, MDNS_PORT, LLMNR_PORT, netbios::PORT]
        .iter()
        .any(|&port| opening.has_port(port))
}

/// A message that says no more than one may trust: on the ports of DNS its header and questions
/// suffice, elsewhere every byte must be accounted for.
fn is_message(bytes: &[u8], own_port: bool, cut: bool) -> bool {
    let Some(message) = message::read(bytes, false) else {
        return false;
    };
    message.sane && (message.whole || (own_port && !message.questions.is_empty()) || cut)
}

fn probe_datagram(opening: &Opening<'_>) -> Verdict {
    if is_message(opening.datagram(), is_own_port(opening), opening.cut) {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn probe_stream(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    let own_port = is_own_port(opening);
    let verdicts = sides.map(|bytes| probe_frame(bytes, own_port));
    if verdicts.contains(&Verdict::Yes) {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn probe_frame(bytes: &[u8], own_port: bool) -> Verdict {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return Verdict::Maybe;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    if length < HEADER_BYTES {
        return Verdict::No;
    }
    match rest.get(..length) {
        Some(message) if is_message(message, own_port, false) => Verdict::Yes,
        Some(_) => Verdict::No,
        None if own_port && is_message(rest, own_port, true) => Verdict::Yes,
        None if message::header_is_sane(rest) == Some(false) => Verdict::No,
        None => Verdict::Maybe,
    }
}

/// A query that waits for its answer.
#[derive(Debug)]
struct Pending {
    ts_ns: i64,
    /// When it was sent last.
    last_ns: i64,
    from_orig: bool,
    id: u16,
    questions: Vec<Question>,
    query_bytes: u32,
}

/// Queries and answers of one flow, matched.
#[derive(Debug, Default)]
struct Matcher {
    pending: Vec<Pending>,
}

impl Matcher {
    /// Takes a message; false when it is none.
    fn message(
        &mut self,
        bytes: &[u8],
        chunk: &Chunk<'_>,
        wire_bytes: u32,
        out: &mut Vec<Event>,
    ) -> bool {
        let Some(mut message) = message::read(bytes, true) else {
            return false;
        };
        if !message.sane && message.questions.is_empty() {
            return false;
        }
        if netbios::is_netbios(&message) {
            if message.opcode != 0 {
                return true;
            }
            message.name_as_netbios();
        }
        self.expire(chunk.ts_ns, out);
        if message.response {
            self.answer(message, chunk, wire_bytes, out);
        } else {
            self.query(message, chunk, wire_bytes, out);
        }
        true
    }

    fn query(&mut self, message: Message, chunk: &Chunk<'_>, bytes: u32, out: &mut Vec<Event>) {
        let again = self.pending.iter_mut().find(|p| {
            p.from_orig == chunk.from_orig && p.id == message.id && p.questions == message.questions
        });
        if let Some(pending) = again {
            pending.last_ns = chunk.ts_ns;
            return;
        }
        if self.pending.len() >= PENDING {
            let oldest = self.pending.remove(0);
            unanswered(oldest, out);
        }
        self.pending.push(Pending {
            ts_ns: chunk.ts_ns,
            last_ns: chunk.ts_ns,
            from_orig: chunk.from_orig,
            id: message.id,
            questions: message.questions,
            query_bytes: bytes,
        });
    }

    fn answer(&mut self, message: Message, chunk: &Chunk<'_>, bytes: u32, out: &mut Vec<Event>) {
        let place = self.pending.iter().position(|p| {
            p.from_orig != chunk.from_orig
                && p.id == message.id
                && (message.questions.is_empty()
                    || p.questions.first() == message.questions.first())
        });
        let pending = place.map(|i| self.pending.remove(i));
        let mut event = DnsEvent {
            ts_ns: chunk.ts_ns,
            trans_id: Some(message.id),
            rcode: Some(message.rcode_name()),
            rejected: Some(message.rcode != 0 && message.answers.is_empty()),
            answer_bytes: Some(bytes),
            ..DnsEvent::default()
        };
        let mut questions = message.questions;
        if let Some(p) = pending {
            event.ts_ns = p.ts_ns;
            event.query_bytes = Some(p.query_bytes);
            event.rtt_s = Some(seconds(chunk.ts_ns.saturating_sub(p.last_ns)));
            questions = p.questions;
        }
        let mut questions = questions.into_iter();
        let first = questions.next().or_else(|| {
            // An announcement (multicast DNS) asks nothing: its first record stands for it.
            message.answers.first().map(|a| Question {
                name: a.name.clone(),
                qtype: a.rtype,
                netbios: message.netbios,
            })
        });
        if let Some(question) = first {
            event.qtype = Some(question.type_name());
            event.query = Some(question.name);
        }
        event.ttls_s = Some(message.answers.iter().map(|a| a.ttl_s).collect());
        event.answers = Some(message.answers.into_iter().map(|a| a.data).collect());
        let (ts_ns, id) = (event.ts_ns, message.id);
        out.push(Event::Dns(Box::new(event)));
        for question in questions {
            out.push(bare_row(ts_ns, id, question, None));
        }
    }

    fn expire(&mut self, now_ns: i64, out: &mut Vec<Event>) {
        while self
            .pending
            .first()
            .is_some_and(|p| now_ns.saturating_sub(p.ts_ns) > PENDING_NS)
        {
            let oldest = self.pending.remove(0);
            unanswered(oldest, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        for pending in self.pending.drain(..) {
            unanswered(pending, out);
        }
    }
}

fn seconds(ns: i64) -> f64 {
    ns as f64 / 1e9
}

fn bare_row(ts_ns: i64, id: u16, question: Question, query_bytes: Option<u32>) -> Event {
    Event::Dns(Box::new(DnsEvent {
        ts_ns,
        trans_id: Some(id),
        qtype: Some(question.type_name()),
        query: Some(question.name),
        query_bytes,
        ..DnsEvent::default()
    }))
}

fn unanswered(pending: Pending, out: &mut Vec<Event>) {
    let bytes = Some(pending.query_bytes);
    for question in pending.questions {
        out.push(bare_row(pending.ts_ns, pending.id, question, bytes));
    }
}

/// DNS in datagrams.
#[derive(Debug, Default)]
struct DatagramParser {
    matcher: Matcher,
}

impl Parser for DatagramParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let is_message = self
            .matcher
            .message(chunk.data, chunk, chunk.wire_bytes, out);
        if is_message {
            Progress::More
        } else {
            Progress::Foreign
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.matcher.finish(out);
    }
}

/// DNS in length-framed streams; after a loss a new frame is looked for at the next segment.
#[derive(Debug, Default)]
struct StreamParser {
    matcher: Matcher,
    orig: Vec<u8>,
    resp: Vec<u8>,
}

impl Parser for StreamParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let StreamParser {
            matcher,
            orig,
            resp,
        } = self;
        let held = if chunk.from_orig { orig } else { resp };
        if chunk.lost_bytes > 0 {
            held.clear();
        }
        held.extend_from_slice(chunk.data);
        let mut done = 0usize;
        while let Some((length, rest)) = held
            .get(done..)
            .and_then(|rest| rest.split_first_chunk::<2>())
        {
            let length = u16::from_be_bytes(*length);
            let Some(bytes) = rest.get(..usize::from(length)) else {
                break;
            };
            matcher.message(bytes, chunk, u32::from(length), out);
            done = done.saturating_add(usize::from(length) + 2);
        }
        held.drain(..done.min(held.len()));
        if held.len() > FRAME_BYTES {
            held.clear();
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.matcher.finish(out);
    }
}

#[cfg(test)]
#[path = "dns/dns_test.rs"]
mod tests;
