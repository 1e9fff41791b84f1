//! Watches one flow: probes what it speaks, opens the parser of that and feeds it to the end.

use super::door::{Door, Opening, Parser, Progress};
use super::probing::{self, Found, Probing};
use super::stream::{is_ahead, Chunk, Direction};
use super::turns::Turns;
use super::{Event, Segment, PARSERS, PROBE_BYTES};
use crate::packet::proto;

/// How often one conversation may be handed over (CONNECT inside CONNECT and so on).
const HANDOVERS: u8 = 4;
/// How many datagrams that are not of their flow's protocol are looked at.
const FOREIGN: u8 = 16;

/// Watches one flow. Small and without heap memory until the first payload.
#[derive(Debug)]
pub struct Inspector {
    state: State,
    service: Option<&'static str>,
    orig_p: u16,
    resp_p: u16,
    protocol: u8,
    handovers: u8,
    foreign: u8,
    wants_events: bool,
    turns: Option<Box<Turns>>,
}

#[derive(Debug)]
enum State {
    Fresh,
    Probing(Box<Probing>),
    Parsing(Box<Parsing>),
    Done,
}

#[derive(Debug)]
struct Parsing {
    orig: Direction,
    resp: Direction,
    parser: Box<dyn Parser>,
}

impl Inspector {
    /// Starts to watch a flow of an IP protocol between two ports.
    pub fn new(protocol: u8, orig_p: u16, resp_p: u16) -> Self {
        let state = if PARSERS.iter().any(|door| door.protocol == protocol) {
            State::Fresh
        } else {
            State::Done
        };
        Inspector {
            state,
            service: None,
            orig_p,
            resp_p,
            protocol,
            handovers: 0,
            foreign: 0,
            wants_events: true,
            turns: None,
        }
    }

    /// The same for who wants to know the service alone.
    pub fn without_events(mut self) -> Self {
        self.wants_events = false;
        self
    }

    /// Takes a packet with payload and appends what became known.
    pub fn segment(&mut self, segment: &Segment<'_>, out: &mut Vec<Event>) {
        if segment.payload_bytes == 0 || self.is_done() {
            return;
        }
        if let Some(awaits) = self.awaits(segment) {
            if self.turns.get_or_insert_default().hold(segment, awaits) {
                return;
            }
        }
        let Some(mut turns) = self.turns.take() else {
            self.in_turn(segment, out);
            return;
        };
        // What waits for this one comes behind it, what has waited long enough before it.
        let mut due = Vec::new();
        while let Some(held) = turns.next(segment) {
            due.push(held);
        }
        let (before, behind): (Vec<_>, Vec<_>) = due
            .iter()
            .partition(|held| held.segment().from_orig == segment.from_orig);
        for held in before {
            self.in_turn(&held.segment(), out);
        }
        self.in_turn(segment, out);
        for held in behind {
            self.in_turn(&held.segment(), out);
        }
        self.turns = (!turns.is_empty()).then_some(turns);
    }

    /// Up to where the other side has to come before the turn of this segment.
    fn awaits(&self, segment: &Segment<'_>) -> Option<u32> {
        let ack = segment.tcp_ack.filter(|_| self.protocol == proto::TCP)?;
        let other = match (&self.state, segment.from_orig) {
            (State::Probing(probing), true) => Some(&probing.resp.stream),
            (State::Probing(probing), false) => Some(&probing.orig.stream),
            (State::Parsing(parsing), true) => Some(&parsing.resp),
            (State::Parsing(parsing), false) => Some(&parsing.orig),
            _ => None,
        };
        let behind = other.and_then(|stream| stream.is_behind(ack));
        // Before any bytes of the originator came, its SYN tells where they begin.
        let first = || segment.syn_seq.filter(|_| !segment.from_orig);
        let behind = behind.or_else(|| Some(is_ahead(ack, first()?.wrapping_add(1))));
        behind?.then_some(ack)
    }

    fn in_turn(&mut self, segment: &Segment<'_>, out: &mut Vec<Event>) {
        match &mut self.state {
            State::Done => {}
            State::Parsing(parsing) => match parsing.segment(self.protocol, segment, out) {
                Next::Foreign => self.foreign_datagram(segment, out),
                next => self.advance(next, out),
            },
            _ if self.protocol == proto::TCP => self.probe_stream(segment, out),
            _ => self.probe_datagram(segment, out),
        }
    }

    /// True when nothing more can be learned from this flow.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Application protocol as the content tells: the innermost one recognised, so that TLS
    /// through a proxy is `tls`.
    pub fn service(&self) -> Option<&'static str> {
        self.service
    }

    /// The flow ends: appends what is still open, such as queries without answer.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        if let Some(mut turns) = self.turns.take() {
            while let Some(held) = turns.rest() {
                self.in_turn(&held.segment(), out);
            }
        }
        if let State::Parsing(parsing) = &mut self.state {
            parsing.finish(out);
        }
        self.state = State::Done;
    }

    /// The flow falls silent: appends what is still open, and reads on should it speak again.
    pub fn pause(&mut self, out: &mut Vec<Event>) {
        if let State::Parsing(parsing) = &mut self.state {
            let next = parsing.pause(out);
            self.advance(next, out);
        }
    }

    /// What came so far of a conversation not recognised yet.
    fn probing(&mut self) -> Option<&mut Probing> {
        if matches!(self.state, State::Fresh) {
            self.state = State::Probing(Box::default());
        }
        match &mut self.state {
            State::Probing(probing) => Some(probing),
            _ => None,
        }
    }

    fn probe_stream(&mut self, segment: &Segment<'_>, out: &mut Vec<Event>) {
        let (orig_p, resp_p) = (self.orig_p, self.resp_p);
        let found = self
            .probing()
            .map(|probing| probing.stream(segment, orig_p, resp_p));
        match found {
            Some(Found::Door(door)) => self.open_stream(door, out),
            Some(Found::Nothing) => self.state = State::Done,
            Some(Found::Open) | None => {}
        }
    }

    fn probe_datagram(&mut self, segment: &Segment<'_>, out: &mut Vec<Event>) {
        let opening = Opening::of_datagram(segment, self.orig_p, self.resp_p);
        if let Some(door) = probing::recognise(self.protocol, &opening) {
            self.open_datagram(door, &opening, segment, out);
            return;
        }
        let probing = self.probing();
        if probing.is_some_and(|probing| probing.datagram_gives_up(segment)) {
            self.state = State::Done;
        }
    }

    /// A datagram that is not of the protocol spoken so far may begin another, of which is told
    /// too; the flow keeps the name of the first.
    fn foreign_datagram(&mut self, segment: &Segment<'_>, out: &mut Vec<Event>) {
        if self.foreign >= FOREIGN || self.handovers >= HANDOVERS {
            return;
        }
        self.foreign = self.foreign.saturating_add(1);
        let opening = Opening::of_datagram(segment, self.orig_p, self.resp_p);
        let Some(door) = probing::recognise(self.protocol, &opening) else {
            return;
        };
        self.handovers = self.handovers.saturating_add(1);
        if let State::Parsing(parsing) = &mut self.state {
            parsing.finish(out);
        }
        self.open_datagram(door, &opening, segment, out);
    }

    /// Opens a parser and gives it the datagram.
    fn open_datagram(
        &mut self,
        door: &Door,
        opening: &Opening<'_>,
        segment: &Segment<'_>,
        out: &mut Vec<Event>,
    ) {
        self.service.get_or_insert_with(|| (door.service)(opening));
        let mut parser = (door.open)(opening);
        if !self.reads_on(parser.as_ref()) {
            self.state = State::Done;
            return;
        }
        let chunk = Chunk::of_datagram(segment);
        let next = step(parser.as_mut(), &chunk, out);
        self.state = State::Parsing(Box::new(Parsing {
            orig: Direction::default(),
            resp: Direction::default(),
            parser,
        }));
        self.advance(next, out);
    }

    /// Opens a parser and gives it what came of the streams so far.
    fn open_stream(&mut self, door: &'static Door, out: &mut Vec<Event>) {
        let State::Probing(probing) = std::mem::replace(&mut self.state, State::Done) else {
            return;
        };
        let opening = probing.opening(self.orig_p, self.resp_p);
        self.service = Some((door.service)(&opening));
        let mut parser = (door.open)(&opening);
        if !self.reads_on(parser.as_ref()) {
            return;
        }
        let mut next = Next::More;
        for chunk in probing.chunks() {
            next = step(parser.as_mut(), &chunk, out);
            if next != Next::More {
                break;
            }
        }
        let Probing { orig, resp, .. } = *probing;
        self.state = State::Parsing(Box::new(Parsing {
            orig: orig.into_stream(),
            resp: resp.into_stream(),
            parser,
        }));
        self.advance(next, out);
    }

    /// Whether the parser can tell anything that is wanted.
    fn reads_on(&self, parser: &dyn Parser) -> bool {
        self.wants_events || parser.may_hand_over()
    }

    fn advance(&mut self, next: Next, out: &mut Vec<Event>) {
        match next {
            Next::More | Next::Foreign => {}
            Next::Done => self.state = State::Done,
            Next::Handover(rest) => self.hand_over(rest, out),
        }
    }

    /// Begins again on the rest of the conversation.
    fn hand_over(&mut self, rest: Rest, out: &mut Vec<Event>) {
        let State::Parsing(parsing) = std::mem::replace(&mut self.state, State::Done) else {
            return;
        };
        let mut parsing = *parsing;
        parsing.parser.finish(out);
        self.handovers = self.handovers.saturating_add(1);
        if self.handovers > HANDOVERS {
            return;
        }
        let mut probing = Probing::default();
        probing.orig.stream = parsing.orig;
        probing.resp.stream = parsing.resp;
        self.state = State::Probing(Box::new(probing));
        if !rest.data.is_empty() {
            self.probe_rest(&rest, out);
        }
    }

    fn probe_rest(&mut self, rest: &Rest, out: &mut Vec<Event>) {
        let State::Probing(probing) = &mut self.state else {
            return;
        };
        probing.keep(rest.ts_ns, rest.from_orig, &rest.data);
        let found = probing.ask(self.orig_p, self.resp_p);
        if let Found::Door(door) = found {
            self.open_stream(door, out);
        }
    }
}

/// What a parser left of a chunk when it handed over.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    ts_ns: i64,
    from_orig: bool,
    data: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    More,
    Done,
    Handover(Rest),
    Foreign,
}

fn step(parser: &mut dyn Parser, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Next {
    match parser.parse(chunk, out) {
        Progress::More => Next::More,
        Progress::Foreign => Next::Foreign,
        Progress::Done => {
            parser.finish(out);
            Next::Done
        }
        Progress::Handover(from) => Next::Handover(Rest {
            ts_ns: chunk.ts_ns,
            from_orig: chunk.from_orig,
            data: chunk.data.get(from..).unwrap_or(&[]).to_vec(),
        }),
    }
}

impl Parsing {
    fn segment(&mut self, protocol: u8, segment: &Segment<'_>, out: &mut Vec<Event>) -> Next {
        if protocol != proto::TCP {
            let chunk = Chunk::of_datagram(segment);
            return step(self.parser.as_mut(), &chunk, out);
        }
        let direction = if segment.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        let parser = self.parser.as_mut();
        let mut next = Next::More;
        direction.accept(segment, &mut |chunk| match &mut next {
            Next::More => next = step(parser, &chunk, out),
            Next::Done | Next::Foreign => {}
            Next::Handover(rest) => rest.append(&chunk),
        });
        next
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        self.pause(out);
    }

    /// Gives up the holes of both streams, and tells what is open then.
    fn pause(&mut self, out: &mut Vec<Event>) -> Next {
        let mut next = Next::More;
        let Parsing { orig, resp, parser } = self;
        let mut feed = |chunk: Chunk<'_>| {
            if next == Next::More {
                next = step(parser.as_mut(), &chunk, out);
            }
        };
        orig.finish(true, &mut feed);
        resp.finish(false, &mut feed);
        parser.finish(out);
        next
    }
}

impl Rest {
    fn append(&mut self, chunk: &Chunk<'_>) {
        if chunk.from_orig == self.from_orig && self.data.len() < PROBE_BYTES {
            self.data.extend_from_slice(chunk.data);
        }
    }
}

#[cfg(test)]
#[path = "inspector_test.rs"]
mod tests;
