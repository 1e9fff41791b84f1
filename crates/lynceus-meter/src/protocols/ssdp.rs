//! SSDP over UDP: one row a message that was not sent before in the flow.
//!
//! Rules: what differs in method, target, name or place is another message; at most 256 different
//! ones of a flow are told.

use super::columns::event_table;
use super::heads::Head;
use super::lines::begins;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 1900;
/// Different messages told of a flow.
const MESSAGES: usize = 256;

event_table! {
    /// One SSDP message.
    SsdpEvent / SsdpTable = "ssdp" {
        /// NOTIFY, M-SEARCH or RESPONSE.
        method: Option<std::borrow::Cow<'static, str>>,
        /// Kind of notification.
        nts: Option<String>,
        /// Target of a search.
        st: Option<String>,
        /// Target of a notification.
        nt: Option<String>,
        /// Unique name of the service.
        usn: Option<String>,
        /// Where the description is.
        location: Option<String>,
        /// Program of who offers the service.
        server: Option<String>,
        /// Program of who searches.
        user_agent: Option<String>,
    }
}

/// SSDP over UDP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "ssdp",
    probe,
    open: |_| Box::<SsdpParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.datagram();
    let Some(method) = method(bytes) else {
        return Verdict::No;
    };
    let named =
        |names: &[&[u8]]| Head::of_datagram(bytes).is_some_and(|head| head.field(names).is_some());
    let fits = match method {
        "RESPONSE" => named(&[b"st"]) && (opening.has_port(PORT) || named(&[b"usn"])),
        _ => true,
    };
    if fits {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn method(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 3] = [
        (b"NOTIFY * HTTP/1.", "NOTIFY"),
        (b"M-SEARCH * HTTP/1.", "M-SEARCH"),
        (b"HTTP/1.1 200", "RESPONSE"),
    ];
    let found = STARTS.iter().find(|(start, _)| begins(bytes, start));
    found.map(|(_, name)| *name)
}

/// The parser of one flow.
#[derive(Debug, Default)]
struct SsdpParser {
    seen: Vec<SsdpEvent>,
}

impl Parser for SsdpParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let Some((method, head)) = method(chunk.data).zip(Head::of_datagram(chunk.data)) else {
            return Progress::Foreign;
        };
        let row = SsdpEvent {
            ts_ns: 0,
            method: Some(method.into()),
            nts: head.told(&[b"nts"]),
            st: head.told(&[b"st"]),
            nt: head.told(&[b"nt"]),
            usn: head.told(&[b"usn"]),
            location: head.told(&[b"location"]),
            server: head.told(&[b"server"]),
            user_agent: head.told(&[b"user-agent"]),
        };
        if self.seen.contains(&row) {
            return Progress::More;
        }
        self.seen.push(row.clone());
        out.push(Event::Ssdp(Box::new(SsdpEvent {
            ts_ns: chunk.ts_ns,
            ..row
        })));
        if self.seen.len() >= MESSAGES {
            Progress::Done
        } else {
            Progress::More
        }
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive, rows};

    const SEARCH: &[u8] =
        b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\nUSER-AGENT: x/1\r\n\r\n";
    const NOTIFY: &[u8] =
        b"NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1\r\n\r\n";
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\n\
        LOCATION: http://10.0.0.1/d.xml\r\nSERVER: s/2\r\n\r\n";

    fn run(datagrams: &[&[u8]]) -> Vec<SsdpEvent> {
        let datagrams: Vec<_> = datagrams.iter().map(|data| (true, *data)).collect();
        rows!(drive(&mut SsdpParser::default(), &datagrams, |_| 4).0, Ssdp)
    }

    #[test]
    fn messages_are_told_once() {
        let rows = run(&[SEARCH, SEARCH, NOTIFY, ANSWER, b"junk", b""]);
        let methods: Vec<_> = rows.iter().filter_map(|r| r.method.as_deref()).collect();
        assert_eq!(methods, ["M-SEARCH", "NOTIFY", "RESPONSE"]);
        assert_eq!(rows[0].st.as_deref(), Some("ssdp:all"));
        assert_eq!(rows[0].user_agent.as_deref(), Some("x/1"));
        assert_eq!(rows[1].nts.as_deref(), Some("ssdp:alive"));
        assert_eq!(rows[2].location.as_deref(), Some("http://10.0.0.1/d.xml"));
        assert_eq!(rows[2].server.as_deref(), Some("s/2"));
    }

    #[test]
    fn many_messages_end_the_watch() {
        let datagrams: Vec<Vec<u8>> = (0..400)
            .map(|i| format!("NOTIFY * HTTP/1.1\r\nUSN: {i}\r\n\r\n").into_bytes())
            .collect();
        let datagrams: Vec<&[u8]> = datagrams.iter().map(Vec::as_slice).collect();
        assert_eq!(run(&datagrams).len(), MESSAGES);
        for cut in 0..ANSWER.len() {
            run(&[&ANSWER[..cut]]);
        }
    }

    #[test]
    fn probing() {
        let ask = |orig: &[u8], resp_p: u16| probe(&testing::opening(orig, &[], resp_p));
        assert_eq!(ask(SEARCH, 9), Verdict::Yes);
        assert_eq!(ask(NOTIFY, 1900), Verdict::Yes);
        assert_eq!(ask(ANSWER, 9), Verdict::Yes);
        assert_eq!(ask(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", 1900), Verdict::No);
        assert_eq!(ask(b"GET / HTTP/1.1\r\n\r\n", 1900), Verdict::No);
    }

    /// `cargo test -p lynceus-meter seeds_of_ssdp -- --ignored` writes the seeds anew.
    #[test]
    #[ignore = "writes files; run by hand when the seeds change"]
    fn seeds_of_ssdp() {
        use crate::protocols::fuzzing::tests::write_seed;
        let parts = [(true, SEARCH), (false, ANSWER), (true, NOTIFY)];
        let parts = parts.map(|(o, data)| (o, data.to_vec()));
        write_seed("ssdp", "discovery", false, &parts);
    }
}
