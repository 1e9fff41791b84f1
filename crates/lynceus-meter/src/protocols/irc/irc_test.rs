use super::*;
use crate::protocols::testing::{self, drive, part, rows, Part};

fn conversation() -> Vec<Part> {
    vec![
        part(false, ":irc.x NOTICE AUTH :*** Looking up\r\n"),
        part(true, "PASS secret\r\nNICK bot7\r\nUSER b 0 * :A Bot\r\n"),
        part(
            false,
            ":irc.x 001 bot7 :Welcome\r\n:irc.x 376 bot7 :End\r\n",
        ),
        part(true, "JOIN #c2,#other key\r\n"),
        part(false, "@time=1 :boss!b@h PRIVMSG #c2 :.ddos 10.0.0.1\r\n"),
        part(true, "PRIVMSG #c2 :done secretly\r\nPONG :irc.x\r\n"),
        part(
            false,
            ":boss PRIVMSG bot7 :\u{1}DCC SEND up.exe 1 2 3\u{1}\r\n",
        ),
    ]
}

fn run(parts: &[Part]) -> Vec<IrcEvent> {
    rows!(drive(&mut IrcParser::default(), parts, |_| 4).0, Irc)
}

fn list(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|&item| item.to_owned()).collect())
}

#[test]
fn a_whole_connection() {
    let rows = run(&conversation());
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(row.nick.as_deref(), Some("bot7"));
    assert_eq!(row.user.as_deref(), Some("b"));
    assert_eq!(row.real_name.as_deref(), Some("A Bot"));
    assert_eq!(
        (row.password_seen, row.login_success),
        (Some(true), Some(true))
    );
    assert_eq!(row.server.as_deref(), Some("irc.x"));
    assert_eq!(row.channels, list(&["#c2", "#other"]));
    let commands = ["PASS", "NICK", "USER", "JOIN", "PRIVMSG", "PONG"];
    assert_eq!(row.commands, list(&commands));
    assert_eq!((row.sent, row.received), (Some(1), Some(2)));
    assert_eq!(row.dcc_files, list(&["up.exe"]));
    assert!(!format!("{row:?}").contains("secret"));
    let single: Vec<_> = conversation()
        .iter()
        .flat_map(|(o, _, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
        .collect();
    assert_eq!(run(&single), rows);
    for end in 0..single.len() {
        assert!(run(&single[..end]).len() <= 1);
    }
}

#[test]
fn refused() {
    let rows = run(&[
        part(true, "NICK a\r\nUSER a b c :d\r\n"),
        part(
            false,
            ":irc.x 464 a :Password incorrect\r\nERROR :Closing\r\n",
        ),
    ]);
    assert_eq!(rows[0].login_success, Some(false));
    assert_eq!(rows[0].password_seen, Some(false));
}

#[test]
fn a_bot_of_days_is_told_by_the_hour() {
    let mut parts = conversation();
    parts.extend((0..150).map(|_| part(false, ":boss PRIVMSG #c2 :ping\r\n")));
    let clock = |i: usize| i as i64 * 60_000_000_000;
    let rows = rows!(drive(&mut IrcParser::default(), &parts, clock).0, Irc);
    let received: u32 = rows.iter().filter_map(|r| r.received).sum();
    assert_eq!((rows.len(), received), (3, 152));
    assert_eq!(rows[2].nick.as_deref(), Some("bot7"));
    assert_eq!(rows[2].channels, list(&["#c2", "#other"]));
}

#[test]
fn losses_drop_the_line_they_hit() {
    let mut parts = conversation();
    parts[3] = (true, 9, b"OIN #lost\r\nJOIN #kept\r\n".to_vec());
    assert_eq!(run(&parts)[0].channels, list(&["#kept"]));
}

#[test]
fn probing() {
    let ask = |orig: &str, resp: &str, port| {
        probe(&testing::opening(orig.as_bytes(), resp.as_bytes(), port))
    };
    let login = "NICK a\r\nUSER a b c :d\r\n";
    assert_eq!(ask(login, "", 4444), Verdict::Yes);
    assert_eq!(
        ask("PASS x\r\nNICK a\r\n", ":s 001 a :hi\r\n", 4444),
        Verdict::Yes
    );
    assert_eq!(ask("CAP LS 302\r\n", "", 6667), Verdict::Yes);
    assert_eq!(ask("CAP LS 302\r\n", "", 4444), Verdict::Maybe);
    assert_eq!(ask("", "NOTICE AUTH :*** hi\r\n", 6667), Verdict::Yes);
    assert_eq!(ask("USER anna\r\n", "220 ftp\r\n", 21), Verdict::No);
    assert_eq!(ask("USER anna\r\n", "+OK\r\n", 6667), Verdict::No);
    assert_eq!(
        ask("GET / HTTP/1.1\r\n", "HTTP/1.1 200\r\n", 6667),
        Verdict::No
    );
}

/// `cargo test -p lynceus-meter seeds_of_irc -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_irc() {
    use crate::protocols::fuzzing::tests::write_seed;
    let parts: Vec<_> = conversation().into_iter().map(|(o, _, b)| (o, b)).collect();
    write_seed("irc", "bot", true, &parts);
}
