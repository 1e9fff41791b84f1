//! How long a conversation may be silent, and how long one part of it lasts.

/// Idle times after which a conversation is over, and the longest part, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// A part is cut when a packet comes this long after its first one.
    pub active_ns: i64,
    /// A part ends after so much silence, and the conversation pauses: what follows within its idle
    /// time is its next part.
    pub inactive_ns: i64,
    /// TCP.
    pub tcp_ns: i64,
    /// TCP of which one side only was seen, without an ACK.
    pub half_open_ns: i64,
    /// TCP after RST or FIN both ways: time for trailing packets.
    pub closed_ns: i64,
    /// UDP, ICMP and all others.
    pub other_ns: i64,
}

impl Timeouts {
    /// The longest that a part is silent before it is told.
    pub fn longest_silence_ns(&self) -> i64 {
        self.tcp_ns
            .max(self.half_open_ns)
            .max(self.closed_ns)
            .max(self.other_ns)
            .min(self.inactive_ns)
    }
}
