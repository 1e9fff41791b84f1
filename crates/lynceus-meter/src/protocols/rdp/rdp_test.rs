//! Connections made byte for byte.

use super::*;
use crate::protocols::testing::{self, drive};

fn tpkt(body: &[u8]) -> Vec<u8> {
    let length = (body.len() + 4) as u16;
    [&[3, 0][..], &length.to_be_bytes(), body].concat()
}

fn x224(kind: u8, rest: &[u8]) -> Vec<u8> {
    let head = [(rest.len() + 6) as u8, kind, 0, 0, 0x12, 0x34, 0];
    tpkt(&[&head[..], rest].concat())
}

fn request(cookie: &str, protocols: Option<u8>) -> Vec<u8> {
    let mut rest = cookie.as_bytes().to_vec();
    if let Some(bits) = protocols {
        rest.extend([1, 1, 8, 0, bits, 0, 0, 0]);
    }
    x224(0xe0, &rest)
}

fn confirm(kind: u8, value: u8) -> Vec<u8> {
    x224(0xd0, &[kind, 0, 8, 0, value, 0, 0, 0])
}

fn wide(text: &str, bytes: usize) -> Vec<u8> {
    let mut out: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    out.resize(bytes, 0);
    out
}

fn block(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = (content.len() + 4) as u16;
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

fn client_settings() -> Vec<u8> {
    let core = [
        &[4, 0, 8, 0][..],
        &1024u16.to_le_bytes(),
        &768u16.to_le_bytes(),
        &[1, 0xca, 3, 0xaa],
        &0x407u32.to_le_bytes(),
        &2600u32.to_le_bytes(),
        &wide("WS07", 32),
        &[4, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0],
        &[0; 64],
        &[1, 0xca, 1, 0, 0, 0, 0, 0, 16, 0, 7, 0, 1, 0],
        &wide("55274-OEM", 64),
    ]
    .concat();
    let net = [
        &[2, 0, 0, 0][..],
        b"rdpdr\0\0\0\0\0\0\0",
        b"cliprdr\0\0\0\0\0",
    ]
    .concat();
    let blocks = [block(0xc001, &core), block(0xc003, &net)].concat();
    let length = (blocks.len() as u16 | 0x8000).to_be_bytes();
    tpkt(
        &[
            b"\x02\xf0\x80\x7f\x65\x82\x01\x90Duca",
            &length[..],
            &blocks,
        ]
        .concat(),
    )
}

fn server_settings() -> Vec<u8> {
    let blocks = [
        block(0x0c01, &[4, 0, 8, 0]),
        block(0x0c02, &[2, 0, 0, 0, 2, 0, 0, 0]),
    ]
    .concat();
    let head = b"\x02\xf0\x80\x7f\x66\x50\x0a\x01\x00\x02\x01\x00McDn";
    tpkt(&[&head[..], &[blocks.len() as u8], &blocks].concat())
}

fn run(parts: &[(bool, Vec<u8>)]) -> (Vec<Event>, Progress) {
    drive(&mut RdpParser::default(), parts, |_| 4)
}

fn rdp(events: &[Event]) -> &RdpEvent {
    match events.first() {
        Some(Event::Rdp(row)) => row,
        other => panic!("{other:?}"),
    }
}

fn old() -> Vec<(bool, Vec<u8>)> {
    vec![
        (true, request("Cookie: mstshash=alice\r\n", None)),
        (false, x224(0xd0, &[])),
        (true, client_settings()),
        (false, server_settings()),
    ]
}

#[test]
fn settings_in_the_clear() {
    let (events, progress) = run(&old());
    assert_eq!((events.len(), progress), (1, Progress::Done));
    let row = rdp(&events);
    assert_eq!(row.ts_ns, 4);
    assert_eq!(row.cookie.as_deref(), Some("alice"));
    assert_eq!(row.security_protocol.as_deref(), Some("RDP"));
    assert_eq!(row.requested_protocols, None);
    assert_eq!(row.client_name.as_deref(), Some("WS07"));
    assert_eq!(row.client_build.as_deref(), Some("2600"));
    assert_eq!(row.keyboard_layout.as_deref(), Some("00000407"));
    assert_eq!(row.client_dig_product_id.as_deref(), Some("55274-OEM"));
    assert_eq!(
        (row.desktop_width, row.desktop_height),
        (Some(1024), Some(768))
    );
    let channels = ["rdpdr", "cliprdr"].map(str::to_owned).to_vec();
    assert_eq!(row.client_channels, Some(channels));
    assert_eq!(row.encryption_method.as_deref(), Some("128bit"));
    assert_eq!(row.encryption_level.as_deref(), Some("Client compatible"));
    assert_eq!(row.result.as_deref(), Some("Success"));
    let single: Vec<_> = old()
        .iter()
        .flat_map(|(o, b)| b.iter().map(|byte| (*o, vec![*byte])))
        .collect();
    assert_eq!(run(&single), (events, progress));
    for end in 0..single.len() {
        assert!(run(&single[..end]).0.len() <= 1);
    }
}

fn hello() -> Vec<u8> {
    use crate::protocols::tls::tests_support::{client_hello, message, record};
    record(22, &message(1, &client_hello(0x0303, &[0x1301], &[])))
}

#[test]
fn tls_inside_is_read() {
    for parts in [
        vec![
            (true, request("", Some(3))),
            (false, confirm(2, 2)),
            (true, hello()),
        ],
        vec![(true, request("", Some(3))), (true, hello())],
    ] {
        let (events, progress) = run(&parts);
        assert_eq!(progress, Progress::More);
        assert!(matches!(events[1], Event::Tls(_)) && events.len() == 2);
        let row = rdp(&events);
        let offered = ["RDP", "SSL", "HYBRID"].map(str::to_owned).to_vec();
        assert_eq!(row.requested_protocols, Some(offered));
        assert_eq!(row.restricted_admin, Some(true));
        if parts.len() == 3 {
            assert_eq!(row.security_protocol.as_deref(), Some("HYBRID"));
            assert_eq!(row.result.as_deref(), Some("encrypted"));
        }
    }
}

#[test]
fn refusals() {
    let (events, progress) = run(&[
        (
            true,
            request("Cookie: msts=3640205228.15629.0000\r\n", Some(0)),
        ),
        (false, confirm(3, 5)),
    ]);
    assert_eq!(progress, Progress::Done);
    let row = rdp(&events);
    assert_eq!(row.result.as_deref(), Some("HYBRID_REQUIRED_BY_SERVER"));
    assert_eq!(row.cookie, None, "where to go is no user");
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    assert_eq!(ask(&request("", Some(1)), &[], 4000), Verdict::Yes);
    let cookie = request("Cookie: mstshash=a\r\n", None);
    assert_eq!(ask(&cookie, &[], 4000), Verdict::Yes);
    assert_eq!(ask(&cookie[..12], b"x", 4000), Verdict::Maybe);
    assert_eq!(ask(&[], &confirm(2, 1), 4000), Verdict::Yes);
    let bare = request("", None);
    assert_eq!(ask(&bare, b"x", 4000), Verdict::No);
    assert_eq!(ask(&bare, &[], 3389), Verdict::Yes);
    // ISO transport as controllers of machines use it.
    let s7 = x224(0xe0, b"\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02");
    assert_eq!(ask(&s7, b"x", 3389), Verdict::No);
    assert_eq!(ask(b"\x16\x03\x01\x00\x05", b"x", 3389), Verdict::No);
    let mut first = vec![0xff, 0xff, 0xff, 0xff, 0, 64, 0x10, 1];
    first.resize(1232, 0);
    let datagram = |bytes: &[u8], resp_p| probe_datagram(&testing::opening(bytes, &[], resp_p));
    assert_eq!(datagram(&first, 3389), Verdict::Yes);
    assert_eq!(datagram(&first, 3390), Verdict::No);
    assert_eq!(datagram(&first[..200], 3389), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_rdp -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_rdp() {
    use crate::protocols::fuzzing::tests::write_seed;
    write_seed("rdp", "old", true, &old());
    let tls = [
        (true, request("Cookie: mstshash=bob\r\n", Some(11))),
        (false, confirm(2, 2)),
        (true, hello()),
    ];
    write_seed("rdp", "tls", true, &tls);
}
