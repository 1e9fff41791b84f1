use super::*;
use crate::protocols::testing::{self, drive, rows, whole, Part};

fn frame(destination: u8, source: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![
        5,
        0x64,
        data.len() as u8 + 5,
        0xc4,
        destination,
        0,
        source,
        0,
    ];
    let sum = check_sum(&out);
    out.extend(sum.to_le_bytes());
    for block in data.chunks(16) {
        out.extend(block);
        out.extend(check_sum(block).to_le_bytes());
    }
    out
}

fn conversation() -> Vec<(bool, Vec<u8>)> {
    let read = frame(4, 3, &[0xc0, 0xc0, 1, 60, 2, 6]);
    let answer = frame(
        3,
        4,
        &[&[0x40, 0xe0, 129, 0x90, 0x02][..], &[7; 30]].concat(),
    );
    let rest = frame(3, 4, &[0x81; 20]);
    vec![
        (true, frame(4, 3, &[])),
        (true, read.clone()),
        (false, [answer, rest].concat()),
        (true, frame(4, 3, &[0xc1, 0xc1, 13])),
        (true, read),
    ]
}

fn run(parts: &[Part]) -> Vec<Dnp3Event> {
    rows!(drive(&mut Dnp3Parser::default(), parts, |_| 4).0, Dnp3)
}

#[test]
fn check_sums() {
    // The header of the standard's own example.
    assert_eq!(check_sum(&[5, 0x64, 5, 0xc0, 1, 0, 0, 4]), 0x21e9);
}

#[test]
fn functions_and_indications() {
    let rows = run(&whole(&conversation()));
    let told: Vec<_> = rows
        .iter()
        .filter_map(|r| Some((r.func.as_deref()?, r.messages?)))
        .collect();
    assert_eq!(told, [("READ", 2), ("RESPONSE", 1), ("COLD_RESTART", 1)]);
    assert_eq!((rows[0].source, rows[0].destination), (Some(3), Some(4)));
    let named = ["OBJECT_UNKNOWN", "NEED_TIME", "DEVICE_RESTART"];
    assert_eq!(rows[1].iin, Some(named.map(str::to_owned).to_vec()));
    assert_eq!(rows[0].iin, None);
    let single: Vec<_> = conversation()
        .iter()
        .flat_map(|(o, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
        .collect();
    assert_eq!(run(&single), rows);
}

#[test]
fn losses_and_hours() {
    let mut parts = whole(&conversation());
    parts[3].1 = 90;
    assert_eq!(run(&parts).len(), 3);
    let read = (true, frame(4, 3, &[0xc0, 0xc0, 1]));
    let polls = vec![read; 150];
    let mut parser = Dnp3Parser::default();
    let rows = rows!(
        drive(&mut parser, &polls, |i| i as i64 * 60_000_000_000).0,
        Dnp3
    );
    let messages: u32 = rows.iter().filter_map(|r| r.messages).sum();
    assert_eq!((rows.len(), messages), (3, 150));
}

#[test]
fn probing() {
    let ask = |orig: &[u8]| probe(&testing::opening(orig, &[], 999));
    let bytes = frame(4, 3, &[0xc0, 0xc0, 1]);
    assert_eq!(ask(&bytes), Verdict::Yes);
    assert_eq!(ask(&bytes[..9]), Verdict::Maybe);
    let mut wrong = bytes;
    wrong[8] ^= 1;
    assert_eq!(ask(&wrong), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_dnp3 -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_dnp3() {
    use crate::protocols::fuzzing::tests::write_seed;
    write_seed("dnp3", "stations", true, &conversation());
}
