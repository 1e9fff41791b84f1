//! Lines taken out of a stream of bytes, and the replies with a code of FTP and SMTP.
//!
//! Rules: of a line at most `keep` bytes are held or handed on, without its end. What is passed
//! over by its length (`skip`) is not kept; a loss inside it harms nothing. Any other loss drops
//! what it hit up to the next end of a line.

use std::borrow::Cow;

/// Bytes kept of a line of a reply.
const REPLY_BYTES: usize = 1024;

/// The lines of one direction.
#[derive(Debug)]
pub(crate) struct Lines {
    keep: usize,
    held: Vec<u8>,
    skip_bytes: u64,
    /// A line has begun of which nothing is kept.
    inside: bool,
    lost: bool,
}

impl Lines {
    /// Hands on at most `keep` bytes of each line.
    pub(crate) fn new(keep: usize) -> Self {
        Lines {
            keep,
            held: Vec::new(),
            skip_bytes: 0,
            inside: false,
            lost: false,
        }
    }

    /// Takes note of bytes that are missing before those that come next.
    pub(crate) fn lose(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        match self.skip_bytes.checked_sub(bytes) {
            Some(left) if !self.inside => self.skip_bytes = left,
            _ => {
                self.skip_bytes = 0;
                self.held.clear();
                self.inside = false;
                self.lost = true;
            }
        }
    }

    /// Passes over the next bytes, whatever they are.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.skip_bytes = self.skip_bytes.saturating_add(bytes);
    }

    /// True where the next byte begins a line.
    pub(crate) fn is_at_start(&self) -> bool {
        !self.inside && !self.lost && self.skip_bytes == 0
    }

    /// The next line in `data`, which is moved on behind it; `None` when all bytes are used up.
    pub(crate) fn next<'a>(&mut self, data: &mut &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.pass_over(data);
        while !data.is_empty() {
            let Some(end) = memchr::memchr(b'\n', data) else {
                self.inside = true;
                if !self.lost {
                    self.hold(data);
                }
                *data = &[];
                return None;
            };
            let (line, rest) = data.split_at(end);
            *data = rest.get(1..).unwrap_or(&[]);
            self.inside = false;
            if std::mem::take(&mut self.lost) {
                continue;
            }
            if self.held.is_empty() {
                let line = line.get(..self.keep).unwrap_or(line);
                return Some(Cow::Borrowed(line.strip_suffix(b"\r").unwrap_or(line)));
            }
            self.hold(line);
            let mut line = std::mem::take(&mut self.held);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Some(Cow::Owned(line));
        }
        None
    }

    fn hold(&mut self, part: &[u8]) {
        let room = self.keep.saturating_sub(self.held.len());
        self.held
            .extend_from_slice(part.get(..room).unwrap_or(part));
    }

    fn pass_over(&mut self, data: &mut &[u8]) {
        let bytes = usize::try_from(self.skip_bytes).unwrap_or(usize::MAX);
        let bytes = bytes.min(data.len());
        *data = data.get(bytes..).unwrap_or(&[]);
        self.skip_bytes = self.skip_bytes.saturating_sub(bytes as u64);
    }
}

/// The first word of a line and what follows it.
pub(crate) fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii();
    let end = line.iter().position(|b| *b == b' ' || *b == b'\t');
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    (word, rest.trim_ascii())
}

/// True where bytes begin with a word, whatever its case.
pub(crate) fn begins(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// True where a word stands in bytes, whatever its case.
pub(crate) fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}

/// A whole reply of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Three digits.
    pub(crate) code: u16,
    /// What the first line says.
    pub(crate) first: Vec<u8>,
    /// What the last line says.
    pub(crate) last: Vec<u8>,
}

/// Replies of several lines, `220-` to `220 ` (RFC 959, RFC 5321).
#[derive(Debug)]
pub(crate) struct Replies {
    lines: Lines,
    open: Option<(u16, Vec<u8>)>,
}

impl Default for Replies {
    fn default() -> Self {
        Replies {
            lines: Lines::new(REPLY_BYTES),
            open: None,
        }
    }
}

impl Replies {
    /// Takes note of bytes that are missing before those that come next.
    pub(crate) fn lose(&mut self, bytes: u64) {
        if bytes > 0 {
            self.lines.lose(bytes);
            self.open = None;
        }
    }

    /// The next whole reply; lines that are none are passed over.
    pub(crate) fn next(&mut self, data: &mut &[u8]) -> Option<Reply> {
        while let Some(line) = self.lines.next(data) {
            let begun = self.open.take();
            match (code(&line), begun) {
                (Some((number, false)), Some((open, first))) if number == open => {
                    let last = line.get(4..).unwrap_or(&[]).to_vec();
                    return Some(Reply {
                        code: number,
                        first,
                        last,
                    });
                }
                (_, Some(begun)) => self.open = Some(begun),
                (Some((number, true)), None) => {
                    let first = line.get(4..).unwrap_or(&[]).to_vec();
                    self.open = Some((number, first));
                }
                (Some((number, false)), None) => {
                    let text = line.get(4..).unwrap_or(&[]).to_vec();
                    return Some(Reply {
                        code: number,
                        first: text.clone(),
                        last: text,
                    });
                }
                (None, None) => {}
            }
        }
        None
    }
}

/// Code of a line of a reply, and whether more lines follow.
pub(crate) fn code(line: &[u8]) -> Option<(u16, bool)> {
    let (&[a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9'], rest) = line.split_first_chunk()?
    else {
        return None;
    };
    let code = [a, b, c]
        .iter()
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match rest.first() {
        None | Some(b' ') => Some((code, false)),
        Some(b'-') => Some((code, true)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(lines: &mut Lines, parts: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        for part in parts {
            let mut data = *part;
            while let Some(line) = lines.next(&mut data) {
                out.push(line.into_owned());
            }
        }
        out
    }

    #[test]
    fn any_division_gives_the_same_lines() {
        let stream = b"one\r\n\r\ntwo three\nfour\rfive\r\nrest";
        let whole = run(&mut Lines::new(8), &[stream]);
        assert_eq!(whole, [&b"one"[..], b"", b"two thre", b"four\rfiv"]);
        for step in 1..stream.len() {
            let parts: Vec<&[u8]> = stream.chunks(step).collect();
            assert_eq!(run(&mut Lines::new(8), &parts), whole, "{step}");
        }
    }

    #[test]
    fn losses_and_what_is_passed_over() {
        let mut lines = Lines::new(80);
        assert!(run(&mut lines, &[b"ab"]).is_empty());
        lines.lose(3);
        assert!(!lines.is_at_start());
        assert_eq!(run(&mut lines, &[b"cd\nef\n"]), [b"ef"]);
        assert!(lines.is_at_start());
        lines.skip(10);
        assert!(run(&mut lines, &[b"a\nb\nc"]).is_empty());
        lines.lose(5);
        assert_eq!(run(&mut lines, &[b"ef\n"]), [b"ef"]);
        lines.skip(4);
        lines.lose(5);
        assert_eq!(run(&mut lines, &[b"ef\ngh\n"]), [b"gh"]);
    }

    #[test]
    fn replies() {
        let stream = b"junk\r\n220 hi\r\n250-a\r\n 250 b\r\n250-c\r\n250 d\r\n226\r\n2500 x\r\n";
        for step in [1, 3, 100] {
            let mut replies = Replies::default();
            let mut out = Vec::new();
            for part in stream.chunks(step) {
                let mut data = part;
                while let Some(reply) = replies.next(&mut data) {
                    out.push((reply.code, reply.first, reply.last));
                }
            }
            let expected: Vec<(u16, Vec<u8>, Vec<u8>)> = vec![
                (220, b"hi".to_vec(), b"hi".to_vec()),
                (250, b"a".to_vec(), b"d".to_vec()),
                (226, vec![], vec![]),
            ];
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn words() {
        assert_eq!(
            split_word(b" mail  from:<a> "),
            (&b"mail"[..], &b"from:<a>"[..])
        );
        assert_eq!(split_word(b"QUIT"), (&b"QUIT"[..], &b""[..]));
        assert!(begins(b"mail from", b"MAIL ") && !begins(b"mai", b"MAIL "));
        assert!(contains(b"x eSMTP y", b"smtp") && !contains(b"sm", b"smtp"));
    }
}
