//! Connections from packets sealed in the test.

use super::initial::tests::sealed;
use super::*;
use crate::protocols::testing::{self, drive, rows};
use crate::protocols::tls::tests_support::{client_hello, extension, message};

fn hello() -> Vec<u8> {
    let mut extensions = extension(0, b"\x00\x06\x00\x00\x03Q.x");
    extensions.extend(extension(16, b"\x00\x03\x02h3"));
    extensions.extend(extension(43, b"\x02\x03\x04"));
    extensions.extend(extension(0x39, b"\x01\x01\x05\x71\x29\x02me"));
    message(1, &client_hello(0x0303, &[0x1301], &extensions))
}

fn crypto(offset: usize, data: &[u8]) -> Vec<u8> {
    let mut out = vec![6];
    out.extend((0x4000 | offset as u16).to_be_bytes());
    out.extend((0x4000 | data.len() as u16).to_be_bytes());
    out.extend(data);
    out
}

fn run(datagrams: &[Vec<u8>]) -> (Vec<QuicEvent>, Progress) {
    let datagrams: Vec<_> = datagrams.iter().map(|data| (true, data.clone())).collect();
    let (events, progress) = drive(&mut QuicParser::default(), &datagrams, |_| 9);
    (rows!(events, Quic), progress)
}

fn check(row: &QuicEvent, version: &str) {
    assert_eq!(row.version.as_deref(), Some(version));
    assert_eq!(row.server_name.as_deref(), Some("q.x"));
    assert_eq!(row.alpn_offered, Some(vec!["h3".to_owned()]));
    assert_eq!(row.user_agent.as_deref(), Some("me"));
    assert!(row
        .ja4
        .as_deref()
        .is_some_and(|j| j.starts_with("q13d0104h3_")));
    assert!(row.ja3.is_some());
}

#[test]
fn one_packet() {
    let frames = [vec![1, 0, 0], crypto(0, &hello()), vec![0; 50]].concat();
    for (version, name) in [(V1, "1"), (V2, "2"), (0xff00_001d, "draft-29")] {
        let (rows, progress) = run(&[sealed(version, b"abcdefgh", 0, &frames)]);
        assert_eq!((rows.len(), progress), (1, Progress::Done));
        check(&rows[0], name);
    }
}

#[test]
fn a_hello_over_packets_in_any_order_and_coalesced() {
    let hello = hello();
    let (a, b) = hello.split_at(40);
    let second = sealed(V1, b"abcdefgh", 1, &crypto(40, b));
    let first = sealed(
        V1,
        b"abcdefgh",
        0,
        &[vec![2, 1, 0, 0, 0], crypto(0, a)].concat(),
    );
    let (rows, _) = run(&[second.clone(), first.clone()]);
    check(&rows[0], "1");
    let (rows, _) = run(&[[first, second].concat()]);
    check(&rows[0], "1");
}

#[test]
fn a_client_sent_back_takes_another_id() {
    let frames = crypto(0, &hello());
    let (a, _) = frames.split_at(30);
    let cut = sealed(V1, b"abcdefgh", 0, &crypto(0, &a[5..]));
    let again = sealed(V1, b"RETRY-ID", 1, &frames);
    let (rows, _) = run(&[cut, again]);
    assert_eq!(rows.len(), 1);
    check(&rows[0], "1");
}

#[test]
fn a_hello_that_stays_incomplete_is_told_without_its_facts() {
    let (rows, progress) = run(&[sealed(V1, b"abcdefgh", 0, &crypto(0, &hello()[..30]))]);
    assert_eq!(progress, Progress::More);
    assert_eq!(rows[0].version.as_deref(), Some("1"));
    assert_eq!(rows[0].server_name, None);
}

#[test]
fn what_cannot_be_opened_has_no_row_and_an_end() {
    let mut packet = sealed(V1, b"abcdefgh", 0, &[0; 100]);
    let n = packet.len();
    packet[n - 1] ^= 1;
    let (rows, progress) = run(&vec![packet; 100]);
    assert_eq!((rows.len(), progress), (0, Progress::Done));
}

#[test]
fn google_quic() {
    let bytes = google::tests::datagram(&[(b"SNI\0", b"g.x"), (b"UAID", b"Chrome")]);
    let (rows, _) = run(&[bytes]);
    assert_eq!(rows[0].version.as_deref(), Some("Q043"));
    assert_eq!(rows[0].server_name.as_deref(), Some("g.x"));
    assert_eq!(rows[0].user_agent.as_deref(), Some("Chrome"));
}

#[test]
fn probing() {
    let ask = |bytes: &[u8]| probe(&testing::opening(bytes, &[], 2));
    let good = sealed(V1, b"abcdefgh", 0, &[0; 100]);
    assert_eq!(ask(&good), Verdict::Yes);
    assert_eq!(ask(&good[..50]), Verdict::No);
    assert_eq!(ask(&[0x40; 100]), Verdict::No);
}
