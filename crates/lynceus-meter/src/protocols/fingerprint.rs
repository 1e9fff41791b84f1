//! JA3, JA3S and JA4 of TLS hellos.
//!
//! JA3 and JA3S: MD5 over decimal fields in offered order, GREASE left out.
//! JA4: `a_b_c` as its specification says. Where the first ALPN value begins or ends with a byte
//! outside ASCII, its two characters are `99`, as the accepted values of the method's published
//! captures have it; other characters that are not alphanumeric take the hex form.

use md5::{Digest, Md5};
use sha2::Sha256;

use super::tls::hello::{ClientHello, ServerHello};
use super::wire::hex;

const SERVER_NAME: u16 = 0x0000;
const ALPN: u16 = 0x0010;
/// What stands for the hash of an empty list.
const NO_HASH: &str = "000000000000";

/// What carried the hello: the first character of JA4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// TLS over TCP.
    Tcp,
    /// QUIC.
    Quic,
    /// DTLS.
    Dtls,
}

/// GREASE values (RFC 8701): both bytes equal, low nibble 0xa.
pub(crate) fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// JA3 of a client hello.
pub(crate) fn ja3(hello: &ClientHello) -> String {
    let points: Vec<u16> = hello.point_formats.iter().map(|&p| u16::from(p)).collect();
    md5_of(&format!(
        "{},{},{},{},{}",
        hello.version,
        dashed(&hello.ciphers),
        dashed(&hello.extensions),
        dashed(&hello.groups),
        dashed(&points),
    ))
}

/// JA3S of a server hello.
pub(crate) fn ja3s(hello: &ServerHello) -> String {
    let all: Vec<String> = hello.extensions.iter().map(u16::to_string).collect();
    md5_of(&format!(
        "{},{},{}",
        hello.version,
        hello.cipher,
        all.join("-")
    ))
}

fn md5_of(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

fn dashed(values: &[u16]) -> String {
    let kept: Vec<String> = values
        .iter()
        .filter(|v| !is_grease(**v))
        .map(u16::to_string)
        .collect();
    kept.join("-")
}

/// JA4 of a client hello.
pub(crate) fn ja4(hello: &ClientHello, carrier: Carrier) -> String {
    let mut ciphers = without_grease(&hello.ciphers);
    let mut extensions = without_grease(&hello.extensions);
    let named = if extensions.contains(&SERVER_NAME) {
        'd'
    } else {
        'i'
    };
    let carrier = match carrier {
        Carrier::Tcp => 't',
        Carrier::Quic => 'q',
        Carrier::Dtls => 'd',
    };
    let [first, last] = alpn_ends(&hello.alpn);
    let a = format!(
        "{carrier}{}{named}{:02}{:02}{first}{last}",
        version_code(hello.highest_version()),
        ciphers.len().min(99),
        extensions.len().min(99),
    );
    ciphers.sort_unstable();
    extensions.retain(|e| !matches!(*e, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let algorithms = without_grease(&hello.signature_algorithms);
    let mut c = listed(&extensions);
    if !algorithms.is_empty() && !extensions.is_empty() {
        c.push('_');
        c.push_str(&listed(&algorithms));
    }
    format!("{a}_{}_{}", short_hash(&listed(&ciphers)), short_hash(&c))
}

fn without_grease(values: &[u16]) -> Vec<u16> {
    values.iter().copied().filter(|v| !is_grease(*v)).collect()
}

fn listed(values: &[u16]) -> String {
    let words: Vec<String> = values.iter().map(|v| format!("{v:04x}")).collect();
    words.join(",")
}

fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return NO_HASH.to_owned();
    }
    let mut hash = hex(&Sha256::digest(text.as_bytes()));
    hash.truncate(NO_HASH.len());
    hash
}

fn version_code(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// First and last character of the first ALPN value.
fn alpn_ends(alpn: &[Vec<u8>]) -> [char; 2] {
    let Some(value) = alpn.first() else {
        return ['0', '0'];
    };
    let (Some(&first), Some(&last)) = (value.first(), value.last()) else {
        return ['0', '0'];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        [char::from(first), char::from(last)]
    } else if first.is_ascii() && last.is_ascii() {
        [nibble(first >> 4), nibble(last & 15)]
    } else {
        ['9', '9']
    }
}

fn nibble(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the JA4 specification.
    fn example() -> ClientHello {
        ClientHello {
            version: 0x0303,
            ciphers: vec![
                0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0x0a0a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0xfafa,
            ],
            signature_algorithms: vec![
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ],
            versions: vec![0x5a5a, 0x0304, 0x0303],
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            ..ClientHello::default()
        }
    }

    #[test]
    fn ja4_of_the_specification() {
        let hello = example();
        let expected = "t13d1516h2_8daaf6152771_e5627efa2ab1";
        assert_eq!(ja4(&hello, Carrier::Tcp), expected);
        let expected = "q13d1516h2_8daaf6152771_e5627efa2ab1";
        assert_eq!(ja4(&hello, Carrier::Quic), expected);
    }

    #[test]
    fn ja4_without_signature_algorithms() {
        let mut hello = example();
        hello.signature_algorithms.clear();
        assert!(ja4(&hello, Carrier::Tcp).ends_with("_6d807ffa2a79"));
    }

    #[test]
    fn ja4_of_an_empty_hello() {
        let hello = ClientHello {
            version: 0xfefd,
            ..ClientHello::default()
        };
        let expected = "dd2i000000_000000000000_000000000000";
        assert_eq!(ja4(&hello, Carrier::Dtls), expected);
    }

    #[test]
    fn alpn_characters() {
        let ends = |value: &[u8]| alpn_ends(&[value.to_vec()]).iter().collect::<String>();
        assert_eq!(ends(b"http/1.1"), "h1");
        assert_eq!(ends(b"x"), "xx");
        assert_eq!(ends(b""), "00");
        assert_eq!(ends(b"\x0a\x0a"), "0a");
        assert_eq!(ends(b"a/"), "6f");
        assert_eq!(ends(b"\xba\xad"), "99");
        assert_eq!(alpn_ends(&[]), ['0', '0']);
    }

    #[test]
    fn ja3_leaves_grease_out() {
        let hello = ClientHello {
            version: 769,
            ciphers: vec![
                0x0a0a, 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4,
            ],
            extensions: vec![0, 10, 11],
            groups: vec![23, 24, 25],
            point_formats: vec![0],
            ..ClientHello::default()
        };
        // The example of the JA3 publication.
        assert_eq!(ja3(&hello), "ada70206e40642a3e4461f35503241d5");
    }

    #[test]
    fn ja3s_hashes_version_cipher_and_extensions() {
        let hello = ServerHello {
            version: 769,
            cipher: 47,
            extensions: vec![65281, 0, 11, 35, 5, 16],
            ..ServerHello::default()
        };
        // md5("769,47,65281-0-11-35-5-16")
        assert_eq!(ja3s(&hello), "836ce314215654b5b1f85f97c73e506f");
    }

    #[test]
    fn grease_is_recognised() {
        assert!(is_grease(0x0a0a) && is_grease(0xfafa));
        assert!(!is_grease(0x0a1a) && !is_grease(0x1301));
    }
}
