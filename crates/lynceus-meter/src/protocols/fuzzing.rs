//! Bodies of the fuzz targets, one a parser and one for the whole inspector. Any bytes may come.
//!
//! Input is a script of packets: a byte of flags, a byte of length, then the payload. Flags: bit 0
//! the originator sent it, bit 1 bytes were lost before it, bits 4 to 6 multiply the length by up
//! to 128, bit 7 the flow fell silent before it. The inspector's script has five bytes before it:
//! protocol and ports. What is told must fit the tables.

use std::net::{IpAddr, Ipv4Addr};

use super::door::{Door, Opening, Progress, Verdict};
use super::stream::Chunk;
use super::wire::Wire;
use super::Event;
use super::{EventTables, FlowIdentity, Inspector, Segment};
use crate::packet::proto;

struct Part<'a> {
    flags: u8,
    data: &'a [u8],
}

impl Part<'_> {
    fn falls_silent(&self) -> bool {
        self.flags & 0x80 != 0
    }
}

fn parts(script: &[u8]) -> Vec<Part<'_>> {
    let mut w = Wire::new(script);
    let mut parts = Vec::new();
    while let (Some(flags), Some(length)) = (w.u8(), w.u8()) {
        let bytes = usize::from(length) << (flags >> 4 & 7);
        let data = w.take(bytes.min(w.len())).unwrap_or(&[]);
        parts.push(Part { flags, data });
    }
    parts
}

/// Into how many stretches silences cut a script; what one connection tells, each may tell.
fn stretches(script: &[u8]) -> usize {
    1 + parts(script).iter().filter(|p| p.falls_silent()).count()
}

/// Pushes all events into tables and takes them out again.
fn tabulate(events: Vec<Event>) {
    let flow = FlowIdentity {
        uid: "u".into(),
        orig_h: IpAddr::V4(Ipv4Addr::LOCALHOST),
        orig_p: 1,
        resp_h: IpAddr::V4(Ipv4Addr::LOCALHOST),
        resp_p: 2,
        protocol: proto::TCP,
    };
    let count = events.len();
    let mut tables = EventTables::new("fuzz");
    for event in events {
        tables.push(&flow, event);
    }
    assert_eq!(tables.rows(), count);
    let flushed: usize = tables.flush().iter().map(|(_, b)| b.num_rows()).sum();
    assert_eq!(flushed, count);
}

/// Feeds a script to the parser of a door, whatever its probe thinks of it.
fn parse(door: &Door, script: &[u8]) -> Vec<Event> {
    let opening = Opening {
        orig: script,
        resp: script,
        orig_p: 40000,
        resp_p: 53,
        cut: false,
    };
    let _: Verdict = (door.probe)(&opening);
    let mut parser = (door.open)(&opening);
    let mut out = Vec::new();
    for (i, part) in parts(script).iter().enumerate() {
        if part.falls_silent() {
            parser.finish(&mut out);
        }
        let chunk = Chunk {
            ts_ns: i64::try_from(i).unwrap_or(i64::MAX),
            from_orig: part.flags & 1 != 0,
            lost_bytes: u64::from(part.flags & 2) * u64::from(part.flags),
            data: part.data,
            wire_bytes: u32::try_from(part.data.len()).unwrap_or(u32::MAX),
        };
        match parser.parse(&chunk, &mut out) {
            Progress::More | Progress::Foreign => {}
            Progress::Done => break,
            Progress::Handover(from) => {
                assert!(from <= part.data.len());
                break;
            }
        }
    }
    parser.finish(&mut out);
    let told = out.len();
    parser.finish(&mut out);
    assert_eq!(told, out.len(), "finishing twice tells nothing twice");
    out
}

/// DNS in datagrams and in streams.
pub fn dns(script: &[u8]) {
    for door in [&super::dns::UDP_DOOR, &super::dns::TCP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// TLS and DTLS.
pub fn tls(script: &[u8]) {
    for door in [&super::tls::DOOR, &super::tls::dtls::DOOR] {
        let events = parse(door, script);
        assert!(events.len() <= 1, "one row a handshake");
        tabulate(events);
    }
}

/// Certificates: the bytes are one.
pub fn x509(der: &[u8]) {
    let certificate = super::x509::read(der);
    assert_eq!(certificate.sha256.len(), 64);
}

/// QUIC.
pub fn quic(script: &[u8]) {
    let events = parse(&super::quic::DOOR, script);
    assert!(events.len() <= stretches(script), "one row a connection");
    tabulate(events);
}

/// HTTP/1.
pub fn http(script: &[u8]) {
    tabulate(parse(&super::http::DOOR, script));
}

/// SSH.
pub fn ssh(script: &[u8]) {
    let events = parse(&super::ssh::DOOR, script);
    assert!(events.len() <= stretches(script), "one row a connection");
    tabulate(events);
}

/// DHCP.
pub fn dhcp(script: &[u8]) {
    tabulate(parse(&super::dhcp::DOOR, script));
}

/// SOCKS.
pub fn socks(script: &[u8]) {
    assert!(parse(&super::socks::DOOR, script).is_empty());
}

/// Kerberos in datagrams and in streams.
pub fn kerberos(script: &[u8]) {
    for door in [&super::kerberos::UDP_DOOR, &super::kerberos::TCP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// DCE/RPC in streams and in datagrams.
pub fn dce_rpc(script: &[u8]) {
    for door in [&super::dce_rpc::DOOR, &super::dce_rpc::UDP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// LDAP in streams and in datagrams.
pub fn ldap(script: &[u8]) {
    for door in [&super::ldap::TCP_DOOR, &super::ldap::UDP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// Remote Desktop.
pub fn rdp(script: &[u8]) {
    let events = parse(&super::rdp::DOOR, script);
    assert!(
        events.len() <= 2 * stretches(script),
        "one row a connection and one of its TLS"
    );
    tabulate(events);
}

/// SNMP.
pub fn snmp(script: &[u8]) {
    let events = parse(&super::snmp::DOOR, script);
    assert!(events.len() <= 3 * stretches(script), "one row a version");
    tabulate(events);
}

/// MQTT.
pub fn mqtt(script: &[u8]) {
    let events = parse(&super::mqtt::DOOR, script);
    assert!(events.len() <= stretches(script), "one row a connection");
    tabulate(events);
}

/// SMB 1, 2 and 3.
pub fn smb(script: &[u8]) {
    tabulate(parse(&super::smb::DOOR, script));
}

/// SMTP.
pub fn smtp(script: &[u8]) {
    tabulate(parse(&super::smtp::DOOR, script));
}

/// FTP.
pub fn ftp(script: &[u8]) {
    tabulate(parse(&super::ftp::DOOR, script));
}

/// POP3.
pub fn pop3(script: &[u8]) {
    tabulate(parse(&super::pop3::DOOR, script));
}

/// IMAP.
pub fn imap(script: &[u8]) {
    tabulate(parse(&super::imap::DOOR, script));
}

/// SIP in datagrams and in streams.
pub fn sip(script: &[u8]) {
    for door in [&super::sip::UDP_DOOR, &super::sip::TCP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// SSDP.
pub fn ssdp(script: &[u8]) {
    tabulate(parse(&super::ssdp::DOOR, script));
}

/// Telnet.
pub fn telnet(script: &[u8]) {
    tabulate(parse(&super::telnet::DOOR, script));
}

/// NTP.
pub fn ntp(script: &[u8]) {
    tabulate(parse(&super::ntp::DOOR, script));
}

/// IRC.
pub fn irc(script: &[u8]) {
    let events = parse(&super::irc::DOOR, script);
    assert!(events.len() <= stretches(script), "one row a connection");
    tabulate(events);
}

/// Modbus.
pub fn modbus(script: &[u8]) {
    tabulate(parse(&super::modbus::DOOR, script));
}

/// DNP3 in streams and in datagrams.
pub fn dnp3(script: &[u8]) {
    for door in [&super::dnp3::TCP_DOOR, &super::dnp3::UDP_DOOR] {
        tabulate(parse(door, script));
    }
}

/// Stratum.
pub fn stratum(script: &[u8]) {
    let events = parse(&super::stratum::DOOR, script);
    assert!(events.len() <= stretches(script), "one row a connection");
    tabulate(events);
}

/// Every protocol of which the name alone is told.
pub fn names(script: &[u8]) {
    for door in [
        &super::bittorrent::TCP_DOOR,
        &super::bittorrent::UDP_DOOR,
        &super::gateway_control::MEGACO_DOOR,
        &super::gateway_control::MGCP_DOOR,
        &super::h323::DOOR,
        &super::http2::DOOR,
        &super::iax::DOOR,
        &super::ipsec::DOOR,
        &super::netbios::DATAGRAM_DOOR,
        &super::netbios::SESSION_DOOR,
        &super::openvpn::TCP_DOOR,
        &super::openvpn::UDP_DOOR,
        &super::radius::DOOR,
        &super::skinny::DOOR,
        &super::stun::TCP_DOOR,
        &super::stun::UDP_DOOR,
        &super::syslog::TCP_DOOR,
        &super::syslog::UDP_DOOR,
        &super::wireguard::DOOR,
    ] {
        for orig_p in [138, 514, 1812, 2000, 4500, 4569] {
            let opening = Opening {
                orig: script,
                resp: &[],
                orig_p,
                resp_p: 51820,
                cut: false,
            };
            let _: Verdict = (door.probe)(&opening);
        }
        assert!(parse(door, script).is_empty());
    }
}

/// The inspector as the flow table drives it: sequence numbers follow on, but for bit 2 of the
/// flags (a step back) and bit 1 (a hole).
pub fn inspector(script: &[u8]) {
    let mut w = Wire::new(script);
    let (Some(kind), Some(orig_p), Some(resp_p)) = (w.u8(), w.u16(), w.u16()) else {
        return;
    };
    let protocol = if kind & 1 == 0 {
        proto::TCP
    } else {
        proto::UDP
    };
    let mut inspector = Inspector::new(protocol, orig_p, resp_p);
    let mut next = [u32::MAX - 300, 7];
    let mut out = Vec::new();
    for (i, part) in parts(w.rest()).iter().enumerate() {
        if part.falls_silent() {
            inspector.pause(&mut out);
        }
        if inspector.is_done() {
            break;
        }
        let from_orig = part.flags & 1 != 0;
        let Some(seq) = next.get_mut(usize::from(from_orig)) else {
            return;
        };
        if part.flags & 2 != 0 {
            *seq = seq.wrapping_add(100);
        }
        if part.flags & 4 != 0 {
            *seq = seq.wrapping_sub(150);
        }
        let captured = u32::try_from(part.data.len()).unwrap_or(u32::MAX);
        let segment = Segment {
            ts_ns: i64::try_from(i).unwrap_or(i64::MAX),
            from_orig,
            tcp_seq: *seq,
            tcp_flags: 0x18,
            payload: part.data,
            payload_bytes: captured.saturating_add(u32::from(part.flags & 8)),
            tcp_ack: None,
            syn_seq: None,
        };
        *seq = seq.wrapping_add(segment.payload_bytes);
        inspector.segment(&segment, &mut out);
    }
    inspector.finish(&mut out);
    assert!(inspector.is_done());
    tabulate(out);
}

#[cfg(test)]
#[path = "fuzzing_test.rs"]
pub(crate) mod tests;
