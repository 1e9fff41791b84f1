//! A cursor over hostile bytes: every read is checked, none can fail loudly.

/// Reads big-endian fields from a byte slice; each read gives `None` past the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    /// Starts at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Wire { rest: bytes }
    }

    /// Bytes not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes were not read yet.
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// True when everything was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `n` bytes.
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(n)?;
        self.rest = tail;
        Some(head)
    }

    /// The next `n` bytes as a cursor of their own.
    pub(crate) fn sub(&mut self, n: usize) -> Option<Wire<'a>> {
        self.take(n).map(Wire::new)
    }

    /// One byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (first, tail) = self.rest.split_first()?;
        self.rest = tail;
        Some(*first)
    }

    /// Two bytes.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        let (head, tail) = self.rest.split_first_chunk::<2>()?;
        self.rest = tail;
        Some(u16::from_be_bytes(*head))
    }

    /// Three bytes.
    pub(crate) fn u24(&mut self) -> Option<u32> {
        let (head, tail) = self.rest.split_first_chunk::<3>()?;
        self.rest = tail;
        let [a, b, c] = *head;
        Some(u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let (head, tail) = self.rest.split_first_chunk::<4>()?;
        self.rest = tail;
        Some(u32::from_be_bytes(*head))
    }

    /// Two bytes, the low one first.
    pub(crate) fn le16(&mut self) -> Option<u16> {
        let (head, tail) = self.rest.split_first_chunk::<2>()?;
        self.rest = tail;
        Some(u16::from_le_bytes(*head))
    }

    /// Four bytes, the low one first.
    pub(crate) fn le32(&mut self) -> Option<u32> {
        let (head, tail) = self.rest.split_first_chunk::<4>()?;
        self.rest = tail;
        Some(u32::from_le_bytes(*head))
    }

    /// Eight bytes, the low one first.
    pub(crate) fn le64(&mut self) -> Option<u64> {
        let (head, tail) = self.rest.split_first_chunk::<8>()?;
        self.rest = tail;
        Some(u64::from_le_bytes(*head))
    }

    /// A block that begins with its length in one byte.
    pub(crate) fn block8(&mut self) -> Option<Wire<'a>> {
        let n = self.u8()?;
        self.sub(usize::from(n))
    }

    /// A block that begins with its length in two bytes.
    pub(crate) fn block16(&mut self) -> Option<Wire<'a>> {
        let n = self.u16()?;
        self.sub(usize::from(n))
    }

    /// A block that begins with its length in three bytes.
    pub(crate) fn block24(&mut self) -> Option<Wire<'a>> {
        let n = self.u24()?;
        self.sub(n as usize)
    }
}

/// Bytes as text of at most `max` characters: printable ASCII stays, the rest becomes `\xNN`.
pub(crate) fn printable(bytes: &[u8], max: usize) -> String {
    let mut text = String::with_capacity(bytes.len().min(max));
    for &byte in bytes.iter().take(max) {
        if (0x20..0x7f).contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str("\\x");
            push_hex(&mut text, byte);
        }
    }
    text
}

/// Text from the wire, UTF-8 where it is valid, at most `max` bytes of it, control characters
/// as `\xNN`.
pub(crate) fn text(bytes: &[u8], max: usize) -> String {
    let head = bytes.get(..max).unwrap_or(bytes);
    match std::str::from_utf8(head) {
        Ok(valid) if !valid.chars().any(char::is_control) => valid.to_owned(),
        _ => printable(head, max),
    }
}

/// UTF-16 (low byte first) as text of at most `max` units of it, zeros at the end left out,
/// control characters as `\xNN`.
pub(crate) fn utf16_text(bytes: &[u8], max: usize) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .take(max)
        .filter_map(|unit| Some(u16::from_le_bytes(*unit.first_chunk()?)))
        .collect();
    let end = units.iter().rposition(|&u| u != 0);
    let units = end.and_then(|end| units.get(..=end)).unwrap_or(&[]);
    let mut text = String::with_capacity(units.len());
    for c in char::decode_utf16(units.iter().copied()) {
        match c.unwrap_or(char::REPLACEMENT_CHARACTER) {
            c if c.is_control() => {
                text.push_str("\\x");
                push_hex(&mut text, u8::try_from(u32::from(c)).unwrap_or(0));
            }
            c => text.push(c),
        }
    }
    text
}

/// Appends a byte as two lower-case hex digits.
pub(crate) fn push_hex(text: &mut String, byte: u8) {
    for nibble in [byte >> 4, byte & 15] {
        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for &byte in bytes {
        push_hex(&mut text, byte);
    }
    text
}

/// A MAC address as `aa:bb:cc:dd:ee:ff`.
pub(crate) fn mac(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(3));
    for (i, &byte) in bytes.iter().enumerate() {
        if i > 0 {
            text.push(':');
        }
        push_hex(&mut text, byte);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_in_network_order() {
        let mut w = Wire::new(&[1, 0, 2, 0, 0, 3, 0, 0, 0, 4, 2, 9, 9]);
        assert_eq!(w.u8(), Some(1));
        assert_eq!(w.u16(), Some(2));
        assert_eq!(w.u24(), Some(3));
        assert_eq!(w.u32(), Some(4));
        assert_eq!(w.block8().map(|b| b.rest()), Some(&[9u8, 9][..]));
        assert!(w.is_empty());
    }

    #[test]
    fn reads_fields_low_byte_first() {
        let mut w = Wire::new(&[1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!((w.le16(), w.le32(), w.le64()), (Some(1), Some(2), Some(3)));
        assert_eq!((w.le16(), w.le32(), w.le64()), (None, None, None));
        assert_eq!(w.len(), 1);
    }

    #[test]
    fn never_reads_past_the_end() {
        let mut w = Wire::new(&[0xff, 0xff]);
        assert!(w.block16().is_none());
        let mut w = Wire::new(&[0xff]);
        assert_eq!(
            (w.u16(), w.u24(), w.u32(), w.take(2)),
            (None, None, None, None)
        );
        assert_eq!(w.u8(), Some(0xff));
        assert_eq!(w.u8(), None);
    }

    #[test]
    fn text_forms() {
        assert_eq!(printable(b"a\x00\xff", 10), "a\\x00\\xff");
        assert_eq!(printable(b"abcdef", 3), "abc");
        assert_eq!(text("é".as_bytes(), 10), "é");
        assert_eq!(text(b"a\nb", 10), "a\\x0ab");
        assert_eq!(text("aé".as_bytes(), 2), "a\\xc3");
        assert_eq!(utf16_text(b"a\0\x0a\0\xe9\0\0\0\0\0x", 10), "a\\x0aé");
        assert_eq!(utf16_text(b"a\0b\0\x00\xd8", 2), "ab");
        assert_eq!(utf16_text(b"\x00\xd8", 2), "\u{fffd}");
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(mac(&[0, 1, 0xfe]), "00:01:fe");
    }
}
