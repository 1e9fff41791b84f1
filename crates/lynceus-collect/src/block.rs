//! Datagrams one behind the other, with who sent them and when they came.

use std::net::IpAddr;

/// Bytes a datagram takes beside its content: when it came, from where, how long it is.
pub const HEAD_BYTES: usize = 8 + 16 + 4;

/// Datagrams in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    arrived_ns: Vec<i64>,
    address: Vec<[u8; 16]>,
    length: Vec<u32>,
    content: Vec<u8>,
}

impl Block {
    /// Adds a datagram that came at `arrived_ns` (since 1970 UTC).
    pub fn push(&mut self, arrived_ns: i64, from: IpAddr, content: &[u8]) {
        let address = match from {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        self.arrived_ns.push(arrived_ns);
        self.address.push(address.octets());
        self.length
            .push(u32::try_from(content.len()).unwrap_or(u32::MAX));
        self.content.extend_from_slice(content);
    }

    /// How many datagrams it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length.is_empty()
    }

    /// Bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * HEAD_BYTES + self.content.len()
    }

    /// Little-endian: how many (u32); of each when it came (i64), from where (16 bytes, IPv4 as
    /// mapped), how long it is (u32), a column after the other; then the contents.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + self.bytes());
        out.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(self.arrived_ns.iter().flat_map(|ns| ns.to_le_bytes()));
        out.extend(self.address.iter().flatten());
        out.extend(self.length.iter().flat_map(|n| n.to_le_bytes()));
        out.extend_from_slice(&self.content);
        out
    }
}
