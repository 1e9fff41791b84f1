//! How both sides agree on protection: X.224 connection request and confirm (MS-RDPBCGR 2.2.1).

use std::borrow::Cow;

use crate::protocols::wire::{text, Wire};
use crate::protocols::Verdict;

/// Protection of RDP's own.
pub(super) const RDP: u32 = 0;
/// Bytes of TPKT and X.224 before what is negotiated.
const HEAD_BYTES: usize = 11;
/// Characters kept of a cookie.
const COOKIE_CHARS: usize = 128;
const COOKIE: &[u8] = b"Cookie: ";
const USER: &[u8] = b"Cookie: mstshash=";

const CONNECTION_REQUEST: u8 = 0xe0;
const CONNECTION_CONFIRM: u8 = 0xd0;
const NEG_REQUEST: u8 = 1;
const NEG_RESPONSE: u8 = 2;
const NEG_FAILURE: u8 = 3;
/// Flag of a request: restricted admin mode.
const RESTRICTED_ADMIN: u8 = 1;

/// What a client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) cookie: Option<String>,
    pub(super) protocols: Option<Vec<String>>,
    pub(super) restricted_admin: Option<bool>,
}

/// A message of the negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Negotiation {
    Request(Request),
    /// The server chose a protection.
    Chosen(u32),
    /// The server refuses, with this code.
    Failed(u32),
    /// The server knows of no negotiation.
    Accepted,
}

/// Looks at the first bytes of a side: a request or a confirm that says what RDP alone says.
pub(super) fn probe(bytes: &[u8], on_port: bool) -> Verdict {
    const START: &[u8] = &[3, 0];
    if bytes.len() < HEAD_BYTES {
        let known = bytes.len().min(START.len());
        return match bytes.get(..known) == START.get(..known) {
            true => Verdict::Maybe,
            false => Verdict::No,
        };
    }
    let &[3, 0, high, low, indicator, kind, _, _, _, _, 0, ref rest @ ..] = bytes else {
        return Verdict::No;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if usize::from(indicator).saturating_add(5) != length {
        return Verdict::No;
    }
    let rest = rest
        .get(..length.saturating_sub(HEAD_BYTES))
        .unwrap_or(rest);
    let whole = rest.len().saturating_add(HEAD_BYTES) == length;
    let says = match (kind, rest) {
        (CONNECTION_REQUEST, [NEG_REQUEST, _, 8, 0, ..]) => true,
        (CONNECTION_REQUEST, []) => whole && on_port,
        (CONNECTION_REQUEST, _) => rest.starts_with(COOKIE) || rest.starts_with(b"tsv:"),
        (CONNECTION_CONFIRM, [NEG_RESPONSE | NEG_FAILURE, _, 8, 0, ..]) => true,
        _ => false,
    };
    match (says, whole) {
        (true, _) => Verdict::Yes,
        (false, true) => Verdict::No,
        (false, false) => Verdict::Maybe,
    }
}

/// Reads a message, if it is one of the negotiation.
pub(super) fn read(message: &[u8]) -> Option<Negotiation> {
    let mut w = Wire::new(message);
    w.take(5)?;
    let kind = w.u8()?;
    w.take(5)?;
    match kind {
        CONNECTION_REQUEST => Some(Negotiation::Request(request(w.rest()))),
        CONNECTION_CONFIRM => Some(confirm(w)),
        _ => None,
    }
}

fn request(bytes: &[u8]) -> Request {
    let mut request = Request::default();
    let mut rest = bytes;
    if bytes.first().is_some_and(|&b| b != NEG_REQUEST) {
        let end = memchr::memmem::find(bytes, b"\r\n").unwrap_or(bytes.len());
        let (token, after) = bytes.split_at(end);
        rest = after.get(2..).unwrap_or(&[]);
        request.cookie = token
            .strip_prefix(USER)
            .map(<[u8]>::trim_ascii)
            .filter(|user| !user.is_empty())
            .map(|user| text(user, COOKIE_CHARS));
    }
    let mut w = Wire::new(rest);
    if w.u8() == Some(NEG_REQUEST) {
        let flags = w.u8();
        w.u16();
        request.restricted_admin = flags.map(|f| f & RESTRICTED_ADMIN != 0);
        request.protocols = w.le32().map(protocols);
    }
    request
}

fn confirm(mut w: Wire<'_>) -> Negotiation {
    let kind = w.u8();
    w.take(3);
    match (kind, w.le32()) {
        (Some(NEG_RESPONSE), Some(protocol)) => Negotiation::Chosen(protocol),
        (Some(NEG_FAILURE), Some(code)) => Negotiation::Failed(code),
        _ => Negotiation::Accepted,
    }
}

/// Names of the bits that are set; RDP's own protection is always offered.
fn protocols(bits: u32) -> Vec<String> {
    let bits = (0..32).map(|i| 1u32 << i).filter(|bit| bits & bit != 0);
    std::iter::once(RDP)
        .chain(bits)
        .map(|bit| protocol_name(bit).into_owned())
        .collect()
}

/// Name of a protection.
pub(super) fn protocol_name(protocol: u32) -> Cow<'static, str> {
    Cow::Borrowed(match protocol {
        RDP => "RDP",
        1 => "SSL",
        2 => "HYBRID",
        4 => "RDSTLS",
        8 => "HYBRID_EX",
        16 => "RDSAAD",
        _ => return Cow::Owned(format!("0x{protocol:08x}")),
    })
}

/// Why a server refuses.
pub(super) fn failure_name(code: u32) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        1 => "SSL_REQUIRED_BY_SERVER",
        2 => "SSL_NOT_ALLOWED_BY_SERVER",
        3 => "SSL_CERT_NOT_ON_SERVER",
        4 => "INCONSISTENT_FLAGS",
        5 => "HYBRID_REQUIRED_BY_SERVER",
        6 => "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
        _ => return Cow::Owned(format!("FAILURE_{code}")),
    })
}
