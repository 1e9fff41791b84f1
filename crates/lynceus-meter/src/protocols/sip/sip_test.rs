use super::*;
use crate::protocols::testing::{self, chunk, drive, rows};

fn run(stream: bool, parts: &[(bool, u64, &[u8])]) -> Vec<SipEvent> {
    let mut parser = SipParser {
        stream,
        ..SipParser::default()
    };
    rows!(drive(&mut parser, parts, |_| 4).0, Sip)
}

const REGISTER: &str = "REGISTER sip:anna:secret@pbx SIP/2.0\r\nFrom: <sip:anna@pbx>;tag=1\r\n\
    t: <sip:anna@pbx>\r\nCall-ID: c1\r\nCSeq: 1 REGISTER\r\nUser-Agent: phone\r\n\
    Authorization: Digest username=\"anna\", realm=\"pbx\"\r\nl: 4\r\n\r\nbody";
const TRYING: &str = "SIP/2.0 100 Trying\r\nCall-ID: c1\r\nCSeq: 1 REGISTER\r\n\r\n";
const DENIED: &str =
    "SIP/2.0 403 Forbidden here\r\nCall-ID: c1\r\nCSeq: 1 REGISTER\r\nServer: pbx 1\r\nContent-Length: 0\r\n\r\n";
const OPTIONS: &str = "OPTIONS sip:pbx SIP/2.0\r\nCall-ID: c2\r\nCSeq: 2 OPTIONS\r\n\r\n";

fn text_of(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

fn conversation() -> Vec<(bool, u64, &'static [u8])> {
    vec![
        (true, 0, REGISTER.as_bytes()),
        (true, 0, REGISTER.as_bytes()),
        (false, 0, TRYING.as_bytes()),
        (false, 0, DENIED.as_bytes()),
        (false, 0, DENIED.as_bytes()),
        (true, 0, OPTIONS.as_bytes()),
    ]
}

fn check(rows: &[SipEvent]) {
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    assert_eq!(
        (text_of(&row.method), row.status_code),
        ("REGISTER", Some(403))
    );
    assert_eq!(text_of(&row.status_msg), "Forbidden here");
    assert_eq!(
        (text_of(&row.username), text_of(&row.user_agent)),
        ("anna", "phone")
    );
    assert_eq!(
        (text_of(&row.uri), text_of(&row.server)),
        ("sip:anna@pbx", "pbx 1")
    );
    assert_eq!(
        (row.request_body_bytes, row.response_body_bytes),
        (Some(4), Some(0))
    );
    assert_eq!(text_of(&row.request_to), "<sip:anna@pbx>");
    assert_eq!(
        (text_of(&rows[1].method), rows[1].status_code),
        ("OPTIONS", None)
    );
}

#[test]
fn datagrams_and_streams() {
    check(&run(false, &conversation()));
    check(&run(true, &conversation()));
    let parts = conversation();
    let singly: Vec<_> = parts
        .iter()
        .flat_map(|(o, _, data)| data.chunks(1).map(|byte| (*o, 0, byte)))
        .collect();
    check(&run(true, &singly));
    for cut in 0..singly.len() {
        run(true, &singly[..cut]);
    }
    for i in 0..parts.len() {
        let mut parts = conversation();
        parts[i].1 = 5;
        assert!(!run(true, &parts).is_empty());
    }
}

#[test]
fn an_answer_alone() {
    let rows = run(false, &[(false, 0, DENIED.as_bytes())]);
    assert_eq!(
        (text_of(&rows[0].method), rows[0].status_code),
        ("REGISTER", Some(403))
    );
}

#[test]
fn what_waits_is_bounded() {
    let mut parser = SipParser::default();
    let mut out = Vec::new();
    for i in 0..200 {
        let data = OPTIONS.replace("c2", &format!("c{i}"));
        let chunk = chunk(4, true, data.as_bytes());
        parser.parse(&chunk, &mut out);
        assert!(parser.pending.len() <= PENDING && parser.told.len() <= REMEMBERED);
    }
    parser.finish(&mut out);
    assert_eq!(out.len(), 200);
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 9999));
    assert_eq!(ask(OPTIONS.as_bytes(), b""), Verdict::Yes);
    assert_eq!(ask(b"", TRYING.as_bytes()), Verdict::Yes);
    assert_eq!(ask(b"\r\n\r\nOPTIONS sip:a SIP/2.0\r\n", b""), Verdict::Yes);
    assert_eq!(ask(b"NOTIFY * HTTP/1.1\r\n", b""), Verdict::Maybe);
    assert_eq!(ask(b"HELLO sip:a SIP/2.0\r\n", b""), Verdict::Maybe);
    assert_eq!(ask(&[0x80; 60], b""), Verdict::Maybe);
}

/// `cargo test -p lynceus-meter seeds_of_sip -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_sip() {
    use crate::protocols::fuzzing::tests::write_seed;
    let parts = conversation();
    let parts: Vec<_> = parts.iter().map(|(o, _, d)| (*o, d.to_vec())).collect();
    write_seed("sip", "datagrams", false, &parts);
    write_seed("sip", "stream", true, &parts);
}
