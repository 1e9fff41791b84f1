//! Initial packets of QUIC (RFC 9001, RFC 9369, drafts from 21): keys from the connection id, header protection,
//! AES-128-GCM. The keys are public by design; every observer on the path can derive them.

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::Aes128;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::protocols::wire::Wire;

/// Longest connection id of the versions known here.
const CONNECTION_ID_BYTES: u8 = 20;
/// Bytes of a sample for header protection.
const SAMPLE_BYTES: usize = 16;

/// QUIC version 1.
pub(crate) const V1: u32 = 1;
/// QUIC version 2.
pub(crate) const V2: u32 = 0x6b33_43cf;

const SALT_V1: [u8; 20] = *b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\
    \x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";
const SALT_V2: [u8; 20] = *b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\
    \x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9";
const SALT_DRAFT_29: [u8; 20] = *b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\
    \x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99";
const SALT_DRAFT_23: [u8; 20] = *b"\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\
    \xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02";
const SALT_DRAFT_21: [u8; 20] = *b"\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\
    \x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a";
const SALT_Q050: [u8; 20] = *b"\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\
    \x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45";
const SALT_T050: [u8; 20] = *b"\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\
    \x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10";
const SALT_T051: [u8; 20] = *b"\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\
    \x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d";

/// Google QUIC 50, the first whose Initial packets are encrypted.
pub(crate) const Q050: u32 = u32::from_be_bytes(*b"Q050");
const T050: u32 = u32::from_be_bytes(*b"T050");
const T051: u32 = u32::from_be_bytes(*b"T051");

/// The salt of a version; `None` for one that is not known.
pub(crate) fn salt(version: u32) -> Option<&'static [u8; 20]> {
    Some(match version {
        V1 => &SALT_V1,
        V2 => &SALT_V2,
        0xff00_0021 | 0xff00_0022 => &SALT_V1,
        0xff00_001d..=0xff00_0020 => &SALT_DRAFT_29,
        0xff00_0017..=0xff00_001c => &SALT_DRAFT_23,
        0xff00_0015 | 0xff00_0016 | 0xface_b001 => &SALT_DRAFT_21,
        0xface_b002 | 0xface_b00e => &SALT_DRAFT_23,
        Q050 => &SALT_Q050,
        T050 => &SALT_T050,
        T051 => &SALT_T051,
        _ => return None,
    })
}

/// Kinds of long-header packets that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Initial.
    Initial,
    /// Retry.
    Retry,
    /// 0-RTT or Handshake.
    Other,
}

/// A packet with a long header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LongPacket<'a> {
    pub(crate) version: u32,
    pub(crate) kind: Kind,
    /// Destination connection id.
    pub(crate) destination: &'a [u8],
    /// The packet from its first byte to its last.
    pub(crate) bytes: &'a [u8],
    /// Where the packet number begins in `bytes`.
    number_at: usize,
}

/// Reads the next packet of a datagram; the cursor moves behind it.
pub(crate) fn read_packet<'a>(w: &mut Wire<'a>) -> Option<LongPacket<'a>> {
    let start = w.rest();
    let mut h = *w;
    let first = h.u8()?;
    if first & 0xc0 != 0xc0 {
        return None;
    }
    let version = h.u32()?;
    salt(version)?;
    let destination = connection_id(&mut h)?;
    connection_id(&mut h)?;
    let kind = kind(version, first);
    let length = match kind {
        Kind::Retry => {
            *w = Wire::new(&[]);
            return Some(LongPacket {
                version,
                kind,
                destination,
                bytes: start,
                number_at: 0,
            });
        }
        Kind::Initial => {
            let token = varint(&mut h)?;
            h.take(usize::try_from(token).ok()?)?;
            varint(&mut h)?
        }
        Kind::Other => varint(&mut h)?,
    };
    let number_at = start.len().checked_sub(h.len())?;
    h.take(usize::try_from(length).ok()?)?;
    let end = start.len().checked_sub(h.len())?;
    *w = h;
    Some(LongPacket {
        version,
        kind,
        destination,
        bytes: start.get(..end)?,
        number_at,
    })
}

fn connection_id<'a>(w: &mut Wire<'a>) -> Option<&'a [u8]> {
    let length = w.u8()?;
    if length > CONNECTION_ID_BYTES {
        return None;
    }
    w.take(usize::from(length))
}

fn kind(version: u32, first: u8) -> Kind {
    let bits = first >> 4 & 3;
    match (version == V2, bits) {
        (false, 0) | (true, 1) => Kind::Initial,
        (false, 3) | (true, 0) => Kind::Retry,
        _ => Kind::Other,
    }
}

/// A variable-length integer (RFC 9000, section 16).
pub(crate) fn varint(w: &mut Wire<'_>) -> Option<u64> {
    let first = w.u8()?;
    let more = (1usize << (first >> 6)) - 1;
    let mut value = u64::from(first & 0x3f);
    for &byte in w.take(more)? {
        value = value << 8 | u64::from(byte);
    }
    Some(value)
}

/// Keys of what the client sends in Initial packets.
pub(crate) struct Keys {
    cipher: Aes128Gcm,
    header: Aes128,
    iv: [u8; 12],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Keys for the connection id the client chose for the server.
    pub(crate) fn of_client(version: u32, destination: &[u8]) -> Option<Keys> {
        let (_, initial) = Hkdf::<Sha256>::extract(Some(salt(version)?), destination);
        let mut secret = [0u8; 32];
        expand(&initial, "client in", &mut secret)?;
        let client = Hkdf::<Sha256>::from_prk(&secret).ok()?;
        let (mut key, mut iv, mut header) = ([0u8; 16], [0u8; 12], [0u8; 16]);
        let prefix = if version == V2 { "quicv2" } else { "quic" };
        expand(&client, &format!("{prefix} key"), &mut key)?;
        expand(&client, &format!("{prefix} iv"), &mut iv)?;
        expand(&client, &format!("{prefix} hp"), &mut header)?;
        Some(Keys {
            cipher: Aes128Gcm::new(&Array::from(key)),
            header: Aes128::new(&Array::from(header)),
            iv,
        })
    }

    /// The frames of an Initial packet; `None` when the keys are not its keys.
    pub(crate) fn open(&self, packet: &LongPacket<'_>) -> Option<Vec<u8>> {
        let sample_at = packet.number_at.checked_add(4)?;
        let sample = packet
            .bytes
            .get(sample_at..sample_at.checked_add(SAMPLE_BYTES)?)?;
        let mut mask = Array::from(*sample.first_chunk::<SAMPLE_BYTES>()?);
        self.header.encrypt_block(&mut mask);
        let (first_mask, number_mask) = mask.split_first()?;
        let first = packet.bytes.first()? ^ (first_mask & 0x0f);
        let number_bytes = usize::from(first & 3) + 1;
        let payload_at = packet.number_at.checked_add(number_bytes)?;
        let mut header = packet.bytes.get(..payload_at)?.to_vec();
        *header.first_mut()? = first;
        let mut nonce = self.iv;
        for i in 0..number_bytes {
            let byte = header.get_mut(packet.number_at.checked_add(i)?)?;
            *byte ^= number_mask.get(i)?;
            let place = nonce.len().checked_sub(number_bytes)?.checked_add(i)?;
            *nonce.get_mut(place)? ^= *byte;
        }
        let payload = Payload {
            msg: packet.bytes.get(payload_at..)?,
            aad: &header,
        };
        self.cipher.decrypt(&Nonce::from(nonce), payload).ok()
    }
}

/// HKDF-Expand-Label of TLS 1.3 with an empty context.
fn expand(key: &Hkdf<Sha256>, label: &str, out: &mut [u8]) -> Option<()> {
    let length = u16::try_from(out.len()).ok()?;
    let name = format!("tls13 {label}");
    let mut info = length.to_be_bytes().to_vec();
    info.push(u8::try_from(name.len()).ok()?);
    info.extend(name.as_bytes());
    info.push(0);
    key.expand(&info, out).ok()
}

#[cfg(test)]
#[path = "initial_test.rs"]
pub(crate) mod tests;
