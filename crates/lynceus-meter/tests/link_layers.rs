//! Every link type and tag leads to the IP packet inside, or to the right count.

mod frames;

use frames::*;

#[test]
fn ethernet_tcp() {
    let frame = ethernet(0x0800, &ipv4(TCP, &tcp(0x18, &[], b"hello")));
    let out = decode(ETHERNET, std::slice::from_ref(&frame));
    let (packet, payload) = out.only();
    assert_eq!(payload, b"hello");
    assert_eq!(packet.ts_ns, i64::from(T0_S) * 1_000_000_000);
    assert_eq!(packet.frame, 1);
    assert_eq!((packet.src_mac, packet.dst_mac), (MAC_A, MAC_B));
    assert_eq!((packet.src_port, packet.dst_port), (40000, 443));
    assert_eq!((packet.tcp_seq, packet.tcp_ack), (0x0102_0304, 0x0506_0708));
    assert_eq!((packet.tcp_flags, packet.tcp_window), (0x18, 512));
    assert_eq!((packet.wire_bytes, packet.ip_bytes), (59, 45));
    assert_eq!((packet.payload_bytes, packet.vlan), (5, 0));
}

#[test]
fn ethernet_padding_is_no_payload() {
    let mut frame = ethernet(0x0800, &ipv4(TCP, &tcp(0x10, &[], b"")));
    frame.resize(60, 0xee);
    let out = decode(ETHERNET, &[frame]);
    let (packet, payload) = out.only();
    assert!(payload.is_empty());
    assert_eq!(
        (packet.wire_bytes, packet.ip_bytes, packet.payload_bytes),
        (60, 40, 0)
    );
}

#[test]
fn vlan_and_qinq() {
    let inner = inner_ipv4();
    let tag = |id: u16, kind: u16| join(&[&(0x6000 | id).to_be_bytes(), &kind.to_be_bytes()]);
    let one = decode_ethernet(0x8100, &join(&[&tag(7, 0x0800), &inner]));
    assert_eq!(assert_inner(&one).vlan, 7);
    for outer in [0x8100, 0x88a8, 0x9100, 0x9200] {
        let two = join(&[&tag(8, 0x8100), &tag(9, 0x0800), &inner]);
        assert_eq!(assert_inner(&decode_ethernet(outer, &two)).vlan, 8);
    }
    let without_end = tag(1, 0x8100).repeat(30);
    assert_eq!(
        decode_ethernet(0x8100, &without_end)
            .losses
            .get("malformed_link"),
        1
    );
}

#[test]
fn backbone_bridging() {
    let inner = ethernet(0x0800, &inner_ipv4());
    let out = decode_ethernet(0x88e7, &join(&[&[0, 0, 0, 1], &inner]));
    assert_inner(&out);
}

#[test]
fn fabric_path() {
    let inner = ethernet(0x0800, &inner_ipv4());
    assert_inner(&decode_ethernet(0x8903, &join(&[&[0, 0x20], &inner])));
}

#[test]
fn endless_nesting_ends() {
    let backbone = join(&[&[0, 0, 0, 1], &[6; 12], &[0x88, 0xe7]]).repeat(14_000);
    let wires = join(&[&[0, 1, 1, 64], &[0; 4], &[6; 12], &[0x88, 0x47]]).repeat(11_000);
    let labels_like_ip = [0x45, 0, 1, 64].repeat(60_000);
    for (kind, body) in [
        (0x88e7, &backbone),
        (0x8847, &wires),
        (0x8847, &labels_like_ip),
    ] {
        let out = decode_ethernet(kind, body);
        assert!(out.packets.len() <= 1);
    }
}

#[test]
fn mpls_stack() {
    let labels = [0, 1, 0x00, 64, 0, 2, 0x01, 64];
    let out = decode_ethernet(0x8847, &join(&[&labels, &inner_ipv4()]));
    assert_inner(&out);
    let v6_inside = join(&[&labels, &ipv6(UDP, &udp(5, 6, b"six"))]);
    assert_eq!(decode_ethernet(0x8848, &v6_inside).only().1, b"six");
    let endless = [0, 1, 0, 64].repeat(40);
    assert_eq!(
        decode_ethernet(0x8847, &endless)
            .losses
            .get("malformed_link"),
        1
    );
}

#[test]
fn mpls_pseudo_wire() {
    let label = [0, 1, 0x01, 64];
    let inner = ethernet(0x0800, &inner_ipv4());
    let control_word = [0, 0, 0, 0];
    assert_inner(&decode_ethernet(
        0x8847,
        &join(&[&label, &control_word, &inner]),
    ));
    let mut like_ipv4 = inner;
    like_ipv4[0] = 0x45;
    assert_inner(&decode_ethernet(0x8847, &join(&[&label, &like_ipv4])));
    let other = join(&[&label, &control_word, &ethernet(0x88cc, &[0; 40])]);
    assert_eq!(decode_ethernet(0x8847, &other).losses.get("not_ip"), 1);
}

#[test]
fn pppoe() {
    let inner = inner_ipv4();
    let length = (inner.len() as u16 + 2).to_be_bytes();
    let session = join(&[&[0x11, 0, 0, 1], &length, &[0, 0x21], &inner]);
    assert_inner(&decode_ethernet(0x8864, &session));
    assert_inner(&decode(51, std::slice::from_ref(&session)));
    let discovery = [0x11, 9, 0, 0, 0, 0];
    assert_eq!(decode_ethernet(0x8863, &discovery).losses.get("not_ip"), 1);
    assert_eq!(decode_ethernet(0x8864, &discovery).losses.get("not_ip"), 1);
}

#[test]
fn llc_and_snap() {
    let inner = inner_ipv4();
    let length = inner.len() as u16 + 8;
    let snap = join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &inner]);
    assert_inner(&decode_ethernet(length, &snap));
    let spanning_tree = [0x42, 0x42, 3, 0, 0, 0, 0, 0];
    assert_eq!(decode_ethernet(38, &spanning_tree).losses.get("not_ip"), 1);
}

#[test]
fn linux_cooked() {
    let v1 = join(&[&[0, 0, 0, 1, 0, 6], &MAC_A, &[0, 0, 8, 0], &inner_ipv4()]);
    let packet = assert_inner(&decode(113, &[v1]));
    assert_eq!((packet.src_mac, packet.dst_mac), (MAC_A, [0; 6]));
    let head = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6];
    let v2 = join(&[&head, &MAC_A, &[0, 0], &inner_ipv4()]);
    assert_eq!(assert_inner(&decode(276, &[v2])).src_mac, MAC_A);
    let tag = [0, 5, 8, 0];
    let tagged = join(&[
        &[0, 0, 0, 1, 0, 6],
        &MAC_A,
        &[0, 0, 0x81, 0],
        &tag,
        &inner_ipv4(),
    ]);
    assert_eq!(assert_inner(&decode(113, &[tagged])).vlan, 5);
    assert_eq!(decode(113, &[vec![0; 10]]).losses.get("malformed_link"), 1);
    assert_eq!(decode(276, &[vec![0; 10]]).losses.get("malformed_link"), 1);
}

#[test]
fn raw_ip() {
    for link in [12, 14, 101, 228] {
        assert_inner(&decode(link, &[inner_ipv4()]));
    }
    for link in [12, 14, 101, 229] {
        let out = decode(link, &[ipv6(UDP, &udp(5, 6, b"six"))]);
        assert_eq!(out.only().1, b"six");
    }
    assert_eq!(decode(228, &[ipv6(UDP, &[])]).losses.get("malformed_ip"), 1);
    assert_eq!(decode(101, &[vec![]]).losses.get("malformed_ip"), 1);
}

#[test]
fn null_and_loopback() {
    assert_inner(&decode(0, &[join(&[&[2, 0, 0, 0], &inner_ipv4()])]));
    assert_inner(&decode(0, &[join(&[&[0, 0, 0, 2], &inner_ipv4()])]));
    assert_inner(&decode(108, &[join(&[&[0, 0, 0, 2], &inner_ipv4()])]));
    for family in [10, 24, 28, 30] {
        let frame = join(&[&[family, 0, 0, 0], &ipv6(UDP, &udp(5, 6, b"six"))]);
        assert_eq!(decode(0, &[frame]).only().1, b"six");
    }
    assert_eq!(decode(0, &[vec![7, 0, 0, 0, 1]]).losses.get("not_ip"), 1);
    assert_eq!(decode(0, &[vec![2]]).losses.get("malformed_link"), 1);
}

#[test]
fn ppp_and_hdlc() {
    let inner = inner_ipv4();
    for link in [9, 50] {
        assert_inner(&decode(link, &[join(&[&[0xff, 3, 0, 0x21], &inner])]));
        assert_inner(&decode(link, &[join(&[&[0, 0x21], &inner])]));
        assert_inner(&decode(link, &[join(&[&[0x21], &inner])]));
        let v6 = join(&[&[0, 0x57], &ipv6(UDP, &udp(5, 6, b"six"))]);
        assert_eq!(decode(link, &[v6]).only().1, b"six");
        assert_inner(&decode(link, &[join(&[&[0x0f, 0, 8, 0], &inner])]));
        let control = vec![0xff, 3, 0xc0, 0x21, 1];
        assert_eq!(decode(link, &[control]).losses.get("not_ip"), 1);
    }
    assert_inner(&decode(104, &[join(&[&[0x0f, 0, 8, 0], &inner])]));
    assert_inner(&decode(104, &[join(&[&[0xff, 3, 0, 0x21], &inner])]));
    assert_inner(&decode(219, &[join(&[&[0, 1, 1, 64], &inner])]));
}

#[test]
fn wifi() {
    let snap = join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &inner_ipv4()]);
    let access_point = [2, 0, 0, 0, 0, 0xc];
    let to_ds = join(&[
        &[0x08, 0x01, 0, 0],
        &access_point,
        &MAC_A,
        &MAC_B,
        &[0, 0],
        &snap,
    ]);
    let packet = assert_inner(&decode(105, std::slice::from_ref(&to_ds)));
    assert_eq!((packet.src_mac, packet.dst_mac), (MAC_A, MAC_B));
    let from_ds = join(&[
        &[0x88, 0x02, 0, 0],
        &MAC_B,
        &access_point,
        &MAC_A,
        &[0, 0, 0, 0],
        &snap,
    ]);
    let packet = assert_inner(&decode(105, &[from_ds]));
    assert_eq!((packet.src_mac, packet.dst_mac), (MAC_A, MAC_B));
    let radiotap = [0, 0, 8, 0, 0, 0, 0, 0];
    assert_inner(&decode(127, &[join(&[&radiotap, &to_ds])]));
    let per_packet = [0, 0, 8, 0, 105, 0, 0, 0];
    assert_inner(&decode(192, &[join(&[&per_packet, &to_ds])]));
    let mut encrypted = to_ds;
    encrypted[1] |= 0x40;
    assert_eq!(decode(105, &[encrypted]).losses.get("link_encrypted"), 1);
    assert_eq!(decode(105, &[vec![0x80, 0, 0, 0]]).losses.get("not_ip"), 1);
    assert_eq!(
        decode(127, &[vec![0, 0, 99, 0]])
            .losses
            .get("malformed_link"),
        1
    );
}

#[test]
fn arp() {
    let mut body = vec![0, 1, 8, 0, 6, 4, 0, 2];
    body.extend(MAC_A);
    body.extend(A);
    body.extend(MAC_B);
    body.extend(B);
    let out = decode_ethernet(0x0806, &body);
    let arp = out.arps[0];
    assert_eq!((arp.operation, arp.frame), (2, 1));
    assert_eq!((arp.src_mac, arp.dst_mac), (MAC_A, MAC_B));
    assert_eq!((arp.sender_mac, arp.sender_ip), (MAC_A, A));
    assert_eq!((arp.target_mac, arp.target_ip), (MAC_B, B));
    assert_eq!(
        decode_ethernet(0x0806, &body[..20])
            .losses
            .get("arp_unsupported"),
        1
    );
    body[4] = 8;
    assert_eq!(
        decode_ethernet(0x0806, &body).losses.get("arp_unsupported"),
        1
    );
}

#[test]
fn what_is_not_ip_is_counted() {
    assert_eq!(decode_ethernet(0x88cc, &[0; 46]).losses.get("not_ip"), 1);
    assert_eq!(
        decode(ETHERNET, &[vec![1; 5]]).losses.get("malformed_link"),
        1
    );
    assert_eq!(decode(ETHERNET, &[vec![]]).losses.get("malformed_link"), 1);
    assert_eq!(
        decode(195, &[vec![1; 50]])
            .losses
            .get("link_type_unsupported"),
        1
    );
}
