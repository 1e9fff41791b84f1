//! Packets inside packets: GRE in its kinds, IP in IP, VXLAN, GENEVE, GTP-U, Teredo.
//!
//! Rules: `Some` fate only when the tunnel header is valid and the inside decodes strictly; then the
//! inner packet counts and the tunnel is noted. Otherwise `None`, and the outer packet counts as
//! what it is. Where a receiver ignores reserved bits, bits that are set are no way to hide: then
//! the inside must be an IP packet that fills the datagram to the last byte.

use super::ip::{self, next};
use super::layer::{be16, be32, Layer};
use super::{link, Fate, State, MAX_TUNNELS};
use crate::packet::{Packet, Tunnel};

const VXLAN_PORT: u16 = 4789;
/// What Linux used before the number was assigned, and many overlays still do.
const VXLAN_LINUX_PORT: u16 = 8472;
const VXLAN_GPE_PORT: u16 = 4790;
const GENEVE_PORT: u16 = 6081;
const GTP_U_PORT: u16 = 2152;
const TEREDO_PORT: u16 = 3544;
/// Extension headers of one GTP-U packet that are followed.
const MAX_GTP_EXTENSIONS: usize = 8;

const TRANSPARENT_ETHERNET: u16 = 0x6558;
const ERSPAN_1_OR_2: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;
const PPP: u16 = 0x880b;

/// True when UDP between these ports may be a tunnel.
#[inline]
pub(super) fn has_udp_tunnel_port(src_port: u16, dst_port: u16) -> bool {
    let is_one = |port| matches!(port, GTP_U_PORT | TEREDO_PORT);
    match dst_port {
        VXLAN_PORT | VXLAN_LINUX_PORT | VXLAN_GPE_PORT | GENEVE_PORT => true,
        _ => is_one(dst_port) || is_one(src_port),
    }
}

/// The inside of a tunnel directly in IP.
pub(super) fn in_ip(state: &mut State, layer: Layer, outer: &Packet, depth: u8) -> Option<Fate> {
    let carried = |tunnel| Packet { tunnel, ..*outer };
    if depth >= MAX_TUNNELS {
        return None;
    }
    let fate = match outer.protocol {
        next::GRE => return gre(state, layer, carried(Tunnel::Gre), depth + 1),
        next::IPV4 => ip::ipv4(state, layer, carried(Tunnel::IpInIp), depth + 1),
        next::IPV6 => ip::ipv6(state, layer, carried(Tunnel::IpInIp), depth + 1),
        next::MPLS_IN_IP => link::mpls(state, layer, carried(Tunnel::IpInIp), depth + 1),
        next::ETHERNET_IN_IP if be16(layer.bytes, 0) == 0x3000 => {
            return ethernet(state, layer.skip(2)?, carried(Tunnel::IpInIp), depth + 1)
        }
        _ => return None,
    };
    decoded(fate)
}

/// The inside of a tunnel in UDP; `layer` is the UDP payload.
pub(super) fn in_udp(state: &mut State, layer: Layer, outer: &Packet, depth: u8) -> Option<Fate> {
    let (src_port, dst_port) = (outer.src_port, outer.dst_port);
    if !has_udp_tunnel_port(src_port, dst_port) || depth >= MAX_TUNNELS {
        return None;
    }
    let inner = Packet {
        src_port: 0,
        dst_port: 0,
        ..*outer
    };
    match dst_port {
        VXLAN_PORT | VXLAN_LINUX_PORT => vxlan(state, layer, inner, depth + 1),
        VXLAN_GPE_PORT => vxlan_gpe(state, layer, inner, depth + 1),
        GENEVE_PORT => geneve(state, layer, inner, depth + 1),
        _ if src_port == GTP_U_PORT || dst_port == GTP_U_PORT => {
            gtp_u(state, layer, inner, depth + 1)
        }
        _ => teredo(state, layer, inner, depth + 1),
    }
}

/// The fate, if something was found inside.
fn decoded(fate: Fate) -> Option<Fate> {
    match fate {
        Fate::Counted(_) => None,
        found => Some(found),
    }
}

fn ethernet(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Option<Fate> {
    decoded(link::ethernet(state, layer, packet, depth))
}

fn by_type(state: &mut State, kind: u16, layer: Layer, packet: Packet, depth: u8) -> Option<Fate> {
    match kind {
        TRANSPARENT_ETHERNET => ethernet(state, layer, packet, depth),
        link::IPV4 | link::IPV6 | link::MPLS_UNICAST | link::MPLS_MULTICAST => {
            decoded(link::by_ethertype(state, kind, layer, packet, depth))
        }
        _ => None,
    }
}

/// RFC 2784 and 2890 (version 0), RFC 2637 (version 1, PPTP).
fn gre(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<4>()?;
    let (flags, kind) = (be16(header, 0), be16(header, 2));
    let [checksum, key, sequence] = [0x8000, 0x2000, 0x1000].map(|bit| flags & bit != 0);
    if flags & 0x0007 == 1 {
        let acknowledged = flags & 0x0080 != 0;
        if kind != PPP || !key || checksum || flags & 0x0f78 != 0 {
            return None;
        }
        let length = 8 + 4 * (usize::from(sequence) + usize::from(acknowledged));
        let inner = layer.skip(length)?.limit(usize::from(be16(layer.bytes, 4)));
        return decoded(link::ppp(state, inner, packet, depth));
    }
    if flags & 0x4fff != 0 {
        return None;
    }
    let options = usize::from(checksum) + usize::from(key) + usize::from(sequence);
    let inner = layer.skip(4 + 4 * options)?;
    match kind {
        ERSPAN_1_OR_2 if !sequence => ethernet(state, inner, packet, depth),
        ERSPAN_1_OR_2 if inner.bytes.first()? >> 4 == 1 => {
            ethernet(state, inner.skip(8)?, packet, depth)
        }
        ERSPAN_3 if inner.bytes.first()? >> 4 == 2 => {
            let has_subheader = inner.bytes.get(11)? & 1 != 0;
            let inner = inner.skip(if has_subheader { 20 } else { 12 })?;
            ethernet(state, inner, packet, depth)
        }
        _ => by_type(state, kind, inner, packet, depth),
    }
}

/// True when an Ethernet frame holds an IP packet that ends where the frame ends.
fn is_filled_by_ip(frame: Layer) -> bool {
    let kind = be16(frame.bytes, 12);
    frame.skip(14).is_some_and(|ip| kind_fills(kind, ip))
}

fn kind_fills(kind: u16, ip: Layer) -> bool {
    match kind {
        link::IPV4 => usize::from(be16(ip.bytes, 2)) == ip.claimed,
        link::IPV6 => usize::from(be16(ip.bytes, 4)) + 40 == ip.claimed,
        _ => false,
    }
}

/// RFC 7348; the group policy extension may set its own bit and id.
fn vxlan(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<8>()?;
    let reserved_is_zero = match header[0] {
        0x08 => header[1..4] == [0, 0, 0] && header[7] == 0,
        0x88 => header[1] & 0xb7 == 0 && header[7] == 0,
        flags if flags & 0x08 != 0 => false,
        _ => return None,
    };
    let inner = layer.skip(8)?;
    if !reserved_is_zero && !is_filled_by_ip(inner) {
        return None;
    }
    packet.tunnel = Tunnel::Vxlan;
    packet.tunnel_id = be32(header, 4) >> 8;
    ethernet(state, inner, packet, depth)
}

/// VXLAN with a protocol number (draft-ietf-nvo3-vxlan-gpe), version 0.
fn vxlan_gpe(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<8>()?;
    if header[0] & 0xfc != 0x0c || header[1..3] != [0, 0] || header[7] != 0 {
        return None;
    }
    packet.tunnel = Tunnel::Vxlan;
    packet.tunnel_id = be32(header, 4) >> 8;
    let kind = match header[3] {
        1 => link::IPV4,
        2 => link::IPV6,
        3 => TRANSPARENT_ETHERNET,
        5 => link::MPLS_UNICAST,
        _ => return None,
    };
    by_type(state, kind, layer.skip(8)?, packet, depth)
}

/// RFC 8926.
fn geneve(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<8>()?;
    if header[0] & 0xc0 != 0 {
        return None;
    }
    let kind = be16(header, 2);
    let inner = layer.skip(8 + usize::from(header[0]) * 4)?;
    let reserved_is_zero = header[1] & 0x3f == 0 && header[7] == 0;
    let is_filled = match kind {
        TRANSPARENT_ETHERNET => is_filled_by_ip(inner),
        kind => kind_fills(kind, inner),
    };
    if !reserved_is_zero && !is_filled {
        return None;
    }
    packet.tunnel = Tunnel::Geneve;
    packet.tunnel_id = be32(header, 4) >> 8;
    by_type(state, kind, inner, packet, depth)
}

/// 3GPP TS 29.281: version 1, message 255 carries a user packet.
fn gtp_u(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Option<Fate> {
    let header = layer.header::<8>()?;
    let length = usize::from(be16(header, 2));
    if header[0] & 0xf8 != 0x30 || header[1] != 255 || length + 8 > layer.claimed {
        return None;
    }
    let mut inner = layer.skip(8)?.limit(length);
    if header[0] & 0x07 != 0 {
        let mut next_type = *inner.bytes.get(3)?;
        if header[0] & 0x04 == 0 {
            next_type = 0;
        }
        inner = inner.skip(4)?;
        for _ in 0..MAX_GTP_EXTENSIONS {
            if next_type == 0 {
                break;
            }
            let extension_bytes = usize::from(*inner.bytes.first()?) * 4;
            if extension_bytes == 0 {
                return None;
            }
            next_type = *inner.bytes.get(extension_bytes - 1)?;
            inner = inner.skip(extension_bytes)?;
        }
        if next_type != 0 {
            return None;
        }
    }
    packet.tunnel = Tunnel::GtpU;
    decoded(ip::decode(state, inner, packet, depth))
}

/// RFC 4380: IPv6 that fills the datagram, after optional authentication and origin indications.
fn teredo(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Option<Fate> {
    let mut inner = layer;
    if let Some([0, 1, id, auth]) = inner.header::<4>() {
        inner = inner.skip(13 + usize::from(*id) + usize::from(*auth))?;
    }
    if let Some([0, 0]) = inner.header::<2>() {
        inner = inner.skip(8)?;
    }
    let header = inner.header::<40>()?;
    if header[0] >> 4 != 6 || usize::from(be16(header, 4)) + 40 != inner.claimed {
        return None;
    }
    packet.tunnel = Tunnel::IpInIp;
    decoded(ip::ipv6(state, inner, packet, depth))
}
