//! Datagrams of many senders, taken off their sockets as fast as they come.
//!
//! A thread a socket moves what arrives into a bounded waiting room; whoever takes it out gets all
//! of it as one block. Nothing here looks into a datagram.

mod block;
mod networks;

pub use block::{Block, HEAD_BYTES};
pub use networks::{Network, NetworkError};

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest datagram that UDP has.
const LONGEST: usize = 65_535;
/// How long a thread waits for a datagram before it looks whether it should end.
const PATIENCE: Duration = Duration::from_millis(100);

/// What was counted since the receiver began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Datagrams that came, whatever became of them.
    pub received: u64,
    /// Of senders in no allowed network.
    pub refused: u64,
    /// That found the waiting room full.
    pub shed: u64,
    /// Errors of sockets.
    pub errors: u64,
    /// The last sender that was refused.
    pub last_refused: Option<IpAddr>,
}

#[derive(Default)]
struct Room {
    block: Block,
    counts: Counts,
}

struct Shared {
    room: Mutex<Room>,
    filled: Condvar,
    stop: AtomicBool,
    allowed: Vec<Network>,
    most_bytes: usize,
    enough_bytes: usize,
}

impl Shared {
    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, from: IpAddr, content: &[u8]) {
        let from = from.to_canonical();
        let mut room = self.room();
        room.counts.received += 1;
        if !self.allowed.is_empty() && !self.allowed.iter().any(|n| n.holds(from)) {
            room.counts.refused += 1;
            room.counts.last_refused = Some(from);
            return;
        }
        if room.block.bytes() + HEAD_BYTES + content.len() > self.most_bytes {
            room.counts.shed += 1;
            return;
        }
        let before = room.block.bytes();
        room.block.push(now_ns(), from, content);
        let now = room.block.bytes();
        drop(room);
        if before == 0 || (before < self.enough_bytes && now >= self.enough_bytes) {
            self.filled.notify_one();
        }
    }

    fn receive(&self, socket: &UdpSocket) {
        let mut buffer = vec![0; LONGEST];
        while !self.stop.load(Ordering::Relaxed) {
            match socket.recv_from(&mut buffer) {
                Ok((size, from)) => self.keep(from.ip(), &buffer[..size]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => {
                        self.room().counts.errors += 1;
                        std::thread::sleep(PATIENCE);
                    }
                },
            }
        }
    }
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}

/// Threads that receive from sockets, and what they have received.
pub struct Receiver {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Receiver {
    /// Begins to receive. Without `allowed` networks everyone may send; beyond `most_bytes` waiting
    /// datagrams are shed; a taker who gathers is woken by `enough_bytes`.
    ///
    /// # Errors
    /// A socket or a thread that cannot be used.
    pub fn new(
        sockets: Vec<UdpSocket>,
        allowed: Vec<Network>,
        most_bytes: usize,
        enough_bytes: usize,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            room: Mutex::new(Room::default()),
            filled: Condvar::new(),
            stop: AtomicBool::new(false),
            allowed,
            most_bytes,
            enough_bytes,
        });
        let receiver = Receiver {
            shared,
            threads: Mutex::new(Vec::new()),
        };
        for socket in sockets {
            socket.set_nonblocking(false)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            let shared = Arc::clone(&receiver.shared);
            let thread = std::thread::Builder::new()
                .name("datagrams".to_owned())
                .spawn(move || shared.receive(&socket))?;
            receiver.threads().push(thread);
        }
        Ok(receiver)
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has arrived, empty after `wait` without any. Once there is some, it gathers more for
    /// `gather` or until there is enough.
    #[must_use]
    pub fn take(&self, wait: Duration, gather: Duration) -> Block {
        let mut room = self.until(self.shared.room(), wait, 1);
        if room.block.bytes() > 0 {
            room = self.until(room, gather, self.shared.enough_bytes);
        }
        std::mem::take(&mut room.block)
    }

    /// Waits until there are `bytes`, or it is closed.
    fn until<'a>(
        &'a self,
        mut room: MutexGuard<'a, Room>,
        wait: Duration,
        bytes: usize,
    ) -> MutexGuard<'a, Room> {
        let end = Instant::now() + wait;
        while room.block.bytes() < bytes && !self.shared.stop.load(Ordering::Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.shared.filled.wait_timeout(room, left);
            room = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        room
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.room().counts
    }

    /// Ends the threads and closes the sockets; what has arrived can still be taken.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.filled.notify_all();
        let threads = std::mem::take(&mut *self.threads());
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.close();
    }
}
