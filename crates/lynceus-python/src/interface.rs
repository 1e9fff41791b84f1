//! An interface as an iterable of batches.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use lynceus_meter::meter::{Meter, MeterConfig};
use lynceus_wire::{filter, open, Medium, Options};
use pyo3::exceptions::PyPermissionError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::reader::{MeterBatch, SharedMeter};
use crate::InputError;

/// Packets of one ring are in order; rings differ by no more than this.
const LATENESS_S: f64 = 2.0;

/// Meters what passes an interface: iterate to get its batches, several a second.
#[pyclass(frozen, module = "lynceus._core")]
pub struct InterfaceReader {
    meter: SharedMeter,
    stop: Arc<AtomicBool>,
}

#[pymethods]
impl InterfaceReader {
    #[new]
    #[allow(clippy::too_many_arguments)] // one each keyword of the Python side
    #[pyo3(signature = (interface, *, site = "default", packet_filter = None, promiscuous = true, threads = 1, workers = 0, buffer_bytes = 64 << 20, snap_bytes = 65_535, active_timeout_s = 1800.0, inactive_timeout_s = None, tcp_idle_s = 300.0, max_flows = 1_000_000, record = None, record_bytes = 0, events = true))]
    fn new(
        py: Python<'_>,
        interface: String,
        site: &str,
        packet_filter: Option<String>,
        promiscuous: bool,
        threads: usize,
        workers: usize,
        buffer_bytes: u64,
        snap_bytes: u32,
        active_timeout_s: f64,
        inactive_timeout_s: Option<f64>,
        tcp_idle_s: f64,
        max_flows: usize,
        record: Option<PathBuf>,
        record_bytes: u64,
        events: bool,
    ) -> PyResult<Self> {
        let mut config = MeterConfig {
            site: site.to_owned(),
            active_timeout_s,
            inactive_timeout_s,
            tcp_idle_s,
            max_flows,
            lateness_s: LATENESS_S,
            events,
            ..MeterConfig::default()
        };
        if workers > 0 {
            config.threads = workers + 1;
        }
        let options = Options {
            interface,
            filter: packet_filter,
            promiscuous,
            threads,
            buffer_bytes,
            snap_bytes,
            record: record.map(|folder| (folder, record_bytes)),
        };
        let stop = Arc::<AtomicBool>::default();
        let wires = py.detach(|| open(&options, &stop));
        let wires = wires.map_err(|error| InputError::new_err(error.to_string()))?;
        let meter = SharedMeter::open(py, || Meter::watch(wires, &config))?;
        Ok(InterfaceReader { meter, stop })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<MeterBatch>> {
        self.meter.next(py)
    }

    /// Ends it: what is in the ring is read, open flows are given, then the iteration ends.
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Counts by reason: what went in, what came out, and why the rest did not.
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.meter.losses(py)
    }

    /// Packets and ARP packets taken in so far.
    #[getter]
    fn packets(&self, py: Python<'_>) -> u64 {
        self.meter.packets(py)
    }
}

impl Drop for InterfaceReader {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Raises InputError where a filter is none for an Ethernet.
#[pyfunction]
#[pyo3(name = "check_packet_filter")]
pub fn check_filter(expression: &str) -> PyResult<()> {
    filter::compile(expression, Medium::Ethernet, u32::MAX)
        .map(drop)
        .map_err(|error| InputError::new_err(error.to_string()))
}

/// Makes the process one of another user, or takes all capabilities from it.
#[pyfunction]
#[pyo3(signature = (user = None))]
pub fn drop_privileges(py: Python<'_>, user: Option<&str>) -> PyResult<()> {
    py.detach(|| lynceus_wire::drop_privileges(user))
        .map_err(|error| PyPermissionError::new_err(error.to_string()))
}
