//! Real captures, and damaged copies of them: never a panic, and every frame accounted for.

mod frames;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use frames::*;
use lynceus_meter::fuzzing::read_capture;
use lynceus_meter::read::decompressed;
use proptest::prelude::*;

/// Captures larger than this are left out of damaging, to be quick.
const SMALL_BYTES: u64 = 30_000;

/// The unpacked bytes of the small captures.
fn small_captures() -> &'static [Vec<u8>] {
    static CAPTURES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let is_small = |path: &Path| fs::metadata(path).is_ok_and(|file| file.len() < SMALL_BYTES);
    CAPTURES.get_or_init(|| {
        let paths = shared_captures().into_iter().filter(|path| is_small(path));
        paths.map(|path| unpacked(&path)).collect()
    })
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = decompressed(path).unwrap();
    std::io::Read::read_to_end(&mut reader, &mut bytes).unwrap();
    bytes
}

#[test]
fn every_real_capture_is_accounted_for() {
    for path in shared_captures() {
        read_capture(&fs::read(path).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_real_captures(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..40),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let captures = small_captures();
        if captures.is_empty() {
            return Ok(());
        }
        let mut bytes = which.get(captures).clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_capture(&bytes);
    }

    #[test]
    fn any_bytes_after_a_good_header(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        read_capture(&bytes);
        read_capture(&[pcap_header(ETHERNET), bytes.clone()].concat());
        read_capture(&[section(false), interface(false, ETHERNET, &[]), bytes].concat());
    }
}
