//! TLS over TCP, SSL 2 hellos included; DTLS is in `dtls`. One row a handshake.
//!
//! Rules: a hello tells who the client is, whichever side is the originator. The row is told when
//! both sides sent encrypted records, at a fatal alert, or when the flow ends. In TLS 1.3 an
//! application record counts as encrypted handshake only after the server hello, and only when it
//! is larger than an encrypted alert. At most [`record::HANDSHAKE_BYTES`] are kept a direction;
//! after [`RECORDS`] records the flow is done whatever came.

pub(crate) mod ciphers;
pub(crate) mod dtls;
mod handshake;
pub(crate) mod hello;
mod record;

use super::encrypted_dns;
use super::fingerprint::Carrier;
use super::stream::Chunk;
use super::Event;
use super::{Door, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use handshake::Handshake;
use hello::ClientHello;
use record::{is_header, Item, RecordReader};
use record::{ALERT, APPLICATION, CHANGE_CIPHER, HANDSHAKE};

/// Records after which a flow is done though its handshake did not end.
const RECORDS: u32 = 256;
/// Bytes of an encrypted TLS 1.3 alert: level, description, type and tag; some pad a little.
const ENCRYPTED_ALERT_BYTES: usize = 32;
/// Bytes of an SSL 2 record kept.
const SSL2_BYTES: usize = 32 * 1024;

/// TLS over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "tls",
    probe,
    open: |opening| {
        let mut parser = TlsParser::new();
        parser.handshake.on_dns_port = opening.resp_p == encrypted_dns::PORT;
        Box::new(parser)
    },
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let [orig, resp] = [opening.orig, opening.resp].map(probe_side);
    let both_inside = is_inside(opening.orig) && is_inside(opening.resp);
    if orig == Verdict::Yes || resp == Verdict::Yes || both_inside {
        Verdict::Yes
    } else if orig == Verdict::Maybe || resp == Verdict::Maybe {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

/// True for bytes that begin with a record that begins with a client hello.
pub(crate) fn begins_client_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, 1, 0, _, _, 3, 0..=4, ..])
        && probe_side(bytes) == Verdict::Yes
}

/// One side: a hello, an SSL 2 client hello, or two records in a row.
fn probe_side(bytes: &[u8]) -> Verdict {
    if is_ssl2_hello(bytes) {
        return Verdict::Yes;
    }
    let Some((header, rest)) = bytes.split_at_checked(5) else {
        return Verdict::Maybe;
    };
    if !is_header(header) {
        return Verdict::No;
    }
    if let &[HANDSHAKE, ..] = header {
        return match *rest {
            [1 | 2, 0, high, low, 3, minor, ..] if minor <= 4 => {
                // Version, random and session id at least; drafts of 1.3 use other versions.
                plausible(u16::from_be_bytes([high, low]) >= 36)
            }
            [2, 0, _, _, 0x7f, ..] => Verdict::Yes,
            [_, _, _, _, _, _, ..] => two_records(bytes),
            _ => Verdict::Maybe,
        };
    }
    two_records(bytes)
}

fn plausible(yes: bool) -> Verdict {
    if yes {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// The length of the first record leads to the header of another.
fn two_records(bytes: &[u8]) -> Verdict {
    let Some(&[kind, _, _, high, low]) = bytes.get(..5) else {
        return Verdict::Maybe;
    };
    let next = usize::from(u16::from_be_bytes([high, low])) + 5;
    match bytes.get(next..next + 5) {
        // An alert alone begins too many other things.
        Some(header) => plausible(is_header(header) && kind != ALERT),
        None => Verdict::Maybe,
    }
}

/// A conversation seen from its middle: both sides begin with a sane record.
fn is_inside(bytes: &[u8]) -> bool {
    bytes
        .split_first_chunk::<5>()
        .is_some_and(|(header, _)| is_header(header) && header.first() == Some(&APPLICATION))
}

/// A client hello in SSL 2 form whose sizes add up.
fn is_ssl2_hello(bytes: &[u8]) -> bool {
    let &[high, low, 1, major, minor, c1, c0, s1, s0, h1, h0, ..] = bytes else {
        return false;
    };
    let [ciphers, session, challenge] = [[c1, c0], [s1, s0], [h1, h0]].map(u16::from_be_bytes);
    let length = u16::from_be_bytes([high & 0x7f, low]);
    let version_known = matches!((major, minor), (0, 2) | (3, 0..=4));
    high & 0x80 != 0
        && version_known
        && ciphers % 3 == 0
        && ciphers > 0
        && matches!(session, 0 | 16 | 32)
        && (16..=32).contains(&challenge)
        && u32::from(length) == 9 + u32::from(ciphers) + u32::from(session) + u32::from(challenge)
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    reader: RecordReader,
    ssl2: Vec<u8>,
    seen: bool,
    changed_cipher: bool,
    /// Sent an encrypted record that goes on with the conversation.
    went_on: bool,
}

/// The parser of one TLS conversation.
#[derive(Debug)]
pub(crate) struct TlsParser {
    handshake: Handshake,
    orig: Side,
    resp: Side,
    records: u32,
    ended: bool,
}

impl TlsParser {
    fn new() -> Self {
        TlsParser {
            handshake: Handshake::new(Carrier::Tcp),
            orig: Side::default(),
            resp: Side::default(),
            records: 0,
            ended: false,
        }
    }

    fn item(&mut self, reader: &mut RecordReader, chunk: &Chunk<'_>, item: &Item<'_>) {
        match *item {
            Item::Broken => self.ended = true,
            Item::Message { kind, body, is_cut } => {
                let handshake = &mut self.handshake;
                if is_cut {
                    handshake.part_of_message(chunk.ts_ns, chunk.from_orig, kind, body);
                } else {
                    handshake.message(chunk.ts_ns, chunk.from_orig, kind, body);
                }
                // Behind a TLS 1.3 server hello nothing is in the clear.
                if kind == 2 && self.handshake.is_tls13() {
                    reader.encrypted = true;
                }
            }
            Item::Record { kind, bytes, head } => {
                self.records = self.records.saturating_add(1);
                self.record(reader, chunk.from_orig, kind, bytes, head);
            }
        }
    }

    fn record(
        &mut self,
        reader: &mut RecordReader,
        from_orig: bool,
        kind: u8,
        bytes: usize,
        head: &[u8],
    ) {
        let from_server = self.handshake.client_is_orig == Some(!from_orig);
        let tls13 = self.handshake.is_tls13();
        let side = if from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        match kind {
            // TLS 1.3 sends one for the sake of middleboxes, even before a second hello.
            CHANGE_CIPHER if !tls13 && self.handshake.has_server() => {
                side.changed_cipher = true;
                reader.encrypted = true;
                if from_server {
                    self.handshake.server_changed_cipher(reader.lost);
                }
            }
            HANDSHAKE => side.went_on |= side.changed_cipher,
            APPLICATION if tls13 => side.went_on |= bytes > ENCRYPTED_ALERT_BYTES,
            APPLICATION => {
                let known = self.handshake.has_client() && !self.handshake.has_server();
                // Early data of a client whose server has not spoken proves nothing.
                side.went_on |= !known || from_server;
            }
            ALERT if !side.changed_cipher && head.first() == Some(&2) => self.ended = true,
            _ => {}
        }
    }

    /// SSL 2 form: one record, two bytes of length; false when these are TLS records.
    fn ssl2(&mut self, chunk: &Chunk<'_>) -> bool {
        let side = if chunk.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        let client_speaks_ssl2 =
            self.handshake.client_is_orig == Some(!chunk.from_orig) && !self.handshake.has_server();
        let starts = !side.seen
            && (is_ssl2_hello(chunk.data)
                || (client_speaks_ssl2 && matches!(chunk.data, [0x80..=0xff, _, 4, ..])));
        if !starts && side.ssl2.is_empty() {
            return false;
        }
        let room = SSL2_BYTES.saturating_sub(side.ssl2.len());
        side.ssl2
            .extend_from_slice(chunk.data.get(..room).unwrap_or(chunk.data));
        let bytes = std::mem::take(&mut side.ssl2);
        let Some((&[high, low], rest)) = bytes.split_first_chunk::<2>() else {
            return true;
        };
        let length = usize::from(u16::from_be_bytes([high & 0x7f, low]));
        match rest.get(..length) {
            Some([4, body @ ..]) => {
                self.handshake
                    .ssl2_server_hello(chunk.ts_ns, chunk.from_orig, body);
                self.ended = true;
            }
            Some(body) => {
                if let Some(hello) = ClientHello::read_ssl2(body) {
                    self.handshake
                        .client_hello(chunk.ts_ns, chunk.from_orig, &hello);
                }
            }
            None if bytes.len() < SSL2_BYTES => side.ssl2 = bytes,
            None => self.ended = true,
        }
        true
    }

    fn established(&self) -> Option<bool> {
        let both = self.orig.went_on && self.resp.went_on;
        (both || (self.orig.seen && self.resp.seen)).then_some(both)
    }
}

impl Parser for TlsParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let ssl2 = self.ssl2(chunk);
        let side = if chunk.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        side.seen = true;
        if !ssl2 {
            let mut reader = std::mem::take(&mut side.reader);
            reader.read(chunk, &mut |reader, item| self.item(reader, chunk, &item));
            let side = if chunk.from_orig {
                &mut self.orig
            } else {
                &mut self.resp
            };
            side.reader = reader;
        }
        let went_on = self.orig.went_on && self.resp.went_on;
        if went_on || self.ended || self.records >= RECORDS {
            self.finish(out);
            return Progress::Done;
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let established = self.established();
        self.handshake.tell(established, out);
    }
}

#[cfg(test)]
#[path = "tls/tls_test.rs"]
mod tests;
#[cfg(test)]
#[path = "tls/support_test.rs"]
pub(crate) mod tests_support;
