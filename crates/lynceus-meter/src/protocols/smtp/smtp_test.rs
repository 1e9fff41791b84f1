use super::*;
use crate::protocols::testing::{self, drive, part, rows, Part};

fn run_on(parts: &[Part]) -> (Vec<SmtpEvent>, Progress) {
    let first = parts.first().expect("a part");
    let mut parser = SmtpParser::new(first.0 && is_server(&first.2));
    let (events, progress) = drive(&mut parser, parts, |i| i as i64);
    (rows!(events, Smtp), progress)
}

fn run(parts: &[Part]) -> Vec<SmtpEvent> {
    run_on(parts).0
}

const MAIL: &str = "Subject: hello\r\nFrom: A <a@x>\r\nTo: b@y, c@y\r\n\r\nbody\r\n..\r\n";

fn conversation() -> Vec<Part> {
    vec![
        part(false, "220 mx.y ESMTP\r\n"),
        part(true, "EHLO client\r\n"),
        part(false, "250-mx.y\r\n250 AUTH PLAIN LOGIN\r\n"),
        part(true, "AUTH LOGIN\r\n"),
        part(false, "334 VXNlcm5hbWU6\r\n"),
        part(true, "YW5uYQ==\r\n"),
        part(false, "334 UGFzc3dvcmQ6\r\n"),
        part(true, "c2VjcmV0\r\n"),
        part(false, "235 welcome\r\n"),
        part(
            true,
            "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nDATA\r\n",
        ),
        part(false, "250 ok\r\n250 ok\r\n550 no c\r\n354 go\r\n"),
        part(true, &format!("{MAIL}.\r\n")),
        part(false, "250 queued as 7\r\n"),
        part(true, "MAIL FROM:<a@x>\r\nRCPT TO:<d@y>\r\nRSET\r\nQUIT\r\n"),
        part(false, "250 ok\r\n550 no d\r\n250 ok\r\n221 bye\r\n"),
    ]
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

#[test]
fn a_whole_conversation() {
    let rows = run(&conversation());
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    assert_eq!(text(&row.subject), "hello");
    assert_eq!((text(&row.helo), text(&row.mailfrom)), ("client", "a@x"));
    assert_eq!(row.rcptto, Some(vec!["b@y".into(), "c@y".into()]));
    assert_eq!(row.to, Some(vec!["b@y".into(), "c@y".into()]));
    assert_eq!(row.rejected_rcpts, Some(1));
    assert_eq!(text(&row.last_reply), "250 queued as 7");
    assert_eq!(row.message_bytes, Some(MAIL.len() as u64));
    assert_eq!(text(&row.auth_mechanism), "LOGIN");
    assert_eq!(
        (text(&row.username), row.auth_success),
        ("anna", Some(true))
    );
    assert_eq!((row.trans_depth, row.ts_ns), (Some(1), 9));
    let dropped = &rows[1];
    assert_eq!(
        (dropped.trans_depth, dropped.message_bytes),
        (Some(2), None)
    );
    assert!(!format!("{rows:?}").contains("secret"));
}

#[test]
fn cut_anywhere_and_byte_by_byte() {
    let whole = run(&conversation());
    let mut singly = Vec::new();
    for (i, (from_orig, _, data)) in conversation().into_iter().enumerate() {
        let cut: Vec<Part> = conversation().into_iter().take(i).collect();
        if !cut.is_empty() {
            assert!(!run(&cut).is_empty());
        }
        singly.extend(data.chunks(1).map(|byte| (from_orig, 0, byte.to_vec())));
    }
    let without_time = |rows: Vec<SmtpEvent>| -> Vec<SmtpEvent> {
        let rows = rows.into_iter();
        rows.map(|row| SmtpEvent { ts_ns: 0, ..row }).collect()
    };
    assert_eq!(without_time(run(&singly)), without_time(whole));
}

#[test]
fn refused_logins_are_told_each() {
    let mut parts = conversation();
    parts.truncate(3);
    for _ in 0..3 {
        parts.push(part(true, "AUTH PLAIN AGFubmEAc2VjcmV0\r\n"));
        parts.push(part(false, "535 5.7.8 no\r\n"));
    }
    let rows = run(&parts);
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(
            (text(&row.username), row.auth_success),
            ("anna", Some(false))
        );
        assert_eq!(row.password_seen, Some(true));
        assert_eq!(text(&row.last_reply), "535 5.7.8 no");
    }
}

#[test]
fn chunks_of_a_message() {
    let mut parts = conversation();
    parts.truncate(3);
    parts.push(part(
        true,
        "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 20\r\n",
    ));
    parts.push(part(true, "Subject: x\r\n\r\nbody."));
    parts.push(part(false, "250 ok\r\n250 ok\r\n250 20 octets\r\n"));
    parts.push(part(true, "\r\nBDAT 4 LAST\r\n.\r\nzMAIL FROM:<q@x>\r\n"));
    let mut tail = parts.split_off(6);
    tail[0].2.drain(..2);
    parts[4].2.extend(b"\r");
    parts.extend(tail);
    parts.push(part(false, "250 stored\r\n250 ok\r\n"));
    let rows = run(&parts);
    assert_eq!(rows.len(), 2);
    assert_eq!(text(&rows[0].subject), "x");
    assert_eq!(rows[0].message_bytes, Some(24));
    assert_eq!(text(&rows[0].last_reply), "250 stored");
    assert_eq!(text(&rows[1].mailfrom), "q@x");
}

#[test]
fn tls_follows() {
    let mut parts = conversation();
    parts.truncate(3);
    parts.push(part(true, "STARTTLS\r\n"));
    parts.push(part(false, "220 go\r\nX"));
    let (rows, progress) = run_on(&parts);
    assert_eq!(progress, Progress::Handover(8));
    assert_eq!((rows.len(), rows[0].tls), (1, Some(true)));
    parts[4] = part(false, "454 no\r\n");
    let (rows, progress) = run_on(&parts);
    assert_eq!((progress, rows[0].tls), (Progress::More, None));
}

#[test]
fn losses() {
    // The end of the message is missing: the reply shows that it came.
    let mut parts = conversation();
    parts[11].2.truncate(30);
    parts[13].1 = 40;
    let rows = run(&parts);
    assert!(rows.iter().any(|row| text(&row.subject) == "hello"));
    // Every part may have lost something before it.
    for i in 0..parts.len() {
        let mut parts = conversation();
        parts[i].1 = 7;
        assert!(!run(&parts).is_empty());
    }
}

#[test]
fn one_side_alone() {
    let parts: Vec<Part> = conversation().into_iter().filter(|p| p.0).collect();
    let rows = run(&parts);
    assert_eq!(text(&rows[0].username), "anna");
    assert!(rows.iter().any(|row| text(&row.subject) == "hello"));
    let parts: Vec<Part> = conversation().into_iter().filter(|p| !p.0).collect();
    assert_eq!(text(&run(&parts)[0].last_reply), "221 bye");
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    assert_eq!(ask(b"", b"220 mx ESMTP\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"", b"220 mx ready\r\n", 9999), Verdict::Maybe);
    assert_eq!(ask(b"", b"220 mx ready\r\n", 25), Verdict::Yes);
    assert_eq!(ask(b"ehlo x\r\n", b"220 mx\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"EHLO x\r\n", b"", 9999), Verdict::Yes);
    assert_eq!(ask(b"EHLO x", b"", 25), Verdict::Maybe);
    assert_eq!(ask(b"EHLO x\r\n", b"HTTP/1.1 400\r\n", 25), Verdict::No);
    assert_eq!(ask(b"USER x\r\n", b"220 ftp\r\n", 21), Verdict::Maybe);
    assert_eq!(ask(&[0x80; 60], &[0x90; 60], 25), Verdict::No);
    assert_eq!(ask(b"\x16\x03\x01", b"220 x\r\n", 9999), Verdict::Maybe);
}

/// `cargo test -p lynceus-meter seeds_of_smtp -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_smtp() {
    use crate::protocols::fuzzing::tests::write_seed;
    let plain = |parts: Vec<Part>| -> Vec<(bool, Vec<u8>)> {
        parts.into_iter().map(|(o, _, data)| (o, data)).collect()
    };
    write_seed("smtp", "mail", true, &plain(conversation()));
    let chunks = vec![
        part(false, "220 mx\r\n"),
        part(
            true,
            "HELO c\r\nMAIL FROM:<a@x>\r\nBDAT 15\r\nSubject: x\r\n\r\nbBDAT 2 LAST\r\ncd",
        ),
        part(false, "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n"),
        part(true, "AUTH CRAM-MD5\r\n"),
        part(false, "334 PDE+\r\n"),
        part(true, "YW5uYSAwMTIz\r\nSTARTTLS\r\n"),
        part(false, "535 no\r\n220 go\r\n"),
    ];
    write_seed("smtp", "chunks", true, &plain(chunks));
}
