//! An interface as a source of frames for the meter.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lynceus_meter::losses::{reason, Losses};
use lynceus_meter::read::{Frame, FrameSource, Moment, ReadError, CHUNK_BYTES};

use crate::filter::{self, FilterError};
use crate::recorder::Recorder;
use crate::ring::{Ring, Seen};
use crate::socket::{interface_index, Ready, Socket};
use crate::Medium;

/// How long a wait for frames lasts at most.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often rows are wanted, and drops are asked for.
const BEAT: Duration = Duration::from_millis(250);
/// A frame is not handed over later than this after it came, where the ring was found empty.
const SLACK_NS: i64 = 1_000_000_000;
/// How long what the ring still has is read after a stop.
const LAST: Duration = Duration::from_millis(150);

/// What is to be watched, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the interface.
    pub interface: String,
    /// Which frames are wanted, in the language of [`filter`]; all without one.
    pub filter: Option<String>,
    /// Frames for other machines too.
    pub promiscuous: bool,
    /// Threads that read, each with a ring of its own.
    pub threads: usize,
    /// Size of all rings together.
    pub buffer_bytes: u64,
    /// How much of a frame is kept.
    pub snap_bytes: u32,
    /// Folder and bound of the packet ring on disk.
    pub record: Option<(PathBuf, u64)>,
}

/// Why an interface cannot be watched; one line that names it.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// There is none of the name.
    #[error("{0}: no such interface")]
    Missing(String),
    /// Its frames begin with something that is not decoded.
    #[error("{0}: neither Ethernet nor an IP tunnel, its frames cannot be read")]
    Medium(String),
    /// The filter is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The kernel refuses.
    #[error("{0}: {1}: {2}")]
    Refused(String, &'static str, io::Error),
}

/// One ring of an interface.
pub struct Wire {
    name: String,
    medium: Medium,
    index: u32,
    promiscuous: bool,
    ring: Ring,
    recorder: Option<Recorder>,
    stop: Arc<AtomicBool>,
    stopped: Option<Instant>,
    /// Rows are asked for by one ring of an interface.
    leads: bool,
    frames: VecDeque<Frame>,
    given: u64,
    came: u64,
    dropped: u64,
    losses: Losses,
    moment: Moment,
    beat: Instant,
    down: bool,
}

/// Opens the rings of an interface, which end after `stop` was set. No frame is seen by two of them,
/// nor one that the filter refuses.
///
/// # Errors
/// When there is no such interface, it cannot be read, or the kernel refuses.
pub fn open(options: &Options, stop: &Arc<AtomicBool>) -> Result<Vec<Wire>, WireError> {
    let name = &options.interface;
    let count = options.threads.clamp(1, 64);
    let mut recorders = match &options.record {
        Some((folder, limit)) => Recorder::start(folder, *limit, name, count)
            .map_err(|error| WireError::Refused(name.clone(), "no packet ring on disk", error))?,
        None => Vec::new(),
    };
    let mut wires = (0..count)
        .map(|number| {
            let mut wire = Wire::open(options, number, stop)?;
            wire.recorder = recorders.pop();
            Ok(wire)
        })
        .collect::<Result<Vec<_>, WireError>>()?;
    let refused = |what| move |error| WireError::Refused(name.clone(), what, error);
    let mut group = None;
    for wire in wires.iter_mut().filter(|_| count > 1) {
        let shared = wire.ring.socket().share(group);
        group = Some(shared.map_err(refused("its frames cannot be shared out"))?);
    }
    // Until now each refused all, so that no frame was seen by two.
    for wire in &wires {
        let program = filter::compile(
            options.filter.as_deref().unwrap_or(""),
            wire.medium,
            options.snap_bytes,
        )?;
        let attached = wire.ring.socket().attach(&program);
        attached.map_err(refused("the kernel does not take the filter"))?;
    }
    Ok(wires)
}

impl Wire {
    fn open(options: &Options, number: usize, stop: &Arc<AtomicBool>) -> Result<Wire, WireError> {
        let name = &options.interface;
        let refused = |what| move |error| WireError::Refused(name.clone(), what, error);
        let index = interface_index(name).ok_or_else(|| WireError::Missing(name.clone()))?;
        let socket = Socket::open().map_err(refused("watching it needs CAP_NET_RAW"))?;
        let medium = socket
            .medium(name)
            .map_err(refused("no hardware address"))?;
        let medium = medium.ok_or_else(|| WireError::Medium(name.clone()))?;
        let nothing = filter::refuse_all();
        socket.attach(&nothing).map_err(refused("no filter"))?;
        let bytes = options.buffer_bytes / options.threads.clamp(1, 64) as u64;
        let ring = Ring::new(socket, bytes).map_err(refused("no ring of packets"))?;
        if name == "lo" {
            let inward = ring.socket().ignore_outgoing();
            inward.map_err(refused("each packet would be seen twice"))?;
        }
        let mut wire = Wire {
            name: name.clone(),
            medium,
            index: 0,
            promiscuous: options.promiscuous && medium == Medium::Ethernet,
            ring,
            recorder: None,
            stop: stop.clone(),
            stopped: None,
            leads: number == 0,
            frames: VecDeque::new(),
            given: 0,
            came: 0,
            dropped: 0,
            losses: Losses::default(),
            moment: Moment::default(),
            beat: Instant::now(),
            down: false,
        };
        wire.bind(index).map_err(refused("cannot be watched"))?;
        Ok(wire)
    }

    fn bind(&mut self, index: u32) -> io::Result<()> {
        self.ring.socket().bind(index)?;
        if self.promiscuous {
            self.ring.socket().promiscuous(index)?;
        }
        self.index = index;
        Ok(())
    }

    /// Takes what the ring has, about a chunk of it; true when it is empty now.
    fn drain(&mut self, chunk: &mut Vec<u8>) -> bool {
        let Wire {
            ring,
            recorder,
            frames,
            given,
            medium,
            ..
        } = self;
        let link_type = medium.link_type();
        while chunk.len() < CHUNK_BYTES {
            let more = ring.block(|seen| {
                *given += 1;
                let start = chunk.len();
                let wire_bytes = put(chunk, &seen);
                let bytes = chunk.get(start..).unwrap_or(&[]);
                if let Some(recorder) = recorder.as_mut() {
                    recorder.frame(link_type, seen.ts_ns, wire_bytes, bytes);
                }
                frames.push_back(Frame {
                    ts_ns: seen.ts_ns,
                    number: *given,
                    start,
                    end: start + bytes.len(),
                    wire_bytes,
                    link_type,
                });
            });
            if !more {
                return true;
            }
        }
        false
    }

    /// Waits for frames; finds an interface again that went away and came back.
    fn wait(&mut self) -> io::Result<()> {
        if self.down {
            std::thread::sleep(PATIENCE);
            if let Some(index) = interface_index(&self.name) {
                self.down = false;
                if index != self.index {
                    self.bind(index)?;
                }
            }
        }
        if self.ring.socket().wait(PATIENCE)? == Ready::Down && !self.down {
            self.down = true;
            self.losses.add(reason::INTERFACE_DOWN, 1);
        }
        Ok(())
    }

    /// Asks the kernel what it dropped.
    fn count(&mut self) -> io::Result<()> {
        let (came, dropped) = self.ring.socket().came_and_dropped()?;
        self.came += came;
        self.dropped += dropped;
        self.losses.add(reason::DROPPED_BY_KERNEL, dropped);
        if let Some(recorder) = self.recorder.as_mut().filter(|_| self.leads) {
            self.losses
                .add(reason::FRAMES_NOT_RECORDED, recorder.missed());
        }
        Ok(())
    }

    /// Ends the account of a ring that is read no more.
    fn end(&mut self) -> io::Result<()> {
        self.count()?;
        let unread = self.came.saturating_sub(self.dropped + self.given);
        self.losses.add(reason::UNREAD_AT_STOP, unread);
        self.recorder = None;
        Ok(())
    }

    fn round(&mut self, chunk: &mut Vec<u8>) -> io::Result<bool> {
        if self.stop.load(Ordering::Relaxed) {
            let stopped = self.stopped.get_or_insert_with(Instant::now);
            if stopped.elapsed() >= LAST {
                return self.end().map(|()| false);
            }
        }
        let mut empty = self.drain(chunk);
        if chunk.is_empty() {
            self.wait()?;
            empty = self.drain(chunk);
        }
        let now_ns = now_ns();
        if let Some(recorder) = &mut self.recorder {
            recorder.pass(now_ns);
        }
        let beats = self.beat.elapsed() >= BEAT;
        if beats {
            self.beat = Instant::now();
            self.count()?;
        }
        self.moment = Moment {
            clock_ns: empty.then(|| now_ns - SLACK_NS),
            hands_out: beats && self.leads,
        };
        Ok(true)
    }
}

impl FrameSource for Wire {
    fn refill(&mut self, chunk: &mut Vec<u8>) -> Result<bool, ReadError> {
        chunk.clear();
        self.frames.clear();
        self.round(chunk).map_err(|source| ReadError::Wire {
            name: self.name.clone(),
            source,
        })
    }

    fn next_frame(&mut self, _: &[u8]) -> Option<Frame> {
        self.frames.pop_front()
    }

    fn keep_rest(&mut self, _: &[u8]) {}

    fn frames(&self) -> u64 {
        self.given
    }

    fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    fn moment(&self) -> Moment {
        self.moment
    }
}

/// Copies a frame, its VLAN tag where it was; its length on the wire.
fn put(chunk: &mut Vec<u8>, seen: &Seen<'_>) -> u32 {
    match (seen.vlan, seen.bytes.split_at_checked(12)) {
        (Some((protocol, tag)), Some((addresses, rest))) => {
            chunk.extend_from_slice(addresses);
            chunk.extend(protocol.to_be_bytes());
            chunk.extend(tag.to_be_bytes());
            chunk.extend_from_slice(rest);
            seen.wire_bytes.saturating_add(4)
        }
        _ => {
            chunk.extend_from_slice(seen.bytes);
            seen.wire_bytes
        }
    }
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vlan_tag_is_put_where_it_was() {
        let mut chunk = vec![9];
        let seen = |vlan| Seen {
            ts_ns: 0,
            bytes: b"ddddddssssss\x08\x00rest",
            wire_bytes: 18,
            vlan,
        };
        assert_eq!(put(&mut chunk, &seen(Some((0x88a8, 0x0fff)))), 22);
        assert_eq!(&chunk[1..], b"ddddddssssss\x88\xa8\x0f\xff\x08\x00rest");
        chunk.clear();
        assert_eq!(put(&mut chunk, &seen(None)), 18);
        assert_eq!(chunk, b"ddddddssssss\x08\x00rest");
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let options = Options {
            interface: "no-such-wire0".to_owned(),
            filter: None,
            promiscuous: false,
            threads: 1,
            buffer_bytes: 1 << 22,
            snap_bytes: 65_535,
            record: None,
        };
        let error = open(&options, &Arc::default()).err().unwrap();
        assert_eq!(error.to_string(), "no-such-wire0: no such interface");
    }
}
