//! Rows of inputs, as columns: NaN and null are unknown.

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

    /// Copies some inputs of some rows into columns of their own; says whether any is unknown.
    pub fn columns<const N: usize>(
        &self,
        inputs: &[u32],
        from: usize,
        to: usize,
        columns: &mut [[f32; N]],
    ) -> bool {
        let mut unknown = false;
        for (cells, &input) in columns.iter_mut().zip(inputs) {
            let column = &self.columns[input as usize];
            let cells = &mut cells[..to - from];
            cells.copy_from_slice(&column.values[from..to]);
            for (cell, &known) in cells
                .iter_mut()
                .zip(column.known.map_or(&[][..], |known| &known[from..to]))
            {
                if !known {
                    *cell = f32::NAN;
                }
            }
            unknown |= cells
                .iter()
                .fold(false, |unknown, cell| unknown | cell.is_nan());
        }
        unknown
    }

    /// Copies some inputs of some rows, row by row, into `block`; says whether any is unknown.
    pub fn gather(&self, inputs: &[u32], from: usize, to: usize, block: &mut Vec<f32>) -> bool {
        let width = inputs.len();
        block.clear();
        block.resize((to - from) * width, 0.0);
        let mut unknown = false;
        for (place, &input) in inputs.iter().enumerate() {
            let column = &self.columns[input as usize];
            let cells = block[place..].iter_mut().step_by(width);
            for (cell, &value) in cells.zip(&column.values[from..to]) {
                *cell = value;
                unknown |= value.is_nan();
            }
            if let Some(known) = column.known {
                let cells = block[place..].iter_mut().step_by(width);
                for (cell, &known) in cells.zip(&known[from..to]) {
                    if !known {
                        *cell = f32::NAN;
                        unknown = true;
                    }
                }
            }
        }
        unknown
    }
}
