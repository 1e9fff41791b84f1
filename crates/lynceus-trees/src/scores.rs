//! Many rows through many trees.
//!
//! A block of rows goes through one tree after the other, so that a tree is fetched once a block;
//! within it `LANES` rows walk side by side, so that the memory they wait for is fetched at once.
//! Trees of few leaves are not walked but asked (`small.rs`).

use std::array::from_fn;

use crate::forest::{Forest, Leaves, Step, Tree};
use crate::matrix::Matrix;
use crate::rank::UNKNOWN;
use crate::small::{SmallTree, ABREAST};

/// Rows of a block where the forest stays near by itself: so few that they do so too.
const SHORT: usize = 1024;
/// Rows of a block where the trees come from afar each time: so many that it is worth it.
const LONG: usize = 16 * SHORT;
/// Nodes of a forest that stays near (eight bytes each).
const NEAR: usize = 1 << 15;
/// Rows that walk a tree side by side: as many as there are registers for.
const LANES: usize = 8;
/// Levels that rows go down before they are looked at whether all have arrived.
const LEVELS: usize = 4;
/// Fewest rows worth a thread of their own.
const SHARE: usize = 2 * SHORT;

/// The inputs of a block of rows, as ranks.
#[derive(Default)]
struct Block {
    /// Row by row, whole lanes; empty where no tree is walked.
    rows: Vec<u32>,
    /// By `LANES` rows: whether anything of them is unknown.
    gaps: Vec<bool>,
    /// Signed, in columns of `height`; empty where no tree is asked.
    columns: Vec<i32>,
    height: usize,
}

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
        in_shares(&mut sums, self.outputs, threads, |first, sums| {
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
                // SAFETY: the processor has what the function is compiled for.
                #[allow(unsafe_code)]
                unsafe {
                    self.add_all_wide(matrix, first, sums)
                };
                return;
            }
            self.add_all(matrix, first, sums);
        });
        sums
    }

    /// [`Forest::add_all`], for processors that compare eight numbers at once.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1")]
    #[allow(unsafe_code)]
    unsafe fn add_all_wide(&self, matrix: &Matrix<'_>, first: usize, sums: &mut [f64]) {
        self.add_all(matrix, first, sums);
    }

    /// Adds the leaves of all trees to the sums of the rows from `first` on.
    #[inline(always)]
    fn add_all(&self, matrix: &Matrix<'_>, first: usize, sums: &mut [f64]) {
        let asked = self.trees.iter().any(|tree| tree.small.is_some());
        let walked = self.trees.iter().any(|tree| tree.small.is_none());
        let most = if self.steps.len() > NEAR { LONG } else { SHORT };
        let mut block = Block::default();
        for (at, sums) in sums.chunks_mut(most * self.outputs).enumerate() {
            let from = first + at * most;
            let rows = sums.len() / self.outputs;
            if walked {
                let width = self.used.len();
                block.rows.resize(rows.next_multiple_of(LANES) * width, 0);
                matrix.gather(&self.used, from, &mut block.rows[..rows * width]);
                let lanes = block.rows.chunks_exact(LANES * width);
                block.gaps.clear();
                block
                    .gaps
                    .extend(lanes.map(|ranks| ranks.contains(&UNKNOWN)));
            }
            if asked {
                block.height = rows.next_multiple_of(ABREAST);
                block.columns.resize(block.height * self.used.len(), 0);
                matrix.columns(
                    &self.used,
                    from,
                    from + rows,
                    block.height,
                    &mut block.columns,
                );
            }
            for tree in &self.trees {
                match &tree.small {
                    Some(small) => self.ask(tree, small, &block, sums),
                    None => self.pass(tree, &block, sums),
                }
            }
        }
    }

    /// Adds the leaves of a small tree to the sums of a block of rows.
    #[inline(always)]
    fn ask(&self, tree: &Tree, small: &SmallTree, block: &Block, sums: &mut [f64]) {
        // What stands behind the last row is asked too, and its answer is left out.
        for (number, sums) in sums.chunks_mut(ABREAST * self.outputs).enumerate() {
            let ends = small.ends(&block.columns, block.height, number * ABREAST);
            self.add_leaves(tree, &ends, sums);
        }
    }

    /// Adds the leaves of one tree to the sums of a block of rows.
    #[inline(always)]
    fn pass(&self, tree: &Tree, block: &Block, sums: &mut [f64]) {
        let width = self.used.len();
        let steps = &self.steps[tree.begin..tree.end];
        let lanes = block.rows.chunks_exact(LANES * width).zip(&block.gaps);
        for (sums, (lanes, &gaps)) in sums.chunks_mut(LANES * self.outputs).zip(lanes) {
            let ends = if gaps && tree.turns {
                ends::<true>(steps, tree.depth, lanes, width)
            } else {
                ends::<false>(steps, tree.depth, lanes, width)
            };
            self.add_leaves(tree, &ends, sums);
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
fn ends<const TURNS: bool>(
    steps: &[Step],
    depth: usize,
    lanes: &[u32],
    width: usize,
) -> [u32; LANES] {
    let rows: [&[u32]; LANES] = from_fn(|lane| &lanes[lane * width..(lane + 1) * width]);
    let mut at = [0u32; LANES];
    for _ in (0..depth).step_by(LEVELS) {
        let before = at;
        // A row that has arrived stays where it is.
        for _ in 0..LEVELS {
            for (row, at) in rows.iter().zip(&mut at) {
                let step = steps[*at as usize];
                *at = step.left() + u32::from(step.goes_right::<TURNS>(row[step.slot()]));
            }
        }
        if at == before {
            break;
        }
    }
    at
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
        .next_multiple_of(SHORT);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Node};

    /// A tree that splits off one number after the other, up to `leaves` of them.
    fn chain(leaves: usize, output: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        for number in 0..leaves {
            let leaf = Node::Leaf {
                output,
                values: vec![1.0 / (number + 3) as f64],
                cover: 1.0,
            };
            if number + 1 < leaves {
                nodes.push(Node::Split {
                    input: number % 2,
                    threshold: number as f64,
                    left: nodes.len() + 1,
                    right: nodes.len() + 2,
                    missing_left: number % 3 == 0,
                    cover: (leaves - number) as f64,
                });
            }
            nodes.push(leaf);
        }
        nodes
    }

    #[test]
    fn what_is_compiled_for_some_processors_says_what_the_others_say() {
        let trees = [chain(5, 0), chain(50, 1), chain(200, 0)];
        let forest = Forest::new(&trees, 2, 2).expect("sound trees");
        let values: [Vec<f32>; 2] = from_fn(|input| {
            let value = |row| (row * (input + 3) % 210) as f32 - 4.0;
            (0..3_001).map(value).collect()
        });
        let known: Vec<bool> = (0..3_001).map(|row| row % 11 > 0).collect();
        let columns = values.iter().map(|values| Column {
            values,
            known: Some(&known),
        });
        let matrix = Matrix::new(columns.collect(), 3_001).expect("columns of one length");
        let mut plain = vec![0.0; 3_001 * 2];
        forest.add_all(&matrix, 0, &mut plain);
        assert_eq!(forest.scores(&matrix, 1), plain);
    }
}
