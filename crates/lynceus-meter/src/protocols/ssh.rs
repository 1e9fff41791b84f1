//! SSH: banners, HASSH of both sides, and what packet sizes tell of the login. One row a
//! connection, told when the login is decided or the flow ends.
//!
//! Rules: the originator is the client until the key exchange shows the contrary. A side holds at
//! most 64 KiB in the clear; once encrypted nothing is kept but sizes.

mod auth;
mod side;

use super::events::SshEvent;
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use auth::AuthWatch;
use side::Side;

/// Bytes in which a banner behind other lines is looked for.
const LOOK_BYTES: usize = 2048;

/// SSH over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "ssh",
    probe,
    open: |_| Box::<SshParser>::default(),
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
    const STARTS: [&[u8]; 2] = [b"SSH-2.", b"SSH-1."];
    for start in STARTS {
        if bytes.starts_with(start) {
            return Verdict::Yes;
        }
        if start.starts_with(bytes) {
            return Verdict::Maybe;
        }
    }
    // A server may send other lines first (RFC 4253).
    let head = bytes.get(..LOOK_BYTES).unwrap_or(bytes);
    let behind_lines = STARTS.iter().any(|start| {
        memchr::memmem::find_iter(head, start)
            .any(|at| at.checked_sub(1).and_then(|i| head.get(i)) == Some(&b'\n'))
    });
    if behind_lines {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// The parser of one connection.
#[derive(Debug, Default)]
struct SshParser {
    ts_ns: Option<i64>,
    orig: Side,
    resp: Side,
    auth: AuthWatch,
    told: bool,
}

impl SshParser {
    /// The originator is the client unless it sent what servers send.
    fn client_is_orig(&self) -> bool {
        !self.orig.replied || self.resp.replied
    }

    fn encrypted(&mut self, from_orig: bool, bytes: usize) {
        if from_orig == self.client_is_orig() {
            self.auth.client(bytes);
        } else {
            self.auth.server(bytes);
        }
    }

    fn is_over(&self) -> bool {
        let both_broken = self.orig.is_broken() && self.resp.is_broken();
        both_broken || self.auth.is_over()
    }
}

impl Parser for SshParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.ts_ns.get_or_insert(chunk.ts_ns);
        let side = if chunk.from_orig {
            &mut self.orig
        } else {
            &mut self.resp
        };
        if chunk.lost_bytes > 0 {
            side.lose();
            self.auth.blind();
        }
        let encrypted = side.take(chunk.data);
        if side.kex_init.as_ref().is_some_and(|k| k.compresses) {
            self.auth.blind();
        }
        if encrypted > 0 {
            self.encrypted(chunk.from_orig, encrypted);
        }
        let have_both = self.orig.is_encrypted() && self.resp.is_encrypted();
        if self.is_over() && (have_both || self.orig.is_broken() || self.resp.is_broken()) {
            self.finish(out);
            return Progress::Done;
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        let Some(ts_ns) = self.ts_ns.filter(|_| !self.told) else {
            return;
        };
        self.told = true;
        let (client, server) = if self.client_is_orig() {
            (&mut self.orig, &mut self.resp)
        } else {
            (&mut self.resp, &mut self.orig)
        };
        let (auth_success, auth_attempts) = self.auth.outcome();
        let mut event = SshEvent {
            ts_ns,
            auth_success,
            auth_attempts,
            hassh: client.kex_init.take().map(|k| k.as_client),
            hassh_server: server.kex_init.take().map(|k| k.as_server),
            ..SshEvent::default()
        };
        if let Some(banner) = client.banner.take() {
            event.version = Some(banner.version);
            event.client = Some(banner.software);
        }
        if let Some(banner) = server.banner.take() {
            event.version = Some(banner.version);
            event.server = Some(banner.software);
        }
        out.push(Event::Ssh(Box::new(event)));
    }
}

#[cfg(test)]
mod tests {
    use super::side::tests::{kex_init, packet};
    use super::*;
    use crate::protocols::testing::{self, drive, rows};

    fn run(parts: &[(bool, u64, &[u8])]) -> (Vec<SshEvent>, Progress) {
        let (events, progress) = drive(&mut SshParser::default(), parts, |_| 4);
        (rows!(events, Ssh), progress)
    }

    /// A KEXINIT without compression.
    fn plain_kex_init() -> Vec<u8> {
        let mut bytes = kex_init();
        let at = bytes.windows(4).position(|w| w == b"zlib").expect("zlib");
        bytes[at..at + 4].copy_from_slice(b"none");
        bytes
    }

    fn opening() -> [(bool, Vec<u8>); 4] {
        let client = [b"SSH-2.0-C\r\n".to_vec(), plain_kex_init()].concat();
        let server = [b"SSH-1.99-S x\r\n".to_vec(), plain_kex_init()].concat();
        let reply = [packet(31, b"k"), packet(21, b"")].concat();
        [
            (true, client),
            (false, server),
            (false, reply),
            (true, packet(21, b"")),
        ]
    }

    #[test]
    fn a_login() {
        let mut parts: Vec<(bool, u64, Vec<u8>)> =
            opening().into_iter().map(|(o, b)| (o, 0, b)).collect();
        for (from_orig, bytes) in [(true, 44), (false, 44), (true, 60), (false, 52)] {
            parts.push((from_orig, 0, vec![1; bytes]));
        }
        let attempt = [(true, 0, vec![2; 148]), (false, 0, vec![2; 28])];
        let lost = [(false, 9, vec![2; 28])];
        for (tail, expected, end) in [
            (&attempt[..], (Some(true), Some(1)), Progress::Done),
            (&lost[..], (None, None), Progress::Done),
            (&[][..], (None, None), Progress::More),
        ] {
            let all: Vec<_> = parts.iter().chain(tail).collect();
            let all: Vec<_> = all.iter().map(|(o, l, b)| (*o, *l, b.as_slice())).collect();
            let (rows, progress) = run(&all);
            assert_eq!((rows.len(), progress), (1, end));
            let row = &rows[0];
            assert_eq!((row.auth_success, row.auth_attempts), expected);
            assert_eq!(row.version.as_deref(), Some("1.99"));
            assert_eq!(row.client.as_deref(), Some("C"));
            assert_eq!(row.server.as_deref(), Some("S x"));
            assert!(row.hassh.is_some() && row.hassh_server.is_some());
        }
    }

    #[test]
    fn who_replies_is_the_server() {
        let parts = opening();
        let parts: Vec<_> = parts.iter().map(|(o, b)| (!*o, 0, b.as_slice())).collect();
        let (rows, _) = run(&parts);
        assert_eq!(rows[0].client.as_deref(), Some("C"));
    }

    #[test]
    fn old_versions_have_banners_alone() {
        let (rows, progress) = run(&[(false, 0, b"SSH-1.5-S\n"), (true, 0, b"SSH-1.5-C\n")]);
        assert_eq!(progress, Progress::Done);
        assert_eq!(rows[0].server.as_deref(), Some("S"));
        assert_eq!(rows[0].hassh, None);
    }

    #[test]
    fn probing() {
        let ask = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 80));
        assert_eq!(ask(b"SSH-2.0-x", b""), Verdict::Yes);
        assert_eq!(ask(b"", b"SSH"), Verdict::Maybe);
        assert_eq!(ask(b"x", b"Welcome\r\nSSH-2.0-x\r\n"), Verdict::Yes);
        assert_eq!(ask(b"x", b"220 FTP SSH-2.0\r\n"), Verdict::No);
    }
}
