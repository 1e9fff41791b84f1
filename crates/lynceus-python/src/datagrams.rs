//! Datagrams taken off sockets without the interpreter.

use std::net::UdpSocket;
use std::os::fd::{FromRawFd, RawFd};
use std::time::Duration;

use lynceus_collect::{Network, NetworkError, Receiver};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Receives datagrams in threads of its own.
#[pyclass(frozen, module = "lynceus._core")]
pub struct DatagramReceiver {
    receiver: Receiver,
}

#[pymethods]
impl DatagramReceiver {
    #[new]
    #[pyo3(signature = (sockets, *, allowed, most_bytes, enough_bytes))]
    fn new(
        sockets: Vec<RawFd>,
        allowed: Vec<String>,
        most_bytes: usize,
        enough_bytes: usize,
    ) -> PyResult<Self> {
        let networks: Result<Vec<Network>, NetworkError> =
            allowed.iter().map(|text| text.parse()).collect();
        let networks = networks.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let sockets = sockets
            .into_iter()
            .map(|descriptor| {
                // SAFETY: the caller hands descriptors over that nobody else uses or closes.
                #[allow(unsafe_code)]
                unsafe {
                    UdpSocket::from_raw_fd(descriptor)
                }
            })
            .collect();
        Ok(Self {
            receiver: Receiver::new(sockets, networks, most_bytes, enough_bytes)?,
        })
    }

    /// What has arrived, packed; empty after `wait_s` without any.
    fn take<'py>(&self, py: Python<'py>, wait_s: f64, gather_s: f64) -> Bound<'py, PyBytes> {
        let packed = py.detach(|| {
            let block = self.receiver.take(seconds(wait_s), seconds(gather_s));
            if block.is_empty() {
                Vec::new()
            } else {
                block.packed()
            }
        });
        PyBytes::new(py, &packed)
    }

    /// Received, refused, shed, errors of sockets, the last sender that was refused.
    fn counts(&self) -> (u64, u64, u64, u64, Option<String>) {
        let counts = self.receiver.counts();
        let last = counts.last_refused.map(|address| address.to_string());
        (
            counts.received,
            counts.refused,
            counts.shed,
            counts.errors,
            last,
        )
    }

    /// Ends its threads and closes the sockets; what has arrived can still be taken.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.receiver.close());
    }
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}
