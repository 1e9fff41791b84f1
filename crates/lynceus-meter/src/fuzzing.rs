//! The bodies of the fuzz targets, so that they also run without a fuzzer: the tests give them
//! the seeds of `fuzz/seeds/<target>/` and many thousand damaged copies.
//!
//! The door for one more target: a function here, a line in [`TARGETS`], a file in
//! `fuzz/fuzz_targets/` with its entry in `fuzz/Cargo.toml`, and a seed.

use std::io::Cursor;

use crate::decode::{fast_path_agrees, Decoder};
use crate::packet::PacketBatch;
use crate::protocols::fuzzing as protocols;
use crate::read::Capture;

/// A fuzz target: its name, and what it does with any bytes. It panics when a promise is broken.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("read_capture", read_capture),
    ("decode_frame", decode_frame),
    ("dns", protocols::dns),
    ("tls", protocols::tls),
    ("x509", protocols::x509),
    ("quic", protocols::quic),
    ("http", protocols::http),
    ("ssh", protocols::ssh),
    ("dhcp", protocols::dhcp),
    ("socks", protocols::socks),
    ("kerberos", protocols::kerberos),
    ("dce_rpc", protocols::dce_rpc),
    ("ldap", protocols::ldap),
    ("rdp", protocols::rdp),
    ("snmp", protocols::snmp),
    ("mqtt", protocols::mqtt),
    ("smb", protocols::smb),
    ("smtp", protocols::smtp),
    ("ftp", protocols::ftp),
    ("pop3", protocols::pop3),
    ("imap", protocols::imap),
    ("sip", protocols::sip),
    ("ssdp", protocols::ssdp),
    ("telnet", protocols::telnet),
    ("ntp", protocols::ntp),
    ("irc", protocols::irc),
    ("modbus", protocols::modbus),
    ("dnp3", protocols::dnp3),
    ("stratum", protocols::stratum),
    ("names", protocols::names),
    ("inspector", protocols::inspector),
];

/// Any bytes as a capture, plain or compressed: an error or packets, and the sums are right.
pub fn read_capture(bytes: &[u8]) {
    let source = Cursor::new(bytes.to_vec());
    let Ok(mut capture) = Capture::from_reader(Box::new(source), "fuzz") else {
        return;
    };
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    while let Ok(true) = decoder.fill(&mut capture, &mut batch) {
        for packet in &batch.packets {
            let payload = batch.payload(packet);
            assert_eq!(payload.len(), packet.payload_captured as usize);
            assert!(packet.payload_captured <= packet.payload_bytes);
            assert!(packet.frame >= 1 && packet.frame <= decoder.losses().get("frames"));
        }
    }
    assert!(decoder.losses().balances(), "{:?}", decoder.losses());
    assert_eq!(decoder.losses().get("fragments_held"), 0);
}

/// A link type, then frames with their length before them (all little-endian 16 bits): decoded as
/// one capture, and each by the fast path and the full decoder alike.
pub fn decode_frame(bytes: &[u8]) {
    let Some((link, mut rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let mut capture = Vec::with_capacity(bytes.len() * 2 + 64);
    capture.extend(0xa1b2_c3d4u32.to_le_bytes());
    capture.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    capture.extend([link[0], link[1], 0, 0]);
    let mut seconds = 0u32;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (frame, after) = after.split_at(length);
        fast_path_agrees(frame);
        for word in [seconds, 0, length as u32, length as u32] {
            capture.extend(word.to_le_bytes());
        }
        capture.extend(frame);
        seconds += 1;
        rest = after;
    }
    read_capture(&capture);
}
