//! Messages in the wrapping of a security layer (SASL): four bytes of length, then a token. What
//! is signed alone can be read.
//!
//! Tokens read: Kerberos 5 of RFC 4121 (`05 04`) and of RFC 1964 (`60`), NTLM (`01 00 00 00`) and
//! DIGEST-MD5 (no header). Whether what is inside was sealed shows in it: then it is no message.

use super::message;
use crate::protocols::ber::{self, Header};
use crate::protocols::wire::Wire;

/// A token longer than this is none: servers take at most 16 MiB.
const TOKEN_BYTES: u32 = 16 * 1024 * 1024;
/// Bytes of the length before a token.
const LENGTH_BYTES: usize = 4;
/// Bytes that show what is inside of a token: its header and the start of a message.
pub(super) const HEAD_BYTES: usize = 160;
/// Header of the tokens of RFC 4121 and of NTLM.
const HEADER_BYTES: usize = 16;
/// Flag of RFC 4121: sealed.
const SEALED: u8 = 2;

/// Bytes of the length and its token; `None` where there can be none.
pub(super) fn total(length: [u8; LENGTH_BYTES]) -> Option<u64> {
    let length = u32::from_be_bytes(length);
    (1..=TOKEN_BYTES)
        .contains(&length)
        .then(|| u64::from(length) + LENGTH_BYTES as u64)
}

/// True for bytes that begin with a length and a token that is known.
pub(super) fn begins(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0, _, _, _, 5, 4, _, 0xff, ..] | [0, _, _, _, 1, 0, 0, 0, ..] | [0, _, _, _, 0x60, _, ..]
    )
}

/// What is inside of a token that begins so, as far as it came; `None` when it is sealed.
pub(super) fn content(head: &[u8]) -> Option<&[u8]> {
    let token = head.get(LENGTH_BYTES..)?;
    let inside = match token {
        [5, 4, flags, ..] => {
            if flags & SEALED != 0 {
                return None;
            }
            cfx(token)?
        }
        [1, 0, 0, 0, ..] => token.get(HEADER_BYTES..)?,
        [0x60, ..] => old(token)?,
        _ => token,
    };
    message::total(inside).map(|_| inside)
}

/// RFC 4121: the checksum stands behind the content, or before it when both were rotated.
fn cfx(token: &[u8]) -> Option<&[u8]> {
    let mut w = Wire::new(token);
    w.take(4)?;
    let (checksum, rotated) = (w.u16()?, w.u16()?);
    let before = match rotated == checksum {
        true => usize::from(checksum),
        false => 0,
    };
    token.get(HEADER_BYTES.saturating_add(before)..)
}

/// RFC 1964: mechanism, kind of token and algorithms, sequence, checksum, confounder, content.
fn old(token: &[u8]) -> Option<&[u8]> {
    let Header::Is(outer) = ber::header(token) else {
        return None;
    };
    let mut w = Wire::new(token.get(outer.head..)?);
    w.u8()?;
    w.block8()?;
    let wraps = w.u16()? == 0x0201;
    w.u16()?;
    let open = w.u16()? == 0xffff;
    w.take(2 + 8 + 8 + 8)?;
    (wraps && open).then(|| w.rest())
}
