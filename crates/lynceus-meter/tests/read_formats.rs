//! Captures of every format and packing, and inputs that are no captures.

mod frames;

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use frames::*;
use lynceus_meter::read::{decompressed, read_head, Capture, ReadError};

const NS_PER_S: i64 = 1_000_000_000;

fn frames_of(bytes: Vec<u8>) -> Vec<i64> {
    let out = decode_capture(bytes);
    out.packets.iter().map(|packet| packet.ts_ns).collect()
}

fn open_bytes(bytes: Vec<u8>) -> Result<Capture, ReadError> {
    Capture::from_reader(Box::new(Cursor::new(bytes)), "some.pcap")
}

/// A folder for one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("lynceus-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn pcap_magics() {
    let frame = frame();
    let words = |big_endian: bool, words: &[u32]| -> Vec<u8> {
        let bytes = |word: &u32| match big_endian {
            true => word.to_be_bytes(),
            false => word.to_le_bytes(),
        };
        words.iter().flat_map(bytes).collect()
    };
    for (magic, extra, ns) in [
        (0xa1b2_c3d4, 0, 7000),
        (0xa1b2_3c4d, 0, 7),
        (0xa1b2_cd34, 8, 7000),
    ] {
        for big_endian in [false, true] {
            let version = if big_endian { 0x0002_0004 } else { 0x0004_0002 };
            let mut capture = words(big_endian, &[magic, version, 0, 0, 65535, 1]);
            for second in [100, 200] {
                let length = frame.len() as u32;
                capture.extend(words(big_endian, &[second, 7, length, length]));
                capture.extend(vec![0; extra]);
                capture.extend(&frame);
            }
            assert_eq!(
                frames_of(capture),
                [100 * NS_PER_S + ns, 200 * NS_PER_S + ns]
            );
        }
    }
}

#[test]
fn the_checksum_length_is_no_part_of_the_link_type() {
    assert_eq!(frames_of(pcap(0x2400_0001, &[frame()])).len(), 1);
}

#[test]
fn pcapng_in_both_byte_orders() {
    for big_endian in [false, true] {
        let out = decode_capture(pcapng(big_endian, ETHERNET, &[frame(), frame()]));
        let numbers: Vec<_> = out.packets.iter().map(|packet| packet.frame).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(out.packets[1].ts_ns, i64::from(T0_S) * NS_PER_S + 1_000_000);
    }
}

#[test]
fn pcapng_clocks() {
    let frame = frame();
    let time = |options: &[(u16, &[u8])], ticks: u64| {
        let parts = [
            section(false),
            interface(false, ETHERNET, options),
            enhanced(false, 0, ticks, &frame),
        ];
        frames_of(parts.concat())[0]
    };
    assert_eq!(time(&[], 1_000_001), NS_PER_S + 1000);
    assert_eq!(time(&[(9, &[9])], 1_000_000_001), NS_PER_S + 1);
    assert_eq!(time(&[(9, &[3])], 1_001), NS_PER_S + 1_000_000);
    assert_eq!(time(&[(9, &[12])], 1_000_000_001_000), NS_PER_S + 1);
    assert_eq!(time(&[(9, &[0x8a])], 1536), NS_PER_S + NS_PER_S / 2);
    assert_eq!(
        time(&[(2, b"eth0"), (14, &5i64.to_le_bytes()), (0, &[])], 0),
        5 * NS_PER_S
    );
    assert_eq!(time(&[(14, &(-5i64).to_le_bytes())], 0), -5 * NS_PER_S);
    assert_eq!(time(&[], u64::MAX), i64::MAX);
}

#[test]
fn pcapng_interfaces_and_sections() {
    let cooked = join(&[&[0, 0, 0, 1, 0, 6], &MAC_A, &[0, 0, 8, 0], &inner_ipv4()]);
    let parts = [
        section(false),
        interface(false, ETHERNET, &[]),
        interface(false, 113, &[(9, &[9])]),
        enhanced(false, 1, 3_000_000_000, &cooked),
        enhanced(false, 0, 4_000_000, &frame()),
        section(true),
        interface(true, RAW, &[]),
        block(true, 4, &[0; 8]),
        block(true, 0x0bad, &[9; 24]),
        enhanced(true, 0, 5_000_000, &inner_ipv4()),
    ];
    let expected = [3 * NS_PER_S, 4 * NS_PER_S, 5 * NS_PER_S];
    assert_eq!(frames_of(parts.concat()), expected);
}

#[test]
fn what_a_sensor_says_it_dropped_is_counted_once() {
    for big_endian in [false, true] {
        let number = |value: u64| match big_endian {
            false => value.to_le_bytes(),
            true => value.to_be_bytes(),
        };
        let short = |value: u16| match big_endian {
            false => value.to_le_bytes(),
            true => value.to_be_bytes(),
        };
        // By interface: its counters so far, of what it had no room for and of what the system had.
        let told = |of: u8, by_interface: u64, by_system: u64| {
            let mut body = vec![0; 12];
            body[if big_endian { 3 } else { 0 }] = of;
            for (code, value) in [(4, 1_000_000), (5, by_interface), (7, by_system)] {
                body.extend([short(code), short(8)].concat());
                body.extend(number(value));
            }
            block(big_endian, 5, &body)
        };
        let parts = [
            section(big_endian),
            interface(big_endian, ETHERNET, &[]),
            interface(big_endian, ETHERNET, &[]),
            told(0, 10, 1),
            enhanced(big_endian, 0, 1, &frame()),
            told(0, 25, 1),
            told(1, 0, 4),
            told(0, 7, 1),
            told(9, 500, 500),
            block(big_endian, 5, &[0; 4]),
        ];
        let losses = decode_capture(parts.concat()).losses;
        assert_eq!(losses.get("dropped_by_sensor"), 25 + 1 + 4);
        assert!(losses.balances());
    }
}

#[test]
fn pcapng_simple_and_obsolete_blocks() {
    let frame = frame();
    let length = (frame.len() as u32).to_le_bytes();
    let simple = block(false, 3, &join(&[&length, &frame]));
    let ticks = 9_000_000u32.to_le_bytes();
    let obsolete = join(&[
        &[0, 0, 0xff, 0xff],
        &[0; 4],
        &ticks,
        &length,
        &length,
        &frame,
    ]);
    let parts = [
        section(false),
        interface(false, ETHERNET, &[]),
        block(false, 2, &obsolete),
        simple,
    ];
    let out = decode_capture(parts.concat());
    assert_eq!(out.packets.len(), 2);
    assert_eq!(
        (out.packets[0].ts_ns, out.packets[1].ts_ns),
        (9 * NS_PER_S, 9 * NS_PER_S)
    );
    assert_eq!(out.losses.get("frames_without_time"), 1);
    assert_eq!(out.payloads[1], b"inner");
}

#[test]
fn packings_by_content() {
    let folder = Folder::new("packings");
    let frames: Vec<_> = (0..2000).map(|_| frame()).collect();
    let plain = pcap(ETHERNET, &frames);
    let (head, tail) = plain.split_at(plain.len() / 3);
    let packed = [
        plain.clone(),
        gzip(&plain),
        join(&[&gzip(head), &gzip(tail)]),
        zstd::encode_all(plain.as_slice(), 3).unwrap(),
        join(&[
            &zstd::encode_all(head, 3).unwrap(),
            &zstd::encode_all(tail, 3).unwrap(),
        ]),
        xz(&plain),
        join(&[&xz(head), &xz(tail)]),
    ];
    let mut digests = Vec::new();
    for bytes in packed {
        let path = folder.file("misnamed.txt", &bytes);
        let capture = Capture::open(&path).unwrap();
        digests.push(capture.digest().to_owned());
        assert_eq!(frames_of(bytes).len(), 2000);
        assert_eq!(read_head(&path, 100).unwrap(), &plain[..100]);
        let mut unpacked = Vec::new();
        decompressed(&path)
            .unwrap()
            .read_to_end(&mut unpacked)
            .unwrap();
        assert!(unpacked == plain);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0].len(), 32);
}

#[test]
fn digest_covers_the_first_mib() {
    // SHA-256 of 24 bytes of header alone, as `sha256sum` gives it.
    let header = pcap_header(ETHERNET);
    let alone = open_bytes(header.clone()).unwrap().digest().to_owned();
    let one = pcap(ETHERNET, &[frame()]);
    assert_ne!(alone, open_bytes(one).unwrap().digest());
    let mut long = header;
    while long.len() < 1 << 20 {
        long.extend(pcap_record(T0_S, 0, 1000, &[0; 1000]));
    }
    let before = open_bytes(long.clone()).unwrap().digest().to_owned();
    long.extend(pcap_record(T0_S, 0, 1000, &[1; 1000]));
    assert_eq!(before, open_bytes(long.clone()).unwrap().digest());
    long[1000] ^= 1;
    assert_ne!(before, open_bytes(long).unwrap().digest());
}

#[test]
fn unusable_inputs_say_so_in_one_line() {
    let folder = Folder::new("unusable");
    let message = |path: &Path| match Capture::open(path) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{} opened", path.display()),
    };
    let missing = message(&folder.0.join("nothing.pcap"));
    assert!(
        missing.contains("nothing.pcap: no such file; expected a pcap"),
        "{missing}"
    );
    assert!(message(&folder.0).contains("is a directory"));
    assert!(message(&folder.file("empty.pcap", b"")).contains("is empty"));
    assert!(message(&folder.file("empty.gz", &gzip(b""))).contains("is empty"));
    assert!(message(&folder.file("a.txt", b"hello, world")).contains("unknown format"));
    assert!(message(&folder.file("a", b"x")).contains("unknown format"));
    let cut = message(&folder.file("cut.pcap", &pcap_header(1)[..10]));
    assert!(cut.contains("ends within the file header"), "{cut}");
    let broken = message(&folder.file(
        "broken.gz",
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff],
    ));
    assert!(broken.contains("cannot be unpacked"), "{broken}");
    for bytes in [&b""[..], b"x"] {
        let path = folder.file("head", bytes);
        assert_eq!(read_head(&path, 10).unwrap(), bytes);
        assert!(!message(&path).contains('\n'));
    }
}
