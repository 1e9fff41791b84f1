//! Drives the whole path: read, decode, flow tables, protocol events, Arrow batches.
//!
//! One thread reads and decodes (for a wire that is too fast for one, several do, and one more puts
//! what they decoded in order); the others own the flow tables. The conversations are spread over
//! a fixed number of shards by their key and every thread owns some of these, so that flows,
//! events and their order are the same for any number of threads. Batches travel in bounded
//! channels and are used again, so that memory is bounded and a slow taker slows the reader.

mod clock;
mod config;
mod given;
mod load;
mod reader;
mod router;
#[cfg(test)]
mod split_test;
mod threads;
mod worker;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::losses::Losses;
use crate::read::{Capture, FrameSource, Steps};
use clock::{Work, SHARDS};
use config::ns;
pub use config::MeterConfig;
pub use given::{MeterBatch, MeterError};
use reader::{reading, Fill};
use router::Router;
use worker::{Output, Worker};

/// What the threads tell each other outside the channels.
#[derive(Default)]
struct Shared {
    failure: Mutex<Option<MeterError>>,
    packets: AtomicU64,
    bytes: AtomicU64,
    read_bytes: AtomicU64,
}

impl Shared {
    fn fail(&self, error: MeterError) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

/// Counts what is read of a file, for the progress.
struct Counted {
    file: File,
    shared: Arc<Shared>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(room)?;
        self.shared
            .read_bytes
            .fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Reads a capture and gives its flows and events, batch by batch.
pub struct Meter {
    engine: Engine,
    outputs: VecDeque<Output>,
    shared: Arc<Shared>,
    digest: String,
    file_bytes: u64,
    /// How much later than the clock the end of a flow may be told.
    delay_ns: i64,
    watermark_ns: i64,
    /// Whether the end of a group is told though it brought nothing.
    keeps_time: bool,
    /// What was lost up to the last group that is complete.
    losses: Losses,
    /// Flows shed, by worker.
    shed: Vec<u64>,
    /// The worker whose rows come next.
    turn: usize,
    /// Packets and bytes told in batches so far.
    told: (u64, u64),
    ended: bool,
}

enum Engine {
    Alone(Box<Alone>),
    Threads(Vec<Receiver<Output>>),
}

/// Everything in the caller's thread.
struct Alone {
    fill: Fill,
    router: Router,
    worker: Worker,
    work: Work,
}

impl Meter {
    /// Opens a capture: a file, or standard input for `-`.
    ///
    /// # Errors
    /// When it is missing or no capture.
    pub fn open(path: &Path, config: &MeterConfig) -> Result<Meter, MeterError> {
        let shared = Arc::<Shared>::default();
        let length = path
            .metadata()
            .ok()
            .filter(|about| about.is_file())
            .map(|about| about.len());
        let (capture, file_bytes) = match (length, File::open(path)) {
            (Some(length), Ok(file)) if path != Path::new("-") => {
                let counted = Counted {
                    file,
                    shared: shared.clone(),
                };
                (
                    Capture::from_reader(Box::new(counted), &path.display().to_string())?,
                    length,
                )
            }
            _ => (Capture::open(path)?, 0),
        };
        Meter::read(capture, config, shared, file_bytes)
    }

    /// Meters a capture that is open already.
    ///
    /// # Errors
    /// When no thread is to be had.
    pub fn from_capture(capture: Capture, config: &MeterConfig) -> Result<Meter, MeterError> {
        Meter::read(capture, config, Arc::default(), 0)
    }

    /// Meters what several sources see of one wire at the same time, each in a thread of its own.
    /// A conversation, both ways, must be seen by one of them alone. Frame numbers are those of
    /// each source.
    ///
    /// # Errors
    /// When no thread is to be had.
    pub fn watch<S: FrameSource + 'static>(
        sources: Vec<S>,
        config: &MeterConfig,
    ) -> Result<Meter, MeterError> {
        let fills = sources.into_iter().map(|source| reading(source)).collect();
        let config = MeterConfig {
            threads: config.threads.max(2),
            ..config.clone()
        };
        let mut meter = Meter::start(fills, &config, "", Arc::default())?;
        meter.keeps_time = true;
        Ok(meter)
    }

    fn read(
        capture: Capture,
        config: &MeterConfig,
        shared: Arc<Shared>,
        file_bytes: u64,
    ) -> Result<Meter, MeterError> {
        let digest = capture.digest().to_owned();
        let fill = match config.step_s {
            Some(step_s) => reading(Steps::new(capture, ns(step_s))),
            None => reading(capture),
        };
        let mut meter = Meter::start(vec![fill], config, &digest, shared)?;
        meter.file_bytes = file_bytes;
        meter.keeps_time = config.step_s.is_some();
        Ok(meter)
    }

    fn start(
        mut fills: Vec<Fill>,
        config: &MeterConfig,
        digest: &str,
        shared: Arc<Shared>,
    ) -> Result<Meter, MeterError> {
        let router = Router::new(fills.len(), config.events, shared.clone());
        let workers = config.threads.saturating_sub(1).min(SHARDS);
        let input: Arc<str> = digest.into();
        let engine = if workers == 0 && fills.len() == 1 {
            Engine::Alone(Box::new(Alone {
                fill: fills.remove(0),
                router,
                worker: Worker::new(0..SHARDS, config, &input),
                work: Work::default(),
            }))
        } else {
            let split = |i: usize| i * SHARDS / workers.max(1);
            let tables = (0..workers.max(1))
                .map(|i| Worker::new(split(i)..split(i + 1), config, &input))
                .collect();
            Engine::Threads(threads::spawn(fills, router, tables, &shared)?)
        };
        Ok(Meter {
            engine,
            outputs: VecDeque::new(),
            shared,
            digest: digest.to_owned(),
            file_bytes: 0,
            delay_ns: config
                .timeouts()
                .longest_silence_ns()
                .saturating_add(ns(config.lateness_s)),
            watermark_ns: i64::MIN,
            keeps_time: false,
            losses: Losses::default(),
            shed: vec![0; workers.max(1)],
            turn: 0,
            told: (0, 0),
            ended: false,
        })
    }

    /// The next batch; `None` at the end of the capture.
    ///
    /// # Errors
    /// When reading fails on the way; everything before was given.
    #[allow(clippy::should_implement_trait)] // a Result outside the Option: errors end it
    pub fn next(&mut self) -> Result<Option<MeterBatch>, MeterError> {
        loop {
            if let Some(polled) = self.poll(Duration::from_secs(3_600))? {
                return Ok(polled);
            }
        }
    }

    /// Like [`Meter::next`], but comes back with `None` when nothing was there in `patience`, so
    /// that a caller can look up; the inner `None` is the end.
    ///
    /// # Errors
    /// As [`Meter::next`].
    pub fn poll(&mut self, patience: Duration) -> Result<Option<Option<MeterBatch>>, MeterError> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                if let Some(batch) = self.batch(output) {
                    return Ok(Some(Some(batch)));
                }
                continue;
            }
            if self.ended {
                let mut failure = self
                    .shared
                    .failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                return failure.take().map_or(Ok(Some(None)), Err);
            }
            if !self.gather(patience) {
                return Ok(None);
            }
        }
    }

    /// Turns an output into a batch; `None` when there is nothing in it.
    fn batch(&mut self, output: Output) -> Option<MeterBatch> {
        // With the last worker's share a group is complete.
        let completes = self.turn == 0 && self.outputs.is_empty();
        let group = output.ends_group.filter(|_| completes);
        let clock_ns =
            Some(output.clock_ns).filter(|_| group.is_some() && output.clock_ns != i64::MIN);
        if let Some(clock_ns) = clock_ns {
            let sure_ns = clock_ns.saturating_sub(self.delay_ns);
            self.watermark_ns = self.watermark_ns.max(sure_ns);
        }
        let telling = self.keeps_time && group.is_some();
        if let Some(losses) = group {
            self.losses = losses;
        }
        let now = (
            self.shared.packets.load(Ordering::Relaxed),
            self.shared.bytes.load(Ordering::Relaxed),
        );
        let before = std::mem::replace(&mut self.told, now);
        let batch = MeterBatch {
            flows: output.flows,
            events: output.events,
            watermark_ns: self.watermark_ns,
            complete_ns: clock_ns,
            packets: now.0 - before.0,
            bytes: now.1 - before.1,
        };
        let empty = batch.flows.is_none() && batch.events.is_empty() && batch.packets == 0;
        (telling || !empty).then_some(batch)
    }

    /// Waits for outputs; false when none came in time.
    fn gather(&mut self, patience: Duration) -> bool {
        match &mut self.engine {
            Engine::Alone(alone) => {
                let Alone {
                    fill,
                    router,
                    worker,
                    work,
                } = alone.as_mut();
                let outputs = &mut self.outputs;
                loop {
                    if router.is_done() {
                        self.ended = true;
                        return true;
                    }
                    let filled = fill(&mut work.batch);
                    router.route(work, 0, filled);
                    let mut send = |output: Output| {
                        outputs.push_back(output);
                        Ok::<(), MeterError>(())
                    };
                    if let Err(error) = worker.work(work, &mut send) {
                        self.shared.fail(error);
                        self.ended = true;
                        return true;
                    }
                    if let Some(output) = outputs.back() {
                        self.shed[0] = output.shed;
                        return true;
                    }
                }
            }
            Engine::Threads(receivers) => match receivers[self.turn].recv_timeout(patience) {
                Ok(output) => {
                    self.take(output);
                    true
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => {
                    self.ended = true;
                    true
                }
            },
        }
    }

    /// Notes who speaks next: each worker in turn hands out its share of a group.
    fn take(&mut self, output: Output) {
        self.shed[self.turn] = output.shed;
        if output.ends_group.is_some() {
            self.turn = (self.turn + 1) % self.shed.len();
        }
        self.outputs.push_back(output);
    }

    /// What went in, what came out and why the rest did not, up to the last group that is complete.
    /// Beside the words of [`crate::losses::REASONS`]: `flows_shed` (ended early for want of room),
    /// `late_packets` (more than a minute behind the clock), `clock_rewinds` (the clock went back
    /// for good).
    pub fn losses(&self) -> Losses {
        let mut losses = self.losses.clone();
        losses.add("flows_shed", self.shed.iter().sum());
        losses
    }

    /// First 32 hex digits of SHA-256 over the first MiB of the unpacked capture.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Packets and ARP packets taken in so far.
    pub fn packets(&self) -> u64 {
        self.shared.packets.load(Ordering::Relaxed)
    }

    /// How much of the file is read, 0 to 1; 0 for standard input until its end.
    pub fn progress(&self) -> f64 {
        if self.ended {
            return 1.0;
        }
        let read = self.shared.read_bytes.load(Ordering::Relaxed);
        if self.file_bytes == 0 {
            0.0
        } else {
            (read as f64 / self.file_bytes as f64).min(1.0)
        }
    }
}
