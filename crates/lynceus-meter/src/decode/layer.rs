//! One layer of a frame: what was captured of it, and how long it claims to be.

/// A stretch of a frame from the header of one layer to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a> {
    /// What was captured.
    pub(super) bytes: &'a [u8],
    /// Length on the wire as the layers around it say; never less than what was captured.
    pub(super) claimed: usize,
    /// Where `bytes` begins in the bytes of the batch.
    pub(super) start: usize,
}

impl<'a> Layer<'a> {
    /// The first `N` bytes, if they were captured.
    #[inline]
    pub(super) fn header<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.bytes.first_chunk()
    }

    /// What follows a header of `n` bytes; `None` when the layer claims to be shorter.
    #[inline]
    pub(super) fn skip(self, n: usize) -> Option<Layer<'a>> {
        let captured = n.min(self.bytes.len());
        Some(Layer {
            claimed: self.claimed.checked_sub(n)?,
            bytes: &self.bytes[captured..],
            start: self.start + captured,
        })
    }

    /// The same, not longer than `n`.
    #[inline]
    pub(super) fn limit(self, n: usize) -> Layer<'a> {
        Layer {
            bytes: &self.bytes[..n.min(self.bytes.len())],
            claimed: self.claimed.min(n),
            start: self.start,
        }
    }

    /// True when not all of it was captured.
    #[inline]
    pub(super) fn cut(&self) -> bool {
        self.bytes.len() < self.claimed
    }
}

/// Two bytes in network order; 0 beyond the end.
#[inline]
pub(super) fn be16(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(two) => u16::from_be_bytes(*two),
        None => 0,
    }
}

/// Four bytes in network order; 0 beyond the end.
#[inline]
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(four) => u32::from_be_bytes(*four),
        None => 0,
    }
}
