//! Transports: TCP, UDP, SCTP, ICMP and ICMPv6; any other protocol is a packet without ports.
//!
//! Rules: an IP packet is never lost here. A header that is cut or lies is counted, and what is
//! there of it is used.

use super::layer::{be16, be32, Layer};
use super::{tunnel, Fate, State};
use crate::losses::reason;
use crate::packet::{proto, tcp_flag, Packet, TcpOptions};

const TCP_BYTES: usize = 20;
const UDP_BYTES: usize = 8;
const SCTP_BYTES: usize = 12;
const ICMP_BYTES: usize = 8;

/// The packet whose transport begins at `layer`.
pub(super) fn decode(state: &mut State, layer: Layer, packet: Packet, depth: u8) -> Fate {
    match packet.protocol {
        proto::TCP => Fate::Packet(tcp(state, layer, packet)),
        proto::UDP => udp(state, layer, packet, depth),
        proto::SCTP => Fate::Packet(sctp(state, layer, packet)),
        proto::ICMP => Fate::Packet(icmp(state, layer, packet, [8, 0])),
        proto::ICMP6 => Fate::Packet(icmp(state, layer, packet, [128, 129])),
        _ => Fate::Packet(opaque(layer, packet)),
    }
}

/// A packet whose protocol has no ports, or none that can be read: all is payload.
pub(super) fn opaque(layer: Layer, mut packet: Packet) -> Packet {
    payload(&mut packet, layer);
    packet
}

fn payload(packet: &mut Packet, layer: Layer) {
    packet.payload_bytes = layer.claimed as u32;
    packet.payload_captured = layer.bytes.len() as u32;
    packet.payload_start = layer.start as u32;
}

/// The payload after a header of `n` bytes, nothing when the packet is shorter; counts a header
/// that was not captured in full.
fn payload_after(state: &mut State, packet: &mut Packet, layer: Layer, n: usize) {
    if layer.bytes.len() < n {
        state.losses.add(reason::TRANSPORT_HEADER_CUT, 1);
    }
    payload(packet, layer.skip(n).unwrap_or(layer.limit(0)));
}

fn ports(packet: &mut Packet, layer: Layer) {
    if let Some(header) = layer.header::<4>() {
        packet.src_port = be16(header, 0);
        packet.dst_port = be16(header, 2);
    }
}

fn tcp(state: &mut State, layer: Layer, mut packet: Packet) -> Packet {
    ports(&mut packet, layer);
    let Some(header) = layer.header::<TCP_BYTES>() else {
        payload_after(state, &mut packet, layer, TCP_BYTES);
        return packet;
    };
    packet.tcp_seq = be32(header, 4);
    packet.tcp_ack = be32(header, 8);
    packet.tcp_flags = header[13];
    packet.tcp_window = be16(header, 14);
    let header_bytes = usize::from(header[12] >> 4) * 4;
    if header_bytes < TCP_BYTES || header_bytes > layer.claimed {
        state.losses.add(reason::TCP_HEADER_MALFORMED, 1);
        payload(&mut packet, layer.limit(0));
        return packet;
    }
    if packet.tcp_flags & tcp_flag::SYN != 0 {
        packet.tcp_options = tcp_options(&layer.limit(header_bytes).bytes[TCP_BYTES..]);
    }
    payload_after(state, &mut packet, layer, header_bytes);
    packet
}

/// Maximum segment size, window scale and SACK permission out of the options of a SYN.
pub(super) fn tcp_options(mut options: &[u8]) -> TcpOptions {
    let mut found = TcpOptions::default();
    while let [kind, rest @ ..] = options {
        let length = match (kind, rest) {
            (0, _) => break,
            (1, _) => 1,
            (_, [length, ..]) => usize::from(*length).max(2),
            _ => break,
        };
        match options.get(..length) {
            Some([2, 4, high, low]) => found.mss = u16::from_be_bytes([*high, *low]),
            // RFC 7323: a greater shift counts as 14.
            Some([3, 3, shift]) => found.window_scale_plus_one = shift.min(&14) + 1,
            Some([4, 2]) => found.sack_permitted = true,
            Some(_) => {}
            None => break,
        }
        options = &options[length..];
    }
    found
}

fn udp(state: &mut State, layer: Layer, mut packet: Packet, depth: u8) -> Fate {
    ports(&mut packet, layer);
    let Some(header) = layer.header::<UDP_BYTES>() else {
        payload_after(state, &mut packet, layer, UDP_BYTES);
        return Fate::Packet(packet);
    };
    // 0 is what offloaded sending and jumbograms have: the rest of the packet.
    let body = match usize::from(be16(header, 4)) {
        0..UDP_BYTES => layer,
        length => {
            if length > layer.claimed && packet.fragments != 1 {
                state.losses.add(reason::UDP_LENGTH_CLIPPED, 1);
            }
            layer.limit(length)
        }
    };
    let Some(body) = body.skip(UDP_BYTES) else {
        return Fate::Packet(opaque(layer.limit(0), packet));
    };
    if let Some(fate) = tunnel::in_udp(state, body, &packet, depth) {
        return fate;
    }
    payload(&mut packet, body);
    Fate::Packet(packet)
}

fn sctp(state: &mut State, layer: Layer, mut packet: Packet) -> Packet {
    ports(&mut packet, layer);
    payload_after(state, &mut packet, layer, SCTP_BYTES);
    packet
}

fn icmp(state: &mut State, layer: Layer, mut packet: Packet, echo: [u8; 2]) -> Packet {
    if let Some([kind, code]) = layer.header::<2>() {
        packet.src_port = u16::from(*kind);
        packet.dst_port = u16::from(*code);
        if echo.contains(kind) {
            packet.tcp_seq = be32(layer.bytes, 4);
        }
    }
    payload_after(state, &mut packet, layer, ICMP_BYTES);
    packet
}
