use super::*;
use crate::protocols::testing::{self, drive, part, rows, Part};

fn run_on(parts: &[Part]) -> (Vec<Pop3Event>, Progress) {
    let (events, progress) = drive(&mut Pop3Parser::default(), parts, |_| 4);
    (rows!(events, Pop3), progress)
}

fn conversation() -> Vec<Part> {
    vec![
        part(false, "+OK POP3 ready\r\n"),
        part(true, "CAPA\r\n"),
        part(false, "+OK\r\nSTLS\r\nUSER\r\n.\r\n"),
        part(true, "USER anna\r\n"),
        part(false, "+OK\r\n"),
        part(true, "PASS secret\r\n"),
        part(false, "-ERR no\r\n"),
        part(true, "AUTH PLAIN\r\n"),
        part(false, "+ \r\n"),
        part(true, "AGFubmEAc2VjcmV0\r\n"),
        part(false, "+OK welcome\r\n"),
        part(true, "LIST\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n"),
        part(
            false,
            "+OK 1\r\n1 9\r\n.\r\n+OK 9\r\n-ERR in a mail\r\n.\r\n+OK\r\n+OK bye\r\n",
        ),
    ]
}

fn text_of(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

#[test]
fn a_whole_conversation() {
    let (rows, _) = run_on(&conversation());
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (text_of(&rows[0].user), rows[0].auth_success),
        ("anna", Some(false))
    );
    assert_eq!(
        (
            text_of(&rows[0].auth_mechanism),
            text_of(&rows[0].auth_reply)
        ),
        ("USER", "no")
    );
    assert_eq!(
        (text_of(&rows[1].user), rows[1].auth_success),
        ("anna", Some(true))
    );
    assert_eq!(
        (
            text_of(&rows[1].auth_mechanism),
            text_of(&rows[1].auth_reply)
        ),
        ("PLAIN", "welcome")
    );
    assert_eq!((rows[1].retrieved, rows[1].deleted), (Some(1), Some(1)));
    assert_eq!(text_of(&rows[1].server), "POP3 ready");
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
    parts.truncate(3);
    parts.push(part(true, "STLS\r\n"));
    parts.push(part(false, "+OK go\r\n"));
    let (rows, progress) = run_on(&parts);
    assert_eq!((progress, rows[0].tls), (Progress::Handover(8), Some(true)));
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    assert_eq!(ask(b"", b"+OK POP3 ready\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"", b"+OK ready\r\n", 110), Verdict::Yes);
    assert_eq!(ask(b"", b"+OK ready\r\n", 9999), Verdict::Maybe);
    assert_eq!(ask(b"USER x\r\n", b"+OK ready\r\n", 9999), Verdict::Yes);
    assert_eq!(
        ask(b"*1\r\n$4\r\nPING\r\n", b"+OK\r\n", 6379),
        Verdict::Maybe
    );
    assert_eq!(ask(b"USER x\r\n", b"220 ftp\r\n", 110), Verdict::No);
    assert_eq!(ask(&[0x80; 60], &[0x90; 60], 110), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_pop3 -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_pop3() {
    use crate::protocols::fuzzing::tests::write_seed;
    let parts = conversation().into_iter().map(|(o, _, data)| (o, data));
    write_seed("pop3", "mails", true, &parts.collect::<Vec<_>>());
}
