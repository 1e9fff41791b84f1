//! The packet ring on disk: every frame as it came, in segments of pcapng, the oldest removed so
//! that they stay within a bound.
//!
//! A thread of its own writes; what it has no time for is not recorded and counted, so that a
//! slow disk does not stop the capture. Every piece it gets is a section of its own, so that a
//! segment can be read up to the last piece whatever happens.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{bounded, Receiver, Sender};
use lynceus_meter::cut::Section;

/// A piece is handed over when it has grown so large.
const PIECE_BYTES: usize = 1 << 20;
/// Or when its first frame is so old.
const PIECE_NS: i64 = 1_000_000_000;
/// Pieces under way to the disk.
const PIECES: usize = 16;
/// A segment ends when it has lasted so long.
const SEGMENT_NS: i64 = 60_000_000_000;
/// Segments that the bound holds at least.
const SEGMENTS: u64 = 16;
const SMALLEST_SEGMENT: u64 = 1 << 20;
const LARGEST_SEGMENT: u64 = 256 << 20;

/// Takes frames for the disk. Dropping all ends the thread, after it has written what it has.
pub struct Recorder {
    name: String,
    section: Option<(i64, Section<Vec<u8>>)>,
    give: Option<Sender<Piece>>,
    missed: Arc<AtomicU64>,
    told: u64,
    writer: Option<Arc<Writer>>,
}

struct Piece {
    first_ns: i64,
    frames: u64,
    bytes: Vec<u8>,
}

/// Waits for the thread when the last recorder goes.
struct Writer(Option<JoinHandle<()>>);

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl Recorder {
    /// So many recorders that write to one folder, whose segments stay within `limit_bytes`.
    pub fn start(
        folder: &Path,
        limit_bytes: u64,
        interface: &str,
        count: usize,
    ) -> io::Result<Vec<Recorder>> {
        let mut segments = Segments::open(folder, limit_bytes)?;
        let (give, pieces): (Sender<Piece>, Receiver<Piece>) = bounded(PIECES);
        let missed = Arc::<AtomicU64>::default();
        let not_written = missed.clone();
        let body = move || {
            for piece in pieces {
                if segments.write(piece.first_ns, &piece.bytes).is_err() {
                    not_written.fetch_add(piece.frames, Ordering::Relaxed);
                }
            }
        };
        let thread = thread::Builder::new().name("lynceus-record".to_owned());
        let writer = Arc::new(Writer(Some(thread.spawn(body)?)));
        let recorder = |_| Recorder {
            name: format!("interface {interface}"),
            section: None,
            give: Some(give.clone()),
            missed: missed.clone(),
            told: 0,
            writer: Some(writer.clone()),
        };
        Ok((0..count).map(recorder).collect())
    }

    /// Takes a frame.
    pub fn frame(&mut self, link_type: u16, ts_ns: i64, wire_bytes: u32, bytes: &[u8]) {
        let name = &self.name;
        let (_, section) = self.section.get_or_insert_with(|| {
            let room = Vec::with_capacity(PIECE_BYTES + (64 << 10));
            let section = Section::begin(room, name);
            (
                ts_ns,
                section.unwrap_or_else(|_| unreachable!("memory takes all")),
            )
        });
        // Writing to memory does not fail.
        let _ = section.packet(link_type, ts_ns, wire_bytes, bytes, std::iter::empty());
    }

    /// Hands over what is large or old enough.
    pub fn pass(&mut self, now_ns: i64) {
        let due = self.section.as_ref().is_some_and(|(first_ns, section)| {
            section.get_ref().len() >= PIECE_BYTES || now_ns - first_ns >= PIECE_NS
        });
        if due {
            self.hand_over(false);
        }
    }

    fn hand_over(&mut self, waits: bool) {
        let (Some((first_ns, section)), Some(give)) = (self.section.take(), &self.give) else {
            return;
        };
        let frames = section.packets();
        let piece = Piece {
            first_ns,
            frames,
            bytes: section.into_inner(),
        };
        let taken = if waits {
            give.send(piece).is_ok()
        } else {
            give.try_send(piece).is_ok()
        };
        if !taken {
            self.missed.fetch_add(frames, Ordering::Relaxed);
        }
    }

    /// Frames that were not recorded since the last call, by any recorder of the folder.
    pub fn missed(&mut self) -> u64 {
        let missed = self.missed.load(Ordering::Relaxed);
        missed - std::mem::replace(&mut self.told, missed)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.hand_over(true);
        self.give = None;
        self.writer = None;
    }
}

/// The segments of a folder.
struct Segments {
    folder: PathBuf,
    limit_bytes: u64,
    /// Segments that are whole, oldest first, with their size.
    whole: VecDeque<(PathBuf, u64)>,
    now: Option<Segment>,
    bytes: u64,
}

struct Segment {
    file: File,
    path: PathBuf,
    first_ns: i64,
    bytes: u64,
}

impl Segments {
    fn open(folder: &Path, limit_bytes: u64) -> io::Result<Segments> {
        fs::create_dir_all(folder)?;
        let mut whole = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry
                .path()
                .extension()
                .is_some_and(|kind| kind == "pcapng")
            {
                whole.push((entry.path(), entry.metadata()?.len()));
            }
        }
        whole.sort();
        Ok(Segments {
            folder: folder.to_owned(),
            limit_bytes,
            bytes: whole.iter().map(|(_, bytes)| bytes).sum(),
            whole: whole.into(),
            now: None,
        })
    }

    /// Writes a piece; where the disk is full, once more after the oldest segment has gone.
    fn write(&mut self, first_ns: i64, piece: &[u8]) -> io::Result<()> {
        let size = piece.len() as u64;
        while self.bytes + size > self.limit_bytes && self.forget() {}
        if self.append(first_ns, piece).is_ok() {
            return Ok(());
        }
        self.end();
        self.forget();
        let outcome = self.append(first_ns, piece);
        if outcome.is_err() {
            self.end();
        }
        outcome
    }

    fn append(&mut self, first_ns: i64, piece: &[u8]) -> io::Result<()> {
        let most = (self.limit_bytes / SEGMENTS).clamp(SMALLEST_SEGMENT, LARGEST_SEGMENT);
        let full = self
            .now
            .as_ref()
            .is_some_and(|now| now.bytes >= most || (first_ns - now.first_ns).abs() >= SEGMENT_NS);
        if full {
            self.end();
        }
        let now = match &mut self.now {
            Some(now) => now,
            room => room.insert(Segment::begin(&self.folder, first_ns)?),
        };
        // What a failure leaves half-written is counted with the rest.
        let outcome = now.file.write_all(piece);
        let size = match outcome {
            Ok(()) => piece.len() as u64,
            Err(_) => now.file.metadata()?.len().saturating_sub(now.bytes),
        };
        now.bytes += size;
        self.bytes += size;
        outcome
    }

    fn end(&mut self) {
        if let Some(now) = self.now.take() {
            self.whole.push_back((now.path, now.bytes));
        }
    }

    /// Removes the oldest segment; false when there is none but the one under way.
    fn forget(&mut self) -> bool {
        if self.whole.is_empty() {
            self.end();
        }
        let Some((path, bytes)) = self.whole.pop_front() else {
            return false;
        };
        let _ = fs::remove_file(path);
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

impl Segment {
    /// A new file, named by the time of its first frame in ns since 1970.
    fn begin(folder: &Path, first_ns: i64) -> io::Result<Segment> {
        let mut number = first_ns.max(0);
        loop {
            let path = folder.join(format!("{number:020}.pcapng"));
            match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                file => {
                    return Ok(Segment {
                        file: file?,
                        path,
                        first_ns,
                        bytes: 0,
                    })
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("lynceus-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn sizes(folder: &Path) -> Vec<(String, u64)> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut sizes: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, entry.metadata().unwrap().len())
            })
            .collect();
        sizes.sort();
        sizes
    }

    #[test]
    fn segments_stay_within_the_bound_and_the_oldest_go_first() {
        let folder = folder("bound");
        let piece = vec![7; 600 << 10];
        for first_s in 0..2 {
            // A second run finds the segments of the first.
            let mut segments = Segments::open(&folder, 4 << 20).unwrap();
            for i in 0..10i64 {
                let ns = (first_s * 10 + i) * 1_000_000_000;
                segments.write(ns, &piece).unwrap();
                let total: u64 = sizes(&folder).iter().map(|(_, size)| size).sum();
                assert!(total <= 4 << 20, "{total}");
            }
        }
        let kept = sizes(&folder);
        assert_eq!(kept.last().unwrap().0, "00000000018000000000.pcapng");
        assert!(kept[0].0.as_str() > "00000000010000000000.pcapng");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_segment_ends_after_a_minute() {
        let folder = folder("minute");
        let mut segments = Segments::open(&folder, 1 << 30).unwrap();
        for s in [0, 30, 59, 60, 61, 200] {
            segments.write(s * 1_000_000_000, b"piece").unwrap();
        }
        let bytes: Vec<u64> = sizes(&folder).into_iter().map(|(_, size)| size).collect();
        assert_eq!(bytes, [15, 10, 5]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        let folder = folder("gone");
        let mut recorder = Recorder::start(&folder, 1 << 30, "x", 1).unwrap().remove(0);
        fs::remove_dir_all(&folder).unwrap();
        recorder.frame(1, 5, 60, &[0; 60]);
        recorder.hand_over(true);
        let mut missed = 0;
        for _ in 0..500 {
            missed += recorder.missed();
            if missed > 0 {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(missed, 1);
    }
}
