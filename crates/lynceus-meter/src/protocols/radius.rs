//! RADIUS over UDP (RFC 2865, 2866, 5176): the flow is named, by a code and a length that fits; on
//! another port than its own also by attributes that fill it to the last byte.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Bytes before the attributes.
const HEADER_BYTES: usize = 20;
/// Longest message.
const MESSAGE_BYTES: usize = 4096;
/// Ports of the protocol, old and new.
const PORTS: [u16; 5] = [1645, 1646, 1812, 1813, 3799];

/// RADIUS over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "radius",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let on_port = PORTS.iter().any(|port| opening.has_port(*port));
    if is_message(opening.datagram(), on_port) {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn is_message(bytes: &[u8], on_port: bool) -> bool {
    let mut w = Wire::new(bytes);
    let (Some(code), Some(_), Some(length)) = (w.u8(), w.u8(), w.u16()) else {
        return false;
    };
    let length = usize::from(length);
    if !matches!(code, 1..=5 | 11..=13 | 40..=45) || length > MESSAGE_BYTES {
        return false;
    }
    let Some(attributes) = bytes.get(HEADER_BYTES..length) else {
        return false;
    };
    if on_port {
        // Padding behind the length is allowed.
        return true;
    }
    let (mut w, mut count) = (Wire::new(attributes), 0);
    while let (Some(kind), Some(total)) = (w.u8(), w.u8()) {
        let value = usize::from(total).checked_sub(2).and_then(|n| w.take(n));
        if kind == 0 || value.is_none() {
            return false;
        }
        count += 1;
    }
    w.is_empty() && count >= 2 && length == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn a_request() {
        let mut bytes = [&[1, 7, 0, 31][..], &[9; 16], &[1, 5, b'a', b'b', b'c']].concat();
        bytes.extend([4, 6, 10, 0, 0, 1]);
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        assert_eq!(ask(&bytes, 999), Verdict::Yes);
        assert_eq!(ask(&bytes[..30], 1812), Verdict::No);
        bytes.push(0);
        assert_eq!(
            (ask(&bytes, 1812), ask(&bytes, 999)),
            (Verdict::Yes, Verdict::No)
        );
        bytes.pop();
        bytes[21] = 60;
        assert_eq!(
            (ask(&bytes, 1812), ask(&bytes, 999)),
            (Verdict::Yes, Verdict::No)
        );
        bytes[0] = 99;
        assert_eq!(ask(&bytes, 1812), Verdict::No);
    }
}
