//! Trees of few leaves: every question of the tree is put to many rows at once, in the order they
//! stand, and an answer strikes out the leaves that it rules out. What is left is the leaf.
//!
//! More questions than a walk would ask, but none waits for the answer to another one and no row
//! goes a way of its own. Lucchese et al.: QuickScorer (2015).

use crate::forest::Step;

/// Most leaves of a small tree: one bit of a word each.
const MOST_LEAVES: usize = u32::BITS as usize;
/// Rows that are asked at once: so many that a question is worth preparing, so few that what is
/// left of their leaves stays near.
pub const ABREAST: usize = 64;

/// A split, and which leaves are left, as bits, to a row that goes right at it.
struct Question {
    threshold: f32,
    slot: usize,
    unknown_goes_right: bool,
    left_over: u32,
}

/// A tree of at most [`MOST_LEAVES`] leaves.
pub struct SmallTree {
    questions: Vec<Question>,
    /// The node of each leaf, from left to right.
    nodes: [u32; MOST_LEAVES],
}

impl SmallTree {
    /// A laid out tree as questions; `None` where it has too many leaves.
    pub fn of(steps: &[Step]) -> Option<SmallTree> {
        if steps.len() >= 2 * MOST_LEAVES {
            return None;
        }
        let mut tree = SmallTree {
            questions: Vec::with_capacity(steps.len() / 2),
            nodes: [0; MOST_LEAVES],
        };
        tree.ask(steps, 0, 0);
        Some(tree)
    }

    /// Takes in what is below a node whose first leaf has a number; gives that of the next one.
    fn ask(&mut self, steps: &[Step], node: u32, first: usize) -> usize {
        let step = steps[node as usize];
        let left = step.left();
        if left == node {
            self.nodes[first] = node;
            return first + 1;
        }
        let middle = self.ask(steps, left, first);
        let of_left = (1u64 << middle) - (1u64 << first);
        self.questions.push(Question {
            threshold: step.threshold(),
            slot: step.slot(),
            unknown_goes_right: step.unknown_goes_right(),
            left_over: !(of_left as u32),
        });
        self.ask(steps, left + 1, middle)
    }

    /// The leaves that rows fall into, from the row `at` on of columns by slot.
    #[inline(always)]
    pub fn ends<const UNKNOWN: bool, const ROWS: usize>(
        &self,
        columns: &[[f32; ROWS]],
        at: usize,
    ) -> [u32; ABREAST] {
        let mut left = [u32::MAX; ABREAST];
        for question in &self.questions {
            let Some(cells) = columns[question.slot][at..].first_chunk() else {
                unreachable!("rows are asked in whole chunks of a block");
            };
            let Question {
                threshold,
                left_over,
                ..
            } = *question;
            if UNKNOWN && question.unknown_goes_right {
                strike(&mut left, cells, left_over, |c| c > threshold || c.is_nan());
            } else {
                strike(&mut left, cells, left_over, |c| c > threshold);
            }
        }
        left.map(|left| self.nodes[left.trailing_zeros() as usize % MOST_LEAVES])
    }
}

/// Leaves only `left_over` to the rows that go right. Without a branch, so that it is done for
/// several rows with one instruction.
#[inline(always)]
fn strike(
    left: &mut [u32; ABREAST],
    cells: &[f32; ABREAST],
    left_over: u32,
    goes_right: impl Fn(f32) -> bool,
) {
    for (left, &cell) in left.iter_mut().zip(cells) {
        let all_or_none = u32::from(goes_right(cell)).wrapping_sub(1);
        *left &= left_over | all_or_none;
    }
}
