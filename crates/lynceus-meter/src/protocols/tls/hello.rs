//! Client and server hellos of SSL 2 to TLS 1.3, DTLS and QUIC.

use std::borrow::Cow;

use super::ciphers::cipher_name;
use crate::protocols::fingerprint::is_grease;
use crate::protocols::wire::{printable, text, Wire};

/// Random of a server hello that is a hello retry request (RFC 8446).
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Characters kept of a server name.
const NAME_CHARS: usize = 255;

const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;
const ALPN: u16 = 16;
const PRE_SHARED_KEY: u16 = 41;
const SUPPORTED_VERSIONS: u16 = 43;
const QUIC_PARAMETERS: u16 = 0x39;
const QUIC_PARAMETERS_DRAFT: u16 = 0xffa5;
const ESNI: u16 = 0xffce;
const ECH: u16 = 0xfe0d;

/// A client hello, in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientHello {
    /// Version field of the hello itself.
    pub(crate) version: u16,
    /// Session id.
    pub(crate) session_id: Vec<u8>,
    /// Cipher suites; of an SSL 2 hello those that are TLS suites.
    pub(crate) ciphers: Vec<u16>,
    /// Extension types.
    pub(crate) extensions: Vec<u16>,
    /// Versions of the extension `supported_versions`.
    pub(crate) versions: Vec<u16>,
    /// Named groups.
    pub(crate) groups: Vec<u16>,
    /// Elliptic curve point formats.
    pub(crate) point_formats: Vec<u8>,
    /// Signature algorithms.
    pub(crate) signature_algorithms: Vec<u16>,
    /// Application protocols offered.
    pub(crate) alpn: Vec<Vec<u8>>,
    /// Server name, lower case.
    pub(crate) server_name: Option<String>,
    /// Raw QUIC transport parameters.
    pub(crate) quic_parameters: Vec<u8>,
}

impl ClientHello {
    /// The highest version offered, GREASE left out.
    pub(crate) fn highest_version(&self) -> u16 {
        self.versions
            .iter()
            .copied()
            .filter(|v| !is_grease(*v))
            .max_by_key(|v| version_rank(*v))
            .unwrap_or(self.version)
    }

    /// Cipher suites offered, GREASE left out.
    pub(crate) fn cipher_count(&self) -> u16 {
        let count = self.ciphers.iter().filter(|c| !is_grease(**c)).count();
        u16::try_from(count).unwrap_or(u16::MAX)
    }

    /// Application protocols as text, GREASE left out.
    pub(crate) fn alpn_text(&self) -> Vec<String> {
        self.alpn
            .iter()
            .filter(|p| !matches!(p.as_slice(), [a, b] if is_grease(u16::from_be_bytes([*a, *b]))))
            .map(|p| text(p, NAME_CHARS))
            .collect()
    }

    /// True when the client offers an encrypted client hello (or the older ESNI).
    pub(crate) fn offers_ech(&self) -> bool {
        self.extensions.iter().any(|e| matches!(*e, ECH | ESNI))
    }

    /// Reads the body of a handshake message of type 1; with `dtls` there is a cookie.
    pub(crate) fn read(body: &[u8], dtls: bool) -> Option<ClientHello> {
        let mut w = Wire::new(body);
        let mut hello = ClientHello {
            version: w.u16()?,
            ..ClientHello::default()
        };
        w.take(32)?;
        hello.session_id = w.block8()?.rest().to_vec();
        if dtls {
            w.block8()?;
        }
        hello.ciphers = u16s(w.block16()?);
        w.block8()?;
        if let Some(extensions) = w.block16() {
            hello.read_extensions(extensions);
        }
        Some(hello)
    }

    /// Reads what came of the body of one that is broken off, up to TLS 1.3.
    pub(crate) fn read_part(body: &[u8]) -> Option<ClientHello> {
        let mut w = Wire::new(body);
        let mut hello = ClientHello {
            version: w.u16()?,
            ..ClientHello::default()
        };
        w.take(32)?;
        // What is cut is told as far as it goes.
        let _ = hello.read_rest(&mut w);
        Some(hello)
    }

    fn read_rest(&mut self, w: &mut Wire<'_>) -> Option<()> {
        self.session_id = w.block8()?.rest().to_vec();
        self.ciphers = u16s(w.block16()?);
        w.block8()?;
        w.u16()?;
        self.read_extensions(Wire::new(w.rest()));
        Some(())
    }

    fn read_extensions(&mut self, mut w: Wire<'_>) {
        while let Some(kind) = w.u16() {
            let Some(data) = w.block16() else {
                return;
            };
            self.extensions.push(kind);
            // An extension that cannot be read counts with its type alone.
            let _ = self.read_extension(kind, data);
        }
    }

    fn read_extension(&mut self, kind: u16, mut data: Wire<'_>) -> Option<()> {
        match kind {
            SERVER_NAME => {
                let mut names = data.block16()?;
                while let Some(0) = names.u8() {
                    let name = names.block16()?;
                    let name = printable(name.rest(), NAME_CHARS).to_ascii_lowercase();
                    self.server_name.get_or_insert(name);
                }
            }
            SUPPORTED_GROUPS => self.groups = u16s(data.block16()?),
            POINT_FORMATS => self.point_formats = data.block8()?.rest().to_vec(),
            SIGNATURE_ALGORITHMS => self.signature_algorithms = u16s(data.block16()?),
            ALPN => self.alpn = alpn_list(data.block16()?),
            SUPPORTED_VERSIONS => self.versions = u16s(data.block8()?),
            QUIC_PARAMETERS | QUIC_PARAMETERS_DRAFT => {
                self.quic_parameters = data.rest().to_vec();
            }
            _ => {}
        }
        Some(())
    }

    /// Reads a hello in SSL 2 form: the bytes behind the two of the record header.
    pub(crate) fn read_ssl2(body: &[u8]) -> Option<ClientHello> {
        let mut w = Wire::new(body);
        if w.u8()? != 1 {
            return None;
        }
        let version = w.u16()?;
        let sizes = [w.u16()?, w.u16()?, w.u16()?].map(usize::from);
        let [cipher_bytes, session_bytes, challenge_bytes] = sizes;
        let mut kinds = w.sub(cipher_bytes)?;
        let session_id = w.take(session_bytes)?.to_vec();
        w.take(challenge_bytes)?;
        let mut ciphers = Vec::new();
        while let Some(kind) = kinds.u24() {
            if let Ok(suite) = u16::try_from(kind) {
                ciphers.push(suite);
            }
        }
        Some(ClientHello {
            version,
            session_id,
            ciphers,
            ..ClientHello::default()
        })
    }
}

/// A server hello, in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerHello {
    /// Version field of the hello itself.
    pub(crate) version: u16,
    /// Version chosen by the extension `supported_versions`.
    pub(crate) chosen_version: Option<u16>,
    /// Session id.
    pub(crate) session_id: Vec<u8>,
    /// Chosen cipher suite.
    pub(crate) cipher: u16,
    /// Extension types.
    pub(crate) extensions: Vec<u16>,
    /// Chosen application protocol.
    pub(crate) alpn: Option<String>,
    /// True when it asks for another client hello.
    pub(crate) retry: bool,
}

impl ServerHello {
    /// Reads the body of a handshake message of type 2.
    pub(crate) fn read(body: &[u8]) -> Option<ServerHello> {
        let mut w = Wire::new(body);
        let version = w.u16()?;
        let retry = w.take(32)? == RETRY_RANDOM;
        let mut hello = ServerHello {
            version,
            retry,
            ..ServerHello::default()
        };
        // Drafts of TLS 1.3 before 22 name their version here (the standard keeps 1.2) and have
        // neither session id nor compression method.
        let short = matches!(version, 0x0304 | 0x7f00..=0x7f15);
        if !short {
            hello.session_id = w.block8()?.rest().to_vec();
        }
        hello.cipher = w.u16()?;
        if !short {
            w.u8()?;
        }
        if let Some(extensions) = w.block16() {
            hello.read_extensions(extensions);
        }
        Some(hello)
    }

    fn read_extensions(&mut self, mut extensions: Wire<'_>) {
        while let Some(kind) = extensions.u16() {
            let Some(mut data) = extensions.block16() else {
                break;
            };
            self.extensions.push(kind);
            match kind {
                SUPPORTED_VERSIONS => self.chosen_version = data.u16(),
                ALPN => {
                    let chosen = data
                        .block16()
                        .map(alpn_list)
                        .and_then(|l| l.into_iter().next());
                    self.alpn = chosen.map(|p| text(&p, NAME_CHARS));
                }
                _ => {}
            }
        }
    }

    /// Reads one of which the end of the extensions is lost; `None` before its cipher suite.
    pub(crate) fn read_part(body: &[u8]) -> Option<ServerHello> {
        let mut hello = ServerHello::read(body)?;
        if hello.extensions.is_empty() {
            let sizes = 2 + 32 + 1 + hello.session_id.len() + 2 + 1 + 2;
            hello.read_extensions(Wire::new(body.get(sizes..).unwrap_or(&[])));
        }
        // Without the extension that tells it, whether this is TLS 1.3 is not known.
        (hello.version < 0x0303 || hello.chosen_version.is_some()).then_some(hello)
    }

    /// The negotiated version.
    pub(crate) fn negotiated(&self) -> u16 {
        self.chosen_version.unwrap_or(self.version)
    }

    /// True when the server took a pre-shared key.
    pub(crate) fn takes_psk(&self) -> bool {
        self.extensions.contains(&PRE_SHARED_KEY)
    }

    /// Name of the chosen suite, or `0xNNNN`.
    pub(crate) fn cipher_text(&self) -> String {
        cipher_name(self.cipher).unwrap_or_else(|| format!("{:#06x}", self.cipher))
    }
}

fn u16s(mut w: Wire<'_>) -> Vec<u16> {
    let mut values = Vec::with_capacity(w.len() / 2);
    while let Some(value) = w.u16() {
        values.push(value);
    }
    values
}

fn alpn_list(mut w: Wire<'_>) -> Vec<Vec<u8>> {
    let mut protocols = Vec::new();
    while let Some(protocol) = w.block8() {
        protocols.push(protocol.rest().to_vec());
    }
    protocols
}

/// True for TLS 1.3, its drafts and experiments: what follows the hellos is encrypted.
pub(crate) fn is_tls13(version: u16) -> bool {
    matches!(version, 0x0304 | 0x7f00..=0x7fff | 0xfb00..=0xfbff | 0xfefc)
}

/// Orders versions by age, DTLS among themselves.
fn version_rank(version: u16) -> u16 {
    match version {
        0xfe00..=0xfeff => 0x0400 + (0xff - (version & 0xff)),
        v if is_tls13(v) => 0x0304,
        v if v < 0x0304 => v,
        _ => 0,
    }
}

/// Words for a version.
pub(crate) fn version_name(version: u16) -> Cow<'static, str> {
    Cow::Borrowed(match version {
        0x0002 => "SSL2",
        0x0300 => "SSL3",
        0x0301 => "TLS1.0",
        0x0302 => "TLS1.1",
        0x0303 => "TLS1.2",
        0xfeff | 0x0100 => "DTLS1.0",
        0xfefd => "DTLS1.2",
        0xfefc => "DTLS1.3",
        v if is_tls13(v) => "TLS1.3",
        v => return Cow::Owned(format!("{v:#06x}")),
    })
}

#[cfg(test)]
#[path = "hello_test.rs"]
mod tests;
