//! SMTP and LMTP: one row a message, one a refused login, and one for a connection without either.
//!
//! Rules: the side that says hello is the client. Passwords are never kept, that one was sent is.
//! Of a message its head is read and its bytes are counted. At most 64 commands wait for their
//! replies. After a loss, replies are taken for those of the commands that still come. When the
//! server grants STARTTLS, what follows is handed over.

mod message;
mod state;

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::lines::{begins, code, contains, Lines, Replies};
use super::stream::Chunk;
use super::tls::begins_client_hello;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use state::{Reading, State};

/// Ports of the protocol in the clear.
const PORTS: [u16; 3] = [25, 587, 2525];
/// Bytes kept of a line.
const LINE_BYTES: usize = 4096;

event_table! {
    /// One mail sent by SMTP, or a login or connection without one.
    SmtpEvent / SmtpTable = "smtp" {
        /// Number of the message in its connection, from 1.
        trans_depth: Option<u32>,
        /// Name the client says hello with.
        helo: Option<String>,
        /// Sender of the envelope.
        mailfrom: Option<String>,
        /// Receivers of the envelope.
        rcptto: Option<Vec<String>>,
        /// Receivers the server refused.
        rejected_rcpts: Option<u32>,
        /// Date header.
        date: Option<String>,
        /// From header.
        from: Option<String>,
        /// To header.
        to: Option<Vec<String>>,
        /// Cc header.
        cc: Option<Vec<String>>,
        /// Reply-To header.
        reply_to: Option<String>,
        /// Message-ID header.
        msg_id: Option<String>,
        /// Subject header.
        subject: Option<String>,
        /// X-Originating-IP header.
        x_originating_ip: Option<String>,
        /// User-Agent or X-Mailer header.
        user_agent: Option<String>,
        /// Bytes of the message.
        message_bytes: Option<u64>,
        /// What the server said last.
        last_reply: Option<String>,
        /// SASL mechanism of the login.
        auth_mechanism: Option<String>,
        /// User of the login.
        username: Option<String>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// Whether the login succeeded.
        auth_success: Option<bool>,
        /// The connection turned to TLS.
        tls: Option<bool>,
    }
}

/// SMTP over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "smtp",
    probe,
    open: |opening| Box::new(SmtpParser::new(is_server(opening.orig))),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let (client, server) = if is_server(opening.orig) {
        (opening.resp, opening.orig)
    } else {
        (opening.orig, opening.resp)
    };
    let on_port = PORTS.iter().any(|port| opening.has_port(*port));
    let greets = is_server(server);
    let fits = match client {
        [] => greets && (on_port || contains(first_line(server), b"SMTP")),
        _ if says_hello(client) => server.is_empty() || greets,
        _ => on_port && greets && commands(client),
    };
    let open = client.is_empty() || server.is_empty() || greets;
    match (fits, open) {
        (true, _) => Verdict::Yes,
        (false, true) => Verdict::Maybe,
        (false, false) => Verdict::No,
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(0);
    bytes.get(..end).unwrap_or(&[])
}

/// Bytes begin as a server does, with a whole line: ready, or unwilling.
fn is_server(bytes: &[u8]) -> bool {
    let begins =
        bytes.starts_with(b"220") || bytes.starts_with(b"554") || bytes.starts_with(b"421");
    begins && memchr::memchr(b'\n', bytes).is_some() && code(first_line(bytes)).is_some()
}

fn says_hello(bytes: &[u8]) -> bool {
    let hello = [&b"EHLO "[..], b"HELO ", b"LHLO "]
        .iter()
        .any(|word| begins(bytes, word));
    let line = if hello { first_line(bytes) } else { &[] };
    !line.is_empty() && line.iter().all(|b| *b >= b' ' || *b == b'\r')
}

fn commands(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 10] = [
        b"EHLO",
        b"HELO",
        b"MAIL",
        b"RCPT",
        b"QUIT",
        b"NOOP",
        b"RSET",
        b"VRFY",
        b"AUTH",
        b"STARTTLS",
    ];
    let line = first_line(bytes);
    WORDS.iter().any(|word| begins(line, word))
}

/// The parser of one connection.
#[derive(Debug)]
struct SmtpParser {
    server_is_orig: bool,
    talk: Talk,
    allowance: Allowance,
}

/// Both sides of one connection.
#[derive(Debug)]
struct Talk {
    client: Lines,
    server: Replies,
    state: State,
    /// Bytes of the line of a message that has begun.
    line_bytes: u64,
    /// Bytes of the message being sent are missing, perhaps its end.
    message_lost: bool,
}

impl SmtpParser {
    fn new(server_is_orig: bool) -> Self {
        SmtpParser {
            server_is_orig,
            talk: Talk {
                client: Lines::new(LINE_BYTES),
                server: Replies::default(),
                state: State::default(),
                line_bytes: 0,
                message_lost: false,
            },
            allowance: Allowance::default(),
        }
    }
}

impl Talk {
    fn client_bytes(&mut self, chunk: &Chunk<'_>, rows: &mut Rows<'_>) -> Progress {
        let mut data = chunk.data;
        if chunk.lost_bytes > 0 {
            self.lose(chunk.lost_bytes, rows);
        }
        while !data.is_empty() {
            if let Reading::Chunk(left, last) = self.state.reading {
                self.chunk(left, last, &mut data, rows);
                continue;
            }
            if self.client.is_at_start() && begins_client_hello(data) {
                return Progress::Handover(chunk.data.len().saturating_sub(data.len()));
            }
            let before = data.len();
            let line = self.client.next(&mut data);
            let taken = before.saturating_sub(data.len()) as u64;
            self.line_bytes = self.line_bytes.saturating_add(taken);
            if self.state.reading == Reading::Commands {
                if let Some(line) = line {
                    self.line_bytes = 0;
                    self.state.command(&line, rows);
                }
            } else if let Some(line) = line {
                let bytes = std::mem::take(&mut self.line_bytes);
                if *line == *b"." {
                    self.message_lost = false;
                    self.state.end_message(rows);
                } else {
                    self.state.grow(bytes);
                    self.state.head.line(&line, &mut self.state.row);
                }
            }
        }
        Progress::More
    }

    /// Reads the part of a chunk of a message (BDAT) that is there.
    fn chunk(&mut self, left: u64, last: bool, data: &mut &[u8], rows: &mut Rows<'_>) {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let (mut part, rest) = data.split_at(here);
        *data = rest;
        self.state.grow(here as u64);
        while !self.state.head.is_over() {
            let Some(line) = self.client.next(&mut part) else {
                break;
            };
            self.state.head.line(&line, &mut self.state.row);
        }
        let left = left.saturating_sub(here as u64);
        self.state.reading = Reading::Chunk(left, last);
        if left == 0 {
            if !self.client.is_at_start() {
                // The message need not end with a line.
                self.client = Lines::new(LINE_BYTES);
            }
            self.state.end_chunk(last, rows);
        }
    }

    fn lose(&mut self, bytes: u64, rows: &mut Rows<'_>) {
        self.message_lost = self.state.reading == Reading::Lines;
        self.line_bytes = 0;
        match self.state.reading {
            Reading::Chunk(left, last) if left >= bytes => {
                self.client = Lines::new(LINE_BYTES);
                self.state.grow(bytes);
                self.state.head.end(&mut self.state.row);
                let left = left.saturating_sub(bytes);
                self.state.reading = Reading::Chunk(left, last);
                if left == 0 {
                    self.state.end_chunk(last, rows);
                }
            }
            Reading::Chunk(..) => {
                self.state.reading = Reading::Commands;
                self.client.lose(bytes);
                self.state.end_message(rows);
            }
            reading => {
                if reading == Reading::Lines {
                    self.state.grow(bytes);
                }
                self.client.lose(bytes);
                self.state.lose_client();
            }
        }
    }

    fn server_bytes(&mut self, chunk: &Chunk<'_>, rows: &mut Rows<'_>) -> Progress {
        if chunk.lost_bytes > 0 {
            self.server.lose(chunk.lost_bytes);
            self.state.lose_server(rows);
        }
        let mut data = chunk.data;
        while let Some(reply) = self.server.next(&mut data) {
            let over = self.message_lost && reply.code != 354;
            if over && self.state.reading == Reading::Lines {
                // The end of the message was lost, for the server has seen it.
                self.message_lost = false;
                self.state.end_message(rows);
            }
            if self.state.reply(&reply, rows) {
                return Progress::Handover(chunk.data.len().saturating_sub(data.len()));
            }
        }
        Progress::More
    }
}

impl Parser for SmtpParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut rows = Rows::new(&mut self.allowance, out);
        self.talk.state.at(chunk.ts_ns);
        if chunk.from_orig != self.server_is_orig {
            self.talk.client_bytes(chunk, &mut rows)
        } else {
            self.talk.server_bytes(chunk, &mut rows)
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let mut rows = Rows::new(&mut self.allowance, out);
        self.talk.state.finish(&mut rows);
    }
}

#[cfg(test)]
#[path = "smtp/smtp_test.rs"]
mod tests;
