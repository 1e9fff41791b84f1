//! Where data connections go: arguments of PORT and EPRT, answers to PASV and EPSV.

use std::net::{IpAddr, Ipv4Addr};

/// An end of a data connection; without an address it is the server's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DataEnd {
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    let digits = std::str::from_utf8(digits.trim_ascii()).ok()?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    digits.parse().ok()
}

/// `10,0,0,1,4,210`, perhaps in brackets behind words.
pub(super) fn port(bytes: &[u8]) -> Option<DataEnd> {
    let inner = match memchr::memchr(b'(', bytes) {
        Some(open) => bytes.get(open.checked_add(1)?..)?,
        None => {
            let digit = bytes.iter().position(u8::is_ascii_digit)?;
            bytes.get(digit..)?
        }
    };
    let end = inner
        .iter()
        .position(|b| !b.is_ascii_digit() && *b != b',' && *b != b' ')
        .unwrap_or(inner.len());
    let mut parts = inner.get(..end)?.split(|b| *b == b',');
    let mut octets = [0u8; 6];
    for octet in &mut octets {
        *octet = number(parts.next()?)?;
    }
    let [a, b, c, d, high, low] = octets;
    Some(DataEnd {
        address: Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
        port: u16::from_be_bytes([high, low]),
    })
}

/// `|2|2001:db8::1|5282|` (RFC 2428), in an answer `(|||5282|)`.
pub(super) fn extended(bytes: &[u8]) -> Option<DataEnd> {
    let inner = match memchr::memchr(b'(', bytes) {
        Some(open) => bytes.get(open.checked_add(1)?..)?,
        None => bytes,
    };
    let (bar, rest) = inner.split_first()?;
    let mut parts = rest.split(|b| b == bar);
    parts.next()?;
    let address = std::str::from_utf8(parts.next()?).ok()?;
    let address = match address {
        "" => None,
        address => Some(address.parse().ok()?),
    };
    let port = number(parts.next()?)?;
    Some(DataEnd { address, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_form() {
        let end = port(b"Entering Passive Mode (90,130,70,73,100,85).").expect("an end");
        assert_eq!(
            (end.address.map(|a| a.to_string()), end.port),
            (Some("90.130.70.73".into()), 25685)
        );
        assert_eq!(port(b"10,0,0,1,4,210").map(|e| e.port), Some(1234));
        assert_eq!(
            port(b"Passive Mode 10,0,0,1,4,210").map(|e| e.port),
            Some(1234)
        );
        for bad in [
            &b""[..],
            b"(",
            b"(1,2,3,4,5)",
            b"(1,2,3,4,5,256)",
            b"a,b,c,d,e,f",
        ] {
            assert_eq!(port(bad), None);
        }
    }

    #[test]
    fn new_form() {
        let end = extended(b"Entering Extended Passive Mode (|||5282|)").expect("an end");
        assert_eq!((end.address, end.port), (None, 5282));
        let end = extended(b"|2|2001:db8::1|21|").expect("an end");
        assert_eq!(
            end.address.map(|a| a.to_string()),
            Some("2001:db8::1".into())
        );
        for bad in [&b""[..], b"|", b"||", b"|||x|", b"|1|host|5|", b"|||99999|"] {
            assert_eq!(extended(bad), None);
        }
    }
}
