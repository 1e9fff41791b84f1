//! Remote Desktop over TCP: one row a connection, with what both sides say in the clear.
//!
//! Rules: the row is told when the server has chosen how to protect the connection; with its own
//! old encryption, once the settings of both sides have come. TLS inside is read by the parser of
//! TLS, so that its row comes too, and the service stays `rdp`. At most [`MESSAGE_BYTES`] of a
//! message and [`MESSAGES`] messages are read. Over UDP the protocol is recognised alone (no
//! rows).

mod negotiation;
mod settings;

use std::borrow::Cow;

use super::columns::event_table;
use super::door::name_alone;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::{tls, Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use negotiation::Negotiation;

/// Port of the protocol.
const PORT: u16 = 3389;
/// Bytes of a message that are read.
const MESSAGE_BYTES: usize = 8 * 1024;
/// Messages of both sides after which the settings will not come.
const MESSAGES: u8 = 16;

event_table! {
    /// One Remote Desktop connection.
    RdpEvent / RdpTable = "rdp" {
        /// User name in the cookie of the client.
        cookie: Option<String>,
        /// How it ended: encrypted, Success or why the server refused.
        result: Option<Cow<'static, str>>,
        /// Protection that the server chose.
        security_protocol: Option<Cow<'static, str>>,
        /// Protections that the client offers.
        requested_protocols: Option<Vec<String>>,
        /// The client asks for restricted admin mode.
        restricted_admin: Option<bool>,
        /// Channels that the client asks for.
        client_channels: Option<Vec<String>>,
        /// Keyboard layout of the client, as Windows numbers it.
        keyboard_layout: Option<String>,
        /// Build of the client.
        client_build: Option<String>,
        /// Name of the client's machine.
        client_name: Option<String>,
        /// Product id of the client.
        client_dig_product_id: Option<String>,
        /// Width of the desktop, pixels.
        desktop_width: Option<u16>,
        /// Height of the desktop, pixels.
        desktop_height: Option<u16>,
        /// Encryption level of the old protection.
        encryption_level: Option<Cow<'static, str>>,
        /// Encryption method of the old protection.
        encryption_method: Option<Cow<'static, str>>,
    }
}

/// Remote Desktop over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "rdp",
    probe,
    open: |_| Box::<RdpParser>::default(),
};

/// Remote Desktop over UDP: recognised, nothing told.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "rdp",
    probe: probe_datagram,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let on_port = opening.has_port(PORT);
    let verdicts = [opening.orig, opening.resp].map(|bytes| negotiation::probe(bytes, on_port));
    if verdicts.contains(&Verdict::Yes) {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

/// The first datagram of either side (MS-RDPEUDP): no packet acknowledged or the other's number,
/// a window, the SYN flag, and zeros up to the size that shall be tried.
fn probe_datagram(opening: &Opening<'_>) -> Verdict {
    const SYN: u8 = 1;
    let bytes = opening.datagram();
    let begins = match bytes {
        [0xff, 0xff, 0xff, 0xff, _, _, high, low, ..] => high & 0xc0 == 0 && low & SYN != 0,
        _ => false,
    };
    let padded = bytes.len() >= 1132 && bytes.iter().rev().take(64).all(|&b| b == 0);
    if begins && padded && opening.has_port(PORT) {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// TPKT: version 3, a zero, the length.
fn frame(bytes: &[u8]) -> Length {
    match bytes {
        [3, 0, high, low, ..] => match u16::from_be_bytes([*high, *low]) {
            0..=6 => Length::Bad,
            length => Length::Is(u64::from(length)),
        },
        [3, 0] | [3, 0, _] | [3] | [] => Length::More,
        _ => Length::Bad,
    }
}

/// The parser of one connection.
#[derive(Debug)]
struct RdpParser {
    ts_ns: Option<i64>,
    orig: Frames,
    resp: Frames,
    messages: u8,
    told: bool,
    client_settings: bool,
    server_settings: bool,
    event: RdpEvent,
    tls: Option<Box<dyn Parser>>,
}

impl Default for RdpParser {
    fn default() -> Self {
        RdpParser {
            ts_ns: None,
            orig: Frames::new(MESSAGE_BYTES),
            resp: Frames::new(MESSAGE_BYTES),
            messages: 0,
            told: false,
            client_settings: false,
            server_settings: false,
            event: RdpEvent::default(),
            tls: None,
        }
    }
}

impl RdpParser {
    fn tell(&mut self, out: &mut Vec<Event>) {
        if let Some(ts_ns) = self.ts_ns.filter(|_| !self.told) {
            self.told = true;
            let event = RdpEvent {
                ts_ns,
                ..std::mem::take(&mut self.event)
            };
            out.push(Event::Rdp(Box::new(event)));
        }
    }

    /// Takes a message of either side; true when TLS follows.
    fn message(&mut self, message: &[u8]) -> bool {
        self.messages = self.messages.saturating_add(1);
        match negotiation::read(message) {
            Some(Negotiation::Request(request)) => {
                self.event.cookie = request.cookie;
                self.event.requested_protocols = request.protocols;
                self.event.restricted_admin = request.restricted_admin;
                false
            }
            Some(Negotiation::Chosen(protocol)) => {
                self.event.security_protocol = Some(negotiation::protocol_name(protocol));
                if protocol != negotiation::RDP {
                    self.event.result = Some("encrypted".into());
                }
                protocol != negotiation::RDP
            }
            Some(Negotiation::Failed(code)) => {
                self.event.result = Some(negotiation::failure_name(code));
                false
            }
            Some(Negotiation::Accepted) => {
                // No choice is given: the old encryption.
                self.event.security_protocol = Some(negotiation::protocol_name(negotiation::RDP));
                false
            }
            None => {
                self.client_settings |= settings::client(message, &mut self.event);
                self.server_settings |= settings::server(message, &mut self.event);
                false
            }
        }
    }

    /// Gives the rest of a chunk to the parser of TLS.
    fn inside(&mut self, chunk: &Chunk<'_>, data: &[u8], out: &mut Vec<Event>) -> Progress {
        self.tell(out);
        let tls = self.tls.get_or_insert_with(|| {
            (tls::DOOR.open)(&Opening {
                orig: &[],
                resp: &[],
                orig_p: 0,
                resp_p: 0,
                cut: false,
            })
        });
        if data.is_empty() {
            return Progress::More;
        }
        let whole = data.len() == chunk.data.len();
        let rest = Chunk {
            data,
            lost_bytes: if whole { chunk.lost_bytes } else { 0 },
            wire_bytes: chunk
                .wire_bytes
                .saturating_sub((chunk.data.len() - data.len()) as u32),
            ..*chunk
        };
        match tls.parse(&rest, out) {
            Progress::Handover(_) => Progress::Done,
            progress => progress,
        }
    }
}

impl Parser for RdpParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.ts_ns.get_or_insert(chunk.ts_ns);
        if self.tls.is_some() || tls::begins_client_hello(chunk.data) {
            return self.inside(chunk, chunk.data, out);
        }
        let mut unread = Unread::of(chunk);
        let begins = |data: &[u8]| matches!(data, [3, 0, _, _, ..]);
        loop {
            let frames = if chunk.from_orig {
                &mut self.orig
            } else {
                &mut self.resp
            };
            let Some(message) = frames.take(&mut unread, begins, frame).map(Cow::into_owned) else {
                break;
            };
            if self.message(&message) {
                return self.inside(chunk, unread.data, out);
            }
        }
        let failed = self.event.result.is_some();
        let all = self.client_settings && self.server_settings;
        if failed && !self.client_settings || all || self.messages >= MESSAGES {
            return Progress::Done;
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.tell(out);
        if let Some(tls) = &mut self.tls {
            tls.finish(out);
        }
    }
}

#[cfg(test)]
#[path = "rdp/rdp_test.rs"]
mod tests;
