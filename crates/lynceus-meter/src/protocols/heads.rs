//! Messages with a head as HTTP has it: a first line, fields, an empty line, a body of so many
//! bytes. SIP and SSDP speak so.
//!
//! Rules: at most 64 fields of 1 KiB each are kept of a head; the body is passed over. After a
//! loss the next line that begins a message is looked for.

use super::lines::Lines;
use super::wire::text;

/// Bytes kept of a line.
const LINE_BYTES: usize = 1024;
/// Fields kept of a head.
const FIELDS: usize = 64;
/// Lines of a head after which it counts as over.
const HEAD_LINES: u32 = 512;

/// The head of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// First line.
    pub(crate) start: Vec<u8>,
    fields: Vec<Vec<u8>>,
    lines: u32,
}

impl Head {
    /// Reads the head at the start of a datagram, whether or not it is whole.
    pub(crate) fn of_datagram(mut bytes: &[u8]) -> Option<Head> {
        let mut heads = Heads::default();
        let head = heads.next(&mut bytes, |_| true);
        head.or_else(|| heads.open.take())
    }

    /// The value of a field by one of its names.
    pub(crate) fn field(&self, names: &[&[u8]]) -> Option<&[u8]> {
        self.fields.iter().find_map(|field| {
            let colon = memchr::memchr(b':', field)?;
            let (name, value) = field.split_at(colon);
            let name = name.trim_ascii();
            let named = names.iter().any(|other| name.eq_ignore_ascii_case(other));
            named.then(|| value.get(1..).unwrap_or(&[]).trim_ascii())
        })
    }

    /// The same as text.
    pub(crate) fn told(&self, names: &[&[u8]]) -> Option<String> {
        self.field(names).map(|value| text(value, LINE_BYTES))
    }

    /// Bytes of the body.
    pub(crate) fn body_bytes(&self) -> Option<u64> {
        let digits = self.field(&[b"content-length", b"l"])?;
        let digits = std::str::from_utf8(digits).ok()?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        let bytes: u32 = plain.then(|| digits.parse().ok())??;
        Some(u64::from(bytes))
    }

    fn add(&mut self, line: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        if let (Some(b' ' | b'\t'), Some(last)) = (line.first(), self.fields.last_mut()) {
            let room = LINE_BYTES.saturating_sub(last.len());
            last.extend_from_slice(line.get(..room).unwrap_or(line));
        } else if self.fields.len() < FIELDS {
            self.fields.push(line.to_vec());
        }
    }
}

/// The messages of one direction.
#[derive(Debug)]
pub(crate) struct Heads {
    lines: Lines,
    open: Option<Head>,
}

impl Default for Heads {
    fn default() -> Self {
        Heads {
            lines: Lines::new(LINE_BYTES),
            open: None,
        }
    }
}

impl Heads {
    /// Takes note of bytes that are missing before those that come next.
    pub(crate) fn lose(&mut self, bytes: u64) {
        self.lines.lose(bytes);
        if !self.lines.is_at_start() {
            self.open = None;
        }
    }

    /// The next head; lines before one that begins a message are passed over.
    pub(crate) fn next(
        &mut self,
        data: &mut &[u8],
        begins: impl Fn(&[u8]) -> bool,
    ) -> Option<Head> {
        while let Some(line) = self.lines.next(data) {
            match &mut self.open {
                None if !line.is_empty() && begins(&line) => {
                    self.open = Some(Head {
                        start: line.into_owned(),
                        ..Head::default()
                    });
                }
                None => {}
                Some(head) if !line.is_empty() && head.lines < HEAD_LINES => head.add(&line),
                Some(head) => {
                    self.lines.skip(head.body_bytes().unwrap_or(0));
                    return self.open.take();
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let stream = b"junk\r\n\r\nM one\r\nA: 1\r\n 2\r\nl: 5\r\n\r\nM no\nM two\r\nb:3\r\n\r\nM";
        for step in [1, 5, 100] {
            let mut heads = Heads::default();
            let mut out = Vec::new();
            for part in stream.chunks(step) {
                let mut data = part;
                while let Some(head) = heads.next(&mut data, |line| line.starts_with(b"M ")) {
                    out.push(head);
                }
            }
            assert_eq!(out.len(), 2);
            assert_eq!(out[0].told(&[b"a"]).as_deref(), Some("1 2"));
            assert_eq!(out[0].body_bytes(), Some(5));
            assert_eq!(out[1].start, b"M two");
        }
    }

    #[test]
    fn a_datagram_may_be_cut() {
        let head = Head::of_datagram(b"M one\r\nA: 1\r\nB: 2").expect("a head");
        assert_eq!(head.told(&[b"x", b"A"]).as_deref(), Some("1"));
        assert_eq!(head.field(&[b"B"]), None);
        assert_eq!(Head::of_datagram(b"M one"), None);
    }
}
