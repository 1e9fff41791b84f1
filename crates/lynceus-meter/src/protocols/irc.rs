//! IRC over TCP (RFC 1459, 2812): one row a connection, told when it ends and anew for each hour
//! that it lasts.
//!
//! Rules: who says NICK or USER is the client. A password is never kept, that one was sent is; of
//! messages their number and places alone. At most [`CHANNELS`] channels and [`COMMANDS`] kinds of
//! commands are kept of a row. A connection is recognised by how it begins.

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::lines::{begins, split_word, Lines};
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Bytes kept of a line; the standard allows 512, tags before it more.
const LINE_BYTES: usize = 2048;
/// Characters kept of a name.
const NAME_CHARS: usize = 200;
/// Channels kept of a row.
const CHANNELS: usize = 64;
/// Kinds of commands kept of a row.
const COMMANDS: usize = 32;
/// Bytes within which a connection shows what it is.
const PROBE_BYTES: usize = 512;

event_table! {
    /// One IRC connection.
    IrcEvent / IrcTable = "irc" {
        /// Name the client goes by.
        nick: Option<String>,
        /// User name of the login.
        user: Option<String>,
        /// Real name of the login.
        real_name: Option<String>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// Whether the server welcomed the client.
        login_success: Option<bool>,
        /// Name of the server.
        server: Option<String>,
        /// Channels the client joined.
        channels: Option<Vec<String>>,
        /// Commands the client sent.
        commands: Option<Vec<String>>,
        /// Messages the client sent.
        sent: Option<u32>,
        /// Messages the client was sent.
        received: Option<u32>,
        /// Files offered by DCC.
        dcc_files: Option<Vec<String>>,
    }
}

/// IRC over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "irc",
    probe,
    open: |opening| {
        Box::new(IrcParser {
            server_is_orig: is_server(opening.orig) && !is_client(opening.orig),
            ..IrcParser::default()
        })
    },
};

fn has_port(opening: &Opening<'_>) -> bool {
    let is_own = |port| matches!(port, 194 | 6660..=6669 | 7000);
    is_own(opening.orig_p) || is_own(opening.resp_p)
}

/// First words of a client, each with what must follow.
fn is_client(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').take(4);
    lines.any(|line| {
        let (word, rest) = split_word(line);
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        match rest.first() {
            Some(first) if is(b"NICK") => {
                first.is_ascii_alphabetic() || b"[]\\`_^{|}:".contains(first)
            }
            Some(_) if is(b"USER") => is_user(rest),
            Some(_) if is(b"CAP") => begins(rest, b"LS") || begins(rest, b"REQ"),
            _ => false,
        }
    })
}

/// User, two words that are hardly used, and a real name, unlike USER of mail and files.
fn is_user(rest: &[u8]) -> bool {
    rest.split(|b| *b == b' ').filter(|w| !w.is_empty()).count() >= 4
}

/// A numeric reply or notice of a server.
fn is_server(bytes: &[u8]) -> bool {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or(bytes);
    let (first, rest) = split_word(line);
    let (word, rest) = match first {
        [b':', ..] => split_word(rest),
        _ => (first, rest),
    };
    let numeric = first.starts_with(b":") && word.len() == 3 && word.iter().all(u8::is_ascii_digit);
    let notice = word == b"NOTICE" && (rest.starts_with(b"AUTH") || rest.starts_with(b"*"));
    numeric || notice || (word == b"PING" && !rest.is_empty())
}

/// What nothing but lines of this protocol and a few like it begins with. Asked first, as it is
/// cheap.
fn begins_line(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 7] = [
        b":", b"NICK ", b"USER ", b"PASS ", b"CAP ", b"NOTICE ", b"PING ",
    ];
    STARTS.iter().any(|start| begins(bytes, start))
}

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    if !sides.iter().any(|bytes| begins_line(bytes)) {
        return Verdict::No;
    }
    let [orig, resp] = sides.map(|bytes| bytes.get(..PROBE_BYTES).unwrap_or(bytes));
    let client = is_client(orig) || is_client(resp);
    let server = is_server(orig) || is_server(resp);
    let whole_line = |bytes: &[u8]| bytes.contains(&b'\n');
    let login = |bytes: &[u8]| {
        let says = |word: &[u8]| bytes.split(|b| *b == b'\n').any(|line| begins(line, word));
        is_client(bytes) && says(b"NICK ") && says(b"USER ")
    };
    if (client && server) || login(orig) || login(resp) {
        return Verdict::Yes;
    }
    let on_port = has_port(opening) && (client || server) && (whole_line(orig) || whole_line(resp));
    if on_port {
        Verdict::Yes
    } else if client || server {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

/// The parser of one connection.
#[derive(Debug)]
struct IrcParser {
    server_is_orig: bool,
    client: Lines,
    server: Lines,
    row: Option<IrcEvent>,
}

impl Default for IrcParser {
    fn default() -> Self {
        IrcParser {
            server_is_orig: false,
            client: Lines::new(LINE_BYTES),
            server: Lines::new(LINE_BYTES),
            row: None,
        }
    }
}

/// A message: who it comes from, its command, its parameters.
struct Message<'a> {
    prefix: Option<&'a [u8]>,
    command: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(line: &'a [u8]) -> Message<'a> {
        let (mut word, mut rest) = split_word(line);
        if word.starts_with(b"@") {
            (word, rest) = split_word(rest);
        }
        let prefix = word.strip_prefix(b":");
        if prefix.is_some() {
            (word, rest) = split_word(rest);
        }
        Message {
            prefix,
            command: word,
            rest,
        }
    }

    /// The parameter of a number, from 0; a last one may hold spaces.
    fn parameter(&self, number: usize) -> Option<&'a [u8]> {
        let mut rest = self.rest;
        for _ in 0..number {
            if rest.starts_with(b":") {
                return None;
            }
            rest = split_word(rest).1;
        }
        let parameter = rest
            .strip_prefix(b":")
            .unwrap_or_else(|| split_word(rest).0);
        (!parameter.is_empty()).then_some(parameter)
    }
}

fn add(list: &mut Option<Vec<String>>, limit: usize, item: String) {
    let list = list.get_or_insert_with(Vec::new);
    if list.len() < limit && !list.contains(&item) {
        list.push(item);
    }
}

fn count(counter: &mut Option<u32>) {
    *counter = Some(counter.unwrap_or(0).saturating_add(1));
}

fn name(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| text(bytes, NAME_CHARS))
}

/// The file that a message offers by DCC.
fn offered_file(message: &Message<'_>) -> Option<String> {
    let said = message.parameter(1)?.strip_prefix(b"\x01DCC SEND ")?;
    name(Some(split_word(said).0))
}

impl IrcParser {
    /// The row that is gathered, a new one when the last has lasted long enough.
    fn row(&mut self, ts_ns: i64, out: &mut Vec<Event>) -> &mut IrcEvent {
        let old = self
            .row
            .take_if(|row| ts_ns.saturating_sub(row.ts_ns) > ROW_NS);
        let next = IrcEvent {
            ts_ns,
            password_seen: Some(false),
            channels: Some(Vec::new()),
            commands: Some(Vec::new()),
            sent: Some(0),
            received: Some(0),
            dcc_files: Some(Vec::new()),
            ..IrcEvent::default()
        };
        if let Some(old) = old {
            self.row = Some(IrcEvent {
                nick: old.nick.clone(),
                user: old.user.clone(),
                real_name: old.real_name.clone(),
                password_seen: old.password_seen,
                login_success: old.login_success,
                server: old.server.clone(),
                channels: old.channels.clone(),
                ..next
            });
            out.push(Event::Irc(Box::new(old)));
            return self.row.get_or_insert_default();
        }
        self.row.get_or_insert(next)
    }

    fn client_line(&mut self, line: &[u8], ts_ns: i64, out: &mut Vec<Event>) {
        let message = Message::read(line);
        let is = |other: &[u8]| message.command.eq_ignore_ascii_case(other);
        let row = self.row(ts_ns, out);
        if message.command.is_empty() || !message.command.iter().all(u8::is_ascii_alphabetic) {
            return;
        }
        let command = text(message.command, 16).to_ascii_uppercase();
        add(&mut row.commands, COMMANDS, command);
        if is(b"NICK") {
            row.nick = name(message.parameter(0));
        } else if is(b"USER") {
            row.user = name(message.parameter(0));
            row.real_name = name(message.parameter(3));
        } else if is(b"PASS") || is(b"OPER") || is(b"AUTHENTICATE") {
            row.password_seen = Some(true);
        } else if is(b"JOIN") {
            let channels = message.parameter(0).unwrap_or(&[]);
            for channel in channels.split(|b| *b == b',').filter(|c| !c.is_empty()) {
                add(&mut row.channels, CHANNELS, text(channel, NAME_CHARS));
            }
        } else if is(b"PRIVMSG") || is(b"NOTICE") {
            count(&mut row.sent);
            if let Some(file) = offered_file(&message) {
                add(&mut row.dcc_files, CHANNELS, file);
            }
        }
    }

    fn server_line(&mut self, line: &[u8], ts_ns: i64, out: &mut Vec<Event>) {
        let message = Message::read(line);
        let row = self.row(ts_ns, out);
        match message.command {
            b"001" => {
                row.login_success = Some(true);
                row.server = name(message.prefix);
            }
            // Banned, wrong password, or the connection is closed before it began.
            b"464" | b"465" => row.login_success = Some(false),
            b"ERROR" if row.login_success.is_none() => row.login_success = Some(false),
            b"PRIVMSG" => {
                count(&mut row.received);
                if let Some(file) = offered_file(&message) {
                    add(&mut row.dcc_files, CHANNELS, file);
                }
            }
            _ => {}
        }
    }
}

impl Parser for IrcParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let from_server = chunk.from_orig == self.server_is_orig;
        let mut data = chunk.data;
        let mut first = true;
        loop {
            let lines = match from_server {
                true => &mut self.server,
                false => &mut self.client,
            };
            if std::mem::take(&mut first) {
                lines.lose(chunk.lost_bytes);
            }
            let Some(line) = lines.next(&mut data) else {
                return Progress::More;
            };
            match from_server {
                true => self.server_line(&line, chunk.ts_ns, out),
                false => self.client_line(&line, chunk.ts_ns, out),
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if let Some(row) = self.row.take() {
            out.push(Event::Irc(Box::new(row)));
        }
    }
}

#[cfg(test)]
#[path = "irc/irc_test.rs"]
mod tests;
