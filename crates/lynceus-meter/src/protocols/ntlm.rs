//! NTLM logins as SMB, DCE/RPC and LDAP carry them, alone or wrapped in SPNEGO: who, from which
//! machine, to which server. One row an authentication. Hashes and session keys are never kept.

use std::borrow::Cow;

use super::allowance::Rows;
use super::columns::event_table;
use super::wire::{printable, utf16_text, Wire};
use super::Event;

/// First bytes of every NTLM message.
const SIGNATURE: &[u8] = b"NTLMSSP\0";
/// Version 5 and type 14 at the front of a Kerberos AP-REQ, which asks for a service.
const KERBEROS_REQUEST: &[u8] = &[0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x0e];
/// Bytes of a security token in which a message is looked for.
const LOOK_BYTES: usize = 8 * 1024;
/// Characters kept of a name.
const NAME_CHARS: usize = 255;
/// Entries of the target information that are read.
const TARGET_ENTRIES: usize = 32;

const CHALLENGE: u32 = 2;
const AUTHENTICATE: u32 = 3;
/// Flag: names are UTF-16.
const UNICODE: u32 = 1;
/// What a login without a proof is called.
const ANONYMOUS: &str = "anonymous";
/// Length of an NTLMv1 response.
const OLD_RESPONSE_BYTES: usize = 24;

event_table! {
    /// One NTLM authentication.
    NtlmEvent / NtlmTable = "ntlm" {
        /// Protocol that carried it.
        carrier: Option<Cow<'static, str>>,
        /// User who logs in.
        username: Option<String>,
        /// Machine the user says to be at.
        hostname: Option<String>,
        /// Domain of the user.
        domainname: Option<String>,
        /// NetBIOS name of the server.
        server_nb_computer_name: Option<String>,
        /// DNS name of the server.
        server_dns_computer_name: Option<String>,
        /// DNS name of the forest of the server.
        server_tree_name: Option<String>,
        /// NTLMv1, NTLMv2 or anonymous.
        version: Option<Cow<'static, str>>,
        /// Whether the login succeeded.
        success: Option<bool>,
        /// NT status of the answer, or the fault of DCE/RPC.
        status: Option<Cow<'static, str>>,
    }
}

/// Who logs in, from an AUTHENTICATE message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) host: Option<String>,
    version: Option<&'static str>,
}

/// What a CHALLENGE message tells of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) nb_computer: Option<String>,
    dns_computer: Option<String>,
    tree: Option<String>,
}

/// One authentication as its tokens come.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Time of the first token.
    pub(crate) ts_ns: Option<i64>,
    /// `ntlm` or `kerberos`, once a token tells.
    pub(crate) mechanism: Option<&'static str>,
    /// The server's part of NTLM.
    pub(crate) server: Option<Server>,
    /// The client's part of NTLM.
    pub(crate) login: Option<Login>,
}

impl Exchange {
    /// Takes a security token, NTLM alone or any wrapping of it.
    pub(crate) fn token(&mut self, ts_ns: i64, token: &[u8]) {
        self.ts_ns.get_or_insert(ts_ns);
        let token = token.get(..LOOK_BYTES).unwrap_or(token);
        if let Some(at) = memchr::memmem::find(token, SIGNATURE) {
            self.mechanism = Some("ntlm");
            self.message(token.get(at..).unwrap_or(&[]));
        } else if memchr::memmem::find(token, KERBEROS_REQUEST).is_some() {
            self.mechanism = Some("kerberos");
        }
    }

    /// Reads an NTLM message; one that is cut or broken tells nothing.
    fn message(&mut self, message: &[u8]) -> Option<()> {
        let mut w = Wire::new(message);
        w.take(SIGNATURE.len())?;
        match w.le32()? {
            CHALLENGE => self.server = Some(read_challenge(message, w)?),
            AUTHENTICATE => self.login = Some(read_authenticate(message, w)?),
            _ => {}
        }
        Some(())
    }

    /// True when the client proved nothing.
    pub(crate) fn is_anonymous(&self) -> bool {
        let login = self.login.as_ref();
        login.is_some_and(|login| login.version == Some(ANONYMOUS))
    }

    /// Tells the authentication if it was one by NTLM that went as far as naming a user.
    pub(crate) fn tell(
        &self,
        carrier: &'static str,
        success: Option<bool>,
        status: Option<Cow<'static, str>>,
        rows: &mut Rows<'_>,
    ) {
        let (Some(ts_ns), Some(login)) = (self.ts_ns, &self.login) else {
            return;
        };
        let server = self.server.clone().unwrap_or_default();
        rows.tell(Event::Ntlm(Box::new(NtlmEvent {
            ts_ns,
            carrier: Some(Cow::Borrowed(carrier)),
            username: login.user.clone(),
            hostname: login.host.clone(),
            domainname: login.domain.clone(),
            server_nb_computer_name: server.nb_computer,
            server_dns_computer_name: server.dns_computer,
            server_tree_name: server.tree,
            version: login.version.map(Cow::Borrowed),
            success,
            status,
        })));
    }
}

/// Length and place of a field of the message.
fn field<'a>(message: &'a [u8], w: &mut Wire<'_>) -> Option<&'a [u8]> {
    let bytes = usize::from(w.le16()?);
    w.le16()?;
    let at = usize::try_from(w.le32()?).ok()?;
    // A field may be cut where the token is; then it is not known.
    Some(
        message
            .get(at..)
            .and_then(|m| m.get(..bytes))
            .unwrap_or(&[]),
    )
}

fn name(bytes: &[u8], unicode: bool) -> Option<String> {
    let text = match unicode {
        true => utf16_text(bytes, NAME_CHARS),
        false => printable(bytes, NAME_CHARS),
    };
    (!text.is_empty()).then_some(text)
}

fn read_challenge(message: &[u8], mut w: Wire<'_>) -> Option<Server> {
    field(message, &mut w)?;
    w.le32()?;
    w.take(16)?;
    let mut server = Server::default();
    let Some(target) = field(message, &mut w) else {
        return Some(server);
    };
    let mut pairs = Wire::new(target);
    for _ in 0..TARGET_ENTRIES {
        let (Some(kind), Some(bytes)) = (pairs.le16(), pairs.le16()) else {
            break;
        };
        let Some(value) = pairs.take(usize::from(bytes)) else {
            break;
        };
        match kind {
            0 => break,
            1 => server.nb_computer = name(value, true),
            3 => server.dns_computer = name(value, true),
            5 => server.tree = name(value, true),
            _ => {}
        }
    }
    Some(server)
}

fn read_authenticate(message: &[u8], mut w: Wire<'_>) -> Option<Login> {
    let lm = field(message, &mut w)?;
    let nt = field(message, &mut w)?;
    let [domain, user, host] = [
        field(message, &mut w)?,
        field(message, &mut w)?,
        field(message, &mut w)?,
    ];
    field(message, &mut w)?;
    // Old clients leave the flags out and write UTF-16 all the same.
    let unicode = w.le32().is_none_or(|flags| flags & UNICODE != 0);
    let version = match nt.len() {
        0 if lm.len() <= 1 => ANONYMOUS,
        n if n > OLD_RESPONSE_BYTES => "NTLMv2",
        _ => "NTLMv1",
    };
    Some(Login {
        user: name(user, unicode),
        domain: name(domain, unicode),
        host: name(host, unicode),
        version: Some(version),
    })
}

#[cfg(test)]
pub(crate) mod tests_support {
    /// Text as UTF-16.
    pub(crate) fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn with_fields(kind: u32, head: &[u8], fields: &[&[u8]], middle: usize) -> Vec<u8> {
        let mut out = [b"NTLMSSP\0".as_slice(), &kind.to_le_bytes()].concat();
        let mut at = out.len() + fields.len() * 8 + head.len();
        for (i, field) in fields.iter().enumerate() {
            if i == middle {
                out.extend(head);
            }
            out.extend((field.len() as u16).to_le_bytes());
            out.extend((field.len() as u16).to_le_bytes());
            out.extend((at as u32).to_le_bytes());
            at += field.len();
        }
        if middle == fields.len() {
            out.extend(head);
        }
        out.extend(fields.concat());
        out
    }

    /// The client's first message.
    pub(crate) fn negotiate() -> Vec<u8> {
        with_fields(1, &1u32.to_le_bytes(), &[b"", b""], 0)
    }

    /// The server's challenge.
    pub(crate) fn challenge(server: &str, tree: &str) -> Vec<u8> {
        let mut target = Vec::new();
        for (kind, value) in [(2u16, "DOM"), (1, server), (5, tree), (0, "")] {
            target.extend(kind.to_le_bytes());
            target.extend((value.len() as u16 * 2).to_le_bytes());
            target.extend(wide(value));
        }
        let head = [&1u32.to_le_bytes()[..], &[7; 8], &[0; 8]].concat();
        with_fields(2, &head, &[&wide("DOM"), &target], 1)
    }

    /// The client's proof, of the given length.
    pub(crate) fn authenticate(domain: &str, user: &str, host: &str, proof: usize) -> Vec<u8> {
        let (domain, user, host) = (wide(domain), wide(user), wide(host));
        let proof = vec![9; proof];
        let fields: [&[u8]; 6] = [&[], &proof, &domain, &user, &host, &[]];
        with_fields(3, &1u32.to_le_bytes(), &fields, 6)
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::*;
    use super::*;
    use crate::protocols::allowance::Allowance;

    fn told(exchange: &Exchange) -> Option<NtlmEvent> {
        let (mut out, mut allowance) = (Vec::new(), Allowance::default());
        let mut rows = Rows::new(&mut allowance, &mut out);
        exchange.tell("smb", Some(true), None, &mut rows);
        out.pop().map(|event| match event {
            Event::Ntlm(row) => *row,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_login_in_any_wrapping() {
        for wrapping in [&b""[..], b"\x60\x48\x06\x06+\x06\x01\x05\x05\x02"] {
            let mut exchange = Exchange::default();
            for (ts_ns, message) in [
                (3, negotiate()),
                (4, challenge("SRV", "forest.example")),
                (5, authenticate("DOM", "ann", "PC7", 90)),
            ] {
                exchange.token(ts_ns, &[wrapping, &message].concat());
            }
            assert_eq!(exchange.mechanism, Some("ntlm"));
            let row = told(&exchange).expect("a row");
            assert_eq!(row.ts_ns, 3);
            assert_eq!(row.username.as_deref(), Some("ann"));
            assert_eq!(row.domainname.as_deref(), Some("DOM"));
            assert_eq!(row.hostname.as_deref(), Some("PC7"));
            assert_eq!(row.server_nb_computer_name.as_deref(), Some("SRV"));
            assert_eq!(row.server_dns_computer_name, None);
            assert_eq!(row.server_tree_name.as_deref(), Some("forest.example"));
            assert_eq!(row.version.as_deref(), Some("NTLMv2"));
        }
    }

    #[test]
    fn versions() {
        for (proof, version) in [(24, "NTLMv1"), (0, "anonymous"), (25, "NTLMv2")] {
            let mut exchange = Exchange::default();
            exchange.token(1, &authenticate("", "", "", proof));
            let row = told(&exchange).expect("a row");
            assert_eq!(row.version.as_deref(), Some(version));
            assert_eq!(row.username, None);
        }
    }

    #[test]
    fn cut_anywhere() {
        for message in [challenge("S", "t"), authenticate("D", "u", "h", 30)] {
            for end in 0..message.len() {
                Exchange::default().token(1, &message[..end]);
            }
        }
        assert_eq!(told(&Exchange::default()), None);
    }

    #[test]
    fn kerberos_is_noted() {
        let mut exchange = Exchange::default();
        // A list of mechanisms offers, it does not ask.
        exchange.token(1, b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x06\x0a");
        assert_eq!(exchange.mechanism, None);
        exchange.token(
            1,
            &[b"\x60\x82\x06\x09", KERBEROS_REQUEST, b"\x6e"].concat(),
        );
        assert_eq!(exchange.mechanism, Some("kerberos"));
        assert_eq!(told(&exchange), None);
    }
}
