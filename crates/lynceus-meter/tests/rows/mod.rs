//! Captures through reader, decoder and inspector with the simplest map of flows, for tests that
//! hold events against what others made of the same capture.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use lynceus_meter::decode::Decoder;
use lynceus_meter::packet::{proto, tcp_flag, Packet, PacketBatch};
use lynceus_meter::protocols::{Event, FlowIdentity, Inspector, Segment};
use lynceus_meter::read::Capture;

/// The folder of shared captures: `LYNCEUS_SHARED_DATA`, or beside the repository. `None`, with a
/// line saying so, where it is absent.
pub fn shared_data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("LYNCEUS_SHARED_DATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no shared data at {}", folder.display());
    None
}

/// One flow of the map.
struct Flow {
    identity: FlowIdentity,
    inspector: Inspector,
}

type End = ([u8; 16], u16);

/// Everything the inspectors of a capture tell, each event with its flow, and the service of
/// every flow.
#[derive(Default)]
pub struct Seen {
    pub events: Vec<(FlowIdentity, Event)>,
    #[allow(dead_code)] // Not every test that uses this module asks for services.
    pub services: Vec<(FlowIdentity, Option<&'static str>)>,
}

/// Reads a whole capture; `None` when it is none.
pub fn inspect(path: &Path) -> Option<Seen> {
    let mut capture = Capture::open(path).ok()?;
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    let mut flows: HashMap<(u8, u32, End, End), Flow> = HashMap::new();
    let mut seen = Seen::default();
    let mut out = Vec::new();
    while let Ok(true) = decoder.fill(&mut capture, &mut batch) {
        for packet in &batch.packets {
            let source = (packet.src, packet.src_port);
            let destination = (packet.dst, packet.dst_port);
            let (low, high) = (source.min(destination), source.max(destination));
            let key = (packet.protocol, packet.tunnel_id, low, high);
            let number = flows.len();
            let flow = flows
                .entry(key)
                .or_insert_with(|| begin(packet, format!("flow{number}")));
            feed(flow, packet, batch.payload(packet), source, &mut out);
            let identity = &flow.identity;
            seen.events
                .extend(out.drain(..).map(|e| (identity.clone(), e)));
        }
    }
    for (_, mut flow) in flows {
        let service = flow.inspector.service();
        flow.inspector.finish(&mut out);
        let identity = flow.identity;
        seen.events
            .extend(out.drain(..).map(|e| (identity.clone(), e)));
        seen.services.push((identity, service));
    }
    Some(seen)
}

fn begin(packet: &Packet, uid: String) -> Flow {
    let syn_ack = tcp_flag::SYN | tcp_flag::ACK;
    let answer = packet.protocol == proto::TCP && packet.tcp_flags & syn_ack == syn_ack;
    let source = (packet.src, packet.src_port);
    let destination = (packet.dst, packet.dst_port);
    let (orig, resp) = if answer {
        (destination, source)
    } else {
        (source, destination)
    };
    Flow {
        inspector: Inspector::new(packet.protocol, orig.1, resp.1),
        identity: FlowIdentity {
            uid,
            orig_h: address(orig.0),
            orig_p: orig.1,
            resp_h: address(resp.0),
            resp_p: resp.1,
            protocol: packet.protocol,
        },
    }
}

fn address(bytes: [u8; 16]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
}

fn feed(flow: &mut Flow, packet: &Packet, payload: &[u8], source: End, out: &mut Vec<Event>) {
    if packet.payload_bytes == 0 || flow.inspector.is_done() {
        return;
    }
    let from_orig = (address(source.0), source.1) == (flow.identity.orig_h, flow.identity.orig_p);
    let segment = Segment {
        ts_ns: packet.ts_ns,
        from_orig,
        tcp_seq: packet.tcp_seq,
        tcp_flags: packet.tcp_flags,
        payload,
        payload_bytes: packet.payload_bytes,
        tcp_ack: None,
        syn_seq: None,
    };
    flow.inspector.segment(&segment, out);
}
