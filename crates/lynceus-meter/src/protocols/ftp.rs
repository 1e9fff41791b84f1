//! FTP's control connection: one row a command with its reply; commands that only keep the session
//! (TYPE, PWD, NOOP ...) have none. A login is the row of the command that decided it.
//!
//! Rules: the side that greets is the server. Passwords are never kept, that one was sent is. At
//! most 64 commands wait for their replies; of a reply its first line is told. After a loss,
//! replies are taken for those of the commands that still come. When the server grants AUTH TLS,
//! what follows is handed over.

mod address;
mod session;

use std::borrow::Cow;

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::lines::{begins, code, contains, Lines, Replies};
use super::stream::Chunk;
use super::tls::begins_client_hello;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use session::Session;

/// Port of the control connection.
const PORT: u16 = 21;
/// Bytes kept of a line.
const LINE_BYTES: usize = 2048;

event_table! {
    /// One FTP command with its reply.
    FtpEvent / FtpTable = "ftp" {
        /// User of the login.
        user: Option<String>,
        /// A password was sent.
        password_seen: Option<bool>,
        /// Command, upper case.
        command: Option<Cow<'static, str>>,
        /// Argument, passwords left out.
        arg: Option<String>,
        /// Code of the reply.
        reply_code: Option<u16>,
        /// First line of the reply.
        reply_msg: Option<String>,
        /// Whether the login succeeded.
        auth_success: Option<bool>,
        /// Directory the session is in.
        cwd: Option<String>,
        /// Bytes of the file, as the server says.
        file_size_bytes: Option<u64>,
        /// The client opens the data connection.
        data_channel_passive: Option<bool>,
        /// Address the data connection goes to.
        data_channel_resp_h: Option<String>,
        /// Port the data connection goes to.
        data_channel_resp_p: Option<u16>,
    }
}

/// FTP control over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "ftp",
    probe,
    open: |opening| Box::new(FtpParser::new(greets(opening.orig))),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let (client, server) = if greets(opening.orig) {
        (opening.resp, opening.orig)
    } else {
        (opening.orig, opening.resp)
    };
    let on_port = opening.has_port(PORT);
    let fits = match (client, server) {
        ([], server) => greets(server) && (on_port || contains(first_line(server), b"FTP")),
        (client, []) => on_port && asks(client),
        (client, server) => greets(server) && (asks(client) || (on_port && is_command(client))),
    };
    let open = client.is_empty() || server.is_empty() || server.starts_with(b"2");
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

/// A server that is ready, or that is not, with a whole line.
fn greets(bytes: &[u8]) -> bool {
    let begins = [&b"220"[..], b"421", b"120"]
        .iter()
        .any(|code| bytes.starts_with(code));
    begins && code(first_line(bytes)).is_some()
}

/// What clients of this protocol alone begin with.
fn asks(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] = [
        b"USER ",
        b"AUTH TLS",
        b"AUTH SSL",
        b"FEAT",
        b"OPTS ",
        b"SYST",
        b"HOST ",
        b"CLNT ",
    ];
    WORDS.iter().any(|word| begins(bytes, word)) && !first_line(bytes).is_empty()
}

/// A word of three or four letters, as all commands are.
fn is_command(bytes: &[u8]) -> bool {
    let line = first_line(bytes).trim_ascii();
    let letters = line.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    (3..=4).contains(&letters) && matches!(line.get(letters), None | Some(b' '))
}

/// The parser of one connection.
#[derive(Debug)]
struct FtpParser {
    server_is_orig: bool,
    client: Lines,
    server: Replies,
    session: Session,
    allowance: Allowance,
}

impl FtpParser {
    fn new(server_is_orig: bool) -> Self {
        FtpParser {
            server_is_orig,
            client: Lines::new(LINE_BYTES),
            server: Replies::default(),
            session: Session::default(),
            allowance: Allowance::default(),
        }
    }
}

impl Parser for FtpParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut rows = Rows::new(&mut self.allowance, out);
        self.session.at(chunk.ts_ns);
        let mut data = chunk.data;
        if chunk.from_orig != self.server_is_orig {
            self.client.lose(chunk.lost_bytes);
            if self.client.is_at_start() && begins_client_hello(data) {
                return Progress::Handover(0);
            }
            while let Some(line) = self.client.next(&mut data) {
                self.session.command(&line, &mut rows);
            }
            return Progress::More;
        }
        if chunk.lost_bytes > 0 {
            self.server.lose(chunk.lost_bytes);
            self.session.drain(&mut rows);
        }
        while let Some(reply) = self.server.next(&mut data) {
            if self.session.reply(&reply, &mut rows) {
                return Progress::Handover(chunk.data.len().saturating_sub(data.len()));
            }
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let mut rows = Rows::new(&mut self.allowance, out);
        self.session.finish(&mut rows);
    }
}

#[cfg(test)]
#[path = "ftp/ftp_test.rs"]
mod tests;
