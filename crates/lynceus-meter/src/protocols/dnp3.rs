//! DNP3 over TCP and UDP (IEEE 1815): one row a function that one station sends another, told when
//! the flow ends and anew for each hour that it lasts.
//!
//! Rules: a link frame begins with 05 64 and its length; check sums are passed over. The function
//! stands in the first frame of a message, so a message of many frames counts once. At most
//! [`ROWS`] pairs of stations and functions wait.

use std::borrow::Cow;

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::wire::Wire;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Bytes of the link header with its check sum.
const HEADER_BYTES: usize = 10;
/// Bytes of a block of data, which has a check sum behind it.
const BLOCK_BYTES: u64 = 16;
/// Longest frame.
const FRAME_BYTES: usize = 292;
/// Rows that are gathered at once.
const ROWS: usize = 512;
/// Function codes from here on are answers.
const RESPONSE: u8 = 129;

event_table! {
    /// One function that one DNP3 station sends another.
    Dnp3Event / Dnp3Table = "dnp3" {
        /// Station that sends.
        source: Option<u16>,
        /// Station addressed.
        destination: Option<u16>,
        /// Name of the function.
        func: Option<Cow<'static, str>>,
        /// Number of the function.
        func_code: Option<u16>,
        /// Messages.
        messages: Option<u32>,
        /// Internal indications of the answers.
        iin: Option<Vec<String>>,
    }
}

/// DNP3 over TCP.
pub(crate) const TCP_DOOR: Door = door(proto::TCP);
/// DNP3 over UDP.
pub(crate) const UDP_DOOR: Door = door(proto::UDP);

const fn door(protocol: u8) -> Door {
    Door {
        protocol,
        service: |_| "dnp3",
        probe,
        open: |_| Box::<Dnp3Parser>::default(),
    }
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let begins = [opening.orig, opening.resp].map(|bytes| matches!(length(bytes), Length::Is(_)));
    if begins.contains(&true) {
        return Verdict::Yes;
    }
    let short = |bytes: &[u8]| bytes.len() < HEADER_BYTES;
    if short(opening.orig) && short(opening.resp) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn length(bytes: &[u8]) -> Length {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return Length::More;
    };
    // The check sum is what makes two bytes of start trustworthy.
    match *header {
        [0x05, 0x64, count, .., low, high]
            if count >= 5
                && check_sum(bytes.get(..8).unwrap_or(&[])) == u16::from_le_bytes([low, high]) =>
        {
            let data = u64::from(count) - 5;
            Length::Is(HEADER_BYTES as u64 + data + 2 * data.div_ceil(BLOCK_BYTES))
        }
        _ => Length::Bad,
    }
}

/// CRC-16/DNP.
fn check_sum(bytes: &[u8]) -> u16 {
    let mut sum = 0u16;
    for &byte in bytes {
        sum ^= u16::from(byte);
        for _ in 0..8 {
            let carry = sum & 1 != 0;
            sum >>= 1;
            if carry {
                sum ^= 0xa6bc;
            }
        }
    }
    !sum
}

/// What the first frame of a message says.
#[derive(Clone, Copy, Debug)]
struct Message {
    source: u16,
    destination: u16,
    func: u8,
    iin: u16,
}

impl Message {
    fn read(frame: &[u8]) -> Option<Message> {
        let mut w = Wire::new(frame);
        w.take(4)?;
        let (destination, source) = (w.le16()?, w.le16()?);
        w.u16()?;
        let is_first = w.u8()? & 0x40 != 0;
        w.u8()?;
        let func = w.u8()?;
        let iin = match func >= RESPONSE {
            true => w.u16()?,
            false => 0,
        };
        is_first.then_some(Message {
            source,
            destination,
            func,
            iin,
        })
    }
}

/// Names as Zeek gives them.
fn name(func: u8) -> Cow<'static, str> {
    Cow::Borrowed(match func {
        0 => "CONFIRM",
        1 => "READ",
        2 => "WRITE",
        3 => "SELECT",
        4 => "OPERATE",
        5 => "DIRECT_OPERATE",
        6 => "DIRECT_OPERATE_NR",
        7 => "IMMED_FREEZE",
        8 => "IMMED_FREEZE_NR",
        9 => "FREEZE_CLEAR",
        10 => "FREEZE_CLEAR_NR",
        11 => "FREEZE_AT_TIME",
        12 => "FREEZE_AT_TIME_NR",
        13 => "COLD_RESTART",
        14 => "WARM_RESTART",
        15 => "INITIALIZE_DATA",
        16 => "INITIALIZE_APPL",
        17 => "START_APPL",
        18 => "STOP_APPL",
        19 => "SAVE_CONFIG",
        20 => "ENABLE_UNSOLICITED",
        21 => "DISABLE_UNSOLICITED",
        22 => "ASSIGN_CLASS",
        23 => "DELAY_MEASURE",
        24 => "RECORD_CURRENT_TIME",
        25 => "OPEN_FILE",
        26 => "CLOSE_FILE",
        27 => "DELETE_FILE",
        28 => "GET_FILE_INFO",
        29 => "AUTHENTICATE_FILE",
        30 => "ABORT_FILE",
        31 => "ACTIVATE_CONFIG",
        32 => "AUTHENTICATE_REQ",
        33 => "AUTHENTICATE_ERR",
        129 => "RESPONSE",
        130 => "UNSOLICITED_RESPONSE",
        131 => "AUTHENTICATE_RESP",
        other => return Cow::Owned(format!("FUNCTION_{other}")),
    })
}

/// Indications, the first byte before the second, from the lowest bit on.
const INDICATIONS: [&str; 16] = [
    "NO_FUNC_CODE_SUPPORT",
    "OBJECT_UNKNOWN",
    "PARAMETER_ERROR",
    "EVENT_BUFFER_OVERFLOW",
    "ALREADY_EXECUTING",
    "CONFIG_CORRUPT",
    "RESERVED_2",
    "RESERVED_1",
    "BROADCAST",
    "CLASS_1_EVENTS",
    "CLASS_2_EVENTS",
    "CLASS_3_EVENTS",
    "NEED_TIME",
    "LOCAL_CONTROL",
    "DEVICE_TROUBLE",
    "DEVICE_RESTART",
];

/// The parser of one flow.
#[derive(Debug)]
struct Dnp3Parser {
    orig: Frames,
    resp: Frames,
    rows: Vec<Dnp3Event>,
}

impl Default for Dnp3Parser {
    fn default() -> Self {
        Dnp3Parser {
            orig: Frames::new(FRAME_BYTES),
            resp: Frames::new(FRAME_BYTES),
            rows: Vec::new(),
        }
    }
}

impl Dnp3Parser {
    fn message(&mut self, message: Message, ts_ns: i64, out: &mut Vec<Event>) {
        let Message {
            source,
            destination,
            func,
            iin,
        } = message;
        let key = (Some(source), Some(destination), Some(u16::from(func)));
        let is_it = |r: &Dnp3Event| (r.source, r.destination, r.func_code) == key;
        let mut place = self.rows.iter().position(is_it);
        let is_old = |r: &&Dnp3Event| ts_ns.saturating_sub(r.ts_ns) > ROW_NS;
        if let Some(i) = place.filter(|i| self.rows.get(*i).as_ref().is_some_and(is_old)) {
            out.push(Event::Dnp3(Box::new(self.rows.swap_remove(i))));
            place = None;
        }
        if place.is_none() {
            if self.rows.len() >= ROWS {
                out.push(Event::Dnp3(Box::new(self.rows.remove(0))));
            }
            place = Some(self.rows.len());
            self.rows.push(Dnp3Event {
                ts_ns,
                source: key.0,
                destination: key.1,
                func: Some(name(func)),
                func_code: key.2,
                messages: Some(0),
                iin: (func >= RESPONSE).then(Vec::new),
            });
        }
        let Some(row) = place.and_then(|i| self.rows.get_mut(i)) else {
            return;
        };
        row.messages = row.messages.map(|n| n.saturating_add(1));
        for (bit, name) in INDICATIONS.iter().enumerate() {
            let names = row.iin.get_or_insert_with(Vec::new);
            if iin >> bit & 1 != 0 && !names.iter().any(|known| known == name) {
                names.push((*name).to_owned());
            }
        }
        if func < RESPONSE {
            row.iin = None;
        }
    }
}

impl Parser for Dnp3Parser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut unread = Unread::of(chunk);
        let begins = |data: &[u8]| matches!(length(data), Length::Is(_));
        loop {
            let frames = if chunk.from_orig {
                &mut self.orig
            } else {
                &mut self.resp
            };
            let Some(frame) = frames.take(&mut unread, begins, length) else {
                return Progress::More;
            };
            if let Some(message) = Message::read(&frame) {
                self.message(message, chunk.ts_ns, out);
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let rows = self.rows.drain(..);
        out.extend(rows.map(|row| Event::Dnp3(Box::new(row))));
    }
}

#[cfg(test)]
#[path = "dnp3/dnp3_test.rs"]
mod tests;
