//! NetBIOS datagrams over UDP and sessions over TCP (RFC 1002): the flow is named. The name service
//! is read with DNS, whose format it borrows. What is spoken in a session is handed over.

use super::door::name_alone;
use super::stream::Chunk;
use super::wire::Wire;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the datagram service.
const PORT: u16 = 138;
/// Bytes before what counts for the length.
const HEADER_BYTES: usize = 14;
/// Bytes of a request for a session: a header and two names.
const REQUEST_BYTES: usize = 72;

/// NetBIOS sessions.
pub(crate) const SESSION_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "netbios-ssn",
    probe: |opening| match [opening.orig, opening.resp]
        .iter()
        .any(|side| is_request(side))
    {
        true => Verdict::Yes,
        false => Verdict::No,
    },
    open: |_| Box::<SessionParser>::default(),
};

/// A request for a session: two names of 32 letters.
fn is_request(bytes: &[u8]) -> bool {
    let names = || {
        let mut w = Wire::new(bytes.get(..REQUEST_BYTES)?);
        let header = w.u32()?;
        let mut is_name = || {
            let letters = w.block8()?.rest();
            let end = w.u8()?;
            let encoded = letters.iter().all(|b| (b'A'..=b'P').contains(b));
            Some(letters.len() == 32 && encoded && end == 0)
        };
        Some(header == 0x8100_0044 && is_name()? && is_name()?)
    };
    names().unwrap_or(false)
}

/// Waits for the end of what sets up a session.
#[derive(Debug, Default)]
struct SessionParser {
    /// Bytes of a message that are still to come, from the responder and the originator.
    left: [usize; 2],
}

impl Parser for SessionParser {
    fn parse(&mut self, chunk: &Chunk<'_>, _: &mut Vec<Event>) -> Progress {
        let Some(left) = self.left.get_mut(usize::from(chunk.from_orig)) else {
            return Progress::Done;
        };
        if chunk.lost_bytes > 0 {
            return Progress::Handover(0);
        }
        let mut at = (*left).min(chunk.data.len());
        *left = left.saturating_sub(at);
        while let Some(rest) = chunk.data.get(at..).filter(|rest| !rest.is_empty()) {
            // Requested, granted, refused, sent elsewhere, kept alive.
            let Some([0x81..=0x85, _, high, low]) = rest.first_chunk::<4>() else {
                return Progress::Handover(at);
            };
            let total = 4 + usize::from(u16::from_be_bytes([*high, *low]));
            let here = total.min(rest.len());
            *left = total.saturating_sub(here);
            at = at.saturating_add(here);
        }
        Progress::More
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

/// NetBIOS datagrams.
pub(crate) const DATAGRAM_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "netbios-dgm",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let is_it = opening.has_port(PORT) && is_datagram(opening.datagram(), opening.cut);
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn is_datagram(bytes: &[u8], cut: bool) -> bool {
    let header = || {
        let mut w = Wire::new(bytes);
        let (kind, flags) = (w.u8()?, w.u8()?);
        w.take(8)?;
        if !(0x10..=0x16).contains(&kind) || flags & 0xf0 != 0 {
            return None;
        }
        if kind == 0x13 || kind >= 0x14 {
            return Some(true);
        }
        let length = usize::from(w.u16()?);
        let total = HEADER_BYTES + length;
        Some(total == bytes.len() || (cut && total > bytes.len()))
    };
    header().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive};

    #[test]
    fn a_datagram() {
        let mut bytes = vec![0x11, 2, 0, 1, 10, 0, 0, 1, 0, 138, 0, 20, 0, 0];
        bytes.resize(34, b'A');
        let ask = |bytes: &[u8], port| probe(&testing::opening(bytes, &[], port));
        assert_eq!(ask(&bytes, PORT), Verdict::Yes);
        assert_eq!(ask(&bytes, 999), Verdict::No);
        assert_eq!(ask(&bytes[..33], PORT), Verdict::No);
        bytes[0] = 9;
        assert_eq!(ask(&bytes, PORT), Verdict::No);
    }

    #[test]
    fn a_session_hands_over() {
        let name = [&[32][..], &[b'C'; 32], &[0]].concat();
        let request = [&[0x81, 0, 0, 0x44][..], &name, &name].concat();
        let ask = |bytes: &[u8]| (SESSION_DOOR.probe)(&testing::opening(bytes, &[], 139));
        assert_eq!(
            (ask(&request), ask(&request[..71])),
            (Verdict::Yes, Verdict::No)
        );
        let mut parts = vec![
            (true, request[..20].to_vec()),
            (true, request[20..].to_vec()),
            (false, vec![0x82, 0, 0, 0]),
        ];
        let (_, progress) = drive(&mut SessionParser::default(), &parts, |_| 0);
        assert_eq!(progress, Progress::More);
        parts.push((true, vec![0x85, 0, 0, 0, 0, 0, 0, 9]));
        let (_, progress) = drive(&mut SessionParser::default(), &parts, |_| 0);
        assert_eq!(progress, Progress::Handover(4));
    }
}
