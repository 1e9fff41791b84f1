//! Skinny (SCCP), how Cisco telephones are controlled, over TCP: the flow is named. Its header is
//! three small numbers, so it is recognised on its port alone.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 2000;
/// Bytes that the length does not count.
const HEADER_BYTES: usize = 8;
/// Longest message.
const MESSAGE_BYTES: usize = 4096;
/// Highest message in use.
const LAST_MESSAGE: u32 = 0x200;

/// Skinny over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "skinny",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    if opening.has_port(PORT) && sides.iter().any(|bytes| begins_message(bytes)) {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn begins_message(bytes: &[u8]) -> bool {
    let mut w = Wire::new(bytes);
    let (Some(length), Some(version), Some(message)) = (w.le32(), w.le32(), w.le32()) else {
        return false;
    };
    let total = (length as usize).saturating_add(HEADER_BYTES);
    // The first telephones say 0, later ones 10 and more.
    length >= 4
        && total <= MESSAGE_BYTES.min(bytes.len())
        && matches!(version, 0 | 10..=30)
        && message <= LAST_MESSAGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn messages() {
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        let message = [4, 0, 0, 0, 17, 0, 0, 0, 0x0f, 0, 0, 0];
        assert_eq!(ask(&message, PORT), Verdict::Yes);
        assert_eq!(ask(&message, 999), Verdict::No);
        assert_eq!(ask(&message[..11], PORT), Verdict::No);
        assert_eq!(ask(b"GET / HTTP/1.1\r\n", PORT), Verdict::No);
    }
}
