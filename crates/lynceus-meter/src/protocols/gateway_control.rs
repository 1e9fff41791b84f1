//! MGCP and Megaco (H.248), how gateways of telephony are controlled, over UDP: the flow is named,
//! by the words that begin a command.

use super::door::name_alone;
use super::lines::{begins, split_word};
use super::{Door, Opening, Verdict};
use crate::packet::proto;

const COMMANDS: [&[u8]; 9] = [
    b"EPCF", b"CRCX", b"MDCX", b"DLCX", b"RQNT", b"NTFY", b"AUEP", b"AUCX", b"RSIP",
];

/// How a message of Megaco begins, in full and in short.
const VERSIONS: [&[u8]; 2] = [b"MEGACO/", b"!/"];

/// MGCP over UDP.
pub(crate) const MGCP_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "mgcp",
    probe: |opening| verdict(is_mgcp(opening)),
    open: name_alone,
};

/// Megaco in words over UDP.
pub(crate) const MEGACO_DOOR: Door = Door {
    protocol: proto::UDP,
    service: |_| "megaco",
    probe: |opening| verdict(is_megaco(opening)),
    open: name_alone,
};

fn verdict(is_it: bool) -> Verdict {
    if is_it {
        Verdict::Yes
    } else {
        Verdict::No
    }
}

/// `RSIP 1200 endpoint@gateway MGCP 1.0`.
fn is_mgcp(opening: &Opening<'_>) -> bool {
    let bytes = opening.datagram();
    if !COMMANDS.iter().any(|command| begins(bytes, command)) {
        return false;
    }
    let line = bytes
        .split(|b| matches!(b, b'\r' | b'\n'))
        .next()
        .unwrap_or(bytes);
    let (command, rest) = split_word(line);
    let (number, rest) = split_word(rest);
    let (_, version) = split_word(rest);
    COMMANDS
        .iter()
        .any(|known| command.eq_ignore_ascii_case(known))
        && !number.is_empty()
        && number.iter().all(u8::is_ascii_digit)
        && begins(version, b"MGCP ")
}

/// `MEGACO/1 [10.0.0.1]`, or its short form.
fn is_megaco(opening: &Opening<'_>) -> bool {
    let bytes = opening.datagram();
    if !matches!(bytes.first(), Some(b'M' | b'm' | b'!')) {
        return false;
    }
    let (first, rest) = split_word(bytes);
    let version = VERSIONS.iter().find(|word| begins(first, word));
    let number = version.and_then(|word| first.get(word.len()..));
    number.is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
        && matches!(rest.first(), Some(b'[' | b'<'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing;

    #[test]
    fn commands() {
        let opening = |text: &'static str| testing::opening(text.as_bytes(), &[], 999);
        assert!(is_mgcp(&opening(
            "RSIP 1200 aaln/1@gw MGCP 1.0\r\nRM: restart\r\n"
        )));
        assert!(!is_mgcp(&opening("RSIP x aaln/1@gw MGCP 1.0\r\n")));
        assert!(!is_mgcp(&opening("GET / HTTP/1.1\r\n")));
        assert!(is_megaco(&opening(
            "MEGACO/1 [10.0.0.1]:2944\nTransaction = 1 {"
        )));
        assert!(is_megaco(&opening("!/2 [10.0.0.1] T=1{")));
        assert!(!is_megaco(&opening("!/x [10.0.0.1]")));
    }
}
