//! Commands of a client and what its server says to them.

use std::collections::VecDeque;

use super::message::{path, Head};
use super::SmtpEvent;
use crate::protocols::allowance::Rows;
use crate::protocols::lines::{contains, split_word, Reply};
use crate::protocols::sasl::Sasl;
use crate::protocols::wire::text;
use crate::protocols::Event;

/// Commands of one connection that may wait for their replies.
const PENDING: usize = 64;
/// Receivers kept of one message.
const RECEIVERS: usize = 100;
/// Characters kept of a name or a reply.
const CHARS: usize = 512;

/// A command that waits for its reply.
#[derive(Debug)]
enum Pending {
    /// A message was sent.
    Message(Box<SmtpEvent>),
    /// A login begins or goes on.
    Auth,
    Rcpt,
    Data,
    StartTls,
    Other,
}

/// How the next bytes of the client are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Lines of commands.
    Commands,
    /// Lines of a message, until one is a dot alone.
    Lines,
    /// So many bytes of a message, and whether they are its last.
    Chunk(u64, bool),
}

/// One connection.
#[derive(Debug)]
pub(super) struct State {
    /// What comes next of the client.
    pub(super) reading: Reading,
    /// Head of the message being sent.
    pub(super) head: Head,
    /// The row being gathered.
    pub(super) row: SmtpEvent,
    pending: VecDeque<Pending>,
    auth: Option<Sasl>,
    messages: u32,
    greeted: bool,
    /// The row says something that was not told.
    open: bool,
    told: bool,
    ts_ns: Option<i64>,
}

impl Default for State {
    fn default() -> Self {
        State {
            reading: Reading::Commands,
            head: Head::default(),
            row: SmtpEvent::default(),
            pending: VecDeque::new(),
            auth: None,
            messages: 0,
            greeted: false,
            open: false,
            told: false,
            ts_ns: None,
        }
    }
}

impl State {
    /// A packet at a time of the capture.
    pub(super) fn at(&mut self, ts_ns: i64) {
        if self.ts_ns.is_none() {
            self.row.ts_ns = ts_ns;
        }
        self.ts_ns = Some(ts_ns);
    }

    /// A line of the client outside messages.
    pub(super) fn command(&mut self, line: &[u8], rows: &mut Rows<'_>) {
        if let Some(auth) = &mut self.auth {
            // A response is base64; anything else shows that the exchange is over.
            if !line.trim_ascii().contains(&b' ') {
                auth.response(line);
                return;
            }
            self.note_auth(None);
        }
        let (word, argument) = split_word(line);
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        let pending = if is(b"HELO") || is(b"EHLO") || is(b"LHLO") {
            self.end_transaction(rows);
            self.row.helo = Some(text(argument, CHARS));
            Pending::Other
        } else if is(b"MAIL") {
            self.end_transaction(rows);
            self.row.mailfrom = path(argument, b"FROM");
            self.messages = self.messages.saturating_add(1);
            self.row.trans_depth = Some(self.messages);
            self.row.ts_ns = self.ts_ns.unwrap_or(0);
            self.open = true;
            Pending::Other
        } else if is(b"RCPT") {
            self.receiver(argument);
            Pending::Rcpt
        } else if is(b"DATA") {
            self.reading = Reading::Lines;
            self.head = Head::default();
            Pending::Data
        } else if is(b"BDAT") {
            return self.bdat(argument, rows);
        } else if is(b"AUTH") {
            let (mechanism, initial) = split_word(argument);
            self.auth = Some(Sasl::begin(mechanism, initial));
            Pending::Auth
        } else if is(b"STARTTLS") {
            Pending::StartTls
        } else {
            if is(b"RSET") {
                self.end_transaction(rows);
            }
            Pending::Other
        };
        self.wait(pending, rows);
    }

    fn receiver(&mut self, argument: &[u8]) {
        let receivers = self.row.rcptto.get_or_insert_with(Vec::new);
        if let Some(address) = path(argument, b"TO").filter(|_| receivers.len() < RECEIVERS) {
            receivers.push(address);
        }
        self.open = true;
    }

    /// A chunk of a message (RFC 3030): it follows at once.
    fn bdat(&mut self, argument: &[u8], rows: &mut Rows<'_>) {
        let (size, rest) = split_word(argument);
        let last = rest.eq_ignore_ascii_case(b"LAST");
        let size = std::str::from_utf8(size)
            .ok()
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u64>().ok())
            .filter(|size| i64::try_from(*size).is_ok());
        let Some(size) = size.filter(|_| last || rest.is_empty()) else {
            return self.wait(Pending::Other, rows);
        };
        if self.row.message_bytes.is_none() {
            self.head = Head::default();
        }
        self.row.message_bytes.get_or_insert(0);
        self.reading = Reading::Chunk(size, last);
        if size == 0 {
            self.end_chunk(last, rows);
        }
    }

    /// So many bytes of a message went by.
    pub(super) fn grow(&mut self, bytes: u64) {
        let sum = self.row.message_bytes.get_or_insert(0);
        *sum = sum.saturating_add(bytes);
    }

    /// The end of a chunk of a message.
    pub(super) fn end_chunk(&mut self, last: bool, rows: &mut Rows<'_>) {
        self.reading = Reading::Commands;
        if last {
            self.end_message(rows);
        } else {
            self.wait(Pending::Other, rows);
        }
    }

    /// The end of a message: its row waits for what the server says.
    pub(super) fn end_message(&mut self, rows: &mut Rows<'_>) {
        self.reading = Reading::Commands;
        self.head.end(&mut self.row);
        let row = self.take_row();
        self.wait(Pending::Message(Box::new(row)), rows);
    }

    /// Bytes of the client are missing: which command a reply belongs to is not known.
    pub(super) fn lose_client(&mut self) {
        self.auth = None;
        self.head.end(&mut self.row);
    }

    /// Replies are missing.
    pub(super) fn lose_server(&mut self, rows: &mut Rows<'_>) {
        self.drain(rows);
        self.auth = None;
    }

    /// A reply of the server; true when TLS follows.
    pub(super) fn reply(&mut self, reply: &Reply, rows: &mut Rows<'_>) -> bool {
        let said = Some(last_reply(reply));
        let greeting = !self.greeted && (reply.code == 220 || self.pending.is_empty());
        self.greeted = true;
        if greeting && !matches!(self.pending.front(), Some(Pending::StartTls)) {
            self.row.last_reply = said;
            return false;
        }
        match self.pending.pop_front() {
            Some(Pending::Message(mut row)) => {
                row.last_reply = said;
                self.tell(*row, rows);
                return false;
            }
            Some(Pending::Rcpt) if reply.code >= 400 => {
                let refused = self.row.rejected_rcpts.unwrap_or(0);
                self.row.rejected_rcpts = Some(refused.saturating_add(1));
            }
            Some(Pending::Data) if reply.code >= 400 && self.reading == Reading::Lines => {
                self.reading = Reading::Commands;
                self.row.message_bytes = None;
            }
            Some(Pending::StartTls) if reply.code == 220 => {
                self.row.tls = Some(true);
                self.row.last_reply = said;
                return true;
            }
            Some(Pending::Auth) => {
                self.row.last_reply = said;
                self.auth_reply(reply, rows);
                return false;
            }
            Some(_) | None => {}
        }
        self.row.last_reply = said;
        false
    }

    fn auth_reply(&mut self, reply: &Reply, rows: &mut Rows<'_>) {
        if reply.code == 334 {
            self.pending.push_front(Pending::Auth);
            return;
        }
        if !self.note_auth(Some(reply.code == 235)) || reply.code == 235 {
            // Told with the messages that follow, or when the connection ends.
            return;
        }
        let row = SmtpEvent {
            ts_ns: self.ts_ns.unwrap_or(0),
            ..self.row.clone()
        };
        self.row.auth_mechanism = None;
        self.row.username = None;
        self.row.password_seen = None;
        self.row.auth_success = None;
        self.open = self.row.mailfrom.is_some();
        self.tell(row, rows);
    }

    /// Puts what is known of the login into the row; false when there was none.
    fn note_auth(&mut self, success: Option<bool>) -> bool {
        let Some(auth) = self.auth.take() else {
            return false;
        };
        self.row.auth_mechanism = Some(auth.mechanism);
        self.row.username = auth.username;
        self.row.password_seen = Some(auth.password_seen);
        self.row.auth_success = success;
        self.open = true;
        true
    }

    /// What the row says is told; the connection goes on without a message.
    fn end_transaction(&mut self, rows: &mut Rows<'_>) {
        if self.row.mailfrom.is_some() || self.row.rcptto.is_some() {
            let row = self.take_row();
            self.tell(row, rows);
        }
    }

    /// Takes the row out; what is true of the whole connection stays.
    fn take_row(&mut self) -> SmtpEvent {
        let next = SmtpEvent {
            ts_ns: self.ts_ns.unwrap_or(0),
            helo: self.row.helo.clone(),
            auth_mechanism: self.row.auth_mechanism.clone(),
            username: self.row.username.clone(),
            password_seen: self.row.password_seen,
            auth_success: self.row.auth_success,
            last_reply: None,
            ..SmtpEvent::default()
        };
        self.open = false;
        std::mem::replace(&mut self.row, next)
    }

    fn wait(&mut self, pending: Pending, rows: &mut Rows<'_>) {
        if self.pending.len() >= PENDING {
            if let Some(Pending::Message(row)) = self.pending.pop_front() {
                self.tell(*row, rows);
            }
        }
        self.pending.push_back(pending);
    }

    fn tell(&mut self, row: SmtpEvent, rows: &mut Rows<'_>) {
        self.told = true;
        rows.tell(Event::Smtp(Box::new(row)));
    }

    fn drain(&mut self, rows: &mut Rows<'_>) {
        while let Some(pending) = self.pending.pop_front() {
            if let Pending::Message(row) = pending {
                self.tell(*row, rows);
            }
        }
    }

    /// The connection ends.
    pub(super) fn finish(&mut self, rows: &mut Rows<'_>) {
        self.drain(rows);
        if self.ts_ns.is_some() && (self.open || self.auth.is_some() || !self.told) {
            self.note_auth(None);
            self.head.end(&mut self.row);
            let row = self.take_row();
            self.tell(row, rows);
        }
    }
}

/// Code and last line, as the server wrote it; what it says to a password is not repeated where it
/// might hold one.
fn last_reply(reply: &Reply) -> String {
    let said = if reply.code == 334 || contains(&reply.last, b"password=") {
        String::new()
    } else {
        text(&reply.last, CHARS)
    };
    format!("{} {said}", reply.code).trim_end().to_owned()
}
