//! How many rows one flow may tell, so that a hostile one cannot fill the tables.

use super::Event;

/// How long a row that sums up what a flow does gathers before it is told and begun anew.
pub(crate) const ROW_NS: i64 = 3_600_000_000_000;
/// Rows a flow may tell at once.
const AT_ONCE: u32 = 10_000;
/// Rows a flow earns for each second of capture time.
const PER_SECOND: i64 = 10;

/// The rows a flow may still tell: many at once, and a few more as time goes on, so that a
/// connection of days does not fall silent.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: u32,
    ts_ns: Option<i64>,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance {
            left: AT_ONCE,
            ts_ns: None,
        }
    }
}

impl Allowance {
    /// Takes one row at a time of the capture; false when there is none left.
    pub(crate) fn take(&mut self, ts_ns: i64) -> bool {
        let before = *self.ts_ns.get_or_insert(ts_ns);
        let seconds = ts_ns.saturating_sub(before) / 1_000_000_000;
        if seconds > 0 {
            self.ts_ns = Some(ts_ns);
            let earned = seconds.saturating_mul(PER_SECOND).min(i64::from(AT_ONCE));
            let earned = u32::try_from(earned).unwrap_or(AT_ONCE);
            self.left = self.left.saturating_add(earned).min(AT_ONCE);
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// Where a parser tells its rows, as many as its allowance lets it.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    allowance: &'a mut Allowance,
    out: &'a mut Vec<Event>,
}

impl<'a> Rows<'a> {
    /// Rows that go to `out`.
    pub(crate) fn new(allowance: &'a mut Allowance, out: &'a mut Vec<Event>) -> Self {
        Rows { allowance, out }
    }

    /// Tells a row, or drops it when the flow has told too many.
    pub(crate) fn tell(&mut self, event: Event) {
        if self.allowance.take(event.ts_ns()) {
            self.out.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_then_a_few_a_second() {
        let mut allowance = Allowance::default();
        let told = (0..20_000).filter(|_| allowance.take(5)).count();
        assert_eq!(told, 10_000);
        let told = (0..100).filter(|_| allowance.take(3_000_000_005)).count();
        assert_eq!(told, 30);
        assert!(!allowance.take(i64::MIN));
        let told = (0..20_000).filter(|_| allowance.take(i64::MAX)).count();
        assert_eq!(told, 10_000);
    }
}
