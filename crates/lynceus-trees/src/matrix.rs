//! Rows of inputs, as columns: NaN and null are unknown.

use crate::rank::{rank, signed, UNKNOWN};

/// Rows that are gathered at once: so few that they stay near while one input after the other is
/// written into them.
const TILE: usize = 128;

/// One input of all rows.
pub struct Column<'a> {
    /// The values; what stands where `known` says false does not matter.
    pub values: &'a [f32],
    /// Which rows are known; none where all are.
    pub known: Option<&'a [bool]>,
}

/// The inputs of all rows, in the order the forest knows them by.
pub struct Matrix<'a> {
    columns: Vec<Column<'a>>,
    rows: usize,
}

impl<'a> Matrix<'a> {
    /// Columns of one length; `None` where lengths differ.
    pub fn new(columns: Vec<Column<'a>>, rows: usize) -> Option<Matrix<'a>> {
        let fits =
            |c: &Column| c.values.len() == rows && c.known.is_none_or(|known| known.len() == rows);
        columns.iter().all(fits).then_some(Matrix { columns, rows })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.columns.len()
    }

    /// Writes the ranks of some inputs of the rows from `from` on, row by row, as far as there is
    /// room.
    #[inline(always)]
    pub fn gather(&self, inputs: &[u32], from: usize, ranks: &mut [u32]) {
        let width = inputs.len();
        for (tile, ranks) in ranks.chunks_mut(TILE * width).enumerate() {
            let from = from + tile * TILE;
            let to = from + ranks.len() / width;
            for (place, &input) in inputs.iter().enumerate() {
                let cells = ranks[place..].iter_mut().step_by(width);
                for (cell, rank) in cells.zip(self.ranks(input, from, to)) {
                    *cell = rank;
                }
            }
        }
    }

    /// Writes the ranks of some inputs of some rows, as signed numbers, into columns of `height`.
    #[inline(always)]
    pub fn columns(
        &self,
        inputs: &[u32],
        from: usize,
        to: usize,
        height: usize,
        columns: &mut [i32],
    ) {
        for (cells, &input) in columns.chunks_mut(height).zip(inputs) {
            for (cell, rank) in cells.iter_mut().zip(self.ranks(input, from, to)) {
                *cell = signed(rank);
            }
        }
    }

    /// The ranks of one input of some rows.
    #[inline(always)]
    fn ranks(&self, input: u32, from: usize, to: usize) -> impl Iterator<Item = u32> + '_ {
        let column = &self.columns[input as usize];
        let known = column.known.map(|known| &known[from..to]);
        let values = column.values[from..to].iter().enumerate();
        values.map(move |(row, &value)| match known {
            Some(known) if !known[row] => UNKNOWN,
            _ => rank(value),
        })
    }
}
