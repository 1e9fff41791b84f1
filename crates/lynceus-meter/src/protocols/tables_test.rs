//! The tables against `features/events.json`.

use std::net::IpAddr;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt16Type};
use arrow_array::Array;
use arrow_schema::DataType;
use serde_json::Value;

use super::*;
use crate::protocols::events::{DhcpEvent, DnsEvent};

const SPECIFICATION: &str = include_str!("../../../../src/lynceus/features/events.json");

fn name_of(dtype: &DataType) -> String {
    match dtype {
        DataType::Utf8View => "str".into(),
        DataType::UInt16 => "u16".into(),
        DataType::UInt32 => "u32".into(),
        DataType::UInt64 => "u64".into(),
        DataType::Int64 => "i64".into(),
        DataType::Float64 => "f64".into(),
        DataType::Boolean => "bool".into(),
        DataType::List(item) => format!("list[{}]", name_of(item.data_type())),
        other => panic!("unexpected type {other}"),
    }
}

fn columns(of: &Value) -> Vec<(String, String)> {
    of.as_array()
        .expect("a list of columns")
        .iter()
        .map(|c| {
            assert!(c["definition"].as_str().is_some_and(|d| !d.is_empty()));
            (
                c["name"].as_str().expect("a name").to_owned(),
                c["dtype"].as_str().expect("a dtype").to_owned(),
            )
        })
        .collect()
}

#[test]
fn schemas_equal_the_specification() {
    let specification: Value = serde_json::from_str(SPECIFICATION).expect("valid JSON");
    let schemas = EventTables::schemas();
    let tables = specification["tables"].as_object().expect("tables");
    // What other products say is in no packet.
    let told = tables
        .values()
        .filter(|table| table["meter"] != false)
        .count();
    assert_eq!(told, schemas.len());
    for (name, schema) in schemas {
        let mut expected = columns(&specification["common"]);
        expected.extend(columns(&tables[name]["columns"]));
        let actual: Vec<(String, String)> = schema
            .fields()
            .iter()
            .map(|f| (f.name().clone(), name_of(f.data_type())))
            .collect();
        assert_eq!(actual, expected, "table {name}");
    }
}

fn identity() -> FlowIdentity {
    FlowIdentity {
        uid: "u1".into(),
        orig_h: "::ffff:10.0.0.1".parse::<IpAddr>().expect("address"),
        orig_p: 4000,
        resp_h: "2001:db8::1".parse::<IpAddr>().expect("address"),
        resp_p: 53,
        protocol: 17,
    }
}

#[test]
fn rows_come_out_once_and_only_of_filled_tables() {
    let mut tables = EventTables::new("hq");
    assert!(tables.flush().is_empty());
    let dns = DnsEvent {
        ts_ns: 7,
        query: Some("a.b".into()),
        answers: Some(vec!["1.2.3.4".into(), "x".into()]),
        ttls_s: Some(vec![1, 2]),
        ..DnsEvent::default()
    };
    tables.push(&identity(), Event::Dns(Box::new(dns)));
    tables.push(&identity(), Event::Dns(Box::default()));
    tables.push(&identity(), Event::Dhcp(Box::<DhcpEvent>::default()));
    tables.push_arp(&ArpPacket {
        sender_ip: [10, 0, 0, 9],
        ..ArpPacket::default()
    });
    assert_eq!(tables.rows(), 4);
    let batches = tables.flush();
    assert_eq!(
        batches.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
        ["dns", "dhcp", "arp"]
    );
    assert_eq!(tables.rows(), 0);
    assert!(tables.flush().is_empty());

    let dns = &batches[0].1;
    assert_eq!(dns.num_rows(), 2);
    let text = |batch: &RecordBatch, column: &str| {
        let array = batch.column_by_name(column).expect("column");
        array.as_string_view().value(0).to_owned()
    };
    assert_eq!(text(dns, "site"), "hq");
    assert_eq!(text(dns, "uid"), "u1");
    assert_eq!(text(dns, "orig_h"), "10.0.0.1");
    assert_eq!(text(dns, "resp_h"), "2001:db8::1");
    assert_eq!(text(dns, "proto"), "udp");
    let ts = dns.column_by_name("ts_ns").expect("column");
    assert_eq!(ts.as_primitive::<Int64Type>().value(0), 7);
    let ports = dns.column_by_name("resp_p").expect("column");
    assert_eq!(ports.as_primitive::<UInt16Type>().value(0), 53);
    let answers = dns
        .column_by_name("answers")
        .expect("column")
        .as_list::<i32>();
    assert_eq!(answers.value(0).len(), 2);
    assert!(answers.is_null(1));

    let arp = &batches[2].1;
    assert_eq!(text(arp, "orig_h"), "10.0.0.9");
    assert_eq!(text(arp, "proto"), "arp");
    assert!(arp.column_by_name("uid").expect("column").is_null(0));
    assert!(arp.column_by_name("orig_p").expect("column").is_null(0));
}
