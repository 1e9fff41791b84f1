//! Addresses of a column of text as numbers.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use arrow_array::builder::{UInt32Builder, UInt64Builder};
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::column::{Column, TEXT};
use crate::frame::ArrowFrame;

/// The address that a text is. One of IPv4 that is mapped into IPv6 is that of IPv4, and the zone
/// of one of IPv6 is left out.
fn read(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(IpAddr::to_canonical(&address));
    }
    let (address, _zone) = text.split_once('%')?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some(address.to_canonical())
}

/// The addresses of a column of text, anything with `__arrow_c_stream__` (a Polars Series).
///
/// Gives a table with a row a text: `v4` (u32), or `v6_high` and `v6_low` (u64, the halves of an
/// address of IPv6), or nothing but nulls where the text is null or no address.
#[pyfunction]
pub fn parse_addresses(py: Python<'_>, texts: &Bound<'_, PyAny>) -> PyResult<ArrowFrame> {
    let mut texts = Column::read(texts, "texts", &TEXT)?;
    py.detach(|| numbers(&mut texts))
        .map(ArrowFrame::of)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

fn numbers(texts: &mut Column) -> Result<RecordBatch, ArrowError> {
    let rows = texts.rows();
    let mut v4 = UInt32Builder::with_capacity(rows);
    let (mut high, mut low) = (
        UInt64Builder::with_capacity(rows),
        UInt64Builder::with_capacity(rows),
    );
    for _ in 0..rows {
        let address = texts.text().and_then(read);
        v4.append_option(match address {
            Some(IpAddr::V4(address)) => Some(address.to_bits()),
            _ => None,
        });
        let halves = match address {
            Some(IpAddr::V6(address)) => Some(address.to_bits()),
            _ => None,
        };
        high.append_option(halves.map(|bits| (bits >> 64) as u64));
        low.append_option(halves.map(|bits| bits as u64));
    }
    let schema = Schema::new(vec![
        Field::new("v4", DataType::UInt32, true),
        Field::new("v6_high", DataType::UInt64, true),
        Field::new("v6_low", DataType::UInt64, true),
    ]);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(v4.finish()),
            Arc::new(high.finish()),
            Arc::new(low.finish()),
        ],
    )
}
