//! Events gathered into Arrow tables, one per kind, columns as `features/events.json` says.
//!
//! One more table is one more line in [`event_tables!`].

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringViewBuilder, UInt16Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field};

use super::arp;
use super::dce_rpc::{DceRpcEvent, DceRpcTable};
use super::dnp3::{Dnp3Event, Dnp3Table};
use super::events::{
    ArpTable, DhcpEvent, DhcpTable, DnsEvent, DnsTable, HttpEvent, HttpTable, LinkLoadEvent,
    LinkLoadTable, QuicEvent, QuicTable, SshEvent, SshTable, TlsEvent, TlsTable,
};
use super::ftp::{FtpEvent, FtpTable};
use super::imap::{ImapEvent, ImapTable};
use super::irc::{IrcEvent, IrcTable};
use super::kerberos::{KerberosEvent, KerberosTable};
use super::ldap::{LdapEvent, LdapTable};
use super::ldap::{LdapSearchEvent, LdapSearchTable};
use super::modbus::{ModbusEvent, ModbusTable};
use super::mqtt::{MqttEvent, MqttTable};
use super::ntlm::{NtlmEvent, NtlmTable};
use super::ntp::{NtpEvent, NtpTable};
use super::pop3::{Pop3Event, Pop3Table};
use super::rdp::{RdpEvent, RdpTable};
use super::sip::{SipEvent, SipTable};
use super::smb::{
    SmbEvent, SmbFilesEvent, SmbFilesTable, SmbMappingEvent, SmbMappingTable, SmbTable,
};
use super::smtp::{SmtpEvent, SmtpTable};
use super::snmp::{SnmpEvent, SnmpTable};
use super::ssdp::{SsdpEvent, SsdpTable};
use super::stratum::{StratumEvent, StratumTable};
use super::telnet::{TelnetEvent, TelnetTable};
use super::FlowIdentity;
use crate::flow::Text;
use crate::packet::{proto, ArpPacket};

/// The columns every event table begins with, of one row.
pub(crate) struct CommonCells<'a> {
    site: &'a str,
    uid: Option<&'a str>,
    orig_h: Option<IpAddr>,
    orig_p: Option<u16>,
    resp_h: Option<IpAddr>,
    resp_p: Option<u16>,
    protocol: Transport,
}

#[derive(Clone, Copy)]
enum Transport {
    Ip(u8),
    Arp,
    /// All of them.
    Link,
}

/// The columns every event table begins with.
#[derive(Debug, Default)]
pub(crate) struct CommonColumns {
    site: StringViewBuilder,
    uid: StringViewBuilder,
    ts_ns: Int64Builder,
    orig_h: StringViewBuilder,
    orig_p: UInt16Builder,
    resp_h: StringViewBuilder,
    resp_p: UInt16Builder,
    proto: StringViewBuilder,
    rows: usize,
}

impl CommonColumns {
    pub(crate) fn push(&mut self, cells: &CommonCells<'_>, ts_ns: i64) {
        self.site.append_value(cells.site);
        self.uid.append_option(cells.uid);
        self.ts_ns.append_value(ts_ns);
        append_address(&mut self.orig_h, cells.orig_h);
        self.orig_p.append_option(cells.orig_p);
        append_address(&mut self.resp_h, cells.resp_h);
        self.resp_p.append_option(cells.resp_p);
        match cells.protocol {
            Transport::Ip(proto::TCP) => self.proto.append_value("tcp"),
            Transport::Ip(proto::UDP) => self.proto.append_value("udp"),
            Transport::Ip(proto::ICMP) => self.proto.append_value("icmp"),
            Transport::Ip(proto::ICMP6) => self.proto.append_value("icmp6"),
            Transport::Ip(proto::SCTP) => self.proto.append_value("sctp"),
            Transport::Ip(number) => self.proto.append_value(number.to_string()),
            Transport::Arp => self.proto.append_value("arp"),
            Transport::Link => self.proto.append_null(),
        }
        self.rows = self.rows.saturating_add(1);
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn fields() -> Vec<Field> {
        vec![
            Field::new("site", DataType::Utf8View, true),
            Field::new("uid", DataType::Utf8View, true),
            Field::new("ts_ns", DataType::Int64, true),
            Field::new("orig_h", DataType::Utf8View, true),
            Field::new("orig_p", DataType::UInt16, true),
            Field::new("resp_h", DataType::Utf8View, true),
            Field::new("resp_p", DataType::UInt16, true),
            Field::new("proto", DataType::Utf8View, true),
        ]
    }

    pub(crate) fn finish(&mut self) -> Vec<ArrayRef> {
        self.rows = 0;
        vec![
            Arc::new(self.site.finish()),
            Arc::new(self.uid.finish()),
            Arc::new(self.ts_ns.finish()),
            Arc::new(self.orig_h.finish()),
            Arc::new(self.orig_p.finish()),
            Arc::new(self.resp_h.finish()),
            Arc::new(self.resp_p.finish()),
            Arc::new(self.proto.finish()),
        ]
    }
}

/// Writes an address; IPv4-mapped IPv6 as IPv4.
fn append_address(column: &mut StringViewBuilder, address: Option<IpAddr>) {
    let text = address.map(|address| Text::ip(address.to_canonical()));
    column.append_option(text.as_ref().map(Text::as_str));
}

/// Declares the kinds of events and their tables: `field: Kind(Struct, Table)`.
macro_rules! event_tables {
    ($($(#[$doc:meta])* $field:ident: $kind:ident($event:ty, $table:ty),)+) => {
        /// One protocol fact of a flow; carries its own time.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $kind(Box<$event>),)+
        }

        impl Event {
            /// Time of the event, nanoseconds since 1970 UTC.
            pub fn ts_ns(&self) -> i64 {
                match self {
                    $(Event::$kind(e) => e.ts_ns,)+
                }
            }
        }

        /// All event tables of one site, filled row by row and flushed as Arrow batches.
        #[derive(Debug, Default)]
        pub struct EventTables {
            site: String,
            $($field: $table,)+
            arp: ArpTable,
            link_load: LinkLoadTable,
        }

        impl EventTables {
            fn put(&mut self, common: &CommonCells<'_>, event: &Event) {
                match event {
                    $(Event::$kind(e) => self.$field.push(common, e),)+
                }
            }

            /// Rows waiting in all tables.
            pub fn rows(&self) -> usize {
                [$(self.$field.rows(),)+ self.arp.rows(), self.link_load.rows()]
                    .iter()
                    .sum()
            }

            /// Takes the rows out, as one batch for each table that has any.
            pub fn flush(&mut self) -> Vec<(&'static str, RecordBatch)> {
                let mut batches = Vec::new();
                let mut take = |name, rows: usize, batch: &mut dyn FnMut() -> Flushed| {
                    // The builders are made from the schema they are checked against.
                    if let Some(Ok(batch)) = (rows > 0).then(batch) {
                        batches.push((name, batch));
                    }
                };
                $(take(<$table>::NAME, self.$field.rows(), &mut || self.$field.flush());)+
                take(ArpTable::NAME, self.arp.rows(), &mut || self.arp.flush());
                take(LinkLoadTable::NAME, self.link_load.rows(), &mut || {
                    self.link_load.flush()
                });
                batches
            }

            /// Names and columns of all tables.
            #[cfg(test)]
            fn schemas() -> Vec<(&'static str, arrow_schema::Schema)> {
                vec![
                    $((<$table>::NAME, <$table>::schema()),)+
                    (ArpTable::NAME, ArpTable::schema()),
                    (LinkLoadTable::NAME, LinkLoadTable::schema()),
                ]
            }
        }
    };
}

type Flushed = Result<RecordBatch, ArrowError>;

event_tables! {
    /// A DNS query with its answer.
    dns: Dns(DnsEvent, DnsTable),
    /// A TLS or DTLS handshake.
    tls: Tls(TlsEvent, TlsTable),
    /// A QUIC connection.
    quic: Quic(QuicEvent, QuicTable),
    /// An HTTP/1 request with its response.
    http: Http(HttpEvent, HttpTable),
    /// An SSH connection.
    ssh: Ssh(SshEvent, SshTable),
    /// A DHCP message.
    dhcp: Dhcp(DhcpEvent, DhcpTable),
    /// A request for a Kerberos ticket with its answer.
    kerberos: Kerberos(KerberosEvent, KerberosTable),
    /// A session of SMB.
    smb: Smb(SmbEvent, SmbTable),
    /// A connection to a share.
    smb_mapping: SmbMapping(SmbMappingEvent, SmbMappingTable),
    /// Something done with a file or pipe of a share.
    smb_files: SmbFiles(SmbFilesEvent, SmbFilesTable),
    /// An NTLM authentication.
    ntlm: Ntlm(NtlmEvent, NtlmTable),
    /// A call of a remote procedure.
    dce_rpc: DceRpc(DceRpcEvent, DceRpcTable),
    /// An LDAP operation other than a search.
    ldap: Ldap(LdapEvent, LdapTable),
    /// An LDAP search.
    ldap_search: LdapSearch(LdapSearchEvent, LdapSearchTable),
    /// A Remote Desktop connection.
    rdp: Rdp(RdpEvent, RdpTable),
    /// SNMP of one version in one flow.
    snmp: Snmp(SnmpEvent, SnmpTable),
    /// An MQTT connection.
    mqtt: Mqtt(MqttEvent, MqttTable),
    /// A mail sent by SMTP.
    smtp: Smtp(SmtpEvent, SmtpTable),
    /// An FTP command with its reply.
    ftp: Ftp(FtpEvent, FtpTable),
    /// A POP3 connection, or a refused login of it.
    pop3: Pop3(Pop3Event, Pop3Table),
    /// An IMAP connection, or a refused login of it.
    imap: Imap(ImapEvent, ImapTable),
    /// A SIP request with its final answer.
    sip: Sip(SipEvent, SipTable),
    /// An SSDP message.
    ssdp: Ssdp(SsdpEvent, SsdpTable),
    /// A Telnet login, or a connection without.
    telnet: Telnet(TelnetEvent, TelnetTable),
    /// An NTP request with its answers.
    ntp: Ntp(NtpEvent, NtpTable),
    /// An IRC connection.
    irc: Irc(IrcEvent, IrcTable),
    /// A unit and function of a Modbus connection.
    modbus: Modbus(ModbusEvent, ModbusTable),
    /// A function that one DNP3 station sends another.
    dnp3: Dnp3(Dnp3Event, Dnp3Table),
    /// A connection of a miner of crypto-currency.
    stratum: Stratum(StratumEvent, StratumTable),
}

impl EventTables {
    /// Empty tables for a site.
    pub fn new(site: &str) -> Self {
        EventTables {
            site: site.to_owned(),
            ..EventTables::default()
        }
    }

    /// Appends an event of a flow.
    pub fn push(&mut self, flow: &FlowIdentity, event: Event) {
        let site = std::mem::take(&mut self.site);
        let common = CommonCells {
            site: &site,
            uid: Some(&flow.uid),
            orig_h: Some(flow.orig_h),
            orig_p: Some(flow.orig_p),
            resp_h: Some(flow.resp_h),
            resp_p: Some(flow.resp_p),
            protocol: Transport::Ip(flow.protocol),
        };
        self.put(&common, &event);
        self.site = site;
    }

    /// Appends an ARP packet: sender as originator, target as responder.
    pub fn push_arp(&mut self, packet: &ArpPacket) {
        let common = CommonCells {
            site: &self.site,
            uid: None,
            orig_h: Some(IpAddr::V4(Ipv4Addr::from(packet.sender_ip))),
            orig_p: None,
            resp_h: Some(IpAddr::V4(Ipv4Addr::from(packet.target_ip))),
            resp_p: None,
            protocol: Transport::Arp,
        };
        self.arp.push(&common, &arp::row(packet));
    }

    /// Appends a second of the link, which is of no conversation.
    pub fn push_link_load(&mut self, second: &LinkLoadEvent) {
        let common = CommonCells {
            site: &self.site,
            uid: None,
            orig_h: None,
            orig_p: None,
            resp_h: None,
            resp_p: None,
            protocol: Transport::Link,
        };
        self.link_load.push(&common, second);
    }
}

#[cfg(test)]
#[path = "tables_test.rs"]
mod tests;
