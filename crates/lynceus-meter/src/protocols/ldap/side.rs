//! One direction of a connection: messages in the clear, or inside the tokens of a security
//! layer. A token's content is read as it comes, so that long ones need not be held.

use super::message::{self, Message};
use super::operations::Found;
use super::wrapped;
use crate::protocols::frames::Frames;

/// Bytes of a message that are read.
const KEEP_BYTES: usize = 32 * 1024;

/// What became of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// All were used.
    All,
    /// TLS begins so many bytes before their end.
    Tls(usize),
    /// A sealed token: nothing more can be read.
    Sealed,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Side {
    frames: Frames,
    /// Start of a token, until it shows what is inside.
    token: Vec<u8>,
    /// Bytes of an open token still to come.
    content_bytes: u64,
}

impl Default for Side {
    fn default() -> Self {
        Side {
            frames: Frames::new(KEEP_BYTES),
            token: Vec::new(),
            content_bytes: 0,
        }
    }
}

impl Side {
    /// Takes note of bytes that are missing before `next`.
    pub(super) fn lose(&mut self, bytes: u64, next: &[u8]) {
        if bytes > 0 {
            self.frames.lose(bytes);
            match self.content_bytes.checked_sub(bytes) {
                Some(left) if left > 0 => self.content_bytes = left,
                _ if self.content_bytes > 0 || !self.token.is_empty() => {
                    self.content_bytes = 0;
                    self.token.clear();
                    self.frames.give_up();
                }
                _ => {}
            }
        }
        let begins = message::total(next).is_some() || wrapped::begins(next);
        if self.content_bytes == 0 && self.frames.is_lost() && begins {
            self.frames.restart();
        }
    }

    /// Takes the next bytes and gives each message to `each`; where more bytes were cut off, the
    /// last as far as it goes.
    pub(super) fn take(
        &mut self,
        mut data: &[u8],
        is_cut: bool,
        each: &mut dyn FnMut(&Message<'_>) -> Found,
    ) -> Taken {
        while !data.is_empty() {
            if self.content_bytes > 0 {
                let wanted = usize::try_from(self.content_bytes).unwrap_or(usize::MAX);
                let (content, rest) = data.split_at(wanted.min(data.len()));
                data = rest;
                self.content_bytes -= content.len() as u64;
                self.content(content, each);
            } else if !self.token.is_empty() || (data.first() == Some(&0) && self.frames.is_ready())
            {
                match self.begin_token(&mut data) {
                    None => return Taken::Sealed,
                    Some(content) => self.content(&content, each),
                }
            } else {
                match self.plain(&mut data, each) {
                    None => return Taken::All,
                    Some(Found::More) => {}
                    Some(Found::Tls) => return Taken::Tls(data.len()),
                }
            }
        }
        if let Some(bytes) = is_cut
            .then(|| self.frames.broken_off(message::length))
            .flatten()
        {
            if let Some(message) = Message::next(&mut bytes.as_slice()) {
                each(&message);
            }
        }
        Taken::All
    }

    /// The next message in the clear.
    fn plain(
        &mut self,
        data: &mut &[u8],
        each: &mut dyn FnMut(&Message<'_>) -> Found,
    ) -> Option<Found> {
        let bytes = self.frames.next(data, message::length)?;
        Some(match Message::next(&mut bytes.as_ref()) {
            Some(message) => each(&message),
            None => Found::More,
        })
    }

    /// Collects the start of a token; gives what is inside of it so far, `None` when it is sealed.
    fn begin_token(&mut self, data: &mut &[u8]) -> Option<Vec<u8>> {
        let total = loop {
            match (self.token.first_chunk(), data.split_first()) {
                (Some(length), _) => break wrapped::total(*length)?,
                (None, None) => return Some(Vec::new()),
                (None, Some((first, rest))) => {
                    self.token.push(*first);
                    *data = rest;
                }
            }
        };
        let wanted = usize::try_from(total)
            .unwrap_or(usize::MAX)
            .min(wrapped::HEAD_BYTES);
        let missing = wanted.saturating_sub(self.token.len());
        let (head, rest) = data.split_at(missing.min(data.len()));
        self.token.extend_from_slice(head);
        *data = rest;
        if self.token.len() < wanted {
            return Some(Vec::new());
        }
        let token = std::mem::take(&mut self.token);
        self.content_bytes = total.saturating_sub(token.len() as u64);
        wrapped::content(&token).map(<[u8]>::to_vec)
    }

    /// Reads the content of a token; what is left of it at its end is padding or checksum.
    fn content(&mut self, mut content: &[u8], each: &mut dyn FnMut(&Message<'_>) -> Found) {
        while self.plain(&mut content, each).is_some() {}
        if self.content_bytes == 0 && self.token.is_empty() {
            self.frames.restart();
        }
    }
}
