//! Reads and decodes a source of frames.

use crate::decode::Decoder;
use crate::losses::Losses;
use crate::packet::PacketBatch;
use crate::read::{FrameSource, Moment, ReadError};

/// Replaces the contents of a batch by the packets of the next stretch of a source.
pub type Fill = Box<dyn FnMut(&mut PacketBatch) -> Filled + Send>;

/// What came of filling a batch.
pub struct Filled {
    /// False when nothing follows.
    pub more: Result<bool, ReadError>,
    /// What the source knows of time after it.
    pub moment: Moment,
    /// What was lost so far.
    pub losses: Losses,
}

/// Reads and decodes one source from its beginning.
pub fn reading(mut source: impl FrameSource + 'static) -> Fill {
    let mut decoder = Decoder::new();
    Box::new(move |batch| {
        let more = decoder.fill(&mut source, batch);
        if !matches!(more, Ok(true)) {
            batch.clear();
        }
        Filled {
            more,
            moment: source.moment(),
            losses: decoder.losses().clone(),
        }
    })
}
