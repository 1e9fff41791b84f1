use super::*;
use crate::protocols::testing::{self, drive, rows, whole, Part};

fn frame(transaction: u8, unit: u8, func: u8, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u8 + 2;
    [&[0, transaction, 0, 0, 0, length, unit, func], data].concat()
}

fn polls() -> Vec<(bool, Vec<u8>)> {
    vec![
        (true, frame(1, 1, 3, &[0, 100, 0, 2])),
        (false, frame(1, 1, 3, &[4, 0, 1, 0, 2])),
        (
            true,
            [
                frame(2, 1, 3, &[0, 40, 0, 1]),
                frame(3, 1, 6, &[0, 7, 0, 1]),
            ]
            .concat(),
        ),
        (false, frame(2, 1, 3, &[2, 0, 1])),
        (false, frame(3, 1, 0x86, &[2])),
        (true, frame(4, 9, 90, &[0, 1])),
    ]
}

fn run(parts: &[Part]) -> Vec<ModbusEvent> {
    rows!(drive(&mut ModbusParser::default(), parts, |_| 4).0, Modbus)
}

#[test]
fn requests_answers_and_exceptions() {
    let rows = run(&whole(&polls()));
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0].func.as_deref(), Some("READ_HOLDING_REGISTERS"));
    assert_eq!((rows[0].requests, rows[0].responses), (Some(2), Some(2)));
    assert_eq!(
        (rows[0].address_min, rows[0].address_max),
        (Some(40), Some(100))
    );
    assert_eq!(rows[1].func_code, Some(6));
    assert_eq!((rows[1].requests, rows[1].exceptions), (Some(1), Some(1)));
    let named = vec!["ILLEGAL_DATA_ADDRESS".to_owned()];
    assert_eq!(rows[1].exception, Some(named));
    assert_eq!((rows[2].unit, rows[2].address_min), (Some(9), None));
    let single: Vec<_> = polls()
        .iter()
        .flat_map(|(o, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
        .collect();
    assert_eq!(run(&single), rows);
}

#[test]
fn losses_and_hours() {
    let mut parts = whole(&polls());
    parts[2].1 = 7;
    let rows = run(&parts);
    assert_eq!(rows[0].requests, Some(2));
    let mut parser = ModbusParser::default();
    let polls: Vec<_> = (0..150)
        .map(|_| (true, frame(1, 1, 3, &[0, 1, 0, 1])))
        .collect();
    let (events, _) = drive(&mut parser, &polls, |i| i as i64 * 60_000_000_000);
    let rows = rows!(events, Modbus);
    let requests: u32 = rows.iter().filter_map(|r| r.requests).sum();
    assert_eq!((rows.len(), requests), (3, 150));
}

#[test]
fn what_waits_is_bounded() {
    let many: Vec<_> = (0..=255u8)
        .flat_map(|unit| [1, 2, 3, 4].map(|func| (true, frame(1, unit, func, &[0, 1, 0, 1]))))
        .collect();
    let mut parser = ModbusParser::default();
    let (events, _) = drive(&mut parser, &many, |_| 0);
    assert_eq!(events.len(), 1024);
    assert!(parser.rows.capacity() <= ROWS * 2);
}

#[test]
fn probing() {
    let ask = |orig: &[u8], resp: &[u8], port| probe(&testing::opening(orig, resp, port));
    let (asked, told) = (frame(1, 1, 3, &[0, 1, 0, 1]), frame(1, 1, 0x83, &[2]));
    assert_eq!(ask(&asked, &[], PORT), Verdict::Yes);
    assert_eq!(ask(&asked, &[], 999), Verdict::Maybe);
    assert_eq!(ask(&asked, &told, 999), Verdict::Yes);
    assert_eq!(ask(&asked, &frame(2, 1, 3, &[0]), 999), Verdict::Maybe);
    assert_eq!(ask(&frame(1, 1, 99, &[]), &[], PORT), Verdict::Maybe);
    assert_eq!(ask(&[b'G'; 300], &[], PORT), Verdict::No);
}

/// `cargo test -p lynceus-meter seeds_of_modbus -- --ignored` writes the seeds anew.
#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn seeds_of_modbus() {
    use crate::protocols::fuzzing::tests::write_seed;
    write_seed("modbus", "polls", true, &polls());
}
