//! Inside a tunnel the inner packet counts; what only looks like a tunnel stays what it is.

mod frames;

use frames::*;
use lynceus_meter::packet::Tunnel;

const GRE: u8 = 47;

fn over_gre(header: &[u8], inner: &[u8]) -> Decoded {
    decode_ethernet(0x0800, &ipv4(GRE, &join(&[header, inner])))
}

fn over_udp(port: u16, header: &[u8], inner: &[u8]) -> Decoded {
    decode_ethernet(
        0x0800,
        &ipv4(UDP, &udp(50000, port, &join(&[header, inner]))),
    )
}

/// An Ethernet frame with the inner packet, from other addresses than the outer one.
fn inner_ethernet() -> Vec<u8> {
    let mut frame = ethernet(0x0800, &inner_ipv4());
    frame[..12].copy_from_slice(&[6; 12]);
    frame
}

fn assert_tunnel(out: &Decoded, tunnel: Tunnel, id: u32) {
    let packet = assert_inner(out);
    assert_eq!((packet.tunnel, packet.tunnel_id), (tunnel, id));
    assert_eq!((packet.src_mac, packet.dst_mac), (MAC_A, MAC_B));
}

fn assert_outer(out: &Decoded, protocol: u8) {
    let (packet, _) = out.only();
    assert_eq!((packet.protocol, packet.tunnel), (protocol, Tunnel::None));
    assert_eq!(packet.tunnel_id, 0);
}

#[test]
fn gre_kinds() {
    let (ip, frame) = (inner_ipv4(), inner_ethernet());
    assert_tunnel(&over_gre(&[0, 0, 8, 0], &ip), Tunnel::Gre, 0);
    let all_options = [0xb0, 0, 8, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
    assert_tunnel(&over_gre(&all_options, &ip), Tunnel::Gre, 0);
    assert_tunnel(&over_gre(&[0, 0, 0x65, 0x58], &frame), Tunnel::Gre, 0);
    let nvgre = [0x20, 0, 0x65, 0x58, 0, 0x12, 0x34, 9];
    assert_tunnel(&over_gre(&nvgre, &frame), Tunnel::Gre, 0);
    let mpls = [0, 0, 0x88, 0x47, 0, 1, 1, 64];
    assert_tunnel(&over_gre(&mpls, &ip), Tunnel::Gre, 0);
    let v6 = over_gre(&[0, 0, 0x86, 0xdd], &ipv6(UDP, &udp(5, 6, b"six")));
    assert_eq!(
        (v6.only().1, v6.only().0.tunnel),
        (&b"six"[..], Tunnel::Gre)
    );
}

#[test]
fn erspan_kinds() {
    let frame = inner_ethernet();
    assert_tunnel(&over_gre(&[0, 0, 0x88, 0xbe], &frame), Tunnel::Gre, 0);
    let two = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 5, 0, 0, 0, 0];
    assert_tunnel(&over_gre(&two, &frame), Tunnel::Gre, 0);
    let head = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1];
    let three = join(&[&head, &[0x20, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]]);
    assert_tunnel(&over_gre(&three, &frame), Tunnel::Gre, 0);
    let with_subheader = join(&[&head, &[0x20, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1], &[0; 8]]);
    assert_tunnel(&over_gre(&with_subheader, &frame), Tunnel::Gre, 0);
}

#[test]
fn pptp() {
    let ip = inner_ipv4();
    let length = (ip.len() as u16 + 4).to_be_bytes();
    let rest = [0, 7, 0, 0, 0, 1, 0, 0, 0, 2];
    let header = join(&[&[0x30, 0x81, 0x88, 0x0b], &length, &rest]);
    let ppp = join(&[&[0xff, 3, 0, 0x21], &ip]);
    assert_tunnel(&over_gre(&header, &ppp), Tunnel::Gre, 0);
    let compressed = join(&[&[0xff, 3, 0, 0xfd], &ip]);
    assert_outer(&over_gre(&header, &compressed), GRE);
}

#[test]
fn gre_that_does_not_decode() {
    assert_outer(&over_gre(&[0, 0, 8, 0], &[0xff; 40]), GRE);
    assert_outer(&over_gre(&[0, 0, 0, 0], b"keepalive"), GRE);
    assert_outer(&over_gre(&[0x40, 0, 8, 0, 0, 0, 0, 0], &inner_ipv4()), GRE);
    assert_outer(&over_gre(&[0, 5, 8, 0], &inner_ipv4()), GRE);
    assert_outer(&over_gre(&[0], &[]), GRE);
}

#[test]
fn ip_in_ip() {
    let ip = inner_ipv4();
    assert_tunnel(&decode_ethernet(0x0800, &ipv4(4, &ip)), Tunnel::IpInIp, 0);
    assert_tunnel(&decode_ethernet(0x86dd, &ipv6(4, &ip)), Tunnel::IpInIp, 0);
    let six = ipv6(UDP, &udp(5, 6, b"six"));
    assert_eq!(decode_ethernet(0x0800, &ipv4(41, &six)).only().1, b"six");
    assert_eq!(decode_ethernet(0x86dd, &ipv6(41, &six)).only().1, b"six");
    let mpls = join(&[&[0, 1, 1, 64], &ip]);
    assert_tunnel(
        &decode_ethernet(0x0800, &ipv4(137, &mpls)),
        Tunnel::IpInIp,
        0,
    );
    let ether_ip = join(&[&[0x30, 0], &inner_ethernet()]);
    assert_tunnel(
        &decode_ethernet(0x0800, &ipv4(97, &ether_ip)),
        Tunnel::IpInIp,
        0,
    );
    assert_outer(
        &decode_ethernet(0x0800, &ipv4(4, b"no IP at all in here")),
        4,
    );
}

#[test]
fn vxlan() {
    let frame = inner_ethernet();
    let header = [8, 0, 0, 0, 0x12, 0x34, 0x56, 0];
    for port in [4789, 8472] {
        assert_tunnel(&over_udp(port, &header, &frame), Tunnel::Vxlan, 0x12_3456);
    }
    let group_policy = [0x88, 0x08, 0x12, 0x34, 0, 0, 1, 0];
    assert_tunnel(&over_udp(4789, &group_policy, &frame), Tunnel::Vxlan, 1);
    let padded = join(&[&frame, &[0; 9]]);
    assert_tunnel(&over_udp(4789, &header, &padded), Tunnel::Vxlan, 0x12_3456);
    for (at, value) in [(0, 0x0c), (0, 0xff), (2, 1), (7, 1)] {
        let mut reserved = header;
        reserved[at] = value;
        assert_tunnel(&over_udp(4789, &reserved, &frame), Tunnel::Vxlan, 0x12_3456);
        assert_outer(&over_udp(4789, &reserved, &padded), UDP);
    }
    assert_outer(&over_udp(4789, &[0; 8], &frame), UDP);
    assert_outer(&over_udp(4789, &header, &[0x42; 60]), UDP);
    assert_outer(&over_udp(4789, b"short", b""), UDP);
}

#[test]
fn vxlan_with_protocol() {
    let over = |flags, next, inner: &[u8]| over_udp(4790, &[flags, 0, 0, next, 0, 0, 7, 0], inner);
    assert_tunnel(&over(0x0c, 3, &inner_ethernet()), Tunnel::Vxlan, 7);
    assert_tunnel(&over(0x0c, 1, &inner_ipv4()), Tunnel::Vxlan, 7);
    let six = over(0x0c, 2, &ipv6(UDP, &udp(5, 6, b"six")));
    assert_eq!(six.only().1, b"six");
    assert_outer(&over(0x08, 3, &inner_ethernet()), UDP);
    assert_outer(&over(0x0c, 9, &inner_ethernet()), UDP);
}

#[test]
fn arp_inside_vxlan() {
    let arp = [
        0, 1, 8, 0, 6, 4, 0, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 2,
    ];
    let out = over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0], &ethernet(0x0806, &arp));
    assert_eq!((out.arps.len(), out.packets.len()), (1, 0));
    assert_eq!(out.arps[0].target_ip, [9, 9, 9, 2]);
}

#[test]
fn geneve() {
    let (ip, frame) = (inner_ipv4(), inner_ethernet());
    let over_ethernet = [0, 0, 0x65, 0x58, 0, 0, 9, 0];
    assert_tunnel(&over_udp(6081, &over_ethernet, &frame), Tunnel::Geneve, 9);
    let with_options = [1, 0x40, 8, 0, 0, 0, 9, 0, 1, 2, 3, 4];
    assert_tunnel(&over_udp(6081, &with_options, &ip), Tunnel::Geneve, 9);
    for (at, value) in [(0, 0x40), (2, 0), (0, 0x3f)] {
        let mut wrong = over_ethernet;
        wrong[at] = value;
        assert_outer(&over_udp(6081, &wrong, &frame), UDP);
    }
    for (at, value) in [(1, 1), (7, 1)] {
        let mut reserved = over_ethernet;
        reserved[at] = value;
        assert_tunnel(&over_udp(6081, &reserved, &frame), Tunnel::Geneve, 9);
        let padded = join(&[&frame, &[0; 9]]);
        assert_outer(&over_udp(6081, &reserved, &padded), UDP);
    }
}

#[test]
fn gtp_u() {
    let ip = inner_ipv4();
    let gtp = |flags: u8, kind: u8, options: &[u8]| {
        let length = (ip.len() + options.len()) as u16;
        let header = join(&[
            &[flags, kind],
            &length.to_be_bytes(),
            &[0, 0, 0, 7],
            options,
        ]);
        over_udp(2152, &header, &ip)
    };
    assert_tunnel(&gtp(0x30, 255, &[]), Tunnel::GtpU, 0);
    assert_tunnel(&gtp(0x32, 255, &[0, 1, 0, 0]), Tunnel::GtpU, 0);
    let extended = [0, 0, 0, 0x85, 1, 0x10, 5, 0];
    assert_tunnel(&gtp(0x34, 255, &extended), Tunnel::GtpU, 0);
    assert_outer(&gtp(0x34, 255, &[0, 0, 0, 0x85, 0, 0, 0, 0]), UDP);
    assert_outer(&gtp(0x30, 1, &[]), UDP);
    assert_outer(&gtp(0x10, 255, &[]), UDP);
    assert_outer(
        &over_udp(2152, &[0x30, 255, 0xff, 0xff, 0, 0, 0, 7], &ip),
        UDP,
    );
}

#[test]
fn teredo() {
    let six = ipv6(UDP, &udp(5, 6, b"six"));
    let authentication = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let origin = [0, 0, 1, 2, 3, 4, 5, 6];
    for header in [&[][..], &authentication, &origin] {
        let out = over_udp(3544, header, &six);
        assert_eq!(
            (out.only().1, out.only().0.tunnel),
            (&b"six"[..], Tunnel::IpInIp)
        );
    }
    assert_outer(&over_udp(3544, &[], &join(&[&six, &[0]])), UDP);
}

#[test]
fn tunnels_in_tunnels() {
    let vxlan = udp(
        50000,
        4789,
        &join(&[&[8, 0, 0, 0, 0, 0, 5, 0], &inner_ethernet()]),
    );
    let out = over_gre(&[0, 0, 8, 0], &ipv4(UDP, &vxlan));
    assert_tunnel(&out, Tunnel::Vxlan, 5);
    let mut nested = inner_ipv4();
    for _ in 0..40 {
        nested = ipv4(4, &nested);
    }
    let packet = decode_ethernet(0x0800, &nested).only().0;
    assert_eq!((packet.protocol, packet.tunnel), (4, Tunnel::IpInIp));
}

#[test]
fn inner_length_beyond_the_tunnel_is_no_tunnel() {
    let mut ip = inner_ipv4();
    ip[3] += 1;
    assert_outer(&over_gre(&[0, 0, 8, 0], &ip), GRE);
    ip[2..4].fill(0);
    assert_outer(&over_gre(&[0, 0, 8, 0], &ip), GRE);
}

#[test]
fn tunnel_cut_by_the_snap_length() {
    let inner = ipv4(TCP, &tcp(0x10, &[], &[7; 500]));
    let frame = ethernet(0x0800, &ipv4(GRE, &join(&[&[0, 0, 8, 0], &inner])));
    let mut capture = pcap_header(ETHERNET);
    capture.extend(pcap_record(T0_S, 0, frame.len(), &frame[..90]));
    let out = decode_capture(capture);
    let (packet, _) = out.only();
    assert_eq!((packet.tunnel, packet.payload_bytes), (Tunnel::Gre, 500));
    assert_eq!(packet.payload_captured, 90 - 14 - 20 - 4 - 40);
}
