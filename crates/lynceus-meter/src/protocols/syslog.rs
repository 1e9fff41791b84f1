//! Syslog over UDP and TCP (RFC 3164, 5424, 6587): the flow is named, by a priority that exists and
//! what follows it; on its own port any text may follow. Over TCP a length may stand before it.

use super::door::name_alone;
use super::{Door, Opening, Verdict};
use crate::packet::proto;

/// Port of the protocol.
const PORT: u16 = 514;
/// Highest priority: facility 23, severity 7.
const PRIORITY: u16 = 191;
const MONTHS: [&[u8]; 12] = [
    b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ", b"Oct ",
    b"Nov ", b"Dec ",
];

/// Syslog over UDP.
pub(crate) const UDP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "syslog",
    probe: |opening| verdict(is_message(opening.datagram(), opening.has_port(PORT))),
    open: name_alone,
};

/// Syslog over TCP: who connects is who tells.
pub(crate) const TCP_DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "syslog",
    probe: probe_stream,
    open: name_alone,
};

fn verdict(is_it: bool) -> Verdict {
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

fn probe_stream(opening: &Opening<'_>) -> Verdict {
    let bytes = opening.orig;
    let digits = bytes.iter().take(5).take_while(|b| b.is_ascii_digit());
    let framed = bytes
        .get(digits.count()..)
        .and_then(|rest| rest.strip_prefix(b" "));
    let on_port = opening.has_port(PORT);
    verdict(is_message(bytes, on_port) || framed.is_some_and(|rest| is_message(rest, on_port)))
}

fn is_message(bytes: &[u8], on_port: bool) -> bool {
    let printable = |text: &[u8]| text.iter().take(16).all(|b| *b >= b' ' && *b != 0x7f);
    after_priority(bytes).is_some_and(|text| {
        let dated = MONTHS.iter().any(|month| text.starts_with(month));
        dated || text.starts_with(b"1 ") || (on_port && !text.is_empty() && printable(text))
    })
}

/// What follows `<134>`.
fn after_priority(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|b| *b == b'>')?;
    let (digits, rest) = rest.split_at(end);
    let priority: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (priority <= PRIORITY && digits.iter().all(u8::is_ascii_digit)).then(|| rest.get(1..))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn lines() {
        let ask =
            |text: &str, port| (UDP_DOOR.probe)(&testing::opening(text.as_bytes(), &[], port));
        assert_eq!(ask("<34>Oct 11 22:14:15 host su: x", 999), Verdict::Yes);
        assert_eq!(
            ask("<165>1 2003-08-24T05:14:15Z h a - - -", 999),
            Verdict::Yes
        );
        assert_eq!(ask("<13>id=firewall", 514), Verdict::Yes);
        assert_eq!(ask("<13>id=firewall", 999), Verdict::No);
        assert_eq!(ask("<192>Oct 11 x", 514), Verdict::No);
        assert_eq!(ask("<+3>Oct 11 x", 514), Verdict::No);
        assert_eq!(ask("<html>", 514), Verdict::No);
        let tcp = |text: &str| probe_stream(&testing::opening(text.as_bytes(), &[], 601));
        assert_eq!(tcp("<34>Oct 11 22:14:15 host su: x\n"), Verdict::Yes);
        assert_eq!(tcp("30 <34>Oct 11 22:14:15 host su: x"), Verdict::Yes);
        assert_eq!(tcp("30 Oct 11"), Verdict::No);
    }
}
