use super::*;
use crate::protocols::testing::{self, drive, part, rows, Part};

fn run_on(parts: &[Part]) -> (Vec<FtpEvent>, Progress) {
    let (events, progress) = drive(&mut FtpParser::new(false), parts, |_| 4);
    (rows!(events, Ftp), progress)
}

fn conversation() -> Vec<Part> {
    let exchanges = [
        ("", "220-hi\r\n220 FTP ready\r\n"),
        ("USER anna\r\n", "331 password\r\n"),
        ("PASS secret\r\n", "530 no\r\n"),
        ("USER anna\r\n", "331 password\r\n"),
        ("PASS Secret2\r\n", "230 welcome\r\n"),
        ("SYST\r\n", "215 UNIX\r\n"),
        ("CWD /up\r\n", "250 ok\r\n"),
        ("SITE CHPASSWD a b\r\n", "200 ok\r\n"),
        ("PASV\r\n", "227 Passive (10,0,0,9,4,210)\r\n"),
        ("RETR f.bin\r\n", "150 Opening (77 bytes)\r\n226 done\r\n"),
        (
            "PORT 10,0,0,1,0,80\r\nSTOR g\r\n",
            "200 ok\r\n550 denied\r\n",
        ),
        ("QUIT\r\n", "221 bye\r\n"),
    ];
    let mut parts = Vec::new();
    for (asked, answered) in exchanges {
        parts.push(part(true, asked));
        parts.push(part(false, answered));
    }
    parts.retain(|p| !p.2.is_empty());
    parts
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

#[test]
fn a_whole_conversation() {
    let (rows, _) = run_on(&conversation());
    let commands: Vec<_> = rows
        .iter()
        .map(|row| (row.command.as_deref().unwrap_or("-"), row.reply_code))
        .collect();
    let expected = [
        ("PASS", Some(530)),
        ("PASS", Some(230)),
        ("CWD", Some(250)),
        ("SITE", Some(200)),
        ("PASV", Some(227)),
        ("RETR", Some(226)),
        ("PORT", Some(200)),
        ("STOR", Some(550)),
    ];
    assert_eq!(commands, expected);
    assert!(rows.iter().all(|row| text(&row.user) == "anna"));
    assert_eq!(
        (rows[0].auth_success, rows[0].password_seen),
        (Some(false), Some(true))
    );
    assert_eq!(rows[1].auth_success, Some(true));
    assert_eq!(text(&rows[3].arg), "CHPASSWD");
    assert_eq!(text(&rows[4].data_channel_resp_h), "10.0.0.9");
    assert_eq!(
        (rows[4].data_channel_resp_p, rows[4].data_channel_passive),
        (Some(1234), Some(true))
    );
    assert_eq!((text(&rows[5].arg), text(&rows[5].cwd)), ("f.bin", "/up"));
    assert_eq!(rows[5].file_size_bytes, Some(77));
    assert_eq!(
        (rows[6].data_channel_resp_p, rows[6].data_channel_passive),
        (Some(80), Some(false))
    );
    let all = format!("{rows:?}").to_ascii_lowercase();
    assert!(!all.contains("secret") && !all.contains("a b"));
}

#[test]
fn byte_by_byte_and_cut_anywhere() {
    testing::cut_anywhere_and_lossy(&conversation(), |parts| run_on(parts).0);
}

#[test]
fn tls_follows() {
    let mut parts = conversation();
    parts.truncate(1);
    parts.push(part(true, "AUTH TLS\r\n"));
    parts.push(part(false, "234 go\r\nX"));
    let (rows, progress) = run_on(&parts);
    assert_eq!(progress, Progress::Handover(8));
    assert_eq!(
        (rows[0].command.as_deref(), text(&rows[0].arg)),
        (Some("AUTH"), "TLS")
    );
}

#[test]
fn a_banner_alone() {
    let (rows, _) = run_on(&conversation()[..1]);
    assert_eq!(
        (rows.len(), rows[0].reply_code, text(&rows[0].reply_msg)),
        (1, Some(220), "hi")
    );
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    assert_eq!(ask(b"", b"220 (vsFTPd 3.0.3)\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"", b"220 ready\r\n", 9999), Verdict::Maybe);
    assert_eq!(ask(b"", b"220 ready\r\n", 21), Verdict::Yes);
    assert_eq!(ask(b"USER x\r\n", b"220 ready\r\n", 9999), Verdict::Yes);
    assert_eq!(ask(b"EHLO x\r\n", b"220 ready\r\n", 9999), Verdict::Maybe);
    assert_eq!(ask(b"USER x\r\n", b"+OK\r\n", 21), Verdict::No);
    assert_eq!(ask(&[0x80; 60], &[0x90; 60], 21), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_ftp -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_ftp() {
    use crate::protocols::fuzzing::tests::write_seed;
    let parts = conversation().into_iter().map(|(o, _, data)| (o, data));
    write_seed("ftp", "files", true, &parts.collect::<Vec<_>>());
}
