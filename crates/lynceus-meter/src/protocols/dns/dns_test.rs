//! Queries, answers and their matching, from hand-made bytes.

use super::*;
use crate::protocols::testing::{self, chunk, drive};

fn message(id: u16, flags: u16, name: &[u8], answer: Option<[u8; 4]>) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, 1, 0, u8::from(answer.is_some()), 0, 0, 0, 0]);
    bytes.extend(name);
    bytes.extend([0, 1, 0, 1]);
    if let Some(address) = answer {
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        bytes.extend(address);
    }
    bytes
}

fn rows(out: &[Event]) -> Vec<DnsEvent> {
    out.iter()
        .map(|e| match e {
            Event::Dns(d) => (**d).clone(),
            other => panic!("not DNS: {other:?}"),
        })
        .collect()
}

fn opening(orig: &[u8], resp_p: u16) -> Opening<'_> {
    testing::opening(orig, &[], resp_p)
}

const QUERY: u16 = 0x0100;
const ANSWER: u16 = 0x8180;

#[test]
fn a_query_meets_its_answer() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    let query = message(7, QUERY, b"\x01a\x02Bc\x00", None);
    let answer = message(7, ANSWER, b"\x01a\x02Bc\x00", Some([9, 8, 7, 6]));
    parser.parse(&chunk(1_000_000_000, true, &query), &mut out);
    parser.parse(&chunk(1_500_000_000, true, &query), &mut out);
    assert!(out.is_empty());
    parser.parse(&chunk(2_500_000_000, false, &answer), &mut out);
    parser.finish(&mut out);
    let row = &rows(&out)[0];
    assert_eq!(out.len(), 1);
    assert_eq!(row.query.as_deref(), Some("a.bc"));
    assert_eq!(row.qtype.as_deref(), Some("A"));
    assert_eq!(row.rcode.as_deref(), Some("NOERROR"));
    assert_eq!(row.answers, Some(vec!["9.8.7.6".to_owned()]));
    assert_eq!(row.ttls_s, Some(vec![60]));
    assert_eq!(row.rtt_s, Some(1.0));
    assert_eq!(row.rejected, Some(false));
    assert_eq!(row.ts_ns, 1_000_000_000);
    assert_eq!(row.query_bytes, Some(query.len() as u32));
    assert_eq!(row.answer_bytes, Some(answer.len() as u32));
}

#[test]
fn an_error_without_data_is_rejected() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    let answer = message(7, 0x8183, b"\x01x\x00", None);
    parser.parse(&chunk(5, false, &answer), &mut out);
    let row = &rows(&out)[0];
    assert_eq!(row.rcode.as_deref(), Some("NXDOMAIN"));
    assert_eq!(row.rejected, Some(true));
    assert_eq!((row.rtt_s, row.query_bytes), (None, None));
    assert_eq!(row.query.as_deref(), Some("x"));
}

#[test]
fn another_name_or_the_same_side_does_not_answer() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    let query = message(7, QUERY, b"\x01a\x00", None);
    let other = message(7, ANSWER, b"\x01b\x00", Some([1, 1, 1, 1]));
    let same_side = message(7, ANSWER, b"\x01a\x00", Some([1, 1, 1, 1]));
    parser.parse(&chunk(0, true, &query), &mut out);
    parser.parse(&chunk(1, false, &other), &mut out);
    parser.parse(&chunk(2, true, &same_side), &mut out);
    parser.finish(&mut out);
    let rows = rows(&out);
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|r| r.rtt_s.is_none()));
    assert_eq!(rows[2].rcode, None);
}

#[test]
fn pending_queries_are_bounded_in_number_and_time() {
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    for id in 0..200u16 {
        let query = message(id, QUERY, b"\x01a\x00", None);
        parser.parse(&chunk(0, true, &query), &mut out);
        assert!(parser.matcher.pending.len() <= PENDING);
    }
    assert_eq!(out.len(), 200 - PENDING);
    let late = message(999, QUERY, b"\x01a\x00", None);
    parser.parse(&chunk(PENDING_NS + 1, true, &late), &mut out);
    assert_eq!(out.len(), 200);
    parser.finish(&mut out);
    assert_eq!(out.len(), 201);
}

#[test]
fn several_messages_in_one_stream_cut_anywhere() {
    let mut stream = Vec::new();
    for id in 1..=3u16 {
        let query = message(id, QUERY, b"\x01a\x00", None);
        stream.extend((query.len() as u16).to_be_bytes());
        stream.extend(query);
    }
    for size in [1, 2, 5, 1000] {
        let mut parser = StreamParser::default();
        let mut out = Vec::new();
        for part in stream.chunks(size) {
            parser.parse(&chunk(0, true, part), &mut out);
        }
        parser.finish(&mut out);
        assert_eq!(
            rows(&out).iter().map(|r| r.trans_id).collect::<Vec<_>>(),
            [Some(1), Some(2), Some(3)]
        );
    }
}

#[test]
fn a_stream_goes_on_behind_a_loss() {
    let query = message(5, QUERY, b"\x01a\x00", None);
    let mut frame = (query.len() as u16).to_be_bytes().to_vec();
    frame.extend(&query);
    let mut parser = StreamParser::default();
    let mut out = Vec::new();
    parser.parse(&chunk(0, true, &frame[..6]), &mut out);
    let mut behind = chunk(1, true, &frame);
    behind.lost_bytes = 100;
    parser.parse(&behind, &mut out);
    parser.finish(&mut out);
    assert_eq!(rows(&out).len(), 1);
}

#[test]
fn content_decides_not_the_port() {
    let query = message(7, QUERY, b"\x01a\x00", None);
    assert_eq!(probe_datagram(&opening(&query, 9999)), Verdict::Yes);
    let mut trailing = query.clone();
    trailing.push(0);
    assert_eq!(probe_datagram(&opening(&trailing, 9999)), Verdict::No);
    assert_eq!(probe_datagram(&opening(&trailing, 53)), Verdict::Yes);
    assert_eq!(
        probe_datagram(&opening(b"GET / HTTP/1.1\r\n\r\n", 53)),
        Verdict::No
    );
    assert_eq!(probe_datagram(&opening(&[0; 60], 53)), Verdict::No);
    assert_eq!(service(&opening(&query, 5353)), "mdns");
    assert_eq!(service(&opening(&query, 5355)), "llmnr");
    assert_eq!(service(&opening(&query, 1)), "dns");
}

#[test]
fn an_announcement_is_told_by_its_first_record() {
    let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    bytes.extend(b"\x04host\x05local\x00\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x05");
    let mut parser = DatagramParser::default();
    let mut out = Vec::new();
    parser.parse(&chunk(0, true, &bytes), &mut out);
    let row = &rows(&out)[0];
    assert_eq!(row.query.as_deref(), Some("host.local"));
    assert_eq!(row.answers, Some(vec!["10.0.0.5".to_owned()]));
}

/// A query for `wpad`, or for the names of a host.
fn netbios(qtype: u8) -> Vec<u8> {
    let encoded = [b"\x20", &b"FHFAEBEECACACACACACACACACACACAAA"[..], b"\x00"].concat();
    let mut query = message(7, 0x0110, &encoded, None);
    let n = query.len();
    query[n - 3] = qtype;
    query
}

#[test]
fn netbios_names_are_decoded() {
    let query = netbios(32);
    let mut answer = netbios(32);
    // No question, one answer: the name comes first all the same.
    answer[2..8].copy_from_slice(&[0x85, 0x80, 0, 0, 0, 1]);
    answer.extend([0, 0, 0, 60, 0, 6, 0, 0, 10, 0, 0, 66]);
    assert_eq!(service(&opening(&query, 137)), "netbios-ns");
    assert_eq!(probe_datagram(&opening(&answer, 999)), Verdict::Yes);
    let mut registration = netbios(32);
    (registration[1], registration[2]) = (8, 0x29);
    let parts = [(true, query), (false, answer), (true, registration)];
    let (events, _) = drive(&mut DatagramParser::default(), &parts, |_| 4);
    let rows = rows(&events);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].query.as_deref(), Some("wpad"));
    assert_eq!(rows[0].qtype.as_deref(), Some("NB"));
    assert_eq!(rows[0].answers, Some(vec!["10.0.0.66".to_owned()]));
}

#[test]
fn netbios_is_told_from_srv() {
    assert_eq!(service(&opening(&netbios(33), 137)), "netbios-ns");
    assert_eq!(service(&opening(&netbios(1), 999)), "dns");
    let mut srv = message(7, QUERY, b"\x05_http\x00", None);
    let n = srv.len();
    srv[n - 3] = 33;
    assert_eq!(probe_datagram(&opening(&srv, 53)), Verdict::Yes);
    assert_eq!(service(&opening(&srv, 999)), "dns");
    let parts = [(true, srv), (true, b"no message".to_vec())];
    let (events, progress) = drive(&mut DatagramParser::default(), &parts, |_| 4);
    assert_eq!(rows(&events)[0].qtype.as_deref(), Some("SRV"));
    assert_eq!(progress, Progress::Foreign);
}
