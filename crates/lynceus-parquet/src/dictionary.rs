//! Values as places in a list of the distinct ones, where these are few.

use std::hash::{BuildHasher, RandomState};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct values at most.
const MOST: usize = 16_384;
/// Distinct values from which it is looked whether nearly every value is another one.
const MANY: usize = 2_048;

/// The distinct values in the order of their first time, and the place of each value among them.
pub struct Dictionary<V> {
    /// The distinct values.
    pub values: Vec<V>,
    /// One for each value; none where all are the same.
    pub places: Vec<u16>,
}

/// A number as it stands in a file: its bits.
pub trait Word: Copy + Ord {
    /// Its bytes in a file.
    const BYTES: usize;
    /// It, widened.
    fn wide(self) -> u64;
    /// All bytes of some.
    fn bytes(all: &[Self]) -> Vec<u8>;
    /// A signed number as an unsigned one of the same order, and back.
    fn flipped(self) -> Self;
    /// The bits of a real as an unsigned number of the same order.
    fn ranked(self) -> Self;
    /// Undoes `ranked`.
    fn of_rank(self) -> Self;
    /// Whether the bits of a real are those of no number.
    fn is_nan(self) -> bool;
    /// The bits of a real; where it is zero, with that sign.
    fn zero_as(self, negative: bool) -> Self;
}

macro_rules! words {
    ($($word:ident $real:ident;)*) => {$(
        impl Word for $word {
            const BYTES: usize = size_of::<$word>();

            fn wide(self) -> u64 {
                self.into()
            }

            fn bytes(all: &[Self]) -> Vec<u8> {
                let mut out = vec![0; all.len() * Self::BYTES];
                for (room, word) in out.chunks_exact_mut(Self::BYTES).zip(all) {
                    room.copy_from_slice(&word.to_le_bytes());
                }
                out
            }

            fn flipped(self) -> Self {
                self ^ 1 << ($word::BITS - 1)
            }

            fn ranked(self) -> Self {
                if self >> ($word::BITS - 1) == 0 { self.flipped() } else { !self }
            }

            fn of_rank(self) -> Self {
                if self >> ($word::BITS - 1) == 0 { !self } else { self.flipped() }
            }

            fn is_nan(self) -> bool {
                $real::from_bits(self).is_nan()
            }

            fn zero_as(self, negative: bool) -> Self {
                if self << 1 == 0 { $word::from(negative) << ($word::BITS - 1) } else { self }
            }
        }
    )*};
}

words! {
    u32 f32;
    u64 f64;
}

/// Finds distinct values. Its memory is used again for each column.
pub struct Finder {
    /// Random and odd, so that nobody can choose numbers that collide.
    factor: u64,
    /// Place of a distinct value plus one, 0 for none; a power of two of them.
    slots: Vec<u16>,
    texts: HashTable<u16>,
    hasher: DefaultHashBuilder,
}

impl Finder {
    /// One that has found nothing.
    pub fn new() -> Finder {
        Finder {
            factor: RandomState::new().hash_one(0) | 1,
            slots: Vec::new(),
            texts: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The dictionary of some numbers; `None` where too many differ.
    pub fn numbers<W: Word>(&mut self, all: &[W]) -> Option<Dictionary<W>> {
        let first = *all.first()?;
        if all.iter().all(|value| *value == first) {
            return Some(Dictionary {
                values: vec![first],
                places: Vec::new(),
            });
        }
        let mut values: Vec<W> = Vec::with_capacity(MANY);
        let mut places = Vec::with_capacity(all.len());
        self.clear(MANY);
        let mut mask = self.slots.len() - 1;
        let mut before = (first, None);
        for value in all {
            if let (same, Some(place)) = before {
                if same == *value {
                    places.push(place);
                    continue;
                }
            }
            let mut slot = self.slot(*value, mask);
            let place = loop {
                match self.slots[slot] {
                    0 => {
                        if is_too_many(values.len(), places.len()) {
                            return None;
                        }
                        values.push(*value);
                        self.slots[slot] = values.len() as u16;
                        if values.len() * 2 > self.slots.len() {
                            self.grow(&values);
                            mask = self.slots.len() - 1;
                        }
                        break values.len() as u16 - 1;
                    }
                    found if values[usize::from(found) - 1] == *value => break found - 1,
                    _ => slot = (slot + 1) & mask,
                }
            };
            places.push(place);
            before = (*value, Some(place));
        }
        Some(Dictionary { values, places })
    }

    #[inline]
    fn slot<W: Word>(&self, value: W, mask: usize) -> usize {
        (value.wide().wrapping_mul(self.factor) >> 40) as usize & mask
    }

    fn clear(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, 0);
    }

    #[cold]
    fn grow<W: Word>(&mut self, values: &[W]) {
        self.clear(self.slots.len() * 4);
        let mask = self.slots.len() - 1;
        for (place, value) in (1..).zip(values) {
            let mut slot = self.slot(*value, mask);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = place;
        }
    }

    /// The dictionary of some texts; `None` where too many differ.
    pub fn texts<'a>(&mut self, all: &[&'a [u8]]) -> Option<Dictionary<&'a [u8]>> {
        let first = *all.first()?;
        if all.iter().all(|text| *text == first) {
            return Some(Dictionary {
                values: vec![first],
                places: Vec::new(),
            });
        }
        let mut values: Vec<&[u8]> = Vec::new();
        let mut places: Vec<u16> = Vec::with_capacity(all.len());
        self.texts.clear();
        for text in all {
            if places
                .last()
                .is_some_and(|last| values[usize::from(*last)] == *text)
            {
                places.extend_from_within(places.len() - 1..);
                continue;
            }
            let hash = self.hasher.hash_one(text);
            let is_it = |place: &u16| values[usize::from(*place)] == *text;
            let rehash = |place: &u16| self.hasher.hash_one(values[usize::from(*place)]);
            let place = match self.texts.entry(hash, is_it, rehash) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(room) => {
                    if is_too_many(values.len(), places.len()) {
                        return None;
                    }
                    let place = values.len() as u16;
                    room.insert(place);
                    values.push(text);
                    place
                }
            };
            places.push(place);
        }
        Some(Dictionary { values, places })
    }
}

/// Whether one more distinct value makes a dictionary not worth its place.
fn is_too_many(distinct: usize, seen: usize) -> bool {
    distinct >= MOST || distinct > MANY && distinct * 4 > seen * 3
}
