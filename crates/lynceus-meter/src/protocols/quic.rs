//! QUIC versions 1 and 2, late drafts and Google QUIC: one row a connection, told as soon as the
//! client hello is whole.
//!
//! Rules: the client's Initial packets are opened with keys from the connection id of the first
//! one; a packet they do not open is tried with keys of its own id (a retry makes the client take
//! another). CRYPTO frames are put together over packets and datagrams, at most
//! [`HELLO_BYTES`]. After [`ATTEMPTS`] packets, or [`DATAGRAMS`] without a long header, the flow
//! is done. What the server sends is not needed.

mod google;
mod initial;

use std::borrow::Cow;

use super::encrypted_dns;
use super::events::QuicEvent;
use super::fingerprint::{ja3, ja4, Carrier};
use super::stream::{Assembly, Chunk};
use super::tls::hello::ClientHello;
use super::wire::{printable, Wire};
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use initial::{read_packet, varint, Keys, Kind, LongPacket, Q050, V1, V2};

/// Bytes of a client hello kept.
const HELLO_BYTES: usize = 32 * 1024;
/// Initial packets tried per flow.
const ATTEMPTS: u8 = 24;
/// Datagrams after which a connection without a client hello is given up.
const DATAGRAMS: u8 = 40;
/// Transport parameter with Google's user agent.
const USER_AGENT_PARAMETER: u64 = 0x3129;
/// Characters kept of a user agent.
const VALUE_CHARS: usize = 255;

/// QUIC over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "quic",
    probe,
    open: |opening| {
        Box::new(QuicParser {
            on_dns_port: opening.resp_p == encrypted_dns::PORT,
            ..QuicParser::default()
        })
    },
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let google = google::version(bytes).is_some() && bytes.len() > 20;
    if google || read_packet(&mut Wire::new(bytes)).is_some() {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct QuicParser {
    on_dns_port: bool,
    keys: Option<Keys>,
    event: Option<QuicEvent>,
    crypto: Assembly,
    attempts: u8,
    datagrams: u8,
    done: bool,
}

impl QuicParser {
    fn datagram(&mut self, chunk: &Chunk<'_>) {
        if let Some(version) = google::version(chunk.data).filter(|v| v != b"Q050") {
            if let Some(chlo) = google::chlo(chunk.data) {
                self.google(chunk.ts_ns, u32::from_be_bytes(version), chlo);
            }
            return;
        }
        let mut w = Wire::new(chunk.data);
        while let Some(packet) = read_packet(&mut w) {
            if packet.kind == Kind::Initial && self.attempts < ATTEMPTS {
                self.attempts = self.attempts.saturating_add(1);
                self.initial(chunk.ts_ns, &packet);
            }
        }
    }

    fn initial(&mut self, ts_ns: i64, packet: &LongPacket<'_>) {
        let opened = self.keys.as_ref().and_then(|keys| keys.open(packet));
        let frames = match opened {
            Some(frames) => frames,
            None => {
                let Some(keys) = Keys::of_client(packet.version, packet.destination) else {
                    return;
                };
                let Some(frames) = keys.open(packet) else {
                    return;
                };
                self.keys = Some(keys);
                self.crypto = Assembly::default();
                frames
            }
        };
        let event = self.event.get_or_insert_with(|| QuicEvent {
            ts_ns,
            ..QuicEvent::default()
        });
        event.version = Some(version_name(packet.version));
        if packet.version == Q050 {
            if let Some(chlo) = google::chlo(&frames) {
                self.google(ts_ns, Q050, chlo);
            }
            return;
        }
        self.frames(&frames);
        self.hello();
    }

    fn frames(&mut self, frames: &[u8]) {
        let mut w = Wire::new(frames);
        while let Some(kind) = varint(&mut w) {
            let read = match kind {
                // PADDING and PING.
                0 | 1 => Some(()),
                2 | 3 => skip_ack(&mut w, kind == 3),
                6 => self.crypto_frame(&mut w),
                _ => None,
            };
            if read.is_none() {
                return;
            }
        }
    }

    fn crypto_frame(&mut self, w: &mut Wire<'_>) -> Option<()> {
        let offset = usize::try_from(varint(w)?).ok()?;
        let length = usize::try_from(varint(w)?).ok()?;
        let data = w.take(length)?;
        self.crypto.add(offset, data, HELLO_BYTES).then_some(())
    }

    /// Tells the client hello when it is whole.
    fn hello(&mut self) {
        let mut w = Wire::new(self.crypto.contiguous());
        if w.u8() != Some(1) {
            return;
        }
        let hello = w
            .block24()
            .and_then(|body| ClientHello::read(body.rest(), false));
        let (Some(hello), Some(event)) = (hello, self.event.as_mut()) else {
            return;
        };
        event.ja3 = Some(ja3(&hello));
        event.ja4 = Some(ja4(&hello, Carrier::Quic));
        event.alpn_offered = Some(hello.alpn_text());
        event.user_agent = user_agent(&hello.quic_parameters);
        event.server_name = hello.server_name;
        event.encrypted_dns = encrypted_dns::carried(
            event.alpn_offered.as_deref().unwrap_or(&[]),
            event.server_name.as_deref(),
            self.on_dns_port,
            true,
        )
        .map(Cow::Borrowed);
        self.done = true;
    }

    fn google(&mut self, ts_ns: i64, version: u32, chlo: google::Chlo) {
        self.event = Some(QuicEvent {
            ts_ns,
            version: Some(version_name(version)),
            server_name: chlo.server_name,
            user_agent: chlo.user_agent,
            ..QuicEvent::default()
        });
        self.done = true;
    }
}

fn skip_ack(w: &mut Wire<'_>, ecn: bool) -> Option<()> {
    varint(w)?;
    varint(w)?;
    let ranges = varint(w)?;
    varint(w)?;
    for _ in 0..ranges {
        varint(w)?;
        varint(w)?;
    }
    if ecn {
        for _ in 0..3 {
            varint(w)?;
        }
    }
    Some(())
}

fn user_agent(parameters: &[u8]) -> Option<String> {
    let mut w = Wire::new(parameters);
    loop {
        let kind = varint(&mut w)?;
        let length = usize::try_from(varint(&mut w)?).ok()?;
        let value = w.take(length)?;
        if kind == USER_AGENT_PARAMETER {
            return Some(printable(value, VALUE_CHARS));
        }
    }
}

fn version_name(version: u32) -> String {
    match version {
        V1 => "1".into(),
        V2 => "2".into(),
        0xff00_0000..=0xff00_00ff => format!("draft-{:02}", version & 0xff),
        _ => {
            let bytes = version.to_be_bytes();
            match bytes {
                [b'Q' | b'T', b'0', a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
                    bytes.iter().map(|&b| char::from(b)).collect()
                }
                _ => format!("{version:#010x}"),
            }
        }
    }
}

impl Parser for QuicParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.datagrams = self.datagrams.saturating_add(1);
        self.datagram(chunk);
        if self.done || self.attempts >= ATTEMPTS || self.datagrams >= DATAGRAMS {
            self.finish(out);
            return Progress::Done;
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if let Some(event) = self.event.take() {
            out.push(Event::Quic(Box::new(event)));
        }
    }
}

#[cfg(test)]
#[path = "quic/quic_test.rs"]
mod tests;
