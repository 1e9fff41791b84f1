//! What one thread does: the flow tables of some shards, and the rows and events they give.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::clock::{Route, Work, REWIND};
use super::MeterConfig;
use crate::flow::columns::FlowBatch;
use crate::flow::table::Table;
use crate::losses::Losses;
use crate::packet::PacketBatch;
use crate::protocols::EventTables;

/// Packets that are fetched together.
const AHEAD: usize = 16;

/// Looks at a few packets and how their payloads begin: the thread that reads has written them, and
/// this one waits for all of them at once instead of for each when its turn comes.
fn fetch(batch: &PacketBatch, routes: &[Route]) {
    let look = |route: &Route| {
        let packet = batch.packets.get(route.index as usize)?;
        let payload = batch.payload(packet).first().copied().unwrap_or_default();
        Some(payload ^ packet.src[15] ^ packet.ts_ns as u8 ^ packet.ttl)
    };
    let seen = routes.iter().filter_map(look).fold(0, |all, one| all ^ one);
    std::hint::black_box(seen);
}

/// Rows and events of one worker; several make up a group.
#[derive(Default)]
pub struct Output {
    /// Flow rows.
    pub flows: Option<RecordBatch>,
    /// Event rows by table.
    pub events: Vec<(&'static str, RecordBatch)>,
    /// What was lost so far, in the last output of the group.
    pub ends_group: Option<Losses>,
    /// Clock at the end of the group.
    pub clock_ns: i64,
    /// Flows shed by this worker so far.
    pub shed: u64,
}

/// The tables of a range of shards.
pub struct Worker {
    shards: Range<usize>,
    tables: Vec<Table>,
    rows: FlowBatch,
    events: EventTables,
    batch_rows: usize,
    wants_events: bool,
}

impl Worker {
    /// A worker for `shards` of all.
    pub fn new(shards: Range<usize>, config: &MeterConfig, digest: &Arc<str>) -> Worker {
        let site: Arc<str> = config.site.as_str().into();
        let table = |_| {
            let mut table = Table::new(site.clone(), config.timeouts(), config.limits());
            table.wants_events = config.events;
            table
        };
        Worker {
            tables: shards.clone().map(table).collect(),
            shards,
            rows: FlowBatch::new(site.clone(), digest.clone()),
            events: EventTables::new(&config.site),
            batch_rows: config.batch_rows.max(1),
            wants_events: config.events,
        }
    }

    /// Takes in a batch; at the end of a group hands its rows to `send`, shard by shard.
    ///
    /// # Errors
    /// What `send` says, or a fault of the column list that tests rule out.
    pub fn work<E: From<ArrowError>>(
        &mut self,
        work: &Work,
        send: &mut impl FnMut(Output) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.wants_events && self.shards.contains(&0) {
            work.batch
                .arps
                .iter()
                .for_each(|arp| self.events.push_arp(arp));
            work.seconds
                .iter()
                .for_each(|second| self.events.push_link_load(second));
        }
        for (table, shard) in self.tables.iter_mut().zip(self.shards.clone()) {
            let routes = work.routes.get(shard).map_or(&[][..], Vec::as_slice);
            for routes in routes.chunks(AHEAD) {
                fetch(&work.batch, routes);
                for route in routes {
                    if let Some(packet) = work.batch.packets.get(route.index as usize) {
                        table.packet(
                            route.hash,
                            route.clock_ns,
                            packet,
                            work.batch.payload(packet),
                        );
                    } else if route.index == REWIND {
                        table.finish();
                    }
                }
            }
            table.expire(work.clock_ns);
            if work.ends_capture {
                table.finish();
            }
        }
        if let Some(losses) = &work.ends_group {
            self.hand_out(work.clock_ns, losses, send)?;
        }
        Ok(())
    }

    fn hand_out<E: From<ArrowError>>(
        &mut self,
        clock_ns: i64,
        losses: &Losses,
        send: &mut impl FnMut(Output) -> Result<(), E>,
    ) -> Result<(), E> {
        let shed = self.tables.iter().map(Table::shed_flows).sum();
        let Worker {
            tables,
            rows,
            events,
            batch_rows,
            ..
        } = self;
        let mut take = |rows: &mut FlowBatch, events: &mut EventTables, ends_group| {
            let flows = rows.take()?;
            send(Output {
                flows,
                events: events.flush(),
                ends_group,
                clock_ns,
                shed,
            })
        };
        for table in tables {
            for (who, event) in table.take_all_events() {
                events.push(&who, event);
                if events.rows() >= *batch_rows {
                    take(rows, events, None)?;
                }
            }
            let mut outcome = Ok(());
            table.drain(|mut ended| {
                while !ended.is_empty() && outcome.is_ok() {
                    let room = *batch_rows - rows.rows();
                    let (now, later) = ended.split_at(room.min(ended.len()));
                    crate::flow::write(rows, now);
                    ended = later;
                    if rows.rows() >= *batch_rows {
                        outcome = take(rows, events, None);
                    }
                }
            });
            outcome?;
        }
        take(rows, events, Some(losses.clone()))
    }
}
