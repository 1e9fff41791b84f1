//! Events gathered into Arrow tables, one per kind, columns as `features/events.json` says.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, UInt16Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};

use super::arp;
use super::events::{
    ArpTable, DhcpTable, DnsTable, Event, HttpTable, QuicTable, SshTable, TlsTable,
};
use super::FlowIdentity;
use crate::packet::{proto, ArpPacket};

/// The columns every event table begins with, of one row.
pub(crate) struct CommonCells<'a> {
    site: &'a str,
    uid: Option<&'a str>,
    orig_h: IpAddr,
    orig_p: Option<u16>,
    resp_h: IpAddr,
    resp_p: Option<u16>,
    protocol: Transport,
}

#[derive(Clone, Copy)]
enum Transport {
    Ip(u8),
    Arp,
}

/// The columns every event table begins with.
#[derive(Debug, Default)]
pub(crate) struct CommonColumns {
    site: StringBuilder,
    uid: StringBuilder,
    ts_ns: Int64Builder,
    orig_h: StringBuilder,
    orig_p: UInt16Builder,
    resp_h: StringBuilder,
    resp_p: UInt16Builder,
    proto: StringBuilder,
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
        }
        self.rows = self.rows.saturating_add(1);
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn fields() -> Vec<Field> {
        vec![
            Field::new("site", DataType::Utf8, true),
            Field::new("uid", DataType::Utf8, true),
            Field::new("ts_ns", DataType::Int64, true),
            Field::new("orig_h", DataType::Utf8, true),
            Field::new("orig_p", DataType::UInt16, true),
            Field::new("resp_h", DataType::Utf8, true),
            Field::new("resp_p", DataType::UInt16, true),
            Field::new("proto", DataType::Utf8, true),
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

/// Writes an address without an intermediate string; IPv4-mapped IPv6 as IPv4.
fn append_address(column: &mut StringBuilder, address: IpAddr) {
    use std::fmt::Write;
    // Writing to a string builder cannot fail.
    let _ = write!(column, "{}", address.to_canonical());
    column.append_value("");
}

/// All event tables of one site, filled row by row and flushed as Arrow batches.
#[derive(Debug, Default)]
pub struct EventTables {
    site: String,
    dns: DnsTable,
    tls: TlsTable,
    quic: QuicTable,
    http: HttpTable,
    ssh: SshTable,
    dhcp: DhcpTable,
    arp: ArpTable,
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
        let common = CommonCells {
            site: &self.site,
            uid: Some(&flow.uid),
            orig_h: flow.orig_h,
            orig_p: Some(flow.orig_p),
            resp_h: flow.resp_h,
            resp_p: Some(flow.resp_p),
            protocol: Transport::Ip(flow.protocol),
        };
        match event {
            Event::Dns(e) => self.dns.push(&common, &e),
            Event::Tls(e) => self.tls.push(&common, &e),
            Event::Quic(e) => self.quic.push(&common, &e),
            Event::Http(e) => self.http.push(&common, &e),
            Event::Ssh(e) => self.ssh.push(&common, &e),
            Event::Dhcp(e) => self.dhcp.push(&common, &e),
        }
    }

    /// Appends an ARP packet: sender as originator, target as responder.
    pub fn push_arp(&mut self, packet: &ArpPacket) {
        let common = CommonCells {
            site: &self.site,
            uid: None,
            orig_h: IpAddr::V4(Ipv4Addr::from(packet.sender_ip)),
            orig_p: None,
            resp_h: IpAddr::V4(Ipv4Addr::from(packet.target_ip)),
            resp_p: None,
            protocol: Transport::Arp,
        };
        self.arp.push(&common, &arp::row(packet));
    }

    /// Rows waiting in all tables.
    pub fn rows(&self) -> usize {
        [
            self.dns.rows(),
            self.tls.rows(),
            self.quic.rows(),
            self.http.rows(),
            self.ssh.rows(),
            self.dhcp.rows(),
            self.arp.rows(),
        ]
        .iter()
        .sum()
    }

    /// Takes the rows out, as one batch for each table that has any.
    pub fn flush(&mut self) -> Vec<(&'static str, RecordBatch)> {
        let mut batches = Vec::new();
        macro_rules! take {
            ($($field:ident: $table:ident),+) => {$(
                if self.$field.rows() > 0 {
                    // The builders are made from the schema they are checked against.
                    if let Ok(batch) = self.$field.flush() {
                        batches.push(($table::NAME, batch));
                    }
                }
            )+};
        }
        take!(
            dns: DnsTable, tls: TlsTable, quic: QuicTable, http: HttpTable,
            ssh: SshTable, dhcp: DhcpTable, arp: ArpTable
        );
        batches
    }
}

#[cfg(test)]
#[path = "tables_test.rs"]
mod tests;
