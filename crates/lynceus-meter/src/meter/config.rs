//! What the meter is asked to do.

use std::thread;

use super::clock::SHARDS;
use crate::flow::table::Limits;
use crate::flow::timeouts::Timeouts;

/// What the meter is asked to do.
#[derive(Clone, Debug)]
pub struct MeterConfig {
    /// Name of the site, the first column of all rows.
    pub site: String,
    /// Longest flow part.
    pub active_timeout_s: f64,
    /// Silence after which a flow is told though it may go on, in its next part; none: it is told
    /// when it is over.
    pub inactive_timeout_s: Option<f64>,
    /// Silence that ends a TCP flow.
    pub tcp_idle_s: f64,
    /// Silence that ends a TCP flow of which only one side was seen, without any ACK.
    pub half_open_idle_s: f64,
    /// Silence that ends a TCP flow after RST or FIN both ways.
    pub closed_idle_s: f64,
    /// Silence that ends any other flow.
    pub idle_s: f64,
    /// Live flows kept at most; the longest silent are shed, half-open ones first.
    pub max_flows: usize,
    /// Bytes of flow state kept at most.
    pub max_state_bytes: usize,
    /// Threads, the reading one included; 1 works in the caller's thread alone. The default is one
    /// more than there are cores: reading costs far less than the rest.
    pub threads: usize,
    /// Rows of an Arrow batch at most.
    pub batch_rows: usize,
    /// How late packets may be for the watermark to hold.
    pub lateness_s: f64,
    /// Rows are handed out after each so many seconds of a capture, not just after so many packets.
    pub step_s: Option<f64>,
    /// Whether protocol events are wanted beside the flows; these are the same without them.
    pub events: bool,
}

impl Default for MeterConfig {
    fn default() -> Self {
        MeterConfig {
            site: "default".to_owned(),
            active_timeout_s: 1_800.0,
            inactive_timeout_s: None,
            tcp_idle_s: 300.0,
            half_open_idle_s: 60.0,
            closed_idle_s: 5.0,
            idle_s: 60.0,
            max_flows: 1_000_000,
            max_state_bytes: 1 << 30,
            threads: thread::available_parallelism().map_or(2, |cores| cores.get() + 1),
            batch_rows: 16_384,
            lateness_s: 60.0,
            step_s: None,
            events: true,
        }
    }
}

/// Seconds in nanoseconds.
pub(super) fn ns(seconds: f64) -> i64 {
    (seconds.max(0.0) * 1e9) as i64
}

impl MeterConfig {
    /// The timeouts as the tables want them.
    pub(super) fn timeouts(&self) -> Timeouts {
        Timeouts {
            active_ns: ns(self.active_timeout_s),
            inactive_ns: self.inactive_timeout_s.map_or(i64::MAX, ns),
            tcp_ns: ns(self.tcp_idle_s),
            half_open_ns: ns(self.half_open_idle_s),
            closed_ns: ns(self.closed_idle_s),
            other_ns: ns(self.idle_s),
        }
    }

    /// The limits of one shard.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            flows: self.max_flows.div_ceil(SHARDS).max(1),
            bytes: (self.max_state_bytes / SHARDS).max(1),
        }
    }
}
