//! SNMP over UDP: one row a flow and protocol version, told when the flow ends and anew for each
//! hour that it lasts.
//!
//! Rules: a community is a password, so only the two that everybody knows are told by name. How
//! many were tried is counted by their hashes, at most [`COMMUNITIES`]. Of the objects asked for
//! [`OBJECTS`] are kept. What version 3 encrypts is counted.

mod message;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use message::{Bindings, Message, Pdu, Security};

/// Objects kept of a row, and of them those set.
const OBJECTS: usize = 32;
/// Communities that are told apart.
const COMMUNITIES: usize = 256;
/// Errors kept of a row.
const ERRORS: usize = 16;

event_table! {
    /// SNMP of one version in one flow.
    SnmpEvent / SnmpTable = "snmp" {
        /// 1, 2c or 3.
        version: Option<Cow<'static, str>>,
        /// public, private or other.
        community: Option<Cow<'static, str>>,
        /// Different communities seen.
        communities: Option<u32>,
        /// User of version 3.
        username: Option<String>,
        /// Highest security level of version 3.
        security_level: Option<Cow<'static, str>>,
        /// GetRequest and GetNextRequest messages.
        get_requests: Option<u32>,
        /// GetBulkRequest messages.
        get_bulk_requests: Option<u32>,
        /// GetResponse messages.
        get_responses: Option<u32>,
        /// SetRequest messages.
        set_requests: Option<u32>,
        /// Traps and informs.
        traps: Option<u32>,
        /// Reports.
        reports: Option<u32>,
        /// Encrypted messages.
        encrypted: Option<u32>,
        /// Objects asked for.
        oids: Option<Vec<String>>,
        /// Objects set.
        set_oids: Option<Vec<String>>,
        /// Errors of answers and reports.
        errors: Option<Vec<String>>,
        /// System description of the agent.
        display_string: Option<String>,
        /// System name of the agent.
        host_name: Option<String>,
    }
}

/// SNMP over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "snmp",
    probe,
    open: |_| Box::<SnmpParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    match message::total(bytes) {
        Some(total) if total == bytes.len() || (opening.cut && total > bytes.len()) => Verdict::Yes,
        _ => Verdict::No,
    }
}

/// What a row gathers.
#[derive(Debug, Default)]
struct Gathered {
    event: SnmpEvent,
    communities: Vec<u64>,
    answered: bool,
}

fn count(counter: &mut Option<u32>) {
    *counter = Some(counter.unwrap_or(0).saturating_add(1));
}

/// Adds a text that is not there yet.
fn add(list: &mut Option<Vec<String>>, limit: usize, text: &str) {
    let list = list.get_or_insert_with(Vec::new);
    if list.len() < limit && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// Order of security levels.
fn rank(level: &str) -> u8 {
    match level {
        "noAuthNoPriv" => 1,
        "authNoPriv" => 2,
        _ => 3,
    }
}

impl Gathered {
    fn new(ts_ns: i64, version: &'static str) -> Self {
        let zero = Some(0);
        Gathered {
            event: SnmpEvent {
                ts_ns,
                version: Some(Cow::Borrowed(version)),
                get_requests: zero,
                get_bulk_requests: zero,
                get_responses: zero,
                set_requests: zero,
                traps: zero,
                reports: zero,
                encrypted: zero,
                oids: Some(Vec::new()),
                set_oids: Some(Vec::new()),
                errors: Some(Vec::new()),
                ..SnmpEvent::default()
            },
            ..Gathered::default()
        }
    }

    fn message(&mut self, message: &Message<'_>) {
        let response = matches!(message.pdu, Some((Pdu::Response, _)));
        match &message.security {
            Security::Community(community) => self.community(community, response),
            Security::User { name, level } => {
                let event = &mut self.event;
                if name.is_some() {
                    event.username.clone_from(name);
                }
                let known = event.security_level.as_deref().map_or(0, rank);
                if rank(level) > known {
                    event.security_level = Some(Cow::Borrowed(level));
                }
            }
        }
        match &message.pdu {
            Some((pdu, bindings)) => self.pdu(*pdu, bindings),
            None => count(&mut self.event.encrypted),
        }
    }

    /// An answered community is the right one; else the first counts.
    fn community(&mut self, community: &[u8], response: bool) {
        let name = match community {
            b"public" => "public",
            b"private" => "private",
            _ => "other",
        };
        if self.event.community.is_none() || (response && !self.answered) {
            self.event.community = Some(Cow::Borrowed(name));
            self.answered |= response;
        }
        let mut hasher = DefaultHasher::new();
        hasher.write(community);
        let hash = hasher.finish();
        if self.communities.len() < COMMUNITIES && !self.communities.contains(&hash) {
            self.communities.push(hash);
            self.event.communities = u32::try_from(self.communities.len()).ok();
        }
    }

    fn pdu(&mut self, pdu: Pdu, bindings: &Bindings) {
        let event = &mut self.event;
        let counter = match pdu {
            Pdu::Get => &mut event.get_requests,
            Pdu::GetBulk => &mut event.get_bulk_requests,
            Pdu::Response => &mut event.get_responses,
            Pdu::Set => &mut event.set_requests,
            Pdu::Trap => &mut event.traps,
            Pdu::Report => &mut event.reports,
        };
        count(counter);
        for oid in &bindings.oids {
            match pdu {
                Pdu::Get | Pdu::GetBulk => add(&mut event.oids, OBJECTS, oid),
                Pdu::Set => add(&mut event.set_oids, OBJECTS, oid),
                Pdu::Report => {
                    if let Some(error) = message::report_name(oid) {
                        add(&mut event.errors, ERRORS, error);
                    }
                }
                Pdu::Response | Pdu::Trap => {}
            }
        }
        if let Some(error) = bindings.error.as_deref() {
            add(&mut event.errors, ERRORS, error);
        }
        if !matches!(pdu, Pdu::Response | Pdu::Trap) {
            return;
        }
        if bindings.description.is_some() {
            event.display_string.clone_from(&bindings.description);
        }
        if bindings.name.is_some() {
            event.host_name.clone_from(&bindings.name);
        }
    }
}

/// The parser of one flow.
#[derive(Debug, Default)]
struct SnmpParser {
    rows: Vec<Gathered>,
}

impl Parser for SnmpParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let Some(message) = message::read(chunk.data) else {
            return Progress::Foreign;
        };
        let place = self
            .rows
            .iter()
            .position(|r| r.event.version.as_deref() == Some(message.version));
        if let Some(i) = place {
            let old = self.rows.get(i).map_or(0, |r| r.event.ts_ns);
            if chunk.ts_ns.saturating_sub(old) > ROW_NS {
                let row = self.rows.remove(i);
                out.push(Event::Snmp(Box::new(row.event)));
            }
        }
        let known = |r: &&mut Gathered| r.event.version.as_deref() == Some(message.version);
        match self.rows.iter_mut().find(known) {
            Some(row) => row.message(&message),
            None => {
                let mut row = Gathered::new(chunk.ts_ns, message.version);
                row.message(&message);
                self.rows.push(row);
            }
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        for row in self.rows.drain(..) {
            out.push(Event::Snmp(Box::new(row.event)));
        }
    }
}

#[cfg(test)]
#[path = "snmp/snmp_test.rs"]
mod tests;
