//! LDAP over TCP (389, 3268 and elsewhere) and over UDP (CLDAP): one row a search with what it
//! found, one row any other operation with its result.
//!
//! Rules: an answer belongs to the pending operation with its message id. At most
//! `operations::PENDING` wait. Of a message `side::KEEP_BYTES` are read. A password is never kept,
//! that one was sent is. After StartTLS the rest is handed over. After a SASL login messages may
//! come wrapped: signed ones are read on, the first sealed one ends the watch.

mod filter;
mod message;
mod names;
mod operations;
mod requests;
mod side;
mod wrapped;

use std::borrow::Cow;

use super::columns::event_table;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use message::Message;
use operations::Operations;
use side::{Side, Taken};

/// Messages of one datagram.
const DATAGRAM_MESSAGES: usize = 64;

event_table! {
    /// One LDAP operation other than a search, with its result.
    LdapEvent / LdapTable = "ldap" {
        /// Message id.
        message_id: Option<u32>,
        /// Protocol version of a bind.
        version: Option<u16>,
        /// bind simple, bind SASL, modify, add ...
        opcode: Option<Cow<'static, str>>,
        /// Result in words.
        result: Option<Cow<'static, str>>,
        /// What the server says to the result.
        diagnostic_message: Option<String>,
        /// Name that is operated on; of a bind who logs in.
        object: Option<String>,
        /// Mechanism of a bind, new name, extended operation ...
        argument: Option<String>,
        /// Attributes of a modify or add.
        attributes: Option<Vec<String>>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// Time from request to result, seconds.
        rtt_s: Option<f64>,
    }
}

event_table! {
    /// One LDAP search with what it found.
    LdapSearchEvent / LdapSearchTable = "ldap_search" {
        /// Message id.
        message_id: Option<u32>,
        /// base, single or tree.
        scope: Option<Cow<'static, str>>,
        /// never, searching, finding or always.
        deref_aliases: Option<Cow<'static, str>>,
        /// Where the search begins.
        base_object: Option<String>,
        /// Entries found.
        result_count: Option<u32>,
        /// Bytes of the entries found.
        result_bytes: Option<u64>,
        /// Result in words.
        result: Option<Cow<'static, str>>,
        /// What the server says to the result.
        diagnostic_message: Option<String>,
        /// What is searched for, RFC 4515 form.
        filter: Option<String>,
        /// Attributes asked for.
        attributes: Option<Vec<String>>,
        /// Time from request to result, seconds.
        duration_s: Option<f64>,
    }
}

/// LDAP over TCP.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "ldap",
    probe: probe_stream,
    open: |_| Box::<StreamParser>::default(),
};

/// LDAP over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "ldap",
    probe: probe_datagram,
    open: |_| Box::<DatagramParser>::default(),
};

fn probe_stream(opening: &Opening<'_>) -> Verdict {
    let begins = |bytes: &[u8]| message::total(bytes).is_some();
    if begins(opening.orig) || begins(opening.resp) {
        Verdict::Yes
    } else if message::may_begin(opening.orig) || message::may_begin(opening.resp) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn probe_datagram(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    match message::total(bytes) {
        Some(total) if total <= bytes.len() || opening.cut => Verdict::Yes,
        _ => Verdict::No,
    }
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct StreamParser {
    operations: Operations,
    orig: Side,
    resp: Side,
}

impl Parser for StreamParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let side = if chunk.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        side.lose(chunk.lost_bytes, chunk.data);
        let operations = &mut self.operations;
        let mut each = |message: &Message<'_>| operations.message(message, chunk.ts_ns, out);
        match side.take(chunk.data, chunk.is_cut(), &mut each) {
            Taken::All => Progress::More,
            Taken::Sealed => Progress::Done,
            Taken::Tls(left) => Progress::Handover(chunk.data.len().saturating_sub(left)),
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.operations.drain(out);
    }
}

/// The parser of one flow of datagrams.
#[derive(Debug, Default)]
struct DatagramParser {
    operations: Operations,
}

impl Parser for DatagramParser {
    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut bytes = chunk.data;
        for _ in 0..DATAGRAM_MESSAGES {
            let Some(message) = Message::next(&mut bytes) else {
                break;
            };
            self.operations.message(&message, chunk.ts_ns, out);
        }
        self.operations.expire(chunk.ts_ns, out);
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.operations.drain(out);
    }
}

#[cfg(test)]
#[path = "ldap/ldap_test.rs"]
mod tests;
