//! Every shared capture through the inspector: no panic, and every event fits its table.

mod rows;

use std::path::{Path, PathBuf};

use lynceus_meter::protocols::EventTables;

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if path.is_dir() {
            captures(&path, found);
        } else if [".pcap", ".pcapng", ".cap"]
            .iter()
            .any(|e| name.ends_with(e))
        {
            found.push(path.clone());
        }
    }
}

#[test]
fn is_inspected_without_a_panic() {
    let Some(data) = rows::shared_data() else {
        return;
    };
    let mut paths = Vec::new();
    captures(&data, &mut paths);
    let mut recognised = 0;
    for path in &paths {
        let Some(seen) = rows::inspect(path) else {
            continue;
        };
        recognised += seen.services.iter().filter(|(_, s)| s.is_some()).count();
        let count = seen.events.len();
        let mut tables = EventTables::new("test");
        for (flow, event) in seen.events {
            tables.push(&flow, event);
        }
        let rows: usize = tables.flush().iter().map(|(_, b)| b.num_rows()).sum();
        assert_eq!(rows, count, "{}", path.display());
    }
    println!("{} captures, {recognised} flows recognised", paths.len());
    assert!(paths.len() > 100 && recognised > 1000);
}
