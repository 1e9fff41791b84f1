//! The capture clock and the split of packets over shards: what every table must agree on, decided
//! once, in capture order.

use crate::flow::key::FlowKey;
use crate::losses::Losses;
use crate::packet::PacketBatch;
use crate::protocols::LinkLoadEvent;

/// Flow tables that share the conversations, whatever the number of threads, so that limits, order
/// and results do not depend on it.
pub const SHARDS: usize = 16;
/// A packet this much behind the clock is late.
pub const LATENESS_NS: i64 = 60_000_000_000;
/// That many late packets in a row mean that the clock of the capture went back for good.
const LATE_RUN: u32 = 1_000;

/// One packet on its way to its shard.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Hash of the flow key.
    pub hash: u64,
    /// The capture clock at this packet.
    pub clock_ns: i64,
    /// Index in the batch, or [`REWIND`].
    pub index: u32,
}

/// In place of an index: the clock went back, all conversations end here.
pub const REWIND: u32 = u32::MAX;

/// A batch of packets and who gets which.
#[derive(Default)]
pub struct Work {
    /// The packets.
    pub batch: PacketBatch,
    /// For each shard its packets in capture order.
    pub routes: Vec<Vec<Route>>,
    /// Seconds of the link that are over.
    pub seconds: Vec<LinkLoadEvent>,
    /// The clock after the batch.
    pub clock_ns: i64,
    /// What was lost so far, when the rows gathered so far are to be handed out.
    pub ends_group: Option<Losses>,
    /// True when nothing follows.
    pub ends_capture: bool,
}

/// The time as sources tell it that let it pass without packets.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// By the one that told it just now.
    pub latest_ns: i64,
    /// By the one that is behind the others: nothing before is still to come.
    pub least_ns: i64,
}

/// Keeps the capture clock and routes packets.
pub struct Clock {
    now_ns: Option<i64>,
    late_run: u32,
    secret: u64,
    late_packets: u64,
    rewinds: u64,
}

impl Clock {
    /// A clock that has not seen a packet.
    pub fn new() -> Clock {
        use std::hash::{BuildHasher, RandomState};
        Clock {
            now_ns: None,
            late_run: 0,
            secret: RandomState::new().hash_one(0),
            late_packets: 0,
            rewinds: 0,
        }
    }

    /// Fills the routes of a batch, after which it is the time that was `told`.
    pub fn route(&mut self, work: &mut Work, told: Option<Told>) {
        work.routes.resize_with(SHARDS, Vec::new);
        work.routes.iter_mut().for_each(Vec::clear);
        for (index, packet) in (0..).zip(&work.batch.packets) {
            let clock_ns = match self.now_ns {
                Some(now_ns) if packet.ts_ns <= now_ns => {
                    if now_ns.saturating_sub(packet.ts_ns) > LATENESS_NS {
                        self.late(packet.ts_ns, &mut work.routes)
                    } else {
                        self.late_run = 0;
                        now_ns
                    }
                }
                _ => {
                    self.late_run = 0;
                    packet.ts_ns
                }
            };
            self.now_ns = Some(clock_ns);
            let (key, _) = FlowKey::of(packet);
            let route = Route {
                hash: key.hash(self.secret),
                clock_ns,
                index,
            };
            work.routes[key.shard(SHARDS)].push(route);
        }
        if let Some(told) = told {
            self.tell(told, &mut work.routes);
        }
        work.clock_ns = self.now_ns.unwrap_or(i64::MIN);
    }

    /// Takes the word of a source for the time.
    fn tell(&mut self, told: Told, routes: &mut [Vec<Route>]) {
        let now_ns = match self.now_ns {
            Some(now_ns) => now_ns,
            None if told.least_ns > i64::MIN => told.least_ns,
            None => return,
        };
        if now_ns.saturating_sub(told.latest_ns) > LATENESS_NS {
            self.rewind(now_ns, routes);
            self.now_ns = Some(told.latest_ns);
        } else {
            self.now_ns = Some(now_ns.max(told.least_ns));
        }
    }

    /// The clock at a late packet.
    #[cold]
    fn late(&mut self, ts_ns: i64, routes: &mut [Vec<Route>]) -> i64 {
        self.late_packets += 1;
        self.late_run += 1;
        let now_ns = self.now_ns.unwrap_or(ts_ns);
        if self.late_run < LATE_RUN {
            return now_ns;
        }
        self.rewind(now_ns, routes);
        ts_ns
    }

    /// Ends all conversations: the clock went back for good.
    fn rewind(&mut self, now_ns: i64, routes: &mut [Vec<Route>]) {
        self.late_run = 0;
        self.rewinds += 1;
        for shard in routes {
            shard.push(Route {
                hash: 0,
                clock_ns: now_ns,
                index: REWIND,
            });
        }
    }

    /// What the clock has to tell, in words for the account.
    pub fn losses(&self) -> Losses {
        let mut losses = Losses::default();
        losses.add("late_packets", self.late_packets);
        losses.add("clock_rewinds", self.rewinds);
        losses
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Packet;

    fn routed(clock: &mut Clock, times_s: &[i64]) -> Work {
        let mut work = Work::default();
        let packet = |s: &i64| Packet {
            ts_ns: s * 1_000_000_000,
            ..Default::default()
        };
        work.batch.packets = times_s.iter().map(packet).collect();
        clock.route(&mut work, None);
        work
    }

    #[test]
    fn the_clock_never_goes_back_for_single_packets() {
        let mut clock = Clock::new();
        let work = routed(&mut clock, &[100, 99, 5, 101]);
        let shard = work
            .routes
            .iter()
            .find(|routes| !routes.is_empty())
            .unwrap();
        let clocks: Vec<i64> = shard
            .iter()
            .map(|route| route.clock_ns / 1_000_000_000)
            .collect();
        assert_eq!(clocks, [100, 100, 100, 101]);
        assert_eq!(clock.losses().get("late_packets"), 1);
    }

    #[test]
    fn a_source_lets_time_pass_and_go_back() {
        let told = |clock: &mut Clock, s: i64| {
            let mut work = Work::default();
            let ns = s * 1_000_000_000;
            let told = Told {
                latest_ns: ns,
                least_ns: ns,
            };
            clock.route(&mut work, Some(told));
            let rewound = work.routes.iter().all(|routes| routes.len() == 1);
            (work.clock_ns.max(-1_000_000_000) / 1_000_000_000, rewound)
        };
        let mut clock = Clock::new();
        assert_eq!(told(&mut clock, 7), (7, false));
        routed(&mut clock, &[100]);
        assert_eq!(told(&mut clock, 130), (130, false));
        assert_eq!(told(&mut clock, 100), (130, false));
        assert_eq!(told(&mut clock, 60), (60, true));
        assert_eq!(clock.losses().get("clock_rewinds"), 1);
    }

    #[test]
    fn a_long_run_of_late_packets_rewinds_it() {
        let mut clock = Clock::new();
        routed(&mut clock, &[1_000]);
        let work = routed(&mut clock, &[5; 1_500]);
        assert_eq!(work.clock_ns, 5_000_000_000);
        assert_eq!(clock.losses().get("clock_rewinds"), 1);
        assert!(work
            .routes
            .iter()
            .all(|routes| routes.iter().any(|route| route.index == REWIND)));
    }
}
