//! The inspector as the flow table uses it.

use super::*;
use crate::protocols::tls;

fn inspector(protocol: u8) -> Inspector {
    Inspector::new(protocol, 40000, 12345)
}

fn segment(from_orig: bool, tcp_seq: u32, payload: &[u8]) -> Segment<'_> {
    Segment {
        ts_ns: 5,
        from_orig,
        tcp_seq,
        tcp_flags: 0x18,
        payload,
        payload_bytes: payload.len() as u32,
        tcp_ack: None,
        syn_seq: None,
    }
}

#[test]
fn is_small() {
    assert!(std::mem::size_of::<Inspector>() <= 64);
}

#[test]
fn unknown_transports_are_done_at_once() {
    assert!(inspector(proto::ICMP).is_done());
    assert!(!inspector(proto::TCP).is_done());
}

#[test]
fn unrecognised_flows_are_done_soon() {
    let mut out = Vec::new();
    let mut both = inspector(proto::TCP);
    for i in 0..4u32 {
        assert!(!both.is_done());
        both.segment(&segment(true, i * 20, &[1; 20]), &mut out);
        both.segment(&segment(false, i * 20, &[1; 20]), &mut out);
    }
    assert!(both.is_done());
    let mut alone = inspector(proto::UDP);
    let mut packets = 0;
    while !alone.is_done() {
        alone.segment(&segment(true, 0, &[0xff; 1200]), &mut out);
        packets += 1;
    }
    assert!(packets <= 16);
    assert!(out.is_empty() && alone.service().is_none());
}

#[test]
fn a_request_whose_segments_come_in_any_order() {
    let request = b"GET /path HTTP/1.1\r\nHost: h\r\n\r\n";
    let parts = [(0u32, 0..12usize), (12, 12..20), (20, 20..request.len())];
    for order in [
        [0, 1, 2],
        [1, 0, 2],
        [0, 2, 1],
        [2, 0, 1],
        [1, 2, 0],
        [2, 1, 0],
    ] {
        let mut out = Vec::new();
        let mut i = inspector(proto::TCP);
        for n in order {
            let (seq, range) = parts[n].clone();
            i.segment(&segment(true, 1000 + seq, &request[range]), &mut out);
        }
        i.finish(&mut out);
        assert_eq!(i.service(), Some("http"), "{order:?}");
        let [Event::Http(row)] = out.as_slice() else {
            panic!("{order:?}: {out:?}");
        };
        assert_eq!(row.host.as_deref(), Some("h"));
    }
}

#[test]
fn through_a_proxy_the_inner_conversation_counts() {
    let mut out = Vec::new();
    let mut i = inspector(proto::TCP);
    let connect = b"CONNECT h:80 HTTP/1.1\r\n\r\n";
    let answer = b"HTTP/1.1 200 OK\r\n\r\n";
    i.segment(&segment(true, 0, connect), &mut out);
    i.segment(&segment(false, 0, answer), &mut out);
    assert_eq!(out.len(), 1);
    let hello = tls::tests_support::record(
        22,
        &tls::tests_support::message(1, &tls::tests_support::client_hello(0x0303, &[0x1301], &[])),
    );
    i.segment(&segment(true, connect.len() as u32, &hello), &mut out);
    i.finish(&mut out);
    assert_eq!(i.service(), Some("tls"));
    assert!(matches!(out.as_slice(), [Event::Http(_), Event::Tls(_)]));
}

#[test]
fn nothing_is_told_twice() {
    let mut out = Vec::new();
    let mut i = inspector(proto::TCP);
    i.segment(&segment(true, 0, b"GET / HTTP/1.1\r\n\r\n"), &mut out);
    i.finish(&mut out);
    i.finish(&mut out);
    assert_eq!(out.len(), 1);
}

fn hello() -> Vec<u8> {
    let body = tls::tests_support::client_hello(0x0303, &[0x1301], &[]);
    tls::tests_support::record(22, &tls::tests_support::message(1, &body))
}

#[test]
fn tls_may_begin_after_a_few_words() {
    let mut out = Vec::new();
    let mut i = inspector(proto::TCP);
    i.segment(&segment(false, 0, b"READY ab\r\n"), &mut out);
    i.segment(&segment(true, 0, b"HOLA x\r\n"), &mut out);
    i.segment(&segment(false, 10, b"-ok STARTTLS\r\n"), &mut out);
    i.segment(&segment(true, 8, b"STARTTLS\r\n"), &mut out);
    i.segment(&segment(false, 24, b"-ok go\r\n"), &mut out);
    assert_eq!(i.service(), None);
    let hello = hello();
    i.segment(&segment(true, 18, &hello[..30]), &mut out);
    i.segment(&segment(true, 48, &hello[30..]), &mut out);
    i.finish(&mut out);
    assert_eq!(i.service(), Some("tls"));
    let [Event::Tls(row)] = out.as_slice() else {
        panic!("{out:?}");
    };
    assert_eq!(row.client_ciphers, Some(1));
}

#[test]
fn mail_turns_to_tls() {
    let mut out = Vec::new();
    let mut i = inspector(proto::TCP);
    i.segment(&segment(false, 0, b"220 mail\r\n"), &mut out);
    i.segment(&segment(true, 0, b"EHLO x\r\n"), &mut out);
    i.segment(&segment(false, 10, b"250 STARTTLS\r\n"), &mut out);
    i.segment(&segment(true, 8, b"STARTTLS\r\n"), &mut out);
    i.segment(&segment(false, 24, b"220 go\r\n"), &mut out);
    assert_eq!(i.service(), Some("smtp"));
    let hello = hello();
    i.segment(&segment(true, 18, &hello[..30]), &mut out);
    i.segment(&segment(true, 48, &hello[30..]), &mut out);
    i.finish(&mut out);
    assert_eq!(i.service(), Some("tls"));
    let [Event::Smtp(mail), Event::Tls(row)] = out.as_slice() else {
        panic!("{out:?}");
    };
    assert_eq!((mail.tls, row.client_ciphers), (Some(true), Some(1)));
}

/// Who wants the service alone gets the same one and no rows.
#[test]
fn without_events_the_service_is_the_same() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let banner = b"SSH-2.0-x\r\n";
    for bytes in [&request[..], &banner[..], &hello()[..]] {
        let mut out = Vec::new();
        let mut full = inspector(proto::TCP);
        let mut lean = inspector(proto::TCP).without_events();
        for one in [&mut full, &mut lean] {
            one.segment(&segment(true, 1, bytes), &mut out);
        }
        assert!(full.service().is_some());
        assert_eq!(full.service(), lean.service());
        out.clear();
        lean.finish(&mut out);
        assert!(out.is_empty() || lean.service() == Some("http"));
    }
}

#[test]
fn a_datagram_of_another_protocol_hides_nothing() {
    let snmp = b"\x30\x1e\x02\x01\x00\x04\x01a\xa0\x16\x02\x01\x01\x02\x01\x00\x02\x01\x00\
        \x30\x0b\x30\x09\x06\x05\x2b\x06\x01\x02\x01\x05\x00";
    let dns = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01";
    let mut out = Vec::new();
    let mut i = Inspector::new(proto::UDP, 40000, 53);
    i.segment(&segment(true, 0, snmp), &mut out);
    i.segment(&segment(true, 0, dns), &mut out);
    i.finish(&mut out);
    // The first names the flow, both are told.
    assert_eq!(i.service(), Some("snmp"));
    let [Event::Snmp(_), Event::Dns(row)] = out.as_slice() else {
        panic!("{out:?}");
    };
    assert_eq!(row.query.as_deref(), Some("a.bc"));
}

#[test]
fn foreign_datagrams_are_looked_at_a_few_times() {
    let dns = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01";
    let mut out = Vec::new();
    let mut i = Inspector::new(proto::UDP, 40000, 53);
    i.segment(&segment(true, 0, dns), &mut out);
    for _ in 0..100 {
        i.segment(&segment(true, 0, &[0xff; 40]), &mut out);
    }
    assert_eq!(i.foreign, FOREIGN);
    // The parser of the first stays: what it asked again is the same query.
    i.segment(&segment(true, 0, dns), &mut out);
    i.finish(&mut out);
    assert_eq!((out.len(), i.service()), (1, Some("dns")));
}

#[test]
fn an_answer_that_comes_before_its_request_waits_for_it() {
    const REQUEST: &[u8] = b"GET /path HTTP/1.1\r\nHost: h\r\n\r\n";
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let end = 1001 + REQUEST.len() as u32;
    let request = Segment {
        tcp_ack: Some(5001),
        syn_seq: Some(1000),
        ..segment(true, 1001, REQUEST)
    };
    let answer = Segment {
        tcp_ack: Some(end),
        syn_seq: Some(1000),
        ..segment(false, 5001, ANSWER)
    };
    let told = |segments: &[Segment<'_>]| {
        let (mut flow, mut out) = (inspector(proto::TCP), Vec::new());
        for segment in segments {
            flow.segment(segment, &mut out);
        }
        flow.finish(&mut out);
        format!("{out:?}")
    };
    let in_order = told(&[request, answer]);
    assert!(in_order.contains("status_code: Some(200)") && in_order.contains("/path"));
    assert_eq!(told(&[answer, request]), in_order);
    // What never comes is not waited for longer than packets are swapped, and nothing is dropped.
    assert!(told(&[answer]).contains("status_code: Some(200)"));
    let later = Segment {
        ts_ns: 1_000_000_000,
        tcp_seq: 5001 + ANSWER.len() as u32,
        ..answer
    };
    assert_eq!(
        told(&[answer, later])
            .matches("status_code: Some(200)")
            .count(),
        2
    );
}
