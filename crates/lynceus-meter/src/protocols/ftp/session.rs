//! Commands of a client and what its server says to them.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::address::{extended, port, DataEnd};
use super::FtpEvent;
use crate::protocols::allowance::Rows;
use crate::protocols::lines::{contains, split_word, Reply};
use crate::protocols::wire::text;
use crate::protocols::Event;

/// Commands that may wait for their replies.
const PENDING: usize = 64;
/// Characters kept of an argument, a reply or a directory.
const CHARS: usize = 1024;

/// Commands that have rows.
const TOLD: [&str; 37] = [
    "ACCT", "ADAT", "APPE", "AUTH", "CCC", "CDUP", "CWD", "DELE", "EPRT", "EPSV", "HOST", "LIST",
    "LPRT", "LPSV", "MDTM", "MFMT", "MKD", "MLSD", "MLST", "NLST", "PASS", "PASV", "PORT", "RETR",
    "RMD", "RNFR", "RNTO", "SITE", "SIZE", "SMNT", "STOR", "STOU", "USER", "XCUP", "XCWD", "XMKD",
    "XRMD",
];

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    ts_ns: Option<i64>,
    first_ns: i64,
    user: Option<String>,
    cwd: Option<String>,
    banner: Option<(u16, String)>,
    /// Commands that wait for their replies; of one without row only its place is kept.
    pending: VecDeque<Option<FtpEvent>>,
    told: bool,
}

impl Session {
    /// A packet at a time of the capture.
    pub(super) fn at(&mut self, ts_ns: i64) {
        if self.ts_ns.is_none() {
            self.first_ns = ts_ns;
        }
        self.ts_ns = Some(ts_ns);
    }

    /// A line of the client.
    pub(super) fn command(&mut self, line: &[u8], rows: &mut Rows<'_>) {
        let (word, argument) = split_word(without_telnet(line));
        if word.is_empty() {
            return;
        }
        let named = TOLD
            .iter()
            .find(|name| word.eq_ignore_ascii_case(name.as_bytes()));
        if self.pending.len() >= PENDING {
            self.tell_first(rows);
        }
        let row = named.map(|name| self.row(name, argument));
        self.pending.push_back(row);
    }

    fn row(&mut self, name: &'static str, argument: &[u8]) -> FtpEvent {
        if name == "USER" {
            self.user = Some(text(argument, CHARS));
        }
        let mut row = FtpEvent {
            ts_ns: self.ts_ns.unwrap_or(0),
            command: Some(Cow::Borrowed(name)),
            cwd: self.cwd.clone(),
            ..FtpEvent::default()
        };
        match name {
            "PASS" | "ACCT" => row.password_seen = Some(true),
            "ADAT" => {}
            "SITE" => row.arg = Some(site(argument)),
            _ if argument.is_empty() => {}
            _ => row.arg = Some(text(argument, CHARS)),
        }
        match name {
            "PORT" => put(&mut row, port(argument), false),
            "EPRT" => put(&mut row, extended(argument), false),
            _ => {}
        }
        row
    }

    /// A reply of the server; true when TLS follows.
    pub(super) fn reply(&mut self, reply: &Reply, rows: &mut Rows<'_>) -> bool {
        let said = text(&reply.first, CHARS);
        let Some(first) = self.pending.front_mut() else {
            self.banner.get_or_insert((reply.code, said));
            return false;
        };
        let greeting = reply.code == 220 && self.banner.is_none() && !self.told;
        match first {
            _ if greeting => {
                self.banner = Some((reply.code, said));
                return false;
            }
            Some(row) if reply.code < 200 => {
                row.file_size_bytes = row.file_size_bytes.or_else(|| size(&reply.first));
                return false;
            }
            None if reply.code < 200 => return false,
            None => {
                self.pending.pop_front();
                return false;
            }
            Some(row) => {
                row.reply_code = Some(reply.code);
                row.reply_msg = Some(said);
            }
        }
        let Some(row) = self.pending.pop_front().flatten() else {
            return false;
        };
        self.answered(row, reply, rows)
    }

    fn answered(&mut self, mut row: FtpEvent, reply: &Reply, rows: &mut Rows<'_>) -> bool {
        let granted = (200..300).contains(&reply.code);
        let command = row.command.clone().unwrap_or_default();
        match command.as_ref() {
            // The password decides.
            "USER" if (300..400).contains(&reply.code) => return false,
            "USER" | "PASS" | "ACCT" if reply.code != 332 => {
                // 230 and 232 log in; 202 says that no password was needed.
                row.auth_success = Some(granted);
            }
            "PASV" if granted => put(&mut row, port(&reply.first), true),
            "EPSV" if granted => put(&mut row, extended(&reply.first), true),
            "CWD" | "XCWD" if granted => self.change(row.arg.as_deref()),
            "CDUP" | "XCUP" if granted => self.change(Some("..")),
            "SIZE" if reply.code == 213 => {
                let digits = std::str::from_utf8(&reply.first).unwrap_or("");
                row.file_size_bytes = digits.trim().parse().ok();
            }
            _ => {}
        }
        let tls = command == "AUTH" && reply.code == 234;
        self.tell(row, rows);
        tls
    }

    fn change(&mut self, to: Option<&str>) {
        let Some(to) = to else {
            return;
        };
        let old = self.cwd.take().unwrap_or_default();
        let new = match to {
            ".." => old.rsplit_once('/').map_or("", |(up, _)| up).to_owned(),
            "." => old,
            to if to.starts_with('/') || old.is_empty() => to.to_owned(),
            to => format!("{}/{to}", old.trim_end_matches('/')),
        };
        self.cwd = (new.len() <= CHARS && !new.is_empty()).then_some(new);
    }

    fn tell(&mut self, mut row: FtpEvent, rows: &mut Rows<'_>) {
        self.told = true;
        row.user = self.user.clone();
        rows.tell(Event::Ftp(Box::new(row)));
    }

    fn tell_first(&mut self, rows: &mut Rows<'_>) {
        if let Some(row) = self.pending.pop_front().flatten() {
            self.tell(row, rows);
        }
    }

    /// Tells what was not answered.
    pub(super) fn drain(&mut self, rows: &mut Rows<'_>) {
        while !self.pending.is_empty() {
            self.tell_first(rows);
        }
    }

    /// The connection ends; one without commands is told by what the server said.
    pub(super) fn finish(&mut self, rows: &mut Rows<'_>) {
        self.drain(rows);
        if !self.told && self.ts_ns.is_some() {
            let (reply_code, reply_msg) = self.banner.take().unzip();
            let row = FtpEvent {
                ts_ns: self.first_ns,
                reply_code,
                reply_msg,
                ..FtpEvent::default()
            };
            self.tell(row, rows);
        }
    }
}

fn put(row: &mut FtpEvent, end: Option<DataEnd>, passive: bool) {
    if let Some(end) = end {
        row.data_channel_passive = Some(passive);
        row.data_channel_resp_h = end.address.map(|address| address.to_string());
        row.data_channel_resp_p = Some(end.port);
    }
}

/// Commands behind an interrupt of Telnet (ABOR) begin with its bytes.
fn without_telnet(line: &[u8]) -> &[u8] {
    let start = line.iter().position(u8::is_ascii).unwrap_or(line.len());
    line.get(start..).unwrap_or(&[])
}

/// Argument of SITE: of those that set passwords the first word alone.
fn site(argument: &[u8]) -> String {
    let (word, _) = split_word(argument);
    let secret = contains(word, b"PAS") || contains(word, b"PSW");
    text(if secret { word } else { argument }, CHARS)
}

/// `Opening connection for f (1048576 bytes).`
fn size(said: &[u8]) -> Option<u64> {
    let end = memchr::memmem::rfind(said, b" bytes")?;
    let before = said.get(..end)?;
    let start = before.iter().rposition(|b| !b.is_ascii_digit())?;
    let digits = before.get(start.checked_add(1)?..)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
