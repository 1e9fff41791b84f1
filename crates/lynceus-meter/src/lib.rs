//! Packets in, Arrow batches of flows and protocol events out: one pass, bounded memory.
//!
//! The folder names are the data path:
//! `read` (bytes to frames) -> `decode` (frames to [`packet::Packet`]s) -> `flow` (packets to flows)
//! with `protocols` looking at the first bytes of each conversation, and `meter` driving them all.
//!
//! Every byte is hostile: no unsafe code, no length field is believed, memory is bounded per flow
//! and per source, and what is malformed is counted in [`losses::Losses`] and skipped.
#![forbid(unsafe_code)]

pub mod cut;
pub mod decode;
pub mod flow;
pub mod fuzzing;
pub mod ids;
pub mod losses;
pub mod meter;
pub mod packet;
mod peaks;
pub mod protocols;
pub mod read;
