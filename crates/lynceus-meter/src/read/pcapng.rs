//! pcapng: sections, interfaces and their statistics, either byte order, enhanced, simple and
//! obsolete packet blocks; every other block is skipped.
//!
//! Blocks say their length at both ends. A block whose ends disagree starts a search for the next
//! one of a known type whose ends agree.

use super::clock::Unit;
use super::{Frame, Progress, MAX_FRAME_BYTES};
use crate::losses::reason;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
/// A systemd journal entry: no packet, but Wireshark numbers it as a frame.
const JOURNAL: u32 = 9;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const OPTION_TIME_RESOLUTION: u16 = 9;
const OPTION_TIME_OFFSET: u16 = 14;
/// Of the statistics of an interface: packets that the interface, and the system, had no room for.
const OPTIONS_DROPPED: [u16; 2] = [5, 7];

/// Longest block that is looked into: the longest frame and its options.
const MAX_BLOCK_BYTES: usize = MAX_FRAME_BYTES as usize + (128 << 10);
/// A longer block is skipped unseen up to here; beyond, its length is taken for a lie.
const MAX_SKIPPED_BYTES: usize = 64 << 20;
/// Interfaces of one section that are remembered.
const MAX_INTERFACES: usize = 1 << 16;

/// The reader of one pcapng file.
#[derive(Debug)]
pub(super) struct Pcapng {
    swapped: bool,
    interfaces: Vec<Interface>,
    last_ts_ns: i64,
    skip_bytes: usize,
    searching: bool,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: u16,
    snap_bytes: u32,
    unit: Unit,
    offset_s: i64,
    /// Packets that were dropped before they were captured, as last told: each counter by itself.
    dropped: [u64; OPTIONS_DROPPED.len()],
}

/// One block that is whole in the bytes at hand.
#[derive(Clone, Copy)]
struct Block {
    kind: u32,
    /// Where its body begins and ends.
    start: usize,
    end: usize,
}

/// True when the bytes begin with a section header.
pub(super) fn recognised(head: &[u8]) -> bool {
    section_order(head, 0).is_some()
}

/// Byte order of the section header that begins at `at`; true when swapped.
fn section_order(bytes: &[u8], at: usize) -> Option<bool> {
    if u32_at(bytes, at, false)? != SECTION {
        return None;
    }
    match u32_at(bytes, at + 8, false)? {
        BYTE_ORDER => Some(false),
        order if order.swap_bytes() == BYTE_ORDER => Some(true),
        _ => None,
    }
}

impl Pcapng {
    pub(super) fn new() -> Pcapng {
        Pcapng {
            swapped: false,
            interfaces: Vec::new(),
            last_ts_ns: 0,
            skip_bytes: 0,
            searching: false,
        }
    }

    /// The next frame that is whole in `bytes`, from `progress.at` on.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], progress: &mut Progress) -> Option<Frame> {
        loop {
            if self.skip_bytes > 0 {
                let skipped = self.skip_bytes.min(bytes.len() - progress.at);
                progress.at += skipped;
                self.skip_bytes -= skipped;
                if self.skip_bytes > 0 {
                    if progress.last_chunk {
                        progress.losses.add(reason::CAPTURE_CUT_SHORT, 1);
                        self.skip_bytes = 0;
                    }
                    return None;
                }
            }
            if self.searching && !self.search(bytes, progress) {
                return None;
            }
            let Some(block) = self.block(bytes, progress)? else {
                continue;
            };
            progress.at = block.end + 4;
            let Some(frame) = self.contents(bytes, block, progress) else {
                continue;
            };
            progress.frames += 1;
            self.last_ts_ns = frame.ts_ns;
            return Some(Frame {
                number: progress.frames,
                ..frame
            });
        }
    }

    /// The block at the present place: `None` when it goes beyond these bytes, `Some(None)` when
    /// it was not one to look into and the place has moved on.
    fn block(&mut self, bytes: &[u8], progress: &mut Progress) -> Option<Option<Block>> {
        let at = progress.at;
        let kind = u32_at(bytes, at, self.swapped)?;
        if kind == SECTION {
            // The byte order is told by the section itself, before its length can be read.
            u32_at(bytes, at + 8, false)?;
            match section_order(bytes, at) {
                Some(swapped) => self.swapped = swapped,
                None => return self.malformed(progress),
            }
        }
        let length = u32_at(bytes, at + 4, self.swapped)? as usize;
        if length < 12 || length % 4 != 0 || length > MAX_SKIPPED_BYTES {
            return self.malformed(progress);
        }
        if length > MAX_BLOCK_BYTES {
            if matches!(kind, ENHANCED_PACKET | SIMPLE_PACKET | OBSOLETE_PACKET) {
                progress.frames += 1;
                progress.losses.add(reason::FRAME_TOO_LARGE, 1);
            }
            self.skip_bytes = length;
            return Some(None);
        }
        let end = at + length - 4;
        if u32_at(bytes, end, self.swapped)? as usize != length {
            return self.malformed(progress);
        }
        Some(Some(Block {
            kind,
            start: at + 8,
            end,
        }))
    }

    #[cold]
    fn malformed(&mut self, progress: &mut Progress) -> Option<Option<Block>> {
        progress.losses.add(reason::PCAPNG_BLOCK_MALFORMED, 1);
        progress.losses.add(reason::BYTES_SKIPPED, 1);
        progress.at += 1;
        self.searching = true;
        Some(None)
    }

    /// Moves to the next block of a known type whose ends agree. False when there is none in
    /// these bytes, or when more are needed to tell.
    #[cold]
    fn search(&mut self, bytes: &[u8], progress: &mut Progress) -> bool {
        let from = progress.at;
        let mut at = from;
        while at < bytes.len() {
            match self.sound_block(bytes, at) {
                Some(true) => {
                    self.searching = false;
                    break;
                }
                Some(false) => at += 1,
                None if progress.last_chunk => at += 1,
                None => break,
            }
        }
        progress.at = at;
        progress
            .losses
            .add(reason::BYTES_SKIPPED, (at - from) as u64);
        !self.searching
    }

    fn sound_block(&self, bytes: &[u8], at: usize) -> Option<bool> {
        let kind = u32_at(bytes, at, self.swapped)?;
        let swapped = match kind {
            SECTION => {
                u32_at(bytes, at + 8, false)?;
                match section_order(bytes, at) {
                    Some(swapped) => swapped,
                    None => return Some(false),
                }
            }
            INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET => self.swapped,
            _ => return Some(false),
        };
        let length = u32_at(bytes, at + 4, swapped)? as usize;
        if !(16..=MAX_BLOCK_BYTES).contains(&length) || length % 4 != 0 {
            return Some(false);
        }
        Some(u32_at(bytes, at + length - 4, swapped)? as usize == length)
    }

    /// What a block holds: a frame, or something that is remembered or skipped.
    #[inline]
    fn contents(&mut self, bytes: &[u8], block: Block, progress: &mut Progress) -> Option<Frame> {
        let body = &bytes[..block.end];
        let frame = match block.kind {
            ENHANCED_PACKET => self.enhanced(body, block.start),
            SIMPLE_PACKET => {
                progress.losses.add(reason::FRAMES_WITHOUT_TIME, 1);
                self.simple(body, block.start)
            }
            OBSOLETE_PACKET => self.obsolete(body, block.start),
            INTERFACE => match self.interface(&body[block.start..]) {
                Some(interface) if self.interfaces.len() < MAX_INTERFACES => {
                    self.interfaces.push(interface);
                    return None;
                }
                _ => None,
            },
            INTERFACE_STATISTICS => {
                // One of an interface that nobody described tells nothing.
                let _ = self.statistics(&body[block.start..], progress);
                return None;
            }
            SECTION => {
                self.interfaces.clear();
                return None;
            }
            JOURNAL => {
                progress.frames += 1;
                progress.losses.add(reason::NOT_IP, 1);
                return None;
            }
            _ => return None,
        };
        if frame.is_none() {
            progress.losses.add(reason::PCAPNG_BLOCK_MALFORMED, 1);
        }
        frame
    }

    #[inline]
    fn enhanced(&self, body: &[u8], at: usize) -> Option<Frame> {
        let header: &[u8; 20] = body.get(at..)?.first_chunk()?;
        let word = |i: usize| u32_at(header, i, self.swapped).unwrap_or(0);
        let ticks = u64::from(word(4)) << 32 | u64::from(word(8));
        self.frame(body, at + 20, word(0), Some(ticks), [word(12), word(16)])
    }

    fn obsolete(&self, body: &[u8], at: usize) -> Option<Frame> {
        let header: &[u8; 20] = body.get(at..)?.first_chunk()?;
        let word = |i: usize| u32_at(header, i, self.swapped).unwrap_or(0);
        let interface = match self.swapped {
            false => word(0) & 0xffff,
            true => word(0) >> 16,
        };
        let ticks = u64::from(word(4)) << 32 | u64::from(word(8));
        self.frame(body, at + 20, interface, Some(ticks), [word(12), word(16)])
    }

    fn simple(&self, body: &[u8], at: usize) -> Option<Frame> {
        let wire = u32_at(body, at, self.swapped)?;
        let snap = match self.interfaces.first()?.snap_bytes {
            0 => u32::MAX,
            snap => snap,
        };
        let there = u32::try_from(body.len() - at - 4).unwrap_or(u32::MAX);
        let captured = wire.min(snap).min(there);
        self.frame(body, at + 4, 0, None, [captured, wire])
    }

    #[inline]
    fn frame(
        &self,
        body: &[u8],
        start: usize,
        interface: u32,
        ticks: Option<u64>,
        [captured, wire_bytes]: [u32; 2],
    ) -> Option<Frame> {
        let interface = self.interfaces.get(interface as usize)?;
        let end = start.checked_add(captured as usize)?;
        if end > body.len() {
            return None;
        }
        Some(Frame {
            ts_ns: ticks.map_or(self.last_ts_ns, |ticks| {
                interface.unit.ts_ns(ticks, interface.offset_s)
            }),
            number: 0,
            start,
            end,
            wire_bytes,
            link_type: interface.link_type,
        })
    }

    fn interface(&self, body: &[u8]) -> Option<Interface> {
        let mut interface = Interface {
            link_type: u16_at(body, 0, self.swapped)?,
            snap_bytes: u32_at(body, 4, self.swapped)?,
            unit: Unit::of(6),
            offset_s: 0,
            dropped: [0; OPTIONS_DROPPED.len()],
        };
        for (code, value) in self.options(body, 8) {
            match (code, value) {
                (OPTION_TIME_RESOLUTION, [resolution, ..]) => {
                    interface.unit = Unit::of(*resolution)
                }
                (OPTION_TIME_OFFSET, _) => {
                    if let Some(offset) = self.u64_of(value) {
                        interface.offset_s = offset as i64;
                    }
                }
                _ => {}
            }
        }
        Some(interface)
    }

    /// Counts what an interface dropped since it last told.
    #[cold]
    fn statistics(&mut self, body: &[u8], progress: &mut Progress) -> Option<()> {
        let number = u32_at(body, 0, self.swapped)? as usize;
        let mut told = self.interfaces.get(number)?.dropped;
        for (code, value) in self.options(body, 12) {
            let place = OPTIONS_DROPPED.iter().position(|dropped| *dropped == code);
            if let (Some(place), Some(count)) = (place, self.u64_of(value)) {
                told[place] = told[place].max(count);
            }
        }
        let before = std::mem::replace(&mut self.interfaces.get_mut(number)?.dropped, told);
        for (now, before) in told.iter().zip(before) {
            progress
                .losses
                .add(reason::DROPPED_BY_SENSOR, now.saturating_sub(before));
        }
        Some(())
    }

    /// The options of a block, which begin at `at`: codes and values, as far as they are whole.
    fn options<'a>(
        &self,
        body: &'a [u8],
        mut at: usize,
    ) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let swapped = self.swapped;
        std::iter::from_fn(move || {
            let code = u16_at(body, at, swapped).filter(|code| *code != 0)?;
            let length = usize::from(u16_at(body, at + 2, swapped)?);
            let value = body.get(at + 4..at + 4 + length)?;
            at += 4 + length.next_multiple_of(4);
            Some((code, value))
        })
    }

    fn u64_of(&self, value: &[u8]) -> Option<u64> {
        let bytes = *value.first_chunk::<8>()?;
        Some(match self.swapped {
            false => u64::from_le_bytes(bytes),
            true => u64::from_be_bytes(bytes),
        })
    }
}

#[inline]
fn u32_at(bytes: &[u8], at: usize, swapped: bool) -> Option<u32> {
    let word = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    Some(if swapped { word.swap_bytes() } else { word })
}

#[inline]
fn u16_at(bytes: &[u8], at: usize, swapped: bool) -> Option<u16> {
    let word = u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    Some(if swapped { word.swap_bytes() } else { word })
}
