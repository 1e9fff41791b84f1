//! Datagrams of DCE/RPC made here.

use super::*;
use crate::protocols::dce_rpc::tests::SVCCTL;
use crate::protocols::testing::{chunk, opening};

/// A packet of a call: kind, flags, sequence, operation, fragment.
fn packet(
    kind: u8,
    flags: u8,
    sequence: u32,
    operation: u16,
    fragment: u16,
    body: &[u8],
) -> Vec<u8> {
    let mut out = vec![4, kind, flags, 0, 0x10, 0, 0, 0];
    out.extend([0; 16]);
    out.extend(SVCCTL);
    out.extend(1..=16);
    out.extend([0, 0, 0, 0, 2, 0, 0, 0]);
    out.extend(sequence.to_le_bytes());
    out.extend(operation.to_le_bytes());
    out.extend([0xff; 4]);
    out.extend((body.len() as u16).to_le_bytes());
    out.extend(fragment.to_le_bytes());
    out.extend([0, 0]);
    out.extend(body);
    out
}

/// A call in two fragments, one sent twice, and one that fails.
pub(crate) fn exchange() -> Vec<(bool, Vec<u8>)> {
    vec![
        (true, packet(REQUEST, FRAGMENT, 0, 12, 0, &[1; 100])),
        (true, packet(REQUEST, FRAGMENT, 0, 12, 0, &[1; 100])),
        (true, packet(REQUEST, FRAGMENT | LAST, 0, 12, 1, &[1; 20])),
        (false, packet(4, 0, 0, 12, 0, &[])),
        (false, packet(RESPONSE, 0, 0, 12, 0, &[0; 24])),
        (true, packet(REQUEST, 0, 1, 200, 0, &[])),
        (false, packet(FAULT, 0, 1, 200, 0, &5_u32.to_le_bytes())),
        (true, packet(REQUEST, 0, 2, 0, 0, &[2; 8])),
    ]
}

fn told(packets: &[(bool, Vec<u8>)]) -> Vec<DceRpcEvent> {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    for (i, (from_orig, data)) in packets.iter().enumerate() {
        let at_ns = i64::try_from(i).unwrap() * 1_000_000_000;
        parser.parse(&chunk(at_ns, *from_orig, data), &mut out);
    }
    parser.finish(&mut out);
    out.into_iter()
        .map(|event| match event {
            Event::DceRpc(row) => *row,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn calls_with_their_answers() {
    let rows = told(&exchange());
    let [done, failed, open] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(done.endpoint.as_deref(), Some("svcctl"));
    assert_eq!(done.operation.as_deref(), Some("CreateServiceW"));
    assert_eq!((done.opnum, done.fault), (Some(12), Some(false)));
    assert_eq!(
        (done.request_bytes, done.response_bytes),
        (Some(120), Some(24))
    );
    assert_eq!(done.rtt_s, Some(4.0));
    assert_eq!(
        (failed.operation.as_deref(), failed.opnum),
        (None, Some(200))
    );
    assert_eq!(failed.fault, Some(true));
    assert!(failed.status.is_some());
    assert_eq!(
        (open.opnum, open.fault, open.response_bytes),
        (Some(0), None, None)
    );
}

#[test]
fn the_ends_may_write_in_different_orders_of_bytes() {
    let mut answer = packet(RESPONSE, 0, 0, 12, 0, &[]);
    answer[4] = 0;
    for field in [40..44, 44..46, 46..48, 24..28, 28..30, 30..32] {
        answer[field].reverse();
    }
    let asked = (true, packet(REQUEST, 0x80, 0, 12, 0, &[]));
    let rows = told(&[asked, (false, answer)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].fault, Some(false));
    assert_eq!(rows[0].endpoint.as_deref(), Some("svcctl"));
}

#[test]
fn memory_is_bounded() {
    let calls: Vec<_> = (0..5_000)
        .map(|n| (true, packet(REQUEST, 0, n, 12, 0, &[])))
        .collect();
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    for (_, data) in &calls {
        parser.parse(&chunk(1, true, data), &mut out);
        assert!(parser.waiting.calls.len() <= CALLS);
    }
    parser.finish(&mut out);
    assert_eq!(out.len(), 5_000);
}

#[test]
fn probing() {
    let ask = |bytes: &[u8]| probe(&opening(bytes, &[], 135));
    let whole = packet(REQUEST, 0, 1, 12, 0, &[1; 9]);
    assert_eq!(ask(&whole), Verdict::Yes);
    assert_eq!(ask(&whole[..85]), Verdict::No);
    assert_eq!(ask(&[4; 200]), Verdict::No);
    let mut nothing = vec![0; 120];
    nothing[0] = 4;
    assert_eq!(ask(&nothing), Verdict::No);
    let mut parser = DatagramParser::default();
    let foreign = parser.parse(&chunk(1, true, b"x"), &mut Vec::new());
    assert_eq!(foreign, Progress::Foreign);
}
