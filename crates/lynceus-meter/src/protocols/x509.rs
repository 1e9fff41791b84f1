//! The leaf certificate of a chain: names, dates and fingerprint.

use std::fmt::Write;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

use super::wire::{hex, push_hex};

/// Characters kept of a subject or issuer.
const NAME_CHARS: usize = 1024;
/// DNS names kept of a certificate.
const DNS_NAMES: usize = 256;

/// What the columns tell of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// SHA-256 of the DER bytes.
    pub(crate) sha256: String,
    /// SHA-1 of the DER bytes, by which lists of others name certificates.
    pub(crate) sha1: String,
    /// Subject, RFC 4514 form.
    pub(crate) subject: Option<String>,
    /// Issuer, RFC 4514 form.
    pub(crate) issuer: Option<String>,
    /// Valid from, nanoseconds since 1970 UTC.
    pub(crate) not_before_ns: Option<i64>,
    /// Valid until, nanoseconds since 1970 UTC.
    pub(crate) not_after_ns: Option<i64>,
    /// DNS names of the subject alternative name.
    pub(crate) san_dns: Option<Vec<String>>,
    /// rsa, ecdsa, dsa, ed25519, ed448 or other.
    pub(crate) key_type: Option<&'static str>,
    /// Length of the key, bits.
    pub(crate) key_bits: Option<u16>,
    /// Subject and issuer are the same.
    pub(crate) self_signed: Option<bool>,
}

/// Reads a certificate; one that is no X.509 still has its fingerprint.
pub(crate) fn read(der: &[u8]) -> Certificate {
    let mut certificate = Certificate {
        sha256: hex(&Sha256::digest(der)),
        sha1: hex(&Sha1::digest(der)),
        ..Certificate::default()
    };
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        return certificate;
    };
    certificate.subject = Some(name(parsed.subject()));
    certificate.issuer = Some(name(parsed.issuer()));
    let validity = parsed.validity();
    certificate.not_before_ns = validity.not_before.timestamp().checked_mul(1_000_000_000);
    certificate.not_after_ns = validity.not_after.timestamp().checked_mul(1_000_000_000);
    let key = parsed.public_key();
    let key_type = key_type(&key.algorithm.algorithm.to_id_string());
    certificate.key_type = Some(key_type);
    certificate.key_bits = match key_type {
        "ed25519" => Some(256),
        "ed448" => Some(456),
        // A DSA key is as long as its modulus, which stands elsewhere.
        "dsa" => None,
        _ => key
            .parsed()
            .ok()
            .and_then(|key| u16::try_from(key.key_size()).ok()),
    };
    certificate.key_bits = certificate.key_bits.filter(|bits| *bits > 0);
    certificate.self_signed = Some(parsed.subject().as_raw() == parsed.issuer().as_raw());
    if let Ok(Some(names)) = parsed.subject_alternative_name() {
        let dns = names.value.general_names.iter().filter_map(|n| match n {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        });
        certificate.san_dns = Some(dns.take(DNS_NAMES).collect());
    }
    certificate
}

/// RFC 4514: most specific part first, special characters escaped.
fn name(name: &X509Name<'_>) -> String {
    let mut text = String::new();
    let parts: Vec<_> = name.iter_rdn().collect();
    for part in parts.into_iter().rev() {
        for (i, attribute) in part.iter().enumerate() {
            if !text.is_empty() {
                text.push(if i == 0 { ',' } else { '+' });
            }
            let oid = attribute.attr_type().to_id_string();
            match (short_name(&oid), attribute.as_str()) {
                (Some(short), Ok(value)) => {
                    text.push_str(short);
                    text.push('=');
                    escape(&mut text, value);
                }
                (short, _) => {
                    text.push_str(short.unwrap_or(&oid));
                    text.push_str("=#");
                    text.push_str(&hex(attribute.attr_value().data));
                }
            }
            if text.len() > NAME_CHARS {
                let cut = (0..=NAME_CHARS).rev().find(|&i| text.is_char_boundary(i));
                text.truncate(cut.unwrap_or(0));
                return text;
            }
        }
    }
    text
}

fn key_type(oid: &str) -> &'static str {
    match oid {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => "rsa",
        "1.2.840.10045.2.1" => "ecdsa",
        "1.2.840.10040.4.1" => "dsa",
        "1.3.101.112" => "ed25519",
        "1.3.101.113" => "ed448",
        _ => "other",
    }
}

fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.41" => "name",
        "2.5.4.42" => "GN",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionC",
        _ => return None,
    })
}

fn escape(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (i, c) in value.chars().enumerate() {
        let edge_space = c == ' ' && (i == 0 || i == last);
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\');
        if special || edge_space || (c == '#' && i == 0) {
            text.push('\\');
            text.push(c);
        } else if c.is_control() {
            let mut bytes = [0u8; 4];
            for &byte in c.encode_utf8(&mut bytes).as_bytes() {
                text.push('\\');
                push_hex(text, byte);
            }
        } else {
            // Writing to a string cannot fail.
            let _ = text.write_char(c);
        }
    }
}

#[cfg(test)]
#[path = "x509_test.rs"]
pub(crate) mod tests;
