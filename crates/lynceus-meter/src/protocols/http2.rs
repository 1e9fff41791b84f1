//! HTTP/2 in the clear: the flow is named by the preface that every client sends (RFC 9113). Its
//! compressed headers are not read.

use super::door::name_alone;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// What a client sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// HTTP/2 over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "http2",
    probe,
    open: name_alone,
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let sides = [opening.orig, opening.resp];
    if sides.iter().any(|bytes| bytes.starts_with(PREFACE)) {
        return Verdict::Yes;
    }
    let begun = |bytes: &&[u8]| !bytes.is_empty() && PREFACE.starts_with(bytes);
    if sides.iter().any(begun) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn the_preface() {
        let ask = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 80));
        assert_eq!(ask(PREFACE, &[0, 0, 0, 4]), Verdict::Yes);
        assert_eq!(ask(&PREFACE[..9], &[]), Verdict::Maybe);
        assert_eq!(ask(b"PRI x", &[]), Verdict::No);
    }
}
