//! The key of a conversation: equal for both directions.

use crate::packet::{proto, Packet};

/// What tells one conversation from another. `a` is the smaller end and `b` the larger, so that
/// both directions have the same key; one-way ICMP keeps sender and receiver as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowKey {
    /// Addresses of the two ends, IPv4 as IPv4-mapped IPv6, in network order.
    pub addresses: [[u8; 16]; 2],
    /// Ports of the two ends; for ICMP the type and its counterpart, or type and code.
    pub ports: [u16; 2],
    /// IP protocol number.
    pub protocol: u8,
    /// VXLAN or GENEVE network id, else 0: overlay networks may repeat addresses.
    pub tunnel_id: u32,
}

/// The ICMP or ICMPv6 type that answers (or is answered by) `kind`; `None` for one-way types.
pub fn icmp_counterpart(protocol: u8, kind: u16) -> Option<u16> {
    let pairs: &[(u16, u16)] = match protocol {
        proto::ICMP => &[(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)],
        proto::ICMP6 => &[
            (128, 129),
            (130, 131),
            (133, 134),
            (135, 136),
            (139, 140),
            (144, 145),
        ],
        _ => &[],
    };
    pairs.iter().find_map(|&(request, reply)| match kind {
        k if k == request => Some(reply),
        k if k == reply => Some(request),
        _ => None,
    })
}

/// True for the ICMP types that ask, where a counterpart answers.
pub fn icmp_asks(protocol: u8, kind: u16) -> bool {
    match protocol {
        proto::ICMP => matches!(kind, 8 | 10 | 13 | 15 | 17),
        proto::ICMP6 => matches!(kind, 128 | 130 | 133 | 135 | 139 | 144),
        _ => false,
    }
}

impl FlowKey {
    /// The key of a packet and the side (0 or 1) that sent it.
    #[inline]
    pub fn of(packet: &Packet) -> (FlowKey, usize) {
        let mut ports = [packet.src_port, packet.dst_port];
        let mut one_way = false;
        if packet.protocol == proto::ICMP || packet.protocol == proto::ICMP6 {
            match icmp_counterpart(packet.protocol, packet.src_port) {
                Some(counterpart) => ports[1] = counterpart,
                None => one_way = true,
            }
        }
        let source = (u128::from_be_bytes(packet.src), ports[0]);
        let destination = (u128::from_be_bytes(packet.dst), ports[1]);
        let key = |addresses, ports| FlowKey {
            addresses,
            ports,
            protocol: packet.protocol,
            tunnel_id: packet.tunnel_id,
        };
        if one_way || source <= destination {
            (key([packet.src, packet.dst], ports), 0)
        } else {
            (key([packet.dst, packet.src], [ports[1], ports[0]]), 1)
        }
    }

    /// A hash under a secret of this process, so that nobody can choose keys that collide.
    #[inline]
    pub fn hash(&self, secret: u64) -> u64 {
        let [a, b] = self.addresses.map(u128::from_ne_bytes);
        let rest = u64::from(self.ports[0])
            | u64::from(self.ports[1]) << 16
            | u64::from(self.protocol) << 32
            | u64::from(self.tunnel_id) << 40;
        let first = fold(a as u64 ^ secret, (a >> 64) as u64 ^ K0);
        let second = fold(b as u64 ^ first, (b >> 64) as u64 ^ K1 ^ secret);
        fold(rest ^ second, K2 ^ first)
    }

    /// Which of `shards` (a power of two) tables keeps the conversation: the same in every run.
    #[inline]
    pub fn shard(&self, shards: usize) -> usize {
        let [a, b] = self.addresses.map(u128::from_ne_bytes);
        let mixed = (a as u64 ^ (a >> 64) as u64)
            .wrapping_mul(K0)
            .wrapping_add((b as u64 ^ (b >> 64) as u64).wrapping_mul(K1))
            .wrapping_add(u64::from(self.ports[0]).wrapping_mul(K2))
            .wrapping_add(u64::from(self.ports[1]).wrapping_mul(K0 ^ K2));
        ((mixed ^ mixed >> 29).wrapping_mul(K1) >> 40) as usize & (shards - 1)
    }
}

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xbf58_476d_1ce4_e5b9;
const K2: u64 = 0x94d0_49bb_1331_11eb;

/// Multiplies to 128 bits and folds the halves.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn icmp(kind: u16, code: u16, src: u8, dst: u8) -> Packet {
        let mut packet = Packet {
            protocol: proto::ICMP,
            src_port: kind,
            dst_port: code,
            ..Default::default()
        };
        packet.src[15] = src;
        packet.dst[15] = dst;
        packet
    }

    #[test]
    fn a_ping_and_its_answer_share_a_key_and_one_way_types_do_not() {
        let (asked, from) = FlowKey::of(&icmp(8, 0, 1, 2));
        let (answered, back) = FlowKey::of(&icmp(0, 0, 2, 1));
        assert_eq!(asked, answered);
        assert_ne!(from, back);
        let (there, _) = FlowKey::of(&icmp(3, 1, 1, 2));
        let (back, _) = FlowKey::of(&icmp(3, 1, 2, 1));
        assert_ne!(there, back);
    }

    proptest! {
        #[test]
        fn both_directions_share_key_and_hash(
            src: [u8; 16], dst: [u8; 16], src_port: u16, dst_port: u16, tunnel_id: u32, secret: u64,
        ) {
            let there = Packet { src, dst, src_port, dst_port, tunnel_id, protocol: proto::TCP, ..Default::default() };
            let back = Packet { src: dst, dst: src, src_port: dst_port, dst_port: src_port, ..there };
            let ((one, side), (other, back_side)) = (FlowKey::of(&there), FlowKey::of(&back));
            prop_assert_eq!(one, other);
            prop_assert_eq!(one.hash(secret), other.hash(secret));
            prop_assert_eq!(one.shard(16), other.shard(16));
            prop_assert!(side != back_side || (src, src_port) == (dst, dst_port));
        }
    }
}
