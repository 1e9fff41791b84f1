//! Captures that are damaged, cut, or come in drips: what is sound is kept, the rest is counted.

mod frames;

use std::io::{self, Cursor, Read};

use frames::*;
use lynceus_meter::decode::Decoder;
use lynceus_meter::packet::PacketBatch;
use lynceus_meter::read::Capture;

const NS_PER_S: i64 = 1_000_000_000;

#[test]
fn cut_at_every_byte() {
    let frames = [frame(), frame(), frame()];
    for (capture, header) in [
        (pcap(ETHERNET, &frames), 24),
        (pcapng(false, ETHERNET, &frames), 28),
    ] {
        let mut seen = 0;
        for length in header..=capture.len() {
            let out = decode_capture(capture[..length].to_vec());
            assert!(out.packets.len() >= seen);
            seen = out.packets.len();
            assert!(out.losses.get("capture_cut_short") <= 1);
        }
        assert_eq!(seen, 3);
        let out = decode_capture(capture[..capture.len() - 1].to_vec());
        assert_eq!(out.packets.len(), 2);
        assert_eq!(out.losses.get("capture_cut_short"), 1);
    }
}

#[test]
fn a_broken_packed_stream_keeps_what_came_before() {
    // Numbers without a pattern, so that packing cannot hide much of the capture in few bytes.
    let mut state = 1u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let frames: Vec<_> = (0..1500)
        .map(|_| {
            ethernet(
                0x0800,
                &ipv4(
                    UDP,
                    &udp(1, 2, &std::array::from_fn::<u8, 400, _>(|_| noise())),
                ),
            )
        })
        .collect();
    let plain = pcap(ETHERNET, &frames);
    for packed in [
        gzip(&plain),
        xz(&plain),
        zstd::encode_all(plain.as_slice(), 3).unwrap(),
    ] {
        let cut = decode_capture(packed[..packed.len() * 3 / 4].to_vec());
        assert!(cut.packets.len() > 750, "{}", cut.packets.len());
        assert_eq!(cut.losses.get("compressed_stream_broken"), 1);
        let mut damaged = packed.clone();
        let middle = packed.len() / 2;
        damaged[middle..middle + 200].fill(0xff);
        let out = decode_capture(damaged);
        assert!(out.packets.len() > 600, "{}", out.packets.len());
    }
    let mut damaged = gzip(&plain);
    let length = damaged.len();
    damaged[length - 6] ^= 0xff;
    let out = decode_capture(damaged);
    assert_eq!(out.packets.len(), 1500);
    assert_eq!(out.losses.get("compressed_stream_broken"), 1);
}

#[test]
fn a_lying_record_length_is_stepped_over() {
    let mut capture = pcap_header(ETHERNET);
    for i in 0..10 {
        let mut record = pcap_record(T0_S + i, 0, frame().len(), &frame());
        if i == 4 {
            record[8..16].fill(0xff);
        }
        capture.extend(record);
    }
    let out = decode_capture(capture);
    assert_eq!(out.packets.len(), 9);
    assert_eq!(out.losses.get("record_length_implausible"), 1);
    assert_eq!(out.losses.get("bytes_skipped"), 16 + frame().len() as u64);
    let last = out.packets.last().unwrap();
    assert_eq!(last.ts_ns, i64::from(T0_S + 9) * NS_PER_S);
}

#[test]
fn garbage_after_a_good_header() {
    let mut state = 7u32;
    let mut capture = pcap(ETHERNET, &[frame(), frame()]);
    capture.extend([0xff; 16]);
    capture.extend((0..1_500_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }));
    let out = decode_capture(capture.clone());
    assert_eq!(out.packets.len(), 2);
    assert_eq!(out.losses.get("record_length_implausible"), 1);
    assert_eq!(out.losses.get("bytes_skipped"), 1_500_016);
    for i in 0..50 {
        capture.extend(pcap_record(T0_S + i, 0, frame().len(), &frame()));
    }
    assert_eq!(decode_capture(capture).packets.len(), 52);
}

#[test]
fn records_longer_than_the_frame_was() {
    let mut capture = pcap_header(ETHERNET);
    for _ in 0..3 {
        capture.extend(pcap_record(T0_S, 0, 20, &frame()));
    }
    assert_eq!(decode_capture(capture).packets.len(), 3);
}

#[test]
fn damaged_pcapng_blocks_are_stepped_over() {
    let good = |ticks| enhanced(false, 0, ticks, &frame());
    let mut ends_disagree = good(2);
    let length = ends_disagree.len();
    ends_disagree[length - 4] ^= 4;
    let no_such_interface = enhanced(false, 7, 3, &frame());
    let mut longer_than_block = good(4);
    longer_than_block[20..22].fill(0xff);
    let mut tiny = good(5);
    tiny[4..8].fill(0);
    let mut endless = good(6);
    endless[4..8].fill(0xfc);
    let damaged = [
        ends_disagree,
        no_such_interface,
        longer_than_block,
        tiny,
        endless,
    ];
    for bad in damaged {
        let parts = [
            section(false),
            interface(false, ETHERNET, &[]),
            good(1),
            bad,
            good(8),
            good(9),
        ];
        let out = decode_capture(parts.concat());
        assert_eq!(out.packets.len(), 3);
        assert_eq!(out.losses.get("pcapng_block_malformed"), 1);
    }
}

#[test]
fn huge_blocks_are_skipped_unread() {
    let parts = [
        section(false),
        interface(false, ETHERNET, &[]),
        block(false, 10, &vec![1; 5 << 20]),
        enhanced(false, 0, 1_000_000, &frame()),
        enhanced(false, 0, 1_000_000, &vec![0; 600 << 10]),
        enhanced(false, 0, 2_000_000, &frame()),
    ];
    let out = decode_capture(parts.concat());
    assert_eq!(out.packets.len(), 2);
    assert_eq!(out.losses.get("frame_too_large"), 1);
    assert_eq!(out.packets[1].frame, 3);
    assert_eq!(out.losses.get("pcapng_block_malformed"), 0);
}

#[test]
fn batches_are_bounded_and_miss_nothing() {
    let frames: Vec<_> = (0..40u32)
        .map(|i| {
            let payload = vec![i as u8; 60_000 - i as usize * 999];
            ethernet(0x0800, &ipv4(UDP, &udp(1, 2, &payload)))
        })
        .collect();
    for bytes in [pcap(ETHERNET, &frames), pcapng(true, ETHERNET, &frames)] {
        let mut capture = Capture::from_reader(Box::new(Cursor::new(bytes)), "test").unwrap();
        let mut decoder = Decoder::new();
        let mut batch = PacketBatch::default();
        let mut next = 0;
        while decoder.fill(&mut capture, &mut batch).unwrap() {
            assert!(batch.bytes.len() <= 2 << 20);
            for packet in &batch.packets {
                let payload = batch.payload(packet);
                assert_eq!(payload.len(), 60_000 - next * 999);
                assert!(payload.iter().all(|byte| usize::from(*byte) == next));
                next += 1;
            }
        }
        assert_eq!(next, 40);
        assert!(!decoder.fill(&mut capture, &mut batch).unwrap());
    }
}

/// Gives a few bytes at a time, then perhaps an error.
struct Trickle {
    bytes: Cursor<Vec<u8>>,
    error: Option<i32>,
}

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = out.len().min(7);
        match (self.bytes.read(&mut out[..n])?, self.error.take()) {
            (0, Some(code)) => Err(io::Error::from_raw_os_error(code)),
            (n, error) => {
                self.error = error;
                Ok(n)
            }
        }
    }
}

#[test]
fn small_reads_change_nothing() {
    let frames: Vec<_> = (0..100).map(|_| frame()).collect();
    let bytes = Cursor::new(pcap(ETHERNET, &frames));
    let slow = Trickle { bytes, error: None };
    let mut capture = Capture::from_reader(Box::new(slow), "pipe").unwrap();
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    assert!(decoder.fill(&mut capture, &mut batch).unwrap());
    assert_eq!(batch.packets.len(), 100);
    assert!(!decoder.fill(&mut capture, &mut batch).unwrap());
}

#[test]
fn a_failing_disk_is_told_after_what_was_read() {
    let bytes = Cursor::new(pcap(ETHERNET, &[frame(), frame()]));
    let failing = Trickle {
        bytes,
        error: Some(5),
    };
    let mut capture = Capture::from_reader(Box::new(failing), "disk").unwrap();
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    assert!(decoder.fill(&mut capture, &mut batch).unwrap());
    assert_eq!(batch.packets.len(), 2);
    let error = decoder.fill(&mut capture, &mut batch).unwrap_err();
    assert!(error.to_string().starts_with("disk: cannot be read"));
}
