//! Messages with a length at their front, taken out of a stream of bytes.
//!
//! Rules: of a message at most `keep` bytes are held or handed on, the rest is passed over by its
//! length. A loss inside what is passed over harms nothing. Of a message that a loss breaks off the
//! part before it is handed on; where the length of the message reaches over the loss, the stream
//! goes on behind the message, else it is lost until bytes begin a message again.

use std::borrow::Cow;

use super::stream::Chunk;

/// Bytes within which a length must show.
const LENGTH_BYTES: usize = 32;

/// What the first bytes of a message say of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Too few bytes to tell.
    More,
    /// These begin no message.
    Bad,
    /// Bytes of the whole message.
    Is(u64),
    /// Bytes of the whole message, and how many of its first are wanted: the rest is bulk.
    Head(u64, usize),
}

impl Length {
    /// A message of which everything is wanted is one whose head is all of it.
    fn with_head(self) -> Length {
        match self {
            Length::Is(total) => Length::Head(total, usize::MAX),
            other => other,
        }
    }
}

/// Bytes of one direction that are to be read, and what is lost before and behind them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a> {
    /// Bytes missing right before these.
    pub(crate) lost_bytes: u64,
    /// The bytes, moved on as they are read.
    pub(crate) data: &'a [u8],
    /// What follows these is lost.
    pub(crate) is_cut: bool,
}

impl<'a> Unread<'a> {
    /// All of a chunk.
    pub(crate) fn of(chunk: &Chunk<'a>) -> Self {
        Unread {
            lost_bytes: chunk.lost_bytes,
            data: chunk.data,
            is_cut: chunk.is_cut(),
        }
    }
}

/// The messages of one direction.
#[derive(Debug)]
pub(crate) struct Frames {
    keep: usize,
    held: Vec<u8>,
    skip_bytes: u64,
    lost: bool,
}

impl Frames {
    /// Hands on at most `keep` bytes of each message.
    pub(crate) fn new(keep: usize) -> Self {
        Frames {
            keep,
            held: Vec::new(),
            skip_bytes: 0,
            lost: false,
        }
    }

    /// The next message of what is to be read; `None` when all bytes are used up or the stream is
    /// lost. Behind a loss the stream goes on where bytes `begin` a message.
    pub(crate) fn take<'a>(
        &mut self,
        unread: &mut Unread<'a>,
        begin: impl Fn(&[u8]) -> bool,
        length: impl Fn(&[u8]) -> Length,
    ) -> Option<Cow<'a, [u8]>> {
        if unread.lost_bytes > 0 {
            if let Some(message) = self.broken_off(&length) {
                return Some(Cow::Owned(message));
            }
            self.lose(std::mem::take(&mut unread.lost_bytes));
        }
        if self.lost && begin(unread.data) {
            self.lost = false;
        }
        if let Some(message) = self.next(&mut unread.data, &length) {
            return Some(message);
        }
        let cut = std::mem::take(&mut unread.is_cut);
        cut.then(|| self.broken_off(&length))
            .flatten()
            .map(Cow::Owned)
    }

    /// What is held of a message of which nothing more comes; the rest of it is passed over.
    pub(crate) fn broken_off(&mut self, length: impl Fn(&[u8]) -> Length) -> Option<Vec<u8>> {
        let Length::Head(total, _) = length(&self.held).with_head() else {
            return None;
        };
        let held = std::mem::take(&mut self.held);
        self.skip_bytes = total.saturating_sub(held.len() as u64);
        (!held.is_empty()).then_some(held)
    }

    /// Takes note of bytes that are missing before those that come next.
    pub(crate) fn lose(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        match self.skip_bytes.checked_sub(bytes) {
            Some(left) if self.held.is_empty() => self.skip_bytes = left,
            _ => self.give_up(),
        }
    }

    /// Waits for the start of a message.
    pub(crate) fn give_up(&mut self) {
        self.held.clear();
        self.skip_bytes = 0;
        self.lost = true;
    }

    /// True while the start of a message is looked for.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// The next bytes begin a message, whatever came before.
    pub(crate) fn restart(&mut self) {
        self.give_up();
        self.lost = false;
    }

    /// True between two messages.
    pub(crate) fn is_ready(&self) -> bool {
        self.held.is_empty() && self.skip_bytes == 0 && !self.lost
    }

    /// The next message in `data`, which is moved on behind it; `None` when all bytes are used
    /// up or the stream is lost.
    pub(crate) fn next<'a>(
        &mut self,
        data: &mut &'a [u8],
        length: impl Fn(&[u8]) -> Length,
    ) -> Option<Cow<'a, [u8]>> {
        self.pass_over(data);
        while !self.lost && (!data.is_empty() || !self.held.is_empty()) {
            if self.held.is_empty() {
                match length(data).with_head() {
                    Length::Head(total, head) => {
                        let wanted = self.wanted(total, head);
                        if let Some((message, rest)) = data.split_at_checked(wanted) {
                            *data = rest;
                            self.skip_bytes = total.saturating_sub(wanted as u64);
                            return Some(Cow::Borrowed(message));
                        }
                        self.hold(data, wanted);
                    }
                    Length::More if data.len() < LENGTH_BYTES => self.hold(data, LENGTH_BYTES),
                    _ => self.give_up(),
                }
            } else {
                match length(&self.held).with_head() {
                    Length::Head(total, head) => {
                        let wanted = self.wanted(total, head);
                        self.hold(data, wanted.saturating_sub(self.held.len()));
                        if self.held.len() >= wanted {
                            self.skip_bytes = total.saturating_sub(wanted as u64);
                            return Some(Cow::Owned(std::mem::take(&mut self.held)));
                        }
                        return None;
                    }
                    Length::More if data.is_empty() => return None,
                    Length::More if self.held.len() < LENGTH_BYTES => self.hold(data, 1),
                    _ => self.give_up(),
                }
            }
        }
        None
    }

    fn wanted(&self, total: u64, head: usize) -> usize {
        // A message of no bytes would never end the loop.
        usize::try_from(total)
            .unwrap_or(usize::MAX)
            .min(self.keep)
            .min(head)
            .max(1)
    }

    fn hold(&mut self, data: &mut &[u8], bytes: usize) {
        let (head, rest) = data.split_at(bytes.min(data.len()));
        self.held.extend_from_slice(head);
        *data = rest;
    }

    fn pass_over(&mut self, data: &mut &[u8]) {
        let bytes = usize::try_from(self.skip_bytes).unwrap_or(usize::MAX);
        let bytes = bytes.min(data.len());
        *data = data.get(bytes..).unwrap_or(&[]);
        self.skip_bytes = self.skip_bytes.saturating_sub(bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(bytes: &[u8]) -> Length {
        match bytes {
            [0xff, ..] => Length::Bad,
            [high, low, ..] => Length::Is(2 + u64::from(u16::from_be_bytes([*high, *low]))),
            _ => Length::More,
        }
    }

    fn run(frames: &mut Frames, parts: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        for part in parts {
            let mut data = *part;
            while let Some(message) = frames.next(&mut data, length) {
                out.push(message.into_owned());
            }
        }
        out
    }

    #[test]
    fn any_division_gives_the_same_messages() {
        let stream = b"\0\x03abc\0\0\0\x05abcde\0\x01z";
        let whole = run(&mut Frames::new(4), &[stream]);
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[0], b"\0\x03ab", "only what is kept");
        assert_eq!(whole[3], b"\0\x01z");
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(run(&mut Frames::new(4), &single), whole);
        for cut in 0..stream.len() {
            let (a, b) = stream.split_at(cut);
            assert_eq!(run(&mut Frames::new(4), &[a, b]), whole, "{cut}");
        }
    }

    #[test]
    fn bulk_is_passed_over() {
        let head = |bytes: &[u8]| match length(bytes) {
            Length::Is(total) => Length::Head(total, 3),
            other => other,
        };
        let stream = b"\0\x05abcde\0\x01z\0\0";
        for step in [1, 2, 4, 99] {
            let mut frames = Frames::new(4);
            let mut out = Vec::new();
            for part in stream.chunks(step) {
                let mut data = part;
                while let Some(message) = frames.next(&mut data, head) {
                    out.push(message.into_owned());
                }
            }
            assert_eq!(out, [&b"\0\x05a"[..], b"\0\x01z", b"\0\0"], "{step}");
        }
    }

    #[test]
    fn losses() {
        let mut frames = Frames::new(3);
        assert_eq!(run(&mut frames, &[b"\0\x09a"]).len(), 1);
        frames.lose(8);
        assert_eq!(run(&mut frames, &[b"\0\x01b"]), [b"\0\x01b"]);
        assert_eq!(run(&mut frames, &[b"\0\x09"]).len(), 0);
        frames.lose(1);
        assert!(frames.is_lost());
        assert!(run(&mut frames, &[b"\0\x01b"]).is_empty());
        frames.restart();
        assert_eq!(run(&mut frames, &[b"\0\x01b"]).len(), 1);
        assert!(run(&mut frames, &[b"\xff\x01b"]).is_empty());
        assert!(frames.is_lost());
    }

    #[test]
    fn what_came_before_a_loss_is_handed_on() {
        let mut frames = Frames::new(9);
        let mut taken = |lost_bytes, data: &[u8], is_cut| {
            let mut unread = Unread {
                lost_bytes,
                data,
                is_cut,
            };
            let mut out = Vec::new();
            while let Some(message) = frames.take(&mut unread, |d| d.len() > 1, length) {
                out.push(message.into_owned());
            }
            out
        };
        // Cut off by the snap length: at once, and the rest of the message is passed over.
        assert_eq!(
            taken(0, b"\0\x01a\0\x05bc", true),
            [&b"\0\x01a"[..], b"\0\x05bc"]
        );
        assert_eq!(taken(3, b"\0\x01d\0\x05e", false), [b"\0\x01d"]);
        // A hole: with the bytes behind it.
        assert_eq!(taken(4, b"\0\x01f", false), [&b"\0\x05e"[..], b"\0\x01f"]);
        // Too little to tell the length: nothing, and the next message is found.
        assert!(taken(0, b"\0", true).is_empty());
        assert_eq!(taken(9, b"\0\x01g", false), [b"\0\x01g"]);
    }
}
