//! H.323, by its call signalling (Q.931) over TCP: the flow is named, by a message of signalling in
//! a packet of its exact length.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Call control, the only kind of message that H.323 sends.
const CALL_CONTROL: u8 = 8;

/// H.323 over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "h323",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    if sides
        .iter()
        .any(|bytes| is_signalling(bytes).unwrap_or(false))
    {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn is_signalling(bytes: &[u8]) -> Option<bool> {
    let mut w = Wire::new(bytes);
    let header = [w.u8()?, w.u8()?];
    let length = usize::from(w.u16()?);
    let control = w.u8()?;
    let reference = w.block8()?;
    // Alerting, call proceeding, progress, setup, connect, setup acknowledged, connect
    // acknowledged, release complete, facility, notify, status enquiry, information, status.
    let known = matches!(
        w.u8()?,
        0x01..=0x03 | 0x05 | 0x07 | 0x0d | 0x0f | 0x5a | 0x62 | 0x6e | 0x75 | 0x7b | 0x7d
    );
    let fits = header == [3, 0] && control == CALL_CONTROL && reference.len() == 2;
    Some(fits && known && length >= 9 && length <= bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn signalling() {
        let ask = |bytes: &[u8]| probe(&testing::opening(bytes, &[], 1720));
        let setup = [3, 0, 0, 12, 8, 2, 0x12, 0x34, 5, 4, 3, 0x88];
        assert_eq!(ask(&setup), Verdict::Yes);
        assert_eq!(ask(&setup[..11]), Verdict::No);
        let desktop = [3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 0, 0];
        assert_eq!(ask(&desktop), Verdict::No);
    }
}
