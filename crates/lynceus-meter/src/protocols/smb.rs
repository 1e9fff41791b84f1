//! SMB 1, 2 and 3 over TCP, with or without NetBIOS sessions: sessions, connections to shares,
//! what is done with files, and the remote procedures called through named pipes.
//!
//! Rules: who sends requests is the client, whichever opened the connection: requests and answers
//! meet by message id. Of a message at most 16 KiB are kept, of one that moves file data only its
//! head; the rest is passed over by its length. Encrypted messages tell no more than that they
//! are. After a loss a direction waits for bytes that begin a message.

mod connection;
mod files;
mod smb1;
mod smb2;

use std::borrow::Cow;

use super::columns::event_table;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use connection::Connection;

event_table! {
    /// One session set up or tried.
    SmbEvent / SmbTable = "smb" {
        /// SMB1, SMB2 or SMB3.
        version: Option<Cow<'static, str>>,
        /// Dialect the server chose.
        dialect: Option<Cow<'static, str>>,
        /// How the client authenticates.
        auth: Option<Cow<'static, str>>,
        /// User.
        username: Option<String>,
        /// Domain of the user.
        domainname: Option<String>,
        /// Machine the client says it is.
        hostname: Option<String>,
        /// NetBIOS name of the server.
        server_name: Option<String>,
        /// Operating system as the server names it.
        native_os: Option<String>,
        /// Session id.
        session_id: Option<String>,
        /// Whether the session was granted.
        success: Option<bool>,
        /// NT status of the last answer.
        status: Option<Cow<'static, str>>,
        /// The server requires signed messages.
        signing_required: Option<bool>,
        /// The session's messages are encrypted.
        encrypted: Option<bool>,
    }
}

event_table! {
    /// One connection to a share.
    SmbMappingEvent / SmbMappingTable = "smb_mapping" {
        /// Share as asked for.
        path: Option<String>,
        /// Kind of service of SMB1.
        service: Option<String>,
        /// File system as the server names it.
        native_file_system: Option<String>,
        /// DISK, PIPE or PRINT.
        share_type: Option<Cow<'static, str>>,
        /// User of the session.
        username: Option<String>,
        /// Domain of the user.
        domainname: Option<String>,
        /// Whether the share was granted.
        success: Option<bool>,
        /// NT status of the answer.
        status: Option<Cow<'static, str>>,
        /// The share demands encryption.
        encrypted: Option<bool>,
    }
}

event_table! {
    /// Something done with a file, directory or pipe.
    SmbFilesEvent / SmbFilesTable = "smb_files" {
        /// What was done.
        action: Option<Cow<'static, str>>,
        /// Share.
        path: Option<String>,
        /// Name inside the share.
        name: Option<String>,
        /// Old name of a renamed file.
        prev_name: Option<String>,
        /// Size of the file when opened.
        size_bytes: Option<u64>,
        /// Bytes read or written.
        bytes: Option<u64>,
        /// What the client asked for when opening.
        disposition: Option<Cow<'static, str>>,
        /// The opening made the file or emptied it.
        created: Option<bool>,
        /// It is a directory.
        is_directory: Option<bool>,
        /// The client asked that it be deleted when closed.
        delete_on_close: Option<bool>,
        /// User of the session.
        username: Option<String>,
        /// NT status of the answer.
        status: Option<Cow<'static, str>>,
    }
}

/// Bytes kept of a message.
const MESSAGE_BYTES: usize = 16 * 1024;
/// Messages up to this size are kept whole, whatever they carry: calls of remote procedures go
/// through reads and writes.
const SMALL_BYTES: u64 = 8 * 1024;
/// Bytes kept of a larger message that moves file data.
const BULK_HEAD_BYTES: usize = 256;
/// Bytes kept of an encrypted or compressed message.
const SEALED_BYTES: usize = 64;
/// Bytes of the header of NetBIOS sessions.
const SESSION_HEADER: usize = 4;
/// Bytes of a request for a NetBIOS session with its two names.
const SESSION_REQUEST: u64 = 72;

/// SMB over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "smb",
    probe,
    open: |_| Box::<SmbParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    match [opening.orig, opening.resp].map(probe_side) {
        [Verdict::Yes, _] | [_, Verdict::Yes] => Verdict::Yes,
        [Verdict::No, _] | [_, Verdict::No] => Verdict::No,
        _ => Verdict::Maybe,
    }
}

fn probe_side(bytes: &[u8]) -> Verdict {
    let first = match (bytes, length(bytes)) {
        ([], _) | (_, Length::More) => return Verdict::Maybe,
        (_, Length::Bad) => return Verdict::No,
        ([0, ..], _) => bytes,
        // NetBIOS asks for a session first, or grants one.
        ([0x81, ..], Length::Is(SESSION_REQUEST)) => bytes.get(72..).unwrap_or(&[]),
        ([0x82, ..], Length::Is(4)) => bytes.get(4..).unwrap_or(&[]),
        _ => return Verdict::No,
    };
    match Magic::of(first) {
        Some(_) => Verdict::Yes,
        None if first.len() < SESSION_HEADER + 4 => Verdict::Maybe,
        None => Verdict::No,
    }
}

/// The first bytes of a message inside the NetBIOS session header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Magic {
    Smb1,
    Smb2,
    /// Encrypted or compressed.
    Sealed,
}

impl Magic {
    /// Kind of the message that follows a NetBIOS session header.
    fn of(bytes: &[u8]) -> Option<Magic> {
        match bytes {
            [0, _, _, _, 0xff, b'S', b'M', b'B', ..] => Some(Magic::Smb1),
            [0, _, _, _, 0xfe, b'S', b'M', b'B', ..] => Some(Magic::Smb2),
            [0, _, _, _, 0xfc | 0xfd, b'S', b'M', b'B', ..] => Some(Magic::Sealed),
            _ => None,
        }
    }
}

fn length(bytes: &[u8]) -> Length {
    let total = match bytes {
        [0, high, rest @ ..] => match rest {
            [mid, low, ..] => {
                SESSION_HEADER as u64 + u64::from_be_bytes([0, 0, 0, 0, 0, *high, *mid, *low])
            }
            _ => return Length::More,
        },
        [0x81..=0x85, 0 | 1, mid, low, ..] => {
            return Length::Is(SESSION_HEADER as u64 + u64::from(u16::from_be_bytes([*mid, *low])))
        }
        [] | [0 | 0x81..=0x85] | [0x81..=0x85, 0 | 1] | [0x81..=0x85, 0 | 1, _] => {
            return Length::More
        }
        _ => return Length::Bad,
    };
    if total < SESSION_HEADER as u64 + 4 {
        return Length::Is(total);
    }
    match Magic::of(bytes) {
        None if bytes.len() < SESSION_HEADER + 4 => Length::More,
        None => Length::Bad,
        Some(Magic::Sealed) => Length::Head(total, SEALED_BYTES),
        Some(_) if total <= SMALL_BYTES => Length::Is(total),
        Some(Magic::Smb1) => match bytes.get(8) {
            None => Length::More,
            Some(&command) if smb1::moves_data(command) => Length::Head(total, BULK_HEAD_BYTES),
            Some(_) => Length::Is(total),
        },
        Some(Magic::Smb2) => match bytes.get(16..18) {
            None => Length::More,
            Some(&[command, 0]) if smb2::moves_data(command) => {
                Length::Head(total, BULK_HEAD_BYTES)
            }
            Some(_) => Length::Is(total),
        },
    }
}

/// A message without its NetBIOS session header, as far as it was kept.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    ts_ns: i64,
    bytes: &'a [u8],
}

/// The parser of one connection.
#[derive(Debug)]
struct SmbParser {
    sides: [Frames; 2],
    connection: Connection,
}

impl Default for SmbParser {
    fn default() -> Self {
        SmbParser {
            sides: [Frames::new(MESSAGE_BYTES), Frames::new(MESSAGE_BYTES)],
            connection: Connection::default(),
        }
    }
}

impl Parser for SmbParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let [orig, resp] = &mut self.sides;
        let side = if chunk.from_orig { orig } else { resp };
        let mut unread = Unread::of(chunk);
        let begins = |bytes: &[u8]| Magic::of(bytes).is_some();
        while let Some(message) = side.take(&mut unread, begins, length) {
            let magic = Magic::of(&message);
            let message = Message {
                ts_ns: chunk.ts_ns,
                bytes: message.get(SESSION_HEADER..).unwrap_or(&[]),
            };
            match magic {
                Some(Magic::Smb1) => smb1::message(&mut self.connection, &message, out),
                Some(Magic::Smb2) => smb2::message(&mut self.connection, &message, out),
                Some(Magic::Sealed) => smb2::sealed(&mut self.connection, &message, out),
                None => {}
            }
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.connection.finish(out);
    }
}

#[cfg(test)]
#[path = "smb/smb_test.rs"]
mod tests;
