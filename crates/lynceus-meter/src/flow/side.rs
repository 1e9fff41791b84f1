//! What one side of a conversation sent, counted.

use super::spread::Spread;
use super::tcp::{Arrival, Stream};

/// A payload packet with fewer bytes is small.
const SMALL_PAYLOAD_BYTES: u32 = 64;

/// What the statistics need of one packet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Capture time.
    pub ts_ns: i64,
    /// TCP sequence number.
    pub seq: u32,
    /// TCP acknowledgement number.
    pub ack: u32,
    /// Bytes of the frame.
    pub wire_bytes: u32,
    /// Bytes of the IP packet.
    pub ip_bytes: u32,
    /// Bytes of transport payload.
    pub payload_bytes: u32,
    /// TCP window as sent.
    pub window: u16,
    /// Maximum segment size of a SYN, 0 when absent.
    pub mss: u16,
    /// Window scale plus one of a SYN, 0 when absent.
    pub window_scale_plus_one: u8,
    /// TCP flags.
    pub flags: u8,
    /// Time to live.
    pub ttl: u8,
    /// Fragments it was put together from.
    pub fragments: u8,
    /// Side that sent it, 0 or 1.
    pub side: u8,
}

/// Runs of payload packets of one sender.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bursts {
    /// How many.
    pub count: u32,
    /// Payload packets in all of them.
    pub packets: u64,
    /// Most packets in one.
    pub packets_max: u32,
    /// Payload bytes in all of them.
    pub bytes: u64,
    /// Most bytes in one.
    pub bytes_max: u64,
}

/// The run that may become a burst.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Time of its latest packet.
    pub last_ns: i64,
    /// Payload bytes.
    pub bytes: u64,
    /// Packets.
    pub packets: u32,
    /// Its sender.
    pub side: u8,
}

/// What one side of the conversation sent.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Packets.
    pub packets: u64,
    /// IP packet sizes.
    pub size: Spread,
    /// Gaps in nanoseconds; their count is `packets - 1`.
    pub gap: Spread,
    /// Payload sizes; their count is `payload_packets`.
    pub payload: Spread,
    /// Time of the latest packet.
    pub last_ns: i64,
    /// Time of the first packet.
    pub first_ns: i64,
    /// Bytes of frames.
    pub wire_bytes: u64,
    /// Packets with payload.
    pub payload_packets: u32,
    /// Packets with little payload.
    pub small_packets: u32,
    /// Payload of the first payload packet.
    pub first_payload_bytes: u32,
    /// Fragments put together.
    pub fragments: u32,
    /// Packets by TCP flag, lowest bit (FIN) first.
    pub flags: [u32; 8],
    /// Window of the first packet.
    pub window_first: u16,
    /// Smallest window.
    pub window_min: u16,
    /// Largest window.
    pub window_max: u16,
    /// MSS of the SYN, 0 when unknown.
    pub mss: u16,
    /// Sum of windows.
    pub window_sum: u64,
    /// Packets whose window counts (no RST).
    pub window_packets: u32,
    /// Packets that closed the window.
    pub zero_window_packets: u32,
    /// Packets that repeat sequence numbers.
    pub again_packets: u32,
    /// Packets that filled gaps.
    pub late_packets: u32,
    /// Duplicate acknowledgements.
    pub duplicate_acks: u32,
    /// Keep-alives.
    pub keep_alives: u32,
    /// Payload bytes seen before.
    pub again_bytes: u64,
    /// Payload bytes skipped and not filled.
    pub missed_bytes: u64,
    /// Smallest time to live.
    pub ttl_min: u8,
    /// Largest time to live.
    pub ttl_max: u8,
    /// Window scale of the SYN plus one, 0 when unknown.
    pub window_scale_plus_one: u8,
    /// Runs of payload packets.
    pub bursts: Bursts,
    /// Times a true gap showed.
    pub gaps: u32,
    /// When the latest SYN was sent, `i64::MIN` before.
    pub syn_ns: i64,
    /// Sequence numbers.
    pub stream: Stream,
}

impl Default for Side {
    fn default() -> Self {
        Side {
            packets: 0,
            size: Spread::default(),
            gap: Spread::default(),
            payload: Spread::default(),
            last_ns: 0,
            first_ns: 0,
            wire_bytes: 0,
            payload_packets: 0,
            small_packets: 0,
            first_payload_bytes: 0,
            fragments: 0,
            flags: [0; 8],
            window_first: 0,
            window_min: u16::MAX,
            window_max: 0,
            mss: 0,
            window_sum: 0,
            window_packets: 0,
            zero_window_packets: 0,
            again_packets: 0,
            late_packets: 0,
            duplicate_acks: 0,
            keep_alives: 0,
            again_bytes: 0,
            missed_bytes: 0,
            ttl_min: u8::MAX,
            ttl_max: 0,
            window_scale_plus_one: 0,
            bursts: Bursts::default(),
            gaps: 0,
            syn_ns: i64::MIN,
            stream: Stream::default(),
        }
    }
}

impl Bursts {
    /// Adds a finished run if it is long enough to be a burst.
    pub fn add(&mut self, run: &Run) {
        if run.packets >= 2 {
            self.count += 1;
            self.packets += u64::from(run.packets);
            self.packets_max = self.packets_max.max(run.packets);
            self.bytes += run.bytes;
            self.bytes_max = self.bytes_max.max(run.bytes);
        }
    }
}

impl Side {
    /// Payload bytes, those seen before left out.
    pub fn bytes(&self) -> u64 {
        self.payload.sum.saturating_sub(self.again_bytes)
    }

    /// Takes in a packet of this side.
    #[inline]
    pub fn packet(&mut self, seen: &Seen) {
        if self.packets == 0 {
            self.first_ns = seen.ts_ns;
            self.window_first = seen.window;
        } else {
            self.gap
                .add(seen.ts_ns.saturating_sub(self.last_ns).max(0) as u64);
        }
        self.last_ns = seen.ts_ns;
        self.packets += 1;
        self.size.add(seen.ip_bytes.into());
        self.wire_bytes += u64::from(seen.wire_bytes);
        self.ttl_min = self.ttl_min.min(seen.ttl);
        self.ttl_max = self.ttl_max.max(seen.ttl);
        self.fragments += u32::from(seen.fragments);
        if seen.payload_bytes > 0 {
            if self.payload_packets == 0 {
                self.first_payload_bytes = seen.payload_bytes;
            }
            self.payload_packets += 1;
            self.small_packets += u32::from(seen.payload_bytes < SMALL_PAYLOAD_BYTES);
            self.payload.add(seen.payload_bytes.into());
        }
    }

    /// Takes in what a segment brought beyond plain progress.
    #[cold]
    pub fn arrived(&mut self, arrival: &Arrival) {
        self.again_packets += u32::from(arrival.again);
        self.late_packets += u32::from(arrival.filled_bytes > 0);
        self.keep_alives += u32::from(arrival.keep_alive);
        self.again_bytes += u64::from(arrival.again_bytes);
        self.missed_bytes += u64::from(arrival.skipped_bytes);
        self.missed_bytes -= u64::from(arrival.filled_bytes).min(self.missed_bytes);
    }
}
