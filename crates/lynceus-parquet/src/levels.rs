//! Which values are null, and which list an item belongs to: the levels before the values of a page.

use std::ops::Range;

use arrow_array::{Array, ArrayRef, LargeListArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};

use crate::hybrid;

/// The levels of one column chunk, as they stand in a page.
pub struct Levels {
    /// Packed, each kind behind its length.
    pub bytes: Vec<u8>,
    /// How many: one for each value, null and empty list.
    pub count: usize,
    /// How many tell no value.
    pub nulls: usize,
}

/// Definition levels of the items of nullable lists: null, empty, a null item, an item.
const NULL: u16 = 0;
const EMPTY: u16 = 1;
const NULL_ITEM: u16 = 2;
const ITEM: u16 = 3;

/// The levels of a flat column.
pub fn flat(arrays: &[ArrayRef]) -> Levels {
    let count = arrays.iter().map(|array| array.len()).sum();
    let nulls = arrays.iter().map(|array| array.null_count()).sum();
    let mut packed = Vec::new();
    if nulls == 0 || nulls == count {
        hybrid::repeat(u16::from(nulls == 0), count, 1, &mut packed);
    } else {
        let mut valid = BooleanBufferBuilder::new(count);
        for array in arrays {
            match array.nulls() {
                Some(nulls) => valid.append_buffer(nulls.inner()),
                None => valid.append_n(array.len(), true),
            }
        }
        hybrid::packed(&valid.finish().inner()[..count.div_ceil(8)], &mut packed);
    }
    let mut bytes = Vec::new();
    with_length(&packed, &mut bytes);
    Levels {
        bytes,
        count,
        nulls,
    }
}

/// The levels of a column of lists, and the items that they tell, in runs.
pub fn lists<'a>(arrays: impl Iterator<Item = &'a LargeListArray>) -> (Levels, Vec<ArrayRef>) {
    let (mut repetition, mut definition, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for array in arrays {
        let mut run: Range<usize> = 0..0;
        let mut end_run = |run: &Range<usize>| {
            if !run.is_empty() {
                items.push(array.values().slice(run.start, run.len()));
            }
        };
        let item_nulls = array
            .values()
            .nulls()
            .filter(|nulls| nulls.null_count() > 0);
        for (row, ends) in array.value_offsets().windows(2).enumerate() {
            let (begin, end) = (ends[0] as usize, ends[1] as usize);
            if array.is_null(row) || begin == end {
                repetition.push(0);
                definition.push(if array.is_null(row) { NULL } else { EMPTY });
                continue;
            }
            repetition.push(0);
            repetition.resize(repetition.len() + end - begin - 1, 1);
            match item_nulls {
                Some(nulls) => definition.extend((begin..end).map(|item| item_level(nulls, item))),
                None => definition.resize(definition.len() + end - begin, ITEM),
            }
            if run.end == begin && !run.is_empty() {
                run.end = end;
            } else {
                end_run(&run);
                run = begin..end;
            }
        }
        end_run(&run);
    }
    let mut bytes = Vec::new();
    for (levels, width) in [(&repetition, 1), (&definition, 2)] {
        let mut packed = Vec::new();
        hybrid::pack(levels, width, &mut packed);
        with_length(&packed, &mut bytes);
    }
    let told = definition.iter().filter(|level| **level == ITEM).count();
    let levels = Levels {
        bytes,
        count: definition.len(),
        nulls: definition.len() - told,
    };
    (levels, items)
}

fn item_level(nulls: &NullBuffer, item: usize) -> u16 {
    if nulls.is_null(item) {
        NULL_ITEM
    } else {
        ITEM
    }
}

fn with_length(packed: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
    out.extend_from_slice(packed);
}
