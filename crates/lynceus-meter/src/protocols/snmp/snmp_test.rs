//! Messages made byte for byte.

use super::*;
use crate::protocols::ber::tests_support::{nest, tlv};
use crate::protocols::testing::{drive, rows};

const SYS_DESCR: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 1, 0];
const SYS_NAME: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 5, 0];

fn pdu(tag: u8, error: u8, objects: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let list: Vec<_> = objects
        .iter()
        .map(|(oid, value)| nest(0x30, &[tlv(6, oid), value.clone()]))
        .collect();
    let numbers = [tlv(2, &[1, 2, 3, 4]), tlv(2, &[error]), tlv(2, &[0])].concat();
    nest(tag, &[numbers, nest(0x30, &list)])
}

fn message(version: u8, community: &[u8], pdu: Vec<u8>) -> Vec<u8> {
    nest(0x30, &[tlv(2, &[version]), tlv(4, community), pdu])
}

fn message_v3(flags: u8, user: &[u8], data: Vec<u8>) -> Vec<u8> {
    let head = nest(
        0x30,
        &[
            tlv(2, &[7]),
            tlv(2, &[0x20, 0]),
            tlv(4, &[flags]),
            tlv(2, &[3]),
        ],
    );
    let security = nest(
        0x30,
        &[
            tlv(4, b"engine"),
            tlv(2, &[1]),
            tlv(2, &[2]),
            tlv(4, user),
            tlv(4, &[]),
            tlv(4, &[]),
        ],
    );
    nest(0x30, &[tlv(2, &[3]), head, tlv(4, &security), data])
}

fn scoped(pdu: Vec<u8>) -> Vec<u8> {
    nest(0x30, &[tlv(4, b"engine"), tlv(4, b""), pdu])
}

fn null() -> Vec<u8> {
    tlv(5, &[])
}

fn run(parts: &[(i64, Vec<u8>)]) -> Vec<SnmpEvent> {
    let datagrams: Vec<_> = parts.iter().map(|(_, data)| (true, data.clone())).collect();
    let mut parser = SnmpParser::default();
    let (events, progress) = drive(&mut parser, &datagrams, |i| parts[i].0);
    assert!(matches!(progress, Progress::More | Progress::Foreign));
    rows!(events, Snmp)
}

fn walk() -> Vec<(i64, Vec<u8>)> {
    let ask = pdu(0xa1, 0, &[(SYS_DESCR, null()), (SYS_NAME, null())]);
    let answer = pdu(
        0xa2,
        0,
        &[
            (SYS_DESCR, tlv(4, b"Router 9")),
            (SYS_NAME, tlv(4, b"core1")),
        ],
    );
    vec![
        (1, message(1, b"guess", ask.clone())),
        (2, message(1, b"private", ask)),
        (3, message(1, b"private", answer)),
        (
            4,
            message(1, b"private", pdu(0xa3, 0, &[(SYS_NAME, tlv(4, b"x"))])),
        ),
        (
            5,
            message(1, b"private", pdu(0xa2, 17, &[(SYS_NAME, null())])),
        ),
        (
            6,
            message(1, b"private", pdu(0xa5, 9, &[(SYS_DESCR, null())])),
        ),
    ]
}

#[test]
fn one_row_a_flow() {
    let rows = run(&walk());
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(row.ts_ns, 1);
    assert_eq!(row.version.as_deref(), Some("2c"));
    assert_eq!(row.community.as_deref(), Some("private"));
    assert_eq!(row.communities, Some(2));
    let counts = [
        row.get_requests,
        row.get_bulk_requests,
        row.get_responses,
        row.set_requests,
        row.traps,
    ];
    assert_eq!(counts, [2, 1, 2, 1, 0].map(Some));
    let oids = ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0"].map(str::to_owned);
    assert_eq!(row.oids, Some(oids.to_vec()));
    assert_eq!(row.set_oids, Some(oids[1..].to_vec()));
    assert_eq!(row.errors, Some(vec!["notWritable".to_owned()]));
    assert_eq!(row.display_string.as_deref(), Some("Router 9"));
    assert_eq!(row.host_name.as_deref(), Some("core1"));
    assert!(!format!("{row:?}").contains("guess"));
}

#[test]
fn version_3() {
    let report: &[u8] = &[0x2b, 6, 1, 6, 3, 15, 1, 1, 5, 0];
    let rows = run(&[
        (1, message_v3(4, b"", scoped(pdu(0xa0, 0, &[])))),
        (2, message_v3(7, b"ops", tlv(4, &[9; 40]))),
        (
            3,
            message_v3(0, b"ops", scoped(pdu(0xa8, 0, &[(report, null())]))),
        ),
        (4, message(0, b"public", trap_v1())),
    ]);
    assert_eq!(rows.len(), 2, "one a version");
    let row = &rows[0];
    assert_eq!(row.version.as_deref(), Some("3"));
    assert_eq!(row.username.as_deref(), Some("ops"));
    assert_eq!(row.security_level.as_deref(), Some("authPriv"));
    assert_eq!((row.encrypted, row.reports), (Some(1), Some(1)));
    assert_eq!(row.errors, Some(vec!["wrongDigests".to_owned()]));
    assert_eq!(row.community, None);
    assert_eq!(rows[1].version.as_deref(), Some("1"));
    assert_eq!(rows[1].community.as_deref(), Some("public"));
    assert_eq!(rows[1].traps, Some(1));
}

fn trap_v1() -> Vec<u8> {
    let parts = [
        tlv(6, &[0x2b, 6, 1, 4, 1]),
        tlv(0x40, &[10, 0, 0, 1]),
        tlv(2, &[3]),
        tlv(2, &[0]),
        tlv(0x43, &[1]),
        nest(0x30, &[nest(0x30, &[tlv(6, SYS_DESCR), null()])]),
    ];
    nest(0xa4, &parts)
}

#[test]
fn a_flow_of_days_is_told_by_the_hour() {
    let ask = message(1, b"public", pdu(0xa0, 0, &[(SYS_DESCR, null())]));
    let parts: Vec<_> = (0..180)
        .map(|i| (i * 60_000_000_000, ask.clone()))
        .collect();
    let rows = run(&parts);
    assert_eq!(rows.len(), 3);
    let asked: u32 = rows.iter().filter_map(|r| r.get_requests).sum();
    assert_eq!(asked, 180);
}

#[test]
fn lists_are_bounded_and_cuts_survived() {
    let many: Vec<_> = (0..400u16)
        .map(|i| {
            let oid = [&[0x2b, 6][..], &[(i / 100) as u8, (i % 100) as u8]].concat();
            let community = format!("c{i}");
            (
                1,
                message(1, community.as_bytes(), pdu(0xa0, 0, &[(&oid, null())])),
            )
        })
        .collect();
    let rows = run(&many);
    assert_eq!(rows[0].oids.as_ref().map(Vec::len), Some(OBJECTS));
    assert_eq!(rows[0].communities, Some(COMMUNITIES as u32));
    assert_eq!(rows[0].community.as_deref(), Some("other"));
    for (_, whole) in walk() {
        for end in 0..whole.len() {
            run(&[(1, whole[..end].to_vec())]);
        }
    }
}

#[test]
fn probing() {
    let ask = |bytes: &[u8], cut: bool| {
        probe(&Opening {
            orig: bytes,
            resp: &[],
            orig_p: 40000,
            resp_p: 4000,
            cut,
        })
    };
    let bytes = message(1, b"public", pdu(0xa0, 0, &[(SYS_DESCR, null())]));
    assert_eq!(ask(&bytes, false), Verdict::Yes);
    assert_eq!(ask(&bytes[..20], false), Verdict::No);
    assert_eq!(ask(&bytes[..20], true), Verdict::Yes);
    let v3 = message_v3(7, b"ops", tlv(4, &[9; 40]));
    assert_eq!(ask(&v3, false), Verdict::Yes);
    assert_eq!(ask(&[bytes.clone(), vec![0]].concat(), false), Verdict::No);
    // LDAP: a message id and an operation.
    let ldap = nest(0x30, &[tlv(2, &[1]), tlv(0x42, &[])]);
    assert_eq!(ask(&ldap, false), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_snmp -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_snmp() {
    use crate::protocols::fuzzing::tests::write_seed;
    let walk: Vec<_> = walk().into_iter().map(|(_, b)| (true, b)).collect();
    write_seed("snmp", "walk", false, &walk);
    let version_3 = [
        (true, message_v3(7, b"ops", tlv(4, &[9; 40]))),
        (false, message_v3(0, b"ops", scoped(pdu(0xa8, 0, &[])))),
        (true, message(0, b"public", trap_v1())),
    ];
    write_seed("snmp", "version_3", false, &version_3);
}
