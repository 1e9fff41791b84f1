//! The clocks of pcapng interfaces: ticks of any length, and an offset.

const NS_PER_S: i128 = 1_000_000_000;

/// How long one tick of an interface's clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whole nanoseconds.
    Ns(u32),
    /// 10 to this many ticks a nanosecond.
    NsParts(u32),
    /// 2 to this many ticks a second.
    PowerOfTwo(u32),
}

impl Unit {
    /// The unit that an `if_tsresol` option names.
    pub(super) fn of(resolution: u8) -> Unit {
        let exponent = u32::from(resolution & 0x7f);
        match (resolution & 0x80 != 0, exponent) {
            (true, _) => Unit::PowerOfTwo(exponent),
            (false, 0..=9) => Unit::Ns(10u32.pow(9 - exponent)),
            (false, _) => Unit::NsParts(exponent - 9),
        }
    }

    /// Nanoseconds since 1970, as near as 64 bits allow.
    #[inline]
    pub(super) fn ts_ns(self, ticks: u64, offset_s: i64) -> i64 {
        if let (Unit::Ns(ns), 0) = (self, offset_s) {
            let whole = ticks.checked_mul(u64::from(ns));
            return whole
                .and_then(|ns| i64::try_from(ns).ok())
                .unwrap_or(i64::MAX);
        }
        let ticks = i128::from(ticks);
        let since_offset = match self {
            Unit::Ns(ns) => ticks * i128::from(ns),
            Unit::NsParts(digits) => 10i128.checked_pow(digits).map_or(0, |parts| ticks / parts),
            Unit::PowerOfTwo(bits) => (ticks * NS_PER_S) >> bits.min(127),
        };
        let ns = since_offset + i128::from(offset_s) * NS_PER_S;
        ns.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_units() {
        assert_eq!(Unit::of(6).ts_ns(1_500_000, 0), 1_500_000_000);
        assert_eq!(Unit::of(9).ts_ns(7, 2), 2_000_000_007);
        assert_eq!(Unit::of(0).ts_ns(3, 0), 3_000_000_000);
        assert_eq!(Unit::of(12).ts_ns(5_000, 0), 5);
        assert_eq!(Unit::of(0x80 | 10).ts_ns(1_536, -1), 500_000_000);
    }

    #[test]
    fn absurd_times_stay_within_64_bits() {
        for resolution in 0..=255 {
            for ticks in [0, 1, u64::MAX / 2, u64::MAX] {
                for offset_s in [i64::MIN, -1, 0, 1, i64::MAX] {
                    let _ = Unit::of(resolution).ts_ns(ticks, offset_s);
                }
            }
        }
        assert_eq!(Unit::of(6).ts_ns(u64::MAX, 0), i64::MAX);
        assert_eq!(Unit::of(6).ts_ns(0, i64::MIN), i64::MIN);
    }
}
