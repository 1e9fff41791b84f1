//! One association of a client with a server: what was bound, asked and answered, over TCP or
//! through a named pipe. One row a call, told when it is answered.

mod binding;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::interfaces::Operation;
use super::pdu::{self, Header, Offer};
use super::{arguments, DceRpcEvent};
use crate::protocols::allowance::Rows;
use crate::protocols::frames::{Frames, Length, Unread};
use crate::protocols::ntlm::Exchange;
use crate::protocols::{ntstatus, Event};

/// Bytes kept of a packet; most servers send none larger than 5840.
const PACKET_BYTES: usize = 8 * 1024;
/// Calls that may wait for their answer.
const CALLS: usize = 32;
const ACCESS_DENIED: u32 = 5;
const SEC_PKG_ERROR: u32 = 0x721;

/// Bytes of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) ts_ns: i64,
    pub(crate) from_orig: bool,
    pub(crate) bytes: Unread<'a>,
}

#[derive(Debug)]
struct Context {
    id: u16,
    endpoint: Cow<'static, str>,
    offer: Offer,
    ts_ns: i64,
    /// Something was asked of it, or its refusal was told.
    told: bool,
}

#[derive(Debug)]
struct Call {
    id: u32,
    ts_ns: i64,
    context: u16,
    number: u16,
    operation: Option<Operation>,
    texts: Vec<String>,
    request_bytes: u64,
    response_ns: Option<i64>,
    response_bytes: u64,
}

/// How a call ended.
#[derive(Default)]
struct End {
    status: Option<Cow<'static, str>>,
    fault: Option<bool>,
}

/// What SMB knows of an association through a named pipe; nothing over TCP.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    pub(crate) named_pipe: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) domainname: Option<String>,
}

/// The state of an association.
#[derive(Debug)]
pub(crate) struct Association {
    carrier: Carrier,
    sides: [Frames; 2],
    contexts: Vec<Context>,
    calls: VecDeque<Call>,
    exchange: Exchange,
    /// The outcome of the login by NTLM was told.
    login_told: bool,
    auth: Option<(u8, u8)>,
    /// Interface of the last offer that was seen of a bind of which the rest was cut off.
    offered_again: Option<String>,
}

impl Association {
    /// An association carried by SMB, or by TCP alone.
    pub(crate) fn new(carrier: Carrier) -> Self {
        Association {
            carrier,
            sides: [Frames::new(PACKET_BYTES), Frames::new(PACKET_BYTES)],
            contexts: Vec::new(),
            calls: VecDeque::new(),
            exchange: Exchange::default(),
            login_told: false,
            auth: None,
            offered_again: None,
        }
    }

    /// Takes the next bytes of a side.
    pub(crate) fn feed(&mut self, piece: &Piece<'_>, rows: &mut Rows<'_>) {
        let [orig, resp] = &mut self.sides;
        let side = if piece.from_orig { orig } else { resp };
        // Taken out so that packets can be read while the side goes on.
        let mut frames = std::mem::replace(side, Frames::new(PACKET_BYTES));
        let mut unread = piece.bytes;
        while let Some(packet) = frames.take(&mut unread, pdu::begins_packet, length) {
            self.packet(piece.ts_ns, &packet, rows);
        }
        if let Some(side) = self.sides.get_mut(usize::from(!piece.from_orig)) {
            *side = frames;
        }
    }

    /// True when neither side can be read any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.sides.iter().all(Frames::is_lost)
    }

    /// The association ends: tells calls without answer and interfaces nothing was asked of.
    pub(crate) fn finish(&mut self, rows: &mut Rows<'_>) {
        while let Some(call) = self.calls.pop_front() {
            self.tell_call(call, End::default(), rows);
        }
        self.tell_login(None, None, rows);
        for i in 0..self.contexts.len() {
            self.tell_context(i, End::default(), rows);
            self.same_as(i);
        }
        self.contexts.clear();
    }

    fn packet(&mut self, ts_ns: i64, packet: &[u8], rows: &mut Rows<'_>) {
        let Some(header) = Header::read(packet) else {
            return;
        };
        match header.kind {
            pdu::REQUEST => self.request(ts_ns, &header, packet, rows),
            pdu::RESPONSE => self.response(ts_ns, &header, packet, rows),
            pdu::FAULT => self.fault(ts_ns, &header, packet, rows),
            pdu::BIND | pdu::ALTER_CONTEXT => {
                self.bind(ts_ns, &header, packet);
                self.login_anew(&header, packet, rows);
                self.verifier(ts_ns, &header, packet);
            }
            pdu::BIND_ACK | pdu::ALTER_CONTEXT_RESPONSE => {
                self.bound(&header, packet, rows);
                self.verifier(ts_ns, &header, packet);
            }
            pdu::BIND_NAK => self.refused(&header, packet, rows),
            pdu::AUTH3 => self.verifier(ts_ns, &header, packet),
            _ => {}
        }
    }

    /// Whoever logged in before, a new token of the client begins another login.
    fn login_anew(&mut self, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let again = self.exchange.login.is_some();
        if again && pdu::trailer(header, packet).is_some_and(|t| !t.token.is_empty()) {
            self.tell_login(None, None, rows);
            self.exchange = Exchange::default();
            self.login_told = false;
        }
    }

    fn verifier(&mut self, ts_ns: i64, header: &Header, packet: &[u8]) {
        if let Some(trailer) = pdu::trailer(header, packet) {
            self.auth = Some((trailer.auth_type, trailer.level));
            self.exchange.token(ts_ns, trailer.token);
        }
    }

    fn request(&mut self, ts_ns: i64, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let Some(request) = pdu::request(header, packet) else {
            return;
        };
        let level = pdu::trailer(header, packet).map(|t| t.level);
        let encrypted = level == Some(pdu::PRIVACY);
        if let (Some(level), Some(auth)) = (level, self.auth.as_mut()) {
            auth.1 = level;
        }
        if !header.is_first() {
            if let Some(call) = self.calls.iter_mut().find(|c| c.id == header.call_id) {
                call.request_bytes = call.request_bytes.saturating_add(request.stub_bytes);
            }
            return;
        }
        let bound = self.contexts.iter().position(|c| c.id == request.context);
        let context = match bound {
            None if !encrypted => self
                .verified(ts_ns, header, &request)
                .or_else(|| self.cut_off(ts_ns, &request)),
            None => self.cut_off(ts_ns, &request),
            _ => bound,
        };
        let operation = context.and_then(|at| {
            if self.contexts.get(at).is_some_and(|context| !context.told) {
                self.same_as(at);
            }
            self.contexts
                .get(at)?
                .offer
                .known?
                .operation(request.operation)
        });
        let texts = match operation {
            Some(operation) if !encrypted => arguments::texts(request.stub, operation.texts),
            _ => Vec::new(),
        };
        if self.calls.len() >= CALLS {
            if let Some(call) = self.calls.pop_front() {
                self.tell_call(call, End::default(), rows);
            }
        }
        self.calls.push_back(Call {
            id: header.call_id,
            ts_ns,
            context: request.context,
            number: request.operation,
            operation,
            texts,
            request_bytes: request.stub_bytes,
            response_ns: None,
            response_bytes: 0,
        });
    }

    fn response(&mut self, ts_ns: i64, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let Some((stub, stub_bytes)) = pdu::response(header, packet) else {
            return;
        };
        self.tell_login(Some(true), None, rows);
        let Some(at) = self.calls.iter().position(|c| c.id == header.call_id) else {
            return;
        };
        if let Some(call) = self.calls.get_mut(at) {
            call.response_ns.get_or_insert(ts_ns);
            call.response_bytes = call.response_bytes.saturating_add(stub_bytes);
        }
        if !header.is_last() {
            return;
        }
        let Some(call) = self.calls.remove(at) else {
            return;
        };
        let encrypted = pdu::trailer(header, packet).is_some_and(|t| t.level == pdu::PRIVACY);
        // Every named procedure returns a code; what others return is not known.
        let readable = !encrypted && stub.len() as u64 == stub_bytes && call.operation.is_some();
        let code = readable.then(|| pdu::returned(header, stub)).flatten();
        let end = End {
            status: code.map(ntstatus::returned),
            fault: Some(false),
        };
        self.tell_call(call, end, rows);
    }

    fn fault(&mut self, ts_ns: i64, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let code = pdu::fault(header, packet);
        let status = code.map(ntstatus::fault);
        let success = match code {
            Some(ACCESS_DENIED | SEC_PKG_ERROR) => Some(false),
            _ => Some(true),
        };
        self.tell_login(success, status.clone(), rows);
        let Some(at) = self.calls.iter().position(|c| c.id == header.call_id) else {
            return;
        };
        if let Some(mut call) = self.calls.remove(at) {
            call.response_ns.get_or_insert(ts_ns);
            let fault = Some(true);
            self.tell_call(call, End { status, fault }, rows);
        }
    }

    fn tell_login(
        &mut self,
        success: Option<bool>,
        status: Option<Cow<'static, str>>,
        rows: &mut Rows<'_>,
    ) {
        if !self.login_told && self.exchange.login.is_some() {
            self.login_told = true;
            self.exchange.tell("dce_rpc", success, status, rows);
        }
    }

    /// What is the same in every row of the association.
    fn row(&self, ts_ns: i64, end: End) -> DceRpcEvent {
        let carrier = &self.carrier;
        let (username, domainname) = match &self.exchange.login {
            Some(login) => (&login.user, &login.domain),
            None => (&carrier.username, &carrier.domainname),
        };
        let (auth_type, level) = self.auth.unzip();
        DceRpcEvent {
            ts_ns,
            named_pipe: carrier.named_pipe.clone(),
            status: end.status,
            fault: end.fault,
            auth_type: auth_type.map(|kind| pdu::auth_name(kind, self.exchange.mechanism)),
            auth_level: level.map(pdu::level_name),
            username: username.clone(),
            domainname: domainname.clone(),
            ..DceRpcEvent::default()
        }
    }

    fn tell_call(&mut self, call: Call, end: End, rows: &mut Rows<'_>) {
        let context = self.contexts.iter().find(|c| c.id == call.context);
        let endpoint = context.map(|context| context.endpoint.clone());
        let rtt_ns = call.response_ns.map(|ns| ns.saturating_sub(call.ts_ns));
        let answered = call.response_ns.is_some();
        rows.tell(Event::DceRpc(Box::new(DceRpcEvent {
            rtt_s: rtt_ns.map(|ns| ns as f64 / 1e9),
            endpoint,
            operation: call.operation.map(|op| Cow::Borrowed(op.name)),
            opnum: Some(call.number),
            arguments: (!call.texts.is_empty()).then_some(call.texts),
            request_bytes: Some(call.request_bytes),
            response_bytes: answered.then_some(call.response_bytes),
            ..self.row(call.ts_ns, end)
        })));
    }
}

fn length(bytes: &[u8]) -> Length {
    match Header::read(bytes) {
        Some(header) => Length::Is(u64::from(header.frag_bytes)),
        None if bytes.len() < pdu::HEADER_BYTES => Length::More,
        None => Length::Bad,
    }
}
