//! IPv4 and IPv6 headers, extension headers, lengths that lie, and the transports.

mod frames;

use frames::*;
use lynceus_meter::packet::TcpOptions;

const SYN: u8 = 2;

#[test]
fn ipv4_options() {
    let mut ip = ipv4(UDP, &udp(1111, 2222, b"inner"));
    ip[0] = 0x46;
    ip[3] += 4;
    let ip = join(&[&ip[..20], &[1, 1, 1, 0], &ip[20..]]);
    let out = decode_ethernet(0x0800, &ip);
    let (packet, payload) = out.only();
    assert_eq!(payload, b"inner");
    assert_eq!((packet.ip_bytes, packet.payload_bytes), (37, 5));
}

#[test]
fn ipv6_transports() {
    let out = decode_ethernet(0x86dd, &ipv6(TCP, &tcp(SYN, &[], b"x")));
    let (packet, payload) = out.only();
    assert_eq!(payload, b"x");
    assert_eq!((packet.src, packet.dst), (v6(1), v6(2)));
    assert_eq!(
        (packet.ttl, packet.ip_bytes, packet.protocol),
        (61, 61, TCP)
    );
}

#[test]
fn ipv6_extension_headers() {
    let payload = udp(1111, 2222, b"inner");
    let options = |next: u8| join(&[&[next, 0], &[1, 4, 0, 0, 0, 0]]);
    let long = |next: u8| join(&[&[next, 1], &[0; 14]]);
    let authentication = |next: u8| join(&[&[next, 4], &[0; 22]]);
    let chain = join(&[
        &options(43),
        &long(60),
        &options(51),
        &authentication(UDP),
        &payload,
    ]);
    let out = decode_ethernet(0x86dd, &ipv6(0, &chain));
    let (packet, inside) = out.only();
    assert_eq!(inside, b"inner");
    assert_eq!((packet.protocol, packet.src_port), (UDP, 1111));
    for kind in [135, 139, 140] {
        let out = decode_ethernet(0x86dd, &ipv6(kind, &join(&[&options(UDP), &payload])));
        assert_eq!(out.only().1, b"inner");
        let alone = decode_ethernet(0x86dd, &ipv6(kind, &options(59)));
        assert_eq!(alone.only().0.protocol, kind);
    }
    let atomic = join(&[&[UDP, 0, 0, 0, 0, 0, 0, 9], &payload]);
    let out = decode_ethernet(0x86dd, &ipv6(44, &atomic));
    assert_eq!((out.only().1, out.only().0.fragments), (&b"inner"[..], 0));
}

#[test]
fn authentication_header_of_ipv4() {
    let body = join(&[&[UDP, 4], &[0; 22], &udp(1111, 2222, b"inner")]);
    assert_eq!(decode_ethernet(0x0800, &ipv4(51, &body)).only().1, b"inner");
}

#[test]
fn extension_headers_that_lie() {
    let beyond = ipv6(0, &[UDP, 200, 0, 0, 0, 0, 0, 0]);
    let without_end = ipv6(0, &[0, 0, 0, 0, 0, 0, 0, 0].repeat(40));
    for ip in [beyond, without_end, ipv6(60, &[UDP])] {
        let out = decode_ethernet(0x86dd, &ip);
        assert_eq!(out.only().0.src_port, 0);
        assert_eq!(out.losses.get("extension_header_malformed"), 1);
    }
    let nothing = decode_ethernet(0x86dd, &join(&[&ipv6(59, &[]), &[0; 6]]));
    assert_eq!(
        (nothing.only().0.protocol, nothing.only().0.payload_bytes),
        (59, 0)
    );
}

#[test]
fn total_length_beyond_the_frame_is_clipped() {
    let mut ip = ipv4(UDP, &udp(1111, 2222, b"inner"));
    ip[2] = 0x40;
    let out = decode_ethernet(0x0800, &ip);
    assert_eq!((out.only().0.ip_bytes, out.only().1), (33, &b"inner"[..]));
    assert_eq!(out.losses.get("ip_length_clipped"), 1);
    assert_eq!(out.losses.get("snaplen_cut"), 0);
}

#[test]
fn total_length_zero_is_the_rest_of_the_frame() {
    let mut ip = ipv4(TCP, &tcp(0x10, &[], &[7; 3000]));
    ip[2..4].fill(0);
    assert_eq!(decode_ethernet(0x0800, &ip).only().0.payload_bytes, 3000);
    let mut ip = ipv6(TCP, &tcp(0x10, &[], &[7; 3000]));
    ip[4..6].fill(0);
    let packet = decode_ethernet(0x86dd, &ip).only().0;
    assert_eq!((packet.payload_bytes, packet.ip_bytes), (3000, 3060));
}

#[test]
fn impossible_ip_headers() {
    let good = inner_ipv4();
    let with = |at: usize, value: u8| {
        let mut ip = good.clone();
        ip[at] = value;
        decode_ethernet(0x0800, &ip).losses.get("malformed_ip")
    };
    assert_eq!(with(0, 0x65), 1);
    assert_eq!(with(0, 0x44), 1);
    assert_eq!(with(3, 19), 1);
    assert_eq!(with(0, 0x4f), 1);
    assert_eq!(
        decode_ethernet(0x0800, &good[..19])
            .losses
            .get("malformed_ip"),
        1
    );
    assert_eq!(
        decode_ethernet(0x86dd, &[0x60; 39])
            .losses
            .get("malformed_ip"),
        1
    );
    assert_eq!(
        decode_ethernet(0x86dd, &[0x40; 60])
            .losses
            .get("malformed_ip"),
        1
    );
}

#[test]
fn snap_length_cuts() {
    let frame = ethernet(0x0800, &ipv4(TCP, &tcp(0x18, &[], &[7; 1000])));
    let cut_to = |n: usize| {
        let mut capture = pcap_header(ETHERNET);
        capture.extend(pcap_record(T0_S, 0, frame.len(), &frame[..n]));
        decode_capture(capture)
    };
    let out = cut_to(64);
    let (packet, payload) = out.only();
    assert_eq!((packet.payload_bytes, packet.payload_captured), (1000, 10));
    assert_eq!(
        (payload.len(), packet.wire_bytes, packet.ip_bytes),
        (10, 1054, 1040)
    );
    assert_eq!(out.losses.get("snaplen_cut"), 1);
    let out = cut_to(40);
    assert_eq!((out.only().0.src_port, out.only().0.dst_port), (40000, 443));
    assert_eq!(out.only().0.payload_bytes, 1000);
    assert_eq!(out.losses.get("transport_header_cut"), 1);
    assert_eq!(cut_to(34).only().0.src_port, 0);
    assert_eq!(cut_to(33).losses.get("malformed_ip"), 1);
}

#[test]
fn absurd_length_on_the_wire() {
    let frame = ethernet(0x0800, &inner_ipv4());
    let mut capture = pcap_header(ETHERNET);
    capture.extend(pcap_record(T0_S, 0, 0xffff_0000, &frame));
    let out = decode_capture(capture);
    assert_eq!(assert_inner(&out).wire_bytes, frame.len() as u32);
    assert_eq!(out.losses.get("wire_length_implausible"), 1);
}

#[test]
fn options_of_a_syn() {
    let options = [2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7, 0, 0];
    let out = decode_ethernet(0x0800, &ipv4(TCP, &tcp(SYN, &options, b"")));
    let expected = TcpOptions {
        mss: 1460,
        window_scale_plus_one: 8,
        sack_permitted: true,
    };
    assert_eq!(out.only().0.tcp_options, expected);
    let later = decode_ethernet(0x0800, &ipv4(TCP, &tcp(0x10, &options, b"")));
    assert_eq!(later.only().0.tcp_options, TcpOptions::default());
    for broken in [[2, 0, 0, 0], [2, 99, 0, 0], [1, 1, 1, 2], [3, 3, 200, 0]] {
        decode_ethernet(0x0800, &ipv4(TCP, &tcp(SYN, &broken, b"")));
    }
}

#[test]
fn tcp_headers_that_lie() {
    for offset in [0x10, 0xf0] {
        let mut segment = tcp(0x18, &[], b"data");
        segment[12] = offset;
        let out = decode_ethernet(0x0800, &ipv4(TCP, &segment));
        let (packet, payload) = out.only();
        assert_eq!((packet.src_port, packet.payload_bytes), (40000, 0));
        assert!(payload.is_empty());
        assert_eq!(out.losses.get("tcp_header_malformed"), 1);
    }
    let out = decode_ethernet(0x0800, &ipv4(TCP, &[0x9c, 0x40, 1, 0xbb]));
    assert_eq!((out.only().0.src_port, out.only().0.dst_port), (40000, 443));
}

#[test]
fn udp_lengths_that_lie() {
    let with = |length: u16| {
        let mut datagram = udp(1111, 2222, b"inner");
        datagram[4..6].copy_from_slice(&length.to_be_bytes());
        decode_ethernet(0x0800, &ipv4(UDP, &datagram))
    };
    assert_eq!(with(0).only().1, b"inner");
    assert_eq!(with(5).only().1, b"inner");
    assert_eq!(with(10).only().1, b"in");
    let beyond = with(500);
    assert_eq!(beyond.only().1, b"inner");
    assert_eq!(beyond.losses.get("udp_length_clipped"), 1);
}

#[test]
fn icmp_and_icmp6() {
    let echo = [8, 0, 0, 0, 0x12, 0x34, 0, 5, b'p', b'i', b'n', b'g'];
    let out = decode_ethernet(0x0800, &ipv4(1, &echo));
    let (packet, payload) = out.only();
    assert_eq!((packet.src_port, packet.dst_port), (8, 0));
    assert_eq!((packet.tcp_seq, payload), (0x1234_0005, &b"ping"[..]));
    let unreachable = [3, 1, 0, 0, 0, 0, 0, 0, 0x45];
    let packet = decode_ethernet(0x0800, &ipv4(1, &unreachable)).only().0;
    assert_eq!(
        (packet.src_port, packet.dst_port, packet.tcp_seq),
        (3, 1, 0)
    );
    let echo6 = [129, 0, 0, 0, 0x12, 0x34, 0, 6];
    let packet = decode_ethernet(0x86dd, &ipv6(58, &echo6)).only().0;
    assert_eq!(
        (packet.src_port, packet.tcp_seq, packet.protocol),
        (129, 0x1234_0006, 58)
    );
}

#[test]
fn sctp_and_others() {
    let chunk = join(&[&[0, 80, 1, 0], &[0; 8], b"chunk"]);
    let out = decode_ethernet(0x0800, &ipv4(132, &chunk));
    assert_eq!((out.only().0.src_port, out.only().0.dst_port), (80, 256));
    assert_eq!(out.only().1, b"chunk");
    let out = decode_ethernet(0x0800, &ipv4(50, b"encrypted"));
    assert_eq!((out.only().0.src_port, out.only().0.protocol), (0, 50));
    assert_eq!(out.only().1, b"encrypted");
}
