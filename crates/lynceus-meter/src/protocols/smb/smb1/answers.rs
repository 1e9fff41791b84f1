//! Answers of SMB 1.

use std::borrow::Cow;

use super::super::connection::{Connection, Granted, Kind, Mapped, Setup, What};
use super::super::files::{Data, Handle, Opened};
use super::{Command, OPEN, RELATED};
use crate::protocols::{ntstatus, Event};

/// Takes an answer; `related` is the file that the message opened before.
pub(super) fn answer(
    connection: &mut Connection,
    command: &Command<'_>,
    related: &mut Handle,
    out: &mut Vec<Event>,
) -> Option<()> {
    let asked = connection.answer(command.asked_id())?;
    let of = |handle: Handle| match handle {
        RELATED => *related,
        handle => handle,
    };
    let (asked_ns, status) = (asked.ts_ns, command.status);
    let files = &mut connection.files;
    match asked.what {
        What::Negotiate(dialects) => negotiated(connection, command, dialects),
        What::Setup(setup) => session(connection, command, setup, out),
        What::Tree(path) => mapped(connection, command, (asked_ns, asked.session), path, out),
        What::Create(creation) => {
            let opened = opened(command);
            *related = opened.handle;
            files.opened(asked_ns, *creation, &opened, out);
        }
        What::Close(handle) => files.closed(of(handle), command.ts_ns, status, out),
        What::Write(handle, bytes) => files.wrote(of(handle), asked_ns, bytes, status),
        What::Read(handle) => {
            let handle = of(handle);
            let data = read_data(command).unwrap_or_default();
            files.read(handle, asked_ns, data.bytes, status);
            files.through_pipe(handle, (command.ts_ns, false), data, out);
        }
        What::Transceive(handle) => {
            let data = transacted(command).unwrap_or_default();
            files.read(handle, asked_ns, data.bytes, status);
            files.through_pipe(handle, (command.ts_ns, false), data, out);
        }
        What::Delete(handle, delete) => files.marked(handle, asked_ns, (delete, status), out),
        What::SetAttribute(handle) => files.attributes_set(handle, asked_ns, status, out),
        What::ByName(name, new) => {
            let mut creation = command.what(connection);
            creation.name = name;
            let files = &mut connection.files;
            files.by_name(asked_ns, creation, new, status, out);
        }
        What::Rename(..) => {}
    }
    Some(())
}

fn negotiated(connection: &mut Connection, command: &Command<'_>, dialects: Vec<String>) {
    let mut w = command.words;
    let index = w.le16().map_or(usize::MAX, usize::from);
    let negotiated = &mut connection.negotiated;
    negotiated.version = Some("SMB1");
    negotiated.dialect = dialects.into_iter().nth(index).map(Cow::Owned);
    negotiated.signing_required = w.u8().map(|mode| mode & 8 != 0);
}

fn session(
    connection: &mut Connection,
    command: &Command<'_>,
    mut setup: Box<Setup>,
    out: &mut Vec<Event>,
) {
    let mut w = command.words;
    let count = w.len() / 2;
    let guest = w.take(4).and_then(|_| w.le16()).unwrap_or(0) & 1 != 0;
    let token = match count {
        4 => w.le16().map_or(0, usize::from),
        _ => 0,
    };
    if token > 0 {
        let token = command.part(command.data_at, token);
        setup.exchange.token(command.ts_ns, token);
    }
    let native_os = command.texts(token).next();
    let granted = command.status == ntstatus::OK;
    let granted = Granted {
        session: command.session,
        status: Some(command.status),
        guest: granted && guest,
        anonymous: false,
        encrypted: None,
        native_os: native_os.filter(|os| count >= 3 && !os.is_empty()),
    };
    connection.negotiated.version.get_or_insert("SMB1");
    connection.granted(setup, granted, out);
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
    if command.status == ntstatus::OK && !command.words.is_empty() {
        let mut texts = command.texts(0);
        mapped.service = texts.next_narrow();
        mapped.native_file_system = texts.next().filter(|name| !name.is_empty());
        mapped.kind = mapped.service.as_deref().map(|service| match service {
            "IPC" => Kind::Pipe,
            service if service.starts_with("LPT") => Kind::Print,
            _ => Kind::Disk,
        });
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
        let _ = read_opened(command, &mut opened);
    }
    opened
}

fn read_opened(command: &Command<'_>, opened: &mut Opened) -> Option<()> {
    let mut w = command.words;
    w.take(4)?;
    if command.number == OPEN {
        opened.handle = Handle::from(w.le16()?);
        w.take(6)?;
        opened.size_bytes = Some(u64::from(w.le32()?));
        return Some(());
    }
    w.u8()?;
    opened.handle = Handle::from(w.le16()?);
    opened.action = Some(w.le32()?);
    w.take(32)?;
    opened.is_directory = Some(w.le32()? & 0x10 != 0);
    w.take(8)?;
    opened.size_bytes = Some(w.le64()?);
    Some(())
}

/// The data of a read.
fn read_data<'a>(command: &Command<'a>) -> Option<Data<'a>> {
    let mut w = command.words;
    w.take(10)?;
    let (low, at, high) = (w.le16()?, w.le16()?, w.le16()?);
    Some(command.data(at, u32::from(high) << 16 | u32::from(low)))
}

/// The data that a pipe gave back.
fn transacted<'a>(command: &Command<'a>) -> Option<Data<'a>> {
    let mut w = command.words;
    w.take(12)?;
    let (bytes, at) = (w.le16()?, w.le16()?);
    Some(command.data(at, u32::from(bytes)))
}
