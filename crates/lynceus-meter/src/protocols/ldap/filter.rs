//! Search filters as text (RFC 4515), bounded in depth and length.

use crate::protocols::ber::{Ber, OCTET_STRING};
use crate::protocols::wire::push_hex;

/// Characters of a filter; longer ones are cut.
const FILTER_CHARS: usize = 2048;
/// Filters inside filters; deeper ones are left out.
const DEPTH: u8 = 32;

const AND: u8 = 0xa0;
const OR: u8 = 0xa1;
const NOT: u8 = 0xa2;
const EQUAL: u8 = 0xa3;
const SUBSTRINGS: u8 = 0xa4;
const GREATER: u8 = 0xa5;
const LESS: u8 = 0xa6;
const PRESENT: u8 = 0x87;
const APPROXIMATE: u8 = 0xa8;
const EXTENSIBLE: u8 = 0xa9;

/// The filter as text; what is cut off or unknown is left out.
pub(super) fn read(tag: u8, body: &[u8]) -> String {
    let mut text = String::new();
    push(&mut text, tag, body, DEPTH);
    if text.len() > FILTER_CHARS {
        let end = (0..=FILTER_CHARS).rev().find(|&i| text.is_char_boundary(i));
        text.truncate(end.unwrap_or(0));
    }
    text
}

fn push(text: &mut String, tag: u8, body: &[u8], depth: u8) {
    if text.len() > FILTER_CHARS || depth == 0 {
        return;
    }
    let mut parts = Ber::new(body);
    text.push('(');
    match tag {
        AND | OR | NOT => {
            text.push(match tag {
                AND => '&',
                OR => '|',
                _ => '!',
            });
            while let Some((tag, body)) = parts.any() {
                push(text, tag, body, depth.saturating_sub(1));
                if text.len() > FILTER_CHARS {
                    return;
                }
            }
        }
        EQUAL | GREATER | LESS | APPROXIMATE => {
            push_next(text, &mut parts);
            text.push_str(match tag {
                GREATER => ">=",
                LESS => "<=",
                APPROXIMATE => "~=",
                _ => "=",
            });
            push_next(text, &mut parts);
        }
        SUBSTRINGS => push_substrings(text, parts),
        PRESENT => {
            push_value(text, body);
            text.push_str("=*");
        }
        EXTENSIBLE => push_extensible(text, parts),
        _ => {}
    }
    text.push(')');
}

fn push_next(text: &mut String, parts: &mut Ber<'_>) {
    if let Some(value) = parts.bytes(OCTET_STRING) {
        push_value(text, value);
    }
}

/// Attribute, then pieces: first, between, last.
fn push_substrings(text: &mut String, mut parts: Ber<'_>) {
    push_next(text, &mut parts);
    text.push('=');
    let mut open = false;
    if let Some((_, pieces)) = parts.any() {
        let mut pieces = Ber::new(pieces);
        while let Some((tag, piece)) = pieces.any() {
            if tag != 0x80 && !open {
                text.push('*');
            }
            push_value(text, piece);
            open = tag != 0x82;
            if open {
                text.push('*');
            }
            if text.len() > FILTER_CHARS {
                return;
            }
        }
    }
}

/// `attribute:dn:rule:=value`.
fn push_extensible(text: &mut String, mut parts: Ber<'_>) {
    let (mut rule, mut value, mut dn) = (None, None, false);
    while let Some((tag, part)) = parts.any() {
        match tag {
            0x81 => rule = Some(part),
            0x82 => push_value(text, part),
            0x83 => value = Some(part),
            0x84 => dn = part.first().is_some_and(|&b| b != 0),
            _ => {}
        }
    }
    if dn {
        text.push_str(":dn");
    }
    if let Some(rule) = rule {
        text.push(':');
        push_value(text, rule);
    }
    text.push_str(":=");
    push_value(text, value.unwrap_or(&[]));
}

/// A value: what filters use themselves, control characters and bytes that are no text escaped.
fn push_value(text: &mut String, bytes: &[u8]) {
    let bytes = bytes.get(..FILTER_CHARS).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(valid) if !valid.chars().any(char::is_control) => {
            for c in valid.chars() {
                if is_special(c) {
                    push_escaped(text, &[c as u8]);
                } else {
                    text.push(c);
                }
            }
        }
        _ => {
            for &byte in bytes {
                if (0x20..0x7f).contains(&byte) && !is_special(char::from(byte)) {
                    text.push(char::from(byte));
                } else {
                    push_escaped(text, &[byte]);
                }
            }
        }
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '(' | ')' | '\\')
}

fn push_escaped(text: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        text.push('\\');
        push_hex(text, byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::ber::tests_support::{nest, tlv};

    fn pair(tag: u8, attribute: &str, value: &[u8]) -> Vec<u8> {
        nest(tag, &[tlv(4, attribute.as_bytes()), tlv(4, value)])
    }

    fn text(filter: &[u8]) -> String {
        let (tag, body) = Ber::new(filter).any().expect("a filter");
        read(tag, body)
    }

    #[test]
    fn every_kind() {
        let substrings = |pieces: &[(u8, &str)]| {
            let pieces: Vec<_> = pieces.iter().map(|(t, p)| tlv(*t, p.as_bytes())).collect();
            nest(0xa4, &[tlv(4, b"cn"), nest(0x30, &pieces)])
        };
        let bits = nest(
            0xa9,
            &[
                tlv(0x81, b"1.2.840.113556.1.4.803"),
                tlv(0x82, b"userAccountControl"),
                tlv(0x83, b"4194304"),
                tlv(0x84, &[0xff]),
            ],
        );
        for (filter, expected) in [
            (tlv(0x87, b"objectClass"), "(objectClass=*)"),
            (pair(0xa3, "cn", b"J\xc3\xbcrgen"), "(cn=J\u{fc}rgen)"),
            (
                pair(0xa3, "a", b"*()\\\0\xff"),
                "(a=\\2a\\28\\29\\5c\\00\\ff)",
            ),
            (pair(0xa5, "n", b"1"), "(n>=1)"),
            (pair(0xa6, "n", b"1"), "(n<=1)"),
            (pair(0xa8, "n", b"1"), "(n~=1)"),
            (
                substrings(&[(0x80, "a"), (0x81, "b"), (0x82, "c")]),
                "(cn=a*b*c)",
            ),
            (substrings(&[(0x81, "b")]), "(cn=*b*)"),
            (substrings(&[(0x82, "c")]), "(cn=*c)"),
            (substrings(&[(0x80, "a")]), "(cn=a*)"),
            (
                bits,
                "(userAccountControl:dn:1.2.840.113556.1.4.803:=4194304)",
            ),
            (
                nest(
                    0xa0,
                    &[tlv(0x87, b"x"), nest(0xa2, &[pair(0xa3, "y", b"1")])],
                ),
                "(&(x=*)(!(y=1)))",
            ),
            (nest(0xa1, &[tlv(0x87, b"x")]), "(|(x=*))"),
        ] {
            assert_eq!(text(&filter), expected);
        }
    }

    #[test]
    fn deep_and_long_ones_are_bounded() {
        let mut deep = tlv(0x87, b"x");
        for _ in 0..2000 {
            deep = nest(0xa2, &[deep]);
        }
        assert!(text(&deep).len() < 100);
        let long: Vec<_> = (0..4000).map(|_| pair(0xa3, "name", b"value")).collect();
        assert_eq!(text(&nest(0xa1, &long)).len(), FILTER_CHARS);
    }
}
