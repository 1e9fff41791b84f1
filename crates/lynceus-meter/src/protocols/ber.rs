//! BER with definite lengths, as Kerberos, LDAP and SNMP write it.
//!
//! Rules: a reader goes on in one level and makes a reader of its own for the level below, so
//! nothing here recurses; who follows nested data (LDAP filters) bounds the depth. A message may
//! be cut: a constructed element whose end is missing gives what is there, a primitive one
//! nothing. Indefinite lengths and tag numbers above 30 end the reading, as those protocols
//! forbid or never use them.

/// Bit of the tag that says that elements are inside.
const CONSTRUCTED: u8 = 0x20;

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// Characters of an object identifier; longer ones are cut.
const OID_CHARS: usize = 256;

/// What the first bytes of an element say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// Too few bytes to tell.
    More,
    /// None that is read here.
    Bad,
    /// An element.
    Is(Size),
}

/// Tag and sizes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Identifier byte: class, constructed bit and number.
    pub(crate) tag: u8,
    /// Bytes of tag and length.
    pub(crate) head: usize,
    /// Bytes of the content.
    pub(crate) body: usize,
}

impl Size {
    /// Bytes of the whole element.
    pub(crate) fn total(&self) -> usize {
        self.head.saturating_add(self.body)
    }
}

/// Reads tag and length at the start of `bytes`.
pub(crate) fn header(bytes: &[u8]) -> Header {
    let (tag, first, rest) = match bytes {
        [tag, ..] if tag & 0x1f == 0x1f => return Header::Bad,
        [tag, first, rest @ ..] => (*tag, *first, rest),
        _ => return Header::More,
    };
    let octets = match first {
        0..=0x7f => {
            return Header::Is(Size {
                tag,
                head: 2,
                body: usize::from(first),
            })
        }
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Header::Bad,
    };
    let Some(length) = rest.get(..octets) else {
        return Header::More;
    };
    let body = length.iter().fold(0u32, |n, &b| n << 8 | u32::from(b));
    match usize::try_from(body) {
        Ok(body) => Header::Is(Size {
            tag,
            head: octets.saturating_add(2),
            body,
        }),
        Err(_) => Header::Bad,
    }
}

/// Reads the elements of one level, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ber<'a> {
    rest: &'a [u8],
}

impl<'a> Ber<'a> {
    /// Starts at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Ber { rest: bytes }
    }

    /// Bytes not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Tag of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element: its tag and its content.
    pub(crate) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let Header::Is(size) = header(self.rest) else {
            return None;
        };
        let after = self.rest.get(size.head..)?;
        let (body, rest) = match after.split_at_checked(size.body) {
            Some(parts) => parts,
            None if size.tag & CONSTRUCTED != 0 => (after, &[][..]),
            None => return None,
        };
        self.rest = rest;
        Some((size.tag, body))
    }

    /// The content of the next element if it has the tag; else nothing is read.
    pub(crate) fn bytes(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.peek() != Some(tag) {
            return None;
        }
        self.any().map(|(_, body)| body)
    }

    /// A reader of the next element's content if it has the tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Ber<'a>> {
        self.bytes(tag).map(Ber::new)
    }

    /// The next element with the tag `wanted`, those before it passed over. Nothing is read when
    /// there is none.
    pub(crate) fn find(&mut self, wanted: u8) -> Option<Ber<'a>> {
        let mut ahead = *self;
        while let Some((tag, body)) = ahead.any() {
            if tag == wanted {
                *self = ahead;
                return Some(Ber::new(body));
            }
        }
        None
    }

    /// The next element as a number, if it has the tag.
    pub(crate) fn number(&mut self, tag: u8) -> Option<i64> {
        self.bytes(tag).and_then(number)
    }
}

/// Two's complement of at most eight bytes.
pub(crate) fn number(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first()?;
    if bytes.len() > 8 {
        return None;
    }
    let start = if first & 0x80 != 0 { -1i64 } else { 0 };
    Some(bytes.iter().fold(start, |n, &b| n << 8 | i64::from(b)))
}

/// An object identifier as numbers with dots.
pub(crate) fn oid(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write;
    let mut text = String::new();
    let mut part = 0u64;
    if bytes.last().is_none_or(|last| last & 0x80 != 0) {
        return None;
    }
    for &byte in bytes {
        part = part.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        // Writing to a string cannot fail. The first number holds two.
        let _ = if text.is_empty() {
            let top = (part / 40).min(2);
            write!(text, "{top}.{}", part.saturating_sub(top * 40))
        } else {
            write!(text, ".{part}")
        };
        part = 0;
        if text.len() > OID_CHARS {
            break;
        }
    }
    Some(text)
}

#[cfg(test)]
pub(crate) mod tests_support {
    /// An element.
    pub(crate) fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match body.len() {
            n @ 0..=0x7f => out.push(n as u8),
            n => out.extend([0x82, (n >> 8) as u8, n as u8]),
        }
        out.extend(body);
        out
    }

    /// An element around others.
    pub(crate) fn nest(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        tlv(tag, &parts.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::{nest, tlv};
    use super::*;

    #[test]
    fn headers() {
        let is = |tag, head, body| Header::Is(Size { tag, head, body });
        assert_eq!(header(&[]), Header::More);
        assert_eq!(header(&[0x30]), Header::More);
        assert_eq!(header(&[0x30, 0x05]), is(0x30, 2, 5));
        assert_eq!(header(&[0x30, 0x82, 1]), Header::More);
        assert_eq!(header(&[0x30, 0x82, 1, 2]), is(0x30, 4, 0x102));
        assert_eq!(
            header(&[0x30, 0x84, 0, 0, 0, 9]).clone(),
            is(0x30, 6, 9),
            "long forms of short lengths are BER"
        );
        assert_eq!(header(&[0x30, 0x80, 0, 0]), Header::Bad);
        assert_eq!(header(&[0x30, 0x85, 0, 0, 0, 0, 1]), Header::Bad);
        assert_eq!(header(&[0x1f, 1, 1]), Header::Bad);
    }

    #[test]
    fn levels() {
        let bytes = nest(
            0x30,
            &[
                tlv(2, &[5]),
                tlv(4, b"text"),
                nest(0xa1, &[tlv(2, &[0xff])]),
            ],
        );
        let mut top = Ber::new(&bytes);
        let mut inside = top.inside(SEQUENCE).expect("a sequence");
        assert!(top.any().is_none());
        assert_eq!(inside.number(OCTET_STRING), None);
        assert_eq!(inside.number(INTEGER), Some(5));
        let mut again = inside;
        assert_eq!(inside.bytes(OCTET_STRING), Some(&b"text"[..]));
        let mut last = again.find(0xa1).expect("passed over the text");
        assert_eq!(last.number(INTEGER), Some(-1));
        assert!(again.find(0xa1).is_none() && again.rest().is_empty());
    }

    #[test]
    fn cut_anywhere() {
        let bytes = nest(0x30, &[tlv(2, &[5]), nest(0x30, &[tlv(4, b"text")])]);
        for end in 0..bytes.len() {
            let mut top = Ber::new(&bytes[..end]);
            let mut inside = top.inside(SEQUENCE);
            let number = inside.as_mut().and_then(|i| i.number(INTEGER));
            assert_eq!(number.is_some(), end >= 5);
            let text = inside
                .and_then(|mut i| i.inside(SEQUENCE))
                .and_then(|mut i| i.bytes(OCTET_STRING));
            assert_eq!(text, None);
        }
    }

    #[test]
    fn numbers_and_names() {
        assert_eq!(number(&[]), None);
        assert_eq!(number(&[0xff, 0x85]), Some(-123));
        assert_eq!(number(&[0x7f, 0xff, 0xff, 0xff]), Some(i64::from(i32::MAX)));
        assert_eq!(number(&[0; 9]), None);
        assert_eq!(
            oid(&[0x2b, 6, 1, 2, 1, 1, 1, 0]).as_deref(),
            Some("1.3.6.1.2.1.1.1.0")
        );
        assert_eq!(
            oid(&[0x60, 0x86, 0x48, 1]).as_deref(),
            Some("2.16.840.1"),
            "two numbers in the first"
        );
        assert_eq!(oid(&[0x2b, 0x80]), None);
        assert_eq!(oid(&[]), None);
        assert_eq!(oid(&[0xff; 12]), None);
        assert!(oid(&[0x7f; 4000]).is_some_and(|t| t.len() < 300));
    }
}
