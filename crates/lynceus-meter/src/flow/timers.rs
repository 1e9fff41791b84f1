//! When to look at a flow again: a wheel of one-second buckets.
//!
//! A flow stands in one bucket, that of the earliest time it can expire. Packets do not move it;
//! when its bucket comes up, the owner looks at the flow and puts it back if it lived on.

/// Buckets; a later time is put into the last one and looked at early.
const BUCKETS: i64 = 512;
const BUCKET_NS: i64 = 1_000_000_000;

/// The wheel. Entries are slot numbers of the owner's table.
#[derive(Debug)]
pub struct Timers {
    buckets: Vec<Vec<u32>>,
    /// First bucket not yet handed out; `None` before the first time is known.
    next: Option<i64>,
}

impl Default for Timers {
    fn default() -> Self {
        Timers {
            buckets: vec![Vec::new(); BUCKETS as usize],
            next: None,
        }
    }
}

impl Timers {
    /// Puts a slot where it comes up at or soon after `due_ns`; returns the bucket.
    pub fn insert(&mut self, slot: u32, due_ns: i64) -> i64 {
        let wanted = due_ns.div_euclid(BUCKET_NS);
        let next = *self.next.get_or_insert(wanted);
        let bucket = wanted.clamp(next, next.saturating_add(BUCKETS - 1));
        self.buckets[bucket.rem_euclid(BUCKETS) as usize].push(slot);
        bucket
    }

    /// Sets the clock before the first insertion.
    pub fn start(&mut self, now_ns: i64) {
        self.next.get_or_insert(now_ns.div_euclid(BUCKET_NS));
    }

    /// True when `now_ns` lies in a bucket after those handed out.
    #[inline]
    pub fn is_due(&self, now_ns: i64) -> bool {
        self.next
            .is_some_and(|next| now_ns.div_euclid(BUCKET_NS) > next)
    }

    /// Hands out the next bucket that lies wholly before `now_ns`: its number and its slots.
    pub fn due(&mut self, now_ns: i64, slots: &mut Vec<u32>) -> Option<i64> {
        let end = now_ns.div_euclid(BUCKET_NS);
        let mut next = self.next?;
        // After a full turn without entries nothing can be found by looking further.
        let last = end.min(next.saturating_add(BUCKETS));
        while next < last {
            let bucket = next;
            next += 1;
            let entries = &mut self.buckets[bucket.rem_euclid(BUCKETS) as usize];
            if !entries.is_empty() {
                slots.clear();
                slots.append(entries);
                self.next = Some(next);
                return Some(bucket);
            }
        }
        self.next = Some(end.max(next));
        None
    }

    /// Forgets all entries and the time.
    pub fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.next = None;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.buckets
            .iter()
            .map(|bucket| bucket.capacity() * 4)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = BUCKET_NS;

    #[test]
    fn slots_come_up_after_their_time_in_order() {
        let (mut timers, mut slots) = (Timers::default(), Vec::new());
        timers.start(0);
        timers.insert(1, 5 * S);
        timers.insert(2, 3 * S);
        timers.insert(3, 5 * S + 1);
        assert_eq!(timers.due(3 * S + 1, &mut slots), None);
        assert_eq!(
            (timers.due(6 * S, &mut slots), slots.clone()),
            (Some(3), vec![2])
        );
        assert_eq!(
            (timers.due(6 * S, &mut slots), slots.clone()),
            (Some(5), vec![1, 3])
        );
        assert_eq!(timers.due(6 * S, &mut slots), None);
    }

    #[test]
    fn far_times_and_wild_clocks_are_survived() {
        let (mut timers, mut slots) = (Timers::default(), Vec::new());
        timers.start(i64::MIN);
        timers.insert(1, i64::MAX);
        assert!(timers.due(i64::MAX, &mut slots).is_some());
        assert_eq!(slots, [1]);
        assert_eq!(timers.due(i64::MAX, &mut slots), None);
        timers.insert(2, 0);
        assert_eq!(timers.due(i64::MAX, &mut slots), None);
    }
}
