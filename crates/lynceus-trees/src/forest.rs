//! The structure of trees: checked, and laid out so that many rows walk it fast.

use std::collections::HashMap;

use thiserror::Error;

use crate::rank::{rank_at_most, UNKNOWN};
use crate::small::SmallTree;

/// Most levels of a tree.
pub const MOST_DEPTH: usize = 512;
/// Most inputs that a forest may ask for.
const MOST_INPUTS: usize = 1 << 11;
/// Most nodes of one tree.
const MOST_NODES: usize = 1 << 20;
/// Most outputs.
const MOST_OUTPUTS: usize = 1 << 8;

/// Why nodes make no forest.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("tree {tree}, node {node}: {reason}")]
pub struct ForestError {
    tree: usize,
    node: usize,
    reason: String,
}

/// One node as a trainer has it. Children are places within the tree, behind their parent; the
/// first node is the root.
#[derive(Clone, Debug)]
pub enum Node {
    /// Rows whose input is at most `threshold` go left, others right.
    Split {
        /// The place of the input.
        input: usize,
        /// Compared with the input as it is, so that Float64 thresholds stay exact.
        threshold: f64,
        /// Where the rows at most `threshold` go.
        left: usize,
        /// Where the others go.
        right: usize,
        /// Whether rows of which the input is unknown go left.
        missing_left: bool,
        /// How much of the training data came by.
        cover: f64,
    },
    /// The end: what is added to the outputs from `output` on.
    Leaf {
        /// The first output that is added to.
        output: usize,
        /// What is added to it and those after it.
        values: Vec<f64>,
        /// How much of the training data ended here.
        cover: f64,
    },
}

/// A node in eight bytes. The right child stands behind the left; a leaf is its own left child and
/// never lets go right, so that rows which have arrived stay.
#[derive(Clone, Copy)]
pub struct Step {
    /// The rank of the threshold.
    above: u32,
    /// From the lowest bit: slot, whether what is unknown goes left, left child.
    packed: u32,
}

const INPUT_BITS: u32 = MOST_INPUTS.ilog2();

impl Step {
    fn split(threshold: f64, left: usize, slot: usize, missing_left: bool) -> Step {
        let missing_left = u32::from(missing_left);
        Step {
            above: rank_at_most(threshold),
            packed: ((left as u32) << 1 | missing_left) << INPUT_BITS | slot as u32,
        }
    }

    fn leaf(place: usize) -> Step {
        Step {
            above: UNKNOWN,
            packed: (place as u32) << (INPUT_BITS + 1),
        }
    }

    /// The place of the left child.
    #[inline(always)]
    pub fn left(self) -> u32 {
        self.packed >> (INPUT_BITS + 1)
    }

    /// The slot of the input among those the forest uses.
    #[inline(always)]
    pub fn slot(self) -> usize {
        self.packed as usize & (MOST_INPUTS - 1)
    }

    /// What goes right is above it.
    #[inline(always)]
    pub fn above(self) -> u32 {
        self.above
    }

    /// What is added to both before they are compared: 1 where what is unknown goes left, for one
    /// more than the highest rank is the lowest.
    #[inline(always)]
    pub fn turn(self) -> u32 {
        self.packed >> INPUT_BITS & 1
    }

    /// Whether an input of this rank goes right; `TURNS` may be false where nothing is unknown.
    #[inline(always)]
    pub fn goes_right<const TURNS: bool>(self, rank: u32) -> bool {
        let turn = if TURNS { self.turn() } else { 0 };
        rank.wrapping_add(turn) > self.above.wrapping_add(turn)
    }
}

/// The numbers that leaves add to the outputs, as bits, and which they are.
type Said = HashMap<Vec<u64>, u32>;

/// What the leaves of a forest add.
pub enum Leaves {
    /// One number to one output a tree: by node.
    Single(Vec<f64>),
    /// A number to every output: by node which numbers, and the numbers. Many leaves of a forest
    /// say the same, so that what is said stays near.
    Several(Vec<u32>, Vec<f64>),
}

/// One tree: its nodes in the arrays of the forest.
pub struct Tree {
    /// The place of its root.
    pub begin: usize,
    /// Behind its last node.
    pub end: usize,
    /// Levels below the root.
    pub depth: usize,
    /// The output its leaves add to, where it is one.
    pub output: usize,
    /// Whether what is unknown goes left anywhere ([`Step::turn`]).
    pub turns: bool,
    /// The same tree as questions, where it has few leaves.
    pub small: Option<SmallTree>,
}

/// Trees that are scored together.
pub struct Forest {
    pub(crate) steps: Vec<Step>,
    pub(crate) leaves: Leaves,
    pub(crate) covers: Vec<f64>,
    pub(crate) trees: Vec<Tree>,
    /// The inputs that are used at all: slot to place.
    pub(crate) used: Vec<u32>,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Forest {
    /// A forest of trees over so many inputs and outputs, after every check.
    pub fn new(trees: &[Vec<Node>], inputs: usize, outputs: usize) -> Result<Forest, ForestError> {
        if inputs == 0 || inputs > MOST_INPUTS || outputs == 0 || outputs > MOST_OUTPUTS {
            let reason = format!("{inputs} inputs and {outputs} outputs: too few or too many");
            return Err(ForestError {
                tree: 0,
                node: 0,
                reason,
            });
        }
        let mut depths = Vec::with_capacity(trees.len());
        for (tree, nodes) in trees.iter().enumerate() {
            let depth = checked(nodes, inputs, outputs).map_err(|(node, reason)| ForestError {
                tree,
                node,
                reason,
            })?;
            depths.push(depth);
        }
        let mut slots = vec![u32::MAX; inputs];
        let mut used = Vec::new();
        for node in trees.iter().flatten() {
            if let Node::Split { input, .. } = node {
                if slots[*input] == u32::MAX {
                    slots[*input] = used.len() as u32;
                    used.push(*input as u32);
                }
            }
        }
        if used.is_empty() {
            // Trees of one leaf each: rows still have to be walked through.
            used.push(0);
        }
        let several = trees.iter().any(|nodes| one_output(nodes).is_none());
        let mut forest = Forest {
            steps: Vec::new(),
            leaves: if several {
                Leaves::Several(Vec::new(), Vec::new())
            } else {
                Leaves::Single(Vec::new())
            },
            covers: Vec::new(),
            trees: Vec::new(),
            used,
            inputs,
            outputs,
        };
        let mut said = Said::new();
        for (nodes, depth) in trees.iter().zip(depths) {
            forest.lay_out(nodes, depth, &slots, &mut said);
        }
        Ok(forest)
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// How many inputs a row has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Appends a tree level by level, so that siblings stand side by side.
    fn lay_out(&mut self, nodes: &[Node], depth: usize, slots: &[u32], said: &mut Said) {
        let begin = self.steps.len();
        let mut order = vec![0];
        let mut at = 0;
        while at < order.len() {
            if let Node::Split { left, right, .. } = nodes[order[at]] {
                order.extend([left, right]);
            }
            at += 1;
        }
        let mut next = 1;
        for (place, &of) in order.iter().enumerate() {
            let (step, cover) = match &nodes[of] {
                Node::Split {
                    input,
                    threshold,
                    missing_left,
                    cover,
                    ..
                } => {
                    let left = next;
                    next += 2;
                    let slot = slots[*input] as usize;
                    (Step::split(*threshold, left, slot, *missing_left), cover)
                }
                Node::Leaf { cover, .. } => (Step::leaf(place), cover),
            };
            self.steps.push(step);
            self.covers.push(*cover);
            self.keep_leaf(&nodes[of], said);
        }
        self.trees.push(Tree {
            begin,
            end: self.steps.len(),
            depth,
            output: one_output(nodes).unwrap_or(0),
            turns: self.steps[begin..].iter().any(|step| step.turn() > 0),
            small: SmallTree::of(&self.steps[begin..]),
        });
    }

    fn keep_leaf(&mut self, node: &Node, said: &mut Said) {
        let (first, values) = match node {
            Node::Leaf { output, values, .. } => (*output, values.as_slice()),
            Node::Split { .. } => (0, [].as_slice()),
        };
        match &mut self.leaves {
            Leaves::Single(all) => all.push(values.first().copied().unwrap_or(0.0)),
            Leaves::Several(leaf, all) => {
                let mut whole = vec![0.0; self.outputs];
                whole[first..first + values.len()].copy_from_slice(values);
                let bits = whole.iter().map(|value| value.to_bits()).collect();
                let next = (all.len() / self.outputs) as u32;
                let number = *said.entry(bits).or_insert(next);
                if number == next {
                    all.extend(whole);
                }
                leaf.push(number);
            }
        }
    }
}

/// The output that all leaves of a tree add one number to, if there is one.
fn one_output(nodes: &[Node]) -> Option<usize> {
    let mut one = None;
    for node in nodes {
        if let Node::Leaf { output, values, .. } = node {
            if values.len() != 1 || one.is_some_and(|other| other != *output) {
                return None;
            }
            one = Some(*output);
        }
    }
    one
}

/// The depth of a tree whose nodes are in order; else the node and what is wrong with it.
fn checked(nodes: &[Node], inputs: usize, outputs: usize) -> Result<usize, (usize, String)> {
    if nodes.is_empty() || nodes.len() > MOST_NODES {
        return Err((0, format!("{} nodes: too few or too many", nodes.len())));
    }
    let mut depths = vec![None; nodes.len()];
    depths[0] = Some(0);
    let mut deepest = 0;
    for (place, node) in nodes.iter().enumerate() {
        let wrong = |reason: &str| Err((place, reason.to_owned()));
        let Some(depth) = depths[place] else {
            return wrong("is no node's child");
        };
        deepest = deepest.max(depth);
        let cover = match node {
            Node::Split { cover, .. } | Node::Leaf { cover, .. } => *cover,
        };
        if !(cover.is_finite() && cover > 0.0) {
            return wrong("expected a cover above 0");
        }
        match node {
            Node::Split {
                input,
                threshold,
                left,
                right,
                ..
            } => {
                if *input >= inputs {
                    return wrong("asks for an input that is not there");
                }
                if threshold.is_nan() {
                    return wrong("has no threshold");
                }
                for &child in [left, right] {
                    if child <= place || child >= nodes.len() || depths[child].is_some() {
                        return wrong("a child must stand behind it and belong to it alone");
                    }
                    depths[child] = Some(depth + 1);
                }
                if depth + 1 > MOST_DEPTH {
                    return wrong("is too deep");
                }
            }
            Node::Leaf { output, values, .. } => {
                if values.is_empty() || output.saturating_add(values.len()) > outputs {
                    return wrong("adds to outputs that are not there");
                }
                if !values.iter().all(|value| value.is_finite()) {
                    return wrong("adds a number that is not finite");
                }
            }
        }
    }
    Ok(deepest)
}
