//! What is done with the files, directories and pipes of shares, whatever the version.

mod pipes;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::connection::{Kind, Who};
use super::SmbFilesEvent;
use crate::protocols::allowance::{Allowance, Rows};
use crate::protocols::dce_rpc::Association;
use crate::protocols::{ntstatus, Event};

/// Files open at once; beyond, the oldest counts as closed.
const OPENS: usize = 512;
/// Characters kept of a name.
pub(super) const NAME_CHARS: usize = 512;
/// Name of the directory at the top of a share.
const TOP: &str = "<share_root>";

/// How a file is named once it is open.
pub(super) type Handle = u128;

/// A request to open something.
#[derive(Debug, Default)]
pub(super) struct Creation {
    pub(super) path: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) name: String,
    pub(super) who: Who,
    pub(super) disposition: Option<u32>,
    pub(super) is_directory: Option<bool>,
    pub(super) delete_on_close: bool,
}

/// The answer to it; nothing in it when there was none.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) handle: Handle,
    pub(super) status: Option<u32>,
    /// The action that the server took: 1 opened what was there.
    pub(super) action: Option<u32>,
    pub(super) size_bytes: Option<u64>,
    pub(super) is_directory: Option<bool>,
}

/// File data of a message: what was kept of it, and its bytes on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Data<'a> {
    pub(super) kept: &'a [u8],
    pub(super) bytes: u64,
}

/// Bytes moved one way.
#[derive(Debug, Default)]
struct Moved {
    first_ns: Option<i64>,
    bytes: u64,
    status: Option<u32>,
}

impl Moved {
    fn add(&mut self, ts_ns: i64, bytes: u64, status: u32) {
        self.first_ns.get_or_insert(ts_ns);
        self.bytes = self.bytes.saturating_add(bytes);
        self.status = Some(status);
    }
}

#[derive(Debug)]
struct Open {
    handle: Handle,
    kind: Kind,
    path: Option<String>,
    name: Option<String>,
    who: Who,
    is_directory: Option<bool>,
    delete_on_close: bool,
    read: Moved,
    written: Moved,
    calls: Option<Box<Association>>,
    /// Bytes of either side of a pipe that were not kept, told with the next ones.
    missing: [u64; 2],
}

/// The files of a connection.
#[derive(Debug, Default)]
pub(super) struct Files {
    open: VecDeque<Open>,
    rows: Allowance,
    calls: Allowance,
}

#[derive(Clone, Copy)]
enum Deed {
    Open,
    Read,
    Write,
    Close,
    Rename,
    Delete,
    SetAttribute,
}

fn action(kind: Kind, deed: Deed) -> Cow<'static, str> {
    Cow::Borrowed(match (kind, deed) {
        (Kind::Pipe, Deed::Open) => "SMB::PIPE_OPEN",
        (Kind::Pipe, Deed::Read) => "SMB::PIPE_READ",
        (Kind::Pipe, Deed::Write) => "SMB::PIPE_WRITE",
        (Kind::Pipe, Deed::Close) => "SMB::PIPE_CLOSE",
        (Kind::Print, Deed::Open) => "SMB::PRINT_OPEN",
        (Kind::Print, Deed::Read) => "SMB::PRINT_READ",
        (Kind::Print, Deed::Write) => "SMB::PRINT_WRITE",
        (Kind::Print, Deed::Close) => "SMB::PRINT_CLOSE",
        (Kind::Disk, Deed::Open) => "SMB::FILE_OPEN",
        (Kind::Disk, Deed::Read) => "SMB::FILE_READ",
        (Kind::Disk, Deed::Write) => "SMB::FILE_WRITE",
        (Kind::Disk, Deed::Close) => "SMB::FILE_CLOSE",
        (_, Deed::Rename) => "SMB::FILE_RENAME",
        (_, Deed::Delete) => "SMB::FILE_DELETE",
        (_, Deed::SetAttribute) => "SMB::FILE_SET_ATTRIBUTE",
    })
}

fn disposition_name(disposition: u32) -> Cow<'static, str> {
    Cow::Borrowed(match disposition {
        0 => "supersede",
        1 => "open",
        2 => "create",
        3 => "open_if",
        4 => "overwrite",
        5 => "overwrite_if",
        _ => return Cow::Owned(disposition.to_string()),
    })
}

/// What a share holds when only its path is known.
fn kind_of(path: Option<&str>) -> Kind {
    match path.map(str::as_bytes) {
        Some([.., b'I' | b'i', b'P' | b'p', b'C' | b'c', b'$']) => Kind::Pipe,
        _ => Kind::Disk,
    }
}

impl Open {
    fn row(&self, ts_ns: i64, deed: Deed, status: Option<u32>) -> SmbFilesEvent {
        SmbFilesEvent {
            ts_ns,
            action: Some(action(self.kind, deed)),
            path: self.path.clone(),
            name: self.name.clone(),
            is_directory: self.is_directory,
            username: self.who.user.clone(),
            status: status.map(ntstatus::nt),
            ..SmbFilesEvent::default()
        }
    }
}

impl Files {
    fn tell(&mut self, row: SmbFilesEvent, out: &mut Vec<Event>) {
        Rows::new(&mut self.rows, out).tell(Event::SmbFiles(Box::new(row)));
    }

    fn find(&mut self, handle: Handle) -> Option<&mut Open> {
        self.open
            .iter_mut()
            .rev()
            .find(|open| open.handle == handle)
    }

    /// Something was opened, or could not be.
    pub(super) fn opened(
        &mut self,
        ts_ns: i64,
        creation: Creation,
        opened: &Opened,
        out: &mut Vec<Event>,
    ) {
        let path = creation.path;
        let kind = creation.kind.unwrap_or_else(|| kind_of(path.as_deref()));
        let granted = opened.status == Some(ntstatus::OK);
        let name = match creation.name.as_str() {
            "" if kind == Kind::Disk => TOP.to_owned(),
            _ => creation.name,
        };
        let open = Open {
            handle: opened.handle,
            kind,
            path,
            name: Some(name),
            who: creation.who,
            is_directory: opened.is_directory.or(creation.is_directory),
            delete_on_close: creation.delete_on_close,
            read: Moved::default(),
            written: Moved::default(),
            calls: None,
            missing: [0; 2],
        };
        let row = SmbFilesEvent {
            size_bytes: opened.size_bytes.filter(|_| granted && kind == Kind::Disk),
            disposition: creation.disposition.map(disposition_name),
            created: opened.action.filter(|_| granted).map(|action| action != 1),
            delete_on_close: Some(creation.delete_on_close),
            ..open.row(ts_ns, Deed::Open, opened.status)
        };
        self.tell(row, out);
        if granted {
            self.keep(open, ts_ns, out);
        }
    }

    fn keep(&mut self, open: Open, ts_ns: i64, out: &mut Vec<Event>) {
        if self.open.len() >= OPENS {
            if let Some(oldest) = self.open.pop_front() {
                self.let_go(oldest, ts_ns, false, out);
            }
        }
        self.open.push_back(open);
    }

    /// A client wrote so many bytes.
    pub(super) fn wrote(&mut self, handle: Handle, ts_ns: i64, bytes: u64, status: u32) {
        let moved = if status == ntstatus::OK { bytes } else { 0 };
        if let Some(open) = self.find(handle) {
            open.written.add(ts_ns, moved, status);
        }
    }

    /// A client read so many bytes.
    pub(super) fn read(&mut self, handle: Handle, ts_ns: i64, bytes: u64, status: u32) {
        let moved = match status {
            ntstatus::OK | ntstatus::BUFFER_OVERFLOW => bytes,
            _ => 0,
        };
        if let Some(open) = self.find(handle) {
            open.read.add(ts_ns, moved, status);
        }
    }

    /// A file got another name, or should have.
    pub(super) fn renamed(
        &mut self,
        handle: Handle,
        ts_ns: i64,
        new: String,
        status: u32,
        out: &mut Vec<Event>,
    ) {
        let Some(open) = self.find(handle) else {
            return;
        };
        let row = SmbFilesEvent {
            prev_name: open.name.clone(),
            name: Some(new.clone()),
            ..open.row(ts_ns, Deed::Rename, Some(status))
        };
        if status == ntstatus::OK {
            open.name = Some(new);
        }
        self.tell(row, out);
    }

    /// A file was marked to be deleted, or the mark was taken away.
    pub(super) fn marked(
        &mut self,
        handle: Handle,
        ts_ns: i64,
        (delete, status): (bool, u32),
        out: &mut Vec<Event>,
    ) {
        let Some(open) = self.find(handle) else {
            return;
        };
        if status == ntstatus::OK {
            // Told now; closing it tells nothing more.
            open.delete_on_close = false;
        }
        if delete {
            let row = open.row(ts_ns, Deed::Delete, Some(status));
            self.tell(row, out);
        }
    }

    /// The times or attributes of a file were set.
    pub(super) fn attributes_set(
        &mut self,
        handle: Handle,
        ts_ns: i64,
        status: u32,
        out: &mut Vec<Event>,
    ) {
        if let Some(open) = self.find(handle) {
            let row = open.row(ts_ns, Deed::SetAttribute, Some(status));
            self.tell(row, out);
        }
    }

    /// SMB1 deletes and renames files by their names.
    pub(super) fn by_name(
        &mut self,
        ts_ns: i64,
        creation: Creation,
        new: Option<String>,
        status: u32,
        out: &mut Vec<Event>,
    ) {
        let deed = if new.is_some() {
            Deed::Rename
        } else {
            Deed::Delete
        };
        let (name, prev_name) = match new {
            Some(new) => (new, Some(creation.name)),
            None => (creation.name, None),
        };
        let row = SmbFilesEvent {
            ts_ns,
            action: Some(action(Kind::Disk, deed)),
            path: creation.path,
            name: Some(name),
            prev_name,
            username: creation.who.user,
            status: Some(ntstatus::nt(status)),
            ..SmbFilesEvent::default()
        };
        self.tell(row, out);
    }

    /// A file was closed.
    pub(super) fn closed(&mut self, handle: Handle, ts_ns: i64, status: u32, out: &mut Vec<Event>) {
        let Some(at) = self.open.iter().rposition(|open| open.handle == handle) else {
            return;
        };
        if status != ntstatus::OK {
            return;
        }
        if let Some(open) = self.open.remove(at) {
            let row = open.row(ts_ns, Deed::Close, Some(status));
            self.let_go(open, ts_ns, true, out);
            self.tell(row, out);
        }
    }

    /// Tells what was done with a file that is not followed any more.
    fn let_go(&mut self, mut open: Open, ts_ns: i64, closed: bool, out: &mut Vec<Event>) {
        if let Some(mut association) = open.calls.take() {
            association.finish(&mut Rows::new(&mut self.calls, out));
        }
        for (moved, deed) in [(&open.read, Deed::Read), (&open.written, Deed::Write)] {
            if let Some(first_ns) = moved.first_ns {
                let row = SmbFilesEvent {
                    bytes: Some(moved.bytes),
                    ..open.row(first_ns, deed, moved.status)
                };
                self.tell(row, out);
            }
        }
        if open.delete_on_close && closed {
            let row = open.row(ts_ns, Deed::Delete, Some(ntstatus::OK));
            self.tell(row, out);
        }
    }

    /// The connection ends, and with it every file.
    pub(super) fn finish(&mut self, out: &mut Vec<Event>) {
        while let Some(open) = self.open.pop_front() {
            self.let_go(open, 0, false, out);
        }
    }
}
