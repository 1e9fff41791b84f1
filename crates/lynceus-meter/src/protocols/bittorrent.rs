//! BitTorrent: the flow is named, by the handshake of peers over TCP, and over UDP by that of
//! peers (uTP), by the messages of its distributed hash table, of trackers, and of the search in
//! the local network. What peers encrypt is not recognised.

use super::door::name_alone;
use super::lines::begins;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// How peers greet.
const HANDSHAKE: &[u8] = b"\x13BitTorrent protocol";
/// What asks a tracker for a connection.
const TRACKER: [u8; 12] = [0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0];
/// Bytes of the header of uTP.
const UTP_BYTES: usize = 20;

/// BitTorrent over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "bittorrent",
    probe: probe_stream,
    open: name_alone,
};

/// BitTorrent over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "bittorrent",
    probe: probe_datagram,
    open: name_alone,
};

fn probe_stream(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    if sides.iter().any(|bytes| bytes.starts_with(HANDSHAKE)) {
        return Verdict::Yes;
    }
    let begun = |bytes: &&[u8]| !bytes.is_empty() && HANDSHAKE.starts_with(bytes);
    if sides.iter().any(begun) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn probe_datagram(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let is_it = is_table_message(bytes)
        || bytes.starts_with(HANDSHAKE)
        || (bytes.len() == 16 && bytes.starts_with(&TRACKER))
        || begins(bytes, b"BT-SEARCH * HTTP/1.")
        || is_utp(bytes);
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// A dictionary with a query, an answer or an error, and its kind at the end.
fn is_table_message(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [
        b"d1:ad2:id20:",
        b"d1:rd2:id20:",
        b"d1:eli",
        b"d2:ip",
        b"d1:rd",
    ];
    let kinds: [&[u8]; 3] = [b"1:y1:q", b"1:y1:r", b"1:y1:e"];
    starts.iter().any(|start| bytes.starts_with(start))
        && bytes.ends_with(b"e")
        && kinds
            .iter()
            .any(|kind| memchr::memmem::find(bytes, kind).is_some())
}

/// The first packet of a connection of peers, or one that carries their greeting.
fn is_utp(bytes: &[u8]) -> bool {
    let fields = || {
        let mut w = Wire::new(bytes.get(..UTP_BYTES)?);
        let (kind, extension) = (w.u8()?, w.u8()?);
        w.u16()?;
        w.u32()?;
        let (difference, window) = (w.u32()?, w.u32()?);
        let (number, acknowledged) = (w.u16()?, w.u16()?);
        let begins = kind == 0x41
            && difference == 0
            && number == 1
            && acknowledged == 0
            && window != 0
            && match extension {
                0 => bytes.len() == UTP_BYTES,
                1 | 2 => bytes.len() <= UTP_BYTES + 32,
                _ => false,
            };
        let greets = kind == 1
            && extension <= 3
            && memchr::memmem::find(bytes.get(..128).unwrap_or(bytes), HANDSHAKE).is_some();
        Some(begins || greets)
    };
    fields().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn every_way_to_begin() {
        let udp = |bytes: &[u8]| probe_datagram(&testing::opening(bytes, &[], 999));
        let mut begin = vec![
            0x41, 0, 7, 7, 1, 2, 3, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
        ];
        assert_eq!(udp(&begin), Verdict::Yes);
        let greeting = [&[1, 0][..], &[5; 18], HANDSHAKE].concat();
        let ask = b"d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe";
        let tracker = [&TRACKER[..], &[9; 4]].concat();
        let search = b"BT-SEARCH * HTTP/1.1\r\nInfohash: 1\r\n\r\n";
        for bytes in [&greeting[..], ask, &tracker, search] {
            assert_eq!(udp(bytes), Verdict::Yes);
            assert_eq!(udp(&bytes[1..]), Verdict::No);
        }
        begin[17] = 9;
        assert_eq!(udp(&begin), Verdict::No);
        let tcp = |bytes: &[u8]| probe_stream(&testing::opening(bytes, &[], 999));
        assert_eq!(tcp(&[HANDSHAKE, &[0; 48]].concat()), Verdict::Yes);
        assert_eq!(tcp(&HANDSHAKE[..5]), Verdict::Maybe);
        assert_eq!(tcp(b"\x13BitCoin"), Verdict::No);
    }
}
