//! The NetBIOS name service (RFC 1002), which borrows the format of DNS: names of 16 bytes in
//! letters from A to P, and record types of its own.

use std::fmt::Write;
use std::net::Ipv4Addr;

use super::message::{Message, Question};
use crate::protocols::wire::{printable, Wire};

/// Port of the name service.
pub(super) const PORT: u16 = 137;
/// Record types: a name, and the status of a host (SRV in DNS).
pub(super) const NB: u16 = 32;
pub(super) const NBSTAT: u16 = 33;

/// Letters of an encoded name.
const LETTERS: usize = 32;
/// Where the first name of a message begins.
const FIRST_NAME: usize = 12;
/// Bytes of a name in the status of a host, with its flags.
const STATUS_BYTES: usize = 18;
/// Names told of a host.
const NAMES: usize = 64;

/// Whether a message is of the name service: its own record type, or its names with the type
/// that DNS calls SRV.
pub(super) fn is_netbios(message: &Message) -> bool {
    let asks = |q: &Question| q.qtype == NB || (q.qtype == NBSTAT && decode(&q.name).is_some());
    let tells = message.questions.is_empty() && matches!(message.first_rtype, Some(NB | NBSTAT));
    tells || message.questions.iter().any(asks)
}

/// The same from the first name of a message and its type, without reading all of it.
pub(super) fn begins_netbios(bytes: &[u8]) -> bool {
    let first = || {
        let mut w = Wire::new(bytes.get(FIRST_NAME..)?);
        let mut label = w.block8()?;
        if label.len() != LETTERS || !label.rest().iter().all(|b| (b'A'..=b'P').contains(b)) {
            return None;
        }
        while !label.is_empty() {
            label = w.block8()?;
        }
        w.u16()
    };
    matches!(first(), Some(NB | NBSTAT))
}

/// The name in encoded letters of either case, and the byte that says what it is for.
fn bytes_of(name: &str) -> Option<([u8; 15], u8)> {
    let letters = name.split('.').next()?.as_bytes();
    if letters.len() != LETTERS {
        return None;
    }
    let mut bytes = [0u8; 16];
    for (byte, pair) in bytes.iter_mut().zip(letters.chunks_exact(2)) {
        for letter in pair {
            let half = letter
                .to_ascii_lowercase()
                .checked_sub(b'a')
                .filter(|h| *h < 16)?;
            *byte = *byte << 4 | half;
        }
    }
    let (name, suffix) = bytes.split_first_chunk::<15>()?;
    Some((*name, *suffix.first()?))
}

fn trimmed(name: &[u8]) -> String {
    let end = name.iter().rposition(|b| !matches!(b, b' ' | 0));
    let name = end.and_then(|end| name.get(..=end)).unwrap_or(&[]);
    printable(name, name.len())
}

/// The name behind encoded letters, lower case, without padding.
pub(super) fn decode(name: &str) -> Option<String> {
    let (bytes, _) = bytes_of(name)?;
    Some(trimmed(&bytes).to_ascii_lowercase())
}

/// The addresses of a name.
pub(super) fn addresses(w: &mut Wire<'_>) -> Option<String> {
    let mut text = String::new();
    while w.u16().is_some() {
        let address = Ipv4Addr::from(w.u32()?);
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{address}");
    }
    (!text.is_empty()).then_some(text)
}

/// The names of a host, each with what it is for: `PC7<20>`.
pub(super) fn status(w: &mut Wire<'_>) -> Option<String> {
    let count = usize::from(w.u8()?);
    let mut text = String::new();
    for _ in 0..count.min(NAMES) {
        let (name, rest) = w.take(STATUS_BYTES)?.split_at_checked(15)?;
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{}<{:02x}>", trimmed(name), rest.first()?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let encoded = "FHFAEBEECACACACACACACACACACACAAA";
        assert_eq!(decode(encoded).as_deref(), Some("wpad"));
        assert_eq!(decode(&format!("{encoded}.SCOPE")).as_deref(), Some("wpad"));
        assert_eq!(
            decode("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").as_deref(),
            Some("*")
        );
        assert_eq!(decode("wpad"), None);
        assert_eq!(decode(&"Z".repeat(32)), None);
        let mut message = vec![0; 12];
        message.push(32);
        message.extend(encoded.bytes());
        message.extend([0, 0, 32, 0, 1]);
        assert!(begins_netbios(&message));
        message[46] = 1;
        assert!(!begins_netbios(&message));
        assert!(!begins_netbios(&message[..30]));
    }

    #[test]
    fn data() {
        let two = [0, 0, 10, 0, 0, 1, 0x60, 0, 10, 0, 0, 2];
        assert_eq!(
            addresses(&mut Wire::new(&two)).as_deref(),
            Some("10.0.0.1 10.0.0.2")
        );
        assert_eq!(addresses(&mut Wire::new(&[])), None);
        let mut host = vec![1];
        host.extend(b"PC7            \x20\x04\x00");
        assert_eq!(status(&mut Wire::new(&host)).as_deref(), Some("PC7<20>"));
        assert_eq!(status(&mut Wire::new(&host[..9])), None);
    }
}
