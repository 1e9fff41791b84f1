//! Minimum, mean, maximum and standard deviation from integer sums, so that results do not depend
//! on the order or the split of what was added.

/// Running summary of unsigned integers. The count is the owner's, who has it anyway.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Smallest value, `u64::MAX` before the first.
    pub min: u64,
    /// Largest value.
    pub max: u64,
    /// Sum of the values.
    pub sum: u64,
    squares: u128,
}

impl Default for Spread {
    fn default() -> Self {
        Spread {
            min: u64::MAX,
            max: 0,
            sum: 0,
            squares: 0,
        }
    }
}

impl Spread {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum = self.sum.saturating_add(value);
        self.squares = self
            .squares
            .saturating_add(u128::from(value) * u128::from(value));
    }

    /// The summary of both.
    pub fn merged(&self, other: &Spread) -> Spread {
        Spread {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum.saturating_add(other.sum),
            squares: self.squares.saturating_add(other.squares),
        }
    }

    /// Mean of `count` values.
    pub fn mean(&self, count: u64) -> f64 {
        self.sum as f64 / count as f64
    }

    /// Population standard deviation of `count` values.
    pub fn std(&self, count: u64) -> f64 {
        let n = u128::from(count);
        let exact = n
            .checked_mul(self.squares)
            .and_then(|left| left.checked_sub(u128::from(self.sum) * u128::from(self.sum)));
        match exact {
            Some(scaled) => (scaled as f64).sqrt() / count as f64,
            None => {
                let mean = self.mean(count);
                (self.squares as f64 / count as f64 - mean * mean)
                    .max(0.0)
                    .sqrt()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_textbook_row() {
        let mut spread = Spread::default();
        [2, 4, 4, 4, 5, 5, 7, 9]
            .into_iter()
            .for_each(|value| spread.add(value));
        assert_eq!(
            (spread.min, spread.max, spread.mean(8), spread.std(8)),
            (2, 9, 5.0, 2.0)
        );
    }

    #[test]
    fn huge_values_do_not_overflow() {
        let mut spread = Spread::default();
        (0..4).for_each(|_| spread.add(u64::MAX));
        assert!(spread.std(4).is_finite());
    }
}
