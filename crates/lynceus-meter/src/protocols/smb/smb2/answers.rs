//! Answers of SMB 2 and 3.

use std::borrow::Cow;

use super::super::connection::{Connection, Granted, Kind, Mapped, Setup, What};
use super::super::files::{Data, Handle, Opened};
use super::{handle, Command, NEGOTIATE, RELATED, SESSION_SETUP};
use crate::protocols::wire::Wire;
use crate::protocols::{ntstatus, Event};

/// Dialect that only says that SMB2 is meant.
const ANY_DIALECT: u16 = 0x02ff;

/// Takes an answer; `related` is the file that the chain opened before.
pub(super) fn answer(
    connection: &mut Connection,
    command: &Command<'_>,
    related: &mut Handle,
    out: &mut Vec<Event>,
) -> Option<()> {
    if command.status == ntstatus::PENDING {
        return None;
    }
    if command.number == NEGOTIATE {
        return negotiated(connection, command);
    }
    let asked = connection.answer(command.message_id);
    if command.number == SESSION_SETUP {
        let setup = match asked.map(|asked| asked.what) {
            Some(What::Setup(setup)) => setup,
            _ => connection.setup(command.session),
        };
        return session(connection, command, setup, out);
    }
    let asked = asked?;
    let of = |handle: Handle| match handle {
        RELATED => *related,
        handle => handle,
    };
    let (asked_ns, status) = (asked.ts_ns, command.status);
    let files = &mut connection.files;
    match asked.what {
        What::Tree(path) => mapped(connection, command, (asked_ns, asked.session), path, out),
        What::Create(creation) => {
            let opened = opened(command);
            *related = opened.handle;
            files.opened(asked_ns, *creation, &opened, out);
        }
        What::Close(handle) => files.closed(of(handle), command.ts_ns, status, out),
        What::Write(handle, bytes) => files.wrote(of(handle), asked_ns, bytes, status),
        What::Read(handle) => {
            let data = read_data(command);
            let handle = of(handle);
            files.read(handle, asked_ns, data.bytes, status);
            files.through_pipe(handle, (command.ts_ns, false), data, out);
        }
        What::Transceive(handle) => {
            let data = transceived(command);
            let handle = of(handle);
            files.read(handle, asked_ns, data.bytes, status);
            files.through_pipe(handle, (command.ts_ns, false), data, out);
        }
        What::Rename(handle, name) => files.renamed(of(handle), asked_ns, name, status, out),
        What::Delete(handle, delete) => files.marked(of(handle), asked_ns, (delete, status), out),
        What::SetAttribute(handle) => files.attributes_set(of(handle), asked_ns, status, out),
        What::Setup(_) | What::ByName(..) | What::Negotiate(_) => {}
    }
    Some(())
}

fn dialect_name(dialect: u16) -> Cow<'static, str> {
    Cow::Borrowed(match dialect {
        0x0202 => "2.0.2",
        0x0210 => "2.1",
        0x0300 => "3.0",
        0x0302 => "3.0.2",
        0x0311 => "3.1.1",
        _ => return Cow::Owned(format!("0x{dialect:04x}")),
    })
}

fn negotiated(connection: &mut Connection, command: &Command<'_>) -> Option<()> {
    let negotiated = &mut connection.negotiated;
    negotiated.ts_ns.get_or_insert(command.ts_ns);
    if command.status != ntstatus::OK {
        return None;
    }
    let mut w = command.body();
    w.take(2)?;
    let security = w.le16()?;
    let dialect = w.le16()?;
    negotiated.signing_required = Some(security & 2 != 0);
    negotiated.version = Some(if dialect >= 0x0300 { "SMB3" } else { "SMB2" });
    negotiated.dialect = (dialect != ANY_DIALECT).then(|| dialect_name(dialect));
    Some(())
}

fn session(
    connection: &mut Connection,
    command: &Command<'_>,
    mut setup: Box<Setup>,
    out: &mut Vec<Event>,
) -> Option<()> {
    let mut w = command.body();
    let size = w.le16();
    let flags = w.le16().filter(|_| size == Some(9)).unwrap_or(0);
    if let (Some(9), Some(at), Some(bytes)) = (size, w.le16(), w.le16()) {
        let token = command.part(usize::from(at), usize::from(bytes));
        setup.exchange.token(command.ts_ns, token);
    }
    setup.exchange.ts_ns.get_or_insert(command.ts_ns);
    let granted = command.status == ntstatus::OK;
    let granted = Granted {
        session: command.session,
        status: Some(command.status),
        guest: granted && flags & 1 != 0,
        anonymous: granted && flags & 2 != 0,
        encrypted: granted.then_some(flags & 4 != 0),
        native_os: None,
    };
    connection.negotiated.version.get_or_insert("SMB2");
    connection.granted(setup, granted, out);
    Some(())
}

fn mapped(
    connection: &mut Connection,
    command: &Command<'_>,
    about: (i64, u64),
    path: Option<String>,
    out: &mut Vec<Event>,
) {
    let mut mapped = Mapped {
        tree: command.tree,
        status: Some(command.status),
        ..Mapped::default()
    };
    let mut w = command.body();
    if command.status == ntstatus::OK && w.le16() == Some(16) {
        mapped.kind = match w.u8() {
            Some(1) => Some(Kind::Disk),
            Some(2) => Some(Kind::Pipe),
            Some(3) => Some(Kind::Print),
            _ => None,
        };
        w.u8();
        mapped.encrypted = w.le32().map(|flags| flags & 0x8000 != 0);
    }
    connection.mapped(about, path, mapped, out);
}

fn opened(command: &Command<'_>) -> Opened {
    let mut opened = Opened {
        handle: RELATED,
        status: Some(command.status),
        ..Opened::default()
    };
    if command.status == ntstatus::OK {
        // An answer that is cut tells what there is.
        let _ = read_opened(&mut command.body(), &mut opened);
    }
    opened
}

fn read_opened(w: &mut Wire<'_>, opened: &mut Opened) -> Option<()> {
    w.take(4)?;
    opened.action = Some(w.le32()?);
    w.take(40)?;
    opened.size_bytes = Some(w.le64()?);
    opened.is_directory = Some(w.le32()? & 0x10 != 0);
    w.take(4)?;
    opened.handle = handle(w)?;
    Some(())
}

/// The data of a read.
fn read_data<'a>(command: &Command<'a>) -> Data<'a> {
    let mut w = command.body();
    let read = |w: &mut Wire<'a>| {
        if w.le16()? != 17 {
            return None;
        }
        let at = usize::from(w.u8()?);
        w.u8()?;
        Some(command.data(at, w.le32()?))
    };
    read(&mut w).unwrap_or_default()
}

/// The data that a pipe gave back.
fn transceived<'a>(command: &Command<'a>) -> Data<'a> {
    let mut w = command.body();
    let read = |w: &mut Wire<'a>| {
        if w.le16()? != 49 {
            return None;
        }
        w.take(30)?;
        let at = usize::try_from(w.le32()?).ok()?;
        Some(command.data(at, w.le32()?))
    };
    read(&mut w).unwrap_or_default()
}
