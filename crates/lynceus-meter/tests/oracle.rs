//! Frame by frame against Wireshark's command line, over a sample of real captures; over all of
//! them by `cargo test -p lynceus-meter --test oracle -- --ignored`.
//!
//! Where the two differ on purpose:
//! - a length that lies beyond the frame is clipped here and shown as it stands there;
//! - a tunnel counts here only if it decodes strictly, and not inside sFlow samples, CAPWAP or
//!   ICMP errors, which are about packets and not packets;
//! - fragments are packets of their own here only when they cannot be joined.

mod frames;

use std::collections::HashMap;
use std::fs;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use frames::*;
use lynceus_meter::packet::Packet;

const SAMPLE: usize = 10;
const FIELDS: [&str; 17] = [
    "frame.number",
    "frame.time_epoch",
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "ip.ttl",
    "ipv6.hlim",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.len",
    "tcp.seq_raw",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "vlan.id",
];
/// Layers that tell about packets; what follows them in the list of protocols is not looked at.
const ABOUT_PACKETS: [&str; 5] = ["icmp", "icmpv6", "sflow", "capwap.data", "data"];

/// What Wireshark says of one frame.
struct Seen {
    fields: HashMap<&'static str, String>,
    /// Layers from the frame inwards.
    layers: Vec<String>,
    /// The rest of the list was cut off.
    is_cut: bool,
}

impl Seen {
    fn parse(line: &str) -> Seen {
        let values = line.split('|').map(str::to_owned);
        let fields: HashMap<_, _> = FIELDS.into_iter().zip(values).collect();
        let all: Vec<String> = fields["frame.protocols"]
            .split(':')
            .map(str::to_owned)
            .collect();
        let about = all
            .iter()
            .position(|layer| ABOUT_PACKETS.contains(&layer.as_str()));
        let kept = about.map_or(all.len(), |at| at + 1);
        Seen {
            is_cut: kept < all.len(),
            layers: all[..kept].to_vec(),
            fields,
        }
    }

    fn field(&self, name: &str) -> &str {
        &self.fields[name]
    }

    fn frame(&self) -> u64 {
        self.field("frame.number").parse().unwrap()
    }

    /// The innermost IP layer and the transport after it.
    fn innermost(&self) -> Option<(&str, &str)> {
        let at = self
            .layers
            .iter()
            .rposition(|layer| layer == "ip" || layer == "ipv6")?;
        let known = ["tcp", "udp", "sctp", "icmp", "icmpv6"];
        let transport = self.layers[at..]
            .iter()
            .find(|layer| known.contains(&layer.as_str()));
        Some((&self.layers[at], transport.map_or("other", String::as_str)))
    }
}

fn tool(name: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let run = Command::new(name).args(arguments).arg(path).output().ok()?;
    Some(String::from_utf8_lossy(&run.stdout).into_owned())
}

fn seen_by_wireshark(path: &Path) -> Option<Vec<Seen>> {
    let mut arguments = vec![
        "-n",
        "-o",
        "tcp.desegment_tcp_streams:FALSE",
        "-T",
        "fields",
    ];
    arguments.extend(["-E", "occurrence=l", "-E", "separator=|"]);
    FIELDS
        .iter()
        .for_each(|field| arguments.extend(["-e", field]));
    arguments.push("-r");
    let lines = tool("tshark", &arguments, path)?;
    Some(lines.lines().map(Seen::parse).collect())
}

fn transport_of(packet: &Packet) -> &'static str {
    match packet.protocol {
        6 => "tcp",
        17 => "udp",
        132 => "sctp",
        1 => "icmp",
        58 => "icmpv6",
        _ => "other",
    }
}

fn text(address: [u8; 16]) -> String {
    let address = Ipv6Addr::from(address);
    match address.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => address.to_string(),
    }
}

fn time(ns: i64) -> String {
    format!(
        "{}.{:09}",
        ns.div_euclid(1_000_000_000),
        ns.rem_euclid(1_000_000_000)
    )
}

/// How one packet differs from what Wireshark says; empty when it does not.
fn difference(packet: &Packet, seen: &Seen) -> String {
    let Some((ip, transport)) = seen.innermost() else {
        return "no IP there".to_owned();
    };
    if transport != transport_of(packet) {
        return format!("{} here", transport_of(packet));
    }
    let [src, dst, ttl] = match ip {
        "ip" => ["ip.src", "ip.dst", "ip.ttl"],
        _ => ["ipv6.src", "ipv6.dst", "ipv6.hlim"],
    };
    let mut pairs = Vec::new();
    if !seen.is_cut {
        pairs.extend([(src, text(packet.src)), (dst, text(packet.dst))]);
        pairs.push((ttl, packet.ttl.to_string()));
    }
    if packet.fragments == 0 {
        pairs.push(("frame.time_epoch", time(packet.ts_ns)));
    }
    match transport {
        "tcp" => pairs.extend([
            ("tcp.srcport", packet.src_port.to_string()),
            ("tcp.dstport", packet.dst_port.to_string()),
            ("tcp.len", packet.payload_bytes.to_string()),
            ("tcp.seq_raw", packet.tcp_seq.to_string()),
        ]),
        "udp" if !seen.is_cut => pairs.extend([
            ("udp.srcport", packet.src_port.to_string()),
            ("udp.dstport", packet.dst_port.to_string()),
            ("udp.length", (packet.payload_bytes + 8).to_string()),
        ]),
        _ => {}
    }
    let differ = |(field, ours): &(&str, String)| seen.field(field) != ours;
    let differing: Vec<_> = pairs.into_iter().filter(differ).collect();
    match differing.is_empty() {
        true => String::new(),
        false => format!("{differing:?} here"),
    }
}

/// All differences of one capture that are not on purpose.
fn differences(path: &Path) -> Option<Vec<String>> {
    let out = decode_capture(fs::read(path).unwrap());
    let seen = seen_by_wireshark(path)?;
    let mut found = Vec::new();
    if seen.len() as u64 != out.losses.get("frames") {
        found.push(format!("{} frames there", seen.len()));
    }
    let packets: HashMap<_, _> = out
        .packets
        .iter()
        .map(|packet| (packet.frame, packet))
        .collect();
    let arps: HashMap<_, _> = out.arps.iter().map(|arp| (arp.frame, arp)).collect();
    let absorbed = ["fragments_joined", "fragments_duplicate"];
    let mut may_miss = absorbed
        .iter()
        .map(|reason| out.losses.get(reason))
        .sum::<u64>();
    for frame in &seen {
        let number = frame.frame();
        let is_arp = frame.layers.iter().any(|layer| layer == "arp");
        let verdict = match (packets.get(&number), frame.innermost()) {
            (Some(packet), _) => difference(packet, frame),
            (None, _) if is_arp == arps.contains_key(&number) && is_arp => String::new(),
            (None, None) if !is_arp => String::new(),
            (None, Some((_, "other"))) if may_miss > 0 => {
                may_miss -= 1;
                String::new()
            }
            (None, _) => "not here".to_owned(),
        };
        if !verdict.is_empty() {
            found.push(format!(
                "frame {number}: {} there, {verdict}",
                frame.layers.join(":")
            ));
        }
    }
    Some(found)
}

/// Captures that differ on purpose, how many frames do at most, and why.
const ON_PURPOSE: &[(&str, usize, &str)] = &[
    (
        "ajp.pcap.gz",
        12,
        "no payload length there under FabricPath",
    ),
    ("badpackets.pcap.gz", 93, "UDP lengths beyond the packet"),
    ("fuzz-2006-06-26-2594.pcap.gz", 56, "damaged on purpose"),
    ("fuzz-2006-09-29-28586.pcap.gz", 7, "damaged on purpose"),
    ("fuzz-2020-02-16-11740.pcap.gz", 48, "damaged on purpose"),
    (
        "fuzz-2021-10-13.pcap",
        1,
        "a record of 524501 bytes in a file of 239",
    ),
    (
        "ip_fragmented_garbage.pcap.gz",
        2,
        "TCP header shorter than 20 bytes",
    ),
    (
        "kerberos_fuzz.pcapng",
        1,
        "TCP header shorter than 20 bytes",
    ),
    ("quic-fuzz-overflow.pcapng", 1, "a first fragment alone"),
    ("modbus__fuzz-1011.pcap", 1, "IP version 2"),
    (
        "quic__383379789-decrypt-crash.pcap.gz",
        3,
        "UDP lengths beyond the packet",
    ),
];

fn check(paths: impl Iterator<Item = PathBuf>) {
    let mut failures = Vec::new();
    for path in paths {
        let Some(found) = differences(&path) else {
            eprintln!("skipped: no tshark on this machine");
            return;
        };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let allowed = ON_PURPOSE.iter().find(|(known, _, _)| *known == name);
        if found.len() > allowed.map_or(0, |(_, n, _)| *n) {
            failures.push(format!(
                "{name}: {}\n  {}",
                found.len(),
                found[..found.len().min(5)].join("\n  ")
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_sample_agrees_with_wireshark() {
    let all = shared_captures();
    let step = (all.len() / SAMPLE).max(1);
    check(all.into_iter().step_by(step));
}

#[test]
#[ignore = "takes many minutes"]
fn all_agree_with_wireshark() {
    check(shared_captures().into_iter());
}
