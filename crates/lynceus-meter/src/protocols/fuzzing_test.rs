//! A bounded, repeatable run of every fuzz target over mutated seeds, on the stable compiler.

use std::path::Path;

use super::*;

/// Mutations of each seed.
const ROUNDS: u32 = 1000;

/// A small generator (xorshift), so that every run is the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let to = at + random.below(bytes.len().saturating_sub(at) + 1);
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let copy = bytes[at..to].to_vec();
                let place = random.below(bytes.len() + 1);
                bytes.splice(place..place, copy);
            }
            3 => bytes.insert(at.min(bytes.len()), random.next() as u8),
            n => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = match n {
                        4 => random.next() as u8,
                        5 => *byte ^ (1 << random.below(8)),
                        _ => [0, 0xff, 0x7f, 0x80][random.below(4)],
                    };
                }
            }
        }
    }
    bytes.truncate(64 * 1024);
    bytes
}

fn run(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("seeds of {name} in {}: {e}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds of {name}");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for file in files {
        let seed = std::fs::read(&file).expect("a readable seed");
        target(&seed);
        for _ in 0..ROUNDS {
            target(&mutate(&seed, &mut random));
        }
    }
    target(&[]);
}

#[test]
fn dns_survives() {
    run("dns", dns);
}

#[test]
fn tls_survives() {
    run("tls", tls);
}

#[test]
fn x509_survives() {
    run("x509", x509);
}

#[test]
fn quic_survives() {
    run("quic", quic);
}

#[test]
fn http_survives() {
    run("http", http);
}

#[test]
fn ssh_survives() {
    run("ssh", ssh);
}

#[test]
fn dhcp_survives() {
    run("dhcp", dhcp);
}

#[test]
fn socks_survives() {
    run("socks", socks);
}

#[test]
fn inspector_survives() {
    run("inspector", inspector);
}

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
