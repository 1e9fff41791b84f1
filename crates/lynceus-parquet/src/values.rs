//! The values of a column that are not null, as they stand in a file.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int32Type, Int64Type, UInt16Type, UInt32Type,
    UInt64Type, UInt8Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::BooleanBufferBuilder;
use arrow_schema::DataType;

use crate::dictionary::{Dictionary, Finder, Word};

/// Texts that are longer are no bounds.
const LONGEST_BOUND: usize = 64;

/// The values of a column chunk, encoded.
#[derive(Default)]
pub struct Encoded {
    /// The distinct values, where the others are places among them, and how many.
    pub dictionary: Option<(Vec<u8>, usize)>,
    /// The values, or their places.
    pub places: Vec<u16>,
    /// The values as they are, where there is no dictionary.
    pub plain: Vec<u8>,
    /// The least and the greatest.
    pub ends: Option<(Vec<u8>, Vec<u8>)>,
}

/// How numbers are compared.
#[derive(Clone, Copy)]
enum Order {
    Unsigned,
    Signed,
    Real,
}

/// Encodes what is not null of some arrays of one type. A type of [`crate::schema`] is expected.
pub fn encoded(arrays: &[ArrayRef], finder: &mut Finder) -> Encoded {
    use Order::{Real, Signed, Unsigned};
    let Some(first) = arrays.first() else {
        return Encoded::default();
    };
    match first.data_type() {
        DataType::Boolean => truths(arrays),
        DataType::UInt8 => numbers(
            &gathered::<UInt8Type, u32>(arrays, u32::from),
            Unsigned,
            finder,
        ),
        DataType::UInt16 => numbers(
            &gathered::<UInt16Type, u32>(arrays, u32::from),
            Unsigned,
            finder,
        ),
        DataType::UInt32 => numbers(
            &gathered::<UInt32Type, u32>(arrays, |v| v),
            Unsigned,
            finder,
        ),
        DataType::UInt64 => numbers(
            &gathered::<UInt64Type, u64>(arrays, |v| v),
            Unsigned,
            finder,
        ),
        DataType::Int32 => numbers(
            &gathered::<Int32Type, _>(arrays, |v| v as u32),
            Signed,
            finder,
        ),
        DataType::Int64 => numbers(
            &gathered::<Int64Type, _>(arrays, |v| v as u64),
            Signed,
            finder,
        ),
        DataType::Float32 => numbers(
            &gathered::<Float32Type, _>(arrays, f32::to_bits),
            Real,
            finder,
        ),
        DataType::Float64 => numbers(
            &gathered::<Float64Type, _>(arrays, f64::to_bits),
            Real,
            finder,
        ),
        _ => texts(arrays, finder),
    }
}

/// What is not null, made words.
fn gathered<T: ArrowPrimitiveType, W>(
    arrays: &[ArrayRef],
    word: impl Fn(T::Native) -> W + Copy,
) -> Vec<W> {
    let mut out = Vec::with_capacity(arrays.iter().map(|array| array.len()).sum());
    for array in arrays {
        let array = array.as_primitive::<T>();
        let values = array.values();
        match array.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                for (begin, end) in nulls.valid_slices() {
                    out.extend(values[begin..end].iter().map(|value| word(*value)));
                }
            }
            _ => out.extend(values.iter().map(|value| word(*value))),
        }
    }
    out
}

fn numbers<W: Word>(all: &[W], order: Order, finder: &mut Finder) -> Encoded {
    let found = finder.numbers(all).filter(|found| {
        let bits = crate::hybrid::width(found.values.len() - 1);
        found.values.len() * W::BYTES + all.len() * usize::from(bits) / 8 < all.len() * W::BYTES
            || found.places.is_empty()
    });
    match found {
        Some(Dictionary { values, places }) => Encoded {
            dictionary: Some((W::bytes(&values), values.len())),
            places,
            ends: ends(&values, order),
            ..Encoded::default()
        },
        None => Encoded {
            plain: W::bytes(all),
            ends: ends(all, order),
            ..Encoded::default()
        },
    }
}

/// The least and the greatest; `None` without any, and where something is no number.
fn ends<W: Word>(values: &[W], order: Order) -> Option<(Vec<u8>, Vec<u8>)> {
    let (least, greatest) = match order {
        Order::Unsigned => bounds(values, |word| word, |word| word),
        Order::Signed => bounds(values, W::flipped, W::flipped),
        Order::Real if values.iter().any(|value| value.is_nan()) => None,
        // Of two zeroes the negative one is the least, the positive one the greatest.
        Order::Real => bounds(values, W::ranked, W::of_rank)
            .map(|(least, greatest)| (least.zero_as(true), greatest.zero_as(false))),
    }?;
    Some((W::bytes(&[least]), W::bytes(&[greatest])))
}

/// The least and the greatest by `key`, which `back` undoes.
fn bounds<W: Word>(values: &[W], key: impl Fn(W) -> W, back: impl Fn(W) -> W) -> Option<(W, W)> {
    let least = values.iter().map(|value| key(*value)).min()?;
    let greatest = values.iter().map(|value| key(*value)).max()?;
    Some((back(least), back(greatest)))
}

/// Truth values, bit by bit.
fn truths(arrays: &[ArrayRef]) -> Encoded {
    let mut bits = BooleanBufferBuilder::new(arrays.iter().map(|array| array.len()).sum());
    for array in arrays {
        let array = array.as_boolean();
        match array.nulls() {
            Some(nulls) => nulls
                .valid_indices()
                .for_each(|row| bits.append(array.value(row))),
            None => bits.append_buffer(array.values()),
        }
    }
    let bytes = bits.len().div_ceil(8);
    Encoded {
        plain: bits.finish().inner()[..bytes].to_vec(),
        ..Encoded::default()
    }
}

fn texts(arrays: &[ArrayRef], finder: &mut Finder) -> Encoded {
    let mut all: Vec<&[u8]> = Vec::with_capacity(arrays.iter().map(|array| array.len()).sum());
    for array in arrays {
        match array.data_type() {
            DataType::Utf8View => {
                all.extend(array.as_string_view().iter().flatten().map(str::as_bytes))
            }
            DataType::LargeUtf8 => {
                all.extend(array.as_string::<i64>().iter().flatten().map(str::as_bytes));
            }
            _ => all.extend(array.as_string::<i32>().iter().flatten().map(str::as_bytes)),
        }
    }
    match finder.texts(&all) {
        Some(Dictionary { values, places }) => Encoded {
            dictionary: Some((behind_lengths(&values), values.len())),
            places,
            ends: text_ends(&values),
            ..Encoded::default()
        },
        None => Encoded {
            plain: behind_lengths(&all),
            ends: text_ends(&all),
            ..Encoded::default()
        },
    }
}

fn text_ends(texts: &[&[u8]]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (least, greatest) = (texts.iter().min()?, texts.iter().max()?);
    let short = least.len().max(greatest.len()) <= LONGEST_BOUND;
    short.then(|| (least.to_vec(), greatest.to_vec()))
}

fn behind_lengths(texts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(texts.iter().map(|text| text.len() + 4).sum());
    for text in texts {
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text);
    }
    out
}
