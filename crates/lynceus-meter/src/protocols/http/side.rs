//! One direction of an HTTP/1 conversation: heads are kept (at most [`HEAD_BYTES`]), bodies are
//! counted and skipped.

use super::head::Framing;

/// Bytes of a head kept.
pub(crate) const HEAD_BYTES: usize = 32 * 1024;
/// Bytes of a chunk size line.
const SIZE_LINE_BYTES: usize = 256;

/// Where a direction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In a head, or before one.
    #[default]
    Head,
    /// In a body or chunk of which so many bytes are to come.
    Body(u64),
    /// In a chunk of which so many bytes are to come.
    Chunk(u64),
    /// At the line of a chunk size.
    ChunkSize,
    /// At the end of line behind a chunk.
    ChunkEnd,
    /// In the trailers behind the last chunk.
    Trailers,
    /// In a body that the end of the connection ends.
    UntilClose,
    /// Behind a loss or a head too large: looking for the next head.
    Lost,
}

/// What a step found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A head is complete: `Side::head` holds it.
    Head,
    /// The body ended.
    End,
    /// Wants more bytes.
    More,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Side {
    place: Place,
    line: Vec<u8>,
    /// Where the search for the end of the head goes on.
    searched: usize,
    /// Body bytes of the current message.
    pub(crate) body_bytes: u64,
}

impl Side {
    /// True while the direction is inside a body.
    pub(crate) fn in_body(&self) -> bool {
        !matches!(self.place, Place::Head | Place::Lost)
    }

    /// True while heads cannot be trusted to be at the next byte.
    pub(crate) fn is_lost(&self) -> bool {
        self.place == Place::Lost
    }

    /// Bytes are missing: true when the current message is broken off by that.
    pub(crate) fn lose(&mut self, bytes: u64) -> bool {
        match &mut self.place {
            Place::Body(left) if *left >= bytes => {
                *left -= bytes;
                self.body_bytes = self.body_bytes.saturating_add(bytes);
                false
            }
            Place::Chunk(left) if *left > bytes => {
                *left -= bytes;
                self.body_bytes = self.body_bytes.saturating_add(bytes);
                false
            }
            Place::UntilClose => {
                self.body_bytes = self.body_bytes.saturating_add(bytes);
                false
            }
            _ => {
                self.reset(Place::Lost);
                true
            }
        }
    }

    /// The part of a head of which no more comes.
    pub(crate) fn broken_off(&mut self) -> Option<Vec<u8>> {
        (self.place == Place::Head && !self.line.is_empty()).then(|| {
            let head = std::mem::take(&mut self.line);
            self.reset(Place::Lost);
            head
        })
    }

    /// A head could not be read: looks for the next one.
    pub(crate) fn give_up(&mut self) {
        self.reset(Place::Lost);
    }

    fn reset(&mut self, place: Place) {
        self.place = place;
        self.line.clear();
        self.searched = 0;
        self.body_bytes = 0;
    }

    /// Behind a loss: bytes that begin a head bring the direction back.
    pub(crate) fn resume(&mut self) {
        self.reset(Place::Head);
    }

    /// The body that follows the head just read.
    pub(crate) fn expect(&mut self, framing: Framing) {
        self.reset(match framing {
            Framing::None => Place::Head,
            Framing::Length(0) => Place::Body(0),
            Framing::Length(bytes) => Place::Body(bytes),
            Framing::Chunked => Place::ChunkSize,
            Framing::UntilClose => Place::UntilClose,
        });
    }

    /// The head found by the last step.
    pub(crate) fn head(&mut self) -> Vec<u8> {
        self.searched = 0;
        std::mem::take(&mut self.line)
    }

    /// Takes bytes from the front of `data` until something is found.
    pub(crate) fn step(&mut self, data: &mut &[u8]) -> Found {
        loop {
            match self.place {
                Place::Body(0) => {
                    self.place = Place::Head;
                    return Found::End;
                }
                _ if data.is_empty() => return Found::More,
                Place::Head => return self.step_head(data),
                Place::Lost => {
                    *data = &[];
                    return Found::More;
                }
                Place::Body(left) => self.place = Place::Body(self.skip(data, left)),
                Place::Chunk(left) => {
                    let left = self.skip(data, left);
                    self.place = if left == 0 {
                        Place::ChunkEnd
                    } else {
                        Place::Chunk(left)
                    };
                }
                Place::UntilClose => {
                    self.skip(data, u64::MAX);
                }
                Place::ChunkSize | Place::ChunkEnd | Place::Trailers => {
                    if let Some(found) = self.step_line(data) {
                        return found;
                    }
                }
            }
        }
    }

    /// Skips body bytes; gives what is left of `left`.
    fn skip(&mut self, data: &mut &[u8], left: u64) -> u64 {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        *data = data.get(n..).unwrap_or(&[]);
        self.body_bytes = self.body_bytes.saturating_add(n as u64);
        left.saturating_sub(n as u64)
    }

    fn step_head(&mut self, data: &mut &[u8]) -> Found {
        if self.line.is_empty() {
            // Empty lines before a head are allowed.
            let blank = data
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            *data = data.get(blank..).unwrap_or(&[]);
        }
        let before = self.line.len();
        self.line.extend_from_slice(data);
        match head_end(&self.line, self.searched) {
            Some(end) if end <= HEAD_BYTES => {
                self.line.truncate(end);
                *data = data.get(end.saturating_sub(before)..).unwrap_or(&[]);
                Found::Head
            }
            _ if self.line.len() > HEAD_BYTES => {
                self.reset(Place::Lost);
                Found::More
            }
            _ => {
                self.searched = self.line.len().saturating_sub(3);
                *data = &[];
                Found::More
            }
        }
    }

    /// Takes a line of the chunk framing; nothing found means the place changed.
    fn step_line(&mut self, data: &mut &[u8]) -> Option<Found> {
        let end = memchr::memchr(b'\n', data);
        let taken = end.map_or(data.len(), |at| at.saturating_add(1));
        let (part, rest) = data.split_at(taken.min(data.len()));
        *data = rest;
        let room = SIZE_LINE_BYTES.saturating_sub(self.line.len());
        self.line
            .extend_from_slice(part.get(..room).unwrap_or(part));
        end?;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii();
        self.place = match self.place {
            Place::ChunkEnd if line.is_empty() => Place::ChunkSize,
            Place::ChunkSize => match chunk_size(line) {
                Some(0) => Place::Trailers,
                Some(bytes) => Place::Chunk(bytes),
                None => Place::Lost,
            },
            Place::Trailers if line.is_empty() => {
                self.place = Place::Head;
                return Some(Found::End);
            }
            Place::Trailers => Place::Trailers,
            _ => Place::Lost,
        };
        None
    }
}

/// Offset behind the empty line that ends a head.
fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = memchr::memchr(b'\n', bytes.get(at..)?) {
        let next = at + found + 1;
        match bytes.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&b| b == b';' || b == b' ').next()?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_of_a_head_cut_anywhere() {
        let head = b"GET / HTTP/1.1\r\nA: b\r\n\r\n";
        for at in 1..head.len() {
            let mut side = Side::default();
            let (mut a, b) = head.split_at(at);
            assert_eq!(side.step(&mut a), Found::More);
            let rest = [b, b"body"].concat();
            let mut rest = rest.as_slice();
            assert_eq!(side.step(&mut rest), Found::Head);
            assert_eq!(rest, b"body");
            assert_eq!(side.head(), head);
        }
    }

    #[test]
    fn counts_a_body_by_length() {
        let mut side = Side::default();
        side.expect(Framing::Length(5));
        let mut data = &b"abc"[..];
        assert_eq!(side.step(&mut data), Found::More);
        assert!(!side.lose(1));
        let mut data = &b"eNEXT"[..];
        assert_eq!(side.step(&mut data), Found::End);
        assert_eq!((data, side.body_bytes), (&b"NEXT"[..], 5));
    }

    #[test]
    fn counts_chunks_cut_anywhere() {
        let body = b"4;x=y\r\nabcd\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
        for at in 0..body.len() {
            let mut side = Side::default();
            side.expect(Framing::Chunked);
            let (mut a, mut b) = body.split_at(at);
            assert_eq!(side.step(&mut a), Found::More);
            assert_eq!(side.step(&mut b), Found::End, "cut at {at}");
            assert_eq!(side.body_bytes, 14);
        }
    }

    #[test]
    fn a_broken_chunk_size_is_a_loss() {
        for size in [&b"zz\r\n"[..], b"ffffffffffffffffff\r\n", b"-1\r\n"] {
            let mut side = Side::default();
            side.expect(Framing::Chunked);
            let mut data = size;
            assert_eq!(side.step(&mut data), Found::More);
            assert!(side.is_lost());
        }
    }

    #[test]
    fn a_head_too_large_is_given_up() {
        let mut side = Side::default();
        for _ in 0..100 {
            let block = [b'a'; 1000];
            let mut data = &block[..];
            side.step(&mut data);
            assert!(side.line.len() <= HEAD_BYTES);
        }
        assert!(side.is_lost());
    }
}
