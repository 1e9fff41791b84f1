//! The feature specification: the one place where flow columns are named and defined.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use sha2::Digest;

use super::rows::FlowColumns;

/// The specification as shipped.
pub const FEATURES: &str = include_str!("../../../../src/lynceus/features/features.json");

/// SHA-256 (hex) of the specification without insignificant white space: equal for all files that
/// say the same in the same order.
pub fn spec_hash() -> String {
    let mut canonical = Vec::with_capacity(FEATURES.len());
    let (mut in_text, mut escaped) = (false, false);
    for byte in FEATURES.bytes() {
        if in_text || !byte.is_ascii_whitespace() {
            canonical.push(byte);
        }
        if in_text && byte == b'\\' && !escaped {
            escaped = true;
            continue;
        }
        if byte == b'"' && !escaped {
            in_text = !in_text;
        }
        escaped = false;
    }
    sha2::Sha256::digest(&canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The Arrow schema of the flow table.
pub fn schema() -> Arc<Schema> {
    let fields = FlowColumns::COLUMNS
        .iter()
        .map(|(name, dtype)| Field::new(*name, arrow_type(dtype), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn arrow_type(dtype: &str) -> DataType {
    let list = |item| DataType::LargeList(Arc::new(Field::new_list_field(item, true)));
    match dtype {
        "str" => DataType::Utf8View,
        "bool" => DataType::Boolean,
        "u16" => DataType::UInt16,
        "u32" => DataType::UInt32,
        "u64" => DataType::UInt64,
        "i64" => DataType::Int64,
        "f32" => DataType::Float32,
        "f64" => DataType::Float64,
        "list[u16]" => list(DataType::UInt16),
        "list[u32]" => list(DataType::UInt32),
        "list[bool]" => list(DataType::Boolean),
        _ => DataType::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_specification_in_order() {
        let document: serde_json::Value = serde_json::from_str(FEATURES).unwrap();
        let specified: Vec<(&str, &str)> = document["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| {
                (
                    feature["name"].as_str().unwrap(),
                    feature["dtype"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(FlowColumns::COLUMNS, specified);
        assert!(schema()
            .fields()
            .iter()
            .all(|field| field.data_type() != &DataType::Null));
    }

    #[test]
    fn the_hash_is_that_of_the_compact_document() {
        let document: serde_json::Value = serde_json::from_str(FEATURES).unwrap();
        let compact = serde_json::to_string(&document).unwrap();
        let expected: String = sha2::Sha256::digest(compact)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(spec_hash(), expected);
    }
}
