//! The fuzz targets without a fuzzer: over their seeds, and over damaged copies of them.
//!
//! `cargo test -p lynceus-meter --test fuzzing -- --ignored` writes the seeds made here anew.

mod frames;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use frames::*;
use lynceus_meter::fuzzing::TARGETS;

/// Damaged copies a target, or as many as `DAMAGED` says; the fuzzer itself goes on from there.
fn damaged() -> usize {
    let told = std::env::var("DAMAGED").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

fn fuzz_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of one target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = fuzz_folder().join("seeds").join(target);
    let listed = fs::read_dir(&folder).unwrap_or_else(|_| panic!("no seeds for {target}"));
    let mut paths: Vec<_> = listed.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A small generator of numbers; the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn damage(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        let interesting = [0, 1, 0x7f, 0x80, 0xff, 0x45, 0x60, 4][numbers.below(8)];
        match (numbers.below(6), bytes.get_mut(at)) {
            (0, Some(byte)) => *byte ^= 1 << numbers.below(8),
            (1, Some(byte)) => *byte = interesting,
            (2, _) => bytes.truncate(at),
            (3, _) => {
                let from = numbers.below(other.len());
                bytes.splice(at..at, other[from..].iter().take(80).copied());
            }
            (4, _) => bytes.extend_from_slice(&other[numbers.below(other.len())..]),
            (_, Some(_)) => {
                let end = (at + numbers.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {}
        }
    }
    bytes
}

/// Runs a target over its seeds and over damaged copies of them.
fn damaged_seeds_hold(name: &str, run: fn(&[u8])) {
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "{name} has no seed");
    seeds.iter().for_each(|seed| run(seed));
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..damaged() {
        let seed = &seeds[numbers.below(seeds.len())];
        let other = &seeds[numbers.below(seeds.len())];
        run(&damage(seed, other, &mut numbers));
    }
}

#[test]
fn seeds_and_damaged_seeds_hold_every_promise() {
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((name, run)) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    damaged_seeds_hold(name, *run);
                }
            });
        }
    });
}

#[test]
fn every_target_is_known_to_the_fuzzer() {
    let manifest = fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let path = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&path), "{path} is not in fuzz/Cargo.toml");
        let source = fs::read_to_string(fuzz_folder().join(&path)).unwrap();
        assert!(
            source.contains(&format!("fuzzing::{name}")),
            "{path} runs something else"
        );
    }
}

/// Frames of many kinds, each with its link type.
fn kinds() -> Vec<(&'static str, u32, Vec<Vec<u8>>)> {
    let ip = inner_ipv4();
    let whole = udp(1111, 2222, &[7; 64]);
    let syn = tcp(2, &[2, 4, 5, 0xb4, 4, 2, 3, 3, 7, 0, 0, 0], b"");
    let vxlan = join(&[&[8, 0, 0, 0, 0, 0, 5, 0], &ethernet(0x0800, &ip)]);
    let geneve = join(&[&[1, 0, 8, 0, 0, 0, 5, 0, 1, 2, 3, 0], &ip]);
    let gtp = join(&[
        &[0x34, 255, 0, 41, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 16, 5, 0],
        &ip,
    ]);
    let erspan = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 5, 0, 0, 0, 0];
    let extensions = join(&[&[60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0], &syn]);
    let arp = [
        0, 1, 8, 0, 6, 4, 0, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 2,
    ];
    let wifi = join(&[
        &[0x88, 1, 0, 0],
        &[3; 18],
        &[0; 4],
        &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
        &ip,
    ]);
    let echo = [8, 0, 0, 0, 0x12, 0x34, 0, 5];
    let in_v4 = |protocol, body: &[u8]| ethernet(0x0800, &ipv4(protocol, body));
    let piece = |flags, body: &[u8]| ethernet(0x0800, &ipv4_piece(UDP, 5, flags, body));
    vec![
        (
            "tcp",
            ETHERNET,
            vec![
                in_v4(TCP, &syn),
                in_v4(TCP, &tcp(24, &[], b"GET / HTTP/1.1\r\n")),
            ],
        ),
        ("udp6", ETHERNET, vec![ethernet(0x86dd, &ipv6(UDP, &whole))]),
        (
            "extensions",
            ETHERNET,
            vec![ethernet(0x86dd, &ipv6(0, &extensions))],
        ),
        (
            "fragments",
            ETHERNET,
            vec![piece(0x2000, &whole[..40]), piece(5, &whole[40..])],
        ),
        (
            "vxlan",
            ETHERNET,
            vec![in_v4(UDP, &udp(50000, 4789, &vxlan))],
        ),
        (
            "geneve",
            ETHERNET,
            vec![in_v4(UDP, &udp(50000, 6081, &geneve))],
        ),
        ("gtp", ETHERNET, vec![in_v4(UDP, &udp(2152, 2152, &gtp))]),
        (
            "erspan",
            ETHERNET,
            vec![in_v4(47, &join(&[&erspan, &ethernet(0x0800, &ip)]))],
        ),
        (
            "icmp_arp",
            ETHERNET,
            vec![in_v4(1, &echo), ethernet(0x0806, &arp)],
        ),
        (
            "mpls",
            ETHERNET,
            vec![ethernet(0x8847, &join(&[&[0, 1, 1, 64], &ip]))],
        ),
        (
            "vlan",
            ETHERNET,
            vec![ethernet(
                0x88a8,
                &join(&[&[0, 8, 0x81, 0, 0, 9, 8, 0], &ip]),
            )],
        ),
        (
            "vlan_tcp",
            ETHERNET,
            vec![ethernet(0x8100, &join(&[&[0, 8, 8, 0], &ipv4(TCP, &syn)]))],
        ),
        (
            "pppoe",
            ETHERNET,
            vec![ethernet(
                0x8864,
                &join(&[&[0x11, 0, 0, 1, 0, 35, 0, 33], &ip]),
            )],
        ),
        (
            "cooked",
            113,
            vec![join(&[&[0, 0, 0, 1, 0, 6], &MAC_A, &[0, 0, 8, 0], &ip])],
        ),
        ("null", 0, vec![join(&[&[2, 0, 0, 0], &ip])]),
        ("ppp", 9, vec![join(&[&[0xff, 3, 0, 0x21], &ip])]),
        ("wifi", 105, vec![wifi]),
        ("raw", RAW, vec![ip]),
    ]
}

fn frame_seed(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut seed = (link as u16).to_le_bytes().to_vec();
    for frame in frames {
        seed.extend((frame.len() as u16).to_le_bytes());
        seed.extend(frame);
    }
    seed
}

fn capture_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let frames: Vec<_> = kinds()
        .into_iter()
        .take(3)
        .flat_map(|(_, _, frames)| frames)
        .collect();
    let plain = pcap(ETHERNET, &frames);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, &plain).unwrap();
    vec![
        ("pcap", plain.clone()),
        ("pcapng", pcapng(false, ETHERNET, &frames)),
        ("pcapng_big_endian", pcapng(true, ETHERNET, &frames)),
        ("gzip", gzip.finish().unwrap()),
        ("zstd", zstd::encode_all(plain.as_slice(), 3).unwrap()),
    ]
}

#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn write_seeds() {
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = fuzz_folder().join("seeds").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    for (name, link, frames) in kinds() {
        write("decode_frame", name, &frame_seed(link, &frames));
    }
    for (name, bytes) in capture_seeds() {
        write("read_capture", name, &bytes);
    }
}
