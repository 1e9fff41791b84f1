//! Packets of some flows out of a capture, for whole columns of flows.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::net::IpAddr;
use std::path::PathBuf;

use arrow_schema::DataType;
use lynceus_meter::cut::{cut, CutError, Request, Stretch, Wanted};
use lynceus_meter::ids::{mapped, protocol_number};
use lynceus_meter::packet::Packet;
use pyo3::prelude::*;

use crate::column::{same_length, Column, TEXT};
use crate::InputError;

/// Columns of the flows whose packets are wanted, in this order.
const NAMES: [&str; 10] = [
    "orig_h",
    "orig_p",
    "resp_h",
    "resp_p",
    "proto",
    "first_frame",
    "last_frame",
    "ts_ns",
    "end_ns",
    "comment",
];

struct Columns([Column; NAMES.len()]);

impl Columns {
    fn read(flows: &Bound<'_, PyAny>) -> PyResult<Columns> {
        let types = [
            &TEXT[..],
            &[DataType::UInt16],
            &TEXT,
            &[DataType::UInt16],
            &TEXT,
            &[DataType::UInt64],
            &[DataType::UInt64],
            &[DataType::Int64],
            &[DataType::Int64],
            &[DataType::UInt32],
        ];
        let mut columns = Vec::new();
        for (name, types) in NAMES.into_iter().zip(types) {
            columns.push(Column::read(&flows.get_item(name)?, name, types)?);
        }
        let columns: [Column; NAMES.len()] = columns
            .try_into()
            .unwrap_or_else(|_| unreachable!("as many columns as names"));
        let (first, others) = columns.split_at(1);
        same_length(&first[0], &others.iter().collect::<Vec<_>>())?;
        Ok(Columns(columns))
    }

    /// All rows as one request; rows without both ends or a protocol ask for nothing.
    fn request(&mut self) -> Request {
        let mut request = Request::default();
        for _ in 0..self.0[0].rows() {
            let [orig_h, orig_p, resp_h, resp_p, proto, first, last, begin, end, comment] =
                &mut self.0;
            let (source, target) = (ip(orig_h), ip(resp_h));
            let proto = proto.text().map(str::to_owned);
            let (src_port, dst_port) = (orig_p.port(), resp_p.port());
            let wanted = Wanted {
                stretch: Stretch {
                    frames: (
                        first.number().unwrap_or(0),
                        last.number().unwrap_or(u64::MAX),
                    ),
                    times_ns: (
                        begin.time().unwrap_or(i64::MIN),
                        end.time().unwrap_or(i64::MAX),
                    ),
                },
                comment: comment.part().map(|number| number as usize),
            };
            match (source, target, proto.as_deref()) {
                (Some(IpAddr::V4(sender)), _, Some("arp")) => request.arp(sender.octets(), wanted),
                (Some(source), Some(target), Some(proto)) => {
                    if let Some(protocol) = protocol_number(proto) {
                        let packet = Packet {
                            src: mapped(source),
                            dst: mapped(target),
                            src_port: src_port.unwrap_or_default(),
                            dst_port: dst_port.unwrap_or_default(),
                            protocol,
                            ..Packet::default()
                        };
                        request.flow(&packet, wanted);
                    }
                }
                _ => {}
            }
        }
        request
    }
}

fn ip(column: &mut Column) -> Option<IpAddr> {
    column.text().and_then(|text| text.parse().ok())
}

/// Writes the packets of some flows of a capture as a pcapng section and gives their number.
///
/// `flows` has the columns `orig_h`, `orig_p`, `resp_h`, `resp_p`, `proto`, `first_frame`,
/// `last_frame`, `ts_ns`, `end_ns` and `comment`, the number of the comment in `comments` that the
/// first packet of the row bears. Nulls leave that side open.
#[pyfunction]
#[pyo3(signature = (capture, out, flows, *, about, comments, append = false))]
pub fn cut_packets(
    py: Python<'_>,
    capture: PathBuf,
    out: PathBuf,
    flows: &Bound<'_, PyAny>,
    about: &str,
    comments: Vec<String>,
    append: bool,
) -> PyResult<u64> {
    let request = Columns::read(flows)?.request();
    let about = about.to_owned();
    let done = py.detach(move || {
        let mut open = OpenOptions::new();
        open.write(true).create(true);
        let file = if append {
            open.append(true)
        } else {
            open.truncate(true)
        }
        .open(out)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let packets = cut(&capture, &request, &about, &comments, &mut out)?;
        out.flush()?;
        Ok::<_, CutError>(packets)
    });
    done.map_err(|error| match error {
        CutError::Write(error) => error.into(),
        CutError::Read(error) => InputError::new_err(error.to_string()),
    })
}
