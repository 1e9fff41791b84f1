//! One flow part as the columns show it: sides turned into originator and responder.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::columns::FlowBatch;
use super::history::History;
use super::record::Flow;
use super::side::{Bursts, Side};
use super::spread::Spread;
use super::statistics::Statistics;
use super::table::five_tuple;
use crate::ids::{address, community_id, protocol_name, uid};
use crate::packet::{proto, Tunnel};

/// A short text built without allocation; what does not fit is cut.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; 48],
    length: usize,
}

impl Text {
    fn format(arguments: std::fmt::Arguments<'_>) -> Text {
        let mut text = Text {
            bytes: [0; 48],
            length: 0,
        };
        let _ = text.write_fmt(arguments);
        text
    }

    fn of(ascii: &[u8]) -> Text {
        let length = ascii.len().min(48);
        let mut bytes = [0; 48];
        bytes[..length].copy_from_slice(&ascii[..length]);
        Text { bytes, length }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn address(mapped: &[u8; 16]) -> Text {
        Text::ip(address(mapped))
    }

    /// An address in presentation form.
    pub fn ip(address: std::net::IpAddr) -> Text {
        match address {
            std::net::IpAddr::V6(v6) => Text::format(format_args!("{v6}")),
            std::net::IpAddr::V4(v4) => {
                let mut text = Text {
                    bytes: [0; 48],
                    length: 0,
                };
                for (i, octet) in v4.octets().into_iter().enumerate() {
                    if i > 0 {
                        text.push(b'.');
                    }
                    if octet >= 100 {
                        text.push(b'0' + octet / 100);
                    }
                    if octet >= 10 {
                        text.push(b'0' + octet / 10 % 10);
                    }
                    text.push(b'0' + octet % 10);
                }
                text
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(room) = self.bytes.get_mut(self.length) {
            *room = byte;
            self.length += 1;
        }
    }

    fn mac(mac: &[u8; 6]) -> Option<Text> {
        if *mac == [0; 6] {
            return None;
        }
        let mut text = Text {
            bytes: [0; 48],
            length: 0,
        };
        for (i, byte) in mac.iter().enumerate() {
            if i > 0 {
                text.push(b':');
            }
            text.push(b"0123456789abcdef"[usize::from(byte >> 4)]);
            text.push(b"0123456789abcdef"[usize::from(byte & 15)]);
        }
        Some(text)
    }

    fn tunnel(tunnel: Tunnel, id: u32) -> Option<Text> {
        Some(match tunnel {
            Tunnel::None => return None,
            Tunnel::Gre => Text::format(format_args!("gre")),
            Tunnel::IpInIp => Text::format(format_args!("ip_in_ip")),
            Tunnel::Vxlan => Text::format(format_args!("vxlan:{id}")),
            Tunnel::Geneve => Text::format(format_args!("geneve:{id}")),
            Tunnel::GtpU => Text::format(format_args!("gtp_u")),
        })
    }

    fn history(history: &History, orig: usize) -> Option<Text> {
        let mut letters = [0; 31];
        let length = history.write(orig, &mut letters);
        (length > 0).then(|| Text::of(&letters[..length]))
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}

/// One of the two ends.
#[derive(Clone, Copy)]
pub enum Who {
    /// The originator.
    Orig,
    /// The responder.
    Resp,
}

/// One flow part, ready to be written.
pub struct Row<'a> {
    /// The conversation.
    pub flow: &'a Flow,
    /// What it accumulated.
    pub statistics: &'a Statistics,
    /// The originator's side.
    pub orig: &'a Side,
    /// The responder's side.
    pub resp: &'a Side,
    /// Bursts of the originator.
    pub orig_bursts: Bursts,
    /// Bursts of the responder.
    pub resp_bursts: Bursts,
    /// Site.
    pub site: &'a str,
    /// Digest of the input.
    pub digest: Option<&'a str>,
    /// Flow uid.
    pub uid: Text,
    /// Community ID.
    pub community_id: Text,
    /// Transport.
    pub proto: Cow<'static, str>,
    /// Originator address.
    pub orig_h: Text,
    /// Responder address.
    pub resp_h: Text,
    /// Ports, originator first.
    pub ports: (u16, u16),
    /// Originator MAC.
    pub orig_l2: Option<Text>,
    /// Responder MAC.
    pub resp_l2: Option<Text>,
    /// What carried it.
    pub tunnel: Option<Text>,
    /// Application protocol.
    pub service: Option<&'static str>,
    /// Zeek's connection state.
    pub conn_state: &'static str,
    /// Zeek's history.
    pub history: Option<Text>,
    /// First to last packet.
    pub duration_s: f64,
    /// Packets both ways; at least 1.
    pub packets: u64,
    /// Sizes both ways.
    pub size: Spread,
    /// Active periods.
    pub active: Spread,
}

/// What the IP protocol alone tells: packets of IPsec carry nothing that could be looked at.
fn service_of(protocol: u8) -> Option<&'static str> {
    matches!(protocol, proto::ESP | proto::AH).then_some("ipsec")
}

/// A conversation that left its table, or a part of one, with what it accumulated.
pub type Ended<'a> = (&'a Flow, &'a Statistics);

/// Writes the rows of flow parts.
pub fn write(batch: &mut FlowBatch, ended: &[Ended<'_>]) {
    let (site, digest) = (batch.site.clone(), batch.digest.clone());
    let digest = Some(&*digest).filter(|digest| !digest.is_empty());
    let rows = ended
        .iter()
        .map(|(flow, statistics)| row(flow, statistics, &site, digest));
    batch.put(&rows.collect::<Vec<Row<'_>>>());
}

fn row<'a>(
    flow: &'a Flow,
    statistics: &'a Statistics,
    site: &'a str,
    digest: Option<&'a str>,
) -> Row<'a> {
    let tuple = five_tuple(flow);
    let community_id = Text::of(&community_id(&tuple));
    let uid = uid(site, community_id.as_str(), Some(flow.first_ns), flow.part);
    let (o, r) = (usize::from(flow.orig), 1 - usize::from(flow.orig));
    let (orig, resp) = (&statistics.sides[o], &statistics.sides[r]);
    Row {
        flow,
        statistics,
        orig,
        resp,
        orig_bursts: statistics.bursts(o),
        resp_bursts: statistics.bursts(r),
        site,
        digest,
        uid: Text::of(&uid),
        community_id,
        proto: protocol_name(tuple.protocol),
        orig_h: Text::address(&tuple.src),
        resp_h: Text::address(&tuple.dst),
        ports: (tuple.src_port, tuple.dst_port),
        orig_l2: Text::mac(&flow.l2[o]),
        resp_l2: Text::mac(&flow.l2[r]),
        tunnel: Text::tunnel(flow.tunnel, flow.key.tunnel_id),
        service: flow.service().or(service_of(flow.key.protocol)),
        conn_state: conn_state(flow, statistics),
        history: Text::history(&statistics.history, o),
        duration_s: flow.last_ns.saturating_sub(flow.first_ns) as f64 / 1e9,
        packets: statistics.packets().max(1),
        size: orig.size.merged(&resp.size),
        active: statistics.active(),
    }
}

fn conn_state(flow: &Flow, statistics: &Statistics) -> &'static str {
    let (o, r) = (usize::from(flow.orig), 1 - usize::from(flow.orig));
    let [orig, resp] = [&statistics.sides[o], &statistics.sides[r]];
    match flow.key.protocol {
        proto::TCP => statistics
            .connection
            .conn_state(o, orig.bytes() + resp.bytes()),
        proto::UDP | proto::SCTP => match (orig.packets > 0, resp.packets > 0) {
            (true, true) => "SF",
            (true, false) => "S0",
            (false, true) => "SHR",
            (false, false) => "OTH",
        },
        _ => "OTH",
    }
}

/// `value` when `known`.
#[inline]
pub fn some_if<T>(known: bool, value: T) -> Option<T> {
    known.then_some(value)
}

/// Nanoseconds as seconds.
#[inline]
pub fn seconds(ns: i64) -> f32 {
    (ns as f64 / 1e9) as f32
}

/// `a / b`, null when `b` is 0.
#[inline]
pub fn ratio(a: u64, b: u64) -> Option<f32> {
    (b > 0).then(|| (a as f64 / b as f64) as f32)
}

/// The four numbers of a [`Spread`], null when it is empty.
#[derive(Default)]
pub struct Four<T> {
    /// Smallest.
    pub min: Option<T>,
    /// Mean.
    pub mean: Option<f32>,
    /// Largest.
    pub max: Option<T>,
    /// Population standard deviation.
    pub std: Option<f32>,
}

/// Numbers of a spread of byte counts.
#[inline]
pub fn bytes(spread: &Spread, count: u64) -> Four<u32> {
    if count == 0 {
        return Four::default();
    }
    Four {
        min: Some(spread.min as u32),
        mean: Some(spread.mean(count) as f32),
        max: Some(spread.max as u32),
        std: Some(spread.std(count) as f32),
    }
}

/// Numbers of a spread of nanoseconds, in seconds.
#[inline]
pub fn gap_s(spread: &Spread, count: u64) -> Four<f32> {
    if count == 0 {
        return Four::default();
    }
    Four {
        min: Some((spread.min as f64 / 1e9) as f32),
        mean: Some((spread.mean(count) / 1e9) as f32),
        max: Some((spread.max as f64 / 1e9) as f32),
        std: Some((spread.std(count) / 1e9) as f32),
    }
}

impl Row<'_> {
    /// A number that only TCP has.
    #[inline]
    pub fn tcp<T>(&self, value: T) -> Option<T> {
        self.flow.is_tcp().then_some(value)
    }

    /// A number that only TCP has, and only when `known`.
    #[inline]
    pub fn tcp_if<T>(&self, known: bool, value: T) -> Option<T> {
        (known && self.flow.is_tcp()).then_some(value)
    }

    /// A count per second of duration.
    #[inline]
    pub fn per_s(&self, count: u64) -> Option<f32> {
        (self.duration_s > 0.0).then(|| (count as f64 / self.duration_s) as f32)
    }

    /// Entropy of the first payload of an end.
    pub fn entropy(&self, who: Who) -> Option<f32> {
        let orig = usize::from(self.flow.orig);
        let bits = self.flow.entropy[match who {
            Who::Orig => orig,
            Who::Resp => 1 - orig,
        }];
        (bits >= 0.0).then_some(bits)
    }

    /// First packet of the originator to first packet of the responder.
    pub fn first_response_s(&self) -> Option<f32> {
        let both = self.orig.packets > 0 && self.resp.packets > 0;
        let ns = self.resp.first_ns.saturating_sub(self.orig.first_ns);
        (both && ns >= 0).then(|| seconds(ns))
    }

    /// The kept head of a sequence column.
    pub fn sequence<'a, T>(&self, values: &'a [T]) -> &'a [T] {
        &values[..self.statistics.sequence.length]
    }

    /// Who sent each of the first packets.
    pub fn sequence_from_orig(&self) -> impl Iterator<Item = bool> + '_ {
        let sequence = &self.statistics.sequence;
        (0..sequence.length).map(|i| (sequence.from_side_1 >> i & 1) as u8 == self.flow.orig)
    }
}

impl Bursts {
    /// Mean packets of a burst.
    pub fn packets_mean(&self) -> Option<f32> {
        ratio(self.packets, self.count.into())
    }

    /// Mean bytes of a burst.
    pub fn bytes_mean(&self) -> Option<f32> {
        ratio(self.bytes, self.count.into())
    }

    /// A maximum, when there was a burst.
    pub fn most<T>(&self, value: T) -> Option<T> {
        (self.count > 0).then_some(value)
    }
}
