//! TCP as a bystander sees it: endpoint states for `conn_state`, and per sender the sequence
//! numbers that tell new bytes from repeated, late and missing ones.
//!
//! Endpoint states: `Inactive` (nothing seen) -> `SynSent` -> `Established` (SYN-ACK seen by the
//! peer) -> `Closed` (FIN) or `Reset` (RST); `Partial` when the first packet seen is neither. When
//! both sides have sent FIN the connection is finished whatever resets follow.

use crate::packet::tcp_flag::{ACK, FIN, RST, SYN};

/// Where one endpoint of a TCP connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// Nothing seen.
    #[default]
    Inactive,
    /// Sent SYN.
    SynSent,
    /// Handshake done as far as the capture tells.
    Established,
    /// First seen in mid-connection.
    Partial,
    /// Sent FIN.
    Closed,
    /// Sent RST.
    Reset,
}

/// Both endpoints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connection {
    /// State of each side.
    pub ends: [Endpoint; 2],
    /// Which sides have sent FIN.
    pub fin: [bool; 2],
}

impl Connection {
    /// Takes in the flags of a packet of `side`.
    #[inline]
    pub fn packet(&mut self, side: usize, flags: u8) {
        use Endpoint::{Closed, Established, Inactive, Partial, Reset, SynSent};
        let peer = 1 - side;
        self.fin[side] |= flags & FIN != 0;
        let both_closed = self.ends == [Closed, Closed];
        self.ends[side] = match self.ends[side] {
            state if both_closed => state,
            Reset => Reset,
            _ if flags & RST != 0 => Reset,
            Closed => Closed,
            _ if flags & FIN != 0 => Closed,
            Inactive | SynSent if flags & (SYN | ACK) == SYN | ACK => {
                if self.ends[peer] == SynSent {
                    self.ends[peer] = Established;
                }
                Established
            }
            Inactive if flags & SYN != 0 => SynSent,
            Inactive if matches!(self.ends[peer], Inactive | Partial) => Partial,
            state => state,
        };
    }

    /// Zeek's `conn_state` of the connection, whose payload bytes are `bytes`.
    pub fn conn_state(&self, orig: usize, bytes: u64) -> &'static str {
        use Endpoint::{Closed, Established, Inactive, Partial, Reset, SynSent};
        let (o, r) = (self.ends[orig], self.ends[1 - orig]);
        let quiet = |end| matches!(end, Inactive | Partial);
        if self.fin == [true, true] {
            return "SF";
        }
        match (o, r) {
            (SynSent, Reset) => "REJ",
            (Reset, Reset) if bytes == 0 => "REJ",
            (_, Reset) if quiet(o) => "RSTRH",
            (_, Reset) => "RSTR",
            (Reset, _) if quiet(r) => "RSTOS0",
            (Reset, _) => "RSTO",
            (Closed, _) if quiet(r) => "SH",
            (Closed, _) => "S2",
            (_, Closed) if quiet(o) => "SHR",
            (_, Closed) => "S3",
            (SynSent, Inactive) => "S0",
            (Established, Established) => "S1",
            _ => "OTH",
        }
    }
}

/// A stretch of sequence numbers not seen yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hole {
    start: u32,
    end: u32,
}

const HOLES: usize = 4;
/// A jump of more than the largest TCP window is no gap but a new beginning.
const LARGEST_JUMP: i32 = 1 << 30;

/// What a segment brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Payload bytes seen before.
    pub again_bytes: u32,
    /// Bytes of a gap it filled.
    pub filled_bytes: u32,
    /// Bytes it skipped.
    pub skipped_bytes: u32,
    /// It repeats sequence numbers (SYN and FIN included).
    pub again: bool,
    /// It is a keep-alive.
    pub keep_alive: bool,
}

/// The sequence numbers one side has sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stream {
    next: u32,
    holes: [Hole; HOLES],
    open_holes: u8,
    started: bool,
    syn: Option<u32>,
    ack: u32,
    ack_window: u16,
    acked: bool,
}

impl Stream {
    /// Takes in a segment of this side; packets with RST carry no reliable numbers and are left out.
    #[inline]
    pub fn segment(&mut self, seq: u32, flags: u8, payload_bytes: u32) -> Arrival {
        let mut arrival = Arrival::default();
        if flags & RST != 0 {
            return arrival;
        }
        let (syn, fin) = (flags & SYN != 0, flags & FIN != 0);
        let start = seq.wrapping_add(u32::from(syn));
        let end = start
            .wrapping_add(payload_bytes)
            .wrapping_add(u32::from(fin));
        let ahead = start.wrapping_sub(self.next) as i32;
        if !self.started
            || ahead.unsigned_abs() > LARGEST_JUMP as u32
            || payload_bytes > LARGEST_JUMP as u32
        {
            self.restart(seq, flags, end);
            return arrival;
        }
        if syn {
            // The same SYN again, or one with other numbers, from which they count anew.
            arrival.again = self.syn == Some(seq);
            if arrival.again {
                arrival.again_bytes = payload_bytes;
            } else {
                self.restart(seq, flags, end);
            }
            return arrival;
        }
        if ahead == 0 {
            self.next = end;
            return arrival;
        }
        if payload_bytes <= 1 && ahead == -1 && !fin {
            arrival.keep_alive = true;
            arrival.again_bytes = payload_bytes;
            return arrival;
        }
        if payload_bytes == 0 && !fin {
            return arrival;
        }
        if ahead > 0 {
            self.open(Hole {
                start: self.next,
                end: start,
            });
            arrival.skipped_bytes = ahead as u32;
            self.next = end;
            return arrival;
        }
        self.late(start, end, fin, payload_bytes, &mut arrival);
        arrival
    }

    /// Begins counting with a segment that ends at `end`.
    fn restart(&mut self, seq: u32, flags: u8, end: u32) {
        self.next = end;
        self.open_holes = 0;
        self.started = true;
        self.syn = (flags & SYN != 0).then_some(seq);
    }

    /// A segment that begins before the next expected number.
    fn late(&mut self, start: u32, end: u32, fin: bool, payload_bytes: u32, arrival: &mut Arrival) {
        let beyond = end.wrapping_sub(self.next) as i32;
        let data_end = end.wrapping_sub(u32::from(fin));
        let new_tail = (data_end.wrapping_sub(self.next) as i32).max(0) as u32;
        let old = payload_bytes - new_tail.min(payload_bytes);
        arrival.filled_bytes = self.fill(start, start.wrapping_add(old));
        arrival.again_bytes = old - arrival.filled_bytes;
        arrival.again =
            arrival.again_bytes > 0 || (fin && beyond <= 0 && arrival.filled_bytes == 0);
        if beyond > 0 {
            self.next = end;
        }
    }

    fn open(&mut self, hole: Hole) {
        if usize::from(self.open_holes) == HOLES {
            self.holes.rotate_left(1);
            self.open_holes -= 1;
        }
        self.holes[usize::from(self.open_holes)] = hole;
        self.open_holes += 1;
    }

    /// Fills open holes from `start` to `end`; returns how many bytes were open.
    fn fill(&mut self, start: u32, end: u32) -> u32 {
        let mut filled = 0;
        let before = self.holes;
        let count = usize::from(std::mem::take(&mut self.open_holes));
        for hole in &before[..count] {
            // Distances from the hole's start; all are far below 2^31.
            let length = hole.end.wrapping_sub(hole.start) as i32;
            let from = (start.wrapping_sub(hole.start) as i32).clamp(0, length);
            let to = (end.wrapping_sub(hole.start) as i32).clamp(0, length);
            if from >= to {
                self.open(*hole);
                continue;
            }
            filled += (to - from) as u32;
            if from > 0 {
                self.open(Hole {
                    start: hole.start,
                    end: hole.start.wrapping_add(from as u32),
                });
            }
            if to < length {
                self.open(Hole {
                    start: hole.start.wrapping_add(to as u32),
                    end: hole.end,
                });
            }
        }
        filled
    }

    /// Takes in what the peer acknowledged; true when that covers bytes never seen: a true gap.
    #[inline]
    pub fn acknowledged(&mut self, ack: u32) -> bool {
        if self.open_holes == 0 {
            return false;
        }
        let before = self.holes;
        let count = std::mem::take(&mut self.open_holes);
        for hole in &before[..usize::from(count)] {
            if (ack.wrapping_sub(hole.end) as i32) < 0 {
                self.open(*hole);
            }
        }
        self.open_holes < count
    }

    /// Notes the acknowledgement this side sent; true when it is a duplicate: no payload, the same
    /// number and window as before, while the peer has bytes under way.
    #[inline]
    pub fn acknowledge(&mut self, ack: u32, window: u16, pure: bool, peer: &Stream) -> bool {
        let duplicate = pure
            && self.acked
            && self.ack == ack
            && self.ack_window == window
            && peer.started
            && peer.next.wrapping_sub(ack) as i32 > 0;
        self.ack = ack;
        self.ack_window = window;
        self.acked = true;
        duplicate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_split_and_confirmed() {
        let mut stream = Stream::default();
        stream.segment(999, SYN, 0);
        assert_eq!(stream.segment(1000, ACK, 100), Arrival::default());
        assert_eq!(stream.segment(1300, ACK, 100).skipped_bytes, 200);
        let middle = stream.segment(1150, ACK, 50);
        assert_eq!(
            (middle.filled_bytes, middle.again_bytes, middle.again),
            (50, 0, false)
        );
        let again = stream.segment(1050, ACK, 100);
        assert_eq!(
            (again.filled_bytes, again.again_bytes, again.again),
            (50, 50, true)
        );
        assert!(!stream.acknowledged(1100));
        assert!(stream.acknowledged(1400));
        assert_eq!(stream.open_holes, 0);
    }

    #[test]
    fn repeats_keep_alives_and_wraparound() {
        let mut stream = Stream::default();
        stream.segment(u32::MAX - 50, SYN, 0);
        assert!(stream.segment(u32::MAX - 50, SYN, 0).again);
        assert_eq!(stream.segment(u32::MAX - 49, ACK, 100), Arrival::default());
        let again = stream.segment(u32::MAX - 49, ACK, 120);
        assert_eq!((again.again_bytes, again.again), (100, true));
        assert!(stream.segment(69, ACK, 0).keep_alive);
        assert!(!stream.segment(70, ACK, 0).keep_alive);
        assert_eq!(stream.segment(70, ACK | FIN, 0), Arrival::default());
        assert!(stream.segment(70, ACK | FIN, 0).again);
    }

    #[test]
    fn a_lying_length_or_a_wild_jump_starts_anew() {
        let mut stream = Stream::default();
        stream.segment(1, ACK, 10);
        assert_eq!(stream.segment(1, ACK, u32::MAX), Arrival::default());
        assert_eq!(stream.segment(0x9000_0000, ACK, 10), Arrival::default());
    }
}
