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

/// The unpacked bytes of a file, `limit` at most; a compressed file that breaks off gives what
/// came before.
#[pyfunction]
pub fn decompress<'py>(
    py: Python<'py>,
    path: PathBuf,
    limit: u64,
) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = py.detach(|| {
        let reader = lynceus_meter::read::decompressed(&path)?;
        let mut bytes = Vec::new();
        // A decoder's complaint is about the rest of the bytes; those before it are good.
        let _ = reader.take(limit).read_to_end(&mut bytes);
        Ok::<_, lynceus_meter::read::ReadError>(bytes)
    });
    let bytes = bytes.map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(PyBytes::new(py, &bytes))
}
