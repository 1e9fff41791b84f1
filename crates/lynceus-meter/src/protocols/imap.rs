//! IMAP: one row a refused login, and one for the connection when it ends.
//!
//! Rules: the side that greets is the server. Passwords are never kept, that one was sent is; what
//! literals hold is passed over, a user name but. When the server grants STARTTLS, what follows is
//! handed over.

mod side;

use super::columns::event_table;
use super::lines::{begins, contains, split_word};
use super::mailbox::{self, Answer, Connection, Login, Mailbox, REPLY_CHARS};
use super::sasl::{Sasl, USER_CHARS};
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use side::{astring, Command, Side};

/// Port of the protocol in the clear.
const PORT: u16 = 143;
/// Mailboxes kept of a connection.
const MAILBOXES: usize = 32;
/// Characters kept of a mailbox.
const MAILBOX_CHARS: usize = 256;

event_table! {
    /// One IMAP connection, or one refused login of it.
    ImapEvent / ImapTable = "imap" {
        /// User of the login.
        user: Option<String>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// LOGIN or the SASL mechanism.
        auth_mechanism: Option<String>,
        /// Whether the login succeeded.
        auth_success: Option<bool>,
        /// What the server said to the login.
        auth_reply: Option<String>,
        /// What the server greets with.
        server: Option<String>,
        /// Mailboxes opened.
        mailboxes: Option<Vec<String>>,
        /// The connection turned to TLS.
        tls: Option<bool>,
    }
}

/// IMAP over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "imap",
    probe,
    open: |opening| {
        Box::new(ImapParser {
            connection: Connection::new(greets(opening.orig)),
            ..ImapParser::default()
        })
    },
};

fn greets(bytes: &[u8]) -> bool {
    [&b"* OK"[..], b"* PREAUTH", b"* BYE"]
        .iter()
        .any(|word| begins(bytes, word))
}

/// A tag and a command that clients begin with.
fn asks(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [
        b"CAPABILITY",
        b"LOGIN",
        b"AUTHENTICATE",
        b"STARTTLS",
        b"ID",
        b"LOGOUT",
        b"NOOP",
    ];
    let Some(end) = memchr::memchr(b'\n', bytes.get(..256).unwrap_or(bytes)) else {
        return false;
    };
    let (tag, rest) = split_word(bytes.get(..end).unwrap_or(&[]));
    let (command, _) = split_word(rest);
    tag.len() <= 32 && WORDS.iter().any(|word| command.eq_ignore_ascii_case(word))
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let (client, server) = if greets(opening.orig) {
        (opening.resp, opening.orig)
    } else {
        (opening.orig, opening.resp)
    };
    let on_port = opening.has_port(PORT);
    let fits = if server.is_empty() {
        on_port && asks(client)
    } else {
        let named = || contains(server.get(..256).unwrap_or(server), b"IMAP");
        greets(server) && ((client.is_empty() && on_port) || named() || asks(client))
    };
    match (fits, server.is_empty() || greets(server)) {
        (true, _) => Verdict::Yes,
        (false, true) => Verdict::Maybe,
        (false, false) => Verdict::No,
    }
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct ImapParser {
    connection: Connection,
    client: Side,
    server: Side,
    row: ImapEvent,
    login_tag: Vec<u8>,
    tls_tag: Vec<u8>,
}

impl ImapParser {
    fn client_line_read(&mut self, line: &[u8], ts_ns: i64) {
        if let Some(sasl) = &mut self.connection.sasl {
            if !line.trim_ascii().contains(&b' ') {
                sasl.response(line);
                return;
            }
            self.connection.learn();
        }
        match self.client.command(line) {
            Some(Command::User(user)) => {
                if let Some(login) = &mut self.connection.login {
                    login.user = Some(text(&user, USER_CHARS));
                    login.password_seen = true;
                }
            }
            Some(Command::Line { tag, word, rest }) => self.command(tag, word, rest, ts_ns),
            None => {}
        }
    }

    fn command(&mut self, tag: &[u8], word: &[u8], rest: &[u8], ts_ns: i64) {
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        if is(b"LOGIN") {
            let user = astring(rest);
            let mut login = Login::by(ts_ns, "LOGIN", None);
            login.password_seen = user.is_some();
            login.user = user.map(|user| text(&user, USER_CHARS));
            self.connection.login = Some(login);
            self.login_tag = tag.to_vec();
        } else if is(b"AUTHENTICATE") {
            let (mechanism, initial) = split_word(rest);
            self.connection.sasl = Some(Sasl::begin(mechanism, initial));
            self.connection.login = Some(Login::by(ts_ns, "", None));
            self.login_tag = tag.to_vec();
        } else if is(b"STARTTLS") {
            self.tls_tag = tag.to_vec();
        } else if is(b"SELECT") || is(b"EXAMINE") {
            if let Some(name) = astring(rest) {
                let name = text(&name, MAILBOX_CHARS);
                let mailboxes = self.row.mailboxes.get_or_insert_with(Vec::new);
                if mailboxes.len() < MAILBOXES && !mailboxes.contains(&name) {
                    mailboxes.push(name);
                }
            }
        }
    }

    fn answer(&mut self, line: &[u8], ts_ns: i64) -> Answer {
        let (tag, rest) = split_word(line);
        let (state, said) = split_word(rest);
        if tag == b"*" {
            if self.row.server.is_none() && greets(line) {
                self.row.server = Some(text(said, REPLY_CHARS));
            }
            return Answer::Other;
        }
        let granted = state.eq_ignore_ascii_case(b"OK");
        let decided =
            granted || state.eq_ignore_ascii_case(b"NO") || state.eq_ignore_ascii_case(b"BAD");
        if !decided || tag.is_empty() {
            return Answer::Other;
        }
        if tag == self.tls_tag.as_slice() {
            self.tls_tag.clear();
            if granted {
                self.row.tls = Some(true);
                return Answer::Tls;
            }
        } else if tag == self.login_tag.as_slice() {
            self.login_tag.clear();
            return self.connection.decide(granted, said, ts_ns);
        }
        Answer::Other
    }
}

impl Mailbox for ImapParser {
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
        }
    }

    fn client_is_at_start(&self) -> bool {
        self.client.is_at_start()
    }

    fn client_line(&mut self, data: &mut &[u8], ts_ns: i64) -> bool {
        let line = self.client.next(data);
        if let Some(line) = &line {
            self.client_line_read(line, ts_ns);
        }
        line.is_some()
    }

    fn server_line(&mut self, data: &mut &[u8], ts_ns: i64) -> Option<Answer> {
        let line = self.server.next(data)?;
        self.server.pass_literal(&line);
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
        }
        Event::Imap(Box::new(row))
    }
}

impl Parser for ImapParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        mailbox::read(self, chunk, out)
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        mailbox::finish(self, out);
    }
}

#[cfg(test)]
#[path = "imap/imap_test.rs"]
mod tests;
