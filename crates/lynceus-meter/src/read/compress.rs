//! Compressed inputs, recognised by content and unpacked as a stream: gzip (also many members),
//! zstd, xz, or plain. Memory is bounded by the windows of the formats, never by the input.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use liblzma::stream::{Stream, CONCATENATED};

/// Bytes that tell the compressions apart.
const PROBE_BYTES: usize = 6;

/// What an xz stream may ask for; `xz -9` needs 65 MiB.
const XZ_MEMORY_BYTES: u64 = 128 << 20;

/// Largest window of a zstd stream, as a power of two; what `zstd --ultra -22` needs.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A decoder drops what it unpacked in the call that meets an error; small calls lose little.
const UNPACK_BYTES: usize = 4096;

/// The unpacked bytes of a stream, and whether it was compressed.
pub(super) struct Unpacked {
    pub(super) bytes: Box<dyn Read + Send>,
    pub(super) compressed: bool,
}

/// Looks at the first bytes and puts the right decoder in front.
pub(super) fn unpack(mut packed: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let mut probe = vec![0; PROBE_BYTES];
    let found = read_full(&mut packed, &mut probe)?;
    probe.truncate(found);
    let kind = probe.clone();
    let whole = Cursor::new(probe).chain(packed);
    let bytes: Box<dyn Read + Send> = match kind.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(SmallCalls(MultiGzDecoder::new(whole))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let mut decoder = zstd::Decoder::new(whole)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(SmallCalls(decoder))
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0] => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, CONCATENATED)?;
            Box::new(SmallCalls(XzDecoder::new_stream(whole, stream)))
        }
        _ => {
            return Ok(Unpacked {
                bytes: Box::new(whole),
                compressed: false,
            })
        }
    };
    Ok(Unpacked {
        bytes,
        compressed: true,
    })
}

struct SmallCalls<R>(R);

impl<R: Read> Read for SmallCalls<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = out.len().min(UNPACK_BYTES);
        self.0.read(&mut out[..n])
    }
}

/// Reads until `out` is full or the stream ends; how many bytes came.
pub(super) fn read_full(from: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    let (filled, outcome) = read_until_error(from, out);
    outcome.map(|()| filled)
}

/// As `read_full`, but what came before an error is kept.
pub(super) fn read_until_error(from: &mut dyn Read, out: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < out.len() {
        match from.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}
