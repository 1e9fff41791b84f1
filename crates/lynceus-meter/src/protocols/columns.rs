//! How a Rust value becomes an Arrow cell. A row type declared with [`event_table!`] gets its
//! table from the types of its fields; the order of fields is the order of columns.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringViewBuilder,
    UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_schema::{DataType, Field};

/// A value that can stand in a column.
pub(crate) trait Cell {
    /// What gathers the values of the column.
    type Builder: ArrayBuilder + Default;
    /// Arrow type of the column.
    fn dtype() -> DataType;
    /// Appends the value, null when it is not known.
    fn append(&self, builder: &mut Self::Builder);
}

macro_rules! plain_cell {
    ($value:ty, $builder:ty, $dtype:expr) => {
        impl Cell for Option<$value> {
            type Builder = $builder;
            fn dtype() -> DataType {
                $dtype
            }
            fn append(&self, builder: &mut Self::Builder) {
                builder.append_option(*self);
            }
        }
    };
}

plain_cell!(u16, UInt16Builder, DataType::UInt16);
plain_cell!(u32, UInt32Builder, DataType::UInt32);
plain_cell!(u64, UInt64Builder, DataType::UInt64);
plain_cell!(i64, Int64Builder, DataType::Int64);
plain_cell!(f64, Float64Builder, DataType::Float64);
plain_cell!(bool, BooleanBuilder, DataType::Boolean);

impl Cell for Option<String> {
    type Builder = StringViewBuilder;
    fn dtype() -> DataType {
        DataType::Utf8View
    }
    fn append(&self, builder: &mut Self::Builder) {
        builder.append_option(self.as_deref());
    }
}

impl Cell for Option<Cow<'static, str>> {
    type Builder = StringViewBuilder;
    fn dtype() -> DataType {
        DataType::Utf8View
    }
    fn append(&self, builder: &mut Self::Builder) {
        builder.append_option(self.as_deref());
    }
}

impl Cell for Option<Vec<String>> {
    type Builder = ListBuilder<StringViewBuilder>;
    fn dtype() -> DataType {
        DataType::List(Arc::new(Field::new("item", DataType::Utf8View, true)))
    }
    fn append(&self, builder: &mut Self::Builder) {
        if let Some(items) = self {
            for item in items {
                builder.values().append_value(item);
            }
        }
        builder.append(self.is_some());
    }
}

impl Cell for Option<Vec<u32>> {
    type Builder = ListBuilder<UInt32Builder>;
    fn dtype() -> DataType {
        DataType::List(Arc::new(Field::new("item", DataType::UInt32, true)))
    }
    fn append(&self, builder: &mut Self::Builder) {
        if let Some(items) = self {
            builder.values().append_slice(items);
        }
        builder.append(self.is_some());
    }
}

/// Declares an event and its table: `pub struct Event / Table = "name" { columns }`.
macro_rules! event_table {
    ($(#[$doc:meta])* $event:ident / $table:ident = $name:literal {
        $($(#[$column_doc:meta])* $column:ident: $dtype:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $event {
            /// Time of the event, nanoseconds since 1970 UTC.
            pub ts_ns: i64,
            $($(#[$column_doc])* pub $column: $dtype,)+
        }

        #[derive(Debug, Default)]
        pub(crate) struct $table {
            common: $crate::protocols::tables::CommonColumns,
            $($column: <$dtype as $crate::protocols::columns::Cell>::Builder,)+
        }

        impl $table {
            pub(crate) const NAME: &'static str = $name;

            pub(crate) fn push(
                &mut self,
                common: &$crate::protocols::tables::CommonCells<'_>,
                event: &$event,
            ) {
                use $crate::protocols::columns::Cell;
                self.common.push(common, event.ts_ns);
                $(event.$column.append(&mut self.$column);)+
            }

            pub(crate) fn rows(&self) -> usize {
                self.common.rows()
            }

            pub(crate) fn schema() -> arrow_schema::Schema {
                use $crate::protocols::columns::Cell;
                let mut fields = $crate::protocols::tables::CommonColumns::fields();
                $(fields.push(arrow_schema::Field::new(
                    stringify!($column), <$dtype>::dtype(), true));)+
                arrow_schema::Schema::new(fields)
            }

            pub(crate) fn flush(
                &mut self,
            ) -> Result<arrow_array::RecordBatch, arrow_schema::ArrowError> {
                use arrow_array::builder::ArrayBuilder;
                // A builder of text asks for ever larger blocks; a new one begins small.
                let mut filled = std::mem::take(self);
                let mut arrays = filled.common.finish();
                $(arrays.push(ArrayBuilder::finish(&mut filled.$column));)+
                arrow_array::RecordBatch::try_new(std::sync::Arc::new(Self::schema()), arrays)
            }
        }
    };
}
pub(crate) use event_table;
