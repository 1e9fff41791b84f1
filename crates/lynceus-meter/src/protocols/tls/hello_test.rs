//! Hellos from hand-made bytes.

use super::*;
use crate::protocols::tls::tests_support::{block16, client_hello, extension, server_hello};

#[test]
fn reads_a_client_hello() {
    let mut extensions = extension(0x1a1a, &[]);
    extensions.extend(extension(0, b"\x00\x0d\x00\x00\x0aExample.Io"));
    extensions.extend(extension(10, b"\x00\x04\x00\x1d\x00\x17"));
    extensions.extend(extension(11, b"\x01\x00"));
    extensions.extend(extension(13, b"\x00\x02\x04\x03"));
    extensions.extend(extension(16, b"\x00\x06\x02h2\x02\x0a\x0a"));
    extensions.extend(extension(43, b"\x04\x03\x04\x03\x03"));
    extensions.extend(extension(0xfe0d, b"x"));
    let body = client_hello(0x0303, &[0x0a0a, 0x1301, 0xc02f], &extensions);
    let hello = ClientHello::read(&body, false).expect("a hello");
    assert_eq!(hello.server_name.as_deref(), Some("example.io"));
    assert_eq!(hello.ciphers, [0x0a0a, 0x1301, 0xc02f]);
    assert_eq!(hello.cipher_count(), 2);
    assert_eq!(hello.extensions, [0x1a1a, 0, 10, 11, 13, 16, 43, 0xfe0d]);
    assert_eq!(hello.groups, [29, 23]);
    assert_eq!(hello.signature_algorithms, [0x0403]);
    assert_eq!(hello.alpn_text(), ["h2"]);
    assert_eq!(hello.highest_version(), 0x0304);
    assert!(hello.offers_ech());
}

#[test]
fn a_hello_cut_in_its_extensions_keeps_what_is_whole() {
    let mut extensions = extension(10, b"\x00\x02\x00\x1d");
    extensions.extend([0, 16, 0, 99]);
    let body = client_hello(0x0301, &[0x002f], &extensions);
    let hello = ClientHello::read(&body, false).expect("a hello");
    assert_eq!(hello.extensions, [10]);
    assert!(ClientHello::read(&body[..30], false).is_none());
}

#[test]
fn a_hello_without_extensions() {
    let body = client_hello(0x0300, &[0x0005], &[]);
    let body = &body[..body.len() - 2];
    let hello = ClientHello::read(body, false).expect("a hello");
    assert!(hello.extensions.is_empty());
    assert_eq!(hello.highest_version(), 0x0300);
}

#[test]
fn reads_an_ssl2_hello() {
    let mut body = vec![1, 3, 1, 0, 6, 0, 0, 0, 16];
    body.extend([0, 0, 0x2f, 1, 0, 0x80]);
    body.extend([7; 16]);
    let hello = ClientHello::read_ssl2(&body).expect("a hello");
    assert_eq!((hello.version, hello.ciphers), (0x0301, vec![0x2f]));
    assert!(ClientHello::read_ssl2(&body[..20]).is_none());
}

#[test]
fn reads_a_server_hello() {
    let mut extensions = extension(43, b"\x03\x04");
    extensions.extend(extension(16, &block16(b"\x02h2")));
    extensions.extend(extension(41, b"\x00\x00"));
    let hello = ServerHello::read(&server_hello(0x0303, 0x1301, &extensions)).expect("a hello");
    assert_eq!(hello.negotiated(), 0x0304);
    assert_eq!(hello.cipher_text(), "TLS_AES_128_GCM_SHA256");
    assert_eq!(hello.alpn.as_deref(), Some("h2"));
    assert!(hello.takes_psk() && !hello.retry);
    let hello = ServerHello::read(&server_hello(0x0303, 0x1399, &[])).expect("a hello");
    assert_eq!(hello.cipher_text(), "0x1399");
}

#[test]
fn reads_a_server_hello_of_an_early_draft() {
    for version in [[3, 4], [0x7f, 0x12]] {
        let mut body = version.to_vec();
        body.extend([8; 32]);
        body.extend([0x13, 1]);
        body.extend(block16(&extension(41, b"\x00\x00")));
        let hello = ServerHello::read(&body).expect("a hello");
        assert_eq!((hello.cipher, hello.takes_psk()), (0x1301, true));
        assert!(is_tls13(hello.negotiated()));
    }
}

#[test]
fn versions_by_name_and_age() {
    assert_eq!(version_name(0x0304), "TLS1.3");
    assert_eq!(version_name(0x7f1c), "TLS1.3");
    assert_eq!(version_name(0xfefd), "DTLS1.2");
    assert_eq!(version_name(0x1234), "0x1234");
    let highest = |versions: &[u16]| {
        ClientHello {
            versions: versions.to_vec(),
            ..ClientHello::default()
        }
        .highest_version()
    };
    assert_eq!(highest(&[0x0303, 0x0a0a, 0x0304, 0x0301]), 0x0304);
    assert_eq!(highest(&[0xfefd, 0xfefc]), 0xfefc);
}
