//! Connections made byte for byte.

use super::*;
use crate::protocols::testing::{self, chunk, drive, rows, whole, Part};

fn packet(first: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mut left = content.len();
    loop {
        let byte = (left & 0x7f) as u8;
        left >>= 7;
        out.push(if left > 0 { byte | 0x80 } else { byte });
        if left == 0 {
            break;
        }
    }
    out.extend(content);
    out
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

fn connect(level: u8) -> Vec<u8> {
    let five = level == 5;
    let name = if level == 3 { "MQIsdp" } else { "MQTT" };
    let properties: &[u8] = if five { &[5, 0x11, 0, 0, 0, 9] } else { &[] };
    let none: &[u8] = if five { &[0] } else { &[] };
    let content = [
        string(name),
        vec![level, 0xc6, 0, 60],
        properties.to_vec(),
        string("sensor-7"),
        none.to_vec(),
        string("last/will"),
        string("gone"),
        string("ed"),
        string("hidden"),
    ]
    .concat();
    packet(0x10, &content)
}

fn connect_ack(level: u8, code: u8) -> Vec<u8> {
    match level {
        5 => packet(0x20, &[0, code, 0]),
        _ => packet(0x20, &[0, code]),
    }
}

fn publish(level: u8, topic: &str, payload: usize) -> Vec<u8> {
    let properties: &[u8] = if level == 5 { &[0] } else { &[] };
    let content = [
        string(topic),
        vec![0, 7],
        properties.to_vec(),
        vec![9; payload],
    ]
    .concat();
    packet(0x32, &content)
}

fn subscribe(level: u8) -> Vec<u8> {
    let properties: &[u8] = if level == 5 { &[0] } else { &[] };
    let content = [
        vec![0, 1],
        properties.to_vec(),
        string("home/#"),
        vec![1],
        string("+/state"),
        vec![0],
    ]
    .concat();
    packet(0x82, &content)
}

fn conversation(level: u8) -> Vec<(bool, Vec<u8>)> {
    vec![
        (true, connect(level)),
        (false, connect_ack(level, 0)),
        (
            true,
            [subscribe(level), publish(level, "a/b", 300)].concat(),
        ),
        (false, publish(level, "home/door", 20_000)),
        (true, publish(level, "a/b", 5)),
        (true, packet(0xe0, &[])),
    ]
}

fn run(parts: &[Part]) -> Vec<MqttEvent> {
    let (events, progress) = drive(&mut MqttParser::default(), parts, |_| 8);
    assert_eq!(progress, Progress::More);
    rows!(events, Mqtt)
}

#[test]
fn every_version() {
    for (level, version) in [(3, "3.1"), (4, "3.1.1"), (5, "5.0")] {
        let rows = run(&whole(&conversation(level)));
        let [row] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(row.proto_version.as_deref(), Some(version));
        assert_eq!(row.client_id.as_deref(), Some("sensor-7"));
        assert_eq!(row.username.as_deref(), Some("ed"));
        assert_eq!(row.password_seen, Some(true));
        assert_eq!(row.will_topic.as_deref(), Some("last/will"));
        assert_eq!(row.connect_status.as_deref(), Some("Connection Accepted"));
        let topics = ["home/#", "+/state"].map(str::to_owned).to_vec();
        assert_eq!(row.subscribe_topics, Some(topics));
        assert_eq!(row.publish_topics, Some(vec!["a/b".to_owned()]));
        assert_eq!(row.received_topics, Some(vec!["home/door".to_owned()]));
        assert_eq!((row.published, row.received), (Some(2), Some(1)));
        assert_eq!(row.published_bytes, Some(305));
        assert_eq!(row.received_bytes, Some(20_000));
        assert!(!format!("{row:?}").contains("hidden"));
        let single: Vec<_> = conversation(level)
            .iter()
            .flat_map(|(o, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
            .collect();
        assert_eq!(run(&single), rows);
        for end in (0..600).chain((600..single.len()).step_by(4999)) {
            assert!(run(&single[..end]).len() <= 1);
        }
    }
}

#[test]
fn refused() {
    for (level, code) in [(4, 4), (5, 0x86)] {
        let rows = run(&whole(&[
            (true, connect(level)),
            (false, connect_ack(level, code)),
        ]));
        let status = rows[0].connect_status.as_deref();
        assert_eq!(status, Some("Refused: bad user name or password"));
    }
}

#[test]
fn losses() {
    let mut parts = whole(&conversation(4));
    // Inside a payload nothing is lost but bytes.
    let mut last = parts[3].2.split_off(9_000);
    last.drain(..1000);
    parts.insert(4, (false, 1000, last));
    assert_eq!(run(&parts), run(&whole(&conversation(4))));
    // Elsewhere the next packets are found again.
    parts[2].1 = 50;
    let rows = run(&parts);
    assert_eq!(rows[0].published, Some(2));
}

#[test]
fn in_the_middle_of_a_connection() {
    let rows = run(&whole(&[(true, subscribe(5)), (false, publish(4, "x", 3))]));
    assert_eq!(rows[0].subscribe_topics.as_ref().map(Vec::len), Some(2));
    assert_eq!(rows[0].received, Some(1));
    assert_eq!(rows[0].connect_status, None);
}

#[test]
fn a_connection_of_days_is_told_by_the_hour() {
    let mut parser = MqttParser::default();
    let mut out = Vec::new();
    for i in 0..150i64 {
        let data = match i {
            0 => connect(4),
            _ => publish(4, "t", 10),
        };
        let chunk = chunk(i * 60_000_000_000, true, &data);
        parser.parse(&chunk, &mut out);
    }
    parser.finish(&mut out);
    assert_eq!(out.len(), 3);
    let Event::Mqtt(last) = &out[2] else {
        panic!("{out:?}");
    };
    assert_eq!(last.client_id.as_deref(), Some("sensor-7"));
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], resp_p: u16| probe(&testing::opening(orig, resp, resp_p));
    for level in [3, 4, 5] {
        let bytes = connect(level);
        assert_eq!(ask(&bytes, &[], 4000), Verdict::Yes);
        assert_eq!(ask(&bytes[..8], b"x", 4000), Verdict::Maybe);
    }
    assert_eq!(ask(b"\x10\x0c\0\x04HTTP\x04", b"x", 1883), Verdict::No);
    let (ping, pong) = (packet(0xc0, &[]), packet(0xd0, &[]));
    assert_eq!(ask(&ping, &pong, 1883), Verdict::Yes);
    assert_eq!(ask(&ping, &pong, 4000), Verdict::No);
    assert_eq!(ask(&ping, &publish(4, "a/b", 9), 4000), Verdict::Yes);
    assert_eq!(ask(&ping, &publish(4, "a/\n", 9), 4000), Verdict::No);
    assert_eq!(
        ask(&subscribe(4), b"\x90\x04\0\x01\x01\0", 1883),
        Verdict::Yes
    );
    assert_eq!(ask(b"GET / HTTP/1.1\r\n", b"HTTP/1.1 2", 1883), Verdict::No);
    assert_eq!(ask(&[0xff; 40], &[0xff; 40], 1883), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_mqtt -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_mqtt() {
    use crate::protocols::fuzzing::tests::write_seed;
    for (level, name) in [(3, "version_3_1"), (4, "version_3_1_1"), (5, "version_5")] {
        let mut parts = conversation(level);
        parts[3].1 = publish(level, "home/door", 80);
        write_seed("mqtt", name, true, &parts);
    }
}
