//! What the meter gives: batches, or why there are no more.

use std::io;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::read::ReadError;

/// Why the meter stops.
#[derive(Debug, thiserror::Error)]
pub enum MeterError {
    /// The input cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The column list contradicts itself.
    #[error("flow columns do not fit their schema: {0}")]
    Columns(#[from] ArrowError),
    /// A thread could not be started.
    #[error("no thread to be had: {0}")]
    Thread(io::Error),
    /// A fault of the meter itself; what it gave before is good.
    #[error("the meter stopped by a fault of its own; please report the capture that shows it")]
    Fault,
}

/// What one call gives.
#[derive(Debug, Default)]
pub struct MeterBatch {
    /// Flow rows, in the columns of the feature specification.
    pub flows: Option<RecordBatch>,
    /// Event rows by table name.
    pub events: Vec<(&'static str, RecordBatch)>,
    /// No flow part of a later batch ends before this, unless packets come later than the
    /// configured lateness; more than a minute is counted (`late_packets`).
    pub watermark_ns: i64,
    /// How far time has come (ns since 1970 UTC), where the batch completes a group: all rows of
    /// what was read up to here have been given.
    pub complete_ns: Option<i64>,
    /// Packets and ARP packets taken in since the batch before.
    pub packets: u64,
    /// Bytes of the (unpacked) capture taken in since the batch before.
    pub bytes: u64,
}
