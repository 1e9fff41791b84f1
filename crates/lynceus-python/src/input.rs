//! First bytes and unpacked bytes of inputs that are no captures.

use std::io::Read;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::InputError;

/// The first `n` unpacked bytes of a file, fewer when it is shorter or breaks off.
#[pyfunction]
pub fn read_head<'py>(py: Python<'py>, path: PathBuf, n: usize) -> PyResult<Bound<'py, PyBytes>> {
    let head = py.detach(|| lynceus_meter::read::read_head(&path, n));
    let head = head.map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(PyBytes::new(py, &head))
}

/// The unpacked bytes of a file, `limit` at most, and whether they break off; what came before is
/// good.
#[pyfunction]
pub fn decompress<'py>(
    py: Python<'py>,
    path: PathBuf,
    limit: u64,
) -> PyResult<(Bound<'py, PyBytes>, bool)> {
    let unpacked = py.detach(|| {
        let reader = lynceus_meter::read::decompressed(&path)?;
        let mut bytes = Vec::new();
        let outcome = reader.take(limit).read_to_end(&mut bytes);
        Ok::<_, lynceus_meter::read::ReadError>((bytes, outcome))
    });
    let (bytes, outcome) = unpacked.map_err(|error| InputError::new_err(error.to_string()))?;
    match outcome {
        // The system's complaint is about the file, a decoder's about the rest of the bytes.
        Err(error) if error.raw_os_error().is_some() => Err(error.into()),
        outcome => Ok((PyBytes::new(py, &bytes), outcome.is_err())),
    }
}

/// Bytes unpacked (gzip, zstandard, xz; others as they are), `limit` at most, and whether they
/// break off.
#[pyfunction]
pub fn inflate(py: Python<'_>, data: Vec<u8>, limit: u64) -> (Bound<'_, PyBytes>, bool) {
    let (bytes, broken) = py.detach(|| {
        let mut bytes = Vec::new();
        let outcome = lynceus_meter::read::inflated(data)
            .and_then(|reader| reader.take(limit).read_to_end(&mut bytes));
        (bytes, outcome.is_err())
    });
    (PyBytes::new(py, &bytes), broken)
}
