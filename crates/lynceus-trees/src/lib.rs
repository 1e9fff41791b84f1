//! Decision trees, forests, boosted trees and isolation forests, scored from their trained
//! structure: columns of Float32 in, sums of leaf values out.
//!
//! [`Forest::new`] takes nodes as any trainer has them and checks them; [`Forest::scores`] adds up
//! the leaves that rows fall into; [`Forest::contributions`] says what each input adds (TreeSHAP).

mod contributions;
mod forest;
mod matrix;
mod rank;
mod scores;
mod small;

pub use forest::{Forest, ForestError, Node};
pub use matrix::{Column, Matrix};
