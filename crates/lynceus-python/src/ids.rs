//! Community IDs and uids for whole columns.

use std::net::IpAddr;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use lynceus_meter::ids::{community_id, mapped, protocol_number, uid, FiveTuple};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::column::{same_length, Column, TEXT};
use crate::frame::ArrowFrame;

/// The columns of a frame of flows that name it.
struct Columns {
    orig_h: Column,
    resp_h: Column,
    orig_p: Column,
    resp_p: Column,
    proto: Column,
    ts_ns: Column,
    part: Column,
}

impl Columns {
    fn rows(&self) -> PyResult<usize> {
        same_length(
            &self.orig_h,
            &[
                &self.resp_h,
                &self.orig_p,
                &self.resp_p,
                &self.proto,
                &self.ts_ns,
                &self.part,
            ],
        )
    }

    /// Both ids of the next row. Without an address, a protocol or a port that the protocol needs
    /// there is no Community ID, and without that the uid has its place empty.
    fn next(&mut self, site: &str) -> (Option<[u8; 30]>, [u8; 24]) {
        let orig_h = self
            .orig_h
            .text()
            .and_then(|text| text.parse::<IpAddr>().ok());
        let resp_h = self
            .resp_h
            .text()
            .and_then(|text| text.parse::<IpAddr>().ok());
        let protocol = self.proto.text().and_then(protocol_number);
        let (orig_p, resp_p) = (self.orig_p.port(), self.resp_p.port());
        let needs_ports =
            protocol.is_some_and(|protocol| matches!(protocol, 1 | 6 | 17 | 58 | 132));
        let known = !needs_ports || (orig_p.is_some() && resp_p.is_some());
        let id = match (orig_h, resp_h, protocol) {
            (Some(orig_h), Some(resp_h), Some(protocol)) if known => {
                Some(community_id(&FiveTuple {
                    src: mapped(orig_h),
                    dst: mapped(resp_h),
                    src_port: orig_p.unwrap_or_default(),
                    dst_port: resp_p.unwrap_or_default(),
                    protocol,
                }))
            }
            _ => None,
        };
        let text = id
            .as_ref()
            .and_then(|id| std::str::from_utf8(id).ok())
            .unwrap_or_default();
        (
            id,
            uid(
                site,
                text,
                self.ts_ns.time(),
                self.part.part().unwrap_or_default(),
            ),
        )
    }
}

/// Community ID and uid of every row of a frame of flows.
///
/// The columns are anything with `__arrow_c_stream__` (a Polars Series): text for addresses and
/// `proto`, u16 for ports (ICMP: type and code), i64 for `ts_ns`, u32 for `part`; nulls are
/// allowed. Gives a table with the text columns `community_id` (null when an address, the protocol
/// or a needed port is unknown) and `uid` (never null; what is unknown leaves its place empty).
#[pyfunction]
#[allow(clippy::too_many_arguments)] // one for each column that names a flow
pub fn flow_ids(
    py: Python<'_>,
    site: &str,
    orig_h: &Bound<'_, PyAny>,
    resp_h: &Bound<'_, PyAny>,
    orig_p: &Bound<'_, PyAny>,
    resp_p: &Bound<'_, PyAny>,
    proto: &Bound<'_, PyAny>,
    ts_ns: &Bound<'_, PyAny>,
    part: &Bound<'_, PyAny>,
) -> PyResult<ArrowFrame> {
    let mut columns = Columns {
        orig_h: Column::read(orig_h, "orig_h", &TEXT)?,
        resp_h: Column::read(resp_h, "resp_h", &TEXT)?,
        orig_p: Column::read(orig_p, "orig_p", &[DataType::UInt16])?,
        resp_p: Column::read(resp_p, "resp_p", &[DataType::UInt16])?,
        proto: Column::read(proto, "proto", &TEXT)?,
        ts_ns: Column::read(ts_ns, "ts_ns", &[DataType::Int64])?,
        part: Column::read(part, "part", &[DataType::UInt32])?,
    };
    let rows = columns.rows()?;
    let table = py.detach(|| ids(&mut columns, rows, site));
    table
        .map(ArrowFrame::of)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

fn ids(columns: &mut Columns, rows: usize, site: &str) -> Result<RecordBatch, ArrowError> {
    let mut communities = StringViewBuilder::with_capacity(rows);
    let mut uids = StringViewBuilder::with_capacity(rows);
    for _ in 0..rows {
        let (community, uid) = columns.next(site);
        communities.append_option(
            community
                .as_ref()
                .and_then(|id| std::str::from_utf8(id).ok()),
        );
        uids.append_value(std::str::from_utf8(&uid).unwrap_or_default());
    }
    let schema = Schema::new(vec![
        Field::new("community_id", DataType::Utf8View, true),
        Field::new("uid", DataType::Utf8View, true),
    ]);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![Arc::new(communities.finish()), Arc::new(uids.finish())],
    )
}
