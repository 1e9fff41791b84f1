//! Reads, decodes and routes: what happens in capture order.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::clock::{Clock, Work};
use super::load::LinkLoad;
use super::Shared;
use crate::decode::Decoder;
use crate::read::Capture;

/// Packets after which the rows gathered so far are handed out.
const GROUP_PACKETS: u64 = 131_072;

/// Reads, decodes and routes.
pub struct Reader {
    capture: Capture,
    decoder: Decoder,
    clock: Clock,
    /// Kept where events are wanted.
    load: Option<LinkLoad>,
    shared: Arc<Shared>,
    group_packets: u64,
    ended: bool,
}

impl Reader {
    /// A reader at the beginning of a capture; `events` as in the configuration.
    pub fn new(capture: Capture, events: bool, shared: Arc<Shared>) -> Reader {
        Reader {
            capture,
            decoder: Decoder::new(),
            clock: Clock::new(),
            load: events.then(LinkLoad::default),
            shared,
            group_packets: 0,
            ended: false,
        }
    }

    /// Fills the next piece of work; at the end of the capture an empty one that says so. False
    /// after that.
    pub fn next(&mut self, work: &mut Work) -> bool {
        if self.ended {
            return false;
        }
        work.ends_capture = match self.decoder.fill(&mut self.capture, &mut work.batch) {
            Ok(more) => !more,
            Err(error) => {
                self.shared.fail(error.into());
                true
            }
        };
        work.seconds.clear();
        if work.ends_capture {
            work.batch.clear();
            self.ended = true;
        }
        if let Some(load) = &mut self.load {
            load.add(&work.batch, &mut work.seconds);
            if work.ends_capture {
                load.end(&mut work.seconds);
            }
        }
        self.clock.route(work);
        let packets = (work.batch.packets.len() + work.batch.arps.len()) as u64;
        self.shared.packets.fetch_add(packets, Ordering::Relaxed);
        self.shared
            .bytes
            .fetch_add(work.batch.bytes.len() as u64, Ordering::Relaxed);
        self.group_packets += packets;
        work.ends_group = self.group_packets >= GROUP_PACKETS || self.ended;
        if work.ends_group {
            self.group_packets = 0;
            let mut losses = self.decoder.losses().clone();
            losses.merge(&self.clock.losses());
            *self
                .shared
                .losses
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = losses;
        }
        true
    }
}
