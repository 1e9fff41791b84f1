//! Bytes to frames: pcap and pcapng, plain or compressed, file or standard input.
//!
//! Rules: only an input that cannot be used at all is an error. After a good file header nothing
//! is fatal: a cut, a lying length or a broken compressed stream is counted, and what is sound is
//! kept. The input is read once, in chunks of about a MiB.

mod clock;
mod compress;
mod pcap;
mod pcapng;
mod source;
mod steps;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::losses::{reason, Losses};
use compress::{read_until_error, unpack};
pub use source::{FrameSource, Moment};
pub use steps::Steps;

/// How much of the input is read at a time, and how much of it the digest covers.
pub const CHUNK_BYTES: usize = 1 << 20;

/// No frame is longer; a length beyond is taken for a lie.
pub const MAX_FRAME_BYTES: u32 = 256 << 10;

/// What every message says it wanted.
const EXPECTED: &str = "expected a pcap or pcapng capture, plain or packed by gzip, zstd or xz";

/// An input that cannot be used at all. Each message is one line that names it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("{name}: no such file; {EXPECTED}")]
    Missing {
        /// The input.
        name: String,
    },
    /// It is a directory.
    #[error("{name}: is a directory; {EXPECTED}")]
    Directory {
        /// The input.
        name: String,
    },
    /// It holds no byte.
    #[error("{name}: is empty; {EXPECTED}")]
    Empty {
        /// The input.
        name: String,
    },
    /// It is something else.
    #[error("{name}: unknown format; {EXPECTED}")]
    UnknownFormat {
        /// The input.
        name: String,
    },
    /// It begins like a capture and ends within the file header.
    #[error("{name}: ends within the file header; {EXPECTED}")]
    HeaderCut {
        /// The input.
        name: String,
    },
    /// It is packed, and nothing could be unpacked.
    #[error("{name}: cannot be unpacked ({source}); {EXPECTED}")]
    Broken {
        /// The input.
        name: String,
        /// What the decoder says.
        source: io::Error,
    },
    /// The operating system refuses.
    #[error("{name}: cannot be read ({source}); {EXPECTED}")]
    Io {
        /// The input.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// What goes on cannot be followed any more.
    #[error("{name}: cannot be watched any more ({source})")]
    Wire {
        /// The interface.
        name: String,
        /// What the system says.
        source: io::Error,
    },
}

/// Where one frame lies in the chunk at hand.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Capture time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// Number in the capture, from 1.
    pub number: u64,
    /// First byte in the chunk.
    pub start: usize,
    /// One past the last captured byte.
    pub end: usize,
    /// Length on the wire as the capture says, not checked.
    pub wire_bytes: u32,
    /// Link type, as registered for pcap.
    pub link_type: u16,
}

/// How far reading has come, shared by the formats.
#[derive(Debug, Default)]
struct Progress {
    /// The next byte of the chunk to look at.
    at: usize,
    /// True when the input ends with this chunk.
    last_chunk: bool,
    frames: u64,
    losses: Losses,
}

#[derive(Debug)]
enum Format {
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// One capture, being read.
pub struct Capture {
    name: String,
    bytes: Box<dyn Read + Send>,
    compressed: bool,
    digest: String,
    format: Format,
    /// Bytes read but not yet part of a whole record.
    carry: Vec<u8>,
    /// True when the input has no more bytes.
    drained: bool,
    progress: Progress,
    failure: Option<io::Error>,
}

impl Capture {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// When the input is missing, a directory, empty, unreadable or no capture.
    pub fn open(path: &Path) -> Result<Capture, ReadError> {
        let (packed, name) = open(path)?;
        Capture::from_reader(packed, &name)
    }

    /// Reads a capture, plain or compressed, from anything; `name` is for messages.
    ///
    /// # Errors
    /// When the input is empty, unreadable or no capture.
    pub fn from_reader(packed: Box<dyn Read + Send>, name: &str) -> Result<Capture, ReadError> {
        let name = name.to_owned();
        let mut unpacked = match unpack(packed) {
            Ok(unpacked) => unpacked,
            Err(source) => return Err(ReadError::Io { name, source }),
        };
        let mut head = Vec::new();
        let mut first_chunk = unpacked.bytes.by_ref().take(CHUNK_BYTES as u64);
        // What was read before an error stays in `head`.
        let outcome = first_chunk.read_to_end(&mut head);
        let format = match (format_of(&head), outcome) {
            (Ok(format), outcome) => {
                let mut progress = Progress::default();
                if let Format::Pcap(_) = format {
                    progress.at = pcap::HEADER_BYTES;
                }
                return Ok(Capture {
                    digest: digest(&head),
                    bytes: unpacked.bytes,
                    compressed: unpacked.compressed,
                    name,
                    format,
                    drained: head.len() < CHUNK_BYTES,
                    carry: head,
                    progress,
                    failure: outcome.err(),
                });
            }
            (_, Err(source)) if unpacked.compressed => ReadError::Broken { name, source },
            (_, Err(source)) => ReadError::Io { name, source },
            (Err(Unusable::Empty), _) => ReadError::Empty { name },
            (Err(Unusable::HeaderCut), _) => ReadError::HeaderCut { name },
            (Err(Unusable::Unknown), _) => ReadError::UnknownFormat { name },
        };
        Err(format)
    }

    /// First 32 hex digits of the SHA-256 of the first MiB of the unpacked input.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The input, as named in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Replaces `chunk` by the next stretch of the input; false at the end. The old length of
    /// `chunk` does not matter, but keeping it saves clearing memory.
    pub(crate) fn refill(&mut self, chunk: &mut Vec<u8>) -> Result<bool, ReadError> {
        let kept = self.carry.len();
        if self.progress.last_chunk {
            chunk.clear();
            return self.end();
        }
        let wanted = if self.drained {
            kept
        } else {
            CHUNK_BYTES.max(kept)
        };
        if chunk.capacity() < wanted {
            *chunk = vec![0; wanted];
        }
        chunk.resize(wanted, 0);
        chunk[..kept].copy_from_slice(&self.carry);
        self.carry.clear();
        let (filled, outcome) = read_until_error(&mut self.bytes, &mut chunk[kept..]);
        let filled = kept + filled;
        self.failure = self.failure.take().or(outcome.err());
        self.drained |= filled < wanted || self.failure.is_some();
        self.progress.last_chunk = self.drained;
        chunk.truncate(filled);
        Ok(true)
    }

    /// The end of the input, and whether it was one.
    fn end(&mut self) -> Result<bool, ReadError> {
        match self.failure.take() {
            // A decoder's complaint is about the bytes; one with a system error code is not.
            Some(source) if !self.compressed || source.raw_os_error().is_some() => {
                Err(ReadError::Io {
                    name: self.name.clone(),
                    source,
                })
            }
            Some(_) => {
                self.progress
                    .losses
                    .add(reason::COMPRESSED_STREAM_BROKEN, 1);
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// The next whole frame of the chunk that `refill` gave.
    #[inline]
    pub(crate) fn next_frame(&mut self, chunk: &[u8]) -> Option<Frame> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(chunk, &mut self.progress),
            Format::Pcapng(pcapng) => pcapng.next(chunk, &mut self.progress),
        }
    }

    /// Keeps what `next_frame` left of the chunk for the next one.
    pub(crate) fn keep_rest(&mut self, chunk: &[u8]) {
        let rest = chunk.get(self.progress.at..).unwrap_or(&[]);
        self.progress.at = 0;
        if !self.progress.last_chunk {
            self.carry.extend_from_slice(rest);
        } else if !rest.is_empty() {
            self.progress.losses.add(reason::CAPTURE_CUT_SHORT, 1);
        }
    }
}

/// The first `n` unpacked bytes of a file; fewer when it is shorter or breaks off.
///
/// # Errors
/// When the file is missing, a directory or unreadable.
pub fn read_head(path: &Path, n: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = decompressed(path)?;
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while head.len() < n {
        let wanted = (n - head.len()).min(part.len());
        let (found, outcome) = read_until_error(&mut bytes, &mut part[..wanted]);
        head.extend_from_slice(&part[..found]);
        if found < wanted || outcome.is_err() {
            break;
        }
    }
    Ok(head)
}

/// A file's bytes, unpacked as they are read.
///
/// # Errors
/// When the file is missing, a directory or unreadable.
pub fn decompressed(path: &Path) -> Result<Box<dyn Read + Send>, ReadError> {
    let (packed, name) = open(path)?;
    match unpack(packed) {
        Ok(unpacked) => Ok(unpacked.bytes),
        Err(source) => Err(ReadError::Io { name, source }),
    }
}

/// Bytes in memory, unpacked as they are read.
///
/// # Errors
/// When they begin as packed bytes do and are none.
pub fn inflated(packed: Vec<u8>) -> io::Result<Box<dyn Read + Send>> {
    Ok(unpack(Box::new(io::Cursor::new(packed)))?.bytes)
}

fn open(path: &Path) -> Result<(Box<dyn Read + Send>, String), ReadError> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), "standard input".to_owned()));
    }
    let name = path.display().to_string();
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_dir(), file)));
    match opened {
        Ok((true, _)) => Err(ReadError::Directory { name }),
        Ok((false, file)) => Ok((Box::new(file), name)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Err(ReadError::Missing { name }),
        Err(source) => Err(ReadError::Io { name, source }),
    }
}

enum Unusable {
    Empty,
    HeaderCut,
    Unknown,
}

fn format_of(head: &[u8]) -> Result<Format, Unusable> {
    if head.is_empty() {
        return Err(Unusable::Empty);
    }
    if pcap::recognised(head) {
        let header = head.first_chunk().ok_or(Unusable::HeaderCut)?;
        return pcap::Pcap::new(header)
            .map(Format::Pcap)
            .ok_or(Unusable::Unknown);
    }
    if pcapng::recognised(head) {
        return Ok(Format::Pcapng(pcapng::Pcapng::new()));
    }
    Err(Unusable::Unknown)
}

fn digest(head: &[u8]) -> String {
    let hash = Sha256::digest(head);
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
