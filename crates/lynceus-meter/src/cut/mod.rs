//! Cuts the packets of some conversations out of a capture, with comments, as pcapng.
//!
//! The capture is read twice: once decoded, to learn which frames belong to the conversations, and
//! once as it lies, to copy these frames byte by byte. Memory is bounded by the frames that are
//! kept, sixteen bytes each. Fragments that only wait for others are not found.

mod pcapng;

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use crate::decode::Decoder;
use crate::flow::key::FlowKey;
use crate::packet::{ArpPacket, Packet, PacketBatch};
use crate::read::{Capture, ReadError};
pub use pcapng::Section;

/// Which stretch of a capture is wanted, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First and last frame, from 1.
    pub frames: (u64, u64),
    /// First and last time, nanoseconds since 1970 UTC.
    pub times_ns: (i64, i64),
}

impl Stretch {
    fn holds(&self, frame: u64, ts_ns: i64) -> bool {
        (self.frames.0..=self.frames.1).contains(&frame)
            && (self.times_ns.0..=self.times_ns.1).contains(&ts_ns)
    }
}

/// A stretch of one conversation and the comment that its first packet bears.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where in the capture.
    pub stretch: Stretch,
    /// Which of the comments, none for packets that speak for themselves.
    pub comment: Option<usize>,
}

/// Everything wanted of a capture.
#[derive(Debug, Default)]
pub struct Request {
    flows: HashMap<Ends, Vec<Numbered>>,
    arps: HashMap<[u8; 4], Vec<Numbered>>,
    count: usize,
}

type Numbered = (usize, Wanted);

/// What tells conversations apart here. Overlay networks may repeat addresses; frame numbers tell
/// these apart as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ends {
    addresses: [[u8; 16]; 2],
    ports: [u16; 2],
    protocol: u8,
}

impl Ends {
    fn of(packet: &Packet) -> Ends {
        let (key, _) = FlowKey::of(packet);
        Ends {
            addresses: key.addresses,
            ports: key.ports,
            protocol: key.protocol,
        }
    }
}

impl Request {
    /// Wants a conversation; `packet` is any of it, of which only ends and protocol count.
    pub fn flow(&mut self, packet: &Packet, wanted: Wanted) {
        self.flows
            .entry(Ends::of(packet))
            .or_default()
            .push((self.count, wanted));
        self.count += 1;
    }

    /// Wants the ARP packets that name a sender.
    pub fn arp(&mut self, sender: [u8; 4], wanted: Wanted) {
        self.arps
            .entry(sender)
            .or_default()
            .push((self.count, wanted));
        self.count += 1;
    }
}

/// Why a cut was not made.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The capture cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The result cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// A frame that is kept, and the comments it bears.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    frame: u64,
    comments: Vec<usize>,
}

/// Writes one pcapng section with the frames that were asked for and gives their number.
///
/// `about` is the comment of the section. Frames keep their bytes, times and link types. A comment
/// stands at the first packet of each stretch that names it.
///
/// # Errors
/// When the capture cannot be read or the result not written.
pub fn cut(
    capture: &Path,
    request: &Request,
    about: &str,
    comments: &[String],
    out: &mut dyn Write,
) -> Result<u64, CutError> {
    let kept = chosen(Capture::open(capture)?, request)?;
    let mut section = Section::begin(out, about)?;
    let mut left = kept.iter().peekable();
    let mut again = Capture::open(capture)?;
    let mut chunk = Vec::new();
    while left.peek().is_some() && again.refill(&mut chunk)? {
        while let Some(frame) = again.next_frame(&chunk) {
            let Some(next) = left.peek() else { break };
            if frame.number == next.frame {
                let bytes = chunk.get(frame.start..frame.end).unwrap_or(&[]);
                let told = next.comments.iter().filter_map(|&i| comments.get(i));
                section.packet(
                    frame.link_type,
                    frame.ts_ns,
                    frame.wire_bytes,
                    bytes,
                    told.map(String::as_str),
                )?;
                left.next();
            }
        }
        again.keep_rest(&chunk);
    }
    Ok(section.packets())
}

/// The frames that belong to what is wanted, in their order.
fn chosen(mut capture: Capture, request: &Request) -> Result<Vec<Kept>, ReadError> {
    let mut kept: Vec<Kept> = Vec::new();
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    let mut said = vec![false; request.count];
    loop {
        let more = decoder.fill(&mut capture, &mut batch)?;
        for packet in &batch.packets {
            let wanted = request.flows.get(&Ends::of(packet));
            keep(&mut kept, wanted, packet.frame, packet.ts_ns, &mut said);
        }
        for &ArpPacket {
            frame,
            ts_ns,
            sender_ip,
            ..
        } in &batch.arps
        {
            keep(
                &mut kept,
                request.arps.get(&sender_ip),
                frame,
                ts_ns,
                &mut said,
            );
        }
        if !more {
            break;
        }
    }
    kept.sort_by_key(|kept| kept.frame);
    kept.dedup_by(|later, first| {
        let same = later.frame == first.frame;
        if same {
            first.comments.append(&mut later.comments);
        }
        same
    });
    Ok(kept)
}

fn keep(
    kept: &mut Vec<Kept>,
    wanted: Option<&Vec<Numbered>>,
    frame: u64,
    ts_ns: i64,
    said: &mut [bool],
) {
    let mut comments = Vec::new();
    let mut found = false;
    for (number, one) in wanted.into_iter().flatten() {
        if one.stretch.holds(frame, ts_ns) {
            found = true;
            if !std::mem::replace(&mut said[*number], true) {
                comments.extend(one.comment);
            }
        }
    }
    if found {
        kept.push(Kept { frame, comments });
    }
}
