//! Columns of a Polars frame, read row by row.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::frame::column;

/// The types of a column of text.
pub const TEXT: [DataType; 3] = [DataType::Utf8View, DataType::LargeUtf8, DataType::Utf8];

/// One column, cut into chunks as its owner has it.
pub struct Column {
    name: &'static str,
    chunks: Vec<ArrayRef>,
    chunk: usize,
    row: usize,
}

impl Column {
    /// The column behind an object that speaks Arrow; of another type is a `TypeError`.
    pub fn read(
        object: &Bound<'_, PyAny>,
        name: &'static str,
        types: &[DataType],
    ) -> PyResult<Column> {
        let (dtype, chunks) = column(object)?;
        if !types.contains(&dtype) && dtype != DataType::Null {
            return Err(PyTypeError::new_err(format!(
                "{name}: expected {types:?}, got {dtype}"
            )));
        }
        Ok(Column {
            name,
            chunks,
            chunk: 0,
            row: 0,
        })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    /// The next row: its chunk and place, `None` when it is null.
    fn next(&mut self) -> Option<(&ArrayRef, usize)> {
        while self
            .chunks
            .get(self.chunk)
            .is_some_and(|chunk| self.row >= chunk.len())
        {
            self.chunk += 1;
            self.row = 0;
        }
        let chunk = self.chunks.get(self.chunk)?;
        let row = self.row;
        self.row += 1;
        (!chunk.is_null(row) && chunk.data_type() != &DataType::Null).then_some((chunk, row))
    }

    /// The text of the next row.
    pub fn text(&mut self) -> Option<&str> {
        self.next().map(|(chunk, row)| match chunk.data_type() {
            DataType::Utf8View => chunk.as_string_view().value(row),
            DataType::LargeUtf8 => chunk.as_string::<i64>().value(row),
            _ => chunk.as_string::<i32>().value(row),
        })
    }

    /// The number of the next row, u16.
    pub fn port(&mut self) -> Option<u16> {
        self.next()
            .map(|(chunk, row)| chunk.as_primitive::<UInt16Type>().value(row))
    }

    /// The number of the next row, u32.
    pub fn part(&mut self) -> Option<u32> {
        self.next()
            .map(|(chunk, row)| chunk.as_primitive::<UInt32Type>().value(row))
    }

    /// The number of the next row, i64.
    pub fn time(&mut self) -> Option<i64> {
        self.next()
            .map(|(chunk, row)| chunk.as_primitive::<Int64Type>().value(row))
    }

    /// The number of the next row, u64.
    pub fn number(&mut self) -> Option<u64> {
        self.next()
            .map(|(chunk, row)| chunk.as_primitive::<UInt64Type>().value(row))
    }
}

/// How many rows columns of one frame have; of different length they are a `ValueError`.
pub fn same_length(first: &Column, others: &[&Column]) -> PyResult<usize> {
    let rows = first.rows();
    for column in others {
        if column.rows() != rows {
            let (name, other) = (column.name, column.rows());
            return Err(PyValueError::new_err(format!(
                "{name} has {other} rows, {} {rows}",
                first.name
            )));
        }
    }
    Ok(rows)
}
