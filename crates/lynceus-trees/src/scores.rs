//! Many rows through many trees.
//!
//! A block of rows walks one tree after the other, so that a tree is fetched once a block; within
//! it `LANES` rows walk side by side, so that the memory they wait for is fetched at once. Trees of
//! few leaves are not walked but asked (`small.rs`).

use crate::forest::{Forest, Leaves, Step, Tree};
use crate::matrix::Matrix;
use crate::small::{SmallTree, ABREAST};

/// Rows that go through all trees before the next ones do: so many that a tree is worth fetching,
/// so few that they stay near.
const BLOCK: usize = 1024;
/// Rows that walk a tree side by side.
const LANES: usize = 16;
/// Fewest rows worth a thread of their own.
const SHARE: usize = 2 * BLOCK;

impl Forest {
    /// The sums of the leaves that each row falls into: rows x outputs, row by row.
    ///
    /// `threads` of 0 takes one for each core. Sums are added in the order of the trees, so they
    /// do not depend on the number of threads or on the rows beside.
    ///
    /// # Panics
    /// When the matrix has another number of inputs than the forest.
    pub fn scores(&self, matrix: &Matrix<'_>, threads: usize) -> Vec<f64> {
        assert_eq!(matrix.inputs(), self.inputs, "inputs of another forest");
        let mut sums = vec![0.0; matrix.rows() * self.outputs];
        let all_small = self.trees.iter().all(|tree| tree.small.is_some());
        let any_small = self.trees.iter().any(|tree| tree.small.is_some());
        in_shares(&mut sums, self.outputs, threads, |first, sums| {
            let mut block = Vec::new();
            let mut columns = vec![[0.0; BLOCK]; if any_small { self.used.len() } else { 0 }];
            for (at, sums) in sums.chunks_mut(BLOCK * self.outputs).enumerate() {
                let from = first + at * BLOCK;
                let to = from + sums.len() / self.outputs;
                let mut unknown = matrix.columns(&self.used, from, to, &mut columns);
                if !all_small {
                    unknown |= matrix.gather(&self.used, from, to, &mut block);
                }
                for tree in &self.trees {
                    match (&tree.small, unknown) {
                        (Some(small), true) => self.ask::<true>(tree, small, &columns, sums),
                        (Some(small), false) => self.ask::<false>(tree, small, &columns, sums),
                        (None, true) => self.add::<true>(tree, &block, sums),
                        (None, false) => self.add::<false>(tree, &block, sums),
                    }
                }
            }
        });
        sums
    }

    /// Adds the leaves of a small tree to the sums of a block of rows.
    fn ask<const UNKNOWN: bool>(
        &self,
        tree: &Tree,
        small: &SmallTree,
        columns: &[[f32; BLOCK]],
        sums: &mut [f64],
    ) {
        // What stands behind the last row is asked too, and its answer is left out.
        for (number, sums) in sums.chunks_mut(ABREAST * self.outputs).enumerate() {
            let ends = small.ends::<UNKNOWN, BLOCK>(columns, number * ABREAST);
            self.add_leaves(tree, &ends, sums);
        }
    }

    /// Adds the leaves of one tree to the sums of a block of rows.
    fn add<const UNKNOWN: bool>(&self, tree: &Tree, block: &[f32], sums: &mut [f64]) {
        let width = self.used.len();
        let steps = &self.steps[tree.begin..tree.end];
        let rows = sums.chunks_mut(LANES * self.outputs);
        for (sums, lanes) in rows.zip(block.chunks(LANES * width)) {
            if sums.len() == LANES * self.outputs {
                let ends = walk::<UNKNOWN>(steps, tree.depth, lanes, width);
                self.add_leaves(tree, &ends, sums);
            } else {
                for (row, sums) in sums.chunks_mut(self.outputs).enumerate() {
                    let row = &lanes[row * width..(row + 1) * width];
                    self.add_leaves(tree, &[leaf::<UNKNOWN>(steps, row)], sums);
                }
            }
        }
    }

    /// Adds to the sums of some rows the leaves that they fell into.
    #[inline(always)]
    fn add_leaves(&self, tree: &Tree, ends: &[u32], sums: &mut [f64]) {
        let rows = sums.chunks_exact_mut(self.outputs).zip(ends);
        match &self.leaves {
            Leaves::Single(values) => {
                let values = &values[tree.begin..tree.end];
                for (sums, &end) in rows {
                    sums[tree.output] += values[end as usize];
                }
            }
            Leaves::Several(leaf, values) => {
                let leaf = &leaf[tree.begin..tree.end];
                for (sums, &end) in rows {
                    let begin = leaf[end as usize] as usize * self.outputs;
                    let values = &values[begin..begin + self.outputs];
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += value;
                    }
                }
            }
        }
    }
}

/// The leaves that `LANES` rows fall into.
#[inline(always)]
fn walk<const UNKNOWN: bool>(
    steps: &[Step],
    depth: usize,
    lanes: &[f32],
    width: usize,
) -> [u32; LANES] {
    let mut at = [0u32; LANES];
    for _ in 0..depth {
        let mut moved = 0;
        for (lane, at) in at.iter_mut().enumerate() {
            let step = steps[*at as usize];
            let value = lanes[lane * width + step.slot()];
            let next = step.left() + u32::from(step.goes_right::<UNKNOWN>(value));
            moved |= next ^ *at;
            *at = next;
        }
        if moved == 0 {
            break;
        }
    }
    at
}

/// The leaf that one row falls into.
fn leaf<const UNKNOWN: bool>(steps: &[Step], row: &[f32]) -> u32 {
    let mut at = 0;
    loop {
        let step = steps[at as usize];
        if step.left() == at {
            return at;
        }
        at = step.left() + u32::from(step.goes_right::<UNKNOWN>(row[step.slot()]));
    }
}

/// Cuts results of `width` numbers a row into one share a thread and has each filled, told the
/// first row of it.
pub fn in_shares(
    results: &mut [f64],
    width: usize,
    threads: usize,
    fill: impl Fn(usize, &mut [f64]) + Sync,
) {
    let rows = results.len() / width;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores() } else { threads };
    let share = rows
        .div_ceil(threads.max(1))
        .max(SHARE)
        .next_multiple_of(BLOCK);
    if rows <= share {
        fill(0, results);
        return;
    }
    std::thread::scope(|scope| {
        for (number, part) in results.chunks_mut(share * width).enumerate() {
            let fill = &fill;
            scope.spawn(move || fill(number * share, part));
        }
    });
}
