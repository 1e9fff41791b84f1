//! The nouns that cross from `decode` to `flow` and `protocols`.

/// IP protocol numbers the meter tells apart.
pub mod proto {
    /// ICMP for IPv4.
    pub const ICMP: u8 = 1;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// ICMP for IPv6.
    pub const ICMP6: u8 = 58;
    /// SCTP.
    pub const SCTP: u8 = 132;
    /// Encrypted packets of IPsec.
    pub const ESP: u8 = 50;
    /// Signed packets of IPsec.
    pub const AH: u8 = 51;
}

/// TCP flag bits as they stand on the wire.
pub mod tcp_flag {
    #![allow(missing_docs)]
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
    pub const ECE: u8 = 0x40;
    pub const CWR: u8 = 0x80;
}

/// What carried the innermost IP packet, if it was not the wire itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Tunnel {
    /// No tunnel.
    #[default]
    None,
    /// GRE, NVGRE or ERSPAN.
    Gre,
    /// IPv4 or IPv6 directly inside IPv4 or IPv6, also Teredo.
    IpInIp,
    /// VXLAN; `tunnel_id` is the VNI.
    Vxlan,
    /// GENEVE; `tunnel_id` is the VNI.
    Geneve,
    /// GTP-U; `tunnel_id` stays 0, because each direction has its own TEID.
    GtpU,
}

/// One decoded IP packet: the innermost one where tunnels nest. Plain data, no lifetime; the
/// payload is a range of the bytes of its [`PacketBatch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// Capture time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// Number of the frame in its capture, from 1 as Wireshark counts.
    pub frame: u64,
    /// Source address; IPv4 as IPv4-mapped IPv6 (`::ffff:a.b.c.d`).
    pub src: [u8; 16],
    /// Destination address, same form.
    pub dst: [u8; 16],
    /// Source port; for ICMP and ICMPv6 the type.
    pub src_port: u16,
    /// Destination port; for ICMP and ICMPv6 the code.
    pub dst_port: u16,
    /// IP protocol number of the transport (after extension headers).
    pub protocol: u8,
    /// TCP flags, 0 for others.
    pub tcp_flags: u8,
    /// IP time to live or hop limit.
    pub ttl: u8,
    /// What carried the packet.
    pub tunnel: Tunnel,
    /// VXLAN or GENEVE network id, else 0. Part of the flow key.
    pub tunnel_id: u32,
    /// Outermost VLAN id, 0 when there is none.
    pub vlan: u16,
    /// TCP window as sent (not scaled).
    pub tcp_window: u16,
    /// TCP sequence number; for ICMP echo the identifier in the high and the sequence in the low half.
    pub tcp_seq: u32,
    /// TCP acknowledgement number.
    pub tcp_ack: u32,
    /// Bytes of the frame on the wire, link header included, as the capture says.
    pub wire_bytes: u32,
    /// Bytes of the IP packet from its header to its end, as the IP header says (sum of fragments
    /// for a packet put together from fragments).
    pub ip_bytes: u32,
    /// Bytes of transport payload, as the headers say.
    pub payload_bytes: u32,
    /// Offset of the captured payload in `PacketBatch::bytes`.
    pub payload_start: u32,
    /// Captured payload bytes (less than `payload_bytes` when the snap length cut it).
    pub payload_captured: u32,
    /// Source MAC address (of the outermost Ethernet header), zero when there is none.
    pub src_mac: [u8; 6],
    /// Destination MAC address, zero when there is none.
    pub dst_mac: [u8; 6],
    /// How many IP fragments this packet was put together from; 0 when it came whole. A later
    /// fragment that could not be joined is a packet of its own without ports and payload.
    pub fragments: u8,
    /// Length of the TCP header options in bytes; MSS and window scale where a SYN carried them.
    pub tcp_options: TcpOptions,
}

/// What the meter reads of TCP options, on SYN packets only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions {
    /// Maximum segment size, 0 when absent.
    pub mss: u16,
    /// Window scale shift plus one, 0 when absent.
    pub window_scale_plus_one: u8,
    /// SACK permitted.
    pub sack_permitted: bool,
}

/// One ARP packet for IPv4 over Ethernet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArpPacket {
    /// Capture time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// Number of the frame in its capture, from 1.
    pub frame: u64,
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Source MAC of the Ethernet header.
    pub src_mac: [u8; 6],
    /// Destination MAC of the Ethernet header.
    pub dst_mac: [u8; 6],
    /// Sender hardware address inside ARP.
    pub sender_mac: [u8; 6],
    /// Sender protocol address.
    pub sender_ip: [u8; 4],
    /// Target hardware address inside ARP.
    pub target_mac: [u8; 6],
    /// Target protocol address.
    pub target_ip: [u8; 4],
}

/// A run of decoded packets with the bytes they point into. Made by `decode`, consumed by `flow`,
/// then handed back to be filled again.
#[derive(Debug, Default)]
pub struct PacketBatch {
    /// Captured bytes the payload ranges point into.
    pub bytes: Vec<u8>,
    /// IP packets in capture order.
    pub packets: Vec<Packet>,
    /// ARP packets in capture order.
    pub arps: Vec<ArpPacket>,
}

impl PacketBatch {
    /// The captured payload of a packet of this batch; empty when the range lies outside.
    #[inline]
    pub fn payload(&self, packet: &Packet) -> &[u8] {
        let start = packet.payload_start as usize;
        self.bytes
            .get(start..start.saturating_add(packet.payload_captured as usize))
            .unwrap_or(&[])
    }

    /// Empties the batch, keeping its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
        self.arps.clear();
    }
}
