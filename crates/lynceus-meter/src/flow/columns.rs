//! Arrow columns that grow by one value a flow, and the macro that turns a list of them into a table.

use arrow_array::builder::{ArrayBuilder, BooleanBuilder, StringViewBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int64Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, LargeListArray, PrimitiveArray, RecordBatch};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, Field};
use std::sync::Arc;

/// Rows that columns take in at a time, at most: their nulls fit a word.
pub const ROWS: usize = 32;

/// A column under construction.
pub trait Column: Default {
    /// Its dtype in the words of the feature specification.
    const DTYPE: &'static str;
    /// The column so far; it is empty afterwards.
    fn finish(&mut self) -> ArrayRef;
}

/// Which rows are null: bits are set for nulls alone, so that a value costs nothing here.
#[derive(Default)]
struct Nulls(Vec<u8>);

impl Nulls {
    /// Marks row `first + i` where bit i of `nulls` is set.
    #[inline]
    fn mark(&mut self, first: usize, nulls: u32) {
        let bits = (u64::from(nulls) << (first % 8)).to_le_bytes();
        let room = first / 8..first / 8 + bits.len();
        if room.end > self.0.len() {
            self.0.resize(room.end.next_multiple_of(256), 0);
        }
        for (old, new) in self.0[room].iter_mut().zip(bits) {
            *old |= new;
        }
    }

    /// The validity of `rows` rows; `None` when no one is null.
    fn take(&mut self, rows: usize) -> Option<NullBuffer> {
        let marked = self.0.len().min(rows.div_ceil(8));
        let mut valid: Vec<u8> = self.0[..marked].iter().map(|bits| !bits).collect();
        if valid.iter().all(|bits| *bits == u8::MAX) {
            return None;
        }
        valid.resize(rows.div_ceil(8), u8::MAX);
        self.0.fill(0);
        Some(NullBuffer::new(BooleanBuffer::new(valid.into(), 0, rows)))
    }
}

/// Numbers.
pub struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    nulls: Nulls,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Numbers {
            values: Vec::new(),
            nulls: Nulls::default(),
        }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// Adds numbers and nulls, at most [`ROWS`].
    #[inline]
    pub fn put<V: Into<Option<T::Native>>>(&mut self, values: impl ExactSizeIterator<Item = V>) {
        let first = self.values.len();
        let (mut nulls, mut bit) = (0, 1u32);
        self.values.extend(values.map(|value| {
            let value = value.into();
            if value.is_none() {
                nulls |= bit;
            }
            bit = bit.wrapping_shl(1);
            value.unwrap_or_default()
        }));
        if nulls != 0 {
            self.nulls.mark(first, nulls);
        }
    }

    fn take(&mut self) -> PrimitiveArray<T> {
        let values = take(&mut self.values);
        let nulls = self.nulls.take(values.len());
        PrimitiveArray::new(values.into(), nulls)
    }
}

macro_rules! numbers {
    ($($alias:ident $arrow:ident $dtype:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        pub type $alias = Numbers<$arrow>;
        impl Column for $alias {
            const DTYPE: &'static str = $dtype;
            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.take())
            }
        }
    )*};
}

numbers! {
    U16 UInt16Type "u16" "16-bit unsigned.";
    U32 UInt32Type "u32" "32-bit unsigned.";
    U64 UInt64Type "u64" "64-bit unsigned.";
    I64 Int64Type "i64" "64-bit signed.";
    F32 Float32Type "f32" "32-bit real.";
    F64 Float64Type "f64" "64-bit real.";
}

/// Truth values.
#[derive(Default)]
pub struct Bool(BooleanBuilder);

impl Bool {
    /// Adds values and nulls.
    #[inline]
    pub fn put<V: Into<Option<bool>>>(&mut self, values: impl Iterator<Item = V>) {
        values.for_each(|value| self.0.append_option(value.into()));
    }
}

impl Column for Bool {
    const DTYPE: &'static str = "bool";
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// Text, as views: short ones inline, long ones in shared blocks.
#[derive(Default)]
pub struct Str(StringViewBuilder);

impl Str {
    /// Adds texts and nulls.
    #[inline]
    pub fn put<'a, V: Into<Option<&'a str>>>(&mut self, values: impl Iterator<Item = V>) {
        for value in values {
            match value.into() {
                Some(text) => self.0.append_value(text),
                None => self.0.append_null(),
            }
        }
    }
}

impl Column for Str {
    const DTYPE: &'static str = "str";
    fn finish(&mut self) -> ArrayRef {
        let next = StringViewBuilder::with_capacity(self.0.len());
        Arc::new(std::mem::replace(&mut self.0, next).finish())
    }
}

/// Lists; `V` is the column of all their items.
pub struct Lists<V> {
    items: V,
    ends: Vec<i64>,
}

impl<V: Default> Default for Lists<V> {
    fn default() -> Self {
        Lists {
            items: V::default(),
            ends: vec![0],
        }
    }
}

impl<V: Column> Lists<V> {
    fn take(&mut self) -> ArrayRef {
        let ends = take(&mut self.ends);
        self.ends.push(0);
        let items = self.items.finish();
        let field = Field::new_list_field(items.data_type().clone(), true);
        Arc::new(LargeListArray::new(
            Arc::new(field),
            OffsetBuffer::new(ends.into()),
            items,
            None,
        ))
    }
}

impl<T: ArrowPrimitiveType> Lists<Numbers<T>> {
    /// Adds lists.
    #[inline]
    pub fn put<'a>(&mut self, lists: impl Iterator<Item = &'a [T::Native]>) {
        for values in lists {
            self.items.values.extend_from_slice(values);
            self.ends.push(self.items.values.len() as i64);
        }
    }
}

impl Lists<Bool> {
    /// Adds lists.
    #[inline]
    pub fn put(&mut self, lists: impl Iterator<Item = impl Iterator<Item = bool>>) {
        for values in lists {
            values.for_each(|value| self.items.0.append_value(value));
            self.ends.push(self.items.0.len() as i64);
        }
    }
}

macro_rules! lists {
    ($($alias:ident $Items:ident $dtype:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        pub type $alias = Lists<$Items>;
        impl Column for $alias {
            const DTYPE: &'static str = $dtype;
            fn finish(&mut self) -> ArrayRef {
                self.take()
            }
        }
    )*};
}

lists! {
    ListU16 U16 "list[u16]" "Lists of 16-bit numbers.";
    ListU32 U32 "list[u32]" "Lists of 32-bit numbers.";
    ListBool Bool "list[bool]" "Lists of truth values.";
}

/// A copy of what a vector holds, which keeps its memory: batches are of the exact size and the
/// memory written row by row stays warm.
fn take<T: Copy>(values: &mut Vec<T>) -> Vec<T> {
    let taken = values.as_slice().to_vec();
    values.clear();
    taken
}

/// Declares a table: `name: Kind = value` for each column, in order.
#[macro_export]
#[doc(hidden)]
macro_rules! flow_columns {
    (|$row:ident: $Row:ty| $($name:ident: $Kind:ident = $value:expr,)*) => {
        /// The flow columns under construction, in the order of the feature specification.
        #[derive(Default)]
        pub struct FlowColumns {
            $($name: $Kind,)*
        }

        impl FlowColumns {
            /// Names and dtypes of the columns, in order.
            pub const COLUMNS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($name), <$Kind as Column>::DTYPE),)*];

            /// Adds the rows of some flow parts, column by column: one row alone would touch
            /// every column, its code and its end in memory, for one value each.
            pub(super) fn put(&mut self, rows: &[$Row]) {
                $(self.$name.put(rows.iter().map(|$row| {
                    let _ = $row;
                    $value
                }));)*
            }

            /// The columns so far; they are empty afterwards.
            pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
                vec![$(self.$name.finish(),)*]
            }
        }
    };
}

/// Rows on their way to an Arrow batch.
pub struct FlowBatch {
    columns: super::rows::FlowColumns,
    rows: usize,
    schema: Arc<arrow_schema::Schema>,
    /// Site of all rows.
    pub site: Arc<str>,
    /// Digest of the input of all rows, empty when unknown.
    pub digest: Arc<str>,
}

impl FlowBatch {
    /// No rows yet.
    pub fn new(site: Arc<str>, digest: Arc<str>) -> FlowBatch {
        FlowBatch {
            columns: Default::default(),
            rows: 0,
            schema: super::spec::schema(),
            site,
            digest,
        }
    }

    /// Adds rows.
    pub fn put(&mut self, rows: &[super::row::Row<'_>]) {
        for rows in rows.chunks(ROWS) {
            self.columns.put(rows);
            self.rows += rows.len();
        }
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows as an Arrow batch, `None` when there are none; it is empty afterwards.
    ///
    /// # Errors
    /// When the columns do not fit their schema, which a test rules out.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(None);
        }
        RecordBatch::try_new(self.schema.clone(), self.columns.finish()).map(Some)
    }
}
