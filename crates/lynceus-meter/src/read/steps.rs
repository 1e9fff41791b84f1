//! A capture in steps of its own time, for who plays it again at a pace.
//!
//! Frames are copied, so that a stretch can end where a step does and not where a piece of the
//! file does. Where steps end depends on the capture alone.

use std::collections::VecDeque;

use super::source::{FrameSource, Moment};
use super::{Capture, Frame, ReadError, CHUNK_BYTES};
use crate::losses::Losses;

/// Gives the frames of a capture, and hands out at the end of every step.
pub struct Steps {
    capture: Capture,
    step_ns: i64,
    /// The step under way: times before this belong to it.
    until_ns: Option<i64>,
    piece: Vec<u8>,
    /// A frame of the piece that belongs to a later step.
    waiting: Option<Frame>,
    /// True while the capture may have more frames in the piece.
    in_piece: bool,
    frames: VecDeque<Frame>,
    ends_step: bool,
    failure: Option<ReadError>,
}

impl Steps {
    /// Steps of `step_ns`, a nanosecond at least.
    pub fn new(capture: Capture, step_ns: i64) -> Steps {
        Steps {
            capture,
            step_ns: step_ns.max(1),
            until_ns: None,
            piece: Vec::new(),
            waiting: None,
            in_piece: false,
            frames: VecDeque::new(),
            ends_step: false,
            failure: None,
        }
    }

    /// The next frame of the capture, of the piece at hand or the next one.
    fn next(&mut self) -> Result<Option<Frame>, ReadError> {
        if let Some(frame) = self.waiting.take() {
            return Ok(Some(frame));
        }
        loop {
            if self.in_piece {
                if let Some(frame) = self.capture.next_frame(&self.piece) {
                    return Ok(Some(frame));
                }
                self.capture.keep_rest(&self.piece);
                self.in_piece = false;
            }
            if !self.capture.refill(&mut self.piece)? {
                return Ok(None);
            }
            self.in_piece = true;
        }
    }

    /// Whether a frame belongs to a later step, which then is the one under way.
    fn begins_step(&mut self, ts_ns: i64) -> bool {
        let next = ts_ns
            .div_euclid(self.step_ns)
            .saturating_add(1)
            .saturating_mul(self.step_ns);
        match self.until_ns {
            Some(until_ns) if ts_ns < until_ns => false,
            before => {
                self.until_ns = Some(next);
                before.is_some()
            }
        }
    }
}

impl FrameSource for Steps {
    fn refill(&mut self, chunk: &mut Vec<u8>) -> Result<bool, ReadError> {
        chunk.clear();
        self.ends_step = false;
        while chunk.len() < CHUNK_BYTES && self.failure.is_none() {
            let frame = match self.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(failure) => {
                    self.failure = Some(failure);
                    break;
                }
            };
            if self.begins_step(frame.ts_ns) && !self.frames.is_empty() {
                self.waiting = Some(frame);
                self.ends_step = true;
                break;
            }
            let start = chunk.len();
            chunk.extend_from_slice(self.piece.get(frame.start..frame.end).unwrap_or(&[]));
            self.frames.push_back(Frame {
                start,
                end: chunk.len(),
                ..frame
            });
        }
        // Frames before a failure are good; it is told when they are taken.
        match self.failure.take_if(|_| self.frames.is_empty()) {
            Some(failure) => Err(failure),
            None => Ok(!self.frames.is_empty()),
        }
    }

    fn next_frame(&mut self, _: &[u8]) -> Option<Frame> {
        self.frames.pop_front()
    }

    fn keep_rest(&mut self, _: &[u8]) {}

    fn frames(&self) -> u64 {
        self.capture.frames() - u64::from(self.waiting.is_some())
    }

    fn take_losses(&mut self) -> Losses {
        self.capture.take_losses()
    }

    fn moment(&self) -> Moment {
        Moment {
            clock_ns: None,
            hands_out: self.ends_step,
        }
    }
}
