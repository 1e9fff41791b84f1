//! Heads of HTTP/1 messages, read leniently: what servers and malware send is told as it came.

use std::borrow::Cow;

use crate::protocols::wire::text;

/// Characters kept of a request target.
const URI_CHARS: usize = 8192;
/// Characters kept of any other field.
const FIELD_CHARS: usize = 1024;

/// How the end of a message is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// The end of the connection.
    UntilClose,
}

/// Head of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) version: Option<Cow<'static, str>>,
    pub(crate) fields: Fields,
}

/// Head of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    pub(crate) version: Option<Cow<'static, str>>,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) fields: Fields,
}

/// The header fields that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) host: Option<String>,
    pub(crate) referrer: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) mime_type: Option<String>,
    pub(crate) username: Option<String>,
    proxy_username: Option<String>,
    content_length: Option<u64>,
    chunked: bool,
    pub(crate) upgrade: bool,
}

impl Fields {
    fn read(lines: Lines<'_>) -> Fields {
        let mut fields = Fields::default();
        for line in lines {
            let Some(colon) = line.iter().position(|&b| b == b':') else {
                continue;
            };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or(&[]).trim_ascii();
            fields.field(name.trim_ascii(), value);
        }
        if fields.username.is_none() {
            fields.username = fields.proxy_username.take();
        }
        fields
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        let kept = || text(value, FIELD_CHARS);
        if is("host") {
            self.host.get_or_insert_with(|| kept().to_ascii_lowercase());
        } else if is("referer") {
            self.referrer
                .get_or_insert_with(|| without_password(&kept()));
        } else if is("user-agent") {
            self.user_agent.get_or_insert_with(kept);
        } else if is("content-type") {
            let end = value.iter().position(|&b| b == b';').unwrap_or(value.len());
            let kind = value.get(..end).unwrap_or(value).trim_ascii();
            self.mime_type
                .get_or_insert_with(|| text(kind, FIELD_CHARS).to_ascii_lowercase());
        } else if is("authorization") {
            self.username = self.username.take().or_else(|| basic_user(value));
        } else if is("proxy-authorization") {
            self.proxy_username = basic_user(value);
        } else if is("content-length") {
            self.content_length = self.content_length.or_else(|| length(value));
        } else if is("transfer-encoding") {
            let coding = value.to_ascii_lowercase();
            self.chunked |= coding.windows(7).any(|w| w == b"chunked");
        } else if is("upgrade") {
            self.upgrade = true;
        }
    }

    /// Framing of a message that may have a body; chunks win over a length (RFC 9112).
    fn framing(&self) -> Option<Framing> {
        if self.chunked {
            return Some(Framing::Chunked);
        }
        self.content_length.map(Framing::Length)
    }
}

impl RequestHead {
    /// Reads what came of a head that was broken off: of the last line, which may lack its end,
    /// nothing is told but the target of a request.
    pub(crate) fn read_part(part: &[u8]) -> Option<RequestHead> {
        if part.contains(&b'\n') {
            return RequestHead::read(part);
        }
        let (method, rest) = split_space(part)?;
        let target = rest.split(|&b| b == b' ').next()?;
        (is_method(method) && !target.is_empty()).then(|| RequestHead {
            method: text(method, FIELD_CHARS),
            uri: without_password(&text(target, URI_CHARS)),
            ..RequestHead::default()
        })
    }

    /// Reads a head that ends with an empty line; `None` when it is no request.
    pub(crate) fn read(head: &[u8]) -> Option<RequestHead> {
        let mut lines = Lines { rest: head };
        let line = lines.next()?;
        let (method, rest) = split_space(line)?;
        if !is_method(method) {
            return None;
        }
        let (target, version) = match rest.iter().rposition(|&b| b == b' ') {
            Some(at) => {
                let (target, version) = rest.split_at(at);
                match version_name(version.trim_ascii()) {
                    Some(version) => (target.trim_ascii(), version),
                    None => return None,
                }
            }
            None => (rest, Cow::Borrowed("0.9")),
        };
        let mut fields = Fields::read(lines);
        let connect = method.eq_ignore_ascii_case(b"CONNECT");
        if fields.host.is_none() {
            fields.host = authority(target, connect);
        }
        Some(RequestHead {
            method: text(method, FIELD_CHARS),
            uri: without_password(&text(target, URI_CHARS)),
            version: Some(version),
            fields,
        })
    }

    /// How its body ends.
    pub(crate) fn framing(&self) -> Framing {
        self.fields.framing().unwrap_or(Framing::None)
    }
}

impl ResponseHead {
    /// Reads a head that ends with an empty line; `None` when it is no response.
    pub(crate) fn read(head: &[u8]) -> Option<ResponseHead> {
        let mut lines = Lines { rest: head };
        let line = lines.next()?;
        let (version, rest) = split_space(line)?;
        let version = version_name(version)?;
        let (status, reason) = split_space(rest).unwrap_or((rest, &[]));
        let status = number(status).and_then(|n| u16::try_from(n).ok())?;
        Some(ResponseHead {
            version: Some(version),
            status,
            reason: text(reason.trim_ascii(), FIELD_CHARS),
            fields: Fields::read(lines),
        })
    }

    /// How its body ends; `bodiless` for the answer to HEAD or a successful CONNECT.
    pub(crate) fn framing(&self, bodiless: bool) -> Framing {
        if bodiless || matches!(self.status, 100..=199 | 204 | 304) {
            return Framing::None;
        }
        self.fields.framing().unwrap_or(Framing::UntilClose)
    }
}

/// The lines of a head without their ends, up to the empty one; a folded line joins none.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.rest)?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or(&[]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.is_empty()).then_some(line)
    }
}

/// The word before the first run of spaces, and what is behind it.
fn split_space(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|&b| b == b' ')?;
    let (word, rest) = line.split_at(at);
    Some((word, rest.trim_ascii_start()))
}

/// A method: 3 to 24 capital letters, `-` or `_`.
pub(crate) fn is_method(word: &[u8]) -> bool {
    (3..=24).contains(&word.len())
        && word
            .iter()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'))
}

/// `HTTP/1.1` gives `1.1`.
pub(crate) fn version_name(word: &[u8]) -> Option<Cow<'static, str>> {
    match word.strip_prefix(b"HTTP/")? {
        b"1.1" => Some(Cow::Borrowed("1.1")),
        b"1.0" => Some(Cow::Borrowed("1.0")),
        b"0.9" => Some(Cow::Borrowed("0.9")),
        &[b'1', b'.', digit] if digit.is_ascii_digit() => {
            Some(Cow::Owned(format!("1.{}", char::from(digit))))
        }
        _ => None,
    }
}

fn number(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok()?;
    // A sign is no digit.
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

/// A body length; what no file can be is a lie and no length.
fn length(value: &[u8]) -> Option<u64> {
    number(value).filter(|bytes| i64::try_from(*bytes).is_ok())
}

/// Host of an absolute target, or the target of CONNECT, lower case.
fn authority(target: &[u8], connect: bool) -> Option<String> {
    let target = text(target, URI_CHARS);
    let rest = match target.split_once("://") {
        Some((_, rest)) => rest,
        None if connect => &target,
        None => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.trim();
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// `scheme://user:secret@host/` without the secret.
fn without_password(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or("");
            format!("{scheme}://{user}@{host}{path}")
        }
        None => uri.to_owned(),
    }
}

/// User of basic credentials; the password is dropped here.
fn basic_user(value: &[u8]) -> Option<String> {
    let (scheme, credentials) = split_space(value)?;
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = base64(credentials.trim_ascii())?;
    let user = decoded.split(|&b| b == b':').next()?;
    Some(text(user, FIELD_CHARS))
}

/// Decodes base64 (RFC 4648), padding optional.
pub(crate) fn base64(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in encoded {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((held >> bits) as u8);
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_request() {
        let head = b"GET /a?b=c HTTP/1.1\r\nHost: Ex.Org:8080\r\nuser-agent: x \r\n\
            Referer: http://u:p@r/\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\
            Content-Type: Text/HTML; charset=x\r\n\r\n";
        let r = RequestHead::read(head).expect("a request");
        assert_eq!((r.method.as_str(), r.uri.as_str()), ("GET", "/a?b=c"));
        assert_eq!(r.version.as_deref(), Some("1.1"));
        assert_eq!(r.fields.host.as_deref(), Some("ex.org:8080"));
        assert_eq!(r.fields.user_agent.as_deref(), Some("x"));
        assert_eq!(r.fields.referrer.as_deref(), Some("http://u@r/"));
        assert_eq!(r.fields.username.as_deref(), Some("user"));
        assert_eq!(r.fields.mime_type.as_deref(), Some("text/html"));
        assert_eq!(r.framing(), Framing::None);
    }

    #[test]
    fn absolute_targets_and_connect() {
        let read = |head: &[u8]| RequestHead::read(head).expect("a request");
        let r = read(b"GET http://me:secret@H.org/x HTTP/1.0\r\n\r\n");
        assert_eq!(r.uri, "http://me@H.org/x");
        assert_eq!(r.fields.host.as_deref(), Some("h.org"));
        let r = read(b"CONNECT H.org:443 HTTP/1.0\n\n");
        assert_eq!(r.fields.host.as_deref(), Some("h.org:443"));
        let r = read(b"GET /old\r\n\r\n");
        assert_eq!(
            (r.version.as_deref(), r.uri.as_str()),
            (Some("0.9"), "/old")
        );
    }

    #[test]
    fn what_is_no_request() {
        for head in [
            &b"get / HTTP/1.1\r\n\r\n"[..],
            b"INVITE sip:x SIP/2.0\r\n\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            b"\r\n",
            b"GET\r\n\r\n",
        ] {
            assert_eq!(RequestHead::read(head), None);
        }
    }

    #[test]
    fn reads_a_response() {
        let read = |head: &[u8]| ResponseHead::read(head).expect("a response");
        let r = read(b"HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n");
        assert_eq!((r.status, r.reason.as_str()), (404, "Not Found"));
        assert_eq!(r.framing(false), Framing::Length(12));
        assert_eq!(r.framing(true), Framing::None);
        let r = read(b"HTTP/1.0 200\r\n\r\n");
        assert_eq!((r.status, r.framing(false)), (200, Framing::UntilClose));
        let r = read(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n\r\n",
        );
        assert_eq!(r.framing(false), Framing::Chunked);
        assert_eq!(
            read(b"HTTP/1.1 304 x\r\n\r\n").framing(false),
            Framing::None
        );
        assert_eq!(ResponseHead::read(b"ICY 200 OK\r\n\r\n"), None);
    }

    #[test]
    fn lying_lengths_are_no_lengths() {
        let read = |length: &str| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            ResponseHead::read(head.as_bytes())
                .expect("a response")
                .framing(false)
        };
        assert_eq!(read("-1"), Framing::UntilClose);
        assert_eq!(read("99999999999999999999999"), Framing::UntilClose);
        assert_eq!(read("18446744073709551615"), Framing::UntilClose);
        assert_eq!(
            read("9223372036854775807"),
            Framing::Length(i64::MAX as u64)
        );
    }

    #[test]
    fn base64_forms() {
        assert_eq!(base64(b"YTpi"), Some(b"a:b".to_vec()));
        assert_eq!(base64(b"YTo="), Some(b"a:".to_vec()));
        assert_eq!(base64(b"Y!"), None);
        assert_eq!(basic_user(b"Basic   YTpi"), Some("a".into()));
        assert_eq!(basic_user(b"Bearer YTpi"), None);
    }
}
