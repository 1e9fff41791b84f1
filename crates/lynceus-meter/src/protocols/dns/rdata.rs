//! Record data in the presentation form of zone files (RFC 1035, 3597, 9460), cut at
//! [`DATA_CHARS`]. What cannot be read as its type is given as `\# length hex`.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::message::{read_name, Record};
use super::names::type_name;
use super::netbios;
use crate::protocols::wire::{hex, push_hex, Wire};

/// Characters kept of one record's data.
const DATA_CHARS: usize = 4096;

/// The data of a record as text.
pub(crate) fn present(message: &[u8], record: &Record<'_>) -> String {
    let mut data = record.data;
    let is_status = record.rtype == netbios::NBSTAT && netbios::decode(&record.name).is_some();
    let typed = if is_status {
        netbios::status(&mut data)
    } else {
        typed(message, record.rtype, &mut data)
    };
    let mut text = typed.unwrap_or_else(|| unknown(record.data.rest()));
    if text.len() > DATA_CHARS {
        let cut = (0..=DATA_CHARS).rev().find(|&i| text.is_char_boundary(i));
        text.truncate(cut.unwrap_or(0));
    }
    text
}

/// RFC 3597 form.
fn unknown(data: &[u8]) -> String {
    let head = data.get(..DATA_CHARS / 2).unwrap_or(data);
    format!("\\# {} {}", data.len(), hex(head))
}

fn typed<'a>(message: &'a [u8], rtype: u16, w: &mut Wire<'a>) -> Option<String> {
    Some(match rtype {
        1 => Ipv4Addr::from(w.u32()?).to_string(),
        28 => Ipv6Addr::from(*w.take(16)?.first_chunk::<16>()?).to_string(),
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 23 | 39 => read_name(message, w)?,
        6 => soa(message, w)?,
        13 | 16 | 19 | 20 | 27 | 99 => strings(w)?,
        14 | 17 => format!("{} {}", read_name(message, w)?, read_name(message, w)?),
        15 | 18 | 21 | 36 => format!("{} {}", w.u16()?, read_name(message, w)?),
        netbios::NB => netbios::addresses(w)?,
        33 => format!(
            "{} {} {} {}",
            w.u16()?,
            w.u16()?,
            w.u16()?,
            read_name(message, w)?
        ),
        35 => naptr(message, w)?,
        43 | 59 => format!("{} {} {} {}", w.u16()?, w.u8()?, w.u8()?, hex(w.rest())),
        44 => format!("{} {} {}", w.u8()?, w.u8()?, hex(w.rest())),
        46 | 24 => rrsig(message, w)?,
        47 => nsec(message, w)?,
        48 | 60 | 25 => format!("{} {} {} {}", w.u16()?, w.u8()?, w.u8()?, hex(w.rest())),
        50 => nsec3(w)?,
        51 => format!("{} {} {} {}", w.u8()?, w.u8()?, w.u16()?, salt(w)?),
        52 | 53 => format!("{} {} {} {}", w.u8()?, w.u8()?, w.u8()?, hex(w.rest())),
        64 | 65 => svcb(message, w)?,
        108 | 109 => crate::protocols::wire::mac(w.rest()).replace(':', "-"),
        256 => format!("{} {} {}", w.u16()?, w.u16()?, quoted(w.rest())),
        257 => caa(w)?,
        _ => return None,
    })
}

fn soa<'a>(message: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let mut text = format!("{} {}", read_name(message, w)?, read_name(message, w)?);
    for _ in 0..5 {
        write!(text, " {}", w.u32()?).ok()?;
    }
    Some(text)
}

/// A character string in quotes, quote and backslash escaped, other bytes as `\DDD`.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_add(2));
    text.push('"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            0x20..=0x7e => text.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
    text.push('"');
    text
}

fn strings(w: &mut Wire<'_>) -> Option<String> {
    let mut text = String::new();
    while !w.is_empty() {
        let string = w.block8()?;
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&quoted(string.rest()));
    }
    Some(text)
}

fn naptr<'a>(message: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let (order, preference) = (w.u16()?, w.u16()?);
    let flags = quoted(w.block8()?.rest());
    let service = quoted(w.block8()?.rest());
    let pattern = quoted(w.block8()?.rest());
    let replacement = read_name(message, w)?;
    Some(format!(
        "{order} {preference} {flags} {service} {pattern} {replacement}"
    ))
}

fn rrsig<'a>(message: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let covered = type_name(w.u16()?);
    let (algorithm, labels, ttl) = (w.u8()?, w.u8()?, w.u32()?);
    let (until, from, tag) = (w.u32()?, w.u32()?, w.u16()?);
    let signer = read_name(message, w)?;
    Some(format!(
        "{covered} {algorithm} {labels} {ttl} {until} {from} {tag} {signer} {}",
        hex(w.rest())
    ))
}

/// The type bitmaps of NSEC and NSEC3.
fn types(text: &mut String, w: &mut Wire<'_>) -> Option<()> {
    while !w.is_empty() {
        let window = u16::from(w.u8()?);
        let bitmap = w.block8()?;
        for (i, byte) in bitmap.rest().iter().take(32).enumerate() {
            for bit in 0..8u16 {
                if byte & (0x80 >> bit) != 0 {
                    let rtype = window * 256 + (i as u16) * 8 + bit;
                    write!(text, " {}", type_name(rtype)).ok()?;
                }
            }
        }
    }
    Some(())
}

fn nsec<'a>(message: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let mut text = read_name(message, w)?;
    types(&mut text, w)?;
    Some(text)
}

fn salt(w: &mut Wire<'_>) -> Option<String> {
    let salt = w.block8()?;
    Some(if salt.is_empty() {
        "-".into()
    } else {
        hex(salt.rest())
    })
}

fn nsec3(w: &mut Wire<'_>) -> Option<String> {
    let (algorithm, flags, iterations) = (w.u8()?, w.u8()?, w.u16()?);
    let salt = salt(w)?;
    let next = w.block8()?;
    let mut text = format!(
        "{algorithm} {flags} {iterations} {salt} {}",
        base32hex(next.rest())
    );
    types(&mut text, w)?;
    Some(text)
}

fn base32hex(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = String::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in bytes {
        held = (held << 8 | u32::from(byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let digit = (held >> bits & 31) as usize;
            text.push(ALPHABET.get(digit).map_or('0', |&c| char::from(c)));
        }
    }
    if bits > 0 {
        let digit = (held << (5 - bits) & 31) as usize;
        text.push(ALPHABET.get(digit).map_or('0', |&c| char::from(c)));
    }
    text
}

/// SVCB and HTTPS: priority, target and `key=value` parameters.
fn svcb<'a>(message: &'a [u8], w: &mut Wire<'a>) -> Option<String> {
    let mut text = format!("{} {}", w.u16()?, read_name(message, w)?);
    while !w.is_empty() {
        let key = w.u16()?;
        let mut value = w.block16()?;
        text.push(' ');
        match key {
            0 => write!(
                text,
                "mandatory={}",
                joined(&mut value, |w| { w.u16().map(svcb_key) })?
            ),
            1 => write!(
                text,
                "alpn={}",
                joined(&mut value, |w| { w.block8().map(|b| unquoted(b.rest())) })?
            ),
            2 => write!(text, "no-default-alpn"),
            3 => write!(text, "port={}", value.u16()?),
            4 => write!(
                text,
                "ipv4hint={}",
                joined(&mut value, |w| {
                    w.u32().map(|a| Ipv4Addr::from(a).to_string())
                })?
            ),
            5 => write!(text, "ech={}", hex(value.rest())),
            6 => write!(
                text,
                "ipv6hint={}",
                joined(&mut value, |w| {
                    let bytes = *w.take(16)?.first_chunk::<16>()?;
                    Some(Ipv6Addr::from(bytes).to_string())
                })?
            ),
            _ => write!(text, "{}={}", svcb_key(key), unquoted(value.rest())),
        }
        .ok()?;
    }
    Some(text)
}

fn svcb_key(key: u16) -> String {
    const NAMES: &[&str] = &[
        "mandatory",
        "alpn",
        "no-default-alpn",
        "port",
        "ipv4hint",
        "ech",
        "ipv6hint",
        "dohpath",
    ];
    match NAMES.get(usize::from(key)) {
        Some(name) => (*name).to_owned(),
        None => format!("key{key}"),
    }
}

fn unquoted(bytes: &[u8]) -> String {
    let text = quoted(bytes);
    text.get(1..text.len().saturating_sub(1))
        .unwrap_or("")
        .to_owned()
}

fn joined<'a>(
    w: &mut Wire<'a>,
    mut item: impl FnMut(&mut Wire<'a>) -> Option<String>,
) -> Option<String> {
    let mut items = Vec::new();
    while !w.is_empty() {
        items.push(item(w)?);
    }
    Some(items.join(","))
}

fn caa(w: &mut Wire<'_>) -> Option<String> {
    let flags = w.u8()?;
    let tag = w.block8()?;
    let mut name = String::new();
    for &byte in tag.rest() {
        if byte.is_ascii_alphanumeric() {
            name.push(char::from(byte));
        } else {
            push_hex(&mut name, byte);
        }
    }
    Some(format!("{flags} {name} {}", quoted(w.rest())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rtype: u16, data: &[u8]) -> String {
        present(
            &[],
            &Record {
                name: String::new(),
                rtype,
                ttl_s: 0,
                data: Wire::new(data),
            },
        )
    }

    #[test]
    fn addresses_and_names() {
        assert_eq!(shown(1, &[10, 0, 0, 1]), "10.0.0.1");
        assert_eq!(shown(28, &[0; 16]), "::");
        assert_eq!(shown(5, b"\x01a\x02BC\x00"), "a.bc");
        assert_eq!(shown(15, b"\x00\x0a\x02mx\x00"), "10 mx");
        assert_eq!(shown(33, b"\x00\x01\x00\x02\x00\x50\x01h\x00"), "1 2 80 h");
        assert_eq!(
            shown(
                6,
                b"\x01m\x00\x01r\x00\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05"
            ),
            "m r 1 2 3 4 5"
        );
    }

    #[test]
    fn text_is_quoted_and_escaped() {
        assert_eq!(shown(16, b"\x03a\"b\x02\x00c"), "\"a\\\"b\" \"\\000c\"");
        assert_eq!(shown(257, b"\x00\x05issueca.org"), "0 issue \"ca.org\"");
    }

    #[test]
    fn service_bindings() {
        let data = b"\x00\x01\x00\x00\x01\x00\x06\x02h2\x02h3\x00\x04\x00\x04\x01\x02\x03\x04";
        assert_eq!(shown(65, data), "1 . alpn=h2,h3 ipv4hint=1.2.3.4");
        assert_eq!(
            shown(64, b"\x00\x00\x01x\x00\x02\x9a\x00\x01z"),
            "0 x key666=z"
        );
    }

    #[test]
    fn dnssec_forms() {
        assert_eq!(shown(43, b"\x00\x01\x08\x02\xab"), "1 8 2 ab");
        assert_eq!(shown(47, b"\x01n\x00\x00\x01\x40"), "n A");
        assert_eq!(
            shown(50, b"\x01\x00\x00\x05\x00\x01\xff\x00\x01\x40"),
            "1 0 5 - vs A"
        );
    }

    #[test]
    fn unknown_and_broken_data_is_hex() {
        assert_eq!(shown(10, b"\x01\x02"), "\\# 2 0102");
        assert_eq!(shown(1, b"\x01"), "\\# 1 01");
        assert_eq!(shown(16, b"\x05ab"), "\\# 3 056162");
    }

    #[test]
    fn long_data_is_cut() {
        let data = vec![0xffu8; 60_000];
        assert!(shown(10, &data).len() <= DATA_CHARS);
        let mut text = Vec::new();
        for _ in 0..200 {
            text.push(255);
            text.extend([0u8; 255]);
        }
        assert_eq!(shown(16, &text).len(), DATA_CHARS);
    }
}
