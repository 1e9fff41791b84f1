//! Telnet: one row a login with its outcome as the words on the screen tell it, or one for a
//! connection without.
//!
//! Rules: recognised by its negotiation. A password is never kept, that one was sent is. Of the
//! screen the last 256 bytes are held. After a login that succeeded, or 64 KiB of screen without
//! one, nothing more is read.

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::lines::contains;
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 23;
/// Bytes of the screen held.
const SCREEN_BYTES: usize = 256;
/// Bytes of the screen after which no login is awaited.
const LOOK_BYTES: usize = 64 * 1024;
/// Bytes kept of a user name.
const USER_BYTES: usize = 64;
/// Interpret as command: what follows is negotiation.
const IAC: u8 = 0xff;

event_table! {
    /// One Telnet login, or a connection without.
    TelnetEvent / TelnetTable = "telnet" {
        /// User named at the prompt.
        user: Option<String>,
        /// A password was sent.
        password_seen: Option<bool>,
        /// Whether the login succeeded.
        auth_success: Option<bool>,
        /// First words of the server.
        banner: Option<String>,
    }
}

/// Telnet over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "telnet",
    probe,
    open: |_| Box::<TelnetParser>::default(),
};

/// Negotiations (WILL, WONT, DO, DONT and an option) that bytes begin with.
fn negotiations(bytes: &[u8]) -> usize {
    let triples = bytes.chunks_exact(3);
    triples
        .take_while(|t| matches!(t, [IAC, 251..=254, 0..=49]))
        .count()
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let (orig, resp) = (negotiations(opening.orig), negotiations(opening.resp));
    let needed = if opening.has_port(PORT) { 1 } else { 3 };
    if orig.saturating_add(resp) >= needed && (resp > 0 || opening.resp.is_empty()) {
        Verdict::Yes
    } else {
        Verdict::Maybe
    }
}

/// Where a side stands between text and negotiation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Negotiating {
    #[default]
    Text,
    Command,
    Option,
    Sub,
    SubCommand,
}

impl Negotiating {
    /// The byte where it is text.
    fn text(&mut self, byte: u8) -> Option<u8> {
        use Negotiating::{Command, Option as Opt, Sub, SubCommand, Text};
        let (next, shown) = match (*self, byte) {
            (Text, IAC) => (Command, None),
            (Text, 0) => (Text, None),
            (Text, byte) => (Text, Some(byte)),
            (Command, 250) => (Sub, None),
            (Command, 251..=254) => (Opt, None),
            (Command | Opt, _) => (Text, None),
            (Sub, IAC) => (SubCommand, None),
            (SubCommand, 240) => (Text, None),
            (Sub | SubCommand, _) => (Sub, None),
        };
        *self = next;
        shown
    }
}

/// What the client is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    User,
    Password,
    /// A password was sent; the screen will tell.
    Outcome,
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct TelnetParser {
    client: Negotiating,
    server: Negotiating,
    screen: Vec<u8>,
    shown: usize,
    typed: Vec<u8>,
    asked: Asked,
    row: TelnetEvent,
    seen: bool,
    told: bool,
    over: bool,
    allowance: Allowance,
}

impl TelnetParser {
    fn client_byte(&mut self, byte: u8, ts_ns: i64) {
        let Some(byte) = self.client.text(byte) else {
            return;
        };
        let entered = matches!(byte, b'\r' | b'\n');
        match self.asked {
            Asked::User if entered && !self.typed.is_empty() => {
                let typed = std::mem::take(&mut self.typed);
                self.row.user = Some(text(&typed, USER_BYTES));
                self.row.ts_ns = ts_ns;
                self.asked = Asked::Nothing;
            }
            Asked::User if matches!(byte, 8 | 127) => {
                self.typed.pop();
            }
            Asked::User if !entered && self.typed.len() < USER_BYTES => self.typed.push(byte),
            Asked::Password if entered => {
                self.row.password_seen = Some(true);
                self.screen.clear();
                self.asked = Asked::Outcome;
            }
            _ => {}
        }
    }

    fn server_bytes(&mut self, data: &[u8], rows: &mut Rows<'_>) {
        for &byte in data {
            if let Some(byte) = self.server.text(byte) {
                self.shown = self.shown.saturating_add(1);
                if self.screen.len() >= SCREEN_BYTES {
                    self.screen.drain(..SCREEN_BYTES / 2);
                }
                self.screen.push(byte);
                if byte == b':' || byte == b'\n' {
                    self.look(rows);
                }
            }
        }
        self.look(rows);
        self.over |= self.shown > LOOK_BYTES;
    }

    /// Reads what stands on the screen.
    fn look(&mut self, rows: &mut Rows<'_>) {
        let screen = self.screen.trim_ascii();
        let ends = |words: &[&[u8]]| {
            words.iter().any(|word| {
                let start = screen.len().checked_sub(word.len());
                let end = start.and_then(|start| screen.get(start..));
                end.is_some_and(|end| end.eq_ignore_ascii_case(word))
            })
        };
        let has = |words: &[&[u8]]| words.iter().any(|word| contains(screen, word));
        let waits = self.asked == Asked::Outcome;
        let lines = self.screen.trim_ascii_start();
        if let (None, Some(end)) = (&self.row.banner, memchr::memchr(b'\n', lines)) {
            let line = lines.get(..end).unwrap_or(lines);
            self.row.banner = Some(text(line.trim_ascii(), SCREEN_BYTES));
        }
        // A system may tell of failures before a login that succeeded.
        let welcome = has(&[b"last login", b"last failed login"]);
        if waits
            && !welcome
            && has(&[
                b"incorrect",
                b"failed",
                b"invalid",
                b"denied",
                b"bad password",
            ])
        {
            self.decide(false, rows);
        } else if waits && (welcome || ends(&[b"$", b"#", b">", b"%"])) {
            self.decide(true, rows);
        } else if ends(&[b"password:"]) {
            if waits {
                self.decide(false, rows);
            }
            self.asked = Asked::Password;
        } else if ends(&[b"login:", b"username:", b"user name:"]) && !ends(&[b"last login:"]) {
            if waits {
                self.decide(false, rows);
            }
            self.typed.clear();
            self.asked = Asked::User;
        }
    }

    fn decide(&mut self, success: bool, rows: &mut Rows<'_>) {
        self.row.auth_success = Some(success);
        self.asked = Asked::Nothing;
        self.screen.clear();
        self.over = success;
        self.tell(rows);
    }

    fn tell(&mut self, rows: &mut Rows<'_>) {
        self.told = true;
        let next = TelnetEvent {
            ts_ns: self.row.ts_ns,
            banner: self.row.banner.clone(),
            ..TelnetEvent::default()
        };
        let row = std::mem::replace(&mut self.row, next);
        rows.tell(Event::Telnet(Box::new(row)));
    }
}

impl Parser for TelnetParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        if !std::mem::replace(&mut self.seen, true) {
            self.row.ts_ns = chunk.ts_ns;
        }
        if chunk.lost_bytes > 0 {
            self.screen.clear();
            self.typed.clear();
            self.client = Negotiating::Text;
            self.server = Negotiating::Text;
        }
        if chunk.from_orig {
            for &byte in chunk.data {
                self.client_byte(byte, chunk.ts_ns);
            }
        } else {
            let mut allowance = std::mem::take(&mut self.allowance);
            self.server_bytes(chunk.data, &mut Rows::new(&mut allowance, out));
            self.allowance = allowance;
        }
        if self.over {
            Progress::Done
        } else {
            Progress::More
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let open = self.row.password_seen.is_some() || self.row.user.is_some();
        if self.seen && (open || !self.told) {
            let mut allowance = std::mem::take(&mut self.allowance);
            self.tell(&mut Rows::new(&mut allowance, out));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive, rows};

    fn run(parts: &[(bool, Vec<u8>)]) -> Vec<TelnetEvent> {
        rows!(drive(&mut TelnetParser::default(), parts, |_| 4).0, Telnet)
    }

    fn conversation() -> Vec<(bool, Vec<u8>)> {
        let parts: [(bool, &[u8]); 14] = [
            (false, b"\xff\xfd\x18\xff\xfd\x1f\xff\xfb\x01"),
            (true, b"\xff\xfb\x18\xff\xfa\x18\0xterm\xff\xf0"),
            (false, b"Debian 9\r\nhost login: "),
            (true, b"rx\x7foot\r\0"),
            (false, b"root\r\nPassword: "),
            (true, b"hunter2\r\0"),
            (false, b"\r\nLogin incorrect\r\nhost login: "),
            (true, b"anna\r\n"),
            (false, b"anna\r\nPassword: "),
            (true, b"secret\r\n"),
            (false, b"\r\nLast login: Mon\r\n"),
            (false, b"anna@host:~$ "),
            (true, b"ls\r\n"),
            (false, b"login: "),
        ];
        parts.iter().map(|(o, d)| (*o, d.to_vec())).collect()
    }

    #[test]
    fn logins() {
        let rows = run(&conversation());
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.user.as_deref(), row.password_seen, row.auth_success))
            .collect();
        let expected = [
            (Some("root"), Some(true), Some(false)),
            (Some("anna"), Some(true), Some(true)),
        ];
        assert_eq!(told, expected);
        assert_eq!(rows[0].banner.as_deref(), Some("Debian 9"));
        let all = format!("{rows:?}");
        assert!(!all.contains("secret") && !all.contains("hunter2"));
    }

    #[test]
    fn byte_by_byte_and_cut_anywhere() {
        let parts = conversation();
        let singly: Vec<_> = parts
            .iter()
            .flat_map(|(o, data)| data.chunks(1).map(|byte| (*o, byte.to_vec())))
            .collect();
        assert_eq!(run(&singly), run(&parts));
        for cut in 1..singly.len() {
            assert!(!run(&singly[..cut]).is_empty());
        }
    }

    #[test]
    fn probing() {
        let ask =
            |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
        assert_eq!(ask(b"", b"\xff\xfd\x18", 23), Verdict::Yes);
        assert_eq!(ask(b"", b"\xff\xfd\x18", 2323), Verdict::Maybe);
        assert_eq!(ask(b"", &conversation()[0].1, 2323), Verdict::Yes);
        assert_eq!(ask(&[0xff; 60], &[0xff; 60], 23), Verdict::Maybe);
        assert_eq!(ask(b"", b"login: ", 23), Verdict::Maybe);
    }

    /// `cargo test -p lynceus-meter seeds_of_telnet -- --ignored` writes the seeds anew.
    #[test]
    #[ignore = "writes files; run by hand when the seeds change"]
    fn seeds_of_telnet() {
        use crate::protocols::fuzzing::tests::write_seed;
        write_seed("telnet", "logins", true, &conversation());
    }
}
