//! Lines of one side with the literals (`{n}`) that continue them.

use std::borrow::Cow;

use crate::protocols::lines::{split_word, Lines};

/// Bytes kept of a line.
const LINE_BYTES: usize = 2048;
/// Bytes of a literal that may be a user name.
const USER_BYTES: u64 = 256;

/// What a line of a client is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    /// A command.
    Line {
        /// Tag that the answer repeats.
        tag: &'a [u8],
        /// Name of the command.
        word: &'a [u8],
        /// Its arguments as far as the line goes.
        rest: &'a [u8],
    },
    /// The user name of a login, sent as a literal.
    User(Vec<u8>),
}

/// One direction.
#[derive(Debug)]
pub(super) struct Side {
    lines: Lines,
    /// The next line continues a command.
    continues: bool,
    /// The next line begins with a user name of so many bytes.
    user_bytes: Option<usize>,
}

impl Default for Side {
    fn default() -> Self {
        Side {
            lines: Lines::new(LINE_BYTES),
            continues: false,
            user_bytes: None,
        }
    }
}

impl Side {
    /// Takes note of bytes that are missing before those that come next.
    pub(super) fn lose(&mut self, bytes: u64) {
        self.lines.lose(bytes);
        if bytes > 0 && !self.lines.is_at_start() {
            self.continues = false;
            self.user_bytes = None;
        }
    }

    /// True where the next byte begins a line.
    pub(super) fn is_at_start(&self) -> bool {
        self.lines.is_at_start() && !self.continues
    }

    /// The next line.
    pub(super) fn next<'a>(&mut self, data: &mut &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.lines.next(data)
    }

    /// Passes over the literal that a line announces at its end.
    pub(super) fn pass_literal(&mut self, line: &[u8]) -> bool {
        let announced = literal(line);
        self.lines.skip(announced.unwrap_or(0));
        announced.is_some()
    }

    /// Reads a line of a client.
    pub(super) fn command<'a>(&mut self, line: &'a [u8]) -> Option<Command<'a>> {
        if let Some(bytes) = self.user_bytes.take() {
            let (user, rest) = line.split_at_checked(bytes)?;
            self.continues = self.pass_literal(rest);
            return Some(Command::User(user.to_vec()));
        }
        if self.continues {
            self.continues = self.pass_literal(line);
            return None;
        }
        let (tag, rest) = split_word(line);
        let (word, rest) = split_word(rest);
        if word.is_empty() {
            return None;
        }
        if word.eq_ignore_ascii_case(b"LOGIN") && rest.first() == Some(&b'{') {
            let bytes = literal(rest).filter(|bytes| *bytes <= USER_BYTES);
            self.user_bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        }
        if self.user_bytes.is_none() {
            self.continues = self.pass_literal(line);
        }
        Some(Command::Line { tag, word, rest })
    }
}

/// Bytes of the literal that a line announces: `{12}` or `{12+}` at its end.
fn literal(line: &[u8]) -> Option<u64> {
    let inner = line.strip_suffix(b"}")?;
    let inner = inner.strip_suffix(b"+").unwrap_or(inner);
    let start = inner.iter().rposition(|b| !b.is_ascii_digit())?;
    let (before, digits) = inner.split_at(start.checked_add(1)?);
    if before.last() != Some(&b'{') {
        return None;
    }
    let bytes: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    u32::try_from(bytes).ok().map(u64::from)
}

/// The first argument: an atom or a quoted string; `None` for a literal or nothing.
pub(super) fn astring(rest: &[u8]) -> Option<Vec<u8>> {
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let (word, _) = split_word(rest);
        let is_literal = word.first() == Some(&b'{');
        return (!word.is_empty() && !is_literal).then(|| word.to_vec());
    };
    let mut value = Vec::new();
    let mut escaped = false;
    for &byte in quoted {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return Some(value),
            byte => {
                escaped = false;
                value.push(byte);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        assert_eq!(literal(b"a LOGIN {4}"), Some(4));
        assert_eq!(literal(b"a LOGIN {40+}"), Some(40));
        for bad in [&b"{}"[..], b"{a}", b"}", b"4}", b"{99999999999}"] {
            assert_eq!(literal(bad), None);
        }
    }

    #[test]
    fn strings() {
        let ask = |rest: &[u8]| astring(rest).map(|s| String::from_utf8_lossy(&s).into_owned());
        assert_eq!(ask(b"anna x").as_deref(), Some("anna"));
        assert_eq!(ask(b"\"an\\\"na\" x").as_deref(), Some("an\"na"));
        assert_eq!(ask(b"\"open"), None);
        assert_eq!(ask(b"{4}"), None);
        assert_eq!(ask(b""), None);
    }
}
