//! Parquet files.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use lynceus_parquet::{ParquetFile, WriteError};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;

use crate::frame::{schema, table};

/// A table on its way to a Parquet file, encoded in a thread of its own.
#[pyclass(frozen, name = "ParquetFile", module = "lynceus._core")]
pub struct Parquet(Mutex<ParquetFile>);

impl Parquet {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mut ParquetFile) -> Result<T, WriteError> + Send,
    ) -> PyResult<T> {
        py.detach(|| body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)))
            .map_err(raised)
    }
}

fn raised(error: WriteError) -> PyErr {
    match error {
        WriteError::Io(error) => match error.raw_os_error() {
            Some(number) => PyOSError::new_err((number, reason(&error))),
            None => error.into(),
        },
        other => PyTypeError::new_err(other.to_string()),
    }
}

/// What the system says, without the number that Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[pymethods]
impl Parquet {
    #[new]
    fn new(path: PathBuf, like: &Bound<'_, PyAny>) -> PyResult<Self> {
        let file = ParquetFile::create(&path, schema(like)?).map_err(raised)?;
        Ok(Parquet(Mutex::new(file)))
    }

    /// Hands over the rows of a table with the columns of the file; waits when the writer is behind.
    fn write(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<()> {
        let batches = table(rows)?;
        self.with(py, |file| {
            batches.iter().try_for_each(|batch| file.write(batch))
        })
    }

    /// Writes what is left; the file is whole then.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, ParquetFile::close)
    }
}
