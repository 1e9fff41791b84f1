//! Head of a mail (RFC 5322): the fields told. What follows the head is counted, never kept.

use super::SmtpEvent;
use crate::protocols::lines::begins;
use crate::protocols::wire::text;

/// Bytes kept of a field with the lines that continue it.
const FIELD_BYTES: usize = 2048;
/// Bytes of a head after which it is read no further.
const HEAD_BYTES: usize = 64 * 1024;
/// Addresses kept of a field.
const ADDRESSES: usize = 64;

/// Reads the head of one message.
#[derive(Debug, Default)]
pub(super) struct Head {
    field: Vec<u8>,
    bytes: usize,
    over: bool,
}

impl Head {
    /// True behind the head.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Takes a line of the message.
    pub(super) fn line(&mut self, line: &[u8], row: &mut SmtpEvent) {
        if self.over {
            return;
        }
        self.bytes = self.bytes.saturating_add(line.len());
        if matches!(line.first(), Some(b' ' | b'\t')) {
            self.append(b" ");
            self.append(line.trim_ascii());
            return;
        }
        self.end_field(row);
        if line.is_empty() || self.bytes > HEAD_BYTES {
            self.over = true;
        } else {
            self.append(line);
        }
    }

    /// The message ends, perhaps inside its head.
    pub(super) fn end(&mut self, row: &mut SmtpEvent) {
        self.end_field(row);
        self.over = true;
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = FIELD_BYTES.saturating_sub(self.field.len());
        self.field
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn end_field(&mut self, row: &mut SmtpEvent) {
        let field = std::mem::take(&mut self.field);
        let Some(colon) = memchr::memchr(b':', &field) else {
            return;
        };
        let (name, value) = field.split_at(colon);
        let value = value.get(1..).unwrap_or(&[]).trim_ascii();
        let is = |other: &[u8]| name.trim_ascii().eq_ignore_ascii_case(other);
        let kept = || Some(text(value, FIELD_BYTES));
        let place = if is(b"subject") {
            &mut row.subject
        } else if is(b"from") {
            &mut row.from
        } else if is(b"date") {
            &mut row.date
        } else if is(b"reply-to") {
            &mut row.reply_to
        } else if is(b"message-id") {
            &mut row.msg_id
        } else if is(b"x-originating-ip") {
            &mut row.x_originating_ip
        } else if is(b"user-agent") || is(b"x-mailer") {
            &mut row.user_agent
        } else {
            if is(b"to") {
                row.to = row.to.take().or_else(|| Some(addresses(value)));
            } else if is(b"cc") {
                row.cc = row.cc.take().or_else(|| Some(addresses(value)));
            }
            return;
        };
        if place.is_none() {
            *place = kept();
        }
    }
}

/// The members of a list of addresses; commas inside quotes or brackets divide nothing.
fn addresses(value: &[u8]) -> Vec<String> {
    let (mut quoted, mut depth) = (false, 0u32);
    let parts = value.split(|&b| {
        match b {
            b'"' => quoted = !quoted,
            b'<' | b'(' => depth = depth.saturating_add(1),
            b'>' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        b == b',' && !quoted && depth == 0
    });
    parts
        .map(|part| text(part.trim_ascii(), FIELD_BYTES))
        .filter(|part| !part.is_empty())
        .take(ADDRESSES)
        .collect()
}

/// The address of `FROM:<a@b> SIZE=1` and `TO:<a@b>`; `None` when it is none of these.
pub(super) fn path(argument: &[u8], word: &[u8]) -> Option<String> {
    if !begins(argument, word) {
        return None;
    }
    let rest = argument.get(word.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let end = match rest.strip_prefix(b"<") {
        Some(inner) => {
            let end = inner.iter().position(|b| *b == b'>');
            return Some(text(inner.get(..end?)?, FIELD_BYTES));
        }
        None => rest.iter().position(|b| *b == b' '),
    };
    Some(text(rest.get(..end.unwrap_or(rest.len()))?, FIELD_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head() {
        let mut row = SmtpEvent::default();
        let mut head = Head::default();
        let lines: [&[u8]; 8] = [
            b"Subject: one",
            b"\ttwo",
            b"TO: \"A, B\" <a@b>, c@d",
            b"Subject: other",
            b"X-Mailer: m",
            b"no field",
            b"",
            b"From: in the body",
        ];
        lines.iter().for_each(|line| head.line(line, &mut row));
        assert!(head.is_over());
        assert_eq!(row.subject.as_deref(), Some("one two"));
        assert_eq!(row.user_agent.as_deref(), Some("m"));
        assert_eq!(row.from, None);
        let to = row.to.unwrap_or_default();
        assert_eq!(to, ["\"A, B\" <a@b>", "c@d"]);
    }

    #[test]
    fn paths() {
        let ask = |argument: &[u8]| path(argument, b"FROM");
        assert_eq!(ask(b"FROM:<a@b> SIZE=9").as_deref(), Some("a@b"));
        assert_eq!(ask(b"from: a@b X").as_deref(), Some("a@b"));
        assert_eq!(ask(b"FROM:<>").as_deref(), Some(""));
        assert_eq!(ask(b"FROM:<a"), None);
        assert_eq!(ask(b"TO:<a>"), None);
    }
}
