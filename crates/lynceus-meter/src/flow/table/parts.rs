//! A conversation that is told in parts: cut after so long a time, or paused after a silence.

use super::Table;
use crate::packet::Packet;

impl Table {
    /// Ends a part and begins the next one with `packet`.
    pub(super) fn cut(&mut self, slot: u32, packet: &Packet, clock_ns: i64) -> u32 {
        self.grow(slot);
        let slot = self.next_part(slot);
        self.begin_part(slot, packet, clock_ns);
        slot
    }

    /// Begins the next part with `packet` after a silence, whether the one before was told yet or
    /// not.
    pub(super) fn resume(&mut self, slot: u32, packet: &Packet, clock_ns: i64) -> u32 {
        let slot = self.pause(slot);
        self.begin_part(slot, packet, clock_ns);
        slot
    }

    /// Ends a part that fell silent, and tells what it left open, such as queries without answer.
    /// The next one, without a packet yet, waits in its place.
    pub(super) fn pause(&mut self, slot: u32) -> u32 {
        let flow = &mut self.flows[slot as usize];
        if flow.paused {
            return slot;
        }
        if let Some(inspector) = &mut flow.inspector {
            inspector.pause(&mut self.fresh_events);
        }
        if !self.fresh_events.is_empty() {
            self.take_events(slot);
        }
        if self.flows[slot as usize].hands_on() {
            self.grow(slot);
        }
        self.next_part(slot)
    }

    fn grow(&mut self, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        self.grown += usize::from(flow.statistics.is_none());
        flow.grow(&mut self.spare);
    }

    fn next_part(&mut self, slot: u32) -> u32 {
        let next = self.flows[slot as usize].next_part();
        self.retire(slot);
        let wait_ns = next.wait_ns(&self.timeouts);
        self.place(next, wait_ns)
    }

    fn begin_part(&mut self, slot: u32, packet: &Packet, clock_ns: i64) {
        let flow = &mut self.flows[slot as usize];
        flow.begin_part(packet, clock_ns);
        let due_ns = clock_ns.saturating_add(flow.wait_ns(&self.timeouts));
        flow.bucket = self.timers.insert(slot, due_ns);
    }
}
