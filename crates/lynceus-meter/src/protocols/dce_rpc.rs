//! DCE/RPC over TCP and UDP, and the table of calls that named pipes of SMB fill too.
//!
//! Rules: who sends requests is the client, whichever opened the connection. A packet is kept up
//! to 8 KiB, the rest is passed over by its length. Arguments are looked at only where they are
//! in the clear, and only the texts of operations whose texts hold no secrets are told.

mod arguments;
mod association;
mod datagram;
mod interfaces;
mod operations;
mod pdu;
mod verification;

use std::borrow::Cow;

pub(crate) use association::{Association, Carrier, Piece};
pub(crate) use datagram::UDP_DOOR;
pub(crate) use pdu::begins_packet;

use super::allowance::{Allowance, Rows};
use super::columns::event_table;
use super::frames::Unread;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use pdu::Header;

event_table! {
    /// One call of a remote procedure, or an interface that was bound and not used.
    DceRpcEvent / DceRpcTable = "dce_rpc" {
        /// Time from the request to the answer, seconds.
        rtt_s: Option<f64>,
        /// Named pipe of SMB the call went through.
        named_pipe: Option<String>,
        /// Interface: its name, or its UUID.
        endpoint: Option<Cow<'static, str>>,
        /// Operation.
        operation: Option<Cow<'static, str>>,
        /// Number of the operation.
        opnum: Option<u16>,
        /// What the procedure returned, the fault, or why the interface was refused.
        status: Option<Cow<'static, str>>,
        /// Whether the call or bind failed before the procedure ran.
        fault: Option<bool>,
        /// Texts among the arguments.
        arguments: Option<Vec<String>>,
        /// How the client authenticates.
        auth_type: Option<Cow<'static, str>>,
        /// How far the packets are protected.
        auth_level: Option<Cow<'static, str>>,
        /// User of the association.
        username: Option<String>,
        /// Domain of the user.
        domainname: Option<String>,
        /// Bytes of the arguments.
        request_bytes: Option<u64>,
        /// Bytes of the results.
        response_bytes: Option<u64>,
    }
}

/// DCE/RPC over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "dce_rpc",
    probe,
    open: |_| {
        Box::new(DceRpcParser {
            association: Association::new(Carrier::default()),
            allowance: Allowance::default(),
        })
    },
};

fn probe(opening: &Opening<'_>) -> Verdict {
    const START: [u8; 1] = [5];
    let side = |bytes: &[u8]| match bytes {
        [] => Verdict::Maybe,
        _ if Header::read(bytes).is_some() => Verdict::Yes,
        _ if bytes.len() < pdu::HEADER_BYTES && bytes.starts_with(&START) => Verdict::Maybe,
        _ => Verdict::No,
    };
    match (side(opening.orig), side(opening.resp)) {
        (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
        (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
        _ => Verdict::Maybe,
    }
}

#[derive(Debug)]
struct DceRpcParser {
    association: Association,
    allowance: Allowance,
}

impl Parser for DceRpcParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let piece = Piece {
            ts_ns: chunk.ts_ns,
            from_orig: chunk.from_orig,
            bytes: Unread::of(chunk),
        };
        let mut rows = Rows::new(&mut self.allowance, out);
        self.association.feed(&piece, &mut rows);
        if self.association.is_lost() {
            Progress::Done
        } else {
            Progress::More
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let mut rows = Rows::new(&mut self.allowance, out);
        self.association.finish(&mut rows);
    }
}

#[cfg(test)]
#[path = "dce_rpc/dce_rpc_test.rs"]
pub(crate) mod tests;
