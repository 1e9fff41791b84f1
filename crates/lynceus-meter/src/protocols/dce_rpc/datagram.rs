//! Connectionless DCE/RPC, over UDP.
//!
//! Rules: every packet names its interface, its operation and its call (activity and sequence
//! number); at most 64 calls wait for their answers. Who sends the request that begins the flow
//! is its client; calls back to it are told too. Fragments count with their bytes; arguments are
//! not read.

use std::collections::VecDeque;

use super::interfaces;
use super::pdu::Numbers;
use super::{Cow, DceRpcEvent};
use crate::packet::proto;
use crate::protocols::allowance::{Allowance, Rows};
use crate::protocols::ntstatus;
use crate::protocols::stream::Chunk;
use crate::protocols::{Door, Event, Opening, Parser, Progress, Verdict};

const REQUEST: u8 = 0;
const RESPONSE: u8 = 2;
const FAULT: u8 = 3;
const REJECT: u8 = 6;
const LAST_KIND: u8 = 10;

/// Of the flags: the last of several fragments, a fragment, a request nobody answers, one for all.
const LAST: u8 = 0x02;
const FRAGMENT: u8 = 0x04;
const MAYBE: u8 = 0x10;
const BROADCAST: u8 = 0x40;

/// Bytes of the header.
const HEADER_BYTES: usize = 80;
/// Calls that wait for their answers.
const CALLS: usize = 64;
/// Most authentication services that a packet may name.
const AUTH_SERVICES: u8 = 16;

/// An activity that is none.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The header of every packet.
#[derive(Debug)]
struct Header {
    kind: u8,
    flags: u8,
    interface: String,
    activity: String,
    sequence: u32,
    operation: u16,
    body_bytes: u16,
    fragment: u16,
    little: bool,
}

impl Header {
    /// Reads a header and what follows it; `None` when the bytes are none.
    fn read(bytes: &[u8]) -> Option<(Header, &[u8])> {
        let (head, body) = bytes.split_at_checked(HEADER_BYTES)?;
        let [4, kind, flags, flags_2, order, 0..=3, 0, _, ..] = *head else {
            return None;
        };
        // Of the second flags all but three are reserved and never set.
        let sound = kind <= LAST_KIND && flags_2 & 0xf8 == 0;
        if !sound || !matches!(order, 0x10 | 0) {
            return None;
        }
        let little = order == 0x10;
        let interface = Numbers::new(little, head.get(24..)?).uuid()?;
        // As text, for the two ends may write in different orders of bytes.
        let activity = Numbers::new(little, head.get(40..)?).uuid()?;
        // Server boot time and the version of the interface stand between.
        let mut w = Numbers::new(little, head.get(64..)?);
        let (sequence, operation) = (w.u32()?, w.u16()?);
        // Hints of where the interface and the activity are kept.
        w.u32()?;
        let (body_bytes, fragment) = (w.u16()?, w.u16()?);
        let auth = *head.get(78)?;
        let named = activity != NOBODY;
        (named && auth <= AUTH_SERVICES).then_some((
            Header {
                kind,
                flags,
                interface,
                activity,
                sequence,
                operation,
                body_bytes,
                fragment,
                little,
            },
            body,
        ))
    }

    /// Whether this packet ends what its side has to say of a call.
    fn is_last(&self) -> bool {
        self.flags & FRAGMENT == 0 || self.flags & LAST != 0
    }

    /// Whether the packet is of this call.
    fn is_of(&self, call: &Call) -> bool {
        self.activity == call.activity && self.sequence == call.sequence
    }
}

/// DCE/RPC over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "dce_rpc",
    probe,
    open: |_| Box::<DatagramParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let told = Header::read(opening.datagram()).is_some_and(|(header, body)| {
        let announced = usize::from(header.body_bytes);
        // A verifier may follow the body.
        announced <= body.len() || opening.cut
    });
    if told {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// A request and what came of it so far.
#[derive(Debug)]
struct Call {
    activity: String,
    sequence: u32,
    ts_ns: i64,
    interface: String,
    operation: u16,
    fragments: u16,
    request_bytes: u64,
    response_ns: Option<i64>,
    response_bytes: u64,
}

/// The calls that wait for their answers.
#[derive(Debug, Default)]
struct Waiting {
    calls: VecDeque<Call>,
}

impl Waiting {
    fn request(&mut self, ts_ns: i64, header: Header, rows: &mut Rows<'_>) {
        let bytes = u64::from(header.body_bytes);
        let silent = header.flags & (MAYBE | BROADCAST) != 0 && header.is_last();
        if let Some(call) = self.calls.iter_mut().find(|call| header.is_of(call)) {
            // What is sent again for want of an answer counts once.
            if header.fragment >= call.fragments {
                call.fragments = header.fragment.saturating_add(1);
                call.request_bytes = call.request_bytes.saturating_add(bytes);
            }
            return;
        }
        if self.calls.len() >= CALLS {
            if let Some(oldest) = self.calls.pop_front() {
                tell(oldest, None, None, rows);
            }
        }
        let call = Call {
            activity: header.activity,
            sequence: header.sequence,
            ts_ns,
            interface: header.interface,
            operation: header.operation,
            fragments: header.fragment.saturating_add(1),
            request_bytes: bytes,
            response_ns: None,
            response_bytes: 0,
        };
        if silent {
            tell(call, None, None, rows);
        } else {
            self.calls.push_back(call);
        }
    }

    fn answer(&mut self, ts_ns: i64, header: &Header, body: &[u8], rows: &mut Rows<'_>) {
        let Some(at) = self.calls.iter().position(|call| header.is_of(call)) else {
            return;
        };
        let failed = header.kind != RESPONSE;
        if let Some(call) = self.calls.get_mut(at) {
            call.response_ns.get_or_insert(ts_ns);
            let bytes = if failed { 0 } else { header.body_bytes };
            call.response_bytes = call.response_bytes.saturating_add(u64::from(bytes));
        }
        if !failed && !header.is_last() {
            return;
        }
        if let Some(call) = self.calls.remove(at) {
            let code = Numbers::new(header.little, body).u32();
            let status = code.filter(|_| failed).map(ntstatus::fault);
            tell(call, status, Some(failed), rows);
        }
    }
}

fn tell(call: Call, status: Option<Cow<'static, str>>, fault: Option<bool>, rows: &mut Rows<'_>) {
    let known = interfaces::find(&call.interface);
    let operation = known.and_then(|known| known.operation(call.operation));
    let rtt_ns = call.response_ns.map(|ns| ns.saturating_sub(call.ts_ns));
    rows.tell(Event::DceRpc(Box::new(DceRpcEvent {
        ts_ns: call.ts_ns,
        rtt_s: rtt_ns.map(|ns| ns as f64 / 1e9),
        endpoint: Some(known.map_or(Cow::Owned(call.interface), |known| {
            Cow::Borrowed(known.name)
        })),
        operation: operation.map(|operation| Cow::Borrowed(operation.name)),
        opnum: Some(call.operation),
        status,
        fault,
        request_bytes: Some(call.request_bytes),
        response_bytes: rtt_ns.map(|_| call.response_bytes),
        ..DceRpcEvent::default()
    })));
}

#[derive(Debug, Default)]
struct DatagramParser {
    waiting: Waiting,
    allowance: Allowance,
}

impl Parser for DatagramParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let Some((header, body)) = Header::read(chunk.data) else {
            return Progress::Foreign;
        };
        let mut rows = Rows::new(&mut self.allowance, out);
        match header.kind {
            REQUEST => self.waiting.request(chunk.ts_ns, header, &mut rows),
            RESPONSE | FAULT | REJECT => {
                self.waiting.answer(chunk.ts_ns, &header, body, &mut rows);
            }
            _ => {}
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let mut rows = Rows::new(&mut self.allowance, out);
        while let Some(call) = self.waiting.calls.pop_front() {
            tell(call, None, None, &mut rows);
        }
    }
}

#[cfg(test)]
#[path = "datagram_test.rs"]
pub(crate) mod tests;
