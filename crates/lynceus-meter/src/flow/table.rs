//! The live conversations of one shard: found by key, expired by packet time, bounded in number.
//!
//! Time is the capture clock: the latest packet time seen so far in the whole capture. Whether a
//! conversation is over depends on that clock and its packets alone, never on how the packets were
//! cut into batches or spread over threads.

mod parts;

use std::sync::Arc;

use hashbrown::HashTable;

use super::key::FlowKey;
use super::record::{Fate, Flow};
use super::row::Ended;
use super::statistics::Statistics;
use super::timeouts::Timeouts;
use super::timers::Timers;
use crate::ids::{address, community_id, uid, FiveTuple};
use crate::packet::{proto, tcp_flag, Packet};
use crate::protocols::{Event, FlowIdentity, Inspector, Segment};

/// Statistics kept for reuse.
const SPARE: usize = 256;
/// Retired flows that are written together: their rows and statistics fit the nearest cache.
const BLOCK: usize = 16;
/// The part of all flows that is shed when there is no more room.
const SHED_SHARE: usize = 16;
/// What an inspected flow is reckoned to hold in its inspector.
const INSPECTOR_BYTES: usize = 512;

/// How much one shard may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Live flows.
    pub flows: usize,
    /// Bytes of flow state.
    pub bytes: usize,
}

/// The live conversations of one shard.
pub struct Table {
    flows: Vec<Flow>,
    free: Vec<u32>,
    index: HashTable<u32>,
    timers: Timers,
    retired: Vec<u32>,
    events: Vec<(FlowIdentity, Event)>,
    fresh_events: Vec<Event>,
    due: Vec<u32>,
    #[allow(clippy::vec_box)] // they move between here and the flows
    spare: Vec<Box<Statistics>>,
    /// Statistics of retired flows that never grew any.
    scratch: Vec<Statistics>,
    live: usize,
    grown: usize,
    shed: u64,
    site: Arc<str>,
    timeouts: Timeouts,
    limits: Limits,
    /// Whether events are gathered at all.
    pub wants_events: bool,
}

impl Table {
    /// An empty table.
    pub fn new(site: Arc<str>, timeouts: Timeouts, limits: Limits) -> Table {
        Table {
            flows: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            timers: Timers::default(),
            retired: Vec::new(),
            events: Vec::new(),
            fresh_events: Vec::new(),
            due: Vec::new(),
            spare: Vec::new(),
            scratch: vec![Statistics::default(); BLOCK],
            live: 0,
            grown: 0,
            shed: 0,
            site,
            timeouts,
            limits,
            wants_events: true,
        }
    }

    /// Takes in a packet whose key has `hash`, at `clock_ns` of the capture clock.
    #[inline]
    pub fn packet(&mut self, hash: u64, clock_ns: i64, packet: &Packet, payload: &[u8]) {
        if self.timers.is_due(clock_ns) {
            self.expire(clock_ns);
        }
        let (key, side) = FlowKey::of(packet);
        let flows = &self.flows;
        let found = self
            .index
            .find(hash, |&slot| flows[slot as usize].key == key)
            .copied();
        let slot = match found {
            None => self.begin(key, hash, side, packet, clock_ns),
            Some(slot) => {
                match self.flows[slot as usize].fate(packet, side, clock_ns, &self.timeouts) {
                    Fate::Continues => slot,
                    Fate::Over => {
                        self.retire(slot);
                        self.begin(key, hash, side, packet, clock_ns)
                    }
                    Fate::Cut => self.cut(slot, packet, clock_ns),
                    Fate::Resumes => self.resume(slot, packet, clock_ns),
                }
            }
        };
        let flow = &mut self.flows[slot as usize];
        let (was_closed, was_grown) = (flow.is_closed(), flow.statistics.is_some());
        flow.packet(packet, side, clock_ns, &mut self.spare);
        self.grown += usize::from(!was_grown && flow.statistics.is_some());
        if !was_closed && flow.is_closed() && flow.is_tcp() {
            flow.bucket = self
                .timers
                .insert(slot, clock_ns.saturating_add(flow.wait_ns(&self.timeouts)));
        }
        if packet.payload_bytes > 0 {
            flow.note_payload(side, payload);
            self.inspect(slot, side, packet, payload);
        }
    }

    #[inline]
    fn inspect(&mut self, slot: u32, side: usize, packet: &Packet, payload: &[u8]) {
        let flow = &mut self.flows[slot as usize];
        if flow.inspector.is_none() {
            if !matches!(flow.key.protocol, proto::TCP | proto::UDP | proto::SCTP) {
                return;
            }
            let (orig_p, resp_p) = flow.ports();
            let mut inspector = Inspector::new(flow.key.protocol, orig_p, resp_p);
            if !self.wants_events {
                inspector = inspector.without_events();
            }
            flow.inspector = Some(Box::new(inspector));
        }
        let syn_seq = flow.syn_seq();
        let Some(inspector) = flow
            .inspector
            .as_mut()
            .filter(|inspector| !inspector.is_done())
        else {
            return;
        };
        let segment = Segment {
            ts_ns: packet.ts_ns,
            from_orig: side == usize::from(flow.orig),
            tcp_seq: packet.tcp_seq,
            tcp_flags: packet.tcp_flags,
            payload,
            payload_bytes: packet.payload_bytes,
            tcp_ack: (packet.tcp_flags & tcp_flag::ACK != 0).then_some(packet.tcp_ack),
            syn_seq,
        };
        inspector.segment(&segment, &mut self.fresh_events);
        if !self.fresh_events.is_empty() {
            self.take_events(slot);
        }
    }

    fn take_events(&mut self, slot: u32) {
        if !self.wants_events {
            self.fresh_events.clear();
            return;
        }
        let who = identity(&self.flows[slot as usize], &self.site);
        self.events.extend(
            self.fresh_events
                .drain(..)
                .map(|event| (who.clone(), event)),
        );
    }

    fn begin(
        &mut self,
        key: FlowKey,
        hash: u64,
        side: usize,
        packet: &Packet,
        clock_ns: i64,
    ) -> u32 {
        self.timers.start(clock_ns);
        if self.live >= self.limits.flows || self.state_bytes() >= self.limits.bytes {
            self.shed();
        }
        let mut flow = Flow::begin(key, hash, side, packet);
        flow.clock_ns = clock_ns;
        // Half open until its first packet is counted: the earliest time of all.
        let wait_ns = self.timeouts.half_open_ns.min(flow.wait_ns(&self.timeouts));
        self.place(flow, wait_ns)
    }

    /// Puts a flow into a slot, the index and a timer.
    fn place(&mut self, mut flow: Flow, wait_ns: i64) -> u32 {
        let (slot, hash) = (
            self.free.pop().unwrap_or(self.flows.len() as u32),
            flow.hash,
        );
        let due_ns = flow.clock_ns.saturating_add(wait_ns);
        flow.bucket = self.timers.insert(slot, due_ns);
        self.live += 1;
        self.grown += usize::from(flow.statistics.is_some());
        match self.flows.get_mut(slot as usize) {
            Some(room) => *room = flow,
            None => self.flows.push(flow),
        }
        let flows = &self.flows;
        self.index
            .insert_unique(hash, slot, |&slot| flows[slot as usize].hash);
        slot
    }

    /// Ends a conversation: it leaves the index and waits to be written, where a packet of it has
    /// not been told yet.
    fn retire(&mut self, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        flow.live = false;
        self.live -= 1;
        self.grown -= usize::from(flow.statistics.is_some());
        if let Ok(entry) = self.index.find_entry(flow.hash, |&other| other == slot) {
            entry.remove();
        }
        if flow.paused {
            self.release(slot);
            return;
        }
        if let Some(inspector) = &mut flow.inspector {
            inspector.finish(&mut self.fresh_events);
            if !self.fresh_events.is_empty() {
                self.take_events(slot);
            }
        }
        self.retired.push(slot);
    }

    /// Retires what the clock says is over, up to the last whole second, so that what is live at
    /// any packet does not depend on when this was called.
    pub fn expire(&mut self, clock_ns: i64) {
        let second_ns = clock_ns
            .div_euclid(1_000_000_000)
            .saturating_mul(1_000_000_000);
        let mut due = std::mem::take(&mut self.due);
        while let Some(bucket) = self.timers.due(clock_ns, &mut due) {
            for &slot in &due {
                let flow = &mut self.flows[slot as usize];
                if !flow.live || flow.bucket != bucket {
                    continue;
                }
                if flow.is_expired(second_ns, &self.timeouts) {
                    self.retire(slot);
                } else if !flow.paused && flow.is_inactive(second_ns, &self.timeouts) {
                    self.pause(slot);
                } else {
                    let due_ns = flow.clock_ns.saturating_add(flow.wait_ns(&self.timeouts));
                    flow.bucket = self.timers.insert(slot, due_ns);
                }
            }
        }
        self.due = due;
    }

    /// Retires everything: the capture ends, or its clock went back for good.
    pub fn finish(&mut self) {
        for slot in 0..self.flows.len() as u32 {
            if self.flows[slot as usize].live {
                self.retire(slot);
            }
        }
        self.timers.clear();
    }

    /// Retires the flows that were silent longest, half-open ones first.
    #[cold]
    fn shed(&mut self) {
        let mut oldest: Vec<(bool, i64, u64, u32)> = (0..)
            .zip(&self.flows)
            .filter(|(_, flow)| flow.live)
            .map(|(slot, flow)| (!flow.is_half_open(), flow.clock_ns, flow.last_frame, slot))
            .collect();
        let count = (oldest.len() / SHED_SHARE).max(1).min(oldest.len());
        if count == 0 {
            return;
        }
        oldest.select_nth_unstable(count - 1);
        oldest.truncate(count);
        oldest.sort_unstable();
        for (_, _, _, slot) in oldest {
            self.retire(slot);
        }
        self.shed += count as u64;
    }

    /// Flows that were ended early for want of room.
    pub fn shed_flows(&self) -> u64 {
        self.shed
    }

    /// Live flows.
    pub fn live_flows(&self) -> usize {
        self.live
    }

    /// Bytes reckoned for live flows.
    fn state_bytes(&self) -> usize {
        self.live * (size_of::<Flow>() + 8)
            + self.grown * (size_of::<Statistics>() + INSPECTOR_BYTES)
    }

    /// Bytes held by the table itself, inspectors left out.
    pub fn memory_bytes(&self) -> usize {
        let boxes = self
            .flows
            .iter()
            .filter(|flow| flow.statistics.is_some())
            .count()
            + self.spare.len();
        self.flows.capacity() * size_of::<Flow>()
            + boxes * size_of::<Statistics>()
            + self.index.capacity() * 5
            + (self.free.capacity() + self.retired.capacity() + self.due.capacity()) * 4
            + self.timers.memory_bytes()
    }

    /// The events gathered since the last call, in order.
    pub fn take_all_events(&mut self) -> std::vec::Drain<'_, (FlowIdentity, Event)> {
        self.events.drain(..)
    }

    /// True when flows or events wait to be written.
    pub fn has_output(&self) -> bool {
        !self.retired.is_empty() || !self.events.is_empty()
    }

    /// Hands every retired flow with its statistics to `write`, a few at a time, and forgets it.
    pub fn drain(&mut self, mut write: impl FnMut(&[Ended<'_>])) {
        for slots in std::mem::take(&mut self.retired).chunks(BLOCK) {
            for (&slot, scratch) in slots.iter().zip(&mut self.scratch) {
                let flow = &self.flows[slot as usize];
                if flow.statistics.is_none() {
                    flow.write_statistics(scratch);
                }
            }
            let ended = slots.iter().zip(&self.scratch).map(|(&slot, scratch)| {
                let flow = &self.flows[slot as usize];
                (flow, flow.statistics.as_deref().unwrap_or(scratch))
            });
            write(&ended.collect::<Vec<Ended<'_>>>());
            for &slot in slots {
                self.release(slot);
            }
        }
    }

    /// Forgets a flow that left the table; its slot is used again.
    fn release(&mut self, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        flow.inspector = None;
        let statistics = flow.statistics.take();
        if self.spare.len() < SPARE {
            self.spare.extend(statistics);
        }
        self.free.push(slot);
    }
}

/// The five-tuple of a flow, originator first.
pub fn five_tuple(flow: &Flow) -> FiveTuple {
    let orig = usize::from(flow.orig);
    let (src_port, dst_port) = flow.ports();
    FiveTuple {
        src: flow.key.addresses[orig],
        dst: flow.key.addresses[1 - orig],
        src_port,
        dst_port,
        protocol: flow.key.protocol,
    }
}

/// The identity that events of a flow carry.
fn identity(flow: &Flow, site: &str) -> FlowIdentity {
    let tuple = five_tuple(flow);
    let community = community_id(&tuple);
    let community = std::str::from_utf8(&community).unwrap_or_default();
    let uid = uid(site, community, Some(flow.first_ns), flow.part);
    FlowIdentity {
        uid: String::from_utf8_lossy(&uid).into_owned(),
        orig_h: address(&tuple.src),
        orig_p: tuple.src_port,
        resp_h: address(&tuple.dst),
        resp_p: tuple.dst_port,
        protocol: tuple.protocol,
    }
}
