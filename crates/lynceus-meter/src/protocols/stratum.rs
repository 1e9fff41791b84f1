//! Stratum over TCP, how miners of crypto-currency get their work: JSON by the line. One row a
//! connection, told when it ends and anew for each hour that it lasts.
//!
//! Rules: who calls a method of a miner is the client. A password is never kept. Of a line
//! [`LINE_BYTES`] are read, of its texts [`TEXTS`]. A login belongs to the answer with its id.

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::lines::Lines;
use super::stream::Chunk;
use super::wire::text;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;

/// Bytes kept of a line.
const LINE_BYTES: usize = 4096;
/// Texts read of a line.
const TEXTS: usize = 64;
/// Characters kept of a name.
const NAME_CHARS: usize = 200;
/// Methods kept of a row.
const METHODS: usize = 32;
/// Bytes within which a method must show.
const PROBE_BYTES: usize = 2048;

event_table! {
    /// One connection of a miner.
    StratumEvent / StratumTable = "stratum" {
        /// Wallet or worker that logs in.
        user: Option<String>,
        /// Program of the miner.
        agent: Option<String>,
        /// Whether the pool let it in.
        login_success: Option<bool>,
        /// Methods called by either side.
        methods: Option<Vec<String>>,
        /// Jobs that the pool gave.
        jobs: Option<u32>,
        /// Shares of work that the miner handed in.
        shares: Option<u32>,
    }
}

/// Stratum over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "stratum",
    probe,
    open: |_| Box::<StratumParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let verdicts = [opening.orig, opening.resp].map(probe_side);
    if verdicts.contains(&Verdict::Yes) {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn probe_side(bytes: &[u8]) -> Verdict {
    if bytes.first() != Some(&b'{') {
        return Verdict::No;
    }
    let line = Line::read(bytes.get(..PROBE_BYTES).unwrap_or(bytes));
    match line.value(b"method") {
        Some(method) if calls(method, &line) == Call::Other => Verdict::No,
        Some(_) => Verdict::Yes,
        None if bytes.len() < PROBE_BYTES => Verdict::Maybe,
        None => Verdict::No,
    }
}

/// What a method is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Login,
    Subscribe,
    Share,
    Job,
    More,
    Other,
}

/// What a method is for; one that others may use too counts only with a miner's own words.
fn calls(method: &[u8], line: &Line<'_>) -> Call {
    let own_words = [&b"login"[..], b"agent", b"pass", b"job_id", b"nonce"];
    let is_miners = own_words
        .iter()
        .filter(|word| line.value(word).is_some())
        .count()
        >= 2;
    match method {
        b"mining.authorize" | b"eth_submitLogin" => Call::Login,
        b"login" if is_miners => Call::Login,
        b"mining.subscribe" => Call::Subscribe,
        b"mining.submit" | b"eth_submitWork" => Call::Share,
        b"submit" if is_miners => Call::Share,
        b"mining.notify" => Call::Job,
        b"job" if line.has_key(b"blob") || line.has_key(b"job_id") => Call::Job,
        b"eth_getWork" | b"eth_submitHashrate" => Call::More,
        _ if method.starts_with(b"mining.") => Call::More,
        _ => Call::Other,
    }
}

/// The texts of a line of JSON, as they stand, keys told from values.
#[derive(Debug)]
struct Line<'a> {
    texts: Vec<(&'a [u8], bool)>,
    id: Option<&'a [u8]>,
    refused: bool,
}

impl<'a> Line<'a> {
    fn read(bytes: &'a [u8]) -> Line<'a> {
        let mut texts = Vec::new();
        let mut rest = bytes;
        let (mut id, mut result, mut error) = (None, None, None);
        while let Some(start) = memchr::memchr(b'"', rest).filter(|_| texts.len() < TEXTS) {
            let inside = rest.get(start.saturating_add(1)..).unwrap_or(&[]);
            let Some(end) = end_of_text(inside) else {
                break;
            };
            let (content, after) = inside.split_at(end);
            rest = after.get(1..).unwrap_or(&[]);
            let value = rest.trim_ascii_start().strip_prefix(b":");
            texts.push((content, value.is_some()));
            let plain = value.map(|value| plain_value(value.trim_ascii_start()));
            match content {
                b"id" => id = id.or(plain),
                b"result" => result = result.or(plain),
                b"error" => error = error.or(plain),
                _ => {}
            }
        }
        let refused = result == Some(b"false") || error.is_some_and(|e| e != b"null");
        Line { texts, id, refused }
    }

    fn has_key(&self, key: &[u8]) -> bool {
        self.texts
            .iter()
            .any(|(content, is_key)| *is_key && *content == key)
    }

    /// The first text behind a key.
    fn value(&self, key: &[u8]) -> Option<&'a [u8]> {
        let at = self
            .texts
            .iter()
            .position(|(content, is_key)| *is_key && *content == key)?;
        let (value, is_key) = self.texts.get(at.checked_add(1)?)?;
        (!is_key).then_some(*value)
    }
}

fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    bytes.iter().position(|byte| match (escaped, byte) {
        (true, _) => {
            escaped = false;
            false
        }
        (false, b'\\') => {
            escaped = true;
            false
        }
        (false, byte) => *byte == b'"',
    })
}

/// A value up to what ends one that is no text.
fn plain_value(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| b",}] \r\n".contains(b));
    bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(&[])
}

/// The parser of one connection.
#[derive(Debug)]
struct StratumParser {
    orig: Lines,
    resp: Lines,
    login_id: Option<Vec<u8>>,
    row: Option<StratumEvent>,
}

impl Default for StratumParser {
    fn default() -> Self {
        StratumParser {
            orig: Lines::new(LINE_BYTES),
            resp: Lines::new(LINE_BYTES),
            login_id: None,
            row: None,
        }
    }
}

fn name(bytes: &[u8]) -> Option<String> {
    Some(text(bytes, NAME_CHARS))
}

fn count(counter: &mut Option<u32>) {
    *counter = Some(counter.unwrap_or(0).saturating_add(1));
}

impl StratumParser {
    /// The row that is gathered, a new one when the last has lasted long enough.
    fn row(&mut self, ts_ns: i64, out: &mut Vec<Event>) -> &mut StratumEvent {
        let old = self
            .row
            .take_if(|row| ts_ns.saturating_sub(row.ts_ns) > ROW_NS);
        let mut next = StratumEvent {
            ts_ns,
            methods: Some(Vec::new()),
            jobs: Some(0),
            shares: Some(0),
            ..StratumEvent::default()
        };
        if let Some(old) = old {
            next.user.clone_from(&old.user);
            next.agent.clone_from(&old.agent);
            next.login_success = old.login_success;
            out.push(Event::Stratum(Box::new(old)));
        }
        self.row.get_or_insert(next)
    }

    fn line(&mut self, bytes: &[u8], ts_ns: i64, out: &mut Vec<Event>) {
        let line = Line::read(bytes);
        let Some(method) = line.value(b"method") else {
            let answers_login = line.id.is_some() && line.id == self.login_id.as_deref();
            if answers_login {
                self.login_id = None;
                self.row(ts_ns, out).login_success = Some(!line.refused);
            }
            return;
        };
        let call = calls(method, &line);
        if call == Call::Login {
            self.login_id = line.id.map(<[u8]>::to_vec);
        }
        let row = self.row(ts_ns, out);
        let methods = row.methods.get_or_insert_with(Vec::new);
        let method = text(method, NAME_CHARS);
        if methods.len() < METHODS && !methods.contains(&method) {
            methods.push(method);
        }
        match call {
            Call::Login => {
                let user = line.value(b"login").or_else(|| line.value(b"params"));
                row.user = user.and_then(name);
                row.agent = line.value(b"agent").and_then(name).or(row.agent.take());
            }
            Call::Subscribe => {
                row.agent = line.value(b"params").and_then(name).or(row.agent.take());
            }
            Call::Share => count(&mut row.shares),
            Call::Job => count(&mut row.jobs),
            Call::More | Call::Other => {}
        }
    }
}

impl Parser for StratumParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        let mut data = chunk.data;
        let mut first = true;
        loop {
            let lines = match chunk.from_orig {
                true => &mut self.orig,
                false => &mut self.resp,
            };
            if std::mem::take(&mut first) {
                lines.lose(chunk.lost_bytes);
            }
            let Some(line) = lines.next(&mut data) else {
                return Progress::More;
            };
            self.line(&line, chunk.ts_ns, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if let Some(row) = self.row.take() {
            out.push(Event::Stratum(Box::new(row)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{self, drive, part, rows, Part};

    fn pool() -> Vec<Part> {
        vec![
            part(true, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cpuminer/2\"]}\n"),
            part(false, "{\"id\":1,\"result\":[[\"mining.notify\",\"ae\"],\"08\",4],\"error\":null}\n"),
            part(true, "{\"params\": [\"wallet.w1\", \"secret\"], \"id\": 2, \"method\": \"mining.authorize\"}\n"),
            part(false, "{\"id\":2,\"result\":true,\"error\":null}\n"),
            part(false, "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"b3\",true]}\n"),
            part(true, "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"wallet.w1\",\"b3\"]}\n"),
        ]
    }

    fn monero() -> Vec<Part> {
        vec![
            part(true, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"4\\\"AB\",\"pass\":\"x\",\"agent\":\"XMRig/6\"}}\n"),
            part(false, "{\"id\":1,\"error\":{\"code\":-1,\"message\":\"banned\"}}\n"),
        ]
    }

    fn run(parts: &[Part]) -> Vec<StratumEvent> {
        rows!(
            drive(&mut StratumParser::default(), parts, |_| 4).0,
            Stratum
        )
    }

    #[test]
    fn a_miner_at_work() {
        let rows = run(&pool());
        let [row] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(row.user.as_deref(), Some("wallet.w1"));
        assert_eq!(row.agent.as_deref(), Some("cpuminer/2"));
        assert_eq!(row.login_success, Some(true));
        assert_eq!((row.jobs, row.shares), (Some(1), Some(1)));
        assert_eq!(row.methods.as_ref().map(Vec::len), Some(4));
        assert!(!format!("{row:?}").contains("secret"));
        let single: Vec<_> = pool()
            .iter()
            .flat_map(|(o, _, b)| b.iter().map(|byte| (*o, 0, vec![*byte])))
            .collect();
        assert_eq!(run(&single), rows);
        for end in 0..single.len() {
            assert!(run(&single[..end]).len() <= 1);
        }
    }

    #[test]
    fn the_other_dialect() {
        let rows = run(&monero());
        assert_eq!(rows[0].user.as_deref(), Some("4\\\"AB"));
        assert_eq!(rows[0].agent.as_deref(), Some("XMRig/6"));
        assert_eq!(rows[0].login_success, Some(false));
    }

    #[test]
    fn days_are_told_by_the_hour() {
        let mut parts = pool();
        let job = "{\"method\":\"mining.notify\",\"params\":[]}\n";
        parts.extend((0..150).map(|_| part(false, job)));
        let clock = |i: usize| i as i64 * 60_000_000_000;
        let rows = rows!(
            drive(&mut StratumParser::default(), &parts, clock).0,
            Stratum
        );
        let jobs: u32 = rows.iter().filter_map(|r| r.jobs).sum();
        assert_eq!((rows.len(), jobs), (3, 151));
        assert_eq!(rows[2].user.as_deref(), Some("wallet.w1"));
    }

    #[test]
    fn probing() {
        let ask = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 3333));
        for parts in [pool(), monero()] {
            assert_eq!(ask(&parts[0].2, &[]), Verdict::Yes);
            assert_eq!(ask(&[], &parts[0].2), Verdict::Yes);
            assert_eq!(ask(&parts[0].2[..12], &[]), Verdict::Maybe);
        }
        let rpc = b"{\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"user\":\"a\"}}\n";
        assert_eq!(ask(rpc, &[]), Verdict::No);
        assert_eq!(ask(b"GET / HTTP/1.1\r\n\r\n", &[]), Verdict::No);
    }

    /// `cargo test -p lynceus-meter seeds_of_stratum -- --ignored` writes the seeds anew.
    #[test]
    #[ignore = "writes files; run by hand when the seeds change"]
    fn seeds_of_stratum() {
        use crate::protocols::fuzzing::tests::write_seed;
        for (name, parts) in [("pool", pool()), ("monero", monero())] {
            let parts: Vec<_> = parts.into_iter().map(|(o, _, b)| (o, b)).collect();
            write_seed("stratum", name, true, &parts);
        }
    }
}
