//! The most bytes that passed within a millisecond, ten and a hundred: bursts that an average over
//! seconds hides. The bins stand on whole milliseconds of capture time, so that a bin of one flow
//! is that of another and of the link.

/// Lengths of the bins, milliseconds; each is a multiple of the one before.
const BINS_MS: [i64; 3] = [1, 10, 100];
const NS_PER_MS: i64 = 1_000_000;

/// The fullest bin of each length, in constant memory: those under way and the most so far.
#[derive(Clone, Copy, Debug)]
pub struct Peaks {
    /// The millisecond under way, since 1970.
    at_ms: i64,
    /// Of the bins under way; the longer ones hold whole milliseconds.
    bytes: [u32; BINS_MS.len()],
    most: [u32; BINS_MS.len()],
}

impl Default for Peaks {
    fn default() -> Self {
        Peaks {
            at_ms: i64::MIN,
            bytes: [0; BINS_MS.len()],
            most: [0; BINS_MS.len()],
        }
    }
}

impl Peaks {
    /// Takes in a frame. One that is older than the bin under way begins another bin: where the
    /// capture is out of order a peak may be told too low, never too high.
    #[inline]
    pub fn add(&mut self, ts_ns: i64, bytes: u32) {
        let at_ms = ts_ns.div_euclid(NS_PER_MS);
        if at_ms != self.at_ms {
            self.turn(at_ms);
        }
        self.bytes[0] = self.bytes[0].saturating_add(bytes);
    }

    /// Begins the bins of another millisecond.
    fn turn(&mut self, at_ms: i64) {
        self.settle();
        for (sum, length_ms) in self.bytes.iter_mut().zip(BINS_MS) {
            if at_ms.div_euclid(length_ms) != self.at_ms.div_euclid(length_ms) {
                *sum = 0;
            }
        }
        self.at_ms = at_ms;
    }

    /// Adds the millisecond under way to the longer bins; it must be over.
    fn settle(&mut self) {
        let [millisecond, longer @ ..] = &mut self.bytes;
        for sum in longer {
            *sum = sum.saturating_add(*millisecond);
        }
        for (sum, most) in self.bytes.iter().zip(&mut self.most) {
            *most = (*most).max(*sum);
        }
    }

    /// Most bytes in a bin of 1, 10 and 100 ms.
    pub fn most(&self) -> [u32; BINS_MS.len()] {
        let mut over = *self;
        over.settle();
        over.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(frames: &[(f64, u32)]) -> [u32; 3] {
        let mut peaks = Peaks::default();
        for (ms, bytes) in frames {
            peaks.add((ms * 1e6) as i64, *bytes);
        }
        peaks.most()
    }

    #[test]
    fn each_length_has_its_own_fullest_bin() {
        // 9.9 and 10.0 stand in two bins of ten, in one of a hundred.
        assert_eq!(
            most(&[(0.0, 5), (0.9, 5), (9.9, 70), (10.0, 60), (99.9, 1)]),
            [70, 80, 141]
        );
        assert_eq!(most(&[]), [0; 3]);
    }

    #[test]
    fn time_before_1970_and_time_that_steps_back_make_no_peak() {
        assert_eq!(most(&[(-0.5, 3), (0.5, 4)]), [4; 3]);
        assert_eq!(most(&[(200.0, 9), (5.0, 9), (200.0, 9)]), [9; 3]);
    }

    #[test]
    fn what_no_link_carries_stays_at_the_end_of_the_scale() {
        assert_eq!(most(&[(0.0, u32::MAX), (0.0, 7)]), [u32::MAX; 3]);
    }
}
