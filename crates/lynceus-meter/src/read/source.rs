//! Where frames come from: a capture that is read, or a wire that is watched.

use super::{Capture, Frame, ReadError};
use crate::losses::Losses;

/// What a source knows of time after a stretch of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// No later frame was caught before this (ns since 1970 UTC); a wire lets time pass without
    /// frames, a capture knows nothing but its frames.
    pub clock_ns: Option<i64>,
    /// True when the rows gathered so far are wanted now.
    pub hands_out: bool,
}

/// Gives frames a stretch at a time.
///
/// One round is [`refill`](FrameSource::refill), [`next_frame`](FrameSource::next_frame) until it
/// gives none, and [`keep_rest`](FrameSource::keep_rest).
pub trait FrameSource: Send {
    /// Replaces `chunk` by the next stretch, which may hold no frame; false at the end. The old
    /// length of `chunk` does not matter, but keeping it may save clearing memory.
    ///
    /// # Errors
    /// When it cannot be read on; all stretches before are good.
    fn refill(&mut self, chunk: &mut Vec<u8>) -> Result<bool, ReadError>;

    /// The next frame of the stretch at hand.
    fn next_frame(&mut self, chunk: &[u8]) -> Option<Frame>;

    /// Ends the round.
    fn keep_rest(&mut self, chunk: &[u8]);

    /// Frames given so far.
    fn frames(&self) -> u64;

    /// What was lost since the last call.
    fn take_losses(&mut self) -> Losses;

    /// What it knows of time after the round.
    fn moment(&self) -> Moment {
        Moment::default()
    }
}

impl FrameSource for Capture {
    fn refill(&mut self, chunk: &mut Vec<u8>) -> Result<bool, ReadError> {
        Capture::refill(self, chunk)
    }

    #[inline]
    fn next_frame(&mut self, chunk: &[u8]) -> Option<Frame> {
        Capture::next_frame(self, chunk)
    }

    fn keep_rest(&mut self, chunk: &[u8]) {
        Capture::keep_rest(self, chunk);
    }

    fn frames(&self) -> u64 {
        self.progress.frames
    }

    fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.progress.losses)
    }
}
