//! The seeds of the fuzz targets; `tests/fuzzing.rs` runs the targets over damaged copies of them.

use std::path::Path;

use super::*;

/// A seed is worth something only when its parser reads it.
#[test]
fn seeds_are_understood() {
    let doors: [(&str, &Door); 27] = [
        ("dns/query_and_answer", &crate::protocols::dns::UDP_DOOR),
        ("tls/handshake", &crate::protocols::tls::DOOR),
        ("quic/initial", &crate::protocols::quic::DOOR),
        ("http/exchange", &crate::protocols::http::DOOR),
        ("ssh/login", &crate::protocols::ssh::DOOR),
        ("dhcp/ack", &crate::protocols::dhcp::DOOR),
        ("smb/files", &crate::protocols::smb::DOOR),
        ("dce_rpc/service", &crate::protocols::dce_rpc::DOOR),
        ("kerberos/login", &crate::protocols::kerberos::UDP_DOOR),
        (
            "kerberos/service_ticket",
            &crate::protocols::kerberos::TCP_DOOR,
        ),
        ("ldap/conversation", &crate::protocols::ldap::TCP_DOOR),
        ("ldap/datagrams", &crate::protocols::ldap::UDP_DOOR),
        ("rdp/old", &crate::protocols::rdp::DOOR),
        ("rdp/tls", &crate::protocols::rdp::DOOR),
        ("snmp/walk", &crate::protocols::snmp::DOOR),
        ("snmp/version_3", &crate::protocols::snmp::DOOR),
        ("mqtt/version_3_1", &crate::protocols::mqtt::DOOR),
        ("mqtt/version_5", &crate::protocols::mqtt::DOOR),
        ("smtp/mail", &crate::protocols::smtp::DOOR),
        ("smtp/chunks", &crate::protocols::smtp::DOOR),
        ("ftp/files", &crate::protocols::ftp::DOOR),
        ("pop3/mails", &crate::protocols::pop3::DOOR),
        ("imap/mails", &crate::protocols::imap::DOOR),
        ("sip/datagrams", &crate::protocols::sip::UDP_DOOR),
        ("sip/stream", &crate::protocols::sip::TCP_DOOR),
        ("ssdp/discovery", &crate::protocols::ssdp::DOOR),
        ("telnet/logins", &crate::protocols::telnet::DOOR),
    ];
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, door) in doors {
        let seed = std::fs::read(seeds.join(name)).expect("a readable seed");
        assert!(!parse(door, &seed).is_empty(), "{name}");
    }
}

/// Writes a seed: parts with the originator's told from the responder's. Parts longer than one
/// length byte are written in several, as a stream may be divided; datagrams are padded.
pub(crate) fn write_seed(target: &str, name: &str, stream: bool, parts: &[(bool, Vec<u8>)]) {
    let mut script = Vec::new();
    for (from_orig, data) in parts {
        let shift = (0..8).find(|s| data.len() >> s < 255).expect("a length");
        let shift = if stream { 0 } else { shift };
        for piece in data.chunks(if stream { 255 } else { data.len().max(1) }) {
            let mut piece = piece.to_vec();
            piece.resize(piece.len().next_multiple_of(1 << shift), 0);
            script.push(u8::from(*from_orig) | shift << 4);
            script.push((piece.len() >> shift) as u8);
            script.extend(piece);
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(name), script).expect("written");
}
