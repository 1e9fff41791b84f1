//! Packets cut out of captures: which, with what beside them, byte for byte.

mod frames;

use std::path::PathBuf;

use frames::{ethernet, ipv4, pcap, udp, A, ETHERNET, MAC_A, UDP};
use lynceus_meter::cut::{cut, Request, Stretch, Wanted};
use lynceus_meter::packet::Packet;

const ALWAYS: Stretch = Stretch {
    frames: (0, u64::MAX),
    times_ns: (i64::MIN, i64::MAX),
};

fn mapped(address: [u8; 4]) -> [u8; 16] {
    lynceus_meter::ids::mapped(address.into())
}

fn conversation(src_port: u16, dst_port: u16) -> Packet {
    Packet {
        src: mapped(A),
        dst: mapped(frames::B),
        src_port,
        dst_port,
        protocol: UDP,
        ..Packet::default()
    }
}

fn datagram(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(UDP, &udp(src_port, dst_port, payload)))
}

fn arp() -> Vec<u8> {
    let mut body = vec![0, 1, 8, 0, 6, 4, 0, 1];
    body.extend(MAC_A);
    body.extend(A);
    body.extend([0; 6]);
    body.extend(frames::B);
    ethernet(0x0806, &body)
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    std::fs::write(&path, content).expect("room for a file");
    path
}

struct Result {
    packets: u64,
    bytes: Vec<u8>,
}

impl Result {
    /// The frames of the result as its own reader sees them.
    fn frames(&self, name: &str) -> Vec<(u64, i64)> {
        let again = file(name, &self.bytes);
        let mut request = Request::default();
        for ports in [(1, 2), (3, 4), (5, 6)] {
            let wanted = Wanted {
                stretch: ALWAYS,
                comment: None,
            };
            request.flow(&conversation(ports.0, ports.1), wanted);
        }
        request.arp(
            A,
            Wanted {
                stretch: ALWAYS,
                comment: None,
            },
        );
        let copy = cut(&again, &request, "", &[], &mut Vec::new()).expect("readable");
        assert_eq!(copy, self.packets);
        frames::decode_capture(self.bytes.clone())
            .packets
            .iter()
            .map(|p| (p.frame, p.ts_ns))
            .collect()
    }

    fn says(&self, text: &str) -> usize {
        let text = text.as_bytes();
        self.bytes
            .windows(text.len())
            .filter(|w| *w == text)
            .count()
    }
}

fn cut_out(name: &str, capture: &[u8], request: &Request, comments: &[&str]) -> Result {
    let path = file(name, capture);
    let comments: Vec<String> = comments.iter().map(|c| (*c).to_owned()).collect();
    let mut bytes = Vec::new();
    let packets = cut(&path, request, "about it", &comments, &mut bytes).expect("readable");
    Result { packets, bytes }
}

fn capture() -> Vec<u8> {
    pcap(
        ETHERNET,
        &[
            datagram(1, 2, b"asked"),
            datagram(3, 4, b"other"),
            arp(),
            datagram(1, 2, b"asked again"),
            datagram(1, 2, b"too late"),
        ],
    )
}

#[test]
fn a_conversation_is_cut_out_with_its_comment_at_its_first_packet() {
    let mut request = Request::default();
    // Either direction names it.
    let mut back = conversation(2, 1);
    std::mem::swap(&mut back.src, &mut back.dst);
    let stretch = Stretch {
        frames: (1, 4),
        ..ALWAYS
    };
    request.flow(
        &back,
        Wanted {
            stretch,
            comment: Some(1),
        },
    );
    let made = cut_out(
        "conversation",
        &capture(),
        &request,
        &["not told", "é told once"],
    );
    assert_eq!(made.packets, 2);
    assert_eq!(made.says("é told once"), 1);
    assert_eq!(made.says("not told"), 0);
    assert_eq!(made.says("about it"), 1);
    assert_eq!(made.says("asked"), 2);
    assert_eq!(made.says("other") + made.says("too late"), 0);
    let start = i64::from(frames::T0_S) * 1_000_000_000;
    assert_eq!(
        made.frames("conversation-again"),
        [(1, start), (2, start + 3_000_000)]
    );
}

#[test]
fn several_findings_of_one_packet_all_speak() {
    let mut request = Request::default();
    for comment in [Some(0), Some(1), None] {
        request.flow(
            &conversation(3, 4),
            Wanted {
                stretch: ALWAYS,
                comment,
            },
        );
    }
    let made = cut_out(
        "several",
        &capture(),
        &request,
        &["one finding", "two findings"],
    );
    assert_eq!(made.packets, 1);
    assert_eq!(
        (made.says("one finding"), made.says("two findings")),
        (1, 1)
    );
}

#[test]
fn arp_packets_are_found_by_their_sender_and_times_bound_too() {
    let mut request = Request::default();
    request.arp(
        A,
        Wanted {
            stretch: ALWAYS,
            comment: Some(0),
        },
    );
    let start = i64::from(frames::T0_S) * 1_000_000_000;
    let early = Stretch {
        times_ns: (i64::MIN, start),
        ..ALWAYS
    };
    request.flow(
        &conversation(1, 2),
        Wanted {
            stretch: early,
            comment: None,
        },
    );
    let made = cut_out("arp", &capture(), &request, &["who has it"]);
    assert_eq!(made.packets, 2);
    assert_eq!(made.says("who has it"), 1);
    assert_eq!(made.frames("arp-again"), [(1, start)]);
}

#[test]
fn link_types_get_interfaces_of_their_own_and_packed_captures_are_read() {
    let mut both = cut_all(&capture());
    both.extend(cut_all(&pcap(
        frames::RAW,
        &[ipv4(UDP, &udp(1, 2, b"raw"))],
    )));
    let made = cut_out("both", &frames::gzip(&both), &all(), &[]);
    assert_eq!(made.packets, 5);
    assert_eq!(made.frames("both-again").len(), 5);
    assert_eq!(made.says("raw"), 1);
}

fn all() -> Request {
    let mut request = Request::default();
    for (from, to) in [(1, 2), (3, 4)] {
        request.flow(
            &conversation(from, to),
            Wanted {
                stretch: ALWAYS,
                comment: None,
            },
        );
    }
    request
}

fn cut_all(capture: &[u8]) -> Vec<u8> {
    cut_out("section", capture, &all(), &[]).bytes
}

#[test]
fn a_long_comment_is_cut_between_characters() {
    let mut request = Request::default();
    request.flow(
        &conversation(3, 4),
        Wanted {
            stretch: ALWAYS,
            comment: Some(0),
        },
    );
    let long = "é".repeat(40_000);
    let made = cut_out("long", &capture(), &request, &[&long]);
    assert_eq!(made.says("é"), 16_384);
    assert_eq!(made.frames("long-again").len(), 1);
}

#[test]
fn what_is_no_capture_is_an_error() {
    let path = file("none", b"no capture at all");
    let told = cut(&path, &all(), "", &[], &mut Vec::new());
    assert!(told.is_err_and(|error| error.to_string().contains("unknown format")));
}
