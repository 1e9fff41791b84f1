//! POP3: one row a refused login, and one for the connection when it ends.
//!
//! Rules: the side that greets is the server. Passwords are never kept, that one was sent is; mails
//! are passed over. At most 64 commands wait for their answers. When the server grants STLS, what
//! follows is handed over.

use std::collections::VecDeque;

use super::columns::event_table;
use super::lines::{begins, contains, split_word, Lines};
use super::mailbox::{self, Answer, Connection, Login, Mailbox, REPLY_CHARS};
use super::sasl::{Sasl, USER_CHARS};
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the protocol in the clear.
const PORT: u16 = 110;
/// Bytes kept of a line.
const LINE_BYTES: usize = 2048;
/// Commands that may wait for their answers.
const PENDING: usize = 64;

event_table! {
    /// One POP3 connection, or one refused login of it.
    Pop3Event / Pop3Table = "pop3" {
        /// User of the login.
        user: Option<String>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// USER, APOP or the SASL mechanism.
        auth_mechanism: Option<String>,
        /// Whether the login succeeded.
        auth_success: Option<bool>,
        /// What the server said to the login.
        auth_reply: Option<String>,
        /// What the server greets with.
        server: Option<String>,
        /// Mails fetched.
        retrieved: Option<u32>,
        /// Mails deleted.
        deleted: Option<u32>,
        /// The connection turned to TLS.
        tls: Option<bool>,
    }
}

/// POP3 over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "pop3",
    probe,
    open: |opening| {
        Box::new(Pop3Parser {
            connection: Connection::new(greets(opening.orig)),
            ..Pop3Parser::default()
        })
    },
};

fn greets(bytes: &[u8]) -> bool {
    bytes.starts_with(b"+OK") && matches!(bytes.get(3), Some(b' ' | b'\r' | b'\n'))
}

fn probe(opening: &Opening<'_>) -> Verdict {
    const WORDS: [&[u8]; 4] = [b"USER ", b"CAPA\r", b"STLS\r", b"APOP "];
    let (client, server) = if greets(opening.orig) {
        (opening.resp, opening.orig)
    } else {
        (opening.orig, opening.resp)
    };
    let on_port = opening.has_port(PORT);
    let asks = WORDS.iter().any(|word| begins(client, word));
    let fits = if client.is_empty() {
        greets(server) && (on_port || contains(server.get(..80).unwrap_or(server), b"POP"))
    } else if server.is_empty() {
        on_port && asks && client.contains(&b'\n')
    } else {
        greets(server) && (asks || (on_port && begins(client, b"AUTH")))
    };
    match (fits, server.is_empty() || greets(server)) {
        (true, _) => Verdict::Yes,
        (false, true) => Verdict::Maybe,
        (false, false) => Verdict::No,
    }
}

/// A command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Login,
    Stls,
    Dele,
    Retr,
    /// The answer has several lines.
    Many,
    Other,
}

/// The parser of one connection.
#[derive(Debug)]
struct Pop3Parser {
    connection: Connection,
    client: Lines,
    server: Lines,
    row: Pop3Event,
    user: Option<String>,
    pending: VecDeque<Pending>,
    /// The server sends an answer of several lines; some of it may be missing.
    many: bool,
    many_lost: bool,
}

impl Default for Pop3Parser {
    fn default() -> Self {
        Pop3Parser {
            connection: Connection::default(),
            client: Lines::new(LINE_BYTES),
            server: Lines::new(LINE_BYTES),
            row: Pop3Event::default(),
            user: None,
            pending: VecDeque::new(),
            many: false,
            many_lost: false,
        }
    }
}

/// Commands that without an argument have an answer of several lines.
fn lists(word: &[u8]) -> bool {
    [&b"CAPA"[..], b"AUTH", b"LIST", b"UIDL"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

fn grow(counter: &mut Option<u32>) {
    *counter = Some(counter.unwrap_or(0).saturating_add(1));
}

impl Pop3Parser {
    fn command(&mut self, line: &[u8], ts_ns: i64) {
        if self.many_lost {
            // The client has its answer: the end of it was lost.
            (self.many, self.many_lost) = (false, false);
        }
        if let Some(sasl) = &mut self.connection.sasl {
            if !line.trim_ascii().contains(&b' ') {
                sasl.response(line);
                return;
            }
            self.connection.learn();
        }
        let (word, argument) = split_word(line);
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        let pending = if is(b"USER") {
            self.user = Some(text(argument, USER_CHARS));
            Pending::Other
        } else if is(b"PASS") {
            let mut login = Login::by(ts_ns, "USER", self.user.clone());
            login.password_seen = true;
            self.connection.login = Some(login);
            Pending::Login
        } else if is(b"APOP") {
            let user = text(split_word(argument).0, USER_CHARS);
            self.connection.login = Some(Login::by(ts_ns, "APOP", Some(user)));
            Pending::Login
        } else if is(b"AUTH") && !argument.is_empty() {
            let (mechanism, initial) = split_word(argument);
            self.connection.sasl = Some(Sasl::begin(mechanism, initial));
            self.connection.login = Some(Login::by(ts_ns, "", None));
            Pending::Login
        } else if is(b"STLS") {
            Pending::Stls
        } else if is(b"DELE") {
            Pending::Dele
        } else if is(b"RETR") {
            Pending::Retr
        } else if is(b"TOP") || (argument.is_empty() && lists(word)) {
            Pending::Many
        } else {
            Pending::Other
        };
        if self.pending.len() < PENDING {
            self.pending.push_back(pending);
        }
    }

    fn answer(&mut self, line: &[u8], ts_ns: i64) -> Answer {
        if self.many {
            self.many = line != b".";
            return Answer::Other;
        }
        let (granted, said) = match (line.strip_prefix(b"+OK"), line.strip_prefix(b"-ERR")) {
            (Some(said), _) => (true, said),
            (_, Some(said)) => (false, said),
            _ => return Answer::Other,
        };
        if self.row.server.is_none() {
            let greeting = text(said.trim_ascii(), REPLY_CHARS);
            if self.pending.is_empty() {
                self.row.server = Some(greeting);
                return Answer::Other;
            }
        }
        match self.pending.pop_front() {
            Some(Pending::Login) => return self.connection.decide(granted, said, ts_ns),
            Some(Pending::Stls) if granted => {
                self.row.tls = Some(true);
                return Answer::Tls;
            }
            Some(Pending::Dele) if granted => grow(&mut self.row.deleted),
            Some(Pending::Retr) if granted => {
                grow(&mut self.row.retrieved);
                self.many = true;
            }
            Some(Pending::Many) => self.many = granted,
            _ => {}
        }
        Answer::Other
    }
}

impl Mailbox for Pop3Parser {
    fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    fn begin(&mut self, ts_ns: i64) {
        self.row.ts_ns = ts_ns;
    }

    fn lose(&mut self, from_server: bool, bytes: u64) {
        if !from_server {
            self.client.lose(bytes);
        } else if bytes > 0 {
            self.server.lose(bytes);
            self.connection.sasl = None;
            self.many_lost = self.many;
            self.pending.clear();
        }
    }

    fn client_is_at_start(&self) -> bool {
        self.client.is_at_start()
    }

    fn client_line(&mut self, data: &mut &[u8], ts_ns: i64) -> bool {
        let line = self.client.next(data);
        if let Some(line) = &line {
            self.command(line, ts_ns);
        }
        line.is_some()
    }

    fn server_line(&mut self, data: &mut &[u8], ts_ns: i64) -> Option<Answer> {
        let line = self.server.next(data)?;
        Some(self.answer(&line, ts_ns))
    }

    fn row(&mut self, login: Option<Login>) -> Event {
        let mut row = self.row.clone();
        if let Some(login) = login {
            row.ts_ns = login.ts_ns;
            row.user = login.user;
            row.password_seen = Some(login.password_seen);
            row.auth_mechanism = login.mechanism.filter(|name| !name.is_empty());
            row.auth_success = login.success;
            row.auth_reply = login.reply;
        } else {
            row.user = self.user.clone();
        }
        Event::Pop3(Box::new(row))
    }
}

impl Parser for Pop3Parser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        mailbox::read(self, chunk, out)
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        mailbox::finish(self, out);
    }
}

#[cfg(test)]
#[path = "pop3/pop3_test.rs"]
mod tests;
