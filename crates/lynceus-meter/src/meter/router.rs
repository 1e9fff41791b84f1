//! Clock, shards and groups of what was decoded: what happens once, in one order.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use super::clock::{Clock, Told, Work};
use super::load::LinkLoad;
use super::reader::Filled;
use super::Shared;
use crate::losses::Losses;

/// Packets after which the rows gathered so far are handed out.
const GROUP_PACKETS: u64 = 131_072;

/// Routes batches of one or several sources.
pub struct Router {
    clock: Clock,
    /// Kept where events are wanted.
    load: Option<LinkLoad>,
    shared: Arc<Shared>,
    /// What each source lost so far.
    losses: Vec<Losses>,
    /// What time each source told last.
    told_ns: Vec<i64>,
    running: usize,
    group_packets: u64,
}

impl Router {
    /// A router of what so many sources give; `events` as in the configuration.
    pub fn new(sources: usize, events: bool, shared: Arc<Shared>) -> Router {
        Router {
            clock: Clock::new(),
            load: events.then(LinkLoad::default),
            shared,
            losses: vec![Losses::default(); sources],
            told_ns: vec![i64::MIN; sources],
            running: sources,
            group_packets: 0,
        }
    }

    /// Makes the batch of `work`, which source number `source` filled, ready for the workers. A
    /// source that fails ends them all.
    pub fn route(&mut self, work: &mut Work, source: usize, filled: Filled) {
        match filled.more {
            Ok(true) => {}
            Ok(false) => self.running -= 1,
            Err(error) => {
                self.shared.fail(error.into());
                self.running = 0;
            }
        }
        work.ends_capture = self.running == 0;
        work.seconds.clear();
        if let Some(load) = &mut self.load {
            load.add(&work.batch, &mut work.seconds);
            if work.ends_capture {
                load.end(&mut work.seconds);
            }
        }
        if let (Some(told_ns), Some(own)) = (filled.moment.clock_ns, self.told_ns.get_mut(source)) {
            *own = told_ns;
        }
        let told = filled.moment.clock_ns.map(|latest_ns| Told {
            latest_ns,
            least_ns: self.told_ns.iter().copied().min().unwrap_or(latest_ns),
        });
        self.clock.route(work, told);
        let packets = (work.batch.packets.len() + work.batch.arps.len()) as u64;
        self.shared.packets.fetch_add(packets, Ordering::Relaxed);
        self.shared
            .bytes
            .fetch_add(work.batch.bytes.len() as u64, Ordering::Relaxed);
        self.group_packets += packets;
        if let Some(losses) = self.losses.get_mut(source) {
            *losses = filled.losses;
        }
        let ends_group =
            self.group_packets >= GROUP_PACKETS || filled.moment.hands_out || work.ends_capture;
        work.ends_group = ends_group.then(|| {
            self.group_packets = 0;
            let mut losses = self.clock.losses();
            self.losses.iter().for_each(|own| losses.merge(own));
            losses
        });
    }

    /// True when nothing follows.
    pub fn is_done(&self) -> bool {
        self.running == 0
    }
}
