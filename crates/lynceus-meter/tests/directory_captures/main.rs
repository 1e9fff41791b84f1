//! Kerberos, LDAP, RDP, SNMP, NTP, MQTT, WinRM and the protocols of industry in the shared
//! captures, held against what a person sees in them with a packet analyser.

#[path = "../rows/mod.rs"]
mod rows;

use std::path::PathBuf;

use rows::Seen;

/// What the inspectors tell of a shared capture, packed or not; `None` where there is none.
fn seen(name: &str) -> Option<Seen> {
    let path = rows::shared_data()?.join(name);
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let path = if path.is_file() { path } else { packed };
    Some(rows::inspect(&path).unwrap_or_else(|| panic!("{} is unreadable", path.display())))
}

/// The rows of one kind of event, in order of time.
macro_rules! rows_of {
    ($seen:expr, $kind:ident) => {{
        let events = $seen.events.iter();
        let mut rows: Vec<_> = events
            .filter_map(|(_, event)| match event {
                lynceus_meter::protocols::Event::$kind(row) => Some(row.as_ref().clone()),
                _ => None,
            })
            .collect();
        rows.sort_by_key(|row| row.ts_ns);
        rows
    }};
}

// After the macro, which they use.
mod industry;
mod kerberos;
mod ldap;
mod mqtt;
mod ntp;
mod rdp;
mod snmp;
mod winrm;

/// How many flows have the service.
fn flows(seen: &Seen, service: &str) -> usize {
    let of = |s: &&(_, Option<&'static str>)| s.1 == Some(service);
    seen.services.iter().filter(of).count()
}

fn text(value: &Option<impl AsRef<str>>) -> &str {
    value.as_ref().map_or("", |v| v.as_ref())
}
