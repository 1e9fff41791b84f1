//! The feature specification: the one place where flow columns are named and defined.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use serde_json::Value;
use sha2::Digest;

use super::rows::FlowColumns;

/// The specification as shipped.
pub const FEATURES: &str = include_str!("../../../../src/lynceus/features/features.json");

/// SHA-256 (hex) of the specification in canonical form: JSON with sorted keys and no white space.
pub fn spec_hash() -> String {
    let document: Value = serde_json::from_str(FEATURES).unwrap_or_default();
    let mut canonical = String::with_capacity(FEATURES.len());
    write_canonical(&document, &mut canonical);
    sha2::Sha256::digest(&canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (i, (name, member)) in sorted.into_iter().enumerate() {
                out.push(if i == 0 { '{' } else { ',' });
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(member, out);
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                write_canonical(item, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        plain => out.push_str(&plain.to_string()),
    }
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
        let document: Value = serde_json::from_str(FEATURES).unwrap();
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
    fn the_canonical_form_does_not_depend_on_layout() {
        let mut canonical = String::new();
        let document =
            serde_json::from_str(r#" { "b" : [1, {"z": null, "a": "\"x"}], "a" : [] } "#);
        write_canonical(&document.unwrap(), &mut canonical);
        assert_eq!(canonical, r#"{"a":[],"b":[1,{"a":"\"x","z":null}]}"#);
        assert!(FEATURES.is_ascii(), "other tools escape what is not ASCII");
        assert_eq!(spec_hash().len(), 64);
    }
}
