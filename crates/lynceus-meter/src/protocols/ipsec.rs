//! IPsec: its key exchange (ISAKMP, IKE 1 and 2) over UDP, and its packets inside UDP behind an
//! address translation. The flow is named; packets without UDP are known by their IP protocol.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Port of packets behind an address translation; a key exchange has four zeros before it there.
const NAT_PORT: u16 = 4500;
/// Security parameter indexes below are reserved.
const FIRST_SPI: u32 = 256;
/// A packet number that a capture may begin at.
const FIRST_NUMBER: u32 = 1 << 24;

/// IPsec over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "ipsec",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let behind = bytes.strip_prefix(&[0; 4]);
    let is_it = is_exchange(bytes, opening.cut)
        || behind.is_some_and(|bytes| is_exchange(bytes, opening.cut))
        || (opening.has_port(NAT_PORT) && is_packet(bytes));
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// A header of ISAKMP whose length is that of the datagram.
fn is_exchange(bytes: &[u8], cut: bool) -> bool {
    let header = || {
        let mut w = Wire::new(bytes);
        let initiator = w.take(8)?;
        w.take(8)?;
        let (payload, version, exchange) = (w.u8()?, w.u8()?, w.u8()?);
        let flags = w.u8()?;
        w.u32()?;
        let length = w.u32()? as usize;
        let known = match version {
            0x10 => matches!(exchange, 1..=6 | 32..=34) && payload <= 21 && flags & 0xf8 == 0,
            0x20 => matches!(exchange, 34..=44) && (payload == 0 || (33..=54).contains(&payload)),
            _ => false,
        };
        let whole = length == bytes.len() || (cut && length > bytes.len());
        Some(known && whole && initiator.iter().any(|b| *b != 0))
    };
    header().unwrap_or(false)
}

/// An encrypted packet: its index, its number, and what is encrypted in whole words.
fn is_packet(bytes: &[u8]) -> bool {
    let mut w = Wire::new(bytes);
    let (Some(spi), Some(number)) = (w.u32(), w.u32()) else {
        return false;
    };
    spi >= FIRST_SPI && (1..FIRST_NUMBER).contains(&number) && w.len() >= 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn exchanges_and_packets() {
        let exchange = |version: u8, payload: u8, kind: u8| {
            let mut bytes = [&[7; 8][..], &[0; 8], &[payload, version, kind, 0]].concat();
            bytes.extend([0, 0, 0, 0, 0, 0, 0, 40]);
            bytes.resize(40, 1);
            bytes
        };
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        for bytes in [exchange(0x10, 1, 2), exchange(0x20, 33, 34)] {
            assert_eq!(ask(&bytes, 999), Verdict::Yes);
            assert_eq!(ask(&[&[0; 4], &bytes[..]].concat(), NAT_PORT), Verdict::Yes);
            assert_eq!(ask(&bytes[..39], 500), Verdict::No);
        }
        assert_eq!(ask(&exchange(0x30, 1, 2), 500), Verdict::No);
        let packet = [&[1, 2, 3, 4, 0, 0, 0, 9][..], &[5; 40]].concat();
        assert_eq!(ask(&packet, NAT_PORT), Verdict::Yes);
        assert_eq!(ask(&packet, 999), Verdict::No);
        assert_eq!(ask(&[0xff], NAT_PORT), Verdict::No);
    }
}
