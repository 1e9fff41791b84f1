//! MQTT control packets: a byte of kind and flags, a length of one to four bytes, the content.

use std::borrow::Cow;

use crate::protocols::frames::Length;
use crate::protocols::wire::{text, Wire};
use crate::protocols::Verdict;

/// Characters kept of a text.
const TEXT_CHARS: usize = 128;
/// Topics read of a packet.
const TOPICS: usize = 64;
/// Level that 5.0 states.
const LEVEL_5: u8 = 5;

const WILL: u8 = 0x04;
const PASSWORD: u8 = 0x40;
const USER: u8 = 0x80;

/// Packets that tell something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    ConnectAck,
    Publish,
    Subscribe,
    Ping,
    PingAnswer,
}

/// What the packet is, if it tells something.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes.first()? >> 4 {
        1 => Kind::Connect,
        2 => Kind::ConnectAck,
        3 => Kind::Publish,
        8 => Kind::Subscribe,
        12 => Kind::Ping,
        13 => Kind::PingAnswer,
        _ => return None,
    })
}

/// Flags that the kind allows.
fn is_first_byte(byte: u8) -> bool {
    match byte >> 4 {
        0 => false,
        // Quality of service 3 does not exist.
        3 => byte & 6 != 6,
        6 | 8 | 10 => byte & 15 == 2,
        _ => byte & 15 == 0,
    }
}

/// The length behind the first byte, and how many bytes it takes.
fn remaining(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut value = 0u32;
    for i in 0..4u32 {
        let byte = *bytes.get(usize::try_from(i).ok()?)?;
        value |= u32::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, usize::try_from(i).ok()?.saturating_add(1)));
        }
    }
    None
}

/// Bytes of the packet that begins here.
pub(super) fn length(bytes: &[u8]) -> Length {
    let (first, rest) = match bytes.split_first() {
        None => return Length::More,
        Some((first, rest)) => (*first, rest),
    };
    if first >> 4 == 0 {
        return Length::Bad;
    }
    match remaining(rest) {
        Some((value, taken)) => Length::Is(u64::from(value) + taken as u64 + 1),
        None if rest.len() < 4 => Length::More,
        None => Length::Bad,
    }
}

/// Content of a packet.
fn content(bytes: &[u8]) -> Option<Wire<'_>> {
    let rest = bytes.get(1..)?;
    let (_, taken) = remaining(rest)?;
    rest.get(taken..).map(Wire::new)
}

/// Looks for CONNECT: its kind, a length, the name and level of the protocol.
pub(super) fn begins_connect(bytes: &[u8]) -> Verdict {
    let (first, rest) = match bytes.split_first() {
        None => return Verdict::Maybe,
        Some((first, rest)) => (*first, rest),
    };
    if first != 0x10 {
        return Verdict::No;
    }
    let Some((value, taken)) = remaining(rest) else {
        return match rest.len() < 4 {
            true => Verdict::Maybe,
            false => Verdict::No,
        };
    };
    let names: [&[u8]; 3] = [b"\0\x04MQTT\x04", b"\0\x04MQTT\x05", b"\0\x06MQIsdp\x03"];
    let content = rest.get(taken..).unwrap_or(&[]);
    if value < 10 {
        Verdict::No
    } else if names.iter().any(|name| content.starts_with(name)) {
        Verdict::Yes
    } else if names.iter().any(|name| name.starts_with(content)) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

/// True for bytes that are whole packets of sane kinds, one or more, the last perhaps cut.
pub(super) fn are_packets(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut whole = 0u32;
    while let Some(&first) = rest.first() {
        let Length::Is(total) = length(rest) else {
            return false;
        };
        if !is_first_byte(first) {
            return false;
        }
        let fixed = match first >> 4 {
            2 | 4..=7 | 11 => total >= 4,
            12 | 13 => total == 2,
            14 => total >= 2,
            _ => total >= 5,
        };
        if !fixed {
            return false;
        }
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        match rest.get(total..) {
            Some(after) => rest = after,
            None => return whole > 0 || first >> 4 == 3,
        }
        whole = whole.saturating_add(1);
    }
    whole > 0
}

/// True when one of the packets is a message with a sane topic, which random bytes have not.
pub(super) fn names_a_topic(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Length::Is(total) = length(rest) {
        if kind(rest) == Some(Kind::Publish) {
            let topic = content(rest)
                .and_then(|mut w| w.block16())
                .and_then(|topic| std::str::from_utf8(topic.rest()).ok());
            let inside = |topic: &str| (topic.len() as u64).saturating_add(4) <= total;
            let sane = |c: char| !c.is_control() && !matches!(c, '#' | '+');
            return topic.is_some_and(|t| !t.is_empty() && inside(t) && t.chars().all(sane));
        }
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        rest = rest.get(total..).unwrap_or(&[]);
    }
    false
}

/// Properties of version 5: passed over.
fn skip_properties(w: &mut Wire<'_>, level: u8) -> Option<()> {
    if level >= LEVEL_5 {
        let (bytes, taken) = remaining(w.rest())?;
        w.take(taken)?;
        w.take(usize::try_from(bytes).ok()?)?;
    }
    Some(())
}

fn string(w: &mut Wire<'_>) -> Option<String> {
    let bytes = w.block16()?.rest();
    (!bytes.is_empty()).then(|| text(bytes, TEXT_CHARS))
}

/// What a client says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Connect {
    pub(super) level: u8,
    pub(super) client_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_seen: bool,
    pub(super) will_topic: Option<String>,
}

impl Connect {
    pub(super) fn read(bytes: &[u8]) -> Option<Connect> {
        let mut w = content(bytes)?;
        w.block16()?;
        let level = w.u8()?;
        let flags = w.u8()?;
        w.u16()?;
        let mut connect = Connect {
            level,
            password_seen: flags & PASSWORD != 0,
            ..Connect::default()
        };
        // What is cut off is not known.
        let _ = connect.read_payload(&mut w, flags);
        Some(connect)
    }

    fn read_payload(&mut self, w: &mut Wire<'_>, flags: u8) -> Option<()> {
        skip_properties(w, self.level)?;
        self.client_id = string_or_none(w)?;
        if flags & WILL != 0 {
            skip_properties(w, self.level)?;
            self.will_topic = string_or_none(w)?;
            w.block16()?;
        }
        if flags & USER != 0 {
            self.username = string_or_none(w)?;
        }
        Some(())
    }
}

/// A string that may be empty; `None` when it is cut.
fn string_or_none(w: &mut Wire<'_>) -> Option<Option<String>> {
    let mut ahead = *w;
    ahead.block16()?;
    let value = string(w);
    *w = ahead;
    Some(value)
}

/// Code of the answer to CONNECT.
pub(super) fn connect_code(bytes: &[u8]) -> Option<u8> {
    let mut w = content(bytes)?;
    w.u8()?;
    w.u8()
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Publish {
    /// `None` when a number stands for it (version 5).
    pub(super) topic: Option<String>,
    pub(super) payload_bytes: u64,
}

impl Publish {
    pub(super) fn read(bytes: &[u8], level: Option<u8>) -> Option<Publish> {
        let flags = *bytes.first()?;
        let (total, _) = remaining(bytes.get(1..)?)?;
        let mut w = content(bytes)?;
        let start = w.len();
        let topic = string_or_none(&mut w)?;
        if flags & 6 != 0 {
            w.u16()?;
        }
        if level == Some(LEVEL_5) {
            skip_properties(&mut w, LEVEL_5)?;
        }
        let before = start.saturating_sub(w.len()) as u64;
        Some(Publish {
            topic,
            payload_bytes: u64::from(total).saturating_sub(before),
        })
    }
}

/// Topics of SUBSCRIBE. Where the version is not known, that of 3.1.1 is tried first.
pub(super) fn subscribe_topics(bytes: &[u8], level: Option<u8>) -> Vec<String> {
    match level {
        Some(level) => topics_of(bytes, level).0,
        None => match topics_of(bytes, 4) {
            (topics, true) => topics,
            _ => topics_of(bytes, LEVEL_5).0,
        },
    }
}

/// The topics, and whether all bytes were used.
fn topics_of(bytes: &[u8], level: u8) -> (Vec<String>, bool) {
    let mut topics = Vec::new();
    let Some(mut w) = content(bytes) else {
        return (topics, false);
    };
    if w.u16().is_none() || skip_properties(&mut w, level).is_none() {
        return (topics, false);
    }
    while topics.len() < TOPICS && !w.is_empty() {
        let (Some(Some(topic)), Some(_)) = (string_or_none(&mut w), w.u8()) else {
            return (topics, false);
        };
        topics.push(topic);
    }
    let whole = w.is_empty() && !topics.is_empty();
    (topics, whole)
}

/// Version by the level that CONNECT states.
pub(super) fn version_name(level: u8) -> Cow<'static, str> {
    Cow::Borrowed(match level {
        3 => "3.1",
        4 => "3.1.1",
        5 => "5.0",
        _ => return Cow::Owned(format!("level {level}")),
    })
}

/// How the server answered.
pub(super) fn status_name(code: u8) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "Connection Accepted",
        1 | 0x84 => "Refused: unacceptable protocol version",
        2 | 0x85 => "Refused: identifier rejected",
        3 | 0x88 => "Refused: server unavailable",
        4 | 0x86 => "Refused: bad user name or password",
        5 | 0x87 => "Refused: not authorized",
        0x81 => "Refused: malformed packet",
        0x82 => "Refused: protocol error",
        0x89 => "Refused: server busy",
        0x8a => "Refused: banned",
        0x8c => "Refused: bad authentication method",
        0x97 => "Refused: quota exceeded",
        0x9c | 0x9d => "Refused: use another server",
        0x9f => "Refused: connection rate exceeded",
        _ => return Cow::Owned(format!("Refused: 0x{code:02x}")),
    })
}
