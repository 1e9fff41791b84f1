//! The seeds of the fuzz targets; `tests/fuzzing.rs` runs the targets over damaged copies of them.

use std::path::Path;

use super::*;

/// A seed is worth something only when its parser reads it.
#[test]
fn seeds_are_understood() {
    let doors: [(&str, &Door); 6] = [
        ("dns/query_and_answer", &crate::protocols::dns::UDP_DOOR),
        ("tls/handshake", &crate::protocols::tls::DOOR),
        ("quic/initial", &crate::protocols::quic::DOOR),
        ("http/exchange", &crate::protocols::http::DOOR),
        ("ssh/login", &crate::protocols::ssh::DOOR),
        ("dhcp/ack", &crate::protocols::dhcp::DOOR),
    ];
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, door) in doors {
        let seed = std::fs::read(seeds.join(name)).expect("a readable seed");
        assert!(!parse(door, &seed).is_empty(), "{name}");
    }
}
