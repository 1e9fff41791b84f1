//! What each input adds to a row's score: TreeSHAP over the paths of the trees, by cover.
//!
//! Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (2018),
//! algorithm 2. The contributions of a row and [`Forest::expected`] add up to its score.

use crate::forest::{Forest, Leaves, Step, Tree};
use crate::matrix::Matrix;
use crate::scores::in_shares;

/// One input on the way to a node.
#[derive(Clone, Copy, Default)]
struct Met {
    slot: usize,
    /// Share of the training data that goes this way where the input is not known.
    zero: f64,
    /// 1 where the row goes this way, else 0.
    one: f64,
    /// Sum of the weights of all sets of so many inputs.
    weight: f64,
}

impl Forest {
    /// What each input adds to one output: rows x inputs, row by row. See [`Forest::scores`].
    ///
    /// # Panics
    /// When the matrix has another number of inputs than the forest, or there is no such output.
    pub fn contributions(&self, matrix: &Matrix<'_>, output: usize, threads: usize) -> Vec<f64> {
        assert_eq!(matrix.inputs(), self.inputs, "inputs of another forest");
        assert!(output < self.outputs, "an output of another forest");
        let mut told = vec![0.0; matrix.rows() * self.inputs];
        in_shares(&mut told, self.inputs, threads, |first, told| {
            let mut ranks = vec![0; self.used.len()];
            let mut adds = vec![0.0; self.used.len()];
            for (row, told) in told.chunks_mut(self.inputs).enumerate() {
                matrix.gather(&self.used, first + row, &mut ranks);
                adds.fill(0.0);
                for tree in &self.trees {
                    self.walk(tree, output, &ranks, &mut adds);
                }
                for (slot, &input) in self.used.iter().enumerate() {
                    told[input as usize] = adds[slot];
                }
            }
        });
        told
    }

    /// The mean score of the training data of one output.
    pub fn expected(&self, output: usize) -> f64 {
        let of_tree = |tree: &Tree| {
            let root = self.covers[tree.begin];
            let leaves = (tree.begin..tree.end).filter(|&at| self.is_leaf(tree, at));
            let sum: f64 = leaves
                .map(|at| self.covers[at] * self.value(tree, at - tree.begin, output))
                .sum();
            sum / root
        };
        self.trees.iter().map(of_tree).sum()
    }

    fn is_leaf(&self, tree: &Tree, at: usize) -> bool {
        self.steps[at].left() as usize == at - tree.begin
    }

    /// What a leaf adds to an output.
    fn value(&self, tree: &Tree, end: usize, output: usize) -> f64 {
        match &self.leaves {
            Leaves::Single(values) if tree.output == output => values[tree.begin + end],
            Leaves::Single(_) => 0.0,
            Leaves::Several(leaf, values) => {
                values[leaf[tree.begin + end] as usize * self.outputs + output]
            }
        }
    }

    fn walk(&self, tree: &Tree, output: usize, ranks: &[u32], adds: &mut [f64]) {
        let silent = matches!(self.leaves, Leaves::Single(_)) && tree.output != output;
        if silent || tree.depth == 0 {
            return;
        }
        let walk = Walk {
            forest: self,
            tree,
            steps: &self.steps[tree.begin..tree.end],
            output,
            ranks,
        };
        // Each level has a path of its own in one array: level n begins behind all shorter ones.
        let levels = tree.depth + 2;
        let mut paths = vec![Met::default(); levels * (levels + 1) / 2 + levels];
        walk.descend(0, 0, &mut paths, 1.0, 1.0, usize::MAX, adds);
    }
}

struct Walk<'a> {
    forest: &'a Forest,
    tree: &'a Tree,
    steps: &'a [Step],
    output: usize,
    ranks: &'a [u32],
}

impl Walk<'_> {
    /// Goes on at a node with the `met` inputs that stand first in `paths`.
    #[allow(clippy::too_many_arguments)]
    fn descend(
        &self,
        node: usize,
        met: usize,
        paths: &mut [Met],
        zero: f64,
        one: f64,
        slot: usize,
        adds: &mut [f64],
    ) {
        extend(paths, met, zero, one, slot);
        let mut met = met + 1;
        let step = self.steps[node];
        let left = step.left() as usize;
        if left == node {
            let value = self.forest.value(self.tree, node, self.output);
            if value != 0.0 {
                for at in 1..met {
                    let told = paths[at];
                    let weight = unwound(&paths[..met], at);
                    adds[told.slot] += weight * (told.one - told.zero) * value;
                }
            }
            return;
        }
        let right = usize::from(step.goes_right::<true>(self.ranks[step.slot()]));
        let (hot, cold) = (left + right, left + 1 - right);
        let (mut zero, mut one) = (1.0, 1.0);
        let before = (1..met).find(|&at| paths[at].slot == step.slot());
        if let Some(at) = before {
            (zero, one) = (paths[at].zero, paths[at].one);
            unwind(paths, met, at);
            met -= 1;
        }
        let covers = &self.forest.covers[self.tree.begin..self.tree.end];
        for (child, one) in [(hot, one), (cold, 0.0)] {
            let (here, below) = paths.split_at_mut(met);
            below[..met].copy_from_slice(here);
            let share = covers[child] / covers[node];
            self.descend(child, met, below, zero * share, one, step.slot(), adds);
        }
    }
}

/// Adds an input to a path of `met`.
fn extend(path: &mut [Met], met: usize, zero: f64, one: f64, slot: usize) {
    let weight = if met == 0 { 1.0 } else { 0.0 };
    path[met] = Met {
        slot,
        zero,
        one,
        weight,
    };
    let whole = (met + 1) as f64;
    for at in (0..met).rev() {
        let weight = path[at].weight;
        path[at + 1].weight += one * weight * (at + 1) as f64 / whole;
        path[at].weight = zero * weight * (met - at) as f64 / whole;
    }
}

/// Takes an input out of a path of `met`, as if it had never been added.
fn unwind(path: &mut [Met], met: usize, at: usize) {
    let last = met - 1;
    let Met { zero, one, .. } = path[at];
    let mut next = path[last].weight;
    for place in (0..last).rev() {
        let weight = path[place].weight;
        if one == 0.0 {
            path[place].weight = weight * met as f64 / (zero * (last - place) as f64);
        } else {
            path[place].weight = next * met as f64 / ((place + 1) as f64 * one);
            next = weight - path[place].weight * zero * (last - place) as f64 / met as f64;
        }
    }
    for place in at..last {
        let Met {
            slot, zero, one, ..
        } = path[place + 1];
        path[place] = Met {
            slot,
            zero,
            one,
            weight: path[place].weight,
        };
    }
}

/// The sum of the weights of a path without one of its inputs.
fn unwound(path: &[Met], at: usize) -> f64 {
    let last = path.len() - 1;
    let met = path.len() as f64;
    let Met { zero, one, .. } = path[at];
    let mut next = path[last].weight;
    let mut sum = 0.0;
    for place in (0..last).rev() {
        let left = (last - place) as f64;
        if one == 0.0 {
            sum += path[place].weight * met / (zero * left);
        } else {
            let weight = next * met / ((place + 1) as f64 * one);
            sum += weight;
            next = path[place].weight - weight * zero * left / met;
        }
    }
    sum
}
