//! What both ends of a connection agreed on: dialect, sessions and shares, whatever the version.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::files::{Creation, Files, Handle, Opened};
use super::{SmbEvent, SmbMappingEvent};
use crate::protocols::allowance::{Allowance, Rows};
use crate::protocols::ntlm::Exchange;
use crate::protocols::{ntstatus, Event};

/// Requests that may wait for their answer.
const ASKED: usize = 512;
/// Sessions of one connection.
const SESSIONS: usize = 64;
/// Logins under way at once.
const SETUPS: usize = 16;
/// Shares of one connection.
const TREES: usize = 128;

/// Who is behind a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Who {
    pub(super) user: Option<String>,
    pub(super) domain: Option<String>,
}

#[derive(Debug)]
struct Session {
    id: u64,
    who: Who,
}

/// A login under way.
#[derive(Debug, Default)]
pub(super) struct Setup {
    pub(super) exchange: Exchange,
    /// Who logs in without NTLM messages (SMB1).
    pub(super) plain: Option<Who>,
}

/// A share in use.
#[derive(Clone, Debug)]
struct Tree {
    id: u32,
    path: Option<String>,
    kind: Option<Kind>,
}

/// What a share holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Disk,
    Pipe,
    Print,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Disk => "DISK",
            Kind::Pipe => "PIPE",
            Kind::Print => "PRINT",
        }
    }
}

/// What a request asked for.
#[derive(Debug)]
pub(super) enum What {
    Setup(Box<Setup>),
    Tree(Option<String>),
    Create(Box<Creation>),
    Close(Handle),
    Read(Handle),
    Write(Handle, u64),
    Transceive(Handle),
    Rename(Handle, String),
    Delete(Handle, bool),
    SetAttribute(Handle),
    /// Names of SMB1: the file and, when it is renamed, its new name.
    ByName(String, Option<String>),
    /// Dialects that SMB1 offers.
    Negotiate(Vec<String>),
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: u64,
    pub(super) ts_ns: i64,
    pub(super) session: u64,
    pub(super) what: What,
}

/// What the negotiation told.
#[derive(Debug, Default)]
pub(super) struct Negotiated {
    pub(super) ts_ns: Option<i64>,
    pub(super) version: Option<&'static str>,
    pub(super) dialect: Option<Cow<'static, str>>,
    pub(super) signing_required: Option<bool>,
}

/// An answer to a login.
#[derive(Debug, Default)]
pub(super) struct Granted {
    pub(super) session: u64,
    pub(super) status: Option<u32>,
    pub(super) guest: bool,
    pub(super) anonymous: bool,
    pub(super) encrypted: Option<bool>,
    pub(super) native_os: Option<String>,
}

/// An answer to a request for a share.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) tree: u32,
    pub(super) status: Option<u32>,
    pub(super) kind: Option<Kind>,
    pub(super) encrypted: Option<bool>,
    pub(super) service: Option<String>,
    pub(super) native_file_system: Option<String>,
}

/// The state of a connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) negotiated: Negotiated,
    asked: VecDeque<Asked>,
    sessions: VecDeque<Session>,
    setups: VecDeque<(u64, Box<Setup>)>,
    trees: VecDeque<Tree>,
    pub(super) files: Files,
    session_told: bool,
    /// Sessions, shares and logins.
    rows: Allowance,
}

impl Connection {
    /// Keeps a request until it is answered. The oldest is told unanswered when there are many,
    /// and one whose number comes again, for its answer was lost.
    pub(super) fn ask(&mut self, asked: Asked, out: &mut Vec<Event>) {
        if let Some(lost) = self.answer(asked.id) {
            self.unanswered(lost, out);
        }
        if self.asked.len() >= ASKED {
            if let Some(oldest) = self.asked.pop_front() {
                self.unanswered(oldest, out);
            }
        }
        self.asked.push_back(asked);
    }

    /// The request that an answer belongs to.
    pub(super) fn answer(&mut self, id: u64) -> Option<Asked> {
        let at = self.asked.iter().position(|asked| asked.id == id)?;
        self.asked.remove(at)
    }

    /// Rows that are not of files.
    fn rows<'a>(&'a mut self, out: &'a mut Vec<Event>) -> Rows<'a> {
        Rows::new(&mut self.rows, out)
    }

    /// Who is behind a session; nobody when its login was not seen.
    pub(super) fn who(&self, session: u64) -> Who {
        let found = self.sessions.iter().find(|s| s.id == session);
        found.map(|s| s.who.clone()).unwrap_or_default()
    }

    /// Path and kind of a share.
    pub(super) fn tree(&self, id: u32) -> (Option<String>, Option<Kind>) {
        let found = self.trees.iter().find(|tree| tree.id == id);
        found.map_or((None, None), |tree| (tree.path.clone(), tree.kind))
    }

    /// The login under way of a session, or a new one.
    pub(super) fn setup(&mut self, session: u64) -> Box<Setup> {
        let at = self.setups.iter().position(|(id, _)| *id == session);
        let found = at.and_then(|at| self.setups.remove(at));
        found.map(|(_, setup)| setup).unwrap_or_default()
    }

    /// The server answered a login: it goes on, or is told.
    pub(super) fn granted(&mut self, setup: Box<Setup>, granted: Granted, out: &mut Vec<Event>) {
        if granted.status == Some(ntstatus::MORE_PROCESSING) {
            if self.setups.len() >= SETUPS {
                self.setups.pop_front();
            }
            self.setups.push_back((granted.session, setup));
            return;
        }
        let who = match (&setup.exchange.login, &setup.plain) {
            (Some(login), _) => Who {
                user: login.user.clone(),
                domain: login.domain.clone(),
            },
            (None, Some(plain)) => plain.clone(),
            (None, None) => Who::default(),
        };
        if granted.status == Some(ntstatus::OK) {
            self.begin_session(granted.session, who.clone());
        }
        self.tell_session(&setup, who, granted, out);
    }

    fn begin_session(&mut self, id: u64, who: Who) {
        self.sessions.retain(|session| session.id != id);
        if self.sessions.len() >= SESSIONS {
            self.sessions.pop_front();
        }
        self.sessions.push_back(Session { id, who });
    }

    fn tell_session(&mut self, setup: &Setup, who: Who, granted: Granted, out: &mut Vec<Event>) {
        let exchange = &setup.exchange;
        let Some(ts_ns) = exchange.ts_ns else {
            return;
        };
        let success = granted.status.and_then(outcome);
        let status = granted.status.map(ntstatus::nt);
        exchange.tell("smb", success, status.clone(), &mut self.rows(out));
        let auth = match exchange.mechanism {
            _ if granted.guest => Some("guest"),
            _ if granted.anonymous || exchange.is_anonymous() => Some("anonymous"),
            Some(mechanism) => Some(mechanism),
            None => setup.plain.as_ref().map(|_| "lm"),
        };
        let login = exchange.login.as_ref();
        let server = exchange.server.as_ref();
        let row = SmbEvent {
            ts_ns,
            auth: auth.map(Cow::Borrowed),
            username: who.user,
            domainname: who.domain,
            hostname: login.and_then(|login| login.host.clone()),
            server_name: server.and_then(|server| server.nb_computer.clone()),
            native_os: granted.native_os,
            session_id: (granted.session != 0).then(|| format!("0x{:x}", granted.session)),
            success,
            status,
            encrypted: granted.encrypted,
            ..self.dialect_row()
        };
        self.session_told = true;
        self.rows(out).tell(Event::Smb(Box::new(row)));
    }

    fn dialect_row(&self) -> SmbEvent {
        SmbEvent {
            ts_ns: self.negotiated.ts_ns.unwrap_or(0),
            version: self.negotiated.version.map(Cow::Borrowed),
            dialect: self.negotiated.dialect.clone(),
            signing_required: self.negotiated.signing_required,
            ..SmbEvent::default()
        }
    }

    /// An encrypted message of a session; told when its login was not seen.
    pub(super) fn sealed(&mut self, ts_ns: i64, session: u64, out: &mut Vec<Event>) {
        if self.sessions.iter().any(|s| s.id == session) {
            return;
        }
        self.begin_session(session, Who::default());
        self.session_told = true;
        let row = SmbEvent {
            ts_ns,
            version: Some(Cow::Borrowed("SMB3")),
            session_id: Some(format!("0x{session:x}")),
            encrypted: Some(true),
            ..self.dialect_row()
        };
        self.rows(out).tell(Event::Smb(Box::new(row)));
    }

    /// The server answered a request for a share, or never did.
    pub(super) fn mapped(
        &mut self,
        (ts_ns, session): (i64, u64),
        path: Option<String>,
        mapped: Mapped,
        out: &mut Vec<Event>,
    ) {
        let who = self.who(session);
        if mapped.status == Some(ntstatus::OK) {
            self.trees.retain(|tree| tree.id != mapped.tree);
            if self.trees.len() >= TREES {
                self.trees.pop_front();
            }
            self.trees.push_back(Tree {
                id: mapped.tree,
                path: path.clone(),
                kind: mapped.kind,
            });
        }
        let row = SmbMappingEvent {
            ts_ns,
            path,
            service: mapped.service,
            native_file_system: mapped.native_file_system,
            share_type: mapped.kind.map(|kind| Cow::Borrowed(kind.name())),
            username: who.user,
            domainname: who.domain,
            success: mapped.status.and_then(outcome),
            status: mapped.status.map(ntstatus::nt),
            encrypted: mapped.encrypted,
        };
        self.rows(out).tell(Event::SmbMapping(Box::new(row)));
    }

    /// A session or share is left.
    pub(super) fn leave_tree(&mut self, id: u32) {
        self.trees.retain(|tree| tree.id != id);
    }

    /// Tells a request that was not answered, where it says something alone.
    fn unanswered(&mut self, asked: Asked, out: &mut Vec<Event>) {
        let about = (asked.ts_ns, asked.session);
        match asked.what {
            What::Setup(setup) => self.granted(
                setup,
                Granted {
                    session: asked.session,
                    ..Granted::default()
                },
                out,
            ),
            What::Tree(path) => self.mapped(about, path, Mapped::default(), out),
            What::Create(creation) => {
                self.files
                    .opened(asked.ts_ns, *creation, &Opened::default(), out);
            }
            _ => {}
        }
    }

    /// The connection ends: tells what is still open.
    pub(super) fn finish(&mut self, out: &mut Vec<Event>) {
        while let Some(asked) = self.asked.pop_front() {
            self.unanswered(asked, out);
        }
        while let Some((session, setup)) = self.setups.pop_front() {
            let granted = Granted {
                session,
                ..Granted::default()
            };
            self.granted(setup, granted, out);
        }
        self.files.finish(out);
        if !self.session_told && self.negotiated.ts_ns.is_some() {
            self.session_told = true;
            let row = self.dialect_row();
            self.rows(out).tell(Event::Smb(Box::new(row)));
        }
    }
}

/// Whether an NT status is a success, a failure or no decision yet.
pub(super) fn outcome(status: u32) -> Option<bool> {
    match status {
        ntstatus::OK => Some(true),
        ntstatus::MORE_PROCESSING | ntstatus::PENDING => None,
        _ => Some(false),
    }
}
