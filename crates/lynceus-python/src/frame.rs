//! Arrow tables across the border by the Arrow C stream interface.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{ArrayReader, ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const STREAM: &std::ffi::CStr = c"arrow_array_stream";

/// A table that Polars, pandas and pyarrow take in without a copy.
#[pyclass(frozen, module = "lynceus._core")]
pub struct ArrowFrame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl ArrowFrame {
    /// A table of batches that share a schema.
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> ArrowFrame {
        ArrowFrame { schema, batches }
    }

    /// A table of one batch.
    pub fn of(batch: RecordBatch) -> ArrowFrame {
        ArrowFrame {
            schema: batch.schema(),
            batches: vec![batch],
        }
    }
}

#[pymethods]
impl ArrowFrame {
    /// The table as an Arrow C stream; `requested_schema` is ignored, as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, self.schema.clone());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, STREAM)
    }

    /// Some of its columns, whose memory lives without the others. Raises KeyError for a name that
    /// is none of its columns.
    fn select(&self, columns: Vec<String>) -> PyResult<ArrowFrame> {
        let place = |name: &String| {
            let found = self.schema.index_of(name);
            found.map_err(|_| PyKeyError::new_err(name.clone()))
        };
        let places = columns.iter().map(place).collect::<PyResult<Vec<_>>>()?;
        let invalid = |error: ArrowError| PyValueError::new_err(error.to_string());
        let schema = Arc::new(self.schema.project(&places).map_err(invalid)?);
        let batches = self.batches.iter().map(|batch| batch.project(&places));
        let batches = batches.collect::<Result<_, _>>().map_err(invalid)?;
        Ok(ArrowFrame { schema, batches })
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        format!(
            "ArrowFrame({} rows, {} columns)",
            self.__len__(),
            self.schema.fields().len()
        )
    }
}

/// Reads one column, chunk by chunk, of a Python object that speaks the Arrow C stream interface: a
/// series, or a table of one column.
pub fn column(object: &Bound<'_, PyAny>) -> PyResult<(DataType, Vec<ArrayRef>)> {
    let (dtype, chunks) = chunks(object)?;
    match dtype {
        DataType::Struct(fields) if fields.len() == 1 => Ok((
            fields[0].data_type().clone(),
            chunks
                .iter()
                .map(|chunk| chunk.as_struct().column(0).clone())
                .collect(),
        )),
        dtype => Ok((dtype, chunks)),
    }
}

/// The columns of a Python object that speaks the Arrow C stream interface.
pub fn schema(object: &Bound<'_, PyAny>) -> PyResult<SchemaRef> {
    match chunks(object)?.0 {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
        _ => Err(no_table()),
    }
}

fn no_table() -> PyErr {
    PyTypeError::new_err("expected a table, such as a Polars DataFrame")
}

/// Reads a table, batch by batch, of a Python object that speaks the Arrow C stream interface.
pub fn table(object: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let (dtype, chunks) = chunks(object)?;
    if !matches!(dtype, DataType::Struct(_)) {
        return Err(no_table());
    }
    let batch = |chunk: &ArrayRef| RecordBatch::from(chunk.as_struct());
    Ok(chunks.iter().map(batch).collect())
}

fn chunks(object: &Bound<'_, PyAny>) -> PyResult<(DataType, Vec<ArrayRef>)> {
    let expected = "expected an object with __arrow_c_stream__, such as a Polars Series";
    let capsule = object
        .call_method0("__arrow_c_stream__")
        .map_err(|_| PyTypeError::new_err(expected))?;
    let capsule = capsule.cast::<PyCapsule>()?;
    let pointer = capsule.pointer_checked(Some(STREAM))?;
    // SAFETY: a capsule of this name holds a valid ArrowArrayStream by the Arrow PyCapsule
    // interface; it lives as long as the capsule, and `from_raw` moves the stream out and marks
    // it released, so that the capsule's destructor finds nothing to do.
    #[allow(unsafe_code)]
    let reader = unsafe { ArrayStreamReader::from_raw(pointer.as_ptr().cast()) };
    let invalid = |error: ArrowError| PyValueError::new_err(error.to_string());
    let reader = reader.map_err(invalid)?;
    let dtype = reader.field().data_type().clone();
    let chunks = reader.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    Ok((dtype, chunks))
}
