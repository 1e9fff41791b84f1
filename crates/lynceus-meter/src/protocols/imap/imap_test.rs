use super::*;
use crate::protocols::testing::{self, drive, part, rows, Part};

fn run_on(parts: &[Part]) -> (Vec<ImapEvent>, Progress) {
    let (events, progress) = drive(&mut ImapParser::default(), parts, |_| 4);
    (rows!(events, Imap), progress)
}

fn conversation() -> Vec<Part> {
    vec![
        part(false, "* OK IMAP4rev1 ready\r\n"),
        part(true, "a1 LOGIN \"anna\" \"secret\"\r\n"),
        part(false, "a1 NO denied\r\n"),
        part(true, "a2 LOGIN {4}\r\n"),
        part(false, "+ go\r\n"),
        part(true, "anna {6}\r\n"),
        part(false, "+ go\r\n"),
        part(true, "secret\r\n"),
        part(false, "a2 BAD no\r\n"),
        part(true, "a3 AUTHENTICATE PLAIN\r\n"),
        part(false, "+ \r\n"),
        part(true, "AGFubmEAc2VjcmV0\r\n"),
        part(false, "a3 OK welcome\r\n"),
        part(true, "a4 SELECT INBOX\r\na5 FETCH 1 BODY[]\r\n"),
        part(
            false,
            "a4 OK\r\n* 1 FETCH (BODY[] {14}\r\na3 NO in mail\n)\r\na5 OK\r\n",
        ),
        part(true, "a6 APPEND Sent {13}\r\n"),
        part(true, "a7 LOGIN x y\n\r\na8 LOGOUT\r\n"),
        part(false, "a6 OK\r\n* BYE\r\na8 OK\r\n"),
    ]
}

fn text_of(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

#[test]
fn a_whole_conversation() {
    let (rows, _) = run_on(&conversation());
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                text_of(&row.user),
                text_of(&row.auth_mechanism),
                row.auth_success,
                text_of(&row.auth_reply),
            )
        })
        .collect();
    let expected = [
        ("anna", "LOGIN", Some(false), "denied"),
        ("anna", "LOGIN", Some(false), "no"),
        ("anna", "PLAIN", Some(true), "welcome"),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(rows[2].mailboxes, Some(vec!["INBOX".to_owned()]));
    assert_eq!(text_of(&rows[2].server), "IMAP4rev1 ready");
    assert!(rows.iter().all(|row| row.password_seen == Some(true)));
    assert!(!format!("{rows:?}").contains("secret"));
}

#[test]
fn byte_by_byte_cut_anywhere_and_losses() {
    testing::cut_anywhere_and_lossy(&conversation(), |parts| run_on(parts).0);
}

#[test]
fn tls_follows() {
    let mut parts = conversation();
    parts.truncate(1);
    parts.push(part(true, ". STARTTLS\r\n"));
    parts.push(part(false, ". OK go\r\nX"));
    let (rows, progress) = run_on(&parts);
    assert_eq!((progress, rows[0].tls), (Progress::Handover(9), Some(true)));
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    assert_eq!(ask(b"", b"* OK IMAP4 ready\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"", b"* OK ready\r\n", 143), Verdict::Yes);
    assert_eq!(ask(b"", b"* OK ready\r\n", 9999), Verdict::Maybe);
    assert_eq!(
        ask(b"1 capability\r\n", b"* OK ready\r\n", 9999),
        Verdict::Yes
    );
    assert_eq!(ask(b"1 capability\r\n", b"", 143), Verdict::Yes);
    assert_eq!(ask(b"1 capability\r\n", b"+OK\r\n", 143), Verdict::No);
    assert_eq!(ask(&[0x80; 60], &[0x90; 60], 143), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_imap -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_imap() {
    use crate::protocols::fuzzing::tests::write_seed;
    let parts = conversation().into_iter().map(|(o, _, data)| (o, data));
    write_seed("imap", "mails", true, &parts.collect::<Vec<_>>());
}
