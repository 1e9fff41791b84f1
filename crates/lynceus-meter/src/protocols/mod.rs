//! Protocol facts from the first bytes of each conversation.
//!
//! `flow` owns one [`Inspector`] per flow and calls [`Inspector::segment`] for each packet with
//! payload until [`Inspector::is_done`]. Facts are appended to a `Vec<Event>`; `flow` drains that
//! vector at once into [`EventTables`] together with the identity of the flow.
//!
//! **The door for one more protocol** is one file here and one line in [`PARSERS`]:
//!
//! * `probe` sees the first bytes of both directions (a datagram alone for UDP) and says
//!   [`Verdict::No`], [`Verdict::Maybe`] (more bytes may tell) or [`Verdict::Yes`]. Content
//!   decides; a port may only make a probe stricter or more lenient.
//! * `open` makes a [`Parser`]. Its `parse` is given every byte from the first one on, in order
//!   for TCP with losses told, datagram by datagram for UDP, until it says [`Progress::Done`] or
//!   hands the rest of the conversation to the other parsers ([`Progress::Handover`], as after
//!   CONNECT). Its `finish` tells what is still open when the flow ends.
//! * Rows are declared in `events.rs` and in `features/events.json`, which a test compares.
//!
//! **Bounds per flow and direction**: [`PROBE_PACKETS`] payload packets or [`PROBE_BYTES`] until a
//! direction counts as unrecognised, [`PROBE_ALONE`] times that when the other side is silent;
//! 32 KiB of early segments (`stream`), 16 KiB of answers that came before what they answer (`turns`); each parser states its own, at most 64 KiB.

mod allowance;
mod arp;
mod ber;
mod bittorrent;
mod columns;
mod dce_rpc;
mod dhcp;
mod dnp3;
mod dns;
mod door;
mod encrypted_dns;
mod events;
mod fingerprint;
mod frames;
mod ftp;
pub mod fuzzing;
mod gateway_control;
mod h323;
mod heads;
mod http;
mod http2;
mod iax;
mod imap;
mod inspector;
mod ipsec;
mod irc;
mod kerberos;
mod ldap;
mod lines;
mod mailbox;
mod modbus;
mod mqtt;
mod netbios;
mod ntlm;
mod ntp;
mod ntstatus;
mod openvpn;
mod pop3;
mod probing;
mod quic;
mod radius;
mod rdp;
mod sasl;
mod sip;
mod skinny;
mod smb;
mod smtp;
mod snmp;
mod socks;
mod ssdp;
mod ssh;
mod stratum;
mod stream;
mod stun;
mod syslog;
mod tables;
mod telnet;
#[cfg(test)]
mod testing;
mod tls;
mod turns;
mod wire;
mod wireguard;
mod x509;

use std::net::IpAddr;

pub use dce_rpc::DceRpcEvent;
pub use dnp3::Dnp3Event;
pub use events::{DhcpEvent, DnsEvent, HttpEvent, LinkLoadEvent, QuicEvent, SshEvent, TlsEvent};
pub use ftp::FtpEvent;
pub use imap::ImapEvent;
pub use inspector::Inspector;
pub use irc::IrcEvent;
pub use kerberos::KerberosEvent;
pub use ldap::{LdapEvent, LdapSearchEvent};
pub use modbus::ModbusEvent;
pub use mqtt::MqttEvent;
pub use ntlm::NtlmEvent;
pub use ntp::NtpEvent;
pub use pop3::Pop3Event;
pub use rdp::RdpEvent;
pub use sip::SipEvent;
pub use smb::{SmbEvent, SmbFilesEvent, SmbMappingEvent};
pub use smtp::SmtpEvent;
pub use snmp::SnmpEvent;
pub use ssdp::SsdpEvent;
pub use stratum::StratumEvent;
pub use tables::{Event, EventTables};
pub use telnet::TelnetEvent;

use door::{Door, Opening, Parser, Progress, Verdict};

/// One packet's contribution to a conversation, in capture order.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Capture time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// True when the originator sent it.
    pub from_orig: bool,
    /// Sequence number of the TCP header, 0 for datagrams.
    pub tcp_seq: u32,
    /// TCP flags, 0 for datagrams.
    pub tcp_flags: u8,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire (more than captured when the snap length cut it).
    pub payload_bytes: u32,
    /// Acknowledgement number of the TCP header, where it has one.
    pub tcp_ack: Option<u32>,
    /// Sequence number of the originator's SYN, where it was seen.
    pub syn_seq: Option<u32>,
}

/// Whose events these are: the identity columns that every event table begins with.
#[derive(Clone, Debug)]
pub struct FlowIdentity {
    /// Unique id of the flow part.
    pub uid: String,
    /// Originator address.
    pub orig_h: IpAddr,
    /// Originator port.
    pub orig_p: u16,
    /// Responder address.
    pub resp_h: IpAddr,
    /// Responder port.
    pub resp_p: u16,
    /// IP protocol number.
    pub protocol: u8,
}

/// Payload packets of one direction after which it counts as unrecognised.
pub const PROBE_PACKETS: u8 = 4;
/// Bytes of one direction after which it counts as unrecognised.
pub const PROBE_BYTES: usize = 4 * 1024;
/// How many times the above one direction may take while the other is silent.
pub const PROBE_ALONE: u8 = 4;

/// Every protocol, in the order they are probed.
const PARSERS: &[Door] = &[
    tls::DOOR,
    http::DOOR,
    ssh::DOOR,
    smtp::DOOR,
    ftp::DOOR,
    pop3::DOOR,
    imap::DOOR,
    sip::TCP_DOOR,
    telnet::DOOR,
    smb::DOOR,
    dce_rpc::DOOR,
    kerberos::TCP_DOOR,
    ldap::TCP_DOOR,
    rdp::DOOR,
    mqtt::DOOR,
    dns::TCP_DOOR,
    http2::DOOR,
    bittorrent::TCP_DOOR,
    stratum::DOOR,
    irc::DOOR,
    dnp3::TCP_DOOR,
    modbus::DOOR,
    openvpn::TCP_DOOR,
    stun::TCP_DOOR,
    h323::DOOR,
    skinny::DOOR,
    netbios::SESSION_DOOR,
    syslog::TCP_DOOR,
    socks::DOOR,
    sip::UDP_DOOR,
    ssdp::DOOR,
    kerberos::UDP_DOOR,
    ldap::UDP_DOOR,
    dce_rpc::UDP_DOOR,
    rdp::UDP_DOOR,
    snmp::DOOR,
    ntp::DOOR,
    dns::UDP_DOOR,
    quic::DOOR,
    tls::dtls::DOOR,
    dhcp::DOOR,
    stun::UDP_DOOR,
    netbios::DATAGRAM_DOOR,
    iax::DOOR,
    gateway_control::MGCP_DOOR,
    gateway_control::MEGACO_DOOR,
    bittorrent::UDP_DOOR,
    wireguard::DOOR,
    openvpn::UDP_DOOR,
    ipsec::DOOR,
    dnp3::UDP_DOOR,
    radius::DOOR,
    syslog::UDP_DOOR,
];
