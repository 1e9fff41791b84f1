//! SOCKS 4 and 5: recognised so that the conversation behind the proxy can be read; no rows.
//!
//! Rules: both sides must speak it before it counts (its requests are too short to be sure of).
//! When the proxy grants the connection, what follows is handed over; a refusal ends the watch.

use super::stream::Chunk;
use super::wire::Wire;
use super::Event;
use super::{Door, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Bytes of one side's part of the negotiation.
const SIDE_BYTES: usize = 2048;

/// SOCKS over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "socks",
    probe,
    open: |_| Box::<SocksParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let (orig, resp) = (opening.orig, opening.resp);
    let request = match orig {
        [] => return Verdict::Maybe,
        [4, 1 | 2, ..] => socks4_request(orig).is_some_and(|rest| rest.is_empty()),
        [5, count, methods @ ..] => *count > 0 && methods.len() >= usize::from(*count),
        _ => return Verdict::No,
    };
    let answer = match (orig.first(), resp) {
        (_, []) => return if request { Verdict::Maybe } else { Verdict::No },
        (Some(4), [0, 0x5a..=0x5d, _, _, _, _, _, _, ..]) => true,
        (Some(5), [5, method, ..]) => {
            *method == 0xff || orig.get(2..).is_some_and(|m| m.contains(method))
        }
        _ => false,
    };
    if request && answer {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// What follows a SOCKS 4 or 4a request; `None` while it is not whole.
fn socks4_request(bytes: &[u8]) -> Option<&[u8]> {
    let mut w = Wire::new(bytes);
    w.take(4)?;
    let address = w.u32()?;
    until_zero(&mut w)?;
    if (1..=0xff).contains(&address) {
        until_zero(&mut w)?;
    }
    Some(w.rest())
}

fn until_zero(w: &mut Wire<'_>) -> Option<()> {
    let end = w.rest().iter().position(|&b| b == 0)?;
    w.take(end.checked_add(1)?).map(|_| ())
}

/// The parser of one negotiation: what the server says leads through it.
#[derive(Debug, Default)]
struct SocksParser {
    version: u8,
    server: Vec<u8>,
}

/// What the server's bytes so far mean.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    More,
    Refused,
    /// Granted; so many bytes of the server's part belong to the negotiation.
    Granted(usize),
}

impl SocksParser {
    fn answer(&self) -> Answer {
        let bytes = self.server.as_slice();
        let read = if self.version == 4 {
            socks4_answer(bytes)
        } else {
            socks5_answer(bytes)
        };
        read.unwrap_or(Answer::More)
    }
}

fn socks4_answer(bytes: &[u8]) -> Option<Answer> {
    let mut w = Wire::new(bytes);
    w.u8()?;
    let code = w.u8()?;
    w.take(6)?;
    Some(if code == 0x5a {
        Answer::Granted(8)
    } else {
        Answer::Refused
    })
}

fn socks5_answer(bytes: &[u8]) -> Option<Answer> {
    let mut w = Wire::new(bytes);
    w.u8()?;
    match w.u8()? {
        0 => {}
        2 => {
            // User and password (RFC 1929).
            w.u8()?;
            if w.u8()? != 0 {
                return Some(Answer::Refused);
            }
        }
        _ => return Some(Answer::Refused),
    }
    w.u8()?;
    if w.u8()? != 0 {
        return Some(Answer::Refused);
    }
    w.u8()?;
    match w.u8()? {
        1 => w.take(4)?,
        3 => w.block8()?.rest(),
        4 => w.take(16)?,
        _ => return Some(Answer::Refused),
    };
    w.u16()?;
    Some(Answer::Granted(bytes.len().saturating_sub(w.len())))
}

impl Parser for SocksParser {
    fn parse(&mut self, chunk: &Chunk<'_>, _: &mut Vec<Event>) -> Progress {
        if chunk.lost_bytes > 0 {
            return Progress::Done;
        }
        if chunk.from_orig {
            if self.version == 0 {
                self.version = chunk.data.first().copied().unwrap_or(0);
            }
            return Progress::More;
        }
        let before = self.server.len();
        self.server.extend_from_slice(chunk.data);
        match self.answer() {
            Answer::Granted(bytes) => Progress::Handover(bytes.saturating_sub(before)),
            Answer::More if self.server.len() <= SIDE_BYTES => Progress::More,
            _ => Progress::Done,
        }
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive};

    fn ask(orig: &[u8], resp: &[u8]) -> Verdict {
        probe(&testing::opening(orig, resp, 2))
    }

    fn run(client: &[u8], server: &[&[u8]]) -> Progress {
        let mut sides = vec![(true, client)];
        sides.extend(server.iter().map(|data| (false, *data)));
        drive(&mut SocksParser::default(), &sides, |_| 0).1
    }

    #[test]
    fn both_sides_must_speak_it() {
        let four = b"\x04\x01\x01\xbb\x0a\x00\x00\x01user\x00";
        assert_eq!(ask(four, &[]), Verdict::Maybe);
        assert_eq!(ask(four, b"\x00\x5a\x00\x00\x00\x00\x00\x00"), Verdict::Yes);
        assert_eq!(ask(four, b"HTTP/1.1"), Verdict::No);
        let four_a = b"\x04\x01\x01\xbb\x00\x00\x00\x01\x00host\x00";
        assert_eq!(
            ask(four_a, b"\x00\x5b\x00\x00\x00\x00\x00\x00"),
            Verdict::Yes
        );
        assert_eq!(ask(b"\x05\x02\x00\x02", b"\x05\x02"), Verdict::Yes);
        assert_eq!(ask(b"\x05\x01\x00", b"\x05\x02"), Verdict::No);
        assert_eq!(ask(b"\x16\x03\x01", b"\x05\x02"), Verdict::No);
    }

    #[test]
    fn granted_and_refused() {
        let four = b"\x04\x01\x01\xbb\x0a\x00\x00\x01\x00";
        let granted = b"\x00\x5a\x00\x00\x00\x00\x00\x00rest";
        assert_eq!(run(four, &[granted]), Progress::Handover(8));
        assert_eq!(
            run(four, &[b"\x00\x5b\x00\x00\x00\x00\x00\x00"]),
            Progress::Done
        );
        let plain: &[u8] = b"\x00\x00\x01\x0a\x00\x00\x01\x00\x50";
        assert_eq!(
            run(b"\x05\x01\x00", &[b"\x05\x00", b"\x05", plain]),
            Progress::Handover(9)
        );
        let named = b"\x05\x00\x00\x03\x02ab\x00\x50z";
        assert_eq!(
            run(b"\x05\x01\x02", &[b"\x05\x02\x01\x00", named]),
            Progress::Handover(9)
        );
        assert_eq!(run(b"\x05\x01\x02", &[b"\x05\x02\x01\x01"]), Progress::Done);
        assert_eq!(run(b"\x05\x01\x00", &[b"\x05\xff"]), Progress::Done);
    }
}
