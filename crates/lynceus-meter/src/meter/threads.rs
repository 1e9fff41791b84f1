//! One thread that reads and one for each worker, joined by bounded channels.

use std::sync::Arc;
use std::thread;

use arrow_schema::ArrowError;
use crossbeam_channel::{bounded, unbounded, Receiver, Sender};

use super::clock::Work;
use super::reader::Reader;
use super::worker::{Output, Worker};
use super::{MeterError, Shared};

/// Batches under way for each worker.
const QUEUE: usize = 4;
/// Outputs under way from each worker.
const OUTPUTS: usize = 2;

/// Starts one thread that reads and one for each worker; gives what the workers hand out.
pub fn spawn(
    reader: Reader,
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
    start("lynceus-read", shared, move |_| {
        run_reader(reader, &inputs, &used)
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

fn run_reader(mut reader: Reader, inputs: &[Sender<Arc<Work>>], used: &Receiver<Work>) {
    loop {
        let mut work = used.try_recv().unwrap_or_default();
        if !reader.next(&mut work) {
            return;
        }
        let work = Arc::new(work);
        for input in inputs {
            // A worker is gone when nobody takes its rows any more, or by a fault: stop reading.
            if input.send(work.clone()).is_err() {
                return;
            }
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
