//! What POP3 and IMAP share: a login under way.

use super::sasl::Sasl;
use super::wire::text;

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
