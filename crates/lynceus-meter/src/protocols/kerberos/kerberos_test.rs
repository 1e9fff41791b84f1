//! Requests and answers made byte for byte.

use super::*;
use crate::protocols::ber::tests_support::{nest, tlv};
use crate::protocols::testing::{self, chunk, drive, rows, whole, Part};

fn field(number: u8, value: Vec<u8>) -> Vec<u8> {
    tlv(0xa0 | number, &value)
}

fn integer(value: u8) -> Vec<u8> {
    tlv(2, &[value])
}

fn string(value: &str) -> Vec<u8> {
    tlv(0x1b, value.as_bytes())
}

fn principal(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<_> = parts.iter().map(|p| string(p)).collect();
    nest(0x30, &[field(0, integer(1)), field(1, nest(0x30, &parts))])
}

fn encrypted(cipher: u8) -> Vec<u8> {
    nest(
        0x30,
        &[field(0, integer(cipher)), field(2, tlv(4, &[9; 40]))],
    )
}

fn ticket(service: &[&str], cipher: u8) -> Vec<u8> {
    let parts = [
        field(0, integer(5)),
        field(1, string("R.TEST")),
        field(2, principal(service)),
        field(3, encrypted(cipher)),
    ];
    nest(0x61, &[nest(0x30, &parts)])
}

fn element(kind: u8, value: &[u8]) -> Vec<u8> {
    nest(0x30, &[field(1, integer(kind)), field(2, tlv(4, value))])
}

/// An AS (10) or TGS (12) request.
fn request(kind: u8, elements: &[Vec<u8>], client: Option<&str>, service: &[&str]) -> Vec<u8> {
    let host = nest(
        0x30,
        &[field(0, integer(20)), field(1, tlv(4, b"WS07            "))],
    );
    let mut body = vec![field(0, tlv(3, &[0, 0x40, 0x81, 0, 0x10]))];
    body.extend(client.map(|c| field(1, principal(&[c]))));
    body.extend([
        field(2, string("R.TEST")),
        field(3, principal(service)),
        field(5, tlv(0x18, b"20370913024805Z")),
        field(7, tlv(2, &[1, 2, 3, kind])),
        field(
            8,
            nest(0x30, &[integer(18), integer(23), tlv(2, &[0xff, 0x79])]),
        ),
        field(9, nest(0x30, &[host])),
    ]);
    let mut parts = vec![field(1, integer(5)), field(2, integer(kind))];
    if !elements.is_empty() {
        parts.push(field(3, nest(0x30, elements)));
    }
    parts.push(field(4, nest(0x30, &body)));
    nest(0x60 | kind, &[nest(0x30, &parts)])
}

fn reply(kind: u8, service: &[&str], ticket_cipher: u8) -> Vec<u8> {
    let parts = [
        field(0, integer(5)),
        field(1, integer(kind)),
        field(3, string("R.TEST")),
        field(4, principal(&["alice"])),
        field(5, ticket(service, ticket_cipher)),
        field(6, encrypted(18)),
    ];
    nest(0x60 | kind, &[nest(0x30, &parts)])
}

fn error(code: u8) -> Vec<u8> {
    let parts = [
        field(0, integer(5)),
        field(1, integer(30)),
        field(6, integer(code)),
        field(9, string("R.TEST")),
        field(10, principal(&["krbtgt", "R.TEST"])),
    ];
    nest(0x7e, &[nest(0x30, &parts)])
}

/// A TGS request that shows a ticket.
fn tgs(service: &[&str]) -> Vec<u8> {
    let shown = [
        field(0, integer(5)),
        field(1, integer(14)),
        field(2, tlv(3, &[0; 5])),
        field(3, ticket(&["krbtgt", "R.TEST"], 23)),
        field(4, encrypted(18)),
    ];
    let shown = nest(0x6e, &[nest(0x30, &shown)]);
    request(12, &[element(1, &shown)], None, service)
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

fn run(parser: &mut dyn Parser, parts: &[Part]) -> Vec<KerberosEvent> {
    let (events, progress) = drive(parser, parts, |i| i as i64 * 1_000_000);
    assert_eq!(progress, Progress::More);
    rows!(events, Kerberos)
}

fn datagrams(parts: &[(bool, Vec<u8>)]) -> Vec<KerberosEvent> {
    run(&mut DatagramParser::default(), &whole(parts))
}

#[test]
fn a_login() {
    let krbtgt = ["krbtgt", "R.TEST"];
    let rows = datagrams(&[
        (true, request(10, &[], Some("alice"), &krbtgt)),
        (false, error(25)),
        (
            true,
            request(10, &[element(2, b"x")], Some("alice"), &krbtgt),
        ),
        (false, reply(11, &krbtgt, 18)),
    ]);
    assert_eq!(rows.len(), 1 + 1);
    let first = &rows[0];
    assert_eq!(first.request_type.as_deref(), Some("AS"));
    assert_eq!(first.client.as_deref(), Some("alice"));
    assert_eq!(first.realm.as_deref(), Some("R.TEST"));
    assert_eq!(first.service.as_deref(), Some("krbtgt/R.TEST"));
    assert_eq!(first.success, Some(false));
    assert_eq!(first.error_msg.as_deref(), Some("KDC_ERR_PREAUTH_REQUIRED"));
    assert_eq!((first.error_code, first.preauth), (Some(25), Some(false)));
    assert_eq!(first.rtt_s, Some(0.001));
    let second = &rows[1];
    assert_eq!((second.success, second.preauth), (Some(true), Some(true)));
    let cipher = Some("aes256-cts-hmac-sha1-96");
    assert_eq!(second.cipher.as_deref(), cipher);
    assert_eq!(second.reply_cipher.as_deref(), cipher);
    let offered = ["aes256-cts-hmac-sha1-96", "rc4-hmac", "rc4-hmac-old-exp"];
    assert_eq!(second.ciphers, Some(offered.map(str::to_owned).to_vec()));
    assert_eq!(
        (second.forwardable, second.renewable),
        (Some(true), Some(true))
    );
    assert_eq!(second.kdc_options.as_deref(), Some("0x40810010"));
    assert_eq!(second.till_ns, Some(2_136_422_885_000_000_000));
    assert_eq!(second.host_name.as_deref(), Some("WS07"));
}

fn service_ticket() -> Vec<(bool, u64, Vec<u8>)> {
    let service = ["MSSQLSvc", "db.r.test:1433"];
    vec![
        (true, 0, framed(&tgs(&service))),
        (false, 0, framed(&reply(13, &service, 23))),
    ]
}

#[test]
fn a_service_ticket_byte_by_byte() {
    let whole = run(&mut StreamParser::default(), &service_ticket());
    let [row] = whole.as_slice() else {
        panic!("{whole:?}");
    };
    assert_eq!(row.request_type.as_deref(), Some("TGS"));
    assert_eq!(row.client.as_deref(), Some("alice"), "the answer names it");
    assert_eq!(row.service.as_deref(), Some("MSSQLSvc/db.r.test:1433"));
    assert_eq!(row.cipher.as_deref(), Some("rc4-hmac"));
    assert_eq!(row.presented_cipher.as_deref(), Some("rc4-hmac"));
    assert_eq!(row.preauth, None);
    let single: Vec<_> = service_ticket()
        .iter()
        .flat_map(|(o, _, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
        .collect();
    let single = run(&mut StreamParser::default(), &single);
    let untimed = |row: &KerberosEvent| KerberosEvent {
        ts_ns: 0,
        rtt_s: None,
        ..row.clone()
    };
    assert_eq!(untimed(&single[0]), untimed(row));
    assert_eq!(single.len(), 1);
}

#[test]
fn cut_and_lost() {
    let parts = service_ticket();
    let asked = &parts[0].2;
    for cut in 0..asked.len() {
        let rows = run(
            &mut StreamParser::default(),
            &[(true, 0, asked[..cut].to_vec())],
        );
        assert!(rows.is_empty());
        datagrams(&[(true, asked[4..].get(..cut).unwrap_or(&[]).to_vec())]);
    }
    // What the snap length left of a datagram still tells.
    let shown = request(10, &[], Some("bob"), &["krbtgt", "R.TEST"]);
    let rows = datagrams(&[(true, shown[..90].to_vec())]);
    assert_eq!(rows[0].client.as_deref(), Some("bob"));
    // A loss in a message; the next one is read again.
    let rows = run(
        &mut StreamParser::default(),
        &[
            (true, 0, asked[..20].to_vec()),
            (true, 100, vec![1; 30]),
            (true, 0, asked.clone()),
            (false, 0, parts[1].2.clone()),
        ],
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].success, Some(true));
}

#[test]
fn repetitions_and_answers_alone() {
    let krbtgt = ["krbtgt", "R.TEST"];
    let ask = request(10, &[], Some("alice"), &krbtgt);
    let rows = datagrams(&[
        (true, ask.clone()),
        (true, ask.clone()),
        (false, error(6)),
        (false, error(6)),
        (true, ask),
        (false, error(6)),
    ]);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0].error_msg.as_deref(),
        Some("KDC_ERR_C_PRINCIPAL_UNKNOWN")
    );
    let rows = datagrams(&[(false, reply(11, &krbtgt, 23)), (false, error(99))]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].request_type.as_deref(), Some("AS"));
    assert_eq!(rows[0].client.as_deref(), Some("alice"));
    assert_eq!(rows[1].error_msg.as_deref(), Some("KRB_ERROR_99"));
    assert_eq!(rows[1].request_type, None);
}

#[test]
fn rows_are_bounded() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    let bytes = error(6);
    let mut progress = Progress::More;
    for _ in 0..10_005 {
        let chunk = chunk(0, false, &bytes);
        progress = parser.parse(&chunk, &mut out);
    }
    assert_eq!((progress, out.len()), (Progress::More, 10_000));
}

#[test]
fn probing() {
    let opening = |orig: &[u8], resp: &[u8], probe: fn(&Opening<'_>) -> Verdict| {
        probe(&testing::opening(orig, resp, 4000))
    };
    let ask = request(10, &[], Some("a"), &["krbtgt", "R"]);
    assert_eq!(opening(&ask, &[], probe_datagram), Verdict::Yes);
    assert_eq!(opening(&[], &error(25), probe_datagram), Verdict::Yes);
    assert_eq!(opening(&ask[..50], &[], probe_datagram), Verdict::No);
    let mut wrong = ask.clone();
    wrong[0] = 0x6c;
    assert_eq!(opening(&wrong, &[], probe_datagram), Verdict::No);
    let stream = framed(&ask);
    assert_eq!(opening(&stream, &[], probe_stream), Verdict::Yes);
    assert_eq!(opening(&stream[..40], &[], probe_stream), Verdict::Yes);
    for few in 0..16 {
        assert_eq!(opening(&stream[..few], &[], probe_stream), Verdict::Maybe);
    }
    let answered = b"\0\0\x01\0\x30\x20";
    assert_eq!(opening(b"GET / HTTP", answered, probe_stream), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_kerberos -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_kerberos() {
    use crate::protocols::fuzzing::tests::write_seed;
    let krbtgt = ["krbtgt", "R.TEST"];
    write_seed(
        "kerberos",
        "login",
        false,
        &[
            (true, request(10, &[], Some("alice"), &krbtgt)),
            (false, error(25)),
            (
                true,
                request(10, &[element(2, b"x")], Some("alice"), &krbtgt),
            ),
            (false, reply(11, &krbtgt, 18)),
        ],
    );
    let stream: Vec<_> = service_ticket()
        .into_iter()
        .map(|(o, _, b)| (o, b))
        .collect();
    write_seed("kerberos", "service_ticket", true, &stream);
}
