//! A capture as an iterable of batches.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lynceus_meter::meter::{Meter, MeterConfig, MeterError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::frame::ArrowFrame;
use crate::InputError;

/// How long the interpreter waits before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(100);

/// Flows and events of one stretch of a capture.
#[pyclass(frozen, module = "lynceus._core")]
pub struct MeterBatch {
    /// Flow rows, None when there are none.
    #[pyo3(get)]
    flows: Option<Py<ArrowFrame>>,
    /// Event rows by table name.
    #[pyo3(get)]
    events: Py<PyDict>,
    /// No flow part of a later batch ends before this (ns since 1970 UTC).
    #[pyo3(get)]
    watermark_ns: i64,
    /// How far time has come (ns since 1970 UTC) where all rows of what was read up to there have
    /// been given with this batch; None in between.
    #[pyo3(get)]
    complete_ns: Option<i64>,
    /// Packets and ARP packets taken in since the batch before.
    #[pyo3(get)]
    packets: u64,
    /// Bytes of the unpacked capture taken in since the batch before.
    #[pyo3(get)]
    bytes: u64,
}

/// A meter that Python may call from any thread.
pub struct SharedMeter(Mutex<Meter>);

impl SharedMeter {
    /// Makes a meter, without the interpreter.
    pub fn open(
        py: Python<'_>,
        open: impl FnOnce() -> Result<Meter, MeterError> + Send,
    ) -> PyResult<SharedMeter> {
        guarded(py, open).map(|meter| SharedMeter(Mutex::new(meter)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Meter) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next batch, None at the end; the interpreter runs on meanwhile and hears signals.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<MeterBatch>> {
        let batch = loop {
            match guarded(py, || self.with(|meter| meter.poll(PATIENCE)))? {
                Some(Some(batch)) => break batch,
                Some(None) => return Ok(None),
                None => py.check_signals()?,
            }
        };
        py.check_signals()?;
        let events = PyDict::new(py);
        for (table, rows) in batch.events {
            events.set_item(table, Py::new(py, ArrowFrame::of(rows))?)?;
        }
        let flows = batch
            .flows
            .map(|rows| Py::new(py, ArrowFrame::of(rows)))
            .transpose()?;
        Ok(Some(MeterBatch {
            flows,
            events: events.unbind(),
            watermark_ns: batch.watermark_ns,
            complete_ns: batch.complete_ns,
            packets: batch.packets,
            bytes: batch.bytes,
        }))
    }

    /// Counts by reason.
    pub fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let losses = py.detach(|| self.with(|meter| meter.losses()));
        let counts = PyDict::new(py);
        for (reason, count) in losses.iter() {
            counts.set_item(reason, count)?;
        }
        Ok(counts)
    }

    /// Packets and ARP packets taken in so far.
    pub fn packets(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.with(|meter| meter.packets()))
    }
}

/// Runs the meter without the interpreter; a fault of its own becomes an error, never a panic.
fn guarded<T: Send>(
    py: Python<'_>,
    body: impl FnOnce() -> Result<T, MeterError> + Send,
) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(body)));
    outcome
        .unwrap_or(Err(MeterError::Fault))
        .map_err(|error| InputError::new_err(error.to_string()))
}

/// The flow table of a capture without conversations.
#[pyfunction]
pub fn no_flows() -> ArrowFrame {
    ArrowFrame::new(lynceus_meter::flow::schema(), Vec::new())
}

/// Meters a capture: iterate to get its batches.
#[pyclass(frozen, module = "lynceus._core")]
pub struct CaptureReader {
    meter: SharedMeter,
    digest: String,
}

#[pymethods]
impl CaptureReader {
    #[new]
    #[allow(clippy::too_many_arguments)] // one each keyword of the Python side
    #[pyo3(signature = (path, *, site = "default", active_timeout_s = 1800.0, inactive_timeout_s = None, max_flows = 1_000_000, threads = 0, step_s = None, events = true))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        site: &str,
        active_timeout_s: f64,
        inactive_timeout_s: Option<f64>,
        max_flows: usize,
        threads: usize,
        step_s: Option<f64>,
        events: bool,
    ) -> PyResult<Self> {
        let mut config = MeterConfig {
            site: site.to_owned(),
            active_timeout_s,
            inactive_timeout_s,
            max_flows,
            step_s,
            events,
            ..MeterConfig::default()
        };
        if threads > 0 {
            config.threads = threads;
        }
        let meter = SharedMeter::open(py, || Meter::open(&path, &config))?;
        Ok(CaptureReader {
            digest: meter.with(|meter| meter.digest().to_owned()),
            meter,
        })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<MeterBatch>> {
        self.meter.next(py)
    }

    /// Counts by reason: what went in, what came out, and why the rest did not.
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.meter.losses(py)
    }

    /// How much of the file is read, 0 to 1.
    fn progress(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.meter.with(|meter| meter.progress()))
    }

    /// Packets and ARP packets taken in so far.
    #[getter]
    fn packets(&self, py: Python<'_>) -> u64 {
        self.meter.packets(py)
    }

    /// First 32 hex digits of SHA-256 over the first MiB of the unpacked capture.
    #[getter]
    fn digest(&self) -> &str {
        &self.digest
    }
}
