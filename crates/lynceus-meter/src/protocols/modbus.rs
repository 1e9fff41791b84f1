//! Modbus over TCP: one row a unit and function of a connection, told when it ends and anew for
//! each hour that it lasts.
//!
//! Rules: who sends requests is the client; on the port of the protocol that is who connects to
//! it. Elsewhere both sides must have spoken, with one transaction in common. An answer belongs to
//! the row of its unit and function. At most [`ROWS`] units and functions wait.

use std::borrow::Cow;

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::wire::Wire;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 502;
/// Bytes before the unit.
const HEADER_BYTES: usize = 6;
/// Longest frame.
const FRAME_BYTES: usize = 260;
/// Units and functions of a connection that are gathered at once.
const ROWS: usize = 512;
/// Different exceptions kept of a row.
const EXCEPTIONS: usize = 16;

event_table! {
    /// One unit and function of a Modbus connection.
    ModbusEvent / ModbusTable = "modbus" {
        /// Unit addressed.
        unit: Option<u16>,
        /// Name of the function.
        func: Option<Cow<'static, str>>,
        /// Number of the function.
        func_code: Option<u16>,
        /// Requests.
        requests: Option<u32>,
        /// Answers without an exception.
        responses: Option<u32>,
        /// Answers with an exception.
        exceptions: Option<u32>,
        /// Exceptions by name.
        exception: Option<Vec<String>>,
        /// Lowest address asked for or written.
        address_min: Option<u16>,
        /// Highest address that a request began at.
        address_max: Option<u16>,
    }
}

/// Modbus over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "modbus",
    probe,
    open: |opening| {
        Box::new(ModbusParser {
            // The port tells the server even where it spoke first in the capture.
            client_is_orig: opening.resp_p == PORT || opening.orig_p != PORT,
            ..ModbusParser::default()
        })
    },
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [Frame::read(opening.orig), Frame::read(opening.resp)];
    match (opening.has_port(PORT), sides) {
        (true, [Some(_), _] | [_, Some(_)]) => Verdict::Yes,
        (false, [Some(a), Some(b)]) if a.answers(&b) => Verdict::Yes,
        _ if opening.orig.len() < FRAME_BYTES && opening.resp.len() < FRAME_BYTES => Verdict::Maybe,
        _ => Verdict::No,
    }
}

fn length(bytes: &[u8]) -> Length {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return Length::More;
    };
    match *header {
        [_, _, 0, 0, high, low] => match u16::from_be_bytes([high, low]) {
            bytes @ 2..=254 => Length::Is(u64::from(bytes) + HEADER_BYTES as u64),
            _ => Length::Bad,
        },
        _ => Length::Bad,
    }
}

/// What every frame says.
#[derive(Clone, Copy, Debug)]
struct Frame<'a> {
    transaction: u16,
    unit: u8,
    /// Without the bit of exceptions.
    func: u8,
    is_exception: bool,
    data: &'a [u8],
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Option<Frame<'a>> {
        let Length::Is(total) = length(bytes) else {
            return None;
        };
        let mut w = Wire::new(bytes.get(..usize::try_from(total).ok()?)?);
        let transaction = w.u16()?;
        w.u32()?;
        let (unit, func) = (w.u8()?, w.u8()?);
        let frame = Frame {
            transaction,
            unit,
            func: func & 0x7f,
            is_exception: func & 0x80 != 0,
            data: w.rest(),
        };
        // Some devices send a byte too many.
        let fits = !frame.is_exception || matches!(frame.data.len(), 1 | 2);
        (fits
            && (name(frame.func).is_some()
                || (65..=72).contains(&frame.func)
                || (100..=110).contains(&frame.func)))
        .then_some(frame)
    }

    fn answers(&self, other: &Frame<'_>) -> bool {
        (self.transaction, self.unit, self.func) == (other.transaction, other.unit, other.func)
            && !(self.is_exception && other.is_exception)
    }

    /// Where a request begins to read or write.
    fn address(&self) -> Option<u16> {
        matches!(self.func, 1..=6 | 15 | 16 | 22 | 23).then(|| Wire::new(self.data).u16())?
    }
}

/// Names as Zeek gives them.
fn name(func: u8) -> Option<&'static str> {
    Some(match func {
        1 => "READ_COILS",
        2 => "READ_DISCRETE_INPUTS",
        3 => "READ_HOLDING_REGISTERS",
        4 => "READ_INPUT_REGISTERS",
        5 => "WRITE_SINGLE_COIL",
        6 => "WRITE_SINGLE_REGISTER",
        7 => "READ_EXCEPTION_STATUS",
        8 => "DIAGNOSTICS",
        11 => "GET_COMM_EVENT_COUNTER",
        12 => "GET_COMM_EVENT_LOG",
        15 => "WRITE_MULTIPLE_COILS",
        16 => "WRITE_MULTIPLE_REGISTERS",
        17 => "REPORT_SLAVE_ID",
        20 => "READ_FILE_RECORD",
        21 => "WRITE_FILE_RECORD",
        22 => "MASK_WRITE_REGISTER",
        23 => "READ_WRITE_MULTIPLE_REGISTERS",
        24 => "READ_FIFO_QUEUE",
        43 => "ENCAP_INTERFACE_TRANSPORT",
        90 => "PROGRAM_UNITY",
        91 => "PROGRAM_CONCEPT",
        _ => return None,
    })
}

fn exception_name(code: u8) -> String {
    match code {
        1 => "ILLEGAL_FUNCTION".into(),
        2 => "ILLEGAL_DATA_ADDRESS".into(),
        3 => "ILLEGAL_DATA_VALUE".into(),
        4 => "SLAVE_DEVICE_FAILURE".into(),
        5 => "ACKNOWLEDGE".into(),
        6 => "SLAVE_DEVICE_BUSY".into(),
        8 => "MEMORY_PARITY_ERROR".into(),
        10 => "GATEWAY_PATH_UNAVAILABLE".into(),
        11 => "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND".into(),
        other => format!("EXCEPTION_{other}"),
    }
}

/// The parser of one connection.
#[derive(Debug)]
struct ModbusParser {
    client_is_orig: bool,
    orig: Frames,
    resp: Frames,
    rows: Vec<ModbusEvent>,
}

impl Default for ModbusParser {
    fn default() -> Self {
        ModbusParser {
            client_is_orig: true,
            orig: Frames::new(FRAME_BYTES),
            resp: Frames::new(FRAME_BYTES),
            rows: Vec::new(),
        }
    }
}

fn count(counter: &mut Option<u32>) {
    *counter = Some(counter.unwrap_or(0).saturating_add(1));
}

impl ModbusParser {
    /// The row of a unit and function, a new one when the last has lasted long enough.
    fn row(
        &mut self,
        frame: &Frame<'_>,
        ts_ns: i64,
        out: &mut Vec<Event>,
    ) -> Option<&mut ModbusEvent> {
        let key = (Some(u16::from(frame.unit)), Some(u16::from(frame.func)));
        let place = self.rows.iter().position(|r| (r.unit, r.func_code) == key);
        let place = match place {
            Some(i) if ts_ns.saturating_sub(self.rows.get(i)?.ts_ns) > ROW_NS => {
                out.push(Event::Modbus(Box::new(self.rows.swap_remove(i))));
                None
            }
            other => other,
        };
        if let Some(i) = place {
            return self.rows.get_mut(i);
        }
        if self.rows.len() >= ROWS {
            out.push(Event::Modbus(Box::new(self.rows.remove(0))));
        }
        let func = name(frame.func).map_or_else(
            || Cow::Owned(format!("FUNCTION_{}", frame.func)),
            Cow::Borrowed,
        );
        self.rows.push(ModbusEvent {
            ts_ns,
            unit: key.0,
            func: Some(func),
            func_code: key.1,
            requests: Some(0),
            responses: Some(0),
            exceptions: Some(0),
            exception: Some(Vec::new()),
            ..ModbusEvent::default()
        });
        self.rows.last_mut()
    }

    fn frame(&mut self, bytes: &[u8], from_orig: bool, ts_ns: i64, out: &mut Vec<Event>) {
        let Some(frame) = Frame::read(bytes) else {
            return;
        };
        let from_client = from_orig == self.client_is_orig;
        let Some(row) = self.row(&frame, ts_ns, out) else {
            return;
        };
        if frame.is_exception {
            count(&mut row.exceptions);
            let names = row.exception.get_or_insert_with(Vec::new);
            let name = exception_name(frame.data.first().copied().unwrap_or(0));
            if names.len() < EXCEPTIONS && !names.contains(&name) {
                names.push(name);
            }
        } else if from_client {
            count(&mut row.requests);
            if let Some(at) = frame.address() {
                row.address_min = Some(row.address_min.map_or(at, |low| low.min(at)));
                row.address_max = Some(row.address_max.map_or(at, |high| high.max(at)));
            }
        } else {
            count(&mut row.responses);
        }
    }
}

impl Parser for ModbusParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut unread = Unread::of(chunk);
        // A segment is a frame or several: after a loss it is where they go on.
        let begins = |data: &[u8]| Frame::read(data).is_some();
        loop {
            let frames = if chunk.from_orig {
                &mut self.orig
            } else {
                &mut self.resp
            };
            let Some(frame) = frames.take(&mut unread, begins, length) else {
                return Progress::More;
            };
            self.frame(&frame, chunk.from_orig, chunk.ts_ns, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let rows = self.rows.drain(..);
        out.extend(rows.map(|row| Event::Modbus(Box::new(row))));
    }
}

#[cfg(test)]
#[path = "modbus/modbus_test.rs"]
mod tests;
