//! Operations made byte for byte.

use super::*;
use crate::protocols::ber::tests_support::{nest, tlv};
use crate::protocols::testing::{self, chunk, drive, whole, Part};

fn octets(text: &str) -> Vec<u8> {
    tlv(4, text.as_bytes())
}

fn message(id: u8, operation: Vec<u8>) -> Vec<u8> {
    nest(0x30, &[tlv(2, &[id]), operation])
}

fn bind(id: u8, user: &str, proof: Vec<u8>) -> Vec<u8> {
    message(id, nest(0x60, &[tlv(2, &[3]), octets(user), proof]))
}

fn sasl(id: u8, mechanism: &str, token: &[u8]) -> Vec<u8> {
    bind(id, "", nest(0xa3, &[octets(mechanism), tlv(4, token)]))
}

fn result(id: u8, tag: u8, code: u8, said: &str) -> Vec<u8> {
    message(id, nest(tag, &[tlv(10, &[code]), octets(""), octets(said)]))
}

fn search(id: u8) -> Vec<u8> {
    let filter = nest(0xa3, &[octets("objectClass"), octets("user")]);
    let attributes = nest(0x30, &[octets("cn"), octets("servicePrincipalName")]);
    let parts = [
        octets("DC=r,DC=test"),
        tlv(10, &[2]),
        tlv(10, &[0]),
        tlv(2, &[0]),
        tlv(2, &[0]),
        tlv(1, &[0]),
        filter,
        attributes,
    ];
    message(id, nest(0x63, &parts))
}

fn entry(id: u8) -> Vec<u8> {
    message(
        id,
        nest(0x64, &[octets("CN=a,DC=r,DC=test"), tlv(0x30, &[])]),
    )
}

fn start_tls(id: u8) -> Vec<u8> {
    message(id, nest(0x77, &[tlv(0x80, b"1.3.6.1.4.1.1466.20037")]))
}

/// A conversation with every kind of operation.
fn conversation() -> Vec<(bool, Vec<u8>)> {
    let change = |verb: u8, name: &str| {
        nest(
            0x30,
            &[
                tlv(10, &[verb]),
                nest(0x30, &[octets(name), tlv(0x31, &[])]),
            ],
        )
    };
    let changes = [change(2, "member"), change(0, "description")];
    let new = nest(0x30, &[octets("objectClass"), tlv(0x31, &[])]);
    let object = octets("CN=b,DC=r,DC=test");
    vec![
        (true, bind(1, "CN=admin", tlv(0x80, b"secret"))),
        (false, result(1, 0x61, 49, "data 52e\0")),
        (true, search(2)),
        (false, [entry(2), entry(2)].concat()),
        (false, [entry(2), result(2, 0x65, 0, "")].concat()),
        (
            true,
            message(3, nest(0x66, &[object.clone(), nest(0x30, &changes)])),
        ),
        (false, result(3, 0x67, 50, "")),
        (
            true,
            message(4, nest(0x68, &[object.clone(), nest(0x30, &[new])])),
        ),
        (true, message(5, tlv(0x4a, b"CN=c"))),
        (false, result(5, 0x6b, 0, "")),
        (false, result(4, 0x69, 68, "")),
        (
            true,
            message(
                6,
                nest(0x6c, &[object.clone(), octets("CN=d"), tlv(1, &[1])]),
            ),
        ),
        (false, result(6, 0x6d, 0, "")),
        (
            true,
            message(
                7,
                nest(0x6e, &[object, nest(0x30, &[octets("cn"), octets("x")])]),
            ),
        ),
        (false, result(7, 0x6f, 6, "")),
        (true, message(8, tlv(0x42, &[]))),
    ]
}

fn run(parts: &[Part]) -> (Vec<LdapEvent>, Vec<LdapSearchEvent>, Progress) {
    let mut parser = StreamParser::default();
    let (out, progress) = drive(&mut parser, parts, |i| i as i64 * 1_000_000);
    let (mut others, mut searches) = (Vec::new(), Vec::new());
    for event in out {
        match event {
            Event::Ldap(row) => others.push(*row),
            Event::LdapSearch(row) => searches.push(*row),
            _ => {}
        }
    }
    (others, searches, progress)
}

#[test]
fn every_operation() {
    let (others, searches, _) = run(&whole(&conversation()));
    let told: Vec<_> = others
        .iter()
        .map(|r| {
            let text = |t: &Option<String>| t.clone().unwrap_or_default();
            (
                r.message_id.unwrap_or(0),
                r.opcode.as_deref().unwrap_or(""),
                text(&r.object),
                text(&r.argument),
                r.result.as_deref().unwrap_or(""),
            )
        })
        .collect();
    let row = |id, opcode, object: &str, argument: &str, result| {
        (id, opcode, object.to_owned(), argument.to_owned(), result)
    };
    let object = "CN=b,DC=r,DC=test";
    assert_eq!(
        told,
        [
            row(1, "bind simple", "CN=admin", "", "invalid credentials"),
            row(3, "modify", object, "", "insufficient access rights"),
            row(5, "delete", "CN=c", "", "success"),
            row(4, "add", object, "", "entry already exists"),
            row(6, "modify DN", object, "CN=d", "success"),
            row(7, "compare", object, "cn", "compare true"),
        ]
    );
    let bind = &others[0];
    assert_eq!((bind.version, bind.password_seen), (Some(3), Some(true)));
    assert_eq!(bind.diagnostic_message.as_deref(), Some("data 52e"));
    assert_eq!(bind.rtt_s, Some(0.001));
    assert!(!format!("{others:?}").contains("secret"));
    let changed = ["replace member", "add description"].map(str::to_owned);
    assert_eq!(others[1].attributes, Some(changed.to_vec()));
    assert_eq!(others[3].attributes, Some(vec!["objectClass".to_owned()]));
    let [found] = searches.as_slice() else {
        panic!("{searches:?}");
    };
    assert_eq!(found.scope.as_deref(), Some("tree"));
    assert_eq!(found.deref_aliases.as_deref(), Some("never"));
    assert_eq!(found.base_object.as_deref(), Some("DC=r,DC=test"));
    assert_eq!(found.filter.as_deref(), Some("(objectClass=user)"));
    let asked = ["cn", "servicePrincipalName"].map(str::to_owned);
    assert_eq!(found.attributes, Some(asked.to_vec()));
    assert_eq!(found.result.as_deref(), Some("success"));
    assert_eq!(found.result_count, Some(3));
    assert_eq!(found.result_bytes, Some(entry(2).len() as u64 * 3));
    assert_eq!(found.duration_s, Some(0.002));
}

#[test]
fn byte_by_byte_and_cut_anywhere() {
    let expected = run(&whole(&conversation()));
    let single: Vec<_> = conversation()
        .iter()
        .flat_map(|(o, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
        .collect();
    let untimed = |(mut others, mut searches, _): (Vec<LdapEvent>, Vec<LdapSearchEvent>, _)| {
        for row in &mut others {
            (row.ts_ns, row.rtt_s) = (0, None);
        }
        for row in &mut searches {
            (row.ts_ns, row.duration_s) = (0, None);
        }
        (others, searches)
    };
    let count = expected.0.len() + expected.1.len();
    assert_eq!(untimed(run(&single)), untimed(expected));
    for end in 0..single.len() {
        let (others, searches, _) = run(&single[..end]);
        assert!(others.len() + searches.len() <= count);
    }
}

#[test]
fn losses() {
    let parts = conversation();
    // Entries are lost: the search ends all the same, and what follows is read.
    let mut lossy = whole(&parts);
    lossy[3].2.truncate(20);
    lossy[4].1 = 40;
    let (others, searches, _) = run(&lossy);
    assert_eq!(others.len(), 6);
    assert_eq!(searches[0].result_count, Some(1));
    assert_eq!(searches[0].result.as_deref(), Some("success"));
    // Answers alone.
    let answers: Vec<_> = whole(&parts).into_iter().filter(|(o, _, _)| !*o).collect();
    let (others, searches, _) = run(&answers);
    assert_eq!((others.len(), searches.len()), (6, 1));
    assert_eq!(searches[0].result_count, Some(3));
    assert_eq!(others[0].opcode.as_deref(), Some("bind"));
}

#[test]
fn start_tls_hands_over() {
    let answer = result(1, 0x78, 0, "");
    let mut joined = answer.clone();
    joined.extend(b"\x16\x03");
    let (others, _, progress) = run(&whole(&[(true, start_tls(1)), (false, joined)]));
    assert_eq!(progress, Progress::Handover(answer.len()));
    assert_eq!(others[0].argument.as_deref(), Some("StartTLS"));
    let refused = result(1, 0x78, 52, "");
    let (_, _, progress) = run(&whole(&[(true, start_tls(1)), (false, refused)]));
    assert_eq!(progress, Progress::More);
}

#[test]
fn over_udp() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    let answer = [entry(7), result(7, 0x65, 0, "")].concat();
    for (ts_ns, from_orig, data) in [(1, true, search(7)), (2, false, answer)] {
        let chunk = Chunk {
            ts_ns,
            from_orig,
            lost_bytes: 0,
            data: &data,
            wire_bytes: data.len() as u32,
        };
        assert_eq!(parser.parse(&chunk, &mut out), Progress::More);
    }
    let [Event::LdapSearch(row)] = out.as_slice() else {
        panic!("{out:?}");
    };
    assert_eq!(row.result_count, Some(1));
}

#[test]
fn memory_and_rows_are_bounded() {
    // Long requests without answers are told before there are many.
    let long = message(1, nest(0x63, &[tlv(4, &[b'x'; 20_000])]));
    let mut parser = StreamParser::default();
    let mut out = Vec::new();
    for _ in 0..20 {
        let chunk = chunk(1, true, &long);
        parser.parse(&chunk, &mut out);
    }
    assert_eq!(out.len(), 17);
    let many: Vec<_> = (0..300u32).map(|_| (true, 0, search(1))).collect();
    let (_, searches, _) = run(&many);
    assert_eq!(searches.len(), 300);
    let all = search(1).repeat(10_500);
    let (_, searches, progress) = run(&[(true, 0, all)]);
    assert_eq!(searches.len(), 10_000);
    assert_eq!(progress, Progress::More);
}

#[test]
fn probing() {
    let opening = |orig: &[u8], resp: &[u8], probe: fn(&Opening<'_>) -> Verdict| {
        probe(&testing::opening(orig, resp, 4000))
    };
    let ask = search(1);
    assert_eq!(opening(&ask, &[], probe_stream), Verdict::Yes);
    assert_eq!(opening(&ask[..12], &[], probe_stream), Verdict::Yes);
    assert_eq!(
        opening(&[], &result(1, 0x61, 0, ""), probe_stream),
        Verdict::Yes
    );
    assert_eq!(opening(&ask[..4], &[], probe_stream), Verdict::Maybe);
    assert_eq!(opening(&ask, &[], probe_datagram), Verdict::Yes);
    assert_eq!(opening(&ask[..12], &[], probe_datagram), Verdict::No);
    // SNMP: a version and a community.
    let snmp = nest(0x30, &[tlv(2, &[1]), octets("public"), tlv(0xa0, &[])]);
    assert_eq!(opening(&snmp, &[], probe_datagram), Verdict::No);
    // Lengths that lead nowhere.
    let mut wrong = ask.clone();
    wrong[6] = wrong[6].wrapping_add(1);
    assert_eq!(opening(&wrong, b"\xff", probe_stream), Verdict::No);
}

#[path = "sasl_test.rs"]
mod sasl_tests;

/// `cargo test -p lynceus-meter seeds_of_ldap -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_ldap() {
    use crate::protocols::fuzzing::tests::write_seed;
    write_seed("ldap", "conversation", true, &conversation());
    let answer = [entry(7), result(7, 0x65, 0, "")].concat();
    write_seed(
        "ldap",
        "datagrams",
        false,
        &[(true, search(7)), (false, answer)],
    );
    let header = [5u8, 4, 4, 0xff, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1];
    write_seed(
        "ldap",
        "signed",
        true,
        &[
            (true, sasl(1, "GSS-SPNEGO", b"NTLMSSP\0")),
            (false, result(1, 0x61, 0, "")),
            (true, sasl_tests::wrap(&[&header, b"cs", &search(3)])),
            (true, start_tls(4)),
            (false, result(4, 0x78, 0, "")),
        ],
    );
}
