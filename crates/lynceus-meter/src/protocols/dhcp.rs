//! DHCP for IPv4: one row a message.

use std::net::Ipv4Addr;

use super::events::DhcpEvent;
use super::stream::Chunk;
use super::wire::{mac, text, Wire};
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Offset of the magic cookie.
const COOKIE_AT: usize = 236;
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
/// Characters kept of a field.
const FIELD_CHARS: usize = 255;

const SERVER_NAME_AT: std::ops::Range<usize> = 44..108;
const FILE_AT: std::ops::Range<usize> = 108..236;

const HOST_NAME: u8 = 12;
const DOMAIN: u8 = 15;
const REQUESTED: u8 = 50;
const LEASE: u8 = 51;
const OVERLOAD: u8 = 52;
const MESSAGE_TYPE: u8 = 53;
const SERVER: u8 = 54;
const VENDOR_CLASS: u8 = 60;
const FULL_NAME: u8 = 81;

/// DHCP over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "dhcp",
    probe,
    open: |_| Box::new(DhcpParser),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let fits = matches!(bytes, [1 | 2, _, 0..=16, ..])
        && bytes.get(COOKIE_AT..).and_then(|b| b.first_chunk()) == Some(&COOKIE);
    if fits {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

#[derive(Debug)]
struct DhcpParser;

impl Parser for DhcpParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        if let Some(event) = read(chunk.ts_ns, chunk.data) {
            out.push(Event::Dhcp(Box::new(event)));
        }
        Progress::More
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

fn read(ts_ns: i64, bytes: &[u8]) -> Option<DhcpEvent> {
    let mut w = Wire::new(bytes);
    if !matches!(w.u8()?, 1 | 2) {
        return None;
    }
    w.u8()?;
    let hardware_bytes = usize::from(w.u8()?).min(16);
    w.take(9)?;
    let client = w.u32()?;
    let assigned = w.u32()?;
    w.take(8)?;
    let hardware = w.take(16)?.get(..hardware_bytes)?;
    let options = bytes.get(COOKIE_AT..)?.strip_prefix(&COOKIE)?;
    let mut event = DhcpEvent {
        ts_ns,
        mac: (!hardware.is_empty()).then(|| mac(hardware)),
        client_addr: address(client),
        assigned_addr: address(assigned),
        msg_types: Some(Vec::new()),
        ..DhcpEvent::default()
    };
    let overload = read_options(options, &mut event);
    for (bit, range) in [(1, FILE_AT), (2, SERVER_NAME_AT)] {
        if overload & bit != 0 {
            read_options(bytes.get(range)?, &mut event);
        }
    }
    Some(event)
}

/// Reads options; gives which other fields hold options too.
fn read_options(bytes: &[u8], event: &mut DhcpEvent) -> u8 {
    let mut w = Wire::new(bytes);
    let mut overload = 0;
    while let Some(code) = w.u8() {
        match code {
            0 => continue,
            255 => break,
            _ => {}
        }
        let Some(mut value) = w.block8() else {
            break;
        };
        match code {
            OVERLOAD => overload = value.u8().unwrap_or(0),
            _ => read_option(code, value, event),
        }
    }
    overload
}

fn read_option(code: u8, mut value: Wire<'_>, event: &mut DhcpEvent) {
    let field = |value: Wire<'_>| {
        let bytes = value.rest();
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        Some(text(bytes, FIELD_CHARS))
    };
    match code {
        HOST_NAME => event.host_name = field(value),
        DOMAIN => event.domain = field(value),
        VENDOR_CLASS => event.vendor_class = field(value),
        REQUESTED => event.requested_addr = value.u32().and_then(address),
        SERVER => event.server_addr = value.u32().and_then(address),
        LEASE => event.lease_s = value.u32(),
        MESSAGE_TYPE => {
            if let (Some(types), Some(kind)) = (event.msg_types.as_mut(), value.u8()) {
                types.push(type_name(kind));
            }
        }
        FULL_NAME if event.host_name.is_none() => {
            // Flags and two result codes stand before the name; flag 4 is DNS encoding.
            let flags = value.u8().unwrap_or(0);
            value.take(2);
            if flags & 4 == 0 {
                event.host_name = field(value);
            }
        }
        _ => {}
    }
}

fn type_name(kind: u8) -> String {
    const NAMES: &[&str] = &[
        "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM",
    ];
    let index = usize::from(kind).checked_sub(1);
    match index.and_then(|i| NAMES.get(i)) {
        Some(name) => (*name).to_owned(),
        None => format!("TYPE{kind}"),
    }
}

fn address(bits: u32) -> Option<String> {
    (bits != 0).then(|| Ipv4Addr::from(bits).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(op: u8, options: &[u8]) -> Vec<u8> {
        let mut out = vec![op, 1, 6, 0];
        out.extend([0; 8]);
        out.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        out.extend([0; 8]);
        out.extend([1, 2, 3, 4, 5, 6]);
        out.resize(COOKIE_AT, 0);
        out.extend(COOKIE);
        out.extend(options);
        out
    }

    #[test]
    fn reads_a_message() {
        let options = b"\x35\x01\x05\x36\x04\x0a\x00\x00\xfe\x33\x04\x00\x00\x0e\x10\
            \x0c\x03abc\x0f\x02d.\x3c\x04MSFT\x32\x04\x0a\x00\x00\x09\xff\x0c\x01z";
        let e = read(7, &message(2, options)).expect("a message");
        assert_eq!(e.ts_ns, 7);
        assert_eq!(e.mac.as_deref(), Some("01:02:03:04:05:06"));
        assert_eq!(e.msg_types, Some(vec!["ACK".to_owned()]));
        assert_eq!(e.client_addr.as_deref(), Some("10.0.0.1"));
        assert_eq!(e.assigned_addr.as_deref(), Some("10.0.0.2"));
        assert_eq!(e.server_addr.as_deref(), Some("10.0.0.254"));
        assert_eq!(e.requested_addr.as_deref(), Some("10.0.0.9"));
        assert_eq!(e.host_name.as_deref(), Some("abc"));
        assert_eq!(e.domain.as_deref(), Some("d."));
        assert_eq!(e.vendor_class.as_deref(), Some("MSFT"));
        assert_eq!(e.lease_s, Some(3600));
    }

    #[test]
    fn options_may_overflow_into_other_fields() {
        let mut bytes = message(1, b"\x34\x01\x03\x35\x01\x01\xff");
        bytes[108..114].copy_from_slice(b"\x0c\x03xyz\xff");
        bytes[44..49].copy_from_slice(b"\x0f\x02ab\xff");
        let e = read(0, &bytes).expect("a message");
        assert_eq!(e.host_name.as_deref(), Some("xyz"));
        assert_eq!(e.domain.as_deref(), Some("ab"));
    }

    #[test]
    fn cut_messages() {
        let bytes = message(1, b"\x35\x01\x01\x0c\x09ab");
        let e = read(0, &bytes).expect("a message");
        assert_eq!(e.msg_types, Some(vec!["DISCOVER".to_owned()]));
        assert_eq!(e.host_name, None);
        for cut in 0..240 {
            assert!(read(0, &bytes[..cut]).is_none());
        }
    }

    #[test]
    fn probing() {
        let ask = |bytes: &[u8]| {
            probe(&Opening {
                orig: bytes,
                resp: &[],
                orig_p: 68,
                resp_p: 67,
                cut: false,
            })
        };
        assert_eq!(ask(&message(1, &[])), Verdict::Yes);
        assert_eq!(ask(&message(3, &[])), Verdict::No);
        assert_eq!(ask(&[1; 300]), Verdict::No);
    }
}
