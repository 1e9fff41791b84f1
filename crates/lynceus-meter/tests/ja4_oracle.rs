//! Every accepted JA4 value of a TLS or QUIC client in the shared captures, stream by stream.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lynceus_meter::protocols::Event;
use serde_json::Value;

/// `address port address port`, client first.
type Stream = String;

/// JA4 values by stream as the meter tells them; retries of a hello in their own set.
#[derive(Default)]
struct Told {
    first: BTreeMap<Stream, BTreeSet<String>>,
    retry: BTreeMap<Stream, BTreeSet<String>>,
}

fn told(capture: &Path) -> Told {
    let seen = rows::inspect(capture).expect("a readable capture");
    let mut told = Told::default();
    for (flow, event) in seen.events {
        let (ja4, retry) = match event {
            Event::Tls(tls) => (tls.ja4, tls.ja4_retry),
            Event::Quic(quic) => (quic.ja4, None),
            _ => continue,
        };
        let stream = format!(
            "{} {} {} {}",
            flow.orig_h, flow.orig_p, flow.resp_h, flow.resp_p
        );
        if let Some(ja4) = ja4 {
            told.first.entry(stream.clone()).or_default().insert(ja4);
        }
        if let Some(retry) = retry {
            told.retry.entry(stream).or_default().insert(retry);
        }
    }
    told
}

fn assert_told(at: &BTreeMap<Stream, BTreeSet<String>>, stream: &str, ja4: &str, file: &Path) {
    let values = at.get(stream);
    assert!(
        values.is_some_and(|v| v.contains(ja4)),
        "{}: {stream}: expected {ja4}, told {values:?}",
        file.display()
    );
}

#[test]
fn equals_the_accepted_values_in_json() {
    let Some(data) = rows::shared_data() else {
        return;
    };
    let mut compared = 0;
    for entry in std::fs::read_dir(data.join("ja4/expected-python")).expect("a folder") {
        let file = entry.expect("an entry").path();
        let capture = data
            .join("ja4/pcap")
            .join(file.file_stem().expect("a name"));
        let text = std::fs::read_to_string(&file).expect("readable");
        let streams: Value = serde_json::from_str(&text).expect("JSON");
        let told = told(&capture);
        for stream in streams.as_array().expect("a list") {
            let field = |name: &str| stream[name].as_str().unwrap_or_default();
            let name = format!(
                "{} {} {} {}",
                field("src"),
                field("srcport"),
                field("dst"),
                field("dstport")
            );
            for (key, at) in [("JA4.1", &told.first), ("JA4.2", &told.retry)] {
                if let Some(ja4) = stream[key].as_str() {
                    assert_told(at, &name, ja4, &file);
                    compared += 1;
                }
            }
        }
    }
    println!("{compared} values equal");
    assert!(compared >= 100);
}

#[test]
fn equals_the_accepted_values_in_yaml() {
    let Some(data) = rows::shared_data() else {
        return;
    };
    let mut compared = 0;
    for entry in std::fs::read_dir(data.join("ja4/expected-rust")).expect("a folder") {
        let file = entry.expect("an entry").path();
        let name = file.file_name().expect("a name").to_string_lossy();
        let name = name.strip_suffix(".snap.yaml").expect("a snapshot");
        let capture = data.join("ja4/pcap").join(name);
        let text = std::fs::read_to_string(&file).expect("readable");
        let told = told(&capture);
        let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
        for line in text.lines() {
            // Streams are a list of flat maps; what is nested deeper is not asked for.
            let top = line.strip_prefix("- ").or_else(|| line.strip_prefix("  "));
            if line.starts_with("- ") {
                fields.clear();
            }
            if let Some((key, value)) = top.and_then(|l| l.split_once(": ")) {
                fields.insert(key, value);
                if key == "ja4" {
                    let of = |name: &str| fields.get(name).copied().unwrap_or_default();
                    let stream = [of("src"), of("src_port"), of("dst"), of("dst_port")].join(" ");
                    assert_told(&told.first, &stream, value, &file);
                    compared += 1;
                }
            }
        }
    }
    println!("{compared} values equal");
    assert!(compared >= 100);
}
