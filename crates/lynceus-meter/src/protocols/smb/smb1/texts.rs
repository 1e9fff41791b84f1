//! Texts of a message of SMB 1.

use crate::protocols::smb::files::NAME_CHARS;
use crate::protocols::wire::{printable, utf16_text};

/// Texts that end with a zero, one after the other.
pub(super) struct Texts<'a> {
    /// The message.
    pub(super) bytes: &'a [u8],
    /// Where the next one begins.
    pub(super) at: usize,
    /// They are UTF-16.
    pub(super) unicode: bool,
}

impl Texts<'_> {
    /// The next one; none at the end of the message.
    pub(super) fn next(&mut self) -> Option<String> {
        if !self.unicode {
            return self.next_narrow();
        }
        // UTF-16 begins at an even place of the message.
        let at = self.at.next_multiple_of(2);
        let rest = self.bytes.get(at..)?;
        let units = rest.chunks_exact(2).position(|unit| unit == [0, 0]);
        let bytes = units.map_or(rest.len(), |units| units.saturating_mul(2));
        self.at = at.saturating_add(bytes).saturating_add(2);
        (!rest.is_empty()).then(|| utf16_text(rest.get(..bytes).unwrap_or(rest), NAME_CHARS))
    }

    /// Some texts are never UTF-16.
    pub(super) fn next_narrow(&mut self) -> Option<String> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let bytes = memchr::memchr(0, rest).unwrap_or(rest.len());
        self.at = self.at.saturating_add(bytes).saturating_add(1);
        Some(printable(rest.get(..bytes).unwrap_or(rest), NAME_CHARS))
    }

    /// Passes over the byte that says what kind of text follows.
    pub(super) fn kind(&mut self) -> &mut Self {
        self.at = self.at.saturating_add(1);
        self
    }
}
