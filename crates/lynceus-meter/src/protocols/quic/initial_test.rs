//! Initial packets: the sealing side is written here, from the standard, to test the opening one.

use super::*;

/// A client Initial with these frames, protected as a client would.
pub(crate) fn sealed(version: u32, destination: &[u8], number: u8, frames: &[u8]) -> Vec<u8> {
    let keys = Keys::of_client(version, destination).expect("a known version");
    let kind = if version == V2 { 0xd0 } else { 0xc0 };
    let mut header = vec![kind];
    header.extend(version.to_be_bytes());
    header.push(destination.len() as u8);
    header.extend(destination);
    header.extend([0, 0]);
    let length = (1 + frames.len() + 16) as u16;
    header.extend((0x4000 | length).to_be_bytes());
    let number_at = header.len();
    header.push(number);
    let mut nonce = keys.iv;
    nonce[11] ^= number;
    let payload = Payload {
        msg: frames,
        aad: &header,
    };
    let sealed = keys
        .cipher
        .encrypt(&Nonce::from(nonce), payload)
        .expect("sealed");
    let mut packet = [header, sealed].concat();
    let sample: [u8; 16] = packet[number_at + 4..number_at + 20]
        .try_into()
        .expect("a sample");
    let mut mask = Array::from(sample);
    keys.header.encrypt_block(&mut mask);
    packet[0] ^= mask[0] & 0x0f;
    packet[number_at] ^= mask[1];
    packet
}

#[test]
fn opens_what_a_client_sealed() {
    for version in [V1, V2, 0xff00_001d, 0xff00_001b, 0xface_b001] {
        let frames = [1u8; 40];
        let bytes = sealed(version, b"12345678", 2, &frames);
        let mut w = Wire::new(&bytes);
        let packet = read_packet(&mut w).expect("a packet");
        assert_eq!(
            (packet.kind, packet.destination),
            (Kind::Initial, &b"12345678"[..])
        );
        assert!(w.is_empty());
        let keys = Keys::of_client(version, packet.destination).expect("keys");
        assert_eq!(keys.open(&packet).as_deref(), Some(&frames[..]));
        let other = Keys::of_client(version, b"87654321").expect("keys");
        assert_eq!(other.open(&packet), None);
    }
}

#[test]
fn keys_of_the_standard() {
    // RFC 9001, appendix A.1: connection id and client iv.
    let keys = Keys::of_client(V1, b"\x83\x94\xc8\xf0\x3e\x51\x57\x08").expect("keys");
    assert_eq!(
        keys.iv,
        *b"\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c"
    );
    // RFC 9369, appendix A.1.
    let keys = Keys::of_client(V2, b"\x83\x94\xc8\xf0\x3e\x51\x57\x08").expect("keys");
    assert_eq!(
        keys.iv,
        *b"\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f"
    );
}

#[test]
fn integers_of_all_sizes() {
    let read = |bytes: &[u8]| varint(&mut Wire::new(bytes));
    assert_eq!(read(&[37]), Some(37));
    assert_eq!(read(&[0x7b, 0xbd]), Some(15_293));
    assert_eq!(read(&[0x9d, 0x7f, 0x3e, 0x7d]), Some(494_878_333));
    assert_eq!(
        read(&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c]),
        Some(151_288_809_941_952_652)
    );
    assert_eq!(read(&[0xc0, 0]), None);
}

#[test]
fn lying_headers_are_refused() {
    let good = sealed(V1, b"12345678", 0, &[0; 40]);
    for cut in 0..good.len() {
        assert!(read_packet(&mut Wire::new(&good[..cut])).is_none());
    }
    let mut long_id = good.clone();
    long_id[5] = 21;
    assert!(read_packet(&mut Wire::new(&long_id)).is_none());
    let mut short = good;
    short[0] = 0x40;
    assert!(read_packet(&mut Wire::new(&short)).is_none());
}
