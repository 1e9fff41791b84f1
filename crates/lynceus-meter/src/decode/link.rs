//! Link layers: Ethernet with its tags, and the other link types of captures, down to IP.

use super::layer::{be16, be32, Layer};
use super::{ip, wlan, Fate, State, MAX_TUNNELS};
use crate::losses::reason;
use crate::packet::{ArpPacket, Packet};

/// Link type of Ethernet, as registered for pcap.
pub(super) const ETHERNET: u16 = 1;

/// Tags, labels and link headers of one frame that are followed.
const MAX_TAGS: u8 = 16;

/// Ethernet type of IPv4.
pub(super) const IPV4: u16 = 0x0800;
/// Ethernet type of IPv6.
pub(super) const IPV6: u16 = 0x86dd;
/// Ethernet type of MPLS.
pub(super) const MPLS_UNICAST: u16 = 0x8847;
/// Ethernet type of MPLS with upstream labels.
pub(super) const MPLS_MULTICAST: u16 = 0x8848;
const ARP: u16 = 0x0806;
/// Ethernet type of a VLAN tag.
pub(super) const VLAN: u16 = 0x8100;
/// Ethernet type of a provider's VLAN tag.
pub(super) const VLAN_SERVICE: u16 = 0x88a8;
const VLAN_OLD_SERVICE: [u16; 2] = [0x9100, 0x9200];
const PPPOE_SESSION: u16 = 0x8864;
const BACKBONE: u16 = 0x88e7;
const FABRIC_PATH: u16 = 0x8903;
/// Smaller numbers in the place of a type are the length of an LLC frame.
const LEAST_TYPE: u16 = 0x0600;

const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;
const PPP_MPLS: u16 = 0x0281;

/// What a frame of a capture holds.
pub(super) fn decode(state: &mut State, link_type: u16, layer: Layer, packet: Packet) -> Fate {
    let fate = match link_type {
        ETHERNET => return ethernet(state, layer, packet, 0),
        0 | 108 => null(state, layer, packet),
        9 | 50 if matches!(layer.bytes, [0x0f | 0x8f, 0, ..]) => hdlc(state, layer, packet),
        9 | 50 => return ppp(state, layer, packet, 0),
        51 => pppoe(state, layer, packet, 0),
        12 | 14 | 101 => return ip::decode(state, layer, packet, 0),
        104 => hdlc(state, layer, packet),
        105 => return wlan::decode(state, layer, packet),
        113 => cooked(state, layer, packet),
        127 => wlan::radiotap(state, layer, packet),
        192 => wlan::per_packet(state, layer, packet),
        219 => return mpls(state, layer, packet, 0),
        228 => return ip::ipv4(state, layer, packet, 0),
        229 => return ip::ipv6(state, layer, packet, 0),
        276 => cooked_2(state, layer, packet),
        _ => return Fate::Counted(reason::LINK_TYPE_UNSUPPORTED),
    };
    fate.unwrap_or(Fate::Counted(reason::MALFORMED_LINK))
}

/// An Ethernet frame; outside of tunnels it gives the packet its addresses.
pub(super) fn ethernet(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    ethernet_with(state, layer, packet, depth, MAX_TAGS)
}

fn ethernet_with(state: &mut State, layer: Layer, mut packet: Packet, depth: u8, left: u8) -> Fate {
    let (Some(header), Some(rest)) = (layer.header::<14>(), layer.skip(14)) else {
        return Fate::Counted(reason::MALFORMED_LINK);
    };
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, ..] = *header;
    let ends = Ends {
        src: [s0, s1, s2, s3, s4, s5],
        dst: [d0, d1, d2, d3, d4, d5],
    };
    let kind = be16(header, 12);
    if kind == ARP {
        return arp(rest, &packet, &ends);
    }
    if depth == 0 {
        packet.src_mac = ends.src;
        packet.dst_mac = ends.dst;
    }
    typed(state, kind, rest, packet, Tags { depth, ends, left })
}

#[derive(Clone, Copy, Default)]
struct Ends {
    src: [u8; 6],
    dst: [u8; 6],
}

/// What is around a type field.
#[derive(Clone, Copy)]
struct Tags {
    depth: u8,
    ends: Ends,
    left: u8,
}

/// What follows an Ethernet type outside of an Ethernet frame.
pub(super) fn by_ethertype(
    state: &mut State,
    kind: u16,
    layer: Layer,
    packet: Packet,
    depth: u8,
) -> Fate {
    let ends = Ends {
        src: packet.src_mac,
        dst: packet.dst_mac,
    };
    typed(
        state,
        kind,
        layer,
        packet,
        Tags {
            depth,
            ends,
            left: MAX_TAGS,
        },
    )
}

fn typed(state: &mut State, kind: u16, layer: Layer, packet: Packet, tags: Tags) -> Fate {
    let depth = tags.depth;
    let fate = match kind {
        IPV4 => return ip::ipv4(state, layer, packet, depth),
        IPV6 => return ip::ipv6(state, layer, packet, depth),
        ARP => return arp(layer, &packet, &tags.ends),
        VLAN | VLAN_SERVICE => tagged(state, layer, packet, tags),
        old if VLAN_OLD_SERVICE.contains(&old) => tagged(state, layer, packet, tags),
        MPLS_UNICAST | MPLS_MULTICAST => return mpls(state, layer, packet, depth),
        PPPOE_SESSION => pppoe(state, layer, packet, depth),
        BACKBONE if tags.left > 0 => inner_ethernet(state, layer, 4, packet, tags),
        FABRIC_PATH if tags.left > 0 => inner_ethernet(state, layer, 2, packet, tags),
        length if length < LEAST_TYPE => return llc(state, layer, packet, tags),
        _ => return Fate::Counted(reason::NOT_IP),
    };
    fate.unwrap_or(Fate::Counted(reason::MALFORMED_LINK))
}

/// A customer's frame in a provider's or a fabric's; its addresses are those of the hosts.
fn inner_ethernet(
    state: &mut State,
    layer: Layer,
    tag_bytes: usize,
    packet: Packet,
    tags: Tags,
) -> Option<Fate> {
    let inner = layer.skip(tag_bytes)?;
    Some(ethernet_with(
        state,
        inner,
        packet,
        tags.depth,
        tags.left - 1,
    ))
}

fn tagged(state: &mut State, layer: Layer, mut packet: Packet, tags: Tags) -> Option<Fate> {
    let tag = layer.header::<4>()?;
    if packet.vlan == 0 && tags.depth == 0 {
        packet.vlan = be16(tag, 0) & 0x0fff;
    }
    let left = tags.left.checked_sub(1)?;
    Some(typed(
        state,
        be16(tag, 2),
        layer.skip(4)?,
        packet,
        Tags { left, ..tags },
    ))
}

/// IEEE 802.2: only SNAP with an Ethernet type leads to IP.
fn llc(state: &mut State, layer: Layer, packet: Packet, tags: Tags) -> Fate {
    match (layer.header::<8>(), layer.skip(8), tags.left) {
        (Some([0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low]), Some(inner), 1..) => {
            let kind = u16::from_be_bytes([*high, *low]);
            typed(state, kind, inner, packet, Tags { left: 0, ..tags })
        }
        _ => Fate::Counted(reason::NOT_IP),
    }
}

/// 802.2 as Wi-Fi and others have it, without a length before it.
pub(super) fn snap(state: &mut State, layer: Layer, packet: Packet) -> Fate {
    let ends = Ends {
        src: packet.src_mac,
        dst: packet.dst_mac,
    };
    llc(
        state,
        layer,
        packet,
        Tags {
            depth: 0,
            ends,
            left: MAX_TAGS,
        },
    )
}

fn arp(layer: Layer, packet: &Packet, ends: &Ends) -> Fate {
    let Some(body) = layer.header::<28>() else {
        return Fate::Counted(reason::ARP_UNSUPPORTED);
    };
    // Hardware Ethernet (or IEEE 802), protocol IPv4, addresses of 6 and 4 bytes.
    if !matches!(body[..6], [0, 1 | 6, 0x08, 0x00, 6, 4]) {
        return Fate::Counted(reason::ARP_UNSUPPORTED);
    }
    let mac = |at: usize| std::array::from_fn(|i| body[at + i]);
    let address = |at: usize| std::array::from_fn(|i| body[at + i]);
    Fate::Arp(ArpPacket {
        ts_ns: packet.ts_ns,
        frame: packet.frame,
        operation: be16(body, 6),
        src_mac: ends.src,
        dst_mac: ends.dst,
        sender_mac: mac(8),
        sender_ip: address(14),
        target_mac: mac(18),
        target_ip: address(24),
    })
}

/// A stack of MPLS labels, then IP, or Ethernet with or without a control word.
pub(super) fn mpls(state: &mut State, mut layer: Layer, packet: Packet, depth: u8) -> Fate {
    if depth > MAX_TUNNELS {
        return Fate::Counted(reason::MALFORMED_LINK);
    }
    for _ in 0..MAX_TAGS {
        let (Some(label), Some(rest)) = (layer.header::<4>(), layer.skip(4)) else {
            return Fate::Counted(reason::MALFORMED_LINK);
        };
        layer = rest;
        if label[2] & 1 != 0 {
            return under_labels(state, layer, packet, depth);
        }
    }
    Fate::Counted(reason::MALFORMED_LINK)
}

fn under_labels(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    // Labels do not say what is under them: what is guessed must decode strictly, as in a tunnel.
    let strict = depth.max(1);
    let version = layer.bytes.first().map(|byte| byte >> 4);
    if matches!(version, Some(4 | 6)) {
        let fate = ip::decode(state, layer, packet, strict);
        if !matches!(fate, Fate::Counted(_)) {
            return fate;
        }
    }
    let inner = match (version, layer.skip(4)) {
        (Some(0), Some(after_control_word)) => after_control_word,
        _ => layer,
    };
    match ethernet(state, inner, packet, depth + 1) {
        Fate::Counted(_) if matches!(version, Some(4 | 6)) => {
            ip::decode(state, layer, packet, depth)
        }
        Fate::Counted(_) => Fate::Counted(reason::NOT_IP),
        found => found,
    }
}

fn pppoe(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<6>()?;
    if header[0] != 0x11 || header[1] != 0 {
        return Some(Fate::Counted(reason::NOT_IP));
    }
    let length = match usize::from(be16(header, 4)) {
        0 => usize::MAX,
        length => length,
    };
    Some(ppp(state, layer.skip(6)?.limit(length), packet, depth))
}

/// PPP, with or without address and control, with a protocol of one or two bytes.
pub(super) fn ppp(state: &mut State, mut layer: Layer, packet: Packet, depth: u8) -> Fate {
    if let (Some([0xff, 0x03]), Some(rest)) = (layer.header::<2>(), layer.skip(2)) {
        layer = rest;
    }
    let (kind, length) = match layer.bytes {
        [short, ..] if short & 1 != 0 => (u16::from(*short), 1),
        [high, low, ..] => (u16::from_be_bytes([*high, *low]), 2),
        _ => return Fate::Counted(reason::MALFORMED_LINK),
    };
    let Some(layer) = layer.skip(length) else {
        return Fate::Counted(reason::MALFORMED_LINK);
    };
    match kind {
        PPP_IPV4 => ip::ipv4(state, layer, packet, depth),
        PPP_IPV6 => ip::ipv6(state, layer, packet, depth),
        PPP_MPLS => mpls(state, layer, packet, depth),
        _ => Fate::Counted(reason::NOT_IP),
    }
}

/// Cisco HDLC, or PPP in HDLC framing.
fn hdlc(state: &mut State, layer: Layer, packet: Packet) -> Option<Fate> {
    let header = layer.header::<4>()?;
    if header[..2] == [0xff, 0x03] {
        return Some(ppp(state, layer, packet, 0));
    }
    let kind = be16(header, 2);
    Some(by_ethertype(
        state,
        kind.max(LEAST_TYPE),
        layer.skip(4)?,
        packet,
        0,
    ))
}

/// BSD loopback: an address family in the byte order of whoever captured, or in network order.
fn null(state: &mut State, layer: Layer, packet: Packet) -> Option<Fate> {
    let family = be32(layer.header::<4>()?, 0);
    let family = family.min(family.swap_bytes());
    let inner = layer.skip(4)?;
    Some(match family {
        2 => ip::ipv4(state, inner, packet, 0),
        // Linux, NetBSD, FreeBSD and macOS number IPv6 differently.
        10 | 24 | 28 | 30 => ip::ipv6(state, inner, packet, 0),
        _ => Fate::Counted(reason::NOT_IP),
    })
}

/// Linux cooked capture, version 1.
fn cooked(state: &mut State, layer: Layer, mut packet: Packet) -> Option<Fate> {
    let header = layer.header::<16>()?;
    if be16(header, 4) == 6 {
        packet.src_mac.copy_from_slice(&header[6..12]);
    }
    let kind = be16(header, 14);
    Some(cooked_type(state, kind, layer.skip(16)?, packet))
}

/// Linux cooked capture, version 2.
fn cooked_2(state: &mut State, layer: Layer, mut packet: Packet) -> Option<Fate> {
    let header = layer.header::<20>()?;
    if header[11] == 6 {
        packet.src_mac.copy_from_slice(&header[12..18]);
    }
    let kind = be16(header, 0);
    Some(cooked_type(state, kind, layer.skip(20)?, packet))
}

fn cooked_type(state: &mut State, kind: u16, layer: Layer, packet: Packet) -> Fate {
    // Small numbers are Linux' own; 4 is 802.2.
    match kind {
        4 => snap(state, layer, packet),
        kind => by_ethertype(state, kind.max(LEAST_TYPE), layer, packet, 0),
    }
}
