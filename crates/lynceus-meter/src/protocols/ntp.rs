//! NTP over UDP (RFC 5905): one row a request with its answers, or a message nobody asked for.
//!
//! Rules: a request waits for its answers until the next one or the end of the flow, so that a
//! control or private request (modes 6 and 7, whose answers may be a hundred times as long) is
//! told with all of them. On another port than its own only an answer is recognised, by its
//! length, its small numbers and two times of the server that lie close together.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::stream::Chunk;
use super::wire::{printable, Wire};
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 123;
/// Bytes of a message that tells the time.
const TIME_BYTES: usize = 48;
/// Seconds from 1900 to 1970.
const UNIX_EPOCH_S: i64 = 2_208_988_800;
/// Seconds of one era of NTP.
const ERA_S: i64 = 1 << 32;
/// How far apart the two times of an answer may lie where nothing else tells the protocol, seconds.
const ANSWER_S: u32 = 60;

event_table! {
    /// One NTP request with its answers.
    NtpEvent / NtpTable = "ntp" {
        /// Version of the request, else of the answer.
        version: Option<u16>,
        /// Mode of the request, else of the message.
        mode: Option<Cow<'static, str>>,
        /// What a control or private message asks for.
        request_code: Option<Cow<'static, str>>,
        /// Distance of the server from a reference clock.
        stratum: Option<u16>,
        /// Reference clock or server of the server.
        ref_id: Option<String>,
        /// Time the server tells minus time of the capture.
        offset_s: Option<f64>,
        /// Bytes of the request.
        request_bytes: Option<u32>,
        /// Answers.
        answers: Option<u32>,
        /// Bytes of all answers.
        answer_bytes: Option<u32>,
    }
}

/// NTP over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "ntp",
    probe,
    open: |_| Box::<NtpParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let fits = match Message::read(opening.datagram()) {
        Some(message) if opening.has_port(PORT) => message.is_plausible(),
        Some(message) => message.is_surely_an_answer(),
        None => false,
    };
    if fits {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// A message as far as it is looked at.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    bytes: &'a [u8],
    version: u8,
    mode: u8,
}

impl<'a> Message<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let message = Message {
            bytes,
            version: (first >> 3) & 7,
            mode: first & 7,
        };
        let least = match message.mode {
            0 => return None,
            6 => 12,
            7 => 8,
            _ => TIME_BYTES,
        };
        let known = (1..=4).contains(&message.version);
        (known && bytes.len() >= least).then_some(message)
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn word(&self, at: usize) -> u32 {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    /// What may stand on the port of the protocol.
    fn is_plausible(&self) -> bool {
        match self.mode {
            6 => true,
            7 => matches!(self.byte(2), 0 | 2 | 3),
            _ => self.byte(1) <= 16,
        }
    }

    /// An answer that nothing else looks like.
    fn is_surely_an_answer(&self) -> bool {
        let (received, sent) = (self.word(32), self.word(40));
        self.mode == 4
            && self.version >= 3
            && matches!(self.bytes.len(), 48 | 68 | 72)
            && (1..=15).contains(&self.byte(1))
            && self.byte(2) <= 17
            && self.byte(3) >= 0xe0
            && self.word(4) < 16 << 16
            && self.word(8) < 16 << 16
            && received != 0
            && self.word(24) != 0
            && sent.wrapping_sub(received) <= ANSWER_S
    }

    /// True of what answers; of the time messages the servers' and broadcasts do.
    fn is_answer(&self) -> bool {
        match self.mode {
            2 | 4 | 5 => true,
            6 => self.byte(1) & 0x80 != 0,
            7 => self.byte(0) & 0x80 != 0,
            _ => false,
        }
    }

    fn mode_name(&self) -> &'static str {
        match self.mode {
            1 => "symmetric_active",
            2 => "symmetric_passive",
            3 => "client",
            4 => "server",
            5 => "broadcast",
            6 => "control",
            _ => "private",
        }
    }

    fn request_code(&self) -> Option<Cow<'static, str>> {
        let (kind, code) = match self.mode {
            6 => ("OP", self.byte(1) & 0x1f),
            7 => ("REQ", self.byte(3)),
            _ => return None,
        };
        let name = match (kind, code) {
            ("OP", 1) => "READSTAT",
            ("OP", 2) => "READVAR",
            ("OP", 3) => "WRITEVAR",
            ("OP", 4) => "READCLOCK",
            ("OP", 5) => "WRITECLOCK",
            ("OP", 6) => "SETTRAP",
            ("OP", 8) => "CONFIGURE",
            ("OP", 9) => "SAVECONFIG",
            ("OP", 10) => "READ_MRU",
            ("OP", 12) => "REQ_NONCE",
            ("OP", 31) => "UNSETTRAP",
            ("REQ", 0) => "PEER_LIST",
            ("REQ", 1) => "PEER_LIST_SUM",
            ("REQ", 4) => "SYS_INFO",
            ("REQ", 16) => "GET_RESTRICT",
            ("REQ", 20) => "MON_GETLIST",
            ("REQ", 42) => "MON_GETLIST_1",
            _ => return Some(Cow::Owned(format!("{kind}{code}"))),
        };
        Some(Cow::Borrowed(name))
    }

    /// Four letters of a reference clock, else the address of the server's server.
    fn ref_id(&self) -> Option<String> {
        let bytes = self.bytes.get(12..16)?;
        let end = bytes.iter().rposition(|b| *b != 0)?;
        if self.byte(1) > 1 {
            return Some(Ipv4Addr::from(self.word(12)).to_string());
        }
        Some(printable(bytes.get(..=end)?, 4))
    }

    /// Time the message was sent by its own clock, minus that of the capture.
    fn offset_s(&self, ts_ns: i64) -> Option<f64> {
        let mut w = Wire::new(self.bytes.get(40..48)?);
        let (seconds, fraction) = (w.u32()?, w.u32()?);
        if seconds == 0 {
            return None;
        }
        // Times of the first era before 1968 are those of the second, from 2036 on.
        let era = if seconds & 0x8000_0000 == 0 { ERA_S } else { 0 };
        let seconds = i64::from(seconds) + era - UNIX_EPOCH_S;
        let whole = seconds.checked_sub(ts_ns.div_euclid(1_000_000_000))?;
        let part =
            f64::from(fraction) / ERA_S as f64 - ts_ns.rem_euclid(1_000_000_000) as f64 / 1e9;
        Some(whole as f64 + part)
    }

    /// Puts what a server says of itself into a row.
    fn tell_of_server(&self, row: &mut NtpEvent, ts_ns: i64) {
        if self.mode < 6 {
            row.stratum = Some(u16::from(self.byte(1)));
            row.ref_id = self.ref_id();
            row.offset_s = self.offset_s(ts_ns);
        }
    }
}

/// The parser of one flow.
#[derive(Debug, Default)]
struct NtpParser {
    pending: Option<(bool, NtpEvent)>,
    allowance: Allowance,
}

impl NtpParser {
    fn tell(&mut self, out: &mut Vec<Event>) {
        if let Some((_, row)) = self.pending.take() {
            Rows::new(&mut self.allowance, out).tell(Event::Ntp(Box::new(row)));
        }
    }
}

impl Parser for NtpParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let Some(message) = Message::read(chunk.data) else {
            return Progress::Foreign;
        };
        let answers_pending = message.is_answer()
            && self
                .pending
                .as_ref()
                .is_some_and(|(from_orig, _)| *from_orig != chunk.from_orig);
        if !answers_pending {
            self.tell(out);
            let mut row = NtpEvent {
                ts_ns: chunk.ts_ns,
                version: Some(u16::from(message.version)),
                mode: Some(Cow::Borrowed(message.mode_name())),
                request_code: message.request_code(),
                ..NtpEvent::default()
            };
            if message.is_answer() {
                // Nobody asked: what comes from the other side next answers the answer's side.
                row.answers = Some(0);
                row.answer_bytes = Some(0);
                self.pending = Some((!chunk.from_orig, row));
            } else {
                row.request_bytes = Some(chunk.wire_bytes);
                row.answers = Some(0);
                self.pending = Some((chunk.from_orig, row));
                return Progress::More;
            }
        }
        if let Some((_, row)) = &mut self.pending {
            message.tell_of_server(row, chunk.ts_ns);
            row.answers = row.answers.map(|n| n.saturating_add(1));
            let bytes = row.answer_bytes.unwrap_or(0);
            row.answer_bytes = Some(bytes.saturating_add(chunk.wire_bytes));
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.tell(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive, rows};

    /// A message that tells the time 2022-02-22 22:22:22 and a half.
    fn time(mode: u8, stratum: u8, ref_id: &[u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0x20 | mode, stratum, 6, 0xe9, 0, 0, 0, 9, 0, 0, 0, 9];
        bytes.extend(ref_id);
        for fraction in [0u32, 0, 0, 1 << 31] {
            bytes.extend(((1_645_568_542i64 + UNIX_EPOCH_S) as u32).to_be_bytes());
            bytes.extend(fraction.to_be_bytes());
        }
        bytes
    }

    fn monlist(answer: bool) -> Vec<u8> {
        let mut bytes = vec![0x17, 0, 3, 42, 0, 0, 0, 0];
        if answer {
            bytes[0] |= 0x80;
            bytes.resize(440, 7);
        }
        bytes
    }

    fn run(parts: &[(bool, Vec<u8>)]) -> Vec<NtpEvent> {
        let mut parser = NtpParser::default();
        let clock = |i: usize| 1_645_568_540_000_000_000 + i as i64 * 1_000_000_000;
        rows!(drive(&mut parser, parts, clock).0, Ntp)
    }

    fn exchange() -> Vec<(bool, Vec<u8>)> {
        vec![
            (true, time(3, 0, &[0; 4])),
            (false, time(4, 2, &[10, 0, 0, 9])),
        ]
    }

    #[test]
    fn a_request_and_its_answer() {
        let rows = run(&exchange());
        let [row] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(
            (row.version, row.mode.as_deref()),
            (Some(4), Some("client"))
        );
        assert_eq!(
            (row.stratum, row.ref_id.as_deref()),
            (Some(2), Some("10.0.0.9"))
        );
        assert_eq!(row.offset_s, Some(1.5));
        assert_eq!((row.request_bytes, row.answer_bytes), (Some(48), Some(48)));
        assert_eq!((row.answers, row.request_code.as_deref()), (Some(1), None));
    }

    #[test]
    fn many_answers_to_a_private_request() {
        let mut parts = vec![(true, monlist(false))];
        parts.extend((0..100).map(|_| (false, monlist(true))));
        parts.extend(exchange());
        let rows = run(&parts);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].mode.as_deref(), Some("private"));
        assert_eq!(rows[0].request_code.as_deref(), Some("MON_GETLIST_1"));
        assert_eq!(
            (rows[0].answers, rows[0].answer_bytes),
            (Some(100), Some(44_000))
        );
        assert_eq!((rows[0].stratum, rows[0].request_bytes), (None, Some(8)));
    }

    #[test]
    fn without_request_or_answer() {
        let rows = run(&[(true, time(3, 0, &[0; 4])), (true, time(5, 1, b"GPS\0"))]);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].answers, rows[0].stratum), (Some(0), None));
        assert_eq!(rows[1].mode.as_deref(), Some("broadcast"));
        assert_eq!(
            (rows[1].ref_id.as_deref(), rows[1].answers),
            (Some("GPS"), Some(1))
        );
        let control = run(&[(true, vec![0x16, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])]);
        assert_eq!(control[0].request_code.as_deref(), Some("READVAR"));
        let mut parser = NtpParser::default();
        let (_, progress) = drive(&mut parser, &[(true, vec![1, 2])], |_| 0);
        assert_eq!(progress, Progress::Foreign);
    }

    #[test]
    fn probing() {
        let ask = |data: &[u8], port| probe(&testing::opening(data, &[], port));
        for bytes in [time(3, 0, &[0; 4]), monlist(false), monlist(true)] {
            assert_eq!(ask(&bytes, PORT), Verdict::Yes);
            assert_eq!(ask(&bytes, 999), Verdict::No);
        }
        assert_eq!(ask(&time(4, 2, &[1; 4]), 999), Verdict::Yes);
        assert_eq!(ask(&time(4, 0, &[1; 4]), 999), Verdict::No);
        assert_eq!(ask(&time(4, 2, &[1; 4])[..47], PORT), Verdict::No);
        assert_eq!(ask(&[0; 48], PORT), Verdict::No);
        assert_eq!(ask(&[0xff; 48], PORT), Verdict::No);
    }

    /// `cargo test -p lynceus-meter seeds_of_ntp -- --ignored` writes the seeds anew.
    #[test]
    #[ignore = "writes files; run by hand when the seeds change"]
    fn seeds_of_ntp() {
        use crate::protocols::fuzzing::tests::write_seed;
        write_seed("ntp", "time", false, &exchange());
        let parts = [(true, monlist(false)), (false, monlist(true))];
        write_seed("ntp", "monlist", false, &parts);
    }
}
