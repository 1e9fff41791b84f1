//! Messages to and from a key distribution centre (RFC 4120), what the rows tell of them.

use crate::protocols::ber::{self, Ber, Header, INTEGER, SEQUENCE};
use crate::protocols::wire::text;

/// Option bits of a request.
pub(crate) const FORWARDABLE: u32 = 0x4000_0000;
/// Renewable ticket.
pub(crate) const RENEWABLE: u32 = 0x0080_0000;

/// Bytes in which a message shows what it is.
pub(crate) const PROBE_BYTES: usize = 24;
/// Characters kept of a name.
const NAME_CHARS: usize = 128;
/// Parts of a principal.
const NAME_PARTS: usize = 8;
/// Encryption types kept.
const CIPHERS: usize = 32;
/// Pre-authentication elements looked at.
const ELEMENTS: usize = 32;

const PA_TGS_REQ: i64 = 1;
/// Address type of a NetBIOS name.
const NETBIOS: i64 = 20;

const GENERAL_STRING: u8 = 0x1b;
const GENERALIZED_TIME: u8 = 0x18;
const BIT_STRING: u8 = 0x03;
const TICKET: u8 = 0x61;
const AP_REQ: u8 = 0x6e;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    AsRequest,
    AsReply,
    TgsRequest,
    TgsReply,
    Error,
}

/// What the rows tell of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) client: Option<String>,
    pub(crate) realm: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) options: Option<u32>,
    pub(crate) till_ns: Option<i64>,
    pub(crate) ciphers: Vec<i64>,
    pub(crate) preauth: bool,
    /// Encryption type of the ticket shown in a TGS request.
    pub(crate) presented: Option<i64>,
    pub(crate) host_name: Option<String>,
    /// Encryption type of the ticket given.
    pub(crate) ticket: Option<i64>,
    /// Encryption type of the part for the client.
    pub(crate) reply: Option<i64>,
    pub(crate) error: Option<i64>,
}

fn context(number: u8) -> u8 {
    0xa0 | number
}

fn kind_of(tag: u8) -> Option<Kind> {
    Some(match tag {
        0x6a => Kind::AsRequest,
        0x6b => Kind::AsReply,
        0x6c => Kind::TgsRequest,
        0x6d => Kind::TgsReply,
        0x7e => Kind::Error,
        _ => return None,
    })
}

/// True for bytes that may be the start of a message: a known tag.
pub(crate) fn may_begin(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|tag| kind_of(*tag).is_some())
}

/// Bytes of the message that begins here: its tag, its sequence as long as it should be, version
/// 5 and the number that goes with the tag. `None` when it is none or too short to tell.
pub(crate) fn total(bytes: &[u8]) -> Option<usize> {
    let Header::Is(outer) = ber::header(bytes) else {
        return None;
    };
    let kind = kind_of(outer.tag)?;
    let inside = bytes.get(outer.head..)?;
    let Header::Is(sequence) = ber::header(inside) else {
        return None;
    };
    if sequence.tag != SEQUENCE || sequence.total() != outer.body {
        return None;
    }
    let mut fields = Ber::new(inside.get(sequence.head..)?);
    opens(&mut fields, kind)?;
    Some(outer.total())
}

/// Version and number of the message, which every kind begins with.
fn opens(fields: &mut Ber<'_>, kind: Kind) -> Option<()> {
    let request = matches!(kind, Kind::AsRequest | Kind::TgsRequest);
    let first = u8::from(request);
    let number = match kind {
        Kind::AsRequest => 10,
        Kind::AsReply => 11,
        Kind::TgsRequest => 12,
        Kind::TgsReply => 13,
        Kind::Error => 30,
    };
    let version = fields.inside(context(first))?.number(INTEGER)?;
    let stated = fields.inside(context(first + 1))?.number(INTEGER)?;
    (version == 5 && stated == number).then_some(())
}

/// Reads a message, as far as it came.
pub(crate) fn read(bytes: &[u8]) -> Option<Message> {
    let (tag, body) = Ber::new(bytes).any()?;
    let kind = kind_of(tag)?;
    let mut fields = Ber::new(body).inside(SEQUENCE)?;
    opens(&mut fields, kind)?;
    let mut message = Message {
        kind,
        client: None,
        realm: None,
        service: None,
        options: None,
        till_ns: None,
        ciphers: Vec::new(),
        preauth: false,
        presented: None,
        host_name: None,
        ticket: None,
        reply: None,
        error: None,
    };
    match kind {
        Kind::AsRequest | Kind::TgsRequest => request(fields, &mut message),
        Kind::AsReply | Kind::TgsReply => reply(fields, &mut message),
        Kind::Error => error(fields, &mut message),
    }
    Some(message)
}

fn request(mut fields: Ber<'_>, message: &mut Message) {
    while let Some((tag, body)) = fields.any() {
        match tag {
            0xa3 => elements(Ber::new(body), message),
            0xa4 => {
                if let Some(body) = Ber::new(body).inside(SEQUENCE) {
                    request_body(body, message);
                }
            }
            _ => {}
        }
    }
}

/// Pre-authentication elements.
fn elements(mut body: Ber<'_>, message: &mut Message) {
    let Some(mut list) = body.inside(SEQUENCE) else {
        return;
    };
    for _ in 0..ELEMENTS {
        let Some(mut element) = list.inside(SEQUENCE) else {
            return;
        };
        let kind = element
            .inside(context(1))
            .and_then(|mut k| k.number(INTEGER));
        match kind {
            Some(PA_TGS_REQ) => {
                let value = element
                    .inside(context(2))
                    .and_then(|mut v| v.inside(ber::OCTET_STRING));
                message.presented = value.and_then(presented_cipher);
            }
            Some(number) => message.preauth |= proves(number),
            None => {}
        }
    }
}

/// Elements by which a client proves who it is: encrypted timestamps and challenges, one-time
/// passwords, certificates, and the armour (FAST) that hides one of these.
fn proves(element: i64) -> bool {
    matches!(element, 2 | 13..=16 | 30 | 31 | 136 | 138 | 142 | 151)
}

/// The ticket inside the AP-REQ of a TGS request.
fn presented_cipher(mut value: Ber<'_>) -> Option<i64> {
    let mut fields = value.inside(AP_REQ)?.inside(SEQUENCE)?;
    let mut ticket = fields.find(context(3))?.inside(TICKET)?;
    let mut parts = ticket.inside(SEQUENCE)?;
    encrypted(parts.find(context(3))?)
}

/// Encryption type of encrypted data.
fn encrypted(mut data: Ber<'_>) -> Option<i64> {
    data.inside(SEQUENCE)?.inside(context(0))?.number(INTEGER)
}

fn request_body(mut fields: Ber<'_>, message: &mut Message) {
    while let Some((tag, body)) = fields.any() {
        let mut value = Ber::new(body);
        match tag {
            0xa0 => message.options = value.bytes(BIT_STRING).and_then(options),
            0xa1 => message.client = principal(value),
            0xa2 => message.realm = realm(value),
            0xa3 => message.service = principal(value),
            0xa5 => message.till_ns = value.bytes(GENERALIZED_TIME).and_then(time_ns),
            0xa8 => {
                let mut list = value.inside(SEQUENCE);
                while let Some(cipher) = list.as_mut().and_then(|l| l.number(INTEGER)) {
                    if message.ciphers.len() < CIPHERS {
                        message.ciphers.push(cipher);
                    }
                }
            }
            0xa9 => message.host_name = value.inside(SEQUENCE).and_then(host_name),
            _ => {}
        }
    }
}

fn reply(mut fields: Ber<'_>, message: &mut Message) {
    while let Some((tag, body)) = fields.any() {
        let mut value = Ber::new(body);
        match tag {
            0xa3 => message.realm = realm(value),
            0xa4 => message.client = principal(value),
            0xa5 => {
                let parts = value.inside(TICKET).and_then(|mut t| t.inside(SEQUENCE));
                if let Some(mut parts) = parts {
                    message.service = parts.find(context(2)).and_then(principal);
                    message.ticket = parts.find(context(3)).and_then(encrypted);
                }
            }
            0xa6 => message.reply = encrypted(value),
            _ => {}
        }
    }
}

fn error(mut fields: Ber<'_>, message: &mut Message) {
    let mut client_realm = None;
    while let Some((tag, body)) = fields.any() {
        let mut value = Ber::new(body);
        match tag {
            0xa6 => message.error = value.number(INTEGER),
            0xa7 => client_realm = realm(value),
            0xa8 => message.client = principal(value),
            0xa9 => message.realm = realm(value),
            0xaa => message.service = principal(value),
            _ => {}
        }
    }
    message.realm = message.realm.take().or(client_realm);
}

fn options(bits: &[u8]) -> Option<u32> {
    let (_, bits) = bits.split_first()?;
    bits.first_chunk().map(|b| u32::from_be_bytes(*b))
}

fn realm(mut value: Ber<'_>) -> Option<String> {
    value
        .bytes(GENERAL_STRING)
        .filter(|name| !name.is_empty())
        .map(|name| text(name, NAME_CHARS))
}

/// A principal: its parts with slashes between.
fn principal(mut value: Ber<'_>) -> Option<String> {
    let mut parts = value.inside(SEQUENCE)?.find(context(1))?.inside(SEQUENCE)?;
    let mut name = String::new();
    for i in 0..NAME_PARTS {
        let Some(part) = parts.bytes(GENERAL_STRING) else {
            break;
        };
        if i > 0 {
            name.push('/');
        }
        name.push_str(&text(part, NAME_CHARS));
    }
    (!name.is_empty()).then_some(name)
}

/// The NetBIOS name among the client's addresses, without padding and the byte of its kind.
fn host_name(mut list: Ber<'_>) -> Option<String> {
    for _ in 0..ELEMENTS {
        let mut address = list.inside(SEQUENCE)?;
        if address.inside(context(0))?.number(INTEGER)? != NETBIOS {
            continue;
        }
        let name = address.inside(context(1))?.bytes(ber::OCTET_STRING)?;
        let name = name.get(..15).unwrap_or(name).trim_ascii_end();
        return (!name.is_empty()).then(|| text(name, NAME_CHARS));
    }
    None
}

/// `YYYYMMDDHHMMSSZ` as nanoseconds since 1970 UTC.
fn time_ns(bytes: &[u8]) -> Option<i64> {
    let [year @ .., m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = bytes.strip_suffix(b"Z")? else {
        return None;
    };
    let digits = |bytes: &[u8]| {
        bytes.iter().try_fold(0i64, |n, b| {
            b.is_ascii_digit()
                .then(|| n.saturating_mul(10).saturating_add(i64::from(b - b'0')))
        })
    };
    let year = (year.len() == 4).then(|| digits(year))??;
    let [month, day, hour, minute, second] =
        [[m1, m2], [d1, d2], [h1, h2], [n1, n2], [s1, s2]].map(|[a, b]| digits(&[*a, *b]));
    let (month, day) = (month?, day?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970 by the civil calendar, years counted from March.
    let march = year - i64::from(month <= 2);
    let (era, of_era) = (march.div_euclid(400), march.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = days * 86_400 + hour? * 3600 + minute? * 60 + second?;
    seconds.checked_mul(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time_ns(b"19700101000000Z"), Some(0));
        assert_eq!(
            time_ns(b"20370913024805Z"),
            Some(2_136_422_885_000_000_000),
            "the usual far future"
        );
        assert_eq!(time_ns(b"20000229235959Z"), Some(951_868_799_000_000_000));
        assert_eq!(time_ns(b"99991231235959Z"), None, "beyond 64 bits");
        for bad in [
            &b""[..],
            b"Z",
            b"2037091302480Z",
            b"20371913024805Z",
            b"2037x913024805Z",
        ] {
            assert_eq!(time_ns(bad), None);
        }
    }
}
