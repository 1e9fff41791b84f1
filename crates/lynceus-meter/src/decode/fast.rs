//! The common case in one look: a whole Ethernet frame, perhaps with one VLAN tag, with plain IPv4
//! or IPv6 and TCP or UDP.
//!
//! Rules: nothing is counted here, and what is in any way unusual is left to the full decoder,
//! which gives the same packet for whatever passes here (a fuzz target proves it).

use super::ip::v4_mapped;
use super::layer::{be16, be32};
use super::link::{ETHERNET, IPV4, IPV6, VLAN, VLAN_SERVICE};
use super::transport::tcp_options;
use super::tunnel::has_udp_tunnel_port;
use crate::packet::{proto, tcp_flag, Packet, TcpOptions};
use crate::read::{Frame, MAX_FRAME_BYTES};

const ETHERNET_BYTES: usize = 14;
const IPV4_BYTES: usize = 20;
const IPV6_BYTES: usize = 40;
const TCP_BYTES: usize = 20;
const UDP_BYTES: usize = 8;
const MORE_FRAGMENTS_OR_OFFSET: u16 = 0x3fff;

/// The packet of an ordinary frame.
#[inline]
pub(super) fn decode(bytes: &[u8], frame: &Frame) -> Option<Packet> {
    let ethernet: &[u8; ETHERNET_BYTES] = bytes.first_chunk()?;
    if frame.link_type != ETHERNET || frame.wire_bytes > MAX_FRAME_BYTES {
        return None;
    }
    let (mut kind, mut at, mut vlan) = (be16(ethernet, 12), ETHERNET_BYTES, 0);
    if kind == VLAN || kind == VLAN_SERVICE {
        let tag: &[u8; 4] = bytes[ETHERNET_BYTES..].first_chunk()?;
        (vlan, kind) = (be16(tag, 0) & 0x0fff, be16(tag, 2));
        at += tag.len();
    }
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, ..] = *ethernet;
    let packet = Packet {
        ts_ns: frame.ts_ns,
        frame: frame.number,
        wire_bytes: frame.wire_bytes.max(bytes.len() as u32),
        dst_mac: [d0, d1, d2, d3, d4, d5],
        src_mac: [s0, s1, s2, s3, s4, s5],
        vlan,
        ..Packet::default()
    };
    match kind {
        IPV4 => ipv4(&bytes[at..], frame.start + at, packet),
        IPV6 => ipv6(&bytes[at..], frame.start + at, packet),
        _ => None,
    }
}

#[inline]
fn ipv4(bytes: &[u8], start: usize, mut packet: Packet) -> Option<Packet> {
    let header: &[u8; IPV4_BYTES] = bytes.first_chunk()?;
    if header[0] != 0x45 || be16(header, 6) & MORE_FRAGMENTS_OR_OFFSET != 0 {
        return None;
    }
    let length = usize::from(be16(header, 2));
    let body = bytes.get(IPV4_BYTES..length)?;
    packet.src = v4_mapped([header[12], header[13], header[14], header[15]]);
    packet.dst = v4_mapped([header[16], header[17], header[18], header[19]]);
    packet.ttl = header[8];
    packet.protocol = header[9];
    packet.ip_bytes = length as u32;
    transport(body, start + IPV4_BYTES, packet)
}

#[inline]
fn ipv6(bytes: &[u8], start: usize, mut packet: Packet) -> Option<Packet> {
    let header: &[u8; IPV6_BYTES] = bytes.first_chunk()?;
    let length = usize::from(be16(header, 4));
    if header[0] >> 4 != 6 || length == 0 {
        return None;
    }
    let body = bytes.get(IPV6_BYTES..IPV6_BYTES + length)?;
    packet.src.copy_from_slice(&header[8..24]);
    packet.dst.copy_from_slice(&header[24..40]);
    packet.ttl = header[7];
    packet.protocol = header[6];
    packet.ip_bytes = (IPV6_BYTES + length) as u32;
    transport(body, start + IPV6_BYTES, packet)
}

#[inline]
fn transport(body: &[u8], start: usize, mut packet: Packet) -> Option<Packet> {
    let header = match packet.protocol {
        proto::TCP => {
            let tcp: &[u8; TCP_BYTES] = body.first_chunk()?;
            let header = usize::from(tcp[12] >> 4) * 4;
            if header < TCP_BYTES || header > body.len() {
                return None;
            }
            packet.tcp_seq = be32(tcp, 4);
            packet.tcp_ack = be32(tcp, 8);
            packet.tcp_flags = tcp[13];
            packet.tcp_window = be16(tcp, 14);
            if tcp[13] & tcp_flag::SYN != 0 {
                packet.tcp_options = tcp_options(&body[TCP_BYTES..header]);
            } else {
                packet.tcp_options = TcpOptions::default();
            }
            header
        }
        proto::UDP => {
            let udp: &[u8; UDP_BYTES] = body.first_chunk()?;
            if usize::from(be16(udp, 4)) != body.len()
                || has_udp_tunnel_port(be16(udp, 0), be16(udp, 2))
            {
                return None;
            }
            UDP_BYTES
        }
        _ => return None,
    };
    packet.src_port = be16(body, 0);
    packet.dst_port = be16(body, 2);
    packet.payload_bytes = (body.len() - header) as u32;
    packet.payload_captured = packet.payload_bytes;
    packet.payload_start = (start + header) as u32;
    Some(packet)
}
