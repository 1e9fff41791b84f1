//! Segments in and out of order, and pieces put together.

use super::*;

fn segment(seq: u32, payload: &[u8], wire: u32) -> Segment<'_> {
    Segment {
        ts_ns: 1,
        from_orig: true,
        tcp_seq: seq,
        tcp_flags: 0x18,
        payload,
        payload_bytes: wire,
        tcp_ack: None,
        syn_seq: None,
    }
}

fn run(parts: &[(u32, &[u8])]) -> Vec<(u64, Vec<u8>)> {
    let mut out = Vec::new();
    let mut direction = Direction::default();
    for (seq, data) in parts {
        direction.accept(&segment(*seq, data, data.len() as u32), &mut |c| {
            out.push((c.lost_bytes, c.data.to_vec()))
        });
    }
    direction.finish(true, &mut |c| out.push((c.lost_bytes, c.data.to_vec())));
    out
}

#[test]
fn in_order_early_and_repeated() {
    let out = run(&[
        (10, b"ab"),
        (14, b"ef"),
        (12, b"cd"),
        (12, b"cd"),
        (15, b"fg"),
    ]);
    let bytes: Vec<u8> = out.iter().flat_map(|(_, d)| d.clone()).collect();
    assert_eq!(bytes, b"abcdefg");
    assert!(out.iter().all(|(lost, _)| *lost == 0));
}

#[test]
fn sequence_numbers_wrap() {
    let out = run(&[(u32::MAX - 1, b"abc"), (1, b"d")]);
    assert_eq!(out, vec![(0, b"abc".to_vec()), (0, b"d".to_vec())]);
}

#[test]
fn a_hole_is_given_up_at_the_end() {
    assert_eq!(
        run(&[(0, b"ab"), (5, b"f")]),
        vec![(0, b"ab".to_vec()), (3, b"f".to_vec())]
    );
}

#[test]
fn a_hole_is_given_up_when_too_much_is_held() {
    let block = vec![7u8; 1400];
    let mut handed = 0usize;
    let mut lost = 0;
    let mut direction = Direction::default();
    for i in 0..100u32 {
        let seq = if i == 0 { 0 } else { i * 1400 + 10 };
        direction.accept(&segment(seq, &block, 1400), &mut |c| {
            handed += c.data.len();
            lost += c.lost_bytes;
        });
        assert!(direction.held_bytes() <= HELD_BYTES);
    }
    assert_eq!((handed, lost), (140_000, 10));
}

#[test]
fn what_the_snap_length_cut_is_lost() {
    let mut out = Vec::new();
    let mut direction = Direction::default();
    direction.accept(&segment(0, b"ab", 10), &mut |c| out.push(c.lost_bytes));
    direction.accept(&segment(10, b"k", 1), &mut |c| out.push(c.lost_bytes));
    assert_eq!(out, vec![0, 8]);
}

#[test]
fn a_stream_may_turn_out_to_begin_earlier() {
    let mut direction = Direction::default();
    let mut out = Vec::new();
    direction.accept(&segment(104, b"ef", 2), &mut |c| {
        out.extend_from_slice(c.data)
    });
    assert!(!direction.rewind(&segment(104, b"e", 1), &out, 1));
    assert!(!direction.rewind(&segment(103, b"de", 2), &out, 1));
    let first = segment(100, b"ab", 2);
    assert!(direction.rewind(&first, &out, 1));
    out.clear();
    direction.accept(&first, &mut |c| out.extend_from_slice(c.data));
    direction.accept(&segment(102, b"cd", 2), &mut |c| {
        out.extend_from_slice(c.data)
    });
    assert_eq!(out, b"abcdef");
}

#[test]
fn assembly_joins_pieces_in_any_order() {
    let mut a = Assembly::default();
    assert!(a.add(3, b"de", 10));
    assert_eq!(a.contiguous(), b"");
    assert!(a.add(0, b"abc", 10));
    assert_eq!(a.contiguous(), b"abcde");
    assert!(!a.add(9, b"xy", 10));
    assert!(!a.add(usize::MAX, b"x", 10));
}

#[test]
fn assembly_bounds_separate_runs() {
    let mut a = Assembly::default();
    let ok = (0..100).all(|i| a.add(1 + i * 2, b"x", 4096));
    assert!(!ok);
}
