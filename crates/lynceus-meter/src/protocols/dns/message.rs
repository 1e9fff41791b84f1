//! DNS messages from hostile bytes: header, questions, records, compressed names.
//!
//! A name takes at most [`POINTERS`] compression pointers, each pointing before itself, and at
//! most 255 bytes, so no message can make the reader loop.

use std::borrow::Cow;

use super::names::{rcode_name, type_name};
use super::netbios;
use super::rdata;
use crate::protocols::wire::Wire;

/// Compression pointers followed for one name.
const POINTERS: usize = 32;
/// Bytes of a name on the wire.
const NAME_BYTES: usize = 255;
/// Questions read of one message.
const QUESTIONS: usize = 16;
/// Records kept of one answer section.
const ANSWERS: usize = 64;
/// Record type of EDNS.
const OPT: u16 = 41;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// Name, lower case, without the final dot.
    pub(crate) name: String,
    /// Record type.
    pub(crate) qtype: u16,
    /// True where the type is one of NetBIOS.
    pub(crate) netbios: bool,
}

impl Question {
    /// Words for the record type.
    pub(crate) fn type_name(&self) -> Cow<'static, str> {
        match self.qtype {
            netbios::NB if self.netbios => Cow::Borrowed("NB"),
            netbios::NBSTAT if self.netbios => Cow::Borrowed("NBSTAT"),
            other => type_name(other),
        }
    }
}

/// An answer record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Owner name.
    pub(crate) name: String,
    /// Record type.
    pub(crate) rtype: u16,
    /// Time to live, seconds.
    pub(crate) ttl_s: u32,
    /// Data in presentation form.
    pub(crate) data: String,
}

/// A message as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Transaction id.
    pub(crate) id: u16,
    /// True for an answer.
    pub(crate) response: bool,
    /// Operation code.
    pub(crate) opcode: u8,
    /// Response code with its EDNS extension.
    pub(crate) rcode: u16,
    /// Questions, at most [`QUESTIONS`].
    pub(crate) questions: Vec<Question>,
    /// Records of the answer section, at most [`ANSWERS`].
    pub(crate) answers: Vec<Answer>,
    /// Type of the first record of the answer section.
    pub(crate) first_rtype: Option<u16>,
    /// True when every section was read to the last byte of the message.
    pub(crate) whole: bool,
    /// True when the counts and flags of the header are those of a sane message.
    pub(crate) sane: bool,
    /// True when names were decoded as those of NetBIOS.
    pub(crate) netbios: bool,
}

impl Message {
    /// Words for the response code.
    pub(crate) fn rcode_name(&self) -> Cow<'static, str> {
        rcode_name(self.rcode)
    }

    /// Takes names and types for those of NetBIOS.
    pub(crate) fn name_as_netbios(&mut self) {
        self.netbios = true;
        for question in &mut self.questions {
            question.netbios = true;
            if let Some(name) = netbios::decode(&question.name) {
                question.name = name;
            }
        }
        for answer in &mut self.answers {
            if let Some(name) = netbios::decode(&answer.name) {
                answer.name = name;
            }
        }
    }
}

/// Reads a message as far as it goes; `None` when there is no header, or no question in a query.
/// `answers` false leaves the data of records unread (for probing).
pub(crate) fn read(bytes: &[u8], answers: bool) -> Option<Message> {
    let mut w = Wire::new(bytes);
    let (mut message, counts) = read_header(&mut w)?;
    let [questions, answer_records, authority, additional] = counts.map(usize::from);
    let complete = read_questions(bytes, &mut w, &mut message, questions)
        .and_then(|()| read_records(bytes, &mut w, &mut message, answers, answer_records))
        .and_then(|()| skip_records(bytes, &mut w, &mut message, authority))
        .and_then(|()| skip_records(bytes, &mut w, &mut message, additional));
    if complete.is_none() && message.questions.is_empty() && !message.response {
        return None;
    }
    message.whole = complete.is_some() && w.is_empty();
    Some(message)
}

fn read_questions<'a>(
    bytes: &'a [u8],
    w: &mut Wire<'a>,
    message: &mut Message,
    count: usize,
) -> Option<()> {
    for _ in 0..count {
        let name = read_name(bytes, w)?;
        let qtype = w.u16()?;
        w.u16()?;
        if message.questions.len() < QUESTIONS {
            message.questions.push(Question {
                name,
                qtype,
                netbios: false,
            });
        }
    }
    Some(())
}

/// Whether the header is that of a sane message; `None` when it is not all there.
pub(crate) fn header_is_sane(bytes: &[u8]) -> Option<bool> {
    read_header(&mut Wire::new(bytes)).map(|(message, _)| message.sane)
}

fn read_header(w: &mut Wire<'_>) -> Option<(Message, [u16; 4])> {
    let id = w.u16()?;
    let flags = w.u16()?;
    let counts = [w.u16()?, w.u16()?, w.u16()?, w.u16()?];
    let mut message = Message {
        id,
        response: flags & 0x8000 != 0,
        opcode: ((flags >> 11) & 15) as u8,
        rcode: flags & 15,
        ..Message::default()
    };
    message.sane = is_sane(&message, flags, counts);
    Some((message, counts))
}

fn is_sane(message: &Message, flags: u16, counts: [u16; 4]) -> bool {
    let [questions, answers, authority, additional] = counts;
    let known_opcode = matches!(message.opcode, 0..=2 | 4..=8);
    let reserved = flags & 0x0040 != 0;
    let records = u32::from(questions) + u32::from(answers) + u32::from(authority);
    let some = records + u32::from(additional) > 0;
    // The inverse query of old gives the answer and asks for the question.
    let asks = questions > 0 || message.response || (message.opcode == 1 && answers > 0);
    let error_in_query = !message.response && message.rcode != 0;
    known_opcode && !reserved && some && asks && !error_in_query && questions <= 32
}

fn read_records<'a>(
    bytes: &'a [u8],
    w: &mut Wire<'a>,
    message: &mut Message,
    wanted: bool,
    count: usize,
) -> Option<()> {
    for _ in 0..count {
        let record = read_record(bytes, w, wanted)?;
        message.first_rtype.get_or_insert(record.rtype);
        if wanted && message.answers.len() < ANSWERS {
            message.answers.push(Answer {
                data: rdata::present(bytes, &record),
                name: record.name,
                rtype: record.rtype,
                ttl_s: record.ttl_s,
            });
        }
    }
    Some(())
}

fn skip_records<'a>(
    bytes: &'a [u8],
    w: &mut Wire<'a>,
    message: &mut Message,
    count: usize,
) -> Option<()> {
    for _ in 0..count {
        let record = read_record(bytes, w, false)?;
        if record.rtype == OPT {
            message.rcode |= ((record.ttl_s >> 24) as u16) << 4;
        }
    }
    Some(())
}

/// A resource record with its data still raw.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    /// Owner name, empty where it is not wanted.
    pub(crate) name: String,
    /// Record type.
    pub(crate) rtype: u16,
    /// Time to live, seconds.
    pub(crate) ttl_s: u32,
    /// Data; names in it may point into the message.
    pub(crate) data: Wire<'a>,
}

fn read_record<'a>(bytes: &'a [u8], w: &mut Wire<'a>, named: bool) -> Option<Record<'a>> {
    let name = if named {
        read_name(bytes, w)?
    } else {
        skip_name(w)?;
        String::new()
    };
    let rtype = w.u16()?;
    w.u16()?;
    let ttl_s = w.u32()?;
    let data = w.block16()?;
    Some(Record {
        name,
        rtype,
        ttl_s,
        data,
    })
}

/// Moves behind a name without following its pointer.
fn skip_name(w: &mut Wire<'_>) -> Option<()> {
    loop {
        match w.u8()? {
            0 => return Some(()),
            length @ 1..=63 => w.take(usize::from(length))?,
            0xc0.. => return w.u8().map(|_| ()),
            _ => return None,
        };
    }
}

/// Reads a name, following compression pointers into `bytes`. The root is `.`.
pub(crate) fn read_name<'a>(bytes: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let mut name = String::new();
    let mut jumps = 0;
    let mut taken = 0usize;
    let mut away: Option<Wire<'a>> = None;
    loop {
        let at = away.as_mut().unwrap_or(w);
        let length = at.u8()?;
        match length {
            0 => break,
            1..=63 => {
                taken = taken.saturating_add(usize::from(length) + 1);
                if taken > NAME_BYTES {
                    return None;
                }
                let label = at.take(usize::from(length))?;
                if !name.is_empty() {
                    name.push('.');
                }
                push_label(&mut name, label);
            }
            0xc0.. => {
                let low = at.u8()?;
                let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                jumps += 1;
                if jumps > POINTERS {
                    return None;
                }
                away = Some(Wire::new(bytes.get(target..)?));
            }
            _ => return None,
        }
    }
    if name.is_empty() {
        name.push('.');
    }
    Some(name)
}

/// Appends a label, lower case; a dot or backslash escaped, other bytes as `\DDD`.
fn push_label(name: &mut String, label: &[u8]) {
    for &byte in label {
        match byte {
            b'.' | b'\\' => {
                name.push('\\');
                name.push(char::from(byte));
            }
            0x21..=0x7e => name.push(char::from(byte.to_ascii_lowercase())),
            _ => {
                name.push('\\');
                for digit in [byte / 100, byte / 10 % 10, byte % 10] {
                    name.push(char::from(b'0' + digit));
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "message_test.rs"]
mod tests;
