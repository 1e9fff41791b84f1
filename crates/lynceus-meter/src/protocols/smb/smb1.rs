//! Messages of SMB 1: a header, then one command or several joined by their offsets.

mod answers;
mod texts;

use super::connection::{Asked, Connection, Setup, What, Who};
use super::files::{Creation, Data, Handle};
use super::Message;
use crate::protocols::wire::Wire;
use crate::protocols::{ntstatus, Event};
use texts::Texts;

const CLOSE: u8 = 0x04;
const DELETE: u8 = 0x06;
const RENAME: u8 = 0x07;
const LOCKING: u8 = 0x24;
const TRANSACTION: u8 = 0x25;
const OPEN: u8 = 0x2d;
const READ: u8 = 0x2e;
const WRITE: u8 = 0x2f;
const TRANSACTION2: u8 = 0x32;
const TREE_DISCONNECT: u8 = 0x71;
const NEGOTIATE: u8 = 0x72;
const SESSION_SETUP: u8 = 0x73;
const LOGOFF: u8 = 0x74;
const TREE_CONNECT: u8 = 0x75;
const NT_CREATE: u8 = 0xa2;

/// Bytes of the header of a message.
const HEADER_BYTES: usize = 32;
/// Commands joined in one message.
const CHAIN: usize = 8;
/// Dialects of an offer.
const DIALECTS: usize = 32;
/// Flag of an answer.
const IS_ANSWER: u8 = 0x80;
/// Flag: texts are UTF-16.
const UNICODE: u16 = 0x8000;
/// Flag: the status is an NT status.
const NT_STATUS: u16 = 0x4000;
/// Subcommand: writes to a pipe and reads its answer.
const TRANSACT_PIPE: u16 = 0x26;
/// Subcommand: sets what is known of an open file.
const SET_FILE_INFORMATION: u16 = 8;

/// True for commands that may carry much file data.
pub(super) fn moves_data(command: u8) -> bool {
    matches!(command, READ | WRITE)
}

/// One command of a message.
struct Command<'a> {
    ts_ns: i64,
    number: u8,
    status: u32,
    unicode: bool,
    tree: u32,
    session: u64,
    /// Process and number of the request.
    id: u64,
    /// The whole message from its header on, as far as it was kept.
    bytes: &'a [u8],
    words: Wire<'a>,
    /// Where the bytes behind the words begin.
    data_at: usize,
    /// It follows a command that opens the file it means.
    after_open: bool,
}

/// The file that a command before it in the message opened.
const RELATED: Handle = Handle::MAX;

impl<'a> Command<'a> {
    fn handle(&self, id: u16) -> Handle {
        match self.after_open {
            true => RELATED,
            false => Handle::from(id),
        }
    }

    fn is_joined(&self) -> bool {
        matches!(
            self.number,
            LOCKING | OPEN | READ | WRITE | SESSION_SETUP | LOGOFF | TREE_CONNECT | NT_CREATE
        )
    }

    /// Requests joined in one message have its number alone in common.
    fn asked_id(&self) -> u64 {
        self.id | u64::from(self.number) << 32
    }

    fn part(&self, at: usize, bytes: usize) -> &'a [u8] {
        let from = self.bytes.get(at..).unwrap_or(&[]);
        from.get(..bytes).unwrap_or(from)
    }

    fn data(&self, at: u16, bytes: u32) -> Data<'a> {
        if usize::from(at) < HEADER_BYTES {
            return Data::default();
        }
        Data {
            kept: self.part(
                usize::from(at),
                usize::try_from(bytes).unwrap_or(usize::MAX),
            ),
            bytes: u64::from(bytes),
        }
    }

    /// The texts behind the words, from a place on.
    fn texts(&self, at: usize) -> Texts<'a> {
        Texts {
            bytes: self.bytes,
            at: self.data_at.saturating_add(at),
            unicode: self.unicode,
        }
    }

    fn what(&self, about: &mut Connection) -> Creation {
        let (path, kind) = about.tree(self.tree);
        Creation {
            path,
            kind,
            who: about.who(self.session),
            ..Creation::default()
        }
    }
}

/// A file name as SMB2 has it: without the backslash at its front.
fn file_name(name: String) -> String {
    match name.strip_prefix('\\') {
        Some(name) => name.to_owned(),
        None => name,
    }
}

/// Takes a message.
pub(super) fn message(connection: &mut Connection, message: &Message<'_>, out: &mut Vec<Event>) {
    let Some((mut command, flags)) = read_header(message) else {
        return;
    };
    let mut at = HEADER_BYTES;
    let mut related = RELATED;
    for _ in 0..CHAIN {
        if read_block(&mut command, at).is_none() {
            return;
        }
        let mut words = command.words;
        let _ = match flags & IS_ANSWER {
            0 => request(connection, &command, out),
            _ => answers::answer(connection, &command, &mut related, out),
        };
        if !command.is_joined() {
            return;
        }
        match (words.u8(), words.u8(), words.le16().map(usize::from)) {
            (Some(number), Some(_), Some(next)) if number != 0xff && next > at => {
                command.after_open |= matches!(command.number, OPEN | NT_CREATE);
                command.number = number;
                at = next;
            }
            _ => return,
        }
    }
}

fn read_header<'a>(message: &Message<'a>) -> Option<(Command<'a>, u8)> {
    let mut w = Wire::new(message.bytes);
    if w.take(4)? != b"\xffSMB" {
        return None;
    }
    let number = w.u8()?;
    let status = w.le32()?;
    let flags = w.u8()?;
    let flags2 = w.le16()?;
    w.take(12)?;
    let tree = w.le16()?;
    let process = w.le16()?;
    let session = w.le16()?;
    let number_of = w.le16()?;
    let command = Command {
        ts_ns: message.ts_ns,
        number,
        status: match flags2 & NT_STATUS {
            0 => of_dos(status),
            _ => status,
        },
        unicode: flags2 & UNICODE != 0,
        tree: u32::from(tree),
        session: u64::from(session),
        id: u64::from(process) << 16 | u64::from(number_of),
        bytes: message.bytes,
        words: Wire::new(&[]),
        data_at: 0,
        after_open: false,
    };
    Some((command, flags))
}

/// The NT status that means what an old code (class, then number) means.
fn of_dos(code: u32) -> u32 {
    match (code & 0xff, code >> 16) {
        (0, _) => ntstatus::OK,
        (1, 2 | 3) => 0xc000_0034,
        (1 | 2, 5) => 0xc000_0022,
        (1, 32) => 0xc000_0043,
        (1, 80) => 0xc000_0035,
        (2, 2) => 0xc000_006d,
        (2, 6) => 0xc000_00cc,
        _ => 0xc000_0001,
    }
}

/// Finds the words and bytes of a command.
fn read_block(command: &mut Command<'_>, at: usize) -> Option<()> {
    let mut w = Wire::new(command.bytes.get(at..)?);
    let words = usize::from(w.u8()?).saturating_mul(2);
    command.words = w.sub(words)?;
    // The bytes have their count before them.
    command.data_at = at.saturating_add(words).saturating_add(3);
    Some(())
}

fn request(connection: &mut Connection, command: &Command<'_>, out: &mut Vec<Event>) -> Option<()> {
    let mut w = command.words;
    let what = match command.number {
        NEGOTIATE => {
            connection.negotiated.ts_ns.get_or_insert(command.ts_ns);
            What::Negotiate(offered(command))
        }
        SESSION_SETUP => What::Setup(setup(connection, command)?),
        TREE_CONNECT => {
            w.take(6)?;
            let password = usize::from(w.le16()?);
            What::Tree(command.texts(password).next())
        }
        TREE_DISCONNECT => {
            connection.leave_tree(command.tree);
            return None;
        }
        NT_CREATE | OPEN => What::Create(Box::new(creation(connection, command)?)),
        CLOSE => What::Close(command.handle(w.le16()?)),
        READ => {
            w.take(4)?;
            What::Read(command.handle(w.le16()?))
        }
        WRITE => write(connection, command, out)?,
        DELETE => {
            let name = command.texts(0).kind().next()?;
            What::ByName(file_name(name), None)
        }
        RENAME => {
            let mut texts = command.texts(0);
            let old = texts.kind().next()?;
            let new = texts.kind().next()?;
            What::ByName(file_name(old), Some(file_name(new)))
        }
        TRANSACTION => transact(connection, command, out)?,
        TRANSACTION2 => set_information(command)?,
        _ => return None,
    };
    let asked = Asked {
        id: command.asked_id(),
        ts_ns: command.ts_ns,
        session: command.session,
        what,
    };
    connection.ask(asked, out);
    Some(())
}

fn offered(command: &Command<'_>) -> Vec<String> {
    let mut texts = command.texts(0);
    let mut dialects = Vec::new();
    while dialects.len() < DIALECTS {
        match texts.kind().next_narrow() {
            Some(dialect) => dialects.push(dialect),
            None => break,
        }
    }
    dialects
}

fn setup(connection: &mut Connection, command: &Command<'_>) -> Option<Box<Setup>> {
    let mut w = command.words;
    let count = w.len() / 2;
    w.take(14)?;
    let first = usize::from(w.le16()?);
    let mut setup = connection.setup(command.session);
    setup.exchange.ts_ns.get_or_insert(command.ts_ns);
    if count == 12 {
        let token = command.part(command.data_at, first);
        setup.exchange.token(command.ts_ns, token);
    } else if count == 13 {
        // The proofs of the password come first.
        let proofs = first.saturating_add(usize::from(w.le16()?));
        let mut texts = command.texts(proofs);
        let (user, domain) = (texts.next(), texts.next());
        setup.plain = Some(Who {
            user: user.filter(|user| !user.is_empty()),
            domain: domain.filter(|domain| !domain.is_empty()),
        });
    }
    Some(setup)
}

fn creation(connection: &mut Connection, command: &Command<'_>) -> Option<Creation> {
    let mut w = command.words;
    let mut creation = command.what(connection);
    creation.name = file_name(command.texts(0).next()?);
    if command.number == NT_CREATE {
        w.take(35)?;
        let (disposition, options) = (w.le32()?, w.le32()?);
        creation.disposition = Some(disposition);
        creation.is_directory = (options & 0x41 != 0).then_some(options & 1 != 0);
        creation.delete_on_close = options & 0x1000 != 0;
    }
    Some(creation)
}

fn write(connection: &mut Connection, command: &Command<'_>, out: &mut Vec<Event>) -> Option<What> {
    let mut w = command.words;
    w.take(4)?;
    let handle = command.handle(w.le16()?);
    w.take(12)?;
    let (high, low, at) = (w.le16()?, w.le16()?, w.le16()?);
    let bytes = u32::from(high) << 16 | u32::from(low);
    let data = command.data(at, bytes);
    connection
        .files
        .through_pipe(handle, (command.ts_ns, true), data, out);
    Some(What::Write(handle, u64::from(bytes)))
}

fn transact(
    connection: &mut Connection,
    command: &Command<'_>,
    out: &mut Vec<Event>,
) -> Option<What> {
    let mut w = command.words;
    w.take(22)?;
    let (bytes, at) = (w.le16()?, w.le16()?);
    w.take(2)?;
    if w.le16()? != TRANSACT_PIPE {
        return None;
    }
    let handle = Handle::from(w.le16()?);
    let data = command.data(at, u32::from(bytes));
    let files = &mut connection.files;
    files.through_pipe(handle, (command.ts_ns, true), data, out);
    files.wrote(handle, command.ts_ns, data.bytes, ntstatus::OK);
    Some(What::Transceive(handle))
}

fn set_information(command: &Command<'_>) -> Option<What> {
    let mut w = command.words;
    w.take(18)?;
    let (parameters, parameters_at) = (usize::from(w.le16()?), usize::from(w.le16()?));
    let (bytes, at) = (usize::from(w.le16()?), usize::from(w.le16()?));
    w.take(2)?;
    if w.le16()? != SET_FILE_INFORMATION {
        return None;
    }
    let mut parameters = Wire::new(command.part(parameters_at, parameters));
    let handle = Handle::from(parameters.le16()?);
    let mut data = Wire::new(command.part(at, bytes));
    match parameters.le16()? {
        0x0101 | 1004 => Some(What::SetAttribute(handle)),
        0x0102 | 1013 => Some(What::Delete(handle, data.u8()? != 0)),
        _ => None,
    }
}
