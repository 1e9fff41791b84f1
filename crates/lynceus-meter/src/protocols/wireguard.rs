//! WireGuard over UDP: the flow is named; nothing but counters is in the clear.
//!
//! Rules: a handshake is known by its type, its reserved zeros and its exact length; data by a
//! counter that is still small and a length of whole blocks, anywhere but on its port by a
//! counter that is very small.

use super::door::name_alone;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Usual port of the protocol.
const PORT: u16 = 51820;
/// Bytes of data before what is encrypted, with its check of 16 bytes.
const DATA_BYTES: usize = 32;

/// WireGuard over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "wireguard",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let is_it = match (bytes.first_chunk::<4>(), bytes.len()) {
        (Some([1, 0, 0, 0]), 148) | (Some([2, 0, 0, 0]), 92) | (Some([3, 0, 0, 0]), 64) => {
            // The index of a sender or receiver is drawn at random.
            bytes.get(4..8) != Some(&[0; 4])
        }
        (Some([4, 0, 0, 0]), length) if !opening.cut => {
            // A counter of eight bytes, the low ones first.
            let low_bytes = if opening.has_port(PORT) { 5 } else { 3 };
            let high = bytes.get(8 + low_bytes..16);
            let small = high.is_some_and(|high| high.iter().all(|b| *b == 0));
            small && length >= DATA_BYTES && length % 16 == 0 && bytes.get(4..8) != Some(&[0; 4])
        }
        _ => false,
    };
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn handshakes_and_data() {
        let message = |kind: u8, length: usize| {
            let mut bytes = vec![9; length];
            bytes[..4].copy_from_slice(&[kind, 0, 0, 0]);
            bytes
        };
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        for (kind, length) in [(1, 148), (2, 92), (3, 64)] {
            assert_eq!(ask(&message(kind, length), 443), Verdict::Yes);
            assert_eq!(ask(&message(kind, length + 1), 443), Verdict::No);
        }
        let mut data = message(4, 96);
        assert_eq!(ask(&data, PORT), Verdict::No);
        data[8..16].copy_from_slice(&300u64.to_le_bytes());
        assert_eq!(ask(&data, PORT), Verdict::Yes);
        assert_eq!(ask(&data, 443), Verdict::Yes);
        data[12] = 1;
        assert_eq!(
            (ask(&data, PORT), ask(&data, 443)),
            (Verdict::Yes, Verdict::No)
        );
        assert_eq!(ask(&data[..90], PORT), Verdict::No);
    }
}
