//! Names of flows that hold across tools and runs: Community ID v1 and the flow uid.

use std::fmt::Write as _;
use std::net::IpAddr;

use sha1::Digest;

use crate::flow::key::icmp_counterpart;
use crate::packet::proto;

/// Bytes of a Community ID with the version prefix: `1:` and 28 of base64.
pub const COMMUNITY_ID_BYTES: usize = 30;

/// The five-tuple of a flow as its source tells it; ports of ICMP are type and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTuple {
    /// One address, IPv4 as IPv4-mapped IPv6.
    pub src: [u8; 16],
    /// The other address, same form.
    pub dst: [u8; 16],
    /// Port (ICMP: type) of `src`.
    pub src_port: u16,
    /// Port (ICMP: code) of `dst`.
    pub dst_port: u16,
    /// IP protocol number.
    pub protocol: u8,
}

/// An address in the form of [`crate::packet::Packet`].
pub fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// The address of [`mapped`] again; an IPv4-mapped one is IPv4.
pub fn address(mapped: &[u8; 16]) -> IpAddr {
    IpAddr::from(*mapped).to_canonical()
}

/// Community ID v1 with seed 0.
pub fn community_id(tuple: &FiveTuple) -> [u8; COMMUNITY_ID_BYTES] {
    let mut ports = (tuple.src_port, tuple.dst_port);
    let mut one_way = false;
    let mut has_ports = true;
    match tuple.protocol {
        proto::ICMP | proto::ICMP6 => match icmp_counterpart(tuple.protocol, ports.0) {
            Some(counterpart) => ports.1 = counterpart,
            None => one_way = true,
        },
        proto::TCP | proto::UDP | proto::SCTP => {}
        _ => has_ports = false,
    }
    let (mut low, mut high) = (&tuple.src, &tuple.dst);
    let v4 = |bytes: &[u8; 16]| IpAddr::from(*bytes).to_canonical().is_ipv4();
    let (low_v4, high_v4) = (v4(low), v4(high));
    let skip = if low_v4 && high_v4 { 12 } else { 0 };
    let swap = if has_ports {
        (&high[skip..], ports.1) < (&low[skip..], ports.0)
    } else {
        high < low
    };
    if swap && !one_way {
        std::mem::swap(&mut low, &mut high);
        ports = (ports.1, ports.0);
    }
    let mut message = [0u8; 40];
    let mut length = 2; // the seed, 0
    for part in [&low[skip..], &high[skip..], &[tuple.protocol, 0][..]] {
        message[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    if has_ports {
        message[length..length + 2].copy_from_slice(&ports.0.to_be_bytes());
        message[length + 2..length + 4].copy_from_slice(&ports.1.to_be_bytes());
        length += 4;
    }
    let digest = sha1::Sha1::digest(&message[..length]);
    let mut text = [0u8; COMMUNITY_ID_BYTES];
    text[..2].copy_from_slice(b"1:");
    base64(&digest, &mut text[2..]);
    text
}

/// Standard base64 with padding; `out` has room for all of it.
fn base64(bytes: &[u8], out: &mut [u8]) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (group, text) in bytes.chunks(3).zip(out.chunks_mut(4)) {
        let word = group.iter().enumerate().fold(0u32, |word, (i, byte)| {
            word | u32::from(*byte) << (16 - 8 * i)
        });
        for (i, letter) in text.iter_mut().enumerate() {
            *letter = if i > group.len() {
                b'='
            } else {
                LETTERS[(word >> (18 - 6 * i)) as usize & 63]
            };
        }
    }
}

/// The uid of a flow part: first 24 hex digits of SHA-256 over `site|community_id|ts_ns|part`.
/// What is unknown leaves its place empty.
pub fn uid(site: &str, community_id: &str, ts_ns: Option<i64>, part: u32) -> [u8; 24] {
    let mut text = ShortText::default();
    let _ = write!(text, "|{community_id}|");
    if let Some(ts_ns) = ts_ns {
        let _ = write!(text, "{ts_ns}");
    }
    let _ = write!(text, "|{part}");
    let digest = sha2::Sha256::new()
        .chain_update(site)
        .chain_update(text.bytes())
        .finalize();
    let mut hex = [0u8; 24];
    for (byte, pair) in digest.iter().zip(hex.chunks_mut(2)) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    hex
}

/// Formatted text of at most 96 bytes without allocation.
struct ShortText {
    bytes: [u8; 96],
    length: usize,
}

impl Default for ShortText {
    fn default() -> Self {
        ShortText {
            bytes: [0; 96],
            length: 0,
        }
    }
}

impl ShortText {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl std::fmt::Write for ShortText {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let room = self
            .bytes
            .get_mut(self.length..end)
            .ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// The IP protocol number of a `proto` column value: a name or a number as text.
pub fn protocol_number(name: &str) -> Option<u8> {
    match name {
        "tcp" => Some(proto::TCP),
        "udp" => Some(proto::UDP),
        "icmp" => Some(proto::ICMP),
        "icmp6" => Some(proto::ICMP6),
        "sctp" => Some(proto::SCTP),
        _ => name.parse().ok(),
    }
}

/// The `proto` column value of an IP protocol number.
pub fn protocol_name(protocol: u8) -> std::borrow::Cow<'static, str> {
    match protocol {
        proto::TCP => "tcp".into(),
        proto::UDP => "udp".into(),
        proto::ICMP => "icmp".into(),
        proto::ICMP6 => "icmp6".into(),
        proto::SCTP => "sctp".into(),
        _ => protocol.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(src: &str, dst: &str, src_port: u16, dst_port: u16, protocol: u8) -> String {
        let tuple = FiveTuple {
            src: mapped(src.parse().unwrap()),
            dst: mapped(dst.parse().unwrap()),
            src_port,
            dst_port,
            protocol,
        };
        String::from_utf8(community_id(&tuple).to_vec()).unwrap()
    }

    /// The published vectors of Community ID v1, seed 0.
    #[test]
    fn community_ids_equal_the_published_vectors() {
        let vectors = [
            (
                "128.232.110.120",
                "66.35.250.204",
                34855,
                80,
                6,
                "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (
                "66.35.250.204",
                "128.232.110.120",
                80,
                34855,
                6,
                "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (
                "10.0.0.1",
                "10.0.0.2",
                10,
                11569,
                6,
                "1:SXBGMX1lBOwhhoDrZynfROxnhnM=",
            ),
            (
                "192.168.1.52",
                "8.8.8.8",
                54585,
                53,
                17,
                "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            ),
            (
                "8.8.8.8",
                "192.168.1.52",
                53,
                54585,
                17,
                "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            ),
            (
                "192.168.170.8",
                "192.168.170.56",
                7,
                80,
                132,
                "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=",
            ),
            (
                "192.168.170.8",
                "192.168.170.56",
                7,
                7,
                132,
                "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
            ),
            (
                "192.168.0.89",
                "192.168.0.1",
                8,
                0,
                1,
                "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
            ),
            (
                "192.168.0.1",
                "192.168.0.89",
                0,
                8,
                1,
                "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
            ),
            (
                "192.168.0.1",
                "192.168.0.89",
                0,
                0,
                1,
                "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
            ),
            (
                "192.168.0.89",
                "192.168.0.1",
                20,
                0,
                1,
                "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=",
            ),
            (
                "192.168.0.89",
                "192.168.0.1",
                20,
                1,
                1,
                "1:tz/fHIDUHs19NkixVVoOZywde+I=",
            ),
            (
                "10.0.0.1",
                "10.0.0.2",
                11,
                0,
                1,
                "1:YHxtAirCG//0OzkcVAukqKQN9xM=",
            ),
            (
                "10.1.12.1",
                "10.1.12.2",
                0,
                0,
                46,
                "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=",
            ),
            (
                "10.1.24.4",
                "10.1.12.1",
                0,
                0,
                46,
                "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=",
            ),
            (
                "fe80::200:86ff:fe05:80da",
                "fe80::260:97ff:fe07:69ea",
                135,
                0,
                58,
                "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
            ),
            (
                "fe80::260:97ff:fe07:69ea",
                "fe80::200:86ff:fe05:80da",
                136,
                0,
                58,
                "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
            ),
            (
                "3ffe:507:0:1:260:97ff:fe07:69ea",
                "3ffe:507:0:1:200:86ff:fe05:80da",
                3,
                0,
                58,
                "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=",
            ),
            (
                "3ffe:507:0:1:200:86ff:fe05:80da",
                "3ffe:507:0:1:260:97ff:fe07:69ea",
                3,
                0,
                58,
                "1:/OGBt9BN1ofenrmSPWYicpij2Vc=",
            ),
            (
                "2001:470:e5bf:dead:4957:2174:e82c:4887",
                "2607:f8b0:400c:c03::1a",
                63943,
                25,
                6,
                "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
        ];
        for (src, dst, src_port, dst_port, protocol, expected) in vectors {
            assert_eq!(
                id(src, dst, src_port, dst_port, protocol),
                expected,
                "{src} {dst}"
            );
        }
    }

    #[test]
    fn a_uid_is_the_head_of_sha256_over_its_parts() {
        let expected: String = sha2::Sha256::digest(b"hq|1:abc=|1500000000000000001|2")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            uid("hq", "1:abc=", Some(1_500_000_000_000_000_001), 2),
            expected.as_bytes()[..24]
        );
        assert_ne!(uid("hq", "", None, 0), uid("hq", "", Some(0), 0));
    }

    #[test]
    fn protocols_have_one_name_each() {
        for protocol in 0..=255u8 {
            assert_eq!(protocol_number(&protocol_name(protocol)), Some(protocol));
        }
    }
}
