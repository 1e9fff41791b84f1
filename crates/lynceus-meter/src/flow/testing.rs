//! What the tests of the flow table share: hand-built packets in, cells of the flow rows out.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int64Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

use super::columns::FlowBatch;
use super::key::FlowKey;
use super::table::{Limits, Table};
use super::timeouts::Timeouts;
use crate::packet::tcp_flag::{ACK, FIN, PSH, RST, SYN};
use crate::packet::{proto, Packet};

/// A millisecond.
pub const MS: i64 = 1_000_000;
/// A second.
pub const S: i64 = 1_000_000_000;
/// When the traces begin.
pub const START: i64 = 1_700_000_000 * S;

/// The timeouts the command line has by default.
pub fn timeouts() -> Timeouts {
    Timeouts {
        active_ns: 1_800 * S,
        inactive_ns: i64::MAX,
        tcp_ns: 300 * S,
        half_open_ns: 60 * S,
        closed_ns: 5 * S,
        other_ns: 60 * S,
    }
}

/// A table with room enough.
pub fn table() -> Table {
    table_with(timeouts())
}

/// The same with other timeouts.
pub fn table_with(timeouts: Timeouts) -> Table {
    Table::new(
        "hq".into(),
        timeouts,
        Limits {
            flows: 1_000_000,
            bytes: 1 << 30,
        },
    )
}

/// IPv4 address 10.0.0.`last`.
pub fn host(last: u8) -> [u8; 16] {
    let mut address = [0; 16];
    address[10..].copy_from_slice(&[0xff, 0xff, 10, 0, 0, last]);
    address
}

/// A packet from 10.0.0.1 (`port`) to 10.0.0.2 (`peer_port`), `ms` after the start.
pub fn packet(protocol: u8, port: u16, peer_port: u16, ms: f64) -> Packet {
    Packet {
        ts_ns: START + (ms * MS as f64) as i64,
        src: host(1),
        dst: host(2),
        src_port: port,
        dst_port: peer_port,
        protocol,
        ttl: 64,
        ip_bytes: 40,
        wire_bytes: 54,
        ..Default::default()
    }
}

/// The same packet from the other end.
pub fn back(mut packet: Packet) -> Packet {
    std::mem::swap(&mut packet.src, &mut packet.dst);
    std::mem::swap(&mut packet.src_port, &mut packet.dst_port);
    packet
}

/// TCP flags by their initials.
pub fn flags(initials: &str) -> u8 {
    let bit = |letter| match letter {
        'S' => SYN,
        'A' => ACK,
        'F' => FIN,
        'R' => RST,
        'P' => PSH,
        _ => 0,
    };
    initials.chars().map(bit).fold(0, |all, bit| all | bit)
}

/// Feeds packets in order on a clock that is the latest packet time.
pub fn feed(table: &mut Table, packets: &[(Packet, &[u8])]) {
    let mut clock_ns = i64::MIN;
    for (frame, (packet, payload)) in (1..).zip(packets) {
        clock_ns = clock_ns.max(packet.ts_ns);
        let packet = Packet { frame, ..*packet };
        let (key, _) = FlowKey::of(&packet);
        table.packet(key.hash(7), clock_ns, &packet, payload);
    }
}

/// The rows that wait to be written.
pub fn written(table: &mut Table) -> RecordBatch {
    let mut rows = FlowBatch::new("hq".into(), Arc::from("d1"));
    table.drain(|ended| super::write(&mut rows, ended));
    rows.take()
        .unwrap()
        .unwrap_or_else(|| RecordBatch::new_empty(super::schema()))
}

/// All rows of a trace, in order of their first packet and part.
pub fn rows_of(packets: &[(Packet, &[u8])]) -> RecordBatch {
    let mut table = table();
    feed(&mut table, packets);
    table.finish();
    written(&mut table)
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Whole(i128),
    Real(f64),
    Text(String),
    Truth(bool),
    List(Vec<Cell>),
}

macro_rules! cell_from {
    ($($kind:ty => $variant:ident as $wide:ty;)*) => {$(
        impl From<$kind> for Cell {
            fn from(value: $kind) -> Cell {
                Cell::$variant(<$wide>::from(value))
            }
        }
    )*};
}

cell_from! {
    i32 => Whole as i128;
    i64 => Whole as i128;
    u64 => Whole as i128;
    f64 => Real as f64;
    &str => Text as String;
    bool => Truth as bool;
}

impl<T: Into<Cell>, const N: usize> From<[T; N]> for Cell {
    fn from(values: [T; N]) -> Cell {
        Cell::List(values.into_iter().map(Into::into).collect())
    }
}

impl Cell {
    /// Equal, reals to six digits.
    pub fn is_near(&self, other: &Cell) -> bool {
        match (self, other) {
            (Cell::Real(a), Cell::Real(b)) => (a - b).abs() <= 1e-6 * b.abs().max(1e-3),
            _ => self == other,
        }
    }
}

fn number<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn cell_at(array: &ArrayRef, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::UInt16 => Cell::Whole(number::<UInt16Type>(array, row).into()),
        DataType::UInt32 => Cell::Whole(number::<UInt32Type>(array, row).into()),
        DataType::UInt64 => Cell::Whole(number::<UInt64Type>(array, row).into()),
        DataType::Int64 => Cell::Whole(number::<Int64Type>(array, row).into()),
        DataType::Float32 => Cell::Real(number::<Float32Type>(array, row).into()),
        DataType::Float64 => Cell::Real(number::<Float64Type>(array, row)),
        DataType::Boolean => Cell::Truth(array.as_boolean().value(row)),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
        DataType::LargeList(_) => {
            let values = array.as_list::<i64>().value(row);
            Cell::List((0..values.len()).map(|i| cell_at(&values, i)).collect())
        }
        other => panic!("no cells of {other}"),
    }
}

/// The value of a column in a row.
pub fn cell(rows: &RecordBatch, row: usize, name: &str) -> Cell {
    cell_at(
        rows.column_by_name(name)
            .unwrap_or_else(|| panic!("no column {name}")),
        row,
    )
}

/// The values of a column.
pub fn column(rows: &RecordBatch, name: &str) -> Vec<Cell> {
    (0..rows.num_rows())
        .map(|row| cell(rows, row, name))
        .collect()
}

/// All rows as text, sorted, so that two outputs compare whatever their order.
pub fn sorted_rows(batches: &[RecordBatch]) -> Vec<String> {
    let line = |rows: &RecordBatch, row: usize| {
        let cells: Vec<Cell> = rows
            .columns()
            .iter()
            .map(|array| cell_at(array, row))
            .collect();
        format!("{cells:?}")
    };
    let mut lines: Vec<String> = batches
        .iter()
        .flat_map(|rows| (0..rows.num_rows()).map(move |row| line(rows, row)))
        .collect();
    lines.sort_unstable();
    lines
}

/// A TCP trace in letters, one packet each, 10 ms apart: S syn, H syn-ack, A ack, D 10 bytes of
/// data, F fin, R rst; lower case from the other end (10.0.0.2, port 80).
pub fn tcp_letters(letters: &str) -> Vec<(Packet, &'static [u8])> {
    let first = [1_000u32, 9_000];
    let mut next = [1_001u32, 9_001];
    let mut trace = Vec::new();
    for (i, letter) in letters.chars().enumerate() {
        let side = usize::from(letter.is_ascii_lowercase());
        let (flags, bytes) = match letter.to_ascii_uppercase() {
            'S' => (SYN, 0),
            'H' => (SYN | ACK, 0),
            'D' => (PSH | ACK, 10),
            'F' => (FIN | ACK, 0),
            'R' => (RST, 0),
            _ => (ACK, 0),
        };
        let one = Packet {
            tcp_flags: flags,
            tcp_seq: if flags & SYN != 0 {
                first[side]
            } else {
                next[side]
            },
            tcp_ack: next[1 - side],
            tcp_window: 100,
            payload_bytes: bytes,
            ..packet(proto::TCP, 40_000, 80, 10.0 * i as f64)
        };
        next[side] += bytes + u32::from(flags & FIN != 0);
        let payload: &[u8] = if bytes > 0 { b"0123456789" } else { b"" };
        trace.push((if side == 0 { one } else { back(one) }, payload));
    }
    trace
}

/// Packets in all rows.
pub fn total_packets(batches: &[RecordBatch]) -> usize {
    batches
        .iter()
        .flat_map(|rows| column(rows, "total_packets"))
        .map(|cell| match cell {
            Cell::Whole(count) => count as usize,
            other => panic!("{other:?}"),
        })
        .sum()
}
