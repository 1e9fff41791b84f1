//! DTLS 1.0 to 1.3: handshakes in datagrams, their fragments put together.
//!
//! Rules: a datagram holds whole records; one that does not is skipped from there. Messages of
//! epoch 0 are read, at most [`HANDSHAKE_BYTES`] each. Any record of a later epoch, or with the
//! unified header of DTLS 1.3, counts as encrypted.

use super::handshake::Handshake;
use super::record::{ALERT, CHANGE_CIPHER, HANDSHAKE};
use crate::packet::proto;
use crate::protocols::fingerprint::Carrier;
use crate::protocols::stream::{Assembly, Chunk};
use crate::protocols::wire::Wire;
use crate::protocols::Event;
use crate::protocols::{Door, Opening, Parser, Progress, Verdict};

/// Bytes of one handshake message kept.
const HANDSHAKE_BYTES: usize = 32 * 1024;
/// Records after which a flow is done though its handshake did not end.
const RECORDS: u32 = 256;
/// Heartbeat, the largest content type in the clear.
const HEARTBEAT: u8 = 24;

/// DTLS over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "dtls",
    probe,
    open: |_| Box::new(DtlsParser::new()),
};

/// A record of a datagram.
struct Record<'a> {
    kind: u8,
    epoch: u16,
    content: &'a [u8],
}

fn read_record<'a>(w: &mut Wire<'a>) -> Option<Record<'a>> {
    let kind = w.u8()?;
    let version = w.u16()?;
    let epoch = w.u16()?;
    w.take(6)?;
    let content = w.block16()?.rest();
    let known_version = matches!(version, 0xfeff | 0xfefd | 0xfefc | 0x0100);
    let known_kind = (CHANGE_CIPHER..=HEARTBEAT).contains(&kind);
    (known_version && known_kind).then_some(Record {
        kind,
        epoch,
        content,
    })
}

/// A fragment of a handshake message.
struct Fragment<'a> {
    kind: u8,
    length: usize,
    sequence: u16,
    offset: usize,
    data: &'a [u8],
}

fn read_fragment<'a>(w: &mut Wire<'a>) -> Option<Fragment<'a>> {
    let kind = w.u8()?;
    let length = w.u24()? as usize;
    let sequence = w.u16()?;
    let offset = w.u24()? as usize;
    let data = w.block24()?.rest();
    let inside = offset
        .checked_add(data.len())
        .is_some_and(|end| end <= length);
    (inside && length <= HANDSHAKE_BYTES).then_some(Fragment {
        kind,
        length,
        sequence,
        offset,
        data,
    })
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let first = read_record(&mut Wire::new(bytes));
    let hello = first.filter(|r| r.kind == HANDSHAKE && r.epoch == 0);
    match hello.and_then(|r| read_fragment(&mut Wire::new(r.content))) {
        Some(fragment) if matches!(fragment.kind, 1..=3) => Verdict::Yes,
        _ => Verdict::No,
    }
}

/// One direction: the message whose fragments are coming.
#[derive(Debug, Default)]
struct Side {
    assembly: Assembly,
    sequence: u16,
    seen: bool,
    went_on: bool,
}

/// The parser of one DTLS conversation.
#[derive(Debug)]
struct DtlsParser {
    handshake: Handshake,
    orig: Side,
    resp: Side,
    records: u32,
    ended: bool,
}

impl DtlsParser {
    fn new() -> Self {
        DtlsParser {
            handshake: Handshake::new(Carrier::Dtls),
            orig: Side::default(),
            resp: Side::default(),
            records: 0,
            ended: false,
        }
    }

    fn side(&mut self, from_orig: bool) -> &mut Side {
        if from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        }
    }

    fn record(&mut self, chunk: &Chunk<'_>, record: &Record<'_>) {
        self.records = self.records.saturating_add(1);
        if record.epoch > 0 {
            self.side(chunk.from_orig).went_on = true;
            return;
        }
        match record.kind {
            HANDSHAKE => {
                let mut w = Wire::new(record.content);
                while let Some(fragment) = read_fragment(&mut w) {
                    self.fragment(chunk, &fragment);
                }
            }
            ALERT if record.content.first() == Some(&2) => self.ended = true,
            CHANGE_CIPHER if self.handshake.client_is_orig == Some(!chunk.from_orig) => {
                self.handshake.server_changed_cipher(false);
            }
            _ => {}
        }
    }

    fn fragment(&mut self, chunk: &Chunk<'_>, fragment: &Fragment<'_>) {
        if fragment.data.len() == fragment.length {
            self.message(chunk, fragment.kind, fragment.data);
            return;
        }
        let side = self.side(chunk.from_orig);
        if side.sequence != fragment.sequence {
            side.assembly = Assembly::default();
            side.sequence = fragment.sequence;
        }
        if !side
            .assembly
            .add(fragment.offset, fragment.data, HANDSHAKE_BYTES)
        {
            side.assembly = Assembly::default();
            return;
        }
        if side.assembly.contiguous().len() >= fragment.length {
            let whole = std::mem::take(&mut side.assembly);
            let body = whole.contiguous().get(..fragment.length).unwrap_or(&[]);
            self.message(chunk, fragment.kind, body);
        }
    }

    fn message(&mut self, chunk: &Chunk<'_>, kind: u8, body: &[u8]) {
        self.handshake
            .message(chunk.ts_ns, chunk.from_orig, kind, body);
    }
}

impl Parser for DtlsParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.side(chunk.from_orig).seen = true;
        let mut w = Wire::new(chunk.data);
        while let Some(&first) = w.rest().first() {
            if first & 0xe0 == 0x20 && self.handshake.has_server() {
                self.records = self.records.saturating_add(1);
                self.side(chunk.from_orig).went_on = true;
                break;
            }
            match read_record(&mut w) {
                Some(record) => self.record(chunk, &record),
                None => break,
            }
        }
        self.records = self.records.saturating_add(1);
        let went_on = self.orig.went_on && self.resp.went_on;
        if went_on || self.ended || self.records >= RECORDS {
            self.finish(out);
            return Progress::Done;
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let both = self.orig.went_on && self.resp.went_on;
        let known = both || (self.orig.seen && self.resp.seen);
        self.handshake.tell(known.then_some(both), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::events::TlsEvent;
    use crate::protocols::testing::{self, drive, rows};
    use crate::protocols::tls::tests_support::{client_hello, server_hello};

    fn record(kind: u8, epoch: u16, content: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, 0xfe, 0xfd];
        out.extend(epoch.to_be_bytes());
        out.extend([0; 6]);
        out.extend((content.len() as u16).to_be_bytes());
        out.extend(content);
        out
    }

    fn fragment(kind: u8, sequence: u16, length: usize, offset: usize, data: &[u8]) -> Vec<u8> {
        let u24 = |n: usize| (n as u32).to_be_bytes()[1..].to_vec();
        let mut out = vec![kind];
        out.extend(u24(length));
        out.extend(sequence.to_be_bytes());
        out.extend(u24(offset));
        out.extend(u24(data.len()));
        out.extend(data);
        out
    }

    /// A client hello with an empty cookie behind the session id.
    fn hello() -> Vec<u8> {
        let mut body = client_hello(0xfefd, &[0xc02b], &[]);
        body.insert(2 + 32 + 5, 0);
        body
    }

    fn run(parts: &[(bool, Vec<u8>)]) -> (Vec<TlsEvent>, Progress) {
        let (events, progress) = drive(&mut DtlsParser::new(), parts, |_| 3);
        (rows!(events, Tls), progress)
    }

    #[test]
    fn a_handshake_in_fragments() {
        let body = hello();
        let (a, b) = body.split_at(20);
        let first = record(22, 0, &fragment(1, 0, body.len(), 20, b));
        let second = record(22, 0, &fragment(1, 0, body.len(), 0, a));
        let server = server_hello(0xfefd, 0xc02b, &[]);
        let server = record(22, 0, &fragment(2, 0, server.len(), 0, &server));
        let (rows, progress) = run(&[
            (true, first),
            (true, second),
            (false, server),
            (true, record(22, 1, &[9; 40])),
            (false, record(22, 1, &[9; 40])),
        ]);
        assert_eq!(progress, Progress::Done);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].version.as_deref(), Some("DTLS1.2"));
        assert_eq!(rows[0].established, Some(true));
        assert!(rows[0]
            .ja4
            .as_deref()
            .is_some_and(|j| j.starts_with("dd2i0100")));
    }

    #[test]
    fn probing() {
        let ask = |bytes: &[u8]| probe(&testing::opening(bytes, &[], 2));
        let body = hello();
        let good = record(22, 0, &fragment(1, 0, body.len(), 0, &body));
        assert_eq!(ask(&good), Verdict::Yes);
        assert_eq!(ask(&good[..20]), Verdict::No);
        assert_eq!(ask(&record(23, 1, &[1; 30])), Verdict::No);
        let lying = record(22, 0, &fragment(1, 0, 5, 4, &[0; 8]));
        assert_eq!(ask(&lying), Verdict::No);
    }
}
