//! Connections from hand-made bytes.

use super::*;
use crate::protocols::testing;

struct Run {
    parser: HttpParser,
    out: Vec<Event>,
    progress: Progress,
    clock: i64,
}

impl Run {
    fn new() -> Self {
        Run {
            parser: HttpParser::default(),
            out: Vec::new(),
            progress: Progress::More,
            clock: 0,
        }
    }

    fn feed(&mut self, from_orig: bool, lost_bytes: u64, data: &[u8]) -> &mut Self {
        self.clock += 1;
        let chunk = Chunk {
            ts_ns: self.clock,
            from_orig,
            lost_bytes,
            data,
            wire_bytes: data.len() as u32,
        };
        self.progress = self.parser.parse(&chunk, &mut self.out);
        self
    }

    fn client(&mut self, data: &[u8]) -> &mut Self {
        self.feed(true, 0, data)
    }

    fn server(&mut self, data: &[u8]) -> &mut Self {
        self.feed(false, 0, data)
    }

    fn rows(&mut self) -> Vec<HttpEvent> {
        self.parser.finish(&mut self.out);
        self.out
            .iter()
            .map(|e| match e {
                Event::Http(h) => (**h).clone(),
                other => panic!("not HTTP: {other:?}"),
            })
            .collect()
    }
}

#[test]
fn keep_alive_and_pipelining() {
    let mut run = Run::new();
    run.client(
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz",
    );
    run.client(b"HEAD /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\n\r\n");
    run.server(b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhel");
    run.server(
        b"loHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    );
    run.server(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    run.server(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil close");
    let rows = run.rows();
    let seen: Vec<_> = rows
        .iter()
        .map(|r| {
            (
                r.trans_depth,
                r.uri.as_deref().unwrap_or("-"),
                r.status_code,
                r.request_body_bytes,
                r.response_body_bytes,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Some(1), "/1", Some(200), Some(0), Some(5)),
            (Some(2), "/2", Some(404), Some(3), Some(2)),
            (Some(3), "/3", Some(200), Some(0), Some(0)),
            (Some(4), "/4", Some(200), Some(0), Some(11)),
        ]
    );
    assert_eq!(rows[0].response_mime_type.as_deref(), Some("a/b"));
    assert_eq!(rows[1].status_msg.as_deref(), Some("Not Found"));
}

#[test]
fn an_unanswered_request_is_told_at_the_end() {
    let mut run = Run::new();
    run.client(b"PUT /x HTTP/1.1\r\nContent-Length: 100\r\n\r\n0123456789");
    let rows = run.rows();
    assert_eq!(
        (rows[0].status_code, rows[0].request_body_bytes),
        (None, Some(10))
    );
    assert_eq!(rows[0].response_body_bytes, None);
}

#[test]
fn connect_hands_over_what_follows() {
    let mut run = Run::new();
    run.client(b"CONNECT h:443 HTTP/1.1\r\n\r\n");
    run.server(b"HTTP/1.1 200 Connection established\r\n\r\nrest");
    let head = b"HTTP/1.1 200 Connection established\r\n\r\n".len();
    assert_eq!(run.progress, Progress::Handover(head));
    assert_eq!(run.rows()[0].status_code, Some(200));
    let mut run = Run::new();
    run.client(b"CONNECT h:443 HTTP/1.1\r\n\r\n");
    run.server(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(run.progress, Progress::More);
    assert_eq!(run.rows()[0].status_code, Some(407));
}

#[test]
fn an_upgrade_ends_the_watch() {
    let mut run = Run::new();
    run.client(b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    run.server(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello");
    assert_eq!(run.progress, Progress::Done);
    assert_eq!(run.rows()[0].status_code, Some(101));
}

#[test]
fn losses_in_a_body_are_counted_as_body() {
    let mut run = Run::new();
    run.client(b"GET /1 HTTP/1.1\r\n\r\n");
    run.server(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\nabc");
    run.feed(false, 2990, b"1234567HTTP/1.1 200 OK\r\n");
    run.client(b"GET /2 HTTP/1.1\r\n\r\n");
    run.server(b"Content-Length: 0\r\n\r\n");
    let rows = run.rows();
    assert_eq!(rows[0].response_body_bytes, Some(3000));
    assert_eq!(rows[1].status_code, Some(200));
}

#[test]
fn losses_of_heads_are_got_over() {
    let mut run = Run::new();
    run.client(b"GET /1 HTTP/1.1\r\nHo");
    run.feed(true, 50, b"rest of something\r\n\r\n");
    run.client(b"GET /3 HTTP/1.1\r\n\r\n");
    run.feed(false, 500, b"tail of an answer");
    run.client(b"GET /4 HTTP/1.1\r\n\r\n");
    run.server(b"HTTP/1.1 204 No Content\r\n\r\n");
    let rows = run.rows();
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r.uri.as_deref(), r.version.is_some(), r.status_code))
        .collect();
    assert_eq!(
        told,
        [
            (Some("/1"), false, None),
            (Some("/3"), true, None),
            (Some("/4"), true, Some(204)),
        ]
    );
}

#[test]
fn a_response_without_its_request_is_told() {
    let mut run = Run::new();
    run.server(b"HTTP/1.0 302 Found\r\nContent-Length: 0\r\n\r\n");
    let rows = run.rows();
    assert_eq!(
        (rows[0].method.as_deref(), rows[0].status_code),
        (None, Some(302))
    );
    assert_eq!(run.parser.client_is_orig, Some(true));
}

#[test]
fn pending_requests_are_bounded() {
    let mut run = Run::new();
    for _ in 0..1000 {
        run.client(b"GET /1 HTTP/1.1\r\n\r\n");
        assert!(run.parser.pending.len() <= PENDING);
    }
    assert_eq!(run.rows().len(), 1000);
}

#[test]
fn probing() {
    let orig = |bytes: &[u8]| probe(&testing::opening(bytes, b"220 x", 22));
    assert_eq!(orig(b"GET / HTTP/1.1\r\n"), Verdict::Yes);
    assert_eq!(orig(b"GET /old\r\n"), Verdict::Yes);
    assert_eq!(orig(b"GET / HT"), Verdict::Maybe);
    assert_eq!(orig(b"PROPFIND /x HTTP/1.1\n"), Verdict::Yes);
    assert_eq!(orig(b"HTTP/1.1 200"), Verdict::Yes);
    assert_eq!(orig(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Verdict::No);
    assert_eq!(orig(b"OPTIONS rtsp://x RTSP/1.0\r\n"), Verdict::No);
    assert_eq!(orig(b"SSH-2.0-x\r\n"), Verdict::No);
    let long = [b"GET /".to_vec(), vec![b'a'; 2000]].concat();
    assert_eq!(orig(&long), Verdict::Yes);
}

#[test]
fn remote_management_is_its_own_service() {
    let of = |request: &str| service(&testing::opening(request.as_bytes(), &[], 80));
    assert_eq!(of("POST /wsman HTTP/1.1\r\n"), "winrm");
    assert_eq!(of("POST /wsman?PSVersion=5.1 HTTP/1.1\r\n"), "winrm");
    assert_eq!(of("POST /wsman/SubscriptionManager/WEC HTTP/1.1"), "winrm");
    assert_eq!(of("GET /wsman HTTP/1.1\r\n"), "http");
    assert_eq!(of("POST /wsmanx HTTP/1.1\r\n"), "http");
    assert_eq!(of(""), "http");
}

#[test]
fn a_head_that_is_cut_off_is_told_as_far_as_it_came() {
    let mut run = Run::new();
    let mut cut = |from_orig, lost_bytes, data: &[u8]| {
        run.clock += 1;
        let chunk = Chunk {
            ts_ns: run.clock,
            from_orig,
            lost_bytes,
            data,
            wire_bytes: data.len() as u32 + 300,
        };
        run.progress = run.parser.parse(&chunk, &mut run.out);
    };
    cut(
        true,
        0,
        b"GET /a?b=1 HTTP/1.1\r\nHost: h.example\r\nUser-Agent: curl/8.",
    );
    cut(false, 0, b"HTTP/1.1 404 Not Found\r\nContent-Ty");
    cut(true, 300, b"POST /upload/long-na");
    cut(false, 300, b"HTTP/1.1 200 OK\r\nContent-Len");
    let rows = run.rows();
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r.uri.as_deref(), r.host.as_deref(), r.status_code))
        .collect();
    assert_eq!(
        told,
        [
            (Some("/a?b=1"), Some("h.example"), Some(404)),
            (Some("/upload/long-na"), None, Some(200)),
        ]
    );
    assert!(rows.iter().all(|r| r.user_agent.is_none()));
    assert!(rows.iter().all(|r| r.response_body_bytes.is_none()));
}

#[test]
fn a_request_line_without_its_end_is_recognised_where_it_was_cut() {
    let opening = |cut| Opening {
        orig: b"GET /some/long/pa",
        resp: b"",
        orig_p: 40000,
        resp_p: 8080,
        cut,
    };
    assert_eq!(probe(&opening(false)), Verdict::Maybe);
    assert_eq!(probe(&opening(true)), Verdict::Yes);
    let other = Opening {
        orig: b"GET my thing",
        ..opening(true)
    };
    assert_ne!(probe(&other), Verdict::Yes);
}
