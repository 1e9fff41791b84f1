//! Fragments: joined in any order, first come wins, bounded in time and memory, none lost quietly.

mod frames;

use frames::*;

const MORE: u16 = 0x2000;

/// The payload of a UDP datagram of 3000 bytes and its pieces (offset, more) of 1000 bytes or so.
fn datagram() -> (Vec<u8>, Vec<u8>) {
    let payload: Vec<u8> = (0..2992u32).map(|i| (i % 251) as u8).collect();
    let whole = udp(1111, 2222, &payload);
    (payload, whole)
}

fn piece(id: u16, whole: &[u8], from: usize, to: usize) -> Vec<u8> {
    let more = if to < whole.len() { MORE } else { 0 };
    let flags = more | (from / 8) as u16;
    ethernet(0x0800, &ipv4_piece(UDP, id, flags, &whole[from..to]))
}

fn piece6(id: u32, whole: &[u8], from: usize, to: usize) -> Vec<u8> {
    let more = u16::from(to < whole.len());
    let flags = (from as u16 | more).to_be_bytes();
    let header = join(&[&[UDP, 0], &flags, &id.to_be_bytes()]);
    ethernet(0x86dd, &ipv6(44, &join(&[&header, &whole[from..to]])))
}

#[test]
fn joined_in_every_order() {
    let (payload, whole) = datagram();
    let parts = [(0, 1000), (1000, 2000), (2000, 3000)];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for build in [
            |w: &[u8], (a, b)| piece(9, w, a, b),
            |w: &[u8], (a, b)| piece6(9, w, a, b),
        ] {
            let frames: Vec<_> = order.iter().map(|i| build(&whole, parts[*i])).collect();
            let wire: usize = frames.iter().map(Vec::len).sum();
            let out = decode(ETHERNET, &frames);
            let (packet, joined) = out.only();
            assert_eq!(joined, payload);
            assert_eq!((packet.src_port, packet.fragments), (1111, 3));
            assert_eq!((packet.frame, packet.payload_bytes), (3, 2992));
            assert_eq!(packet.wire_bytes, wire as u32);
            assert_eq!(packet.ip_bytes, wire as u32 - 3 * 14);
            assert_eq!(out.losses.get("fragments_joined"), 2);
        }
    }
}

#[test]
fn datagrams_interleaved() {
    let (_, whole) = datagram();
    let frames = [
        piece(1, &whole, 0, 1000),
        piece(2, &whole, 0, 2000),
        piece6(1, &whole, 0, 2000),
        piece(1, &whole, 1000, 3000),
        piece6(1, &whole, 2000, 3000),
        piece(2, &whole, 2000, 3000),
    ];
    let out = decode(ETHERNET, &frames);
    assert_eq!(
        out.packets.iter().map(|p| p.frame).collect::<Vec<_>>(),
        [4, 5, 6]
    );
    assert!(out.packets.iter().all(|packet| packet.fragments == 2));
}

#[test]
fn first_come_wins_where_they_overlap() {
    let (payload, whole) = datagram();
    let mut forged = whole.clone();
    forged[800..2200].fill(0xff);
    let frames = [
        piece(1, &whole, 0, 1000),
        piece(1, &whole, 2000, 3000),
        piece(1, &forged, 800, 2200),
    ];
    let out = decode(ETHERNET, &frames);
    let (_, joined) = out.only();
    assert_eq!(joined[..992], payload[..992]);
    assert_eq!(joined[992..1992], [0xff; 1000]);
    assert_eq!(joined[1992..], payload[1992..]);
    assert_eq!(out.losses.get("fragments_overlapping"), 1);
}

#[test]
fn one_that_covers_several_gaps() {
    let (payload, whole) = datagram();
    let frames = [
        piece(1, &whole, 400, 800),
        piece(1, &whole, 1600, 2000),
        piece(1, &whole, 0, 2400),
        piece(1, &whole, 2400, 3000),
    ];
    let out = decode(ETHERNET, &frames);
    assert_eq!(out.only().1, payload);
    assert_eq!(out.only().0.fragments, 4);
}

#[test]
fn duplicates_are_counted() {
    let (_, whole) = datagram();
    let first = piece(1, &whole, 0, 2000);
    let frames = [
        first.clone(),
        first.clone(),
        first,
        piece(1, &whole, 2000, 3000),
    ];
    let out = decode(ETHERNET, &frames);
    assert_eq!(out.only().0.fragments, 2);
    assert_eq!(out.losses.get("fragments_duplicate"), 2);
}

#[test]
fn teardrop() {
    let (_, whole) = datagram();
    let inside = ethernet(0x0800, &ipv4_piece(UDP, 1, 3, &whole[24..28]));
    let out = decode(ETHERNET, &[piece(1, &whole, 0, 40), inside]);
    assert_eq!(out.packets.len(), 2);
    assert_eq!(out.packets[0].src_port, 0);
    assert_eq!(out.losses.get("fragments_malformed"), 1);
    assert_eq!(out.losses.get("fragments_expired"), 1);
}

#[test]
fn impossible_offsets_and_lengths() {
    let beyond = ethernet(0x0800, &ipv4_piece(UDP, 1, 0x1fff, &[0; 80]));
    let ragged = ethernet(0x0800, &ipv4_piece(UDP, 2, MORE, &[0; 81]));
    let empty = ethernet(0x0800, &ipv4_piece(UDP, 3, MORE, &[]));
    let out = decode(ETHERNET, &[beyond, ragged, empty]);
    assert_eq!(out.packets.len(), 3);
    assert_eq!(out.losses.get("fragments_malformed"), 3);
    assert!(out.packets.iter().all(|packet| packet.fragments == 1));
}

#[test]
fn two_ends_that_disagree() {
    let (_, whole) = datagram();
    let frames = [
        piece(1, &whole, 2000, 3000),
        piece(1, &whole[..2000], 1000, 2000),
        piece(1, &whole, 0, 1000),
        piece(1, &whole, 1000, 2000),
    ];
    let out = decode(ETHERNET, &frames);
    assert_eq!(out.losses.get("fragments_malformed"), 1);
    assert_eq!(out.packets.last().map(|packet| packet.fragments), Some(3));
}

#[test]
fn alone_the_first_keeps_its_ports_and_later_ones_have_none() {
    let (payload, whole) = datagram();
    let out = decode(
        ETHERNET,
        &[piece(1, &whole, 1000, 2000), piece(1, &whole, 0, 1000)],
    );
    let ports: Vec<_> = out.packets.iter().map(|p| (p.frame, p.src_port)).collect();
    assert_eq!(ports, [(1, 0), (2, 1111)]);
    assert_eq!(out.packets[0].payload_bytes, 0);
    assert_eq!(out.packets[0].ip_bytes, 1020);
    assert_eq!(out.payloads[1], payload[..1992]);
    assert_eq!(out.losses.get("fragments_expired"), 2);
}

#[test]
fn late_fragments_are_not_joined() {
    let (_, whole) = datagram();
    let mut capture = pcap_header(ETHERNET);
    let other = ethernet(0x0800, &inner_ipv4());
    for (after_s, frame) in [
        (0, piece(1, &whole, 0, 1000)),
        (10, other.clone()),
        (16, other),
        (17, piece(1, &whole, 1000, 3000)),
    ] {
        capture.extend(pcap_record(T0_S + after_s, 0, frame.len(), &frame));
    }
    let out = decode_capture(capture);
    let order: Vec<_> = out.packets.iter().map(|packet| packet.frame).collect();
    assert_eq!(order, [2, 1, 3, 4]);
    assert_eq!(out.packets[1].ts_ns, i64::from(T0_S) * 1_000_000_000);
    assert_eq!(out.losses.get("fragments_expired"), 2);
}

#[test]
fn memory_is_bounded() {
    let frames: Vec<_> = (0..20_000u32)
        .map(|i| piece6(i, &[7; 1208], 0, 1200))
        .collect();
    let out = decode(ETHERNET, &frames);
    assert_eq!(out.packets.len(), 20_000);
    assert_eq!(out.losses.get("fragments_shed"), 20_000 - 4096);
    assert_eq!(out.losses.get("fragments_expired"), 4096);
    let tiny: Vec<_> = (0..2000)
        .map(|i| piece(1, &[7; 65_000], i * 8, i * 8 + 8))
        .collect();
    let out = decode(ETHERNET, &tiny);
    assert_eq!(out.packets.len(), 2000);
    assert_eq!(out.losses.get("fragments_shed"), 2000 - 512);
}

#[test]
fn cut_by_the_snap_length() {
    let (payload, whole) = datagram();
    let mut capture = pcap_header(ETHERNET);
    for (from, to, kept) in [(0, 1000, 534), (1000, 3000, 2034)] {
        let frame = piece(1, &whole, from, to);
        capture.extend(pcap_record(T0_S, 0, frame.len(), &frame[..kept]));
    }
    let out = decode_capture(capture);
    let (packet, captured) = out.only();
    assert_eq!((packet.payload_bytes, packet.fragments), (2992, 2));
    assert_eq!(captured, &payload[..492]);
}

#[test]
fn a_tunnel_in_fragments() {
    let inner = ethernet(0x0800, &inner_ipv4());
    let whole = udp(50000, 4789, &join(&[&[8, 0, 0, 0, 0, 0, 5, 0], &inner]));
    let out = decode(
        ETHERNET,
        &[piece(1, &whole, 0, 40), piece(1, &whole, 40, whole.len())],
    );
    assert_eq!(assert_inner(&out).tunnel_id, 5);
}

#[test]
fn fragments_in_a_tunnel() {
    let (payload, whole) = datagram();
    let over_gre = |piece: Vec<u8>| {
        let inner = join(&[&[0, 0, 8, 0], &piece[14..]]);
        ethernet(0x0800, &ipv4(47, &inner))
    };
    let frames = [piece(1, &whole, 0, 1000), piece(1, &whole, 1000, 3000)];
    let out = decode(ETHERNET, &frames.map(over_gre));
    assert_eq!(out.only().1, payload);
}
