//! What went in, what came out, and why the rest did not. The sums are checked in tests:
//! frames = packets + arps + not_ip + malformed + fragments held or lost.

use std::collections::BTreeMap;

/// Counters by reason. A reason is a short snake_case word that the documentation lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    counts: BTreeMap<&'static str, u64>,
}

impl Losses {
    /// Adds `n` to a reason.
    pub fn add(&mut self, reason: &'static str, n: u64) {
        if n > 0 {
            *self.counts.entry(reason).or_default() += n;
        }
    }

    /// Adds all counts of another account.
    pub fn merge(&mut self, other: &Losses) {
        for (reason, n) in &other.counts {
            *self.counts.entry(reason).or_default() += n;
        }
    }

    /// The count of one reason.
    pub fn get(&self, reason: &str) -> u64 {
        self.counts.get(reason).copied().unwrap_or(0)
    }

    /// All reasons with their counts, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().map(|(reason, n)| (*reason, *n))
    }
}
