//! Filters beside tcpdump's: the same frames pass.

use std::process::Command;

use proptest::prelude::*;

use super::code::Instruction;
use super::{compile, machine};
use crate::Medium;

const SNAP: u32 = 65_535;

fn ours(expression: &str) -> Vec<Instruction> {
    compile(expression, Medium::Ethernet, SNAP).unwrap()
}

fn keeps(expression: &str, frame: &[u8], vlan: Option<u16>) -> bool {
    machine::run(&ours(expression), frame, vlan) == SNAP
}

/// What tcpdump makes of an expression; `None` where it is not installed.
fn theirs(expression: &str) -> Option<Vec<Instruction>> {
    let tcpdump = ["/usr/bin/tcpdump", "/usr/sbin/tcpdump"]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())?;
    let told = Command::new(tcpdump)
        .args(["-s", "65535", "-y", "EN10MB", "-ddd", expression])
        .output()
        .unwrap();
    assert!(told.status.success(), "{expression}: {told:?}");
    let text = String::from_utf8(told.stdout).unwrap();
    let instruction = |line: &str| {
        let n: Vec<u32> = line.split(' ').map(|n| n.parse().unwrap()).collect();
        Instruction {
            code: n[0] as u16,
            jt: n[1] as u8,
            jf: n[2] as u8,
            k: n[3],
        }
    };
    Some(text.lines().skip(1).map(instruction).collect())
}

const EXPRESSIONS: &[&str] = &[
    "",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp or sctp",
    "icmp",
    "icmp6",
    "host 10.0.0.1",
    "src host 10.0.0.1",
    "ip host 10.0.0.1",
    "dst 10.0.0.2",
    "src or dst host 10.0.0.1",
    "src and dst host 10.0.0.1",
    "net 10.0.0.0/24",
    "dst net 10.0.0.0/31",
    "net 0.0.0.0/0",
    "host 2001:db8::1",
    "src net 2001:db8::/33",
    "port 80",
    "tcp port 80",
    "udp src port 53",
    "tcp dst portrange 79-81",
    "portrange 1-60000",
    "port 80 or 53 or 443",
    "host 10.0.0.1 and port 80",
    "not port 80",
    "! (host 10.0.0.1 or host 10.0.0.2) and tcp",
    "tcp or udp and port 53",
    "not tcp and not udp",
    "proto 17",
    "ip proto 6",
    "ip6 proto 17",
    "ether host 02:00:00:00:00:01",
    "ether src 02:00:00:00:00:01",
    "ether proto 0x0806",
    "less 60",
    "greater 60",
    "host 10.0.0.1 or 10.0.0.2 and not src port 80",
];

/// Frames in which the numbers of the expressions meet. None is cut: tcpdump asks for what it needs in
/// another order than we do, and the first byte that is missing refuses a frame.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let address = prop::sample::select(vec![
        [10, 0, 0, 1],
        [10, 0, 0, 2],
        [10, 0, 1, 1],
        [192, 0, 2, 9],
    ]);
    let port = prop::sample::select(vec![53u16, 79, 80, 81, 443, 60_000, 60_001]);
    let kind = prop::sample::select(vec![0x0800u16, 0x0806, 0x86dd, 0x88cc]);
    let above = prop::sample::select(vec![1u8, 6, 17, 44, 58, 132, 200]);
    let numbers = (0u8..4, 5u8..8, 0u8..8);
    (
        (address.clone(), address),
        (port.clone(), port),
        kind,
        above,
        numbers,
    )
        .prop_map(
            |((src, dst), (sport, dport), kind, above, (mac, words, fragment))| {
                let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, mac];
                frame.extend(kind.to_be_bytes());
                match kind {
                    0x0800 => {
                        frame.extend([0x40 | words, 0, 0, 40, 0, 1]);
                        // A fragment that is not the first, now and then.
                        frame.extend([fragment & 0x20, u8::from(fragment == 7), 64, above, 0, 0]);
                        frame.extend(src);
                        frame.extend(dst);
                        frame.extend(vec![1; usize::from(words - 5) * 4]);
                    }
                    0x86dd => {
                        frame.extend([0x60, 0, 0, 0, 0, 40, above, 64]);
                        for end in [src, dst] {
                            frame.extend([0x20, 0x01, 0x0d, 0xb8, end[2] << 7, 0, 0, 0]);
                            frame.extend([0, 0, 0, 0, 0, 0, 0, end[3]]);
                        }
                    }
                    _ => {
                        frame.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1]);
                        frame.extend(src);
                        frame.extend([0; 6]);
                        frame.extend(dst);
                    }
                }
                frame.extend(sport.to_be_bytes());
                frame.extend(dport.to_be_bytes());
                frame.extend(vec![above; 16]);
                frame
            },
        )
}

#[test]
fn the_same_frames_pass_as_through_tcpdump() {
    let both: Vec<_> = EXPRESSIONS
        .iter()
        .filter_map(|expression| Some((expression, ours(expression), theirs(expression)?)))
        .collect();
    if both.is_empty() {
        eprintln!("skipped: tcpdump is not installed");
        return;
    }
    let mut passed = vec![0; both.len()];
    let config = ProptestConfig::with_cases(3_000);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let counted = std::cell::RefCell::new(&mut passed);
    let outcome = runner.run(&frames(), |frame| {
        for (i, (expression, ours, theirs)) in both.iter().enumerate() {
            let own = machine::run(ours, &frame, None) > 0;
            let other = machine::run(theirs, &frame, None) > 0;
            prop_assert_eq!(own, other, "{}: {:02x?}", expression, frame);
            counted.borrow_mut()[i] += u32::from(own);
        }
        Ok(())
    });
    outcome.unwrap();
    // A comparison that no frame passes would prove nothing.
    for ((expression, ..), passed) in both.iter().zip(&passed) {
        assert!(*passed > 0, "{expression}: no frame passed");
    }
}

#[test]
fn a_tag_does_not_stand_in_the_way() {
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0]);
    frame.extend([10, 0, 0, 1, 10, 0, 0, 2, 0, 53, 0, 99, 0, 8, 0, 0]);
    for (expression, plain, tagged) in [
        ("vlan", false, true),
        ("vlan 7", false, true),
        ("vlan 8", false, false),
        ("not vlan", true, false),
        ("vlan 7 and udp port 53", false, true),
        ("udp port 53", true, true),
    ] {
        assert_eq!(keeps(expression, &frame, None), plain, "{expression}");
        assert_eq!(
            keeps(expression, &frame, Some(0x2007)),
            tagged,
            "{expression}"
        );
    }
}

#[test]
fn a_tunnel_has_no_link_header() {
    let frame = [
        &[
            0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ][..],
        &[0, 53, 0, 99, 0, 8, 0, 0],
    ]
    .concat();
    let keeps = |expression| {
        let program = compile(expression, Medium::Ip, SNAP).unwrap();
        machine::run(&program, &frame, None) > 0
    };
    assert!(keeps("host 10.0.0.1 and udp port 53"));
    assert!(!keeps("ip6 or tcp"));
    let error = compile("vlan 3", Medium::Ip, SNAP).unwrap_err();
    assert!(error.to_string().contains("without Ethernet"), "{error}");
}

#[test]
fn long_lists_jump_far() {
    let hosts: Vec<String> = (0..150).map(|i| format!("host 10.0.{i}.1")).collect();
    let all = format!("({}) and udp", hosts.join(" or "));
    let program = ours(&all);
    assert!(program.len() > 700);
    for (third, wanted) in [(0, true), (149, true), (150, false)] {
        let mut frame = vec![0; 12];
        frame.extend([8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0]);
        frame.extend([192, 0, 2, 1, 10, 0, third, 1, 0, 53, 0, 99, 0, 8, 0, 0]);
        assert_eq!(machine::run(&program, &frame, None) > 0, wanted, "{third}");
    }
    for (address, count) in [("10.0.0.1", 2_000), ("2001:db8::1", 500)] {
        let hosts = vec![format!("host {address}"); count].join(" or ");
        let error = compile(&hosts, Medium::Ethernet, SNAP).unwrap_err();
        assert!(error.reason.contains("too long"), "{error}");
    }
}

#[test]
fn what_is_no_filter_is_named() {
    for (expression, reason) in [
        ("hots 10.0.0.1", "\"hots\" is no word of a filter"),
        (
            "host example.com",
            "\"example.com\" is no address; names are not looked up",
        ),
        ("port http", "\"http\" is no port or range of ports"),
        ("port 9-8", "\"9-8\" is no port or range of ports"),
        ("(ip", "a parenthesis is not closed"),
        ("ip )", "unexpected \")\""),
        ("ip and", "ends where a filter was expected"),
        ("ether", "ether: what of it?"),
        ("arp port 3", "the words before \"3\" do not go together"),
        (
            "ip6 host 10.0.0.1",
            "\"10.0.0.1\" is an address of the other version of IP",
        ),
        ("net 10.0.0.0/33", "\"10.0.0.0/33\" is no network"),
        ("vlan 4096", "a VLAN number is below 4096"),
    ] {
        let error = compile(expression, Medium::Ethernet, SNAP).unwrap_err();
        assert_eq!(error.reason, reason, "{expression}");
        assert!(error.to_string().starts_with("filter \""));
    }
    let deep = "not ".repeat(100) + "ip";
    assert!(compile(&deep, Medium::Ethernet, SNAP).is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in "([a-z0-9./:()!&|-]{1,6} ?){0,12}", frame: Vec<u8>) {
        if let Ok(program) = compile(&text, Medium::Ethernet, SNAP) {
            machine::run(&program, &frame, None);
        }
    }

    #[test]
    fn any_words_of_filters_too(words in prop::collection::vec(prop::sample::select(vec![
        "tcp", "ip6", "host", "10.0.0.1", "port", "80", "and", "or", "not", "(", ")", "src",
        "dst", "net", "::/3", "vlan", "less", "ether", "proto", "arp",
    ]), 0..14), frame: Vec<u8>) {
        if let Ok(program) = compile(&words.join(" "), Medium::Ethernet, SNAP) {
            machine::run(&program, &frame, None);
        }
    }
}
