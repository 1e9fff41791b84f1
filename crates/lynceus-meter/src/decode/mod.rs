//! Frames to packets: link layers, IP, tunnels, fragments, transports.
//!
//! Rules: each layer writes what it knows into a [`Packet`] and hands it to the next. A frame has
//! exactly one [`Fate`]. What is inside a tunnel counts if it decodes strictly; otherwise the
//! outer packet counts, so that other traffic on a tunnel's port is not mistaken. Nesting is
//! bounded by [`MAX_TUNNELS`], tags by [`link::MAX_TAGS`], memory by [`fragment`].

mod datagram;
mod fast;
mod fragment;
mod ip;
mod layer;
mod link;
mod transport;
mod tunnel;
mod wlan;

use crate::losses::{reason, Losses};
use crate::packet::{ArpPacket, Packet, PacketBatch};
use crate::read::{Frame, FrameSource, ReadError, MAX_FRAME_BYTES};
use fragment::Fragments;
use layer::Layer;

/// IP headers inside one another that are followed.
const MAX_TUNNELS: u8 = 6;

/// A batch that grew beyond this by joined fragments gives the memory back.
const MAX_KEPT_BYTES: usize = 4 << 20;

/// Where a frame ended.
enum Fate {
    Packet(Packet),
    Arp(ArpPacket),
    /// Under one of the fates of [`crate::losses::REASONS`].
    Counted(&'static str),
    /// A fragment that waits, or brought nothing new; the fragment table counts it.
    Held,
}

/// What decoding remembers from frame to frame.
struct State {
    fragments: Fragments,
    /// Notes, and fates other than packets.
    losses: Losses,
    /// Fragments given up, as packets of their own.
    orphans: Vec<Packet>,
    /// Bytes of this batch that are no part of the chunk: datagrams joined from fragments.
    joined: Vec<u8>,
    /// Where `joined` will begin in the bytes of the batch.
    joined_start: usize,
}

impl State {
    fn new() -> State {
        State {
            fragments: Fragments::new(),
            losses: Losses::default(),
            orphans: Vec::new(),
            joined: Vec::new(),
            joined_start: 0,
        }
    }

    /// Adds bytes to the batch; where they begin.
    fn append(&mut self, bytes: &[u8]) -> usize {
        let start = self.joined_start + self.joined.len();
        self.joined.extend_from_slice(bytes);
        start
    }
}

/// Turns the frames of a capture into batches of packets.
pub struct Decoder {
    state: State,
    packets: u64,
    arps: u64,
    losses: Losses,
    failure: Option<ReadError>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    /// A decoder for one capture.
    pub fn new() -> Decoder {
        Decoder {
            state: State::new(),
            packets: 0,
            arps: 0,
            losses: Losses::default(),
            failure: None,
        }
    }

    /// Replaces the contents of `batch` by the packets of the next stretch of the source, of a
    /// capture about a MiB; false at the end. There is no need to clear the batch before. Packets are in capture
    /// order, except fragments that waited in vain, which come late with their own time.
    ///
    /// # Errors
    /// When the operating system fails to read on; all batches before are good.
    pub fn fill(
        &mut self,
        source: &mut impl FrameSource,
        batch: &mut PacketBatch,
    ) -> Result<bool, ReadError> {
        batch.packets.clear();
        batch.arps.clear();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if batch.bytes.capacity() > MAX_KEPT_BYTES {
            batch.bytes = Vec::new();
        }
        let more = source.refill(&mut batch.bytes);
        self.state.joined_start = batch.bytes.len();
        if let Ok(true) = more {
            while let Some(frame) = source.next_frame(&batch.bytes) {
                self.frame(&frame, batch);
            }
            source.keep_rest(&batch.bytes);
        } else {
            self.state.give_up_all();
            self.take_orphans(batch);
        }
        batch.bytes.extend_from_slice(&self.state.joined);
        self.state.joined.clear();
        self.account(source);
        if batch.packets.is_empty() {
            return more;
        }
        // Fragments that waited at the end come before an error, which is told next time.
        self.failure = more.err();
        Ok(true)
    }

    /// What went in, what came out, and why the rest did not, so far. Reading is included.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    fn account(&mut self, source: &mut impl FrameSource) {
        self.losses.merge(&source.take_losses());
        self.losses.merge(&std::mem::take(&mut self.state.losses));
        self.losses.set(reason::FRAMES, source.frames());
        self.losses.set(reason::PACKETS, self.packets);
        self.losses.set(reason::ARPS, self.arps);
        self.losses
            .set(reason::FRAGMENTS_HELD, self.state.fragments.held());
    }

    #[inline]
    fn frame(&mut self, frame: &Frame, batch: &mut PacketBatch) {
        let bytes = &batch.bytes[frame.start..frame.end];
        if self.state.fragments.is_due(frame.ts_ns) {
            self.state.give_up_due(frame.ts_ns);
            self.take_orphans(batch);
            return self.frame_slowly(frame, batch);
        }
        if let Some(packet) = fast::decode(bytes, frame) {
            batch.packets.push(packet);
            self.packets += 1;
            return;
        }
        self.frame_slowly(frame, batch);
    }

    #[inline(never)]
    fn frame_slowly(&mut self, frame: &Frame, batch: &mut PacketBatch) {
        let fate = decode_slowly(&mut self.state, &batch.bytes, frame);
        if !self.state.orphans.is_empty() {
            self.take_orphans(batch);
        }
        match fate {
            Fate::Packet(packet) => {
                batch.packets.push(packet);
                self.packets += 1;
            }
            Fate::Arp(arp) => {
                batch.arps.push(arp);
                self.arps += 1;
            }
            Fate::Counted(reason) => self.state.losses.add(reason, 1),
            Fate::Held => {}
        }
    }

    fn take_orphans(&mut self, batch: &mut PacketBatch) {
        self.packets += self.state.orphans.len() as u64;
        batch.packets.append(&mut self.state.orphans);
    }
}

/// What a frame holds, by the full decoder.
fn decode_slowly(state: &mut State, chunk: &[u8], frame: &Frame) -> Fate {
    let bytes = &chunk[frame.start..frame.end];
    let captured = bytes.len() as u32;
    let mut wire_bytes = frame.wire_bytes.max(captured);
    if wire_bytes > MAX_FRAME_BYTES {
        state.losses.add(reason::WIRE_LENGTH_IMPLAUSIBLE, 1);
        wire_bytes = captured;
    }
    let layer = Layer {
        bytes,
        claimed: wire_bytes as usize,
        start: frame.start,
    };
    let packet = Packet {
        ts_ns: frame.ts_ns,
        frame: frame.number,
        wire_bytes,
        ..Packet::default()
    };
    link::decode(state, frame.link_type, layer, packet)
}

/// Asserts that what the fast path makes of an Ethernet frame, if anything, is what the full
/// decoder makes of it, without a complaint.
pub(crate) fn fast_path_agrees(bytes: &[u8]) {
    let frame = Frame {
        ts_ns: 1,
        number: 1,
        start: 0,
        end: bytes.len(),
        wire_bytes: bytes.len() as u32,
        link_type: link::ETHERNET,
    };
    if let Some(fast) = fast::decode(bytes, &frame) {
        let mut state = State::new();
        match decode_slowly(&mut state, bytes, &frame) {
            Fate::Packet(slow) => assert_eq!(fast, slow),
            _ => panic!("only the fast path sees a packet"),
        }
        assert_eq!(state.losses, Losses::default());
    }
}
