//! IAX2, how Asterisk exchanges carry calls, over UDP (RFC 5456): the flow is named, by a full
//! frame of control whose elements fill it to the last byte.

use super::door::name_alone;
use super::wire::Wire;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 4569;
/// The kind of frame that controls a call.
const CONTROL: u8 = 6;
/// Element that states the version.
const VERSION: u8 = 11;

/// IAX2 over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "iax",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    if is_control(opening.datagram(), opening.has_port(PORT)).unwrap_or(false) {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn is_control(bytes: &[u8], on_port: bool) -> Option<bool> {
    let mut w = Wire::new(bytes);
    let source = w.u16()?;
    w.u16()?;
    w.u32()?;
    w.u16()?;
    let (kind, command) = (w.u8()?, w.u8()?);
    if source & 0x8000 == 0 || source == 0x8000 || kind != CONTROL || !(1..=40).contains(&command) {
        return Some(false);
    }
    let mut versioned = false;
    while let Some(element) = w.u8() {
        let value = w.block8()?;
        versioned |= element == VERSION && value.rest() == [0, 2];
    }
    Some(on_port || versioned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn calls() {
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        let new = [
            0x80, 1, 0, 0, 0, 0, 0, 9, 0, 0, 6, 1, 11, 2, 0, 2, 1, 2, b'4', b'2',
        ];
        assert_eq!(
            (ask(&new, PORT), ask(&new, 999)),
            (Verdict::Yes, Verdict::Yes)
        );
        assert_eq!(
            (ask(&new[..12], PORT), ask(&new[..12], 999)),
            (Verdict::Yes, Verdict::No)
        );
        assert_eq!(ask(&new[..19], PORT), Verdict::No);
        assert_eq!(ask(&[0; 20], PORT), Verdict::No);
    }
}
