//! Forests across the border: nodes and inputs as Arrow tables, results as one column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Float64Array, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use lynceus_trees::{Column, Matrix, Node};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::frame::{table, ArrowFrame};

/// Trained trees, checked and laid out to be scored.
#[pyclass(frozen, module = "lynceus._core")]
pub struct Forest {
    forest: lynceus_trees::Forest,
}

#[pymethods]
impl Forest {
    #[new]
    fn new(nodes: &Bound<'_, PyAny>, inputs: usize, outputs: usize) -> PyResult<Forest> {
        let trees = trees(&table(nodes)?)?;
        let forest = lynceus_trees::Forest::new(&trees, inputs, outputs);
        let invalid = |error: lynceus_trees::ForestError| PyValueError::new_err(error.to_string());
        Ok(Forest {
            forest: forest.map_err(invalid)?,
        })
    }

    /// Sums of the leaves of each row: rows x outputs, row by row.
    #[pyo3(signature = (numbers, threads = 0))]
    fn scores(
        &self,
        py: Python<'_>,
        numbers: &Bound<'_, PyAny>,
        threads: usize,
    ) -> PyResult<ArrowFrame> {
        self.each(py, numbers, |matrix| self.forest.scores(matrix, threads))
    }

    /// What each input adds to one output: rows x inputs, row by row.
    #[pyo3(signature = (numbers, output = 0, threads = 0))]
    fn contributions(
        &self,
        py: Python<'_>,
        numbers: &Bound<'_, PyAny>,
        output: usize,
        threads: usize,
    ) -> PyResult<ArrowFrame> {
        self.has(output)?;
        let told = |matrix: &Matrix| self.forest.contributions(matrix, output, threads);
        self.each(py, numbers, told)
    }

    /// The mean score of the training data of one output.
    #[pyo3(signature = (output = 0))]
    fn expected(&self, output: usize) -> PyResult<f64> {
        self.has(output)?;
        Ok(self.forest.expected(output))
    }

    /// How many trees there are.
    fn __len__(&self) -> usize {
        self.forest.trees()
    }
}

impl Forest {
    fn has(&self, output: usize) -> PyResult<()> {
        let outputs = self.forest.outputs();
        if output < outputs {
            return Ok(());
        }
        let reason = format!("output {output}: there are {outputs}");
        Err(PyValueError::new_err(reason))
    }

    /// Runs over the batches of a table of Float32 columns; all results as one column.
    fn each(
        &self,
        py: Python<'_>,
        numbers: &Bound<'_, PyAny>,
        run: impl Fn(&Matrix<'_>) -> Vec<f64> + Sync,
    ) -> PyResult<ArrowFrame> {
        let mut told = Vec::new();
        for batch in table(numbers)? {
            if batch.num_columns() != self.forest.inputs() {
                let (given, wanted) = (batch.num_columns(), self.forest.inputs());
                let reason = format!("{given} columns for {wanted} inputs");
                return Err(PyValueError::new_err(reason));
            }
            let columns = (0..batch.num_columns())
                .map(|place| numbers_of::<Float32Type>(&batch, place))
                .collect::<PyResult<Vec<_>>>()?;
            told.push(py.detach(|| on(&columns, batch.num_rows(), &run)));
        }
        let told = Float64Array::from(told.concat());
        let field = Field::new("value", DataType::Float64, false);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(told) as ArrayRef]);
        let invalid = |error: arrow_schema::ArrowError| PyValueError::new_err(error.to_string());
        Ok(ArrowFrame::of(batch.map_err(invalid)?))
    }
}

fn on(
    columns: &[&PrimitiveArray<Float32Type>],
    rows: usize,
    run: impl Fn(&Matrix<'_>) -> Vec<f64>,
) -> Vec<f64> {
    let known: Vec<Option<Vec<bool>>> = columns
        .iter()
        .map(|column| column.nulls().map(|nulls| nulls.iter().collect()))
        .collect();
    let columns = columns.iter().zip(&known).map(|(column, known)| Column {
        values: column.values(),
        known: known.as_deref(),
    });
    // Columns of a batch are of one length.
    Matrix::new(columns.collect(), rows).map_or_else(Vec::new, |matrix| run(&matrix))
}

/// A column by its place, of this type.
fn numbers_of<T: ArrowPrimitiveType>(
    batch: &RecordBatch,
    place: usize,
) -> PyResult<&PrimitiveArray<T>> {
    let column = batch.column(place);
    column.as_primitive_opt::<T>().ok_or_else(|| {
        let name = batch.schema().field(place).name().clone();
        let (wanted, given) = (T::DATA_TYPE, column.data_type());
        PyTypeError::new_err(format!("{name}: expected {wanted}, got {given}"))
    })
}

/// A column of the nodes by its name; text of the error where it is not there.
fn place(batch: &RecordBatch, name: &str) -> PyResult<usize> {
    let missing = |_| PyValueError::new_err(format!("the nodes have no column {name}"));
    batch.schema().index_of(name).map_err(missing)
}

fn wrong(name: &str, expected: &str) -> PyErr {
    PyTypeError::new_err(format!("{name}: expected {expected}"))
}

/// The nodes of each tree, in the order they come; a tree begins where `tree` changes.
fn trees(batches: &[RecordBatch]) -> PyResult<Vec<Vec<Node>>> {
    let mut trees: Vec<Vec<Node>> = Vec::new();
    let mut last = None;
    for batch in batches {
        let of_u32 = |name| numbers_of::<UInt32Type>(batch, place(batch, name)?);
        let of_f64 = |name| numbers_of::<Float64Type>(batch, place(batch, name)?);
        let (tree, input) = (of_u32("tree")?, of_u32("input")?);
        let (left, right, output) = (of_u32("left")?, of_u32("right")?, of_u32("output")?);
        let (threshold, cover) = (of_f64("threshold")?, of_f64("cover")?);
        let missing_left = batch.column(place(batch, "missing_left")?);
        let missing_left = missing_left
            .as_boolean_opt()
            .ok_or_else(|| wrong("missing_left", "Boolean"))?;
        let values = batch.column(place(batch, "values")?);
        let values = values
            .as_list_opt::<i64>()
            .ok_or_else(|| wrong("values", "a list of Float64"))?;
        for row in 0..batch.num_rows() {
            let number = tree.value(row);
            if last != Some(number) {
                trees.push(Vec::new());
                last = Some(number);
            }
            let node = if input.is_null(row) {
                let told = values.value(row);
                let told = told
                    .as_primitive_opt::<Float64Type>()
                    .ok_or_else(|| wrong("values", "a list of Float64"))?;
                Node::Leaf {
                    output: output.value(row) as usize,
                    values: told.values().to_vec(),
                    cover: cover.value(row),
                }
            } else {
                Node::Split {
                    input: input.value(row) as usize,
                    threshold: threshold.value(row),
                    left: left.value(row) as usize,
                    right: right.value(row) as usize,
                    missing_left: missing_left.value(row),
                    cover: cover.value(row),
                }
            };
            if let Some(nodes) = trees.last_mut() {
                nodes.push(node);
            }
        }
    }
    Ok(trees)
}
