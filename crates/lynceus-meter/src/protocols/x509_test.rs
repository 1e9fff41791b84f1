//! Certificates put together from DER by hand.

use super::*;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        n @ 0..=127 => out.push(n as u8),
        n => {
            out.push(0x82);
            out.extend((n as u16).to_be_bytes());
        }
    }
    out.extend(body);
    out
}

/// One attribute as a relative name: `oid` is the encoded identifier.
fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    let pair = tlv(0x30, &[&tlv(6, &[oid]), &tlv(tag, &[value])]);
    tlv(0x31, &[&pair])
}

const COUNTRY: &[u8] = &[0x55, 4, 6];
const ORGANISATION: &[u8] = &[0x55, 4, 10];
const COMMON: &[u8] = &[0x55, 4, 3];

/// A certificate with this common name and these DNS names.
pub(crate) fn certificate(common: &[u8], names: &[&[u8]]) -> Vec<u8> {
    let algorithm = tlv(
        0x30,
        &[&tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])],
    );
    let issuer = tlv(
        0x30,
        &[
            &attribute(COUNTRY, 0x13, b"CZ"),
            &attribute(COMMON, 12, b"CA"),
        ],
    );
    let validity = tlv(
        0x30,
        &[
            &tlv(0x17, &[b"240101000000Z"]),
            &tlv(0x18, &[b"20500101000000Z"]),
        ],
    );
    let subject = tlv(
        0x30,
        &[
            &attribute(COUNTRY, 0x13, b"CZ"),
            &attribute(ORGANISATION, 12, b"Example, Inc."),
            &attribute(COMMON, 12, common),
        ],
    );
    let key_algorithm = tlv(
        0x30,
        &[
            &tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]]),
            &tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]]),
        ],
    );
    let key = tlv(0x30, &[&key_algorithm, &tlv(3, &[&[0], &[4; 65]])]);
    let dns: Vec<u8> = names.iter().flat_map(|n| tlv(0x82, &[n])).collect();
    let san = tlv(
        0x30,
        &[
            &tlv(6, &[&[0x55, 0x1d, 17]]),
            &tlv(4, &[&tlv(0x30, &[&dns, &tlv(0x87, &[&[10, 0, 0, 1]])])]),
        ],
    );
    let extensions = tlv(0xa3, &[&tlv(0x30, &[&san])]);
    let body = tlv(
        0x30,
        &[
            &tlv(0xa0, &[&tlv(2, &[&[2]])]),
            &tlv(2, &[&[1]]),
            &algorithm,
            &issuer,
            &validity,
            &subject,
            &key,
            &extensions,
        ],
    );
    tlv(0x30, &[&body, &algorithm, &tlv(3, &[&[0, 1, 2]])])
}

#[test]
fn reads_names_dates_and_fingerprint() {
    let der = certificate(b" a#\"b", &[b"A.example", b"b.example"]);
    let c = read(&der);
    assert_eq!(c.sha256.len(), 64);
    assert_eq!(
        c.subject.as_deref(),
        Some("CN=\\ a#\\\"b,O=Example\\, Inc.,C=CZ")
    );
    assert_eq!(c.issuer.as_deref(), Some("CN=CA,C=CZ"));
    assert_eq!((c.key_type, c.key_bits), (Some("ecdsa"), Some(256)));
    assert_eq!(c.self_signed, Some(false));
    assert_eq!(c.not_before_ns, Some(1_704_067_200_000_000_000));
    assert_eq!(c.not_after_ns, Some(2_524_608_000_000_000_000));
    assert_eq!(
        c.san_dns,
        Some(vec!["a.example".into(), "b.example".into()])
    );
}

#[test]
fn what_is_no_certificate_has_a_fingerprint_alone() {
    let c = read(b"");
    assert_eq!(
        c,
        Certificate {
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into(),
            sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709".into(),
            ..Certificate::default()
        }
    );
    let mut der = certificate(b"x", &[]);
    der.truncate(200);
    assert_eq!(read(&der).subject, None);
}

#[test]
fn long_names_are_cut_at_a_character() {
    let der = certificate("é".repeat(3000).as_bytes(), &[]);
    let subject = read(&der).subject.expect("a subject");
    assert!(subject.len() <= NAME_CHARS && subject.starts_with("CN=é"));
}
