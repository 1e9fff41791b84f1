//! IPv4 and IPv6: lengths, extension headers, and the way to fragments, tunnels and transports.
//!
//! Rules: only a header that contradicts itself loses a frame. A length that goes beyond the frame
//! is clipped to it; 0, as captures of offloaded sending have it, means the rest of the frame.
//! Inside a tunnel (`depth` over 0) there is no such mercy, for it may not be a tunnel at all.

use super::datagram::Piece;
use super::fragment::Taken;
use super::layer::{be16, be32, Layer};
use super::{transport, tunnel, Fate, State, MAX_TUNNELS};
use crate::losses::reason;
use crate::packet::Packet;

const IPV4_BYTES: usize = 20;
const IPV6_BYTES: usize = 40;
/// Extension headers of one packet that are followed.
const MAX_EXTENSIONS: usize = 16;

/// IP protocol numbers that say what header follows.
pub(super) mod next {
    #![allow(missing_docs)]
    pub(in super::super) const HOP_BY_HOP: u8 = 0;
    pub(in super::super) const IPV4: u8 = 4;
    pub(in super::super) const IPV6: u8 = 41;
    pub(in super::super) const ROUTING: u8 = 43;
    pub(in super::super) const FRAGMENT: u8 = 44;
    pub(in super::super) const GRE: u8 = 47;
    pub(in super::super) const AUTHENTICATION: u8 = 51;
    pub(in super::super) const NONE: u8 = 59;
    pub(in super::super) const DESTINATION: u8 = 60;
    pub(in super::super) const ETHERNET_IN_IP: u8 = 97;
    pub(in super::super) const MOBILITY: u8 = 135;
    pub(in super::super) const MPLS_IN_IP: u8 = 137;
    pub(in super::super) const HOST_IDENTITY: u8 = 139;
    pub(in super::super) const SHIM6: u8 = 140;
}

/// An IPv4 address as an IPv4-mapped IPv6 one.
#[inline]
pub(super) fn v4_mapped(v4: [u8; 4]) -> [u8; 16] {
    let [a, b, c, d] = v4;
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d]
}

/// IPv4 or IPv6, by the version in the first half byte.
pub(super) fn decode(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    match layer.bytes.first().map(|byte| byte >> 4) {
        Some(4) => ipv4(state, layer, packet, depth),
        Some(6) => ipv6(state, layer, packet, depth),
        _ => Fate::Counted(reason::MALFORMED_IP),
    }
}

/// The layer cut to the length its header gives; `None` when that cannot be.
fn sized<'a>(
    state: &mut State,
    layer: Layer<'a>,
    length: usize,
    least: usize,
    depth: u8,
) -> Option<Layer<'a>> {
    if length == 0 && depth == 0 {
        return Some(layer);
    }
    if length < least || (length > layer.claimed && depth > 0) {
        return None;
    }
    if length > layer.claimed {
        state.losses.add(reason::IP_LENGTH_CLIPPED, 1);
    }
    let sized = layer.limit(length);
    if sized.cut() && depth == 0 {
        state.losses.add(reason::SNAPLEN_CUT, 1);
    }
    Some(sized)
}

pub(super) fn ipv4(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Fate {
    let Some(header) = layer.header::<IPV4_BYTES>() else {
        return Fate::Counted(reason::MALFORMED_IP);
    };
    let header_bytes = usize::from(header[0] & 0x0f) * 4;
    let length = usize::from(be16(header, 2));
    if header[0] >> 4 != 4 || header_bytes < IPV4_BYTES || depth > MAX_TUNNELS {
        return Fate::Counted(reason::MALFORMED_IP);
    }
    let body = sized(state, layer, length, header_bytes, depth);
    let Some((layer, body)) = body.and_then(|layer| Some((layer, layer.skip(header_bytes)?)))
    else {
        return Fate::Counted(reason::MALFORMED_IP);
    };
    packet.src = v4_mapped([header[12], header[13], header[14], header[15]]);
    packet.dst = v4_mapped([header[16], header[17], header[18], header[19]]);
    packet.ttl = header[8];
    packet.protocol = header[9];
    packet.ip_bytes = layer.claimed as u32;
    let flags = be16(header, 6);
    if flags & 0x3fff == 0 {
        return after(state, body, packet, depth, false);
    }
    let piece = Piece {
        id: u32::from(be16(header, 4)),
        offset: usize::from(flags & 0x1fff) * 8,
        more: flags & 0x2000 != 0,
        is_v6: false,
    };
    fragment(state, piece, body, packet, depth)
}

pub(super) fn ipv6(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Fate {
    let Some(header) = layer.header::<IPV6_BYTES>() else {
        return Fate::Counted(reason::MALFORMED_IP);
    };
    if header[0] >> 4 != 6 || depth > MAX_TUNNELS {
        return Fate::Counted(reason::MALFORMED_IP);
    }
    // 0 also announces a jumbogram, whose length is the rest of the frame as well.
    let length = match usize::from(be16(header, 4)) {
        0 if header[6] != next::NONE => 0,
        payload => IPV6_BYTES + payload,
    };
    let body = sized(state, layer, length, IPV6_BYTES, depth);
    let Some((layer, body)) = body.and_then(|layer| Some((layer, layer.skip(IPV6_BYTES)?))) else {
        return Fate::Counted(reason::MALFORMED_IP);
    };
    packet.src.copy_from_slice(&header[8..24]);
    packet.dst.copy_from_slice(&header[24..40]);
    packet.ttl = header[7];
    packet.protocol = header[6];
    packet.ip_bytes = layer.claimed as u32;
    after(state, body, packet, depth, true)
}

/// What follows an IP header: extension headers, then a fragment, a tunnel or a transport.
fn after(state: &mut State, mut layer: Layer, mut packet: Packet, depth: u8, v6: bool) -> Fate {
    for _ in 0..MAX_EXTENSIONS {
        let is_extension = match packet.protocol {
            next::AUTHENTICATION => true,
            next::HOP_BY_HOP | next::ROUTING | next::FRAGMENT | next::DESTINATION => v6,
            next::HOST_IDENTITY | next::SHIM6 => v6 && layer.bytes.first() != Some(&next::NONE),
            next::MOBILITY => v6 && layer.bytes.first() != Some(&next::NONE),
            _ => false,
        };
        if !is_extension {
            return inside(state, layer, packet, depth);
        }
        let Some(header) = layer.header::<8>() else {
            return unknown_after_extension(state, layer, packet, depth);
        };
        let length = match packet.protocol {
            next::AUTHENTICATION => (usize::from(header[1]) + 2) * 4,
            next::FRAGMENT => 8,
            _ => (usize::from(header[1]) + 1) * 8,
        };
        let Some(rest) = layer.skip(length) else {
            return unknown_after_extension(state, layer, packet, depth);
        };
        let is_fragment = packet.protocol == next::FRAGMENT && be16(header, 2) & 0xfff9 != 0;
        packet.protocol = header[0];
        layer = rest;
        if is_fragment {
            let piece = Piece {
                id: be32(header, 4),
                offset: usize::from(be16(header, 2) & 0xfff8),
                more: be16(header, 2) & 1 != 0,
                is_v6: true,
            };
            return fragment(state, piece, layer, packet, depth);
        }
    }
    unknown_after_extension(state, layer, packet, depth)
}

/// Extension headers that lead nowhere: a packet without ports.
fn unknown_after_extension(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    if depth > 0 && !layer.cut() {
        return Fate::Counted(reason::MALFORMED_IP);
    }
    state.losses.add(reason::EXTENSION_HEADER_MALFORMED, 1);
    Fate::Packet(transport::opaque(layer, packet))
}

/// A tunnel whose inside decodes, or else a transport.
fn inside(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    if let Some(fate) = tunnel::in_ip(state, layer, &packet, depth) {
        return fate;
    }
    transport::decode(state, layer, packet, depth)
}

fn fragment(state: &mut State, piece: Piece, body: Layer, packet: Packet, depth: u8) -> Fate {
    let joined = match state.take_fragment(piece, body, &packet) {
        Taken::Joined(joined) => joined,
        Taken::Kept => return Fate::Held,
        Taken::Orphan(packet) => return Fate::Packet(packet),
    };
    let start = state.append(&joined.bytes);
    let layer = Layer {
        bytes: &joined.bytes,
        claimed: joined.claimed,
        start,
    };
    after(state, layer, joined.packet, depth, piece.is_v6)
}

/// A fragment that cannot be joined, as a packet of its own: the first with its ports, a later
/// one without.
pub(super) fn orphan(state: &mut State, layer: Layer, packet: Packet, offset: usize) -> Packet {
    if offset > 0 {
        return Packet {
            payload_start: layer.start as u32,
            ..packet
        };
    }
    // At the deepest level, for what is inside may be a fragment itself.
    match transport::decode(state, layer, packet, MAX_TUNNELS) {
        Fate::Packet(packet) => packet,
        _ => packet,
    }
}
