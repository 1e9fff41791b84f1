//! Hand-made frames and captures for the tests of reading and decoding.
#![allow(dead_code)] // each test file uses its share

use std::io::{Cursor, Write};
use std::path::PathBuf;

use lynceus_meter::decode::Decoder;
use lynceus_meter::losses::Losses;
use lynceus_meter::packet::{ArpPacket, Packet, PacketBatch};
use lynceus_meter::read::Capture;

pub const ETHERNET: u32 = 1;
pub const RAW: u32 = 101;
pub const MAC_A: [u8; 6] = [2, 0, 0, 0, 0, 0xa];
pub const MAC_B: [u8; 6] = [2, 0, 0, 0, 0, 0xb];
pub const A: [u8; 4] = [10, 0, 0, 1];
pub const B: [u8; 4] = [10, 0, 0, 2];
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
/// 2026-01-01T00:00:00Z, the time of the first frame of a hand-made capture.
pub const T0_S: u32 = 1_767_225_600;

pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub fn ethernet(kind: u16, body: &[u8]) -> Vec<u8> {
    join(&[&MAC_B, &MAC_A, &kind.to_be_bytes(), body])
}

/// IPv4 from A to B without options; `flags` is the field of flags and fragment offset.
pub fn ipv4_piece(protocol: u8, id: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = (20 + body.len()) as u16;
    let mut ip = vec![0x45, 0];
    ip.extend(length.to_be_bytes());
    ip.extend(id.to_be_bytes());
    ip.extend(flags.to_be_bytes());
    ip.extend([64, protocol, 0, 0]);
    ip.extend(A);
    ip.extend(B);
    ip.extend(body);
    ip
}

pub fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
    ipv4_piece(protocol, 0, 0x4000, body)
}

pub fn v6(last: u8) -> [u8; 16] {
    let mut address = [0; 16];
    address[0] = 0xfd;
    address[15] = last;
    address
}

/// IPv6 from fd00::1 to fd00::2.
pub fn ipv6(next: u8, body: &[u8]) -> Vec<u8> {
    let mut ip = vec![0x60, 0, 0, 0];
    ip.extend((body.len() as u16).to_be_bytes());
    ip.extend([next, 61]);
    ip.extend(v6(1));
    ip.extend(v6(2));
    ip.extend(body);
    ip
}

/// TCP from port 40000 to 443, window 512.
pub fn tcp(flags: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    assert_eq!(options.len() % 4, 0);
    let mut tcp = Vec::new();
    tcp.extend(40000u16.to_be_bytes());
    tcp.extend(443u16.to_be_bytes());
    tcp.extend(0x0102_0304u32.to_be_bytes());
    tcp.extend(0x0506_0708u32.to_be_bytes());
    tcp.extend([((5 + options.len() / 4) << 4) as u8, flags]);
    tcp.extend(512u16.to_be_bytes());
    tcp.extend([0, 0, 0, 0]);
    tcp.extend(options);
    tcp.extend(payload);
    tcp
}

pub fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    let mut udp = Vec::new();
    udp.extend(src_port.to_be_bytes());
    udp.extend(dst_port.to_be_bytes());
    udp.extend((8 + payload.len() as u16).to_be_bytes());
    udp.extend([0, 0]);
    udp.extend(payload);
    udp
}

/// One UDP datagram of payload "inner" from port 1111 to 2222, inside IPv4.
pub fn inner_ipv4() -> Vec<u8> {
    ipv4(UDP, &udp(1111, 2222, b"inner"))
}

/// An ordinary frame: Ethernet with the packet of `inner_ipv4`.
pub fn frame() -> Vec<u8> {
    ethernet(0x0800, &inner_ipv4())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 6);
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub fn pcap_header(link: u32) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(0xa1b2_c3d4u32.to_le_bytes());
    out.extend([2, 0, 4, 0]);
    out.extend([0; 8]);
    out.extend(262_144u32.to_le_bytes());
    out.extend(link.to_le_bytes());
    out
}

pub fn pcap_record(seconds: u32, micros: u32, wire: usize, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in [seconds, micros, bytes.len() as u32, wire as u32] {
        out.extend(word.to_le_bytes());
    }
    out.extend(bytes);
    out
}

/// A capture of these frames, a millisecond apart.
pub fn pcap(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = pcap_header(link);
    for (i, frame) in frames.iter().enumerate() {
        out.extend(pcap_record(T0_S, i as u32 * 1000, frame.len(), frame));
    }
    out
}

/// All that came out of a capture.
#[derive(Default)]
pub struct Decoded {
    pub packets: Vec<Packet>,
    pub payloads: Vec<Vec<u8>>,
    pub arps: Vec<ArpPacket>,
    pub losses: Losses,
}

impl Decoded {
    /// The only packet, and its payload.
    pub fn only(&self) -> (Packet, &[u8]) {
        assert_eq!(self.packets.len(), 1, "{:?}", self.losses);
        (self.packets[0], &self.payloads[0])
    }
}

/// Decodes a capture and checks what holds for every one.
pub fn decode_capture(bytes: Vec<u8>) -> Decoded {
    let mut capture = Capture::from_reader(Box::new(Cursor::new(bytes)), "test").unwrap();
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    let mut out = Decoded::default();
    while decoder.fill(&mut capture, &mut batch).unwrap() {
        for packet in &batch.packets {
            let payload = batch.payload(packet);
            assert_eq!(payload.len(), packet.payload_captured as usize);
            assert!(packet.payload_captured <= packet.payload_bytes);
            out.packets.push(*packet);
            out.payloads.push(payload.to_vec());
        }
        out.arps.append(&mut batch.arps);
    }
    out.losses = decoder.losses().clone();
    assert!(out.losses.balances(), "{:?}", out.losses);
    assert_eq!(out.losses.get("packets"), out.packets.len() as u64);
    assert_eq!(out.losses.get("arps"), out.arps.len() as u64);
    assert_eq!(out.losses.get("fragments_held"), 0);
    out
}

pub fn decode(link: u32, frames: &[Vec<u8>]) -> Decoded {
    let out = decode_capture(pcap(link, frames));
    assert_eq!(out.losses.get("frames"), frames.len() as u64);
    out
}

/// Decodes one Ethernet frame of this type.
pub fn decode_ethernet(kind: u16, body: &[u8]) -> Decoded {
    decode(ETHERNET, &[ethernet(kind, body)])
}

/// Asserts that the only packet is the one of `inner_ipv4`.
pub fn assert_inner(out: &Decoded) -> Packet {
    let (packet, payload) = out.only();
    assert_eq!(payload, b"inner");
    assert_eq!((packet.src_port, packet.dst_port), (1111, 2222));
    assert_eq!(
        (packet.protocol, packet.ttl, packet.ip_bytes),
        (UDP, 64, 33)
    );
    assert_eq!(packet.src, mapped(A));
    assert_eq!(packet.dst, mapped(B));
    packet
}

pub fn mapped(v4: [u8; 4]) -> [u8; 16] {
    let mut address = [0; 16];
    address[10] = 0xff;
    address[11] = 0xff;
    address[12..].copy_from_slice(&v4);
    address
}

/// One pcapng block.
pub fn block(big_endian: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let word = |value: u32| match big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    };
    let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
    let length = word(12 + (body.len() + padding.len()) as u32);
    join(&[&word(kind), &length, body, &padding, &length])
}

pub fn section(big_endian: bool) -> Vec<u8> {
    let body = match big_endian {
        true => join(&[&0x1a2b_3c4du32.to_be_bytes(), &[0, 1, 0, 0], &[0xff; 8]]),
        false => join(&[&0x1a2b_3c4du32.to_le_bytes(), &[1, 0, 0, 0], &[0xff; 8]]),
    };
    block(big_endian, 0x0a0d_0d0a, &body)
}

/// An interface description with these options (code and value).
pub fn interface(big_endian: bool, link: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
    let half = |value: u16| match big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    };
    let mut body = join(&[&half(link as u16), &[0; 6]]);
    for (code, value) in options {
        body.extend(half(*code));
        body.extend(half(value.len() as u16));
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    block(big_endian, 1, &body)
}

/// An enhanced packet block.
pub fn enhanced(big_endian: bool, interface: u32, ticks: u64, frame: &[u8]) -> Vec<u8> {
    let length = frame.len() as u32;
    let words = [
        interface,
        (ticks >> 32) as u32,
        ticks as u32,
        length,
        length,
    ];
    let mut body = Vec::new();
    for word in words {
        body.extend(match big_endian {
            true => word.to_be_bytes(),
            false => word.to_le_bytes(),
        });
    }
    body.extend(frame);
    block(big_endian, 6, &body)
}

/// A pcapng capture of these frames, a millisecond apart.
pub fn pcapng(big_endian: bool, link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = join(&[&section(big_endian), &interface(big_endian, link, &[])]);
    for (i, frame) in frames.iter().enumerate() {
        let ticks = u64::from(T0_S) * 1_000_000 + i as u64 * 1000;
        out.extend(enhanced(big_endian, 0, ticks, frame));
    }
    out
}

/// The folder of real captures beside the project, if it is there.
pub fn shared_data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no shared data beside the project");
        return None;
    }
    Some(folder)
}

/// Every capture of the shared data, in order of name.
pub fn shared_captures() -> Vec<PathBuf> {
    let Some(data) = shared_data() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut folders: Vec<_> = [
        "ndpi-apps",
        "protocol-pcaps",
        "attack-pcaps",
        "ja4",
        "dns-tunnel",
    ]
    .map(|name| data.join(name))
    .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_capture = [".pcap", ".pcapng", ".cap"]
                .iter()
                .any(|end| name.trim_end_matches(".gz").ends_with(end));
            if path.is_dir() {
                folders.push(path);
            } else if is_capture {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
