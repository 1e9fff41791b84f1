//! Classic pcap: four magics (micro- or nanoseconds, either byte order) and the modified one with
//! longer record headers.
//!
//! A record header that cannot be right starts a search: reading goes on where three record
//! headers in a row agree with each other and with the clock of the capture.

use super::{Frame, Progress, MAX_FRAME_BYTES};
use crate::losses::reason;

/// Length of the file header.
pub(super) const HEADER_BYTES: usize = 24;

const RECORD_BYTES: usize = 16;
/// Record headers of the modified format carry interface, protocol and packet type as well.
const MODIFIED_RECORD_BYTES: usize = 24;
const NS_PER_S: i64 = 1_000_000_000;
/// Record headers in a row that make a place sound again.
const CHAIN: usize = 3;
/// How far a record found by searching may be from the last sound one.
const CLOCK_SLACK_S: i64 = 86_400;

/// The reader of one pcap file.
#[derive(Debug)]
pub(super) struct Pcap {
    swapped: bool,
    ns_per_unit: i64,
    record_bytes: usize,
    link_type: u16,
    last_s: Option<i64>,
    searching: bool,
}

#[derive(Clone, Copy)]
struct Record {
    seconds: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

/// True when the bytes begin like a pcap.
pub(super) fn recognised(head: &[u8]) -> bool {
    head.first_chunk()
        .is_some_and(|magic| kind(*magic).is_some())
}

/// Byte order, nanoseconds a unit and record header length of a magic.
fn kind(magic: [u8; 4]) -> Option<(bool, i64, usize)> {
    let of = |magic| match magic {
        0xa1b2_c3d4_u32 => Some((1_000, RECORD_BYTES)),
        0xa1b2_3c4d => Some((1, RECORD_BYTES)),
        0xa1b2_cd34 => Some((1_000, MODIFIED_RECORD_BYTES)),
        _ => None,
    };
    let little = of(u32::from_le_bytes(magic)).map(|(ns, record)| (false, ns, record));
    little.or_else(|| of(u32::from_be_bytes(magic)).map(|(ns, record)| (true, ns, record)))
}

impl Pcap {
    /// Reads the file header.
    pub(super) fn new(header: &[u8; HEADER_BYTES]) -> Option<Pcap> {
        let (swapped, ns_per_unit, record_bytes) = kind(*header.first_chunk()?)?;
        let link = u32_at(header, 20, swapped);
        Some(Pcap {
            swapped,
            ns_per_unit,
            record_bytes,
            // The upper half says whether frames end in a checksum, which IP lengths make moot.
            link_type: link as u16,
            last_s: None,
            searching: false,
        })
    }

    /// The next frame that is whole in `bytes`, from `progress.at` on.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], progress: &mut Progress) -> Option<Frame> {
        if self.searching && !self.search(bytes, progress) {
            return None;
        }
        let mut record = self.record(bytes, progress.at)?;
        if record.captured > record.wire || record.captured > MAX_FRAME_BYTES {
            record = self.doubted(bytes, progress, record)?;
        }
        let start = progress.at + self.record_bytes;
        let end = start + record.captured as usize;
        if end > bytes.len() {
            return None;
        }
        progress.at = end;
        progress.frames += 1;
        self.last_s = Some(i64::from(record.seconds));
        Some(Frame {
            ts_ns: i64::from(record.seconds) * NS_PER_S
                + i64::from(record.fraction) * self.ns_per_unit,
            number: progress.frames,
            start,
            end,
            wire_bytes: record.wire,
            link_type: self.link_type,
        })
    }

    #[inline]
    fn record(&self, bytes: &[u8], at: usize) -> Option<Record> {
        let header: &[u8; RECORD_BYTES] = bytes.get(at..)?.first_chunk()?;
        Some(Record {
            seconds: u32_at(header, 0, self.swapped),
            fraction: u32_at(header, 4, self.swapped),
            captured: u32_at(header, 8, self.swapped),
            wire: u32_at(header, 12, self.swapped),
        })
    }

    /// A record longer than the frame was: some writers say so, so it is believed if a sound
    /// record, or the end, follows. Otherwise the next sound record.
    #[cold]
    fn doubted(&mut self, bytes: &[u8], at: &mut Progress, record: Record) -> Option<Record> {
        if record.captured <= MAX_FRAME_BYTES {
            let end = at.at + self.record_bytes + record.captured as usize;
            match self.record(bytes, end) {
                Some(next) if next.captured <= MAX_FRAME_BYTES => return Some(record),
                Some(_) => {}
                None if !at.last_chunk => return None,
                None if end <= bytes.len() => return Some(record),
                None => {}
            }
        }
        at.losses.add(reason::RECORD_LENGTH_IMPLAUSIBLE, 1);
        at.losses.add(reason::BYTES_SKIPPED, 1);
        at.at += 1;
        self.searching = true;
        if !self.search(bytes, at) {
            return None;
        }
        self.record(bytes, at.at)
    }

    /// Moves to the next sound record. False when there is none in these bytes, or when more are
    /// needed to tell.
    fn search(&mut self, bytes: &[u8], progress: &mut Progress) -> bool {
        let from = progress.at;
        let mut found = None;
        let mut at = from;
        while at < bytes.len() {
            match self.chain(bytes, at, progress.last_chunk) {
                Some(false) => at += 1,
                verdict => {
                    found = verdict;
                    break;
                }
            }
        }
        progress.at = at;
        progress
            .losses
            .add(reason::BYTES_SKIPPED, (at - from) as u64);
        self.searching = found != Some(true);
        !self.searching
    }

    /// Whether sound records follow each other from here; `None` when more bytes are needed.
    fn chain(&self, bytes: &[u8], mut at: usize, last_chunk: bool) -> Option<bool> {
        for seen in 0..CHAIN {
            let Some(record) = self.record(bytes, at) else {
                return match last_chunk {
                    true => Some(seen > 0 && at == bytes.len()),
                    false => None,
                };
            };
            if !self.sound(record) {
                return Some(false);
            }
            at += self.record_bytes + record.captured as usize;
        }
        Some(true)
    }

    fn sound(&self, record: Record) -> bool {
        let near = |last: i64| (i64::from(record.seconds) - last).abs() <= CLOCK_SLACK_S;
        (1..=record.wire).contains(&record.captured)
            && record.wire <= MAX_FRAME_BYTES
            && i64::from(record.fraction) * self.ns_per_unit < NS_PER_S
            && self.last_s.is_none_or(near)
    }
}

#[inline]
fn u32_at(bytes: &[u8], at: usize, swapped: bool) -> u32 {
    let word = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    if swapped {
        word.swap_bytes()
    } else {
        word
    }
}
