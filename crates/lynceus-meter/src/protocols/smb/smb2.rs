//! Messages of SMB 2 and 3: one or several commands in a chain.

mod answers;

use super::connection::{Asked, Connection, What};
use super::files::{Creation, Data, Handle, NAME_CHARS};
use super::Message;
use crate::protocols::wire::{utf16_text, Wire};
use crate::protocols::{ntstatus, Event};

const NEGOTIATE: u16 = 0;
const SESSION_SETUP: u16 = 1;
const TREE_CONNECT: u16 = 3;
const TREE_DISCONNECT: u16 = 4;
const CREATE: u16 = 5;
const CLOSE: u16 = 6;
const READ: u16 = 8;
const WRITE: u16 = 9;
const IOCTL: u16 = 11;
const SET_INFO: u16 = 17;

/// Bytes of the header of a command.
const HEADER_BYTES: usize = 64;
/// Commands of one chain.
const CHAIN: usize = 64;
const IS_ANSWER: u32 = 1;
const IS_ASYNC: u32 = 2;
/// The file that the command before it in the chain opened.
const RELATED: Handle = Handle::MAX;
/// Control code: writes to a pipe and reads its answer.
const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// True for commands that may carry much file data.
pub(super) fn moves_data(command: u8) -> bool {
    matches!(u16::from(command), READ | WRITE)
}

/// One command of a chain.
struct Command<'a> {
    ts_ns: i64,
    number: u16,
    status: u32,
    message_id: u64,
    tree: u32,
    session: u64,
    /// From the header on, as far as it was kept.
    bytes: &'a [u8],
}

impl<'a> Command<'a> {
    /// What follows the header.
    fn body(&self) -> Wire<'a> {
        Wire::new(self.bytes.get(HEADER_BYTES..).unwrap_or(&[]))
    }

    /// A part of the message by its place; empty when it was not kept.
    fn part(&self, at: usize, bytes: usize) -> &'a [u8] {
        let from = self.bytes.get(at..).unwrap_or(&[]);
        from.get(..bytes).unwrap_or(from)
    }

    /// File data at a place of the message; none where the place makes no sense.
    fn data(&self, at: usize, bytes: u32) -> Data<'a> {
        if at < HEADER_BYTES {
            return Data::default();
        }
        Data {
            kept: self.part(at, usize::try_from(bytes).unwrap_or(usize::MAX)),
            bytes: u64::from(bytes),
        }
    }
}

/// An encrypted or compressed message: an encrypted one names its session.
pub(super) fn sealed(connection: &mut Connection, message: &Message<'_>, out: &mut Vec<Event>) {
    let mut w = Wire::new(message.bytes);
    if w.u8() == Some(0xfd) && w.take(43).is_some() {
        if let Some(session) = w.le64() {
            connection.sealed(message.ts_ns, session, out);
        }
    }
}

/// Takes a message.
pub(super) fn message(connection: &mut Connection, message: &Message<'_>, out: &mut Vec<Event>) {
    let mut rest = message.bytes;
    let mut related = RELATED;
    let (mut tree, mut session) = (0, 0);
    for _ in 0..CHAIN {
        let Some((mut command, flags, next)) = read_header(message.ts_ns, rest) else {
            return;
        };
        // Commands that belong to the one before may leave out what is the same.
        if command.tree == u32::MAX {
            command.tree = tree;
        }
        if command.session == u64::MAX {
            command.session = session;
        }
        (tree, session) = (command.tree, command.session);
        let _ = match flags & IS_ANSWER {
            0 => request(connection, &command, out),
            _ => answers::answer(connection, &command, &mut related, out),
        };
        let Ok(next) = usize::try_from(next) else {
            return;
        };
        match rest.get(next..) {
            Some(after) if next >= HEADER_BYTES => rest = after,
            _ => return,
        }
    }
}

fn read_header(ts_ns: i64, bytes: &[u8]) -> Option<(Command<'_>, u32, u32)> {
    let mut w = Wire::new(bytes);
    if w.take(4)? != b"\xfeSMB" || w.le16()? != 64 {
        return None;
    }
    w.le16()?;
    let status = w.le32()?;
    let number = w.le16()?;
    w.le16()?;
    let (flags, next) = (w.le32()?, w.le32()?);
    let message_id = w.le64()?;
    w.le32()?;
    let tree = w.le32()?;
    let session = w.le64()?;
    let end = match usize::try_from(next).ok()? {
        0 => bytes.len(),
        next => next,
    };
    let command = Command {
        ts_ns,
        number,
        status,
        message_id,
        tree: if flags & IS_ASYNC != 0 { 0 } else { tree },
        session,
        bytes: bytes.get(..end).unwrap_or(bytes),
    };
    Some((command, flags, next))
}

fn request(connection: &mut Connection, command: &Command<'_>, out: &mut Vec<Event>) -> Option<()> {
    let mut w = command.body();
    let what = match command.number {
        NEGOTIATE => {
            connection.negotiated.ts_ns.get_or_insert(command.ts_ns);
            return None;
        }
        SESSION_SETUP => {
            w.take(12)?;
            let (at, bytes) = (usize::from(w.le16()?), usize::from(w.le16()?));
            let mut setup = connection.setup(command.session);
            setup.exchange.token(command.ts_ns, command.part(at, bytes));
            What::Setup(setup)
        }
        TREE_CONNECT => {
            w.take(4)?;
            let (at, bytes) = (usize::from(w.le16()?), usize::from(w.le16()?));
            What::Tree(Some(utf16_text(command.part(at, bytes), NAME_CHARS)))
        }
        TREE_DISCONNECT => {
            connection.leave_tree(command.tree);
            return None;
        }
        CREATE => What::Create(Box::new(creation(connection, command, &mut w)?)),
        CLOSE => {
            w.take(8)?;
            What::Close(handle(&mut w)?)
        }
        READ => {
            w.take(16)?;
            What::Read(handle(&mut w)?)
        }
        WRITE => write(connection, command, &mut w, out)?,
        IOCTL => transceive(connection, command, &mut w, out)?,
        SET_INFO => set_info(command, &mut w)?,
        _ => return None,
    };
    let asked = Asked {
        id: command.message_id,
        ts_ns: command.ts_ns,
        session: command.session,
        what,
    };
    connection.ask(asked, out);
    Some(())
}

fn handle(w: &mut Wire<'_>) -> Option<Handle> {
    let (low, high) = (w.le64()?, w.le64()?);
    Some(Handle::from(high) << 64 | Handle::from(low))
}

fn creation(connection: &Connection, command: &Command<'_>, w: &mut Wire<'_>) -> Option<Creation> {
    w.take(36)?;
    let (disposition, options) = (w.le32()?, w.le32()?);
    let (at, bytes) = (usize::from(w.le16()?), usize::from(w.le16()?));
    let (path, kind) = connection.tree(command.tree);
    Some(Creation {
        path,
        kind,
        name: utf16_text(command.part(at, bytes), NAME_CHARS),
        who: connection.who(command.session),
        disposition: Some(disposition),
        is_directory: (options & 0x41 != 0).then_some(options & 1 != 0),
        delete_on_close: options & 0x1000 != 0,
    })
}

fn write(
    connection: &mut Connection,
    command: &Command<'_>,
    w: &mut Wire<'_>,
    out: &mut Vec<Event>,
) -> Option<What> {
    w.take(2)?;
    let at = usize::from(w.le16()?);
    let bytes = w.le32()?;
    w.take(8)?;
    let handle = handle(w)?;
    let data = command.data(at, bytes);
    connection
        .files
        .through_pipe(handle, (command.ts_ns, true), data, out);
    Some(What::Write(handle, u64::from(bytes)))
}

fn transceive(
    connection: &mut Connection,
    command: &Command<'_>,
    w: &mut Wire<'_>,
    out: &mut Vec<Event>,
) -> Option<What> {
    w.take(4)?;
    if w.le32()? != PIPE_TRANSCEIVE {
        return None;
    }
    let handle = handle(w)?;
    let at = usize::try_from(w.le32()?).ok()?;
    let bytes = w.le32()?;
    let data = command.data(at, bytes);
    connection
        .files
        .through_pipe(handle, (command.ts_ns, true), data, out);
    connection
        .files
        .wrote(handle, command.ts_ns, u64::from(bytes), ntstatus::OK);
    Some(What::Transceive(handle))
}

fn set_info(command: &Command<'_>, w: &mut Wire<'_>) -> Option<What> {
    w.take(2)?;
    let (kind, class) = (w.u8()?, w.u8()?);
    let bytes = usize::try_from(w.le32()?).ok()?;
    let at = usize::from(w.le16()?);
    w.take(6)?;
    let handle = handle(w)?;
    let mut info = Wire::new(command.part(at, bytes));
    match (kind, class) {
        (1, 4) => Some(What::SetAttribute(handle)),
        (1, 10 | 65) => {
            info.take(16)?;
            let bytes = usize::try_from(info.le32()?).ok()?;
            let name = info.rest().get(..bytes).unwrap_or(info.rest());
            Some(What::Rename(handle, utf16_text(name, NAME_CHARS)))
        }
        (1, 13) => Some(What::Delete(handle, info.u8()? != 0)),
        (1, 64) => Some(What::Delete(handle, info.le32()? & 1 != 0)),
        _ => None,
    }
}
