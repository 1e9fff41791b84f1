//! One thread for each source that reads, one that routes where there are several, and one for
//! each worker, joined by bounded channels.

use std::sync::Arc;
use std::thread;

use arrow_schema::ArrowError;
use crossbeam_channel::{bounded, unbounded, Receiver, Sender};

use super::clock::Work;
use super::reader::{Fill, Filled};
use super::router::Router;
use super::worker::{Output, Worker};
use super::{MeterError, Shared};
use crate::packet::PacketBatch;

/// Batches under way for each worker.
const QUEUE: usize = 4;
/// Outputs under way from each worker.
const OUTPUTS: usize = 2;

/// Batches under way from each of several sources.
const BATCHES: usize = 2;

/// What a source filled, and which it is.
type Decoded = (usize, PacketBatch, Filled);

/// Starts the threads; gives what the workers hand out.
pub fn spawn(
    mut readers: Vec<Fill>,
    router: Router,
    workers: Vec<Worker>,
    shared: &Arc<Shared>,
) -> Result<Vec<Receiver<Output>>, MeterError> {
    let (give_back, used) = unbounded();
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for worker in workers {
        let (input, work) = bounded(QUEUE);
        let (output, rows) = bounded(OUTPUTS);
        inputs.push(input);
        outputs.push(rows);
        let give_back = give_back.clone();
        start("lynceus-flow", shared, move |shared| {
            run_worker(worker, &work, &output, &give_back, shared)
        })?;
    }
    if readers.len() == 1 {
        let fill = readers.remove(0);
        start("lynceus-read", shared, move |_| {
            run_reader(fill, router, &inputs, &used)
        })?;
        return Ok(outputs);
    }
    let (give, decoded) = bounded(BATCHES * readers.len());
    let mut spare = Vec::new();
    for (source, fill) in readers.into_iter().enumerate() {
        let (give, (empty, emptied)) = (give.clone(), unbounded());
        spare.push(empty);
        start("lynceus-read", shared, move |_| {
            run_source(source, fill, &give, &emptied)
        })?;
    }
    start("lynceus-route", shared, move |_| {
        run_router(router, &decoded, &spare, &inputs, &used)
    })?;
    Ok(outputs)
}

/// Starts a thread; a fault in it stops the meter with an error.
fn start(
    name: &str,
    shared: &Arc<Shared>,
    body: impl FnOnce(&Shared) + Send + 'static,
) -> Result<(), MeterError> {
    let shared = shared.clone();
    let guarded = move || {
        let body = std::panic::AssertUnwindSafe(|| body(&shared));
        if std::panic::catch_unwind(body).is_err() {
            shared.fail(MeterError::Fault);
        }
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(guarded)
        .map(drop)
        .map_err(MeterError::Thread)
}

fn run_reader(
    mut fill: Fill,
    mut router: Router,
    inputs: &[Sender<Arc<Work>>],
    used: &Receiver<Work>,
) {
    while !router.is_done() {
        let mut work = used.try_recv().unwrap_or_default();
        let filled = fill(&mut work.batch);
        router.route(&mut work, 0, filled);
        if !send(work, inputs) {
            return;
        }
    }
}

/// Gives work to all workers; false when one is gone: nobody takes its rows any more, or a fault.
fn send(work: Work, inputs: &[Sender<Arc<Work>>]) -> bool {
    let work = Arc::new(work);
    inputs.iter().all(|input| input.send(work.clone()).is_ok())
}

/// One of several sources: decodes, for the router to put in order.
fn run_source(
    source: usize,
    mut fill: Fill,
    give: &Sender<Decoded>,
    emptied: &Receiver<PacketBatch>,
) {
    loop {
        let mut batch = emptied.try_recv().unwrap_or_default();
        let filled = fill(&mut batch);
        let more = matches!(filled.more, Ok(true));
        if give.send((source, batch, filled)).is_err() || !more {
            return;
        }
    }
}

fn run_router(
    mut router: Router,
    decoded: &Receiver<Decoded>,
    spare: &[Sender<PacketBatch>],
    inputs: &[Sender<Arc<Work>>],
    used: &Receiver<Work>,
) {
    for (source, batch, filled) in decoded {
        let mut work = used.try_recv().unwrap_or_default();
        let before = std::mem::replace(&mut work.batch, batch);
        if let Some(empty) = spare.get(source) {
            // The source may be done already.
            let _ = empty.send(before);
        }
        router.route(&mut work, source, filled);
        if !send(work, inputs) || router.is_done() {
            return;
        }
    }
}

/// Nobody takes the rows any more, or the columns are at fault.
enum Stop {
    Unwanted,
    Error(ArrowError),
}

impl From<ArrowError> for Stop {
    fn from(error: ArrowError) -> Self {
        Stop::Error(error)
    }
}

fn run_worker(
    mut worker: Worker,
    input: &Receiver<Arc<Work>>,
    output: &Sender<Output>,
    give_back: &Sender<Work>,
    shared: &Shared,
) {
    for work in input {
        let mut send = |rows| output.send(rows).map_err(|_| Stop::Unwanted);
        match worker.work(&work, &mut send) {
            Ok(()) => {}
            Err(Stop::Unwanted) => return,
            Err(Stop::Error(error)) => return shared.fail(error.into()),
        }
        if let Some(work) = Arc::into_inner(work) {
            // The reader may be done already.
            let _ = give_back.send(work);
        }
    }
}
