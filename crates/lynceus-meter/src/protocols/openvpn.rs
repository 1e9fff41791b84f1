//! OpenVPN over UDP and TCP: the flow is named. Its TLS runs inside and is not looked into.
//!
//! Rules: a connection is known by the reset that begins it, from either side, in its exact layout:
//! plain, signed (`tls-auth`, whose signature has the length of a known hash) or encrypted
//! (`tls-crypt`). Obfuscated or keyed otherwise it is not recognised.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Verdict};
use crate::packet::proto;

/// Lengths of signatures: none, MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
const SIGNATURES: [usize; 7] = [0, 16, 20, 28, 32, 48, 64];
/// Bytes of the number and time of a signed packet.
const REPLAY_BYTES: usize = 8;

const CLIENT_RESET: u8 = 7;
const SERVER_RESET: u8 = 8;
const CLIENT_RESET_V3: u8 = 10;

/// OpenVPN over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "openvpn",
    probe: |opening| verdict(is_reset(opening.datagram())),
    open: name_alone,
};

/// OpenVPN over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "openvpn",
    probe: |opening| verdict(is_framed(opening.orig) || is_framed(opening.resp)),
    open: name_alone,
};

fn verdict(is_it: bool) -> Verdict {
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// A packet over TCP has its length before it.
fn is_framed(bytes: &[u8]) -> bool {
    let packet = Wire::new(bytes).block16();
    packet.is_some_and(|packet| is_reset(packet.rest()))
}

fn is_reset(bytes: &[u8]) -> bool {
    let Some((&first, rest)) = bytes.split_first() else {
        return false;
    };
    // Key 0 begins a connection.
    let (opcode, key) = (first >> 3, first & 7);
    let Some((session, rest)) = rest.split_first_chunk::<8>() else {
        return false;
    };
    if key != 0 || *session == [0; 8] {
        return false;
    }
    match opcode {
        CLIENT_RESET | SERVER_RESET => is_plain(opcode, rest) || is_encrypted(opcode, rest),
        CLIENT_RESET_V3 => is_encrypted(opcode, rest),
        _ => false,
    }
}

/// What is acknowledged and the number of the message, 0, behind a signature or none.
fn is_plain(opcode: u8, rest: &[u8]) -> bool {
    SIGNATURES.iter().any(|&signature| {
        let before = match signature {
            0 => 0,
            bytes => bytes + REPLAY_BYTES,
        };
        let Some((head, tail)) = rest.split_at_checked(before) else {
            return false;
        };
        let numbered = signature == 0 || head.get(signature..signature + 4) == Some(&[0, 0, 0, 1]);
        let acknowledged = match (opcode, tail.first()) {
            (CLIENT_RESET, Some(0)) => 0,
            // The client's number and its session.
            (SERVER_RESET, Some(1)) => 4 + 8,
            (SERVER_RESET, Some(0)) => 0,
            _ => return false,
        };
        let number = tail.get(1 + acknowledged..);
        numbered && number == Some(&[0; 4])
    })
}

/// The number of the packet, its time, a check of 32 bytes and what is encrypted.
fn is_encrypted(opcode: u8, rest: &[u8]) -> bool {
    let Some((number, after)) = rest.split_first_chunk::<4>() else {
        return false;
    };
    // The second form is a client's that can negotiate early.
    let first = matches!(number, [0 | 0x0f, 0, 0, 1]);
    let time = after.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    let fits = match (opcode, after.len()) {
        (CLIENT_RESET, length) => length == 4 + 32 + 5,
        (SERVER_RESET, length) => (4 + 32 + 5..=4 + 32 + 64).contains(&length),
        // A wrapped key of the client follows.
        (_, length) => length >= 4 + 32 + 5 + 256,
    };
    // Seconds since 1970: from 2010 on.
    first && fits && time.is_some_and(|time| time > 1_262_304_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    fn reset(first: u8, parts: &[&[u8]]) -> Vec<u8> {
        [&[first, 1, 2, 3, 4, 5, 6, 7, 8], parts.concat().as_slice()].concat()
    }

    #[test]
    fn resets_of_every_kind() {
        let time = 1_700_000_000u32.to_be_bytes();
        let acknowledge = [1, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1];
        let signed: [&[u8]; 4] = [&[9; 20], &[0, 0, 0, 1], &time, &[0; 5]];
        let sealed: [&[u8]; 3] = [&[0x0f, 0, 0, 1], &time, &[9; 37]];
        let third: [&[u8]; 3] = [&[0, 0, 0, 1], &time, &[9; 400]];
        let resets = [
            reset(0x38, &[&[0; 5]]),
            reset(0x38, &signed),
            reset(0x38, &sealed),
            reset(0x40, &[&acknowledge, &[0; 4]]),
            reset(0x50, &third),
        ];
        for bytes in resets {
            let framed = [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
            let udp = |bytes: &[u8]| (UDP_DOOR.probe)(&testing::opening(bytes, &[], 443));
            let tcp = |bytes: &[u8]| (TCP_DOOR.probe)(&testing::opening(&[], bytes, 443));
            assert_eq!((udp(&bytes), tcp(&framed)), (Verdict::Yes, Verdict::Yes));
            let longer = [&bytes[..], &[7; 200]].concat();
            assert_eq!(
                udp(&longer),
                if bytes.len() > 200 {
                    Verdict::Yes
                } else {
                    Verdict::No
                }
            );
            assert_eq!(udp(&bytes[..12]), Verdict::No);
        }
        assert!(!is_reset(&reset(0x39, &[&[0; 5]])));
        assert!(!is_reset(&[0x38; 14]));
    }
}
