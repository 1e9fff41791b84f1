//! What POP3 and IMAP share: a login under way, and how a connection is read line by line, told of
//! and handed over to TLS.

use super::allowance::{Allowance, Rows};
use super::sasl::Sasl;
use super::stream::Chunk;
use super::tls::begins_client_hello;
use super::wire::text;
use super::{Event, Progress};

/// Characters kept of a reply.
pub(crate) const REPLY_CHARS: usize = 256;

/// One login.
#[derive(Debug, Default)]
pub(crate) struct Login {
    /// When it began.
    pub(crate) ts_ns: i64,
    /// User name.
    pub(crate) user: Option<String>,
    /// USER, APOP, LOGIN or the SASL mechanism.
    pub(crate) mechanism: Option<String>,
    /// A password was sent in the clear.
    pub(crate) password_seen: bool,
    /// Whether it succeeded.
    pub(crate) success: Option<bool>,
    /// What the server said to it.
    pub(crate) reply: Option<String>,
}

impl Login {
    /// A login by a command.
    pub(crate) fn by(ts_ns: i64, mechanism: &str, user: Option<String>) -> Login {
        Login {
            ts_ns,
            user,
            mechanism: Some(mechanism.to_owned()),
            ..Login::default()
        }
    }

    /// Takes over what a SASL exchange showed.
    pub(crate) fn learn(&mut self, sasl: Option<Sasl>) {
        if let Some(sasl) = sasl {
            self.mechanism = Some(sasl.mechanism);
            self.user = sasl.username;
            self.password_seen = sasl.password_seen;
        }
    }

    /// Takes the answer.
    pub(crate) fn answer(&mut self, success: bool, reply: &[u8]) {
        self.success = Some(success);
        self.reply = Some(text(reply.trim_ascii(), REPLY_CHARS));
    }
}

/// How a connection stands, whatever its protocol.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    /// The server is the originator.
    pub(crate) server_is_orig: bool,
    /// The login under way.
    pub(crate) login: Option<Login>,
    /// The SASL exchange of it.
    pub(crate) sasl: Option<Sasl>,
    seen: bool,
    told: bool,
    allowance: Allowance,
}

impl Connection {
    /// A connection nothing is known of but who the server is.
    pub(crate) fn new(server_is_orig: bool) -> Self {
        Connection {
            server_is_orig,
            ..Connection::default()
        }
    }

    /// The SASL exchange is over: what it showed belongs to the login.
    pub(crate) fn learn(&mut self) {
        let sasl = self.sasl.take();
        if let Some(login) = &mut self.login {
            login.learn(sasl);
        }
    }

    /// The server decides on the login.
    pub(crate) fn decide(&mut self, granted: bool, said: &[u8], ts_ns: i64) -> Answer {
        self.learn();
        let Some(login) = &mut self.login else {
            return Answer::Other;
        };
        login.answer(granted, said);
        if granted {
            return Answer::Other;
        }
        login.ts_ns = ts_ns;
        Answer::Refused
    }
}

/// What a line of the server means for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The login is refused.
    Refused,
    /// TLS follows.
    Tls,
    /// Neither.
    Other,
}

/// What a protocol of mailboxes makes of its lines.
pub(crate) trait Mailbox {
    /// How the connection stands.
    fn connection(&mut self) -> &mut Connection;
    /// The first bytes have come.
    fn begin(&mut self, ts_ns: i64);
    /// Bytes of one side are missing before those that come next.
    fn lose(&mut self, from_server: bool, bytes: u64);
    /// True where the client's next byte begins a line.
    fn client_is_at_start(&self) -> bool;
    /// Takes the client's next line out of `data`; false when there is none.
    fn client_line(&mut self, data: &mut &[u8], ts_ns: i64) -> bool;
    /// Takes the server's next line out of `data`; `None` when there is none.
    fn server_line(&mut self, data: &mut &[u8], ts_ns: i64) -> Option<Answer>;
    /// What is known, with a login or without.
    fn row(&mut self, login: Option<Login>) -> Event;
}

/// Reads what came next.
pub(crate) fn read(mailbox: &mut dyn Mailbox, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
    if !std::mem::replace(&mut mailbox.connection().seen, true) {
        mailbox.begin(chunk.ts_ns);
    }
    let mut data = chunk.data;
    let from_server = chunk.from_orig == mailbox.connection().server_is_orig;
    mailbox.lose(from_server, chunk.lost_bytes);
    if !from_server {
        if mailbox.client_is_at_start() && begins_client_hello(data) {
            return Progress::Handover(0);
        }
        while mailbox.client_line(&mut data, chunk.ts_ns) {}
        return Progress::More;
    }
    while let Some(answer) = mailbox.server_line(&mut data, chunk.ts_ns) {
        match answer {
            Answer::Refused => tell(mailbox, out),
            Answer::Tls => return Progress::Handover(chunk.data.len().saturating_sub(data.len())),
            Answer::Other => {}
        }
    }
    Progress::More
}

/// Tells what is still open when the connection ends.
pub(crate) fn finish(mailbox: &mut dyn Mailbox, out: &mut Vec<Event>) {
    let connection = mailbox.connection();
    connection.learn();
    if connection.seen && (connection.login.is_some() || !connection.told) {
        tell(mailbox, out);
    }
}

/// Tells the login with what is known of the connection.
fn tell(mailbox: &mut dyn Mailbox, out: &mut Vec<Event>) {
    let connection = mailbox.connection();
    connection.told = true;
    let login = connection.login.take();
    let row = mailbox.row(login);
    Rows::new(&mut mailbox.connection().allowance, out).tell(row);
}
