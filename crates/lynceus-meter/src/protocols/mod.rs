//! Protocol facts from the first bytes of each conversation.
//!
//! The door for one more protocol: one file here and one line in `PARSERS`.
//!
//! `flow` owns one [`Inspector`] per flow and calls [`Inspector::segment`] for each packet with
//! payload until [`Inspector::is_done`]. Facts are appended to a `Vec<Event>`; `flow` drains that
//! vector at once into [`EventTables`] together with the identity of the flow.

use std::net::IpAddr;

/// One packet's contribution to a conversation, in capture order.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Capture time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// True when the originator sent it.
    pub from_orig: bool,
    /// TCP sequence number of the first payload byte, 0 for datagrams.
    pub tcp_seq: u32,
    /// TCP flags, 0 for datagrams.
    pub tcp_flags: u8,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire (more than captured when the snap length cut it).
    pub payload_bytes: u32,
}

/// Whose events these are: the identity columns that every event table begins with.
#[derive(Clone, Debug)]
pub struct FlowIdentity {
    /// Unique id of the flow part.
    pub uid: String,
    /// Originator address.
    pub orig_h: IpAddr,
    /// Originator port.
    pub orig_p: u16,
    /// Responder address.
    pub resp_h: IpAddr,
    /// Responder port.
    pub resp_p: u16,
    /// IP protocol number.
    pub protocol: u8,
}
