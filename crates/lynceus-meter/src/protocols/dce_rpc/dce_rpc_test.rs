//! DCE/RPC conversations made here.

use super::arguments::tests_support::ndr;
use super::*;
use crate::protocols::ntlm::tests_support as ntlm;
use crate::protocols::testing::{self, chunk, opening};

pub(crate) const SVCCTL: [u8; 16] = [
    0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3,
];
const NDR: [u8; 20] = [
    4, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0,
    0,
];

/// A packet with flags; a verifier is its type, level and token.
fn packet(kind: u8, flags: u8, call: u32, body: &[u8], auth: Option<(u8, u8, &[u8])>) -> Vec<u8> {
    let mut body = body.to_vec();
    let mut auth_bytes = 0;
    if let Some((auth_type, level, token)) = auth {
        let padding = (4 - body.len() % 4) % 4;
        body.resize(body.len() + padding, 0);
        body.extend([auth_type, level, padding as u8, 0, 9, 0, 0, 0]);
        body.extend(token);
        auth_bytes = token.len() as u16;
    }
    let mut out = vec![5, 0, kind, flags, 0x10, 0, 0, 0];
    out.extend((body.len() as u16 + 16).to_le_bytes());
    out.extend(auth_bytes.to_le_bytes());
    out.extend(call.to_le_bytes());
    out.extend(body);
    out
}

pub(crate) fn bind(interfaces: &[[u8; 16]], auth: Option<(u8, u8, &[u8])>) -> Vec<u8> {
    let mut body = vec![
        0xb8,
        0x10,
        0xb8,
        0x10,
        0,
        0,
        0,
        0,
        interfaces.len() as u8,
        0,
        0,
        0,
    ];
    for (i, interface) in interfaces.iter().enumerate() {
        body.extend([i as u8, 0, 1, 0]);
        body.extend(interface);
        body.extend([2, 0, 0, 0]);
        body.extend(NDR);
    }
    packet(11, 3, 1, &body, auth)
}

pub(crate) fn bind_ack(results: &[(u8, u8)], auth: Option<(u8, u8, &[u8])>) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, 4, 0];
    body.extend(b"135\0");
    body.extend([0, 0, results.len() as u8, 0, 0, 0]);
    for (result, reason) in results {
        body.extend([*result, 0, *reason, 0]);
        body.extend(NDR);
    }
    packet(12, 3, 1, &body, auth)
}

pub(crate) fn request(flags: u8, call: u32, operation: u8, stub: &[u8]) -> Vec<u8> {
    let body = [&[0, 0, 0, 0, 0, 0, operation, 0], stub].concat();
    packet(0, flags, call, &body, None)
}

pub(crate) fn response(flags: u8, call: u32, stub: &[u8]) -> Vec<u8> {
    packet(2, flags, call, &[&[0; 8], stub].concat(), None)
}

fn fault(call: u32, code: u32) -> Vec<u8> {
    let body = [&[0; 8][..], &code.to_le_bytes(), &[0; 4]].concat();
    packet(3, 3, call, &body, None)
}

type Parts = Vec<(bool, Vec<u8>)>;

fn run(parts: &[(bool, Vec<u8>)], step: usize) -> Vec<Event> {
    let mut parser = (DOOR.open)(&opening(&[], &[], 2));
    let mut out = Vec::new();
    for (i, (from_orig, data)) in parts.iter().enumerate() {
        for data in data.chunks(step) {
            let chunk = chunk(i as i64 * 500_000_000, *from_orig, data);
            parser.parse(&chunk, &mut out);
        }
    }
    parser.finish(&mut out);
    out
}

fn calls(events: Vec<Event>) -> Vec<DceRpcEvent> {
    let rows = events.into_iter().filter_map(|event| match event {
        Event::DceRpc(row) => Some(*row),
        _ => None,
    });
    rows.collect()
}

pub(crate) fn create_service() -> Vec<u8> {
    let program = ndr("%COMSPEC% /c whoami");
    [
        vec![7; 20],
        ndr("BTOBTO"),
        vec![0; 20],
        program,
        vec![0; 24],
    ]
    .concat()
}

/// A service made and started, the second call in two packets either way.
fn service() -> Parts {
    vec![
        (true, bind(&[SVCCTL], None)),
        (false, bind_ack(&[(0, 0)], None)),
        (true, request(3, 2, 12, &create_service())),
        (false, response(3, 2, &[&[1; 24][..], &[0; 4]].concat())),
        (true, request(1, 3, 19, &[7; 20])),
        (true, request(2, 3, 19, &[7; 12])),
        (false, response(1, 3, &[9; 40])),
        (false, response(2, 3, &1056u32.to_le_bytes())),
    ]
}

#[test]
fn calls_with_their_answers() {
    let rows = calls(run(&service(), usize::MAX));
    assert_eq!(rows.len(), 2);
    let created = &rows[0];
    assert_eq!(created.endpoint.as_deref(), Some("svcctl"));
    assert_eq!(created.operation.as_deref(), Some("CreateServiceW"));
    assert_eq!(created.opnum, Some(12));
    assert_eq!(created.status.as_deref(), Some("SUCCESS"));
    assert_eq!((created.fault, created.rtt_s), (Some(false), Some(0.5)));
    assert_eq!(
        created.arguments.as_deref(),
        Some(&["BTOBTO".to_owned(), "%COMSPEC% /c whoami".to_owned()][..])
    );
    let started = &rows[1];
    assert_eq!(started.operation.as_deref(), Some("StartServiceW"));
    assert_eq!(
        started.status.as_deref(),
        Some("ERROR_SERVICE_ALREADY_RUNNING")
    );
    assert_eq!(
        (started.request_bytes, started.response_bytes, started.rtt_s),
        (Some(32), Some(44), Some(1.0))
    );
}

#[test]
fn any_division_gives_the_same_rows() {
    let whole = run(&service(), usize::MAX);
    for step in [1, 2, 7, 100] {
        assert_eq!(run(&service(), step), whole, "{step}");
    }
}

#[test]
fn cut_anywhere() {
    let stream: Vec<u8> = service().into_iter().flat_map(|(_, data)| data).collect();
    for end in 0..stream.len() {
        run(&[(true, stream[..end].to_vec())], usize::MAX);
    }
}

#[test]
fn what_is_not_answered_or_not_asked() {
    let parts = [
        (true, bind(&[SVCCTL], None)),
        (true, request(3, 2, 15, &[])),
    ];
    let rows = calls(run(&parts, usize::MAX));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].operation.as_deref(), Some("OpenSCManagerW"));
    assert_eq!(
        (&rows[0].status, rows[0].rtt_s, rows[0].fault),
        (&None, None, None)
    );
    let rows = calls(run(&parts[..1], usize::MAX));
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].opnum, &rows[0].status), (None, &None));
    // An answer to nothing tells nothing, a request on nothing its number.
    let parts = [
        (false, response(3, 9, &[0; 4])),
        (true, request(3, 2, 15, &[])),
        (false, response(3, 2, &[0; 4])),
    ];
    let rows = calls(run(&parts, usize::MAX));
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].endpoint, rows[0].opnum), (&None, Some(15)));
    assert_eq!(rows[0].status, None);
}

#[test]
fn bound_out_of_sight() {
    let first = [create_service(), verification::tests::naming(&SVCCTL)].concat();
    let parts = [
        (true, request(3, 2, 12, &first)),
        (true, request(3, 3, 19, &[7; 20])),
    ];
    let rows = calls(run(&parts, usize::MAX));
    let told: Vec<_> = rows.iter().map(|r| r.operation.as_deref()).collect();
    assert_eq!(told, [Some("CreateServiceW"), Some("StartServiceW")]);
    assert_eq!(rows[1].endpoint.as_deref(), Some("svcctl"));
    assert!(rows[0].arguments.is_some());
}

#[test]
fn refusals_and_faults() {
    let other = [9; 16];
    let parts = [
        (true, bind(&[SVCCTL, other], None)),
        (false, bind_ack(&[(0, 0), (2, 1)], None)),
        (true, request(3, 2, 12, &[])),
        (false, fault(2, 5)),
        (true, request(3, 3, 99, &[])),
        (false, fault(3, 0x1c01_0002)),
    ];
    let rows = calls(run(&parts, usize::MAX));
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r.opnum, r.status.as_deref().unwrap_or(""), r.fault))
        .collect();
    assert_eq!(
        told,
        [
            (None, "abstract_syntax_not_supported", Some(true)),
            (Some(12), "ERROR_ACCESS_DENIED", Some(true)),
            (Some(99), "nca_s_op_rng_error", Some(true)),
        ]
    );
    assert_eq!(
        rows[0].endpoint.as_deref(),
        Some("09090909-0909-0909-0909-090909090909")
    );
    // Refused in one encoding, accepted in another: not refused.
    let parts = [
        (true, bind(&[SVCCTL, SVCCTL, SVCCTL], None)),
        (false, bind_ack(&[(2, 2), (0, 0), (3, 3)], None)),
        (true, request(3, 2, 12, &[])),
    ];
    assert_eq!(calls(run(&parts, usize::MAX)).len(), 1);
    let nak = packet(13, 3, 1, &[8, 0, 0, 0], None);
    let rows = calls(run(
        &[(true, bind(&[SVCCTL], None)), (false, nak)],
        usize::MAX,
    ));
    assert_eq!(
        rows[0].status.as_deref(),
        Some("authentication_type_not_recognized")
    );
}

fn login(level: u8, answer: Vec<u8>) -> Vec<Event> {
    let (first, challenge) = (ntlm::negotiate(), ntlm::challenge("DC", "x.example"));
    let proof = ntlm::authenticate("DOM", "ann", "PC7", 60);
    let body = [&[0, 0, 0, 0, 0, 0, 12, 0][..], &create_service()].concat();
    let parts = [
        (true, bind(&[SVCCTL], Some((10, level, &first)))),
        (false, bind_ack(&[(0, 0)], Some((10, level, &challenge)))),
        (true, packet(16, 3, 1, &[0; 4], Some((10, level, &proof)))),
        (true, packet(0, 3, 2, &body, Some((10, level, &[1; 16])))),
        (false, answer),
    ];
    run(&parts, usize::MAX)
}

#[test]
fn logins_and_levels() {
    let answer = |level| packet(2, 3, 2, &[0; 12], Some((10, level, &[2; 16])));
    for (level, name, readable) in [(5, "integrity", true), (6, "privacy", false)] {
        let events = login(level, answer(level));
        let [Event::Ntlm(who), Event::DceRpc(row)] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(who.username.as_deref(), Some("ann"));
        assert_eq!(who.carrier.as_deref(), Some("dce_rpc"));
        assert_eq!(who.success, Some(true));
        assert_eq!(who.server_nb_computer_name.as_deref(), Some("DC"));
        assert_eq!(row.auth_type.as_deref(), Some("ntlm"));
        assert_eq!(row.auth_level.as_deref(), Some(name));
        assert_eq!(row.username.as_deref(), Some("ann"));
        assert_eq!(row.status.is_some(), readable);
        assert_eq!(row.arguments.is_some(), readable);
        assert_eq!(row.request_bytes, Some(create_service().len() as u64));
        assert_eq!(row.response_bytes, Some(4));
    }
    let events = login(5, fault(2, 5));
    let [Event::Ntlm(who), Event::DceRpc(_)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(who.success, Some(false));
    assert_eq!(who.status.as_deref(), Some("ERROR_ACCESS_DENIED"));
}

#[test]
fn losses_are_survived() {
    let mut association = Association::new(Carrier::default());
    let (mut out, mut allowance) = (Vec::new(), Allowance::default());
    let mut rows = Rows::new(&mut allowance, &mut out);
    let mut feed = |from_orig, lost_bytes, data: &[u8]| {
        let piece = Piece {
            ts_ns: 1,
            from_orig,
            bytes: Unread {
                lost_bytes,
                data,
                is_cut: false,
            },
        };
        association.feed(&piece, &mut rows);
        association.is_lost()
    };
    assert!(!feed(true, 0, &bind(&[SVCCTL], None)));
    assert!(!feed(true, 100, b"in the middle"));
    assert!(!feed(true, 50, &request(3, 2, 12, &[])));
    assert!(feed(false, 0, b"no packet at all") || feed(true, 9, b"no packet either"));
    association.finish(&mut rows);
    assert_eq!(calls(out).len(), 1);
}

#[test]
fn memory_is_bounded() {
    let mut parts = vec![(true, bind(&[SVCCTL; 60], None))];
    for call in 0..20_000 {
        parts.push((true, request(3, call, 12, &create_service())));
    }
    let mut association = Association::new(Carrier::default());
    let (mut out, mut allowance) = (Vec::new(), Allowance::default());
    let mut rows = Rows::new(&mut allowance, &mut out);
    for (from_orig, data) in &parts {
        let piece = Piece {
            ts_ns: 1,
            from_orig: *from_orig,
            bytes: Unread {
                lost_bytes: 0,
                data,
                is_cut: false,
            },
        };
        association.feed(&piece, &mut rows);
    }
    association.finish(&mut rows);
    assert_eq!(out.len(), 10_000);
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 2));
    let whole = bind(&[SVCCTL], None);
    assert_eq!(ask(&whole, &[]), Verdict::Yes);
    assert_eq!(ask(&[], &bind_ack(&[(0, 0)], None)), Verdict::Yes);
    assert_eq!(ask(&whole[..16], &[]), Verdict::Yes);
    assert_eq!(ask(&whole[..9], &[]), Verdict::Maybe);
    assert_eq!(ask(b"\x05\x01\x00", b"\x05\x00"), Verdict::Maybe);
    assert_eq!(ask(b"\x05\x02\x00\x02", b"HTTP/1.1 200"), Verdict::No);
    assert_eq!(ask(b"GET / HTTP/1.1\r\n", &[]), Verdict::No);
    assert_eq!(ask(&[5; 64], &[]), Verdict::No);
}

#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn write_seeds() {
    use crate::protocols::fuzzing::tests::write_seed;
    write_seed("dce_rpc", "service", true, &service());
    let (first, challenge) = (ntlm::negotiate(), ntlm::challenge("DC", "x.example"));
    let proof = ntlm::authenticate("DOM", "ann", "PC7", 60);
    let parts = [
        (true, bind(&[SVCCTL], Some((10, 5, &first)))),
        (false, bind_ack(&[(0, 0)], Some((10, 5, &challenge)))),
        (true, packet(16, 3, 1, &[0; 4], Some((10, 5, &proof)))),
        (true, request(3, 2, 12, &create_service())),
        (false, fault(2, 5)),
    ];
    write_seed("dce_rpc", "login", true, &parts);
    let parts = [
        (true, bind(&[SVCCTL, [9; 16]], None)),
        (false, packet(13, 3, 1, &[4, 0, 0, 0], None)),
    ];
    write_seed("dce_rpc", "refused", true, &parts);
    write_seed("dce_rpc", "datagrams", false, &datagram::tests::exchange());
}
