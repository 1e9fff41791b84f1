//! TLS records of one direction: handshake messages put together over records and segments,
//! everything else told by type and size and then skipped without being kept.
//!
//! After a loss the reader looks for a record header at the next segment.

use crate::protocols::stream::Chunk;

/// Bytes of handshake kept for one direction.
pub(crate) const HANDSHAKE_BYTES: usize = 64 * 1024;
/// Bytes of a record header.
const HEADER_BYTES: usize = 5;
/// Largest record: 2^14 and what encryption and compression may add.
const RECORD_BYTES: usize = 16_384 + 2048;

/// Change cipher spec.
pub(crate) const CHANGE_CIPHER: u8 = 20;
/// Alert.
pub(crate) const ALERT: u8 = 21;
/// Handshake.
pub(crate) const HANDSHAKE: u8 = 22;
/// Application data.
pub(crate) const APPLICATION: u8 = 23;
/// Heartbeat.
const HEARTBEAT: u8 = 24;

/// What the reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// A handshake message in the clear.
    Message {
        /// Handshake type.
        kind: u8,
        /// Body.
        body: &'a [u8],
        /// The rest of the body is lost.
        is_cut: bool,
    },
    /// A record: its type, its size and its first two bytes where they came at once.
    Record {
        /// Content type.
        kind: u8,
        /// Bytes of its content.
        bytes: usize,
        /// First bytes of its content.
        head: &'a [u8],
    },
    /// What follows is not TLS.
    Broken,
}

/// The reader of one direction.
#[derive(Debug, Default)]
pub(crate) struct RecordReader {
    header: Vec<u8>,
    /// Bytes of the current record still to come, and its type.
    left: usize,
    kind: u8,
    handshake: Vec<u8>,
    /// True once this direction's handshake is encrypted.
    pub(crate) encrypted: bool,
    /// True after a loss until a record header is found.
    seeking: bool,
    /// True once bytes of this direction were lost.
    pub(crate) lost: bool,
    broken: bool,
}

/// True for the header of a record that may follow.
pub(crate) fn is_header(header: &[u8]) -> bool {
    let &[kind, major, minor, high, low] = header else {
        return false;
    };
    let bytes = usize::from(u16::from_be_bytes([high, low]));
    (CHANGE_CIPHER..=HEARTBEAT).contains(&kind)
        && major == 3
        && minor <= 4
        && (1..=RECORD_BYTES).contains(&bytes)
}

impl RecordReader {
    /// Takes the next bytes and tells what is in them.
    pub(crate) fn read(&mut self, chunk: &Chunk<'_>, found: &mut dyn FnMut(&mut Self, Item<'_>)) {
        let mut data = chunk.data;
        if chunk.lost_bytes > 0 {
            self.tell_part(found);
            data = self.resume(chunk);
        }
        while !data.is_empty() && !self.broken {
            if self.left == 0 {
                data = self.read_header(data, found);
            } else {
                data = self.read_content(data, found);
            }
        }
        if chunk.is_cut() {
            self.tell_part(found);
        }
    }

    /// Tells what is there of a message that is broken off.
    fn tell_part(&mut self, found: &mut dyn FnMut(&mut Self, Item<'_>)) {
        let bytes = std::mem::take(&mut self.handshake);
        if let Some((&[kind, _, _, _], body)) = bytes.split_first_chunk::<4>() {
            let is_cut = true;
            found(self, Item::Message { kind, body, is_cut });
        }
    }

    /// Goes on behind a loss: inside the current record when it is long enough.
    fn resume<'a>(&mut self, chunk: &Chunk<'a>) -> &'a [u8] {
        self.lost = true;
        let skipped_record = self.kind != HANDSHAKE || self.encrypted;
        match usize::try_from(chunk.lost_bytes) {
            Ok(lost) if self.left > lost && skipped_record => self.left -= lost,
            _ => {
                self.left = 0;
                self.header.clear();
                self.handshake.clear();
                self.seeking = true;
            }
        }
        chunk.data
    }

    fn read_header<'a>(
        &mut self,
        data: &'a [u8],
        found: &mut dyn FnMut(&mut Self, Item<'_>),
    ) -> &'a [u8] {
        let wanted = HEADER_BYTES.saturating_sub(self.header.len());
        let (head, rest) = data.split_at(wanted.min(data.len()));
        self.header.extend_from_slice(head);
        if self.header.len() < HEADER_BYTES {
            return rest;
        }
        if !is_header(&self.header) {
            self.header.clear();
            if !self.seeking {
                self.broken = true;
                found(self, Item::Broken);
            }
            return &[];
        }
        self.seeking = false;
        if let &[kind, _, _, high, low] = self.header.as_slice() {
            self.kind = kind;
            self.left = usize::from(u16::from_be_bytes([high, low]));
        }
        self.header.clear();
        let bytes = self.left;
        let head = rest.get(..bytes.min(2)).unwrap_or(rest);
        found(
            self,
            Item::Record {
                kind: self.kind,
                bytes,
                head,
            },
        );
        rest
    }

    fn read_content<'a>(
        &mut self,
        data: &'a [u8],
        found: &mut dyn FnMut(&mut Self, Item<'_>),
    ) -> &'a [u8] {
        let (content, rest) = data.split_at(self.left.min(data.len()));
        self.left -= content.len();
        if self.kind == HANDSHAKE && !self.encrypted {
            let room = HANDSHAKE_BYTES.saturating_sub(self.handshake.len());
            let kept = content.get(..room).unwrap_or(content);
            self.handshake.extend_from_slice(kept);
            self.tell_messages(found);
        }
        rest
    }

    fn tell_messages(&mut self, found: &mut dyn FnMut(&mut Self, Item<'_>)) {
        let mut bytes = std::mem::take(&mut self.handshake);
        let mut done = 0usize;
        while let Some((&[kind, a, b, c], tail)) = bytes
            .get(done..)
            .and_then(|rest| rest.split_first_chunk::<4>())
        {
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if length > HANDSHAKE_BYTES - 4 {
                // Encrypted already or no TLS: nothing of it can be read.
                done = bytes.len();
                break;
            }
            let Some(body) = tail.get(..length) else {
                break;
            };
            let is_cut = false;
            found(self, Item::Message { kind, body, is_cut });
            done = if self.encrypted {
                bytes.len()
            } else {
                done.saturating_add(length + 4)
            };
        }
        bytes.drain(..done.min(bytes.len()));
        self.handshake = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(chunks: &[(u64, &[u8])]) -> Vec<String> {
        let mut reader = RecordReader::default();
        let mut out = Vec::new();
        for (lost_bytes, data) in chunks {
            let chunk = Chunk {
                ts_ns: 0,
                from_orig: true,
                lost_bytes: *lost_bytes,
                data,
                wire_bytes: 0,
            };
            reader.read(&chunk, &mut |_, item| match item {
                Item::Message { kind, body, .. } => out.push(format!("m{kind}:{}", body.len())),
                Item::Record { kind, bytes, .. } => out.push(format!("r{kind}:{bytes}")),
                Item::Broken => out.push("broken".into()),
            });
        }
        out
    }

    const HELLO: &[u8] = &[22, 3, 1, 0, 6, 14, 0, 0, 2, 9, 9];

    #[test]
    fn a_message_cut_anywhere() {
        assert_eq!(told(&[(0, HELLO)]), ["r22:6", "m14:2"]);
        for at in 1..HELLO.len() {
            let (a, b) = HELLO.split_at(at);
            assert_eq!(told(&[(0, a), (0, b)]), ["r22:6", "m14:2"]);
        }
    }

    #[test]
    fn a_message_over_two_records() {
        let bytes = [22, 3, 1, 0, 3, 14, 0, 0, 22, 3, 1, 0, 3, 2, 9, 9];
        assert_eq!(told(&[(0, &bytes)]), ["r22:3", "r22:3", "m14:2"]);
    }

    #[test]
    fn two_messages_in_one_record() {
        let bytes = [22, 3, 1, 0, 9, 1, 0, 0, 0, 2, 0, 0, 1, 5];
        assert_eq!(told(&[(0, &bytes)]), ["r22:9", "m1:0", "m2:1"]);
    }

    #[test]
    fn other_records_are_skipped_over_losses() {
        let data = [23, 3, 3, 0, 10, 1, 2, 3];
        let rest = [8, 9, 10, 21, 3, 3, 0, 2, 2, 40];
        assert_eq!(told(&[(0, &data), (4, &rest)]), ["r23:10", "r21:2"]);
    }

    #[test]
    fn a_loss_in_the_handshake_is_sought_over() {
        let noise = [1, 2, 3, 4, 5, 6];
        let out = told(&[(0, &HELLO[..7]), (100, &noise), (0, HELLO)]);
        assert_eq!(out, ["r22:6", "r22:6", "m14:2"]);
    }

    #[test]
    fn what_is_not_tls_ends_it() {
        assert_eq!(
            told(&[(0, HELLO), (0, b"GET / HTTP"), (0, HELLO)]),
            ["r22:6", "m14:2", "broken"]
        );
    }

    #[test]
    fn a_lying_length_keeps_nothing() {
        let bytes = [
            22, 3, 1, 0, 6, 11, 0xff, 0xff, 0xff, 9, 9, 22, 3, 1, 0, 4, 14, 0, 0, 0,
        ];
        assert_eq!(told(&[(0, &bytes)]), ["r22:6", "r22:4", "m14:0"]);
    }
}
