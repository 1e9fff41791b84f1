//! Logins of mail protocols by SASL: who logs in by what mechanism. Secrets are dropped here.

use super::http::base64;
use super::wire::text;

/// Characters kept of a user name.
pub(crate) const USER_CHARS: usize = 256;
/// Characters kept of a mechanism.
const MECHANISM_CHARS: usize = 32;

/// One login under way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sasl {
    /// Mechanism, upper case.
    pub(crate) mechanism: String,
    /// User name.
    pub(crate) username: Option<String>,
    /// A password or token was sent that who listens can use.
    pub(crate) password_seen: bool,
    responses: u8,
}

impl Sasl {
    /// A login begins, perhaps with its first response.
    pub(crate) fn begin(mechanism: &[u8], initial: &[u8]) -> Sasl {
        let mut sasl = Sasl {
            mechanism: text(mechanism, MECHANISM_CHARS).to_ascii_uppercase(),
            ..Sasl::default()
        };
        if !initial.is_empty() {
            sasl.response(initial);
        }
        sasl
    }

    /// Takes a line of the client inside the exchange.
    pub(crate) fn response(&mut self, line: &[u8]) {
        let number = self.responses;
        self.responses = number.saturating_add(1);
        let line = line.trim_ascii();
        if line == b"*" || line.is_empty() {
            return;
        }
        let decoded = if line == b"=" {
            Some(Vec::new())
        } else {
            base64(line)
        };
        let Some(decoded) = decoded else {
            return;
        };
        match (self.mechanism.as_str(), number) {
            ("PLAIN", 0) => {
                let mut parts = decoded.split(|b| *b == 0);
                self.user(parts.nth(1));
                self.password_seen = parts.next().is_some_and(|p| !p.is_empty());
            }
            ("LOGIN", 0) => self.user(Some(&decoded)),
            ("LOGIN", 1) => self.password_seen = true,
            ("XOAUTH2" | "OAUTHBEARER", 0) => {
                let named = [&b"user="[..], b"n,a="].iter().find_map(|name| {
                    decoded
                        .strip_prefix(*name)
                        .and_then(|rest| rest.split(|b| *b == 1 || *b == b',').next())
                });
                self.user(named);
                self.password_seen = true;
            }
            ("CRAM-MD5", 0) => {
                let end = decoded.iter().rposition(|b| *b == b' ');
                self.user(end.and_then(|end| decoded.get(..end)));
            }
            ("SCRAM-SHA-1" | "SCRAM-SHA-256" | "SCRAM-SHA-1-PLUS" | "SCRAM-SHA-256-PLUS", 0) => {
                let named = decoded.split(|b| *b == b',');
                self.user(named.filter_map(|part| part.strip_prefix(b"n=")).next());
            }
            _ => {}
        }
    }

    fn user(&mut self, name: Option<&[u8]>) {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.username = Some(text(name, USER_CHARS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(mechanism: &str, lines: &[&[u8]]) -> (Option<String>, bool) {
        let mut sasl = Sasl::begin(mechanism.as_bytes(), b"");
        lines.iter().for_each(|line| sasl.response(line));
        (sasl.username, sasl.password_seen)
    }

    #[test]
    fn mechanisms() {
        let anna = Some("anna".to_owned());
        // \0anna\0secret
        assert_eq!(who("plain", &[b"AGFubmEAc2VjcmV0"]), (anna.clone(), true));
        assert_eq!(
            who("LOGIN", &[b"YW5uYQ==", b"c2VjcmV0"]),
            (anna.clone(), true)
        );
        assert_eq!(who("LOGIN", &[b"YW5uYQ=="]), (anna.clone(), false));
        // anna 0123
        assert_eq!(who("CRAM-MD5", &[b"YW5uYSAwMTIz"]), (anna.clone(), false));
        // user=anna\1auth=B x
        assert_eq!(
            who("XOAUTH2", &[b"dXNlcj1hbm5hAWF1dGg9QiB4"]),
            (anna.clone(), true)
        );
        // n,,n=anna,r=x
        assert_eq!(
            who("SCRAM-SHA-1", &[b"biwsbj1hbm5hLHI9eA=="]),
            (anna, false)
        );
        assert_eq!(who("PLAIN", &[b"*"]), (None, false));
        assert_eq!(who("NTLM", &[b"TlRMTVNTUAAB"]), (None, false));
        assert_eq!(who("PLAIN", &[b"not base64!"]), (None, false));
    }
}
