//! Meters a capture and prints what came out: `meter CAPTURE [THREADS]`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use lynceus_meter::meter::{Meter, MeterConfig, MeterError};

/// As in the binding: flows and events are many short-lived allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), MeterError> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "-".to_owned());
    let mut config = MeterConfig::default();
    if let Some(threads) = arguments.next().and_then(|text| text.parse().ok()) {
        config.threads = threads;
    }
    let start = Instant::now();
    let mut meter = Meter::open(Path::new(&path), &config)?;
    let (mut flows, mut batches) = (0, 0);
    let mut events = BTreeMap::<&str, usize>::new();
    while let Some(batch) = meter.next()? {
        batches += 1;
        flows += batch.flows.map_or(0, |rows| rows.num_rows());
        for (table, rows) in batch.events {
            *events.entry(table).or_default() += rows.num_rows();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let packets = meter.packets();
    println!(
        "{packets} packets, {flows} flows, {batches} batches, {seconds:.3} s, {:.0} packets/s",
        packets as f64 / seconds
    );
    println!("events {events:?}");
    for (reason, count) in meter.losses().iter() {
        println!("{reason} {count}");
    }
    Ok(())
}
