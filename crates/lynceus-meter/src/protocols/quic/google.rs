//! Google QUIC: the tag-value client hello (`CHLO`) of versions Q0NN.

use crate::protocols::wire::{printable, Wire};

/// Tags read of a message.
const TAGS: usize = 128;
/// Characters kept of a value.
const VALUE_CHARS: usize = 255;

/// What is told of a client hello.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chlo {
    pub(crate) server_name: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// Where the version of a datagram with a Google QUIC version stands: right behind the first byte
/// (46 and later), or behind an 8-byte connection id.
pub(crate) fn version(bytes: &[u8]) -> Option<[u8; 4]> {
    let first = *bytes.first()?;
    let at = if first & 0x80 != 0 {
        1
    } else if first & 0x09 == 0x09 {
        9
    } else {
        return None;
    };
    let version = *bytes.get(at..)?.first_chunk::<4>()?;
    match version {
        [b'Q', b'0', a, b] if a.is_ascii_digit() && b.is_ascii_digit() => Some(version),
        _ => None,
    }
}

/// Finds and reads a client hello in the clear bytes of a packet.
pub(crate) fn chlo(bytes: &[u8]) -> Option<Chlo> {
    let at = memchr::memmem::find(bytes, b"CHLO")?;
    let mut w = Wire::new(bytes.get(at.checked_add(4)?..)?);
    let count = usize::from(u16::from_le_bytes(*w.take(2)?.first_chunk::<2>()?));
    w.take(2)?;
    let mut index = w.sub(count.min(TAGS).checked_mul(8)?)?;
    let values = w.rest();
    let mut found = Chlo::default();
    let mut start = 0usize;
    while let Some(tag) = index.take(4) {
        let end = u32::from_le_bytes(*index.take(4)?.first_chunk::<4>()?) as usize;
        let Some(value) = values.get(start..end) else {
            break;
        };
        start = end;
        match tag {
            b"SNI\0" => {
                found.server_name = Some(printable(value, VALUE_CHARS).to_ascii_lowercase());
            }
            b"UAID" => found.user_agent = Some(printable(value, VALUE_CHARS)),
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A datagram of version 43 with a client hello of these tags.
    pub(crate) fn datagram(tags: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = vec![0x0d, 1, 2, 3, 4, 5, 6, 7, 8];
        out.extend(b"Q043\x01");
        out.extend([0xaa; 12]);
        out.extend([0xa0, 1, 0, 4]);
        out.extend(b"CHLO");
        out.extend((tags.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        let mut end = 0u32;
        for (tag, value) in tags {
            end += value.len() as u32;
            out.extend(*tag);
            out.extend(end.to_le_bytes());
        }
        for (_, value) in tags {
            out.extend(*value);
        }
        out
    }

    #[test]
    fn reads_name_and_user_agent() {
        let bytes = datagram(&[
            (b"PAD\0", b"--"),
            (b"SNI\0", b"A.b"),
            (b"UAID", b"Chrome x"),
        ]);
        assert_eq!(version(&bytes), Some(*b"Q043"));
        let chlo = chlo(&bytes).expect("a hello");
        assert_eq!(chlo.server_name.as_deref(), Some("a.b"));
        assert_eq!(chlo.user_agent.as_deref(), Some("Chrome x"));
    }

    #[test]
    fn lying_offsets_end_the_reading() {
        let mut bytes = datagram(&[(b"SNI\0", b"a.b"), (b"UAID", b"x")]);
        let n = bytes.len();
        bytes[n - 5] = 0xff;
        assert_eq!(chlo(&bytes).and_then(|c| c.user_agent), None);
        assert_eq!(chlo(b"CHLO\xff\xff\0\0"), None);
        assert_eq!(version(b"\x0d12345678Q04x"), None);
    }
}
