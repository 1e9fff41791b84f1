//! One handshake as it becomes known, whichever of TLS and DTLS carries it.

use std::borrow::Cow;

use super::ciphers::ssl2_cipher_name;
use super::hello::{is_tls13, version_name, ClientHello, ServerHello};
use crate::protocols::encrypted_dns;
use crate::protocols::events::TlsEvent;
use crate::protocols::fingerprint::{ja3, ja3s, ja4, Carrier};
use crate::protocols::wire::Wire;
use crate::protocols::x509;
use crate::protocols::Event;

/// Handshake types that are read.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_RETRY_REQUEST: u8 = 6;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;

/// What is known of a handshake.
#[derive(Debug)]
pub(crate) struct Handshake {
    carrier: Carrier,
    ts_ns: Option<i64>,
    event: TlsEvent,
    /// Session id the client offered.
    session_id: Vec<u8>,
    client: bool,
    server: bool,
    tls13: bool,
    /// Which direction the client is, once a hello told.
    pub(crate) client_is_orig: Option<bool>,
    certificate_seen: bool,
    server_done: bool,
    told: bool,
    /// The server's port is that of DNS over TLS.
    pub(crate) on_dns_port: bool,
}

impl Handshake {
    /// Nothing known yet.
    pub(crate) fn new(carrier: Carrier) -> Self {
        Handshake {
            carrier,
            ts_ns: None,
            event: TlsEvent::default(),
            session_id: Vec::new(),
            client: false,
            server: false,
            tls13: false,
            client_is_orig: None,
            certificate_seen: false,
            server_done: false,
            told: false,
            on_dns_port: false,
        }
    }

    /// True when a server hello was read.
    pub(crate) fn has_server(&self) -> bool {
        self.server
    }

    /// True when a client hello was read.
    pub(crate) fn has_client(&self) -> bool {
        self.client
    }

    /// True when the server chose TLS 1.3.
    pub(crate) fn is_tls13(&self) -> bool {
        self.tls13
    }

    /// Takes a handshake message.
    pub(crate) fn message(&mut self, ts_ns: i64, from_orig: bool, kind: u8, body: &[u8]) {
        match kind {
            CLIENT_HELLO => {
                let dtls = self.carrier == Carrier::Dtls;
                if let Some(hello) = ClientHello::read(body, dtls) {
                    self.client_hello(ts_ns, from_orig, &hello);
                }
            }
            SERVER_HELLO | HELLO_RETRY_REQUEST => {
                if let Some(hello) = ServerHello::read(body) {
                    self.server_hello(ts_ns, from_orig, &hello);
                }
            }
            CERTIFICATE if self.client_is_orig != Some(from_orig) => self.certificates(body),
            SERVER_HELLO_DONE => self.server_done = true,
            _ => {}
        }
    }

    /// Takes what is there of a hello that is broken off: no fingerprint, which would be another's.
    pub(crate) fn part_of_message(&mut self, ts_ns: i64, from_orig: bool, kind: u8, body: &[u8]) {
        let before = self.client || self.server;
        match kind {
            CLIENT_HELLO if !self.client => {
                let Some(hello) = ClientHello::read_part(body) else {
                    return;
                };
                self.client_hello(ts_ns, from_orig, &hello);
                let event = &mut self.event;
                (event.ja3, event.ja4, event.ech) = (None, None, None);
                (event.alpn_offered, event.client_ciphers) = (None, None);
                if !before && hello.versions.is_empty() {
                    // Which version is meant stands in an extension that may be cut off.
                    event.version = None;
                }
            }
            SERVER_HELLO if !self.server => {
                let Some(hello) = ServerHello::read_part(body) else {
                    return;
                };
                self.server_hello(ts_ns, from_orig, &hello);
                (self.event.ja3s, self.event.alpn, self.event.resumed) = (None, None, None);
            }
            _ => {}
        }
    }

    /// Takes a client hello.
    pub(crate) fn client_hello(&mut self, ts_ns: i64, from_orig: bool, hello: &ClientHello) {
        self.ts_ns.get_or_insert(ts_ns);
        self.client_is_orig.get_or_insert(from_orig);
        let again = self.client;
        self.client = true;
        let fingerprint = ja4(hello, self.carrier);
        let event = &mut self.event;
        if again {
            // After a retry request the first hello stands; without one it is a repetition.
            if event.ja4_retry.is_none() && event.ja4.as_ref() != Some(&fingerprint) {
                event.ja4_retry = Some(fingerprint);
            }
            return;
        }
        event.ja3 = Some(ja3(hello));
        event.ja4 = Some(fingerprint);
        event.server_name = hello.server_name.clone();
        event.alpn_offered = Some(hello.alpn_text());
        event.client_ciphers = Some(hello.cipher_count());
        event.ech = Some(hello.offers_ech());
        if event.version.is_none() {
            event.version = Some(version_name(hello.highest_version()));
        }
        self.session_id = hello.session_id.clone();
    }

    fn server_hello(&mut self, ts_ns: i64, from_orig: bool, hello: &ServerHello) {
        self.ts_ns.get_or_insert(ts_ns);
        self.client_is_orig.get_or_insert(!from_orig);
        let version = hello.negotiated();
        self.event.version = Some(version_name(version));
        self.event.cipher = Some(Cow::Owned(hello.cipher_text()));
        if hello.retry || self.server {
            return;
        }
        self.server = true;
        self.tls13 = is_tls13(version);
        self.event.ja3s = Some(ja3s(hello));
        self.event.alpn = hello.alpn.clone();
        let same_id = !hello.session_id.is_empty() && hello.session_id == self.session_id;
        self.event.resumed = if self.tls13 {
            Some(hello.takes_psk())
        } else {
            self.client.then_some(same_id)
        };
    }

    /// Takes an SSL 2 server hello: body behind its type.
    pub(crate) fn ssl2_server_hello(&mut self, ts_ns: i64, from_orig: bool, body: &[u8]) {
        let mut w = Wire::new(body);
        let read = |w: &mut Wire<'_>| -> Option<()> {
            let same_id = w.u8()? == 1;
            w.u8()?;
            let version = w.u16()?;
            let sizes = [w.u16()?, w.u16()?, w.u16()?].map(usize::from);
            let certificate = w.take(sizes[0])?;
            let kinds = w.take(sizes[1])?;
            self.server = true;
            self.ts_ns.get_or_insert(ts_ns);
            self.client_is_orig.get_or_insert(!from_orig);
            self.event.version = Some(version_name(version));
            self.event.resumed = Some(same_id);
            if let Some(kind) = Wire::new(kinds).u24().filter(|_| kinds.len() == 3) {
                self.event.cipher = ssl2_cipher_name(kind).map(Cow::Borrowed);
            }
            if !certificate.is_empty() {
                self.leaf(certificate, 1);
            }
            Some(())
        };
        // What is cut short tells nothing.
        let _ = { read }(&mut w);
    }

    fn certificates(&mut self, body: &[u8]) {
        if self.certificate_seen {
            return;
        }
        self.certificate_seen = true;
        let mut w = Wire::new(body);
        let Some(mut chain) = w.block24() else {
            return;
        };
        let Some(leaf) = chain.block24() else {
            self.event.certs = Some(0);
            return;
        };
        let mut count = 1u16;
        while chain.block24().is_some() {
            count = count.saturating_add(1);
        }
        self.leaf(leaf.rest(), count);
    }

    fn leaf(&mut self, der: &[u8], count: u16) {
        let certificate = x509::read(der);
        let event = &mut self.event;
        event.certs = Some(count);
        event.cert_sha256 = Some(certificate.sha256);
        event.cert_sha1 = Some(certificate.sha1);
        event.key_type = certificate.key_type.map(Cow::Borrowed);
        event.key_bits = certificate.key_bits;
        event.self_signed = certificate.self_signed;
        event.subject = certificate.subject;
        event.issuer = certificate.issuer;
        event.not_before_ns = certificate.not_before_ns;
        event.not_after_ns = certificate.not_after_ns;
        event.san_dns = certificate.san_dns;
    }

    /// The server went on to encryption up to TLS 1.2: without its hello done that is a
    /// resumption (by ticket, when the session id did not tell).
    pub(crate) fn server_changed_cipher(&mut self, lost: bool) {
        let short = self.server && !self.tls13 && !self.server_done && !self.certificate_seen;
        if short && !lost {
            self.event.resumed = Some(true);
        }
    }

    /// Tells the row, once; `established` is null when a side was not seen at all.
    pub(crate) fn tell(&mut self, established: Option<bool>, out: &mut Vec<Event>) {
        let Some(ts_ns) = self.ts_ns else {
            return;
        };
        if self.told {
            return;
        }
        self.told = true;
        let mut event = std::mem::take(&mut self.event);
        event.ts_ns = ts_ns;
        event.established = established;
        event.encrypted_dns = encrypted_dns::carried(
            event.alpn_offered.as_deref().unwrap_or(&[]),
            event.server_name.as_deref(),
            self.on_dns_port,
            false,
        )
        .map(Cow::Borrowed);
        out.push(Event::Tls(Box::new(event)));
    }
}
