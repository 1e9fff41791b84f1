//! Whole handshakes from hand-made records.

use super::tests_support::*;
use super::*;
use crate::protocols::events::TlsEvent;
use crate::protocols::testing::{self, drive, rows};
use crate::protocols::x509::tests::certificate;

fn run(parts: &[(bool, &[u8])]) -> (Vec<TlsEvent>, Progress) {
    let (events, progress) = drive(&mut TlsParser::new(), parts, |i| i as i64);
    (rows!(events, Tls), progress)
}

fn client() -> Vec<u8> {
    let mut extensions = extension(0, b"\x00\x06\x00\x00\x03a.b");
    extensions.extend(extension(16, b"\x00\x03\x02h2"));
    record(
        22,
        &message(1, &client_hello(0x0303, &[0x1301, 0xc02f], &extensions)),
    )
}

fn server12(session: bool) -> Vec<u8> {
    let mut hello = server_hello(0x0303, 0xc02f, &extension(16, &block16(b"\x02h2")));
    if !session {
        hello[35] = 9;
    }
    record(22, &message(2, &hello))
}

fn chain() -> Vec<u8> {
    let leaf = certificate(b"a.b", &[b"a.b"]);
    let list = [block24(&leaf), block24(&leaf)].concat();
    message(11, &block24(&list))
}

#[test]
fn a_full_handshake_of_tls_1_2() {
    let mut server = server12(false);
    server.extend(record(22, &[chain(), message(14, &[])].concat()));
    let finished = [record(20, &[1]), record(22, &[0xaa; 40])].concat();
    let (rows, progress) = run(&[
        (true, &client()),
        (false, &server),
        (true, &finished),
        (false, &finished),
    ]);
    assert_eq!(progress, Progress::Done);
    let row = &rows[0];
    assert_eq!(rows.len(), 1);
    assert_eq!(row.version.as_deref(), Some("TLS1.2"));
    assert_eq!(
        row.cipher.as_deref(),
        Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    );
    assert_eq!(row.server_name.as_deref(), Some("a.b"));
    assert_eq!(row.alpn.as_deref(), Some("h2"));
    assert_eq!((row.established, row.resumed), (Some(true), Some(false)));
    assert_eq!(row.certs, Some(2));
    assert_eq!(
        row.subject.as_deref(),
        Some("CN=a.b,O=Example\\, Inc.,C=CZ")
    );
    assert!(row.ja3.is_some() && row.ja3s.is_some());
    assert!(row
        .ja4
        .as_deref()
        .is_some_and(|j| j.starts_with("t12d0202h2_")));
    assert_eq!(row.ts_ns, 0);
}

#[test]
fn resumption_by_id_and_by_ticket() {
    let finished = [record(20, &[1]), record(22, &[0xaa; 40])].concat();
    for by_id in [true, false] {
        let server = [server12(by_id), finished.clone()].concat();
        let (rows, _) = run(&[(true, &client()), (false, &server), (true, &finished)]);
        assert_eq!(rows[0].resumed, Some(true));
        assert_eq!(rows[0].established, Some(true));
    }
}

#[test]
fn tls_1_3_with_a_retry() {
    let mut second = client();
    let n = second.len();
    second[n - 1] = b'3';
    let retry_body = {
        let mut body = server_hello(0x0303, 0x1301, &extension(43, b"\x03\x04"));
        let random = [
            0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65,
            0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2,
            0xc8, 0xa8, 0x33, 0x9c,
        ];
        body[2..34].copy_from_slice(&random);
        body
    };
    let retry = record(22, &message(2, &retry_body));
    let hello = server_hello(0x0303, 0x1301, &extension(43, b"\x03\x04"));
    let server = [
        record(22, &message(2, &hello)),
        record(20, &[1]),
        record(23, &[5; 900]),
    ]
    .concat();
    let compat = [record(20, &[1]), second].concat();
    let (rows, _) = run(&[
        (true, &client()),
        (false, &retry),
        (true, &compat),
        (false, &server),
        (true, &record(23, &[6; 53])),
    ]);
    let row = &rows[0];
    assert_eq!(rows.len(), 1);
    assert_eq!(row.version.as_deref(), Some("TLS1.3"));
    assert_eq!((row.established, row.resumed), (Some(true), Some(false)));
    assert!(row.ja4_retry.is_some() && row.ja4_retry != row.ja4);
}

#[test]
fn an_alert_of_the_client_is_no_success() {
    let hello = server_hello(0x0303, 0x1301, &extension(43, b"\x03\x04"));
    let server = [record(22, &message(2, &hello)), record(23, &[5; 900])].concat();
    let (rows, _) = run(&[
        (true, &client()),
        (false, &server),
        (true, &record(23, &[6; 19])),
    ]);
    assert_eq!(rows[0].established, Some(false));
    let (rows, progress) = run(&[(true, &client()), (false, &record(21, &[2, 40]))]);
    assert_eq!(
        (rows[0].established, progress),
        (Some(false), Progress::Done)
    );
    assert_eq!(rows[0].version.as_deref(), Some("TLS1.2"));
}

#[test]
fn one_side_alone_is_told_at_the_end() {
    let (rows, progress) = run(&[(true, &client())]);
    assert_eq!((rows[0].established, progress), (None, Progress::More));
    assert_eq!(rows[0].cipher, None);
    let (rows, _) = run(&[(false, &server12(true))]);
    assert_eq!(rows[0].ja4, None);
    assert_eq!(rows[0].resumed, None);
    assert!(rows[0].ja3s.is_some());
}

#[test]
fn a_hello_over_several_records() {
    let whole = message(1, &client_hello(0x0303, &[0x1301], &[]));
    let (a, b) = whole.split_at(20);
    let split = [record(22, a), record(22, b)].concat();
    let (rows, _) = run(&[(true, &split[..30]), (true, &split[30..])]);
    assert_eq!(rows[0].client_ciphers, Some(1));
}

#[test]
fn the_middle_of_a_conversation_has_no_row() {
    let data = record(23, &[1; 50]);
    let (rows, progress) = run(&[(true, &data), (false, &data)]);
    assert!(rows.is_empty());
    assert_eq!(progress, Progress::Done);
}

#[test]
fn ssl_2_hellos() {
    let mut hello = vec![0x80, 9 + 6 + 16, 1, 0, 2, 0, 6, 0, 0, 0, 16];
    hello.extend([7, 0, 0xc0, 1, 0, 0x80]);
    hello.extend([9; 16]);
    assert!(is_ssl2_hello(&hello));
    let body = [4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 2, 7, 0, 0xc0, 5, 5];
    let server = [&[0x80, body.len() as u8][..], &body].concat();
    let (rows, _) = run(&[(true, &hello), (false, &server)]);
    assert_eq!(rows[0].version.as_deref(), Some("SSL2"));
    assert_eq!(
        rows[0].cipher.as_deref(),
        Some("SSL_CK_DES_192_EDE3_CBC_WITH_MD5")
    );
    hello[1] += 1;
    assert!(!is_ssl2_hello(&hello));
}

#[test]
fn probing() {
    let opening = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 2));
    assert_eq!(opening(&client(), &[]), Verdict::Yes);
    assert_eq!(opening(&client()[..7], &[]), Verdict::Maybe);
    assert_eq!(opening(&[], &server12(true)), Verdict::Yes);
    assert_eq!(opening(b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200"), Verdict::No);
    let data = record(23, &[1; 50]);
    assert_eq!(opening(&data, &[]), Verdict::Maybe);
    assert_eq!(opening(&data, &data), Verdict::Yes);
    let two = [data.clone(), data].concat();
    assert_eq!(opening(&two, &[]), Verdict::Yes);
}

#[test]
fn hellos_that_are_cut_off_tell_what_is_there_and_no_fingerprint() {
    let (client, server) = (client(), server12(false));
    let name_end = client.windows(3).position(|w| w == b"a.b").expect("name") + 3;
    for (kept, name) in [(name_end, Some("a.b")), (name_end - 1, None), (60, None)] {
        let mut parser = TlsParser::new();
        let mut out = Vec::new();
        for (from_orig, bytes, kept) in [(true, &client, kept), (false, &server, server.len() - 2)]
        {
            let chunk = Chunk {
                ts_ns: 1,
                from_orig,
                lost_bytes: 0,
                data: &bytes[..kept.min(bytes.len() - 1)],
                wire_bytes: bytes.len() as u32,
            };
            parser.parse(&chunk, &mut out);
        }
        parser.finish(&mut out);
        let rows = rows!(out, Tls);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(row.server_name.as_deref(), name, "{kept}");
        assert_eq!((&row.ja3, &row.ja4, &row.ja3s), (&None, &None, &None));
        assert_eq!(row.client_ciphers, None);
    }
}
