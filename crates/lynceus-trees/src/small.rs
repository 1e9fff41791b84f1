//! Trees of few leaves: every question of the tree is put to many rows at once, and an answer
//! strikes out the leaves that it rules out. The first one that is left is the leaf.
//!
//! More questions than a walk would ask, but none waits for the answer to another one and no row
//! goes a way of its own. Lucchese et al.: QuickScorer (2015).

use crate::forest::Step;
use crate::rank::signed;

/// Most leaves of a small tree.
const MOST_LEAVES: usize = 64;
/// Leaves that are struck out at once: one bit of a word each.
const WORD: usize = u32::BITS as usize;
/// Rows that are asked at once: so many that a question is worth preparing, so few that what is
/// left of their leaves stays in registers.
pub const ABREAST: usize = 32;

/// A split, and which leaves of a word are left, as bits, to a row that goes right at it.
#[derive(Clone, Copy)]
struct Question {
    /// The signed rank that what goes right is above, once it is turned.
    above: i32,
    slot: usize,
    left_over: u32,
}

/// Leaves that stand side by side, and the questions that may strike some of them out.
#[derive(Default)]
struct Word {
    /// Those where what is unknown goes right.
    questions: Vec<Question>,
    /// Those where it goes left: asked of what is one rank higher, for one more than the highest is
    /// the lowest.
    turned: Vec<Question>,
    /// The node of each leaf, from left to right.
    nodes: [u32; WORD],
}

/// A tree of at most [`MOST_LEAVES`] leaves.
pub struct SmallTree {
    words: Vec<Word>,
}

impl SmallTree {
    /// A laid out tree as questions; `None` where it has too many leaves.
    pub fn of(steps: &[Step]) -> Option<SmallTree> {
        let leaves = steps.len().div_ceil(2);
        if leaves > MOST_LEAVES {
            return None;
        }
        let words = (0..leaves.div_ceil(WORD)).map(|_| Word::default());
        let mut tree = SmallTree {
            words: words.collect(),
        };
        tree.ask(steps, 0, 0);
        Some(tree)
    }

    /// Takes in what is below a node whose first leaf has a number; gives that of the next one.
    fn ask(&mut self, steps: &[Step], node: u32, first: usize) -> usize {
        let step = steps[node as usize];
        let left = step.left();
        if left == node {
            self.words[first / WORD].nodes[first % WORD] = node;
            return first + 1;
        }
        let middle = self.ask(steps, left, first);
        let of_left = (1u128 << middle) - (1u128 << first);
        for (number, word) in self.words.iter_mut().enumerate() {
            let struck = (of_left >> (number * WORD)) as u32;
            if struck == 0 {
                continue;
            }
            let question = Question {
                above: signed(step.above() + step.turn()),
                slot: step.slot(),
                left_over: !struck,
            };
            match step.turn() {
                0 => word.questions.push(question),
                _ => word.turned.push(question),
            }
        }
        self.ask(steps, left + 1, middle)
    }

    /// The leaves that rows fall into, from the row `at` on of columns of `height`.
    #[inline(always)]
    pub fn ends(&self, columns: &[i32], height: usize, at: usize) -> [u32; ABREAST] {
        let mut ends = [0; ABREAST];
        for word in self.words.iter().rev() {
            let mut left = [u32::MAX; ABREAST];
            for question in &word.questions {
                strike(&mut left, columns, height, at, *question, 0);
            }
            for question in &word.turned {
                strike(&mut left, columns, height, at, *question, 1);
            }
            for (end, left) in ends.iter_mut().zip(left) {
                if left != 0 {
                    *end = word.nodes[left.trailing_zeros() as usize % WORD];
                }
            }
        }
        ends
    }
}

/// Leaves only what is left over to the rows that go right. Without a branch, so that it is done
/// for several rows with one instruction.
#[inline(always)]
fn strike(
    left: &mut [u32; ABREAST],
    columns: &[i32],
    height: usize,
    at: usize,
    question: Question,
    turn: i32,
) {
    let Some(cells) = columns[question.slot * height + at..].first_chunk::<ABREAST>() else {
        unreachable!("rows are asked in whole chunks of a block");
    };
    for (left, &rank) in left.iter_mut().zip(cells) {
        let goes_right = rank.wrapping_add(turn) > question.above;
        let all_or_none = u32::from(goes_right).wrapping_sub(1);
        *left &= question.left_over | all_or_none;
    }
}
