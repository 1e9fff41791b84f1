//! Parsers driven by hand-made bytes, for the tests of every protocol.

use super::door::{Opening, Parser, Progress};
use super::stream::Chunk;
use super::Event;

/// What one packet brings: whether the originator sent it, bytes lost before it, its bytes.
pub(crate) type Part = (bool, u64, Vec<u8>);

/// A packet as a test writes it down.
pub(crate) trait Packet {
    /// Whether the originator sent it, bytes lost before it, its bytes.
    fn read(&self) -> (bool, u64, &[u8]);
}

impl Packet for Part {
    fn read(&self) -> (bool, u64, &[u8]) {
        (self.0, self.1, &self.2)
    }
}

impl Packet for (bool, u64, &[u8]) {
    fn read(&self) -> (bool, u64, &[u8]) {
        *self
    }
}

impl Packet for (bool, Vec<u8>) {
    fn read(&self) -> (bool, u64, &[u8]) {
        (self.0, 0, &self.1)
    }
}

impl Packet for (bool, &[u8]) {
    fn read(&self) -> (bool, u64, &[u8]) {
        (self.0, 0, self.1)
    }
}

/// A packet of text without losses.
pub(crate) fn part(from_orig: bool, text: &str) -> Part {
    (from_orig, 0, text.as_bytes().to_vec())
}

/// Packets without losses.
pub(crate) fn whole(packets: &[(bool, Vec<u8>)]) -> Vec<Part> {
    let packets = packets.iter();
    packets.map(|(o, data)| (*o, 0, data.clone())).collect()
}

/// Bytes of one direction, right behind those before.
pub(crate) fn chunk(ts_ns: i64, from_orig: bool, data: &[u8]) -> Chunk<'_> {
    Chunk {
        ts_ns,
        from_orig,
        lost_bytes: 0,
        data,
        wire_bytes: data.len() as u32,
    }
}

/// Gives a parser packets at the times of a clock (by their number) until it wants no more, and
/// finishes it: what it told and how it stood.
pub(crate) fn drive<P: Packet>(
    parser: &mut dyn Parser,
    packets: &[P],
    clock: impl Fn(usize) -> i64,
) -> (Vec<Event>, Progress) {
    let mut out = Vec::new();
    let mut progress = Progress::More;
    for (i, packet) in packets.iter().enumerate() {
        let (from_orig, lost_bytes, data) = packet.read();
        let chunk = Chunk {
            lost_bytes,
            ..chunk(clock(i), from_orig, data)
        };
        progress = parser.parse(&chunk, &mut out);
        if matches!(progress, Progress::Done | Progress::Handover(_)) {
            break;
        }
    }
    parser.finish(&mut out);
    (out, progress)
}

/// A conversation gives the same rows byte by byte, and some wherever it is cut or bytes are lost.
pub(crate) fn cut_anywhere_and_lossy<Row: PartialEq + std::fmt::Debug>(
    parts: &[Part],
    run: impl Fn(&[Part]) -> Vec<Row>,
) {
    let singly: Vec<Part> = parts
        .iter()
        .flat_map(|(o, _, data)| data.chunks(1).map(|byte| (*o, 0, byte.to_vec())))
        .collect();
    assert_eq!(run(&singly), run(parts));
    for cut in 1..singly.len() {
        assert!(!run(&singly[..cut]).is_empty());
    }
    for i in 0..parts.len() {
        let mut lossy = parts.to_vec();
        lossy[i].1 = 9;
        assert!(!run(&lossy).is_empty());
    }
}

/// The rows of the only table that was told of.
macro_rules! rows {
    ($events:expr, $kind:ident) => {
        $events
            .into_iter()
            .map(|event| match event {
                crate::protocols::Event::$kind(row) => *row,
                other => panic!("another table: {other:?}"),
            })
            .collect::<Vec<_>>()
    };
}
pub(crate) use rows;

/// The first bytes of both sides of a conversation with a server's port.
pub(crate) fn opening<'a>(orig: &'a [u8], resp: &'a [u8], resp_p: u16) -> Opening<'a> {
    Opening {
        orig,
        resp,
        orig_p: 40000,
        resp_p,
        cut: false,
    }
}
