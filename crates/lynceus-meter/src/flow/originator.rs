//! Who began a conversation: decided once, before anything is counted.
//!
//! TCP: the sender of a SYN; of a lone SYN-ACK the receiver. Else ports: the end with the more
//! service-like port answers. ICMP: the end that sends the asking type. Else who was seen first.

use super::key::{icmp_asks, icmp_counterpart};
use crate::packet::tcp_flag::{ACK, SYN};
use crate::packet::{proto, Packet};

/// What the decision rests on, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrigBy {
    /// The TCP handshake.
    Handshake,
    /// Ports, or the ICMP type.
    Port,
    /// The first packet.
    #[default]
    FirstSeen,
}

impl OrigBy {
    /// Value of the column `orig_by`.
    pub fn name(self) -> &'static str {
        match self {
            OrigBy::Handshake => "handshake",
            OrigBy::Port => "port",
            OrigBy::FirstSeen => "first_seen",
        }
    }
}

/// Registered ports that servers commonly listen on.
const SERVICES: [u16; 40] = [
    1080, 1194, 1433, 1434, 1521, 1701, 1723, 1812, 1883, 1900, 2049, 2375, 3128, 3268, 3306, 3389,
    3478, 4500, 4789, 5060, 5061, 5222, 5353, 5355, 5432, 5601, 5671, 5672, 5900, 5985, 5986, 6379,
    6443, 8000, 8080, 8443, 8883, 9200, 11211, 27017,
];

/// How service-like a port is; 0 most.
fn rank(port: u16) -> u8 {
    match port {
        1..=1023 => 0,
        _ if SERVICES.binary_search(&port).is_ok() => 0,
        1024..=32767 => 1,
        _ => 2,
    }
}

/// The originator's side and the reason, from the first packet, sent by `side`.
pub fn decide(packet: &Packet, side: usize) -> (usize, OrigBy) {
    let (sender, receiver) = (rank(packet.src_port), rank(packet.dst_port));
    match packet.protocol {
        proto::TCP if packet.tcp_flags & (SYN | ACK) == SYN => (side, OrigBy::Handshake),
        proto::TCP if packet.tcp_flags & SYN != 0 => (1 - side, OrigBy::Handshake),
        proto::TCP if sender < receiver => (1 - side, OrigBy::Port),
        proto::TCP if sender > receiver => (side, OrigBy::Port),
        // Without a handshake the first datagram is nearly always the originator's: only a clear
        // service port speaks against it.
        proto::UDP | proto::SCTP if sender == 0 && receiver > 0 => (1 - side, OrigBy::Port),
        proto::UDP | proto::SCTP if receiver == 0 && sender > 0 => (side, OrigBy::Port),
        proto::ICMP | proto::ICMP6
            if icmp_counterpart(packet.protocol, packet.src_port).is_some() =>
        {
            let asks = icmp_asks(packet.protocol, packet.src_port);
            (if asks { side } else { 1 - side }, OrigBy::Port)
        }
        _ => (side, OrigBy::FirstSeen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(protocol: u8, src_port: u16, dst_port: u16, tcp_flags: u8) -> (usize, OrigBy) {
        decide(
            &Packet {
                protocol,
                src_port,
                dst_port,
                tcp_flags,
                ..Default::default()
            },
            0,
        )
    }

    #[test]
    fn services_are_sorted() {
        assert!(SERVICES.is_sorted());
    }

    #[test]
    fn handshake_then_ports_then_first_seen() {
        assert_eq!(first(proto::TCP, 80, 50000, SYN), (0, OrigBy::Handshake));
        assert_eq!(
            first(proto::TCP, 80, 50000, SYN | ACK),
            (1, OrigBy::Handshake)
        );
        assert_eq!(first(proto::TCP, 8080, 50000, ACK), (1, OrigBy::Port));
        assert_eq!(first(proto::TCP, 50000, 9999, ACK), (0, OrigBy::Port));
        assert_eq!(first(proto::TCP, 50000, 50001, ACK), (0, OrigBy::FirstSeen));
        assert_eq!(first(proto::UDP, 53, 40000, 0), (1, OrigBy::Port));
        assert_eq!(first(proto::UDP, 40000, 53, 0), (0, OrigBy::Port));
        assert_eq!(first(proto::UDP, 20000, 40000, 0), (0, OrigBy::FirstSeen));
        assert_eq!(first(proto::ICMP, 8, 0, 0), (0, OrigBy::Port));
        assert_eq!(first(proto::ICMP, 0, 0, 0), (1, OrigBy::Port));
        assert_eq!(first(proto::ICMP, 3, 1, 0), (0, OrigBy::FirstSeen));
        assert_eq!(first(47, 0, 0, 0), (0, OrigBy::FirstSeen));
    }
}
