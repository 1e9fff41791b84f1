//! Calls of remote procedures through the pipes that are open.

use super::{Data, Files, Handle, Kind, Moved, Open, Who};
use crate::protocols::allowance::Rows;
use crate::protocols::dce_rpc::{begins_packet, Association, Carrier, Piece};
use crate::protocols::frames::Unread;
use crate::protocols::Event;

/// Pipes of remote procedures open at once.
const PIPES: usize = 32;

impl Files {
    /// Data that goes through a pipe may be calls of remote procedures.
    pub(in crate::protocols::smb) fn through_pipe(
        &mut self,
        handle: Handle,
        (ts_ns, from_client): (i64, bool),
        data: Data<'_>,
        out: &mut Vec<Event>,
    ) {
        match self.find(handle) {
            Some(open) if open.kind != Kind::Pipe => return,
            None if from_client && begins_packet(data.kept) => {
                self.keep(unseen_pipe(handle), ts_ns, out);
            }
            _ => {}
        }
        self.begin_calls(handle, data);
        let mut calls = std::mem::take(&mut self.calls);
        if let Some(open) = self.find(handle) {
            let [client, server] = &mut open.missing;
            let missing = if from_client { client } else { server };
            if let Some(association) = &mut open.calls {
                let piece = Piece {
                    ts_ns,
                    from_orig: from_client,
                    bytes: Unread {
                        lost_bytes: std::mem::take(missing),
                        data: data.kept,
                        is_cut: data.bytes > data.kept.len() as u64,
                    },
                };
                association.feed(&piece, &mut Rows::new(&mut calls, out));
                *missing = data.bytes.saturating_sub(data.kept.len() as u64);
            }
        }
        self.calls = calls;
    }

    /// A pipe whose data looks like calls is followed as such, if there are not too many.
    fn begin_calls(&mut self, handle: Handle, data: Data<'_>) {
        if !begins_packet(data.kept) || self.find(handle).is_none_or(|o| o.calls.is_some()) {
            return;
        }
        if self.open.iter().filter(|o| o.calls.is_some()).count() >= PIPES {
            return;
        }
        if let Some(open) = self.find(handle) {
            open.calls = Some(Box::new(Association::new(Carrier {
                named_pipe: open.name.clone(),
                username: open.who.user.clone(),
                domainname: open.who.domain.clone(),
            })));
        }
    }
}

/// A pipe whose opening was not seen.
fn unseen_pipe(handle: Handle) -> Open {
    Open {
        handle,
        kind: Kind::Pipe,
        path: None,
        name: None,
        who: Who::default(),
        is_directory: None,
        delete_on_close: false,
        read: Moved::default(),
        written: Moved::default(),
        calls: None,
        missing: [0; 2],
    }
}
