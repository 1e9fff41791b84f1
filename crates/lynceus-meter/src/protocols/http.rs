//! HTTP/1: one row a request with its response, as many as a connection has.
//!
//! Rules: the side that sends requests is the client, whichever is the originator. Responses
//! answer requests in order; at most [`PENDING`] requests wait. Bodies are counted by length,
//! chunks or the end of the connection and never kept. After a loss that hits more than a body, a
//! direction waits for bytes that begin a head, and requests whose answer may be gone are told
//! unanswered. A CONNECT that succeeds hands over what follows; an upgrade ends the watch.
//! The service is `winrm` where the first request is one of Windows Remote Management.

mod head;
mod side;

use std::collections::VecDeque;

use super::events::HttpEvent;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
pub(crate) use head::base64;
use head::{is_method, version_name, RequestHead, ResponseHead};
use side::{Found, Side};

/// Requests of one connection that may wait for their responses.
const PENDING: usize = 256;
/// Bytes of a request line after which it counts as one though its end has not come.
const LONG_LINE_BYTES: usize = 1024;

/// HTTP/1 over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service,
    probe,
    open: |_| Box::<HttpParser>::default(),
};

/// Windows Remote Management is HTTP whose client posts to one known path.
fn service(opening: &Opening<'_>) -> &'static str {
    const POST: &[u8] = b"POST /wsman";
    let manages = [opening.orig, opening.resp].iter().any(|bytes| {
        bytes
            .split_at_checked(POST.len())
            .is_some_and(|(start, rest)| {
                let ends = matches!(rest.first(), Some(b' ' | b'?' | b'/'));
                start.eq_ignore_ascii_case(POST) && ends
            })
    });
    if manages {
        "winrm"
    } else {
        "http"
    }
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    let verdicts = sides.map(|bytes| match begins_response(bytes) {
        Verdict::No if opening.cut && begins_known_request(bytes) => Verdict::Yes,
        Verdict::No => begins_request(bytes),
        verdict => verdict,
    });
    if verdicts.contains(&Verdict::Yes) {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn begins_response(bytes: &[u8]) -> Verdict {
    const START: &[u8] = b"HTTP/1.";
    match bytes.get(..START.len()) {
        Some(START) => Verdict::Yes,
        Some(_) => Verdict::No,
        None if START.starts_with(bytes) => Verdict::Maybe,
        None => Verdict::No,
    }
}

/// A method, a target and a version; or so long a target that the version is far off.
fn begins_request(bytes: &[u8]) -> Verdict {
    let Some(space) = bytes.iter().take(25).position(|&b| b == b' ') else {
        let open = bytes.len() < 25 && bytes.iter().all(|b| b.is_ascii_uppercase());
        return if open { Verdict::Maybe } else { Verdict::No };
    };
    let (method, rest) = bytes.split_at(space);
    if !is_method(method) {
        return Verdict::No;
    }
    match memchr::memchr(b'\n', rest) {
        Some(end) => {
            let line = rest.get(..end).unwrap_or(rest).trim_ascii();
            let last = line.rsplit(|&b| b == b' ').next().unwrap_or(line);
            let old = method == b"GET" && line.starts_with(b"/") && !line.contains(&b' ');
            if version_name(last).is_some() || old {
                Verdict::Yes
            } else {
                Verdict::No
            }
        }
        None if rest.iter().any(|b| b.is_ascii_control()) => Verdict::No,
        None if rest.len() >= LONG_LINE_BYTES => Verdict::Yes,
        None => Verdict::Maybe,
    }
}

/// A method of HTTP and a target that is one, of a line whose end was cut off.
fn begins_known_request(bytes: &[u8]) -> bool {
    const METHODS: [&[u8]; 8] = [
        b"GET",
        b"POST",
        b"HEAD",
        b"PUT",
        b"DELETE",
        b"OPTIONS",
        b"CONNECT",
        b"PROPFIND",
    ];
    METHODS.iter().any(|method| {
        let rest = bytes.strip_prefix(*method);
        let target = rest.and_then(|rest| rest.strip_prefix(b" "));
        target.is_some_and(|target| match *method {
            b"CONNECT" => !target.is_empty() && !target.iter().any(u8::is_ascii_control),
            _ => target.starts_with(b"/") || target.starts_with(b"http://"),
        })
    }) && begins_request(bytes) == Verdict::Maybe
}

/// A request that waits for its response.
#[derive(Debug)]
struct Request {
    event: HttpEvent,
    /// Its body has ended.
    ended: bool,
    head_only: bool,
    connect: bool,
    upgrade: bool,
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct HttpParser {
    client_is_orig: Option<bool>,
    client: Side,
    server: Side,
    pending: VecDeque<Request>,
    /// The response being received belongs to the first pending request.
    answering: bool,
    depth: u32,
}

impl HttpParser {
    fn client_bytes(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) {
        if chunk.lost_bytes > 0 {
            self.part_of_request(chunk.ts_ns, out);
            if self.client.lose(chunk.lost_bytes) {
                self.end_request();
            }
        }
        if self.client.is_lost() && begins_request(chunk.data) != Verdict::No {
            self.client.resume();
        }
        let mut data = chunk.data;
        loop {
            match self.client.step(&mut data) {
                Found::More => break,
                Found::End => self.end_request(),
                Found::Head => {
                    let head = self.client.head();
                    match RequestHead::read(&head) {
                        Some(head) => self.request(chunk.ts_ns, head, out),
                        None => self.client.give_up(),
                    }
                }
            }
        }
        if chunk.is_cut() {
            self.part_of_request(chunk.ts_ns, out);
        }
        if self.client.in_body() {
            let bytes = self.client.body_bytes;
            if let Some(last) = self.pending.back_mut().filter(|r| !r.ended) {
                last.event.request_body_bytes = Some(bytes);
            }
        }
    }

    /// Of a head that is broken off by a loss, what came before is told.
    fn part_of_request(&mut self, ts_ns: i64, out: &mut Vec<Event>) {
        let Some(part) = self.client.broken_off() else {
            return;
        };
        if let Some(head) = RequestHead::read_part(&part) {
            self.request(ts_ns, head, out);
            if let Some(last) = self.pending.back_mut() {
                last.ended = true;
                // Neither is told of a head whose fields are not all known.
                (last.event.version, last.event.request_body_bytes) = (None, None);
            }
        }
        self.client.give_up();
    }

    /// The same of an answer.
    fn part_of_response(&mut self, ts_ns: i64, out: &mut Vec<Event>) {
        let Some(part) = self.server.broken_off() else {
            return;
        };
        if let Some(head) = ResponseHead::read(&part) {
            self.response(ts_ns, head, out);
            if let Some(first) = self.pending.front_mut().filter(|_| self.answering) {
                first.event.response_body_bytes = None;
                out.push(Event::Http(Box::new(std::mem::take(&mut first.event))));
                self.pending.pop_front();
            }
            self.answering = false;
        }
        self.server.give_up();
    }

    fn request(&mut self, ts_ns: i64, head: RequestHead, out: &mut Vec<Event>) {
        if self.server.is_lost() {
            // A new request means that the client has its answers; they were not seen.
            self.drain(out);
        }
        if self.pending.len() >= PENDING {
            self.tell_first(out);
        }
        let framing = head.framing();
        self.client.expect(framing);
        self.depth = self.depth.saturating_add(1);
        let fields = head.fields;
        let upgrade = fields.upgrade;
        self.pending.push_back(Request {
            ended: framing == head::Framing::None,
            head_only: head.method == "HEAD",
            connect: head.method == "CONNECT",
            upgrade,
            event: HttpEvent {
                ts_ns,
                trans_depth: Some(self.depth),
                method: Some(head.method),
                host: fields.host,
                uri: Some(head.uri),
                referrer: fields.referrer,
                version: head.version,
                user_agent: fields.user_agent,
                username: fields.username,
                request_body_bytes: Some(0),
                request_mime_type: fields.mime_type,
                ..HttpEvent::default()
            },
        });
    }

    fn end_request(&mut self) {
        let bytes = self.client.body_bytes;
        if let Some(last) = self.pending.back_mut().filter(|r| !r.ended) {
            last.event.request_body_bytes = Some(bytes);
            last.ended = true;
        }
    }

    fn server_bytes(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        if chunk.lost_bytes > 0 {
            self.part_of_response(chunk.ts_ns, out);
            if self.server.lose(chunk.lost_bytes) && self.answering {
                self.tell_first(out);
            }
        }
        if self.server.is_lost() && begins_response(chunk.data) != Verdict::No {
            self.server.resume();
        }
        let mut data = chunk.data;
        loop {
            match self.server.step(&mut data) {
                Found::More => break,
                Found::End => self.tell_first(out),
                Found::Head => {
                    let head = self.server.head();
                    let Some(head) = ResponseHead::read(&head) else {
                        self.server.give_up();
                        continue;
                    };
                    if self.response(chunk.ts_ns, head, out) {
                        return Progress::Handover(chunk.data.len().saturating_sub(data.len()));
                    }
                    if self.is_upgraded() {
                        self.drain(out);
                        return Progress::Done;
                    }
                }
            }
        }
        if chunk.is_cut() {
            self.part_of_response(chunk.ts_ns, out);
        }
        if self.answering && self.server.in_body() {
            let bytes = self.server.body_bytes;
            if let Some(first) = self.pending.front_mut() {
                first.event.response_body_bytes = Some(bytes);
            }
        }
        Progress::More
    }

    /// Takes a response head; true when what follows is another conversation.
    fn response(&mut self, ts_ns: i64, head: ResponseHead, out: &mut Vec<Event>) -> bool {
        if matches!(head.status, 100 | 102..=199) {
            self.server.expect(head::Framing::None);
            return false;
        }
        if self.pending.is_empty() {
            self.depth = self.depth.saturating_add(1);
            self.pending.push_back(Request {
                event: HttpEvent {
                    ts_ns,
                    trans_depth: Some(self.depth),
                    version: head.version.clone(),
                    ..HttpEvent::default()
                },
                ended: true,
                head_only: false,
                connect: false,
                upgrade: false,
            });
        }
        let Some(first) = self.pending.front_mut() else {
            return false;
        };
        let tunnel = first.connect && (200..300).contains(&head.status);
        let framing = head.framing(first.head_only || tunnel);
        first.event.status_code = Some(head.status);
        first.event.status_msg = Some(head.reason);
        first.event.response_mime_type = head.fields.mime_type;
        first.event.response_body_bytes = Some(0);
        self.answering = true;
        self.server.expect(framing);
        if tunnel {
            self.drain(out);
        } else if framing == head::Framing::None && head.status != 101 {
            self.tell_first(out);
        }
        tunnel
    }

    /// The first pending request was answered with 101 Switching Protocols.
    fn is_upgraded(&self) -> bool {
        self.pending
            .front()
            .is_some_and(|r| r.event.status_code == Some(101) && (r.upgrade || r.ended))
    }

    fn tell_first(&mut self, out: &mut Vec<Event>) {
        if let Some(mut first) = self.pending.pop_front() {
            if self.answering {
                let kept = first.event.response_body_bytes.unwrap_or(0);
                first.event.response_body_bytes = Some(kept.max(self.server.body_bytes));
            }
            out.push(Event::Http(Box::new(first.event)));
        }
        self.answering = false;
    }

    fn drain(&mut self, out: &mut Vec<Event>) {
        while !self.pending.is_empty() {
            self.tell_first(out);
        }
    }
}

impl Parser for HttpParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let client_is_orig = *self.client_is_orig.get_or_insert_with(|| {
            let responds = begins_response(chunk.data) == Verdict::Yes;
            chunk.from_orig != responds
        });
        if chunk.from_orig == client_is_orig {
            self.client_bytes(chunk, out);
            Progress::More
        } else {
            self.server_bytes(chunk, out)
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if self.client.in_body() {
            self.end_request();
        }
        self.drain(out);
    }
}

#[cfg(test)]
#[path = "http/http_test.rs"]
mod tests;
