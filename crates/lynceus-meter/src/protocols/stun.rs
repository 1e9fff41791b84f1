//! STUN and TURN over UDP and TCP (RFC 8489, 8656, and the older RFC 3489): the flow is named.
//!
//! Rules: a message is known by its cookie and its exact length, without the cookie by a known
//! method and attributes that fill it to the last byte. Calls go on in the same flow with DTLS,
//! which is read on; the flow keeps its name.

use super::stream::Chunk;
use super::wire::Wire;
use super::{Door, Event, Parser, Progress, Verdict};
use crate::packet::proto;

/// What stands in every message since RFC 5389.
const COOKIE: u32 = 0x2112_a442;
/// Bytes of the header.
const HEADER_BYTES: usize = 20;
/// Packets of a flow after which DTLS is no longer waited for.
const WATCH_PACKETS: u8 = 200;
/// Attributes of the older standard.
const OLD_ATTRIBUTES: std::ops::RangeInclusive<u16> = 1..=11;

/// STUN over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "stun",
    probe: |opening| verdict(is_message(opening.datagram(), opening.cut)),
    open: |_| Box::<StunParser>::default(),
};

/// STUN over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "stun",
    probe: |opening| verdict(begins_message(opening.orig) || begins_message(opening.resp)),
    open: super::door::name_alone,
};

fn verdict(is_it: bool) -> Verdict {
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// Type, length and cookie of a header.
fn header(bytes: &[u8]) -> Option<(u16, usize, u32)> {
    let mut w = Wire::new(bytes.get(..HEADER_BYTES)?);
    let (kind, length, cookie) = (w.u16()?, w.u16()?, w.u32()?);
    (kind & 0xc000 == 0).then_some((kind, usize::from(length), cookie))
}

fn is_message(bytes: &[u8], cut: bool) -> bool {
    let Some((kind, length, cookie)) = header(bytes) else {
        return false;
    };
    let total = HEADER_BYTES + length;
    let whole = total == bytes.len() || (cut && total > bytes.len());
    if cookie == COOKIE {
        return whole && length % 4 == 0;
    }
    whole && matches!(kind, 1 | 2 | 0x101 | 0x102 | 0x111 | 0x112) && has_attributes(bytes)
}

/// Attributes of the older standard, one at least, up to the last byte.
fn has_attributes(bytes: &[u8]) -> bool {
    let mut w = Wire::new(bytes.get(HEADER_BYTES..).unwrap_or(&[]));
    if w.is_empty() {
        return false;
    }
    while let Some(kind) = w.u16() {
        let known = OLD_ATTRIBUTES.contains(&kind) || kind >= 0x8000;
        if !known || w.block16().is_none() {
            return false;
        }
    }
    w.is_empty()
}

/// A message at the start of a stream.
fn begins_message(bytes: &[u8]) -> bool {
    header(bytes).is_some_and(|(_, length, cookie)| cookie == COOKIE && length % 4 == 0)
}

/// Waits for DTLS in the same flow.
#[derive(Debug, Default)]
struct StunParser {
    packets: u8,
}

impl Parser for StunParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, _: &mut Vec<Event>) -> Progress {
        self.packets = self.packets.saturating_add(1);
        // First bytes in a flow of many protocols (RFC 7983).
        match chunk.data.first() {
            Some(20..=63) => Progress::Foreign,
            _ if self.packets >= WATCH_PACKETS => Progress::Done,
            _ => Progress::More,
        }
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive};

    fn message(cookie: u32, attributes: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, attributes.len() as u8];
        bytes.extend(cookie.to_be_bytes());
        bytes.extend([9; 12]);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn new_and_old() {
        let ask = |bytes: &[u8]| (UDP_DOOR.probe)(&testing::opening(bytes, &[], 999));
        let attribute = [0, 3, 0, 4, 0, 0, 0, 2];
        for bytes in [
            message(COOKIE, &[]),
            message(COOKIE, &attribute),
            message(7, &attribute),
        ] {
            assert_eq!(ask(&bytes), Verdict::Yes);
            assert_eq!(ask(&bytes[..bytes.len() - 1]), Verdict::No);
        }
        assert_eq!(ask(&message(7, &[])), Verdict::No);
        assert_eq!(ask(&message(7, &[0, 99, 0, 0])), Verdict::No);
        let stream = [message(COOKIE, &attribute), message(COOKIE, &[])].concat();
        let tcp = |bytes: &[u8]| (TCP_DOOR.probe)(&testing::opening(bytes, &[], 999));
        assert_eq!(
            (tcp(&stream), tcp(&message(7, &attribute))),
            (Verdict::Yes, Verdict::No)
        );
    }

    #[test]
    fn what_follows() {
        let media: Vec<_> = (0..300).map(|_| (true, vec![0x80; 100])).collect();
        let (_, progress) = drive(&mut StunParser::default(), &media, |_| 0);
        assert_eq!(progress, Progress::Done);
        let (_, progress) = drive(&mut StunParser::default(), &[(true, vec![22, 254])], |_| 0);
        assert_eq!(progress, Progress::Foreign);
    }
}
