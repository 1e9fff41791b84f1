//! Packets to flows: the table, its timers, the statistics and their Arrow columns.
//!
//! A conversation is found by its [`key`], kept as a [`record`] in a [`table`], counted in
//! [`statistics`], and written as one [`row`] when it is over or its part is cut.

pub mod columns;
mod entropy;
mod history;
pub mod key;
mod originator;
pub mod record;
mod row;
mod rows;
mod side;
mod spec;
mod spread;
mod statistics;
pub mod table;
mod tcp;
pub mod timeouts;
mod timers;

#[cfg(test)]
mod parts_test;
#[cfg(test)]
mod statistics_test;
#[cfg(test)]
mod table_test;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use row::Text;
pub use row::{write, Ended};
pub use spec::{schema, spec_hash, FEATURES};
