//! Logins by SASL and the messages inside of their security layers.

use super::*;

pub(super) fn wrap(token: &[&[u8]]) -> Vec<u8> {
    let token = token.concat();
    [&(token.len() as u32).to_be_bytes()[..], &token].concat()
}

#[test]
fn signed_messages_are_read_and_sealed_ones_end_the_watch() {
    let ask = search(3);
    let login = [
        (true, sasl(1, "GSS-SPNEGO", b"x")),
        (false, result(1, 0x61, 0, "")),
    ];
    let header = [5u8, 4, 4, 0xff, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1];
    let unrotated = [5u8, 4, 4, 0xff, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let mechanism = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
    let old = [
        &mechanism[..],
        b"\x02\x01\x11\x00\xff\xff\xff\xff",
        &[7; 24],
        &ask,
    ]
    .concat();
    for signed in [
        wrap(&[&header, b"cs", &ask]),
        wrap(&[&unrotated, &ask, b"cs"]),
        wrap(&[&[1, 0, 0, 0], &[9; 12], &ask]),
        wrap(&[&tlv(0x60, &old)]),
        wrap(&[&ask, &[3; 16]]),
    ] {
        let mut parts = login.to_vec();
        parts.push((true, signed));
        let (others, searches, progress) = run(&whole(&parts));
        assert_eq!((others.len(), searches.len()), (1, 1));
        assert_eq!(searches[0].filter.as_deref(), Some("(objectClass=user)"));
        assert_eq!(progress, Progress::More);
    }
    // A token longer than what is kept of a message, with many inside.
    let long = [search(3), entry(3).repeat(3000), result(3, 0x65, 0, "")].concat();
    let mut parts = login.to_vec();
    for piece in wrap(&[&header, b"cs", &long]).chunks(1400) {
        parts.push((false, piece.to_vec()));
    }
    let (_, searches, _) = run(&whole(&parts));
    assert_eq!(searches[0].result_count, Some(3000));
    assert_eq!(searches[0].result.as_deref(), Some("success"));
    let mut sealed_header = header;
    sealed_header[2] |= 2;
    for sealed in [
        wrap(&[&sealed_header, &ask]),
        wrap(&[&[1, 0, 0, 0], &[9; 90]]),
    ] {
        let mut parts = login.to_vec();
        parts.push((true, sealed));
        let (others, searches, progress) = run(&whole(&parts));
        assert_eq!((others.len(), searches.len()), (1, 0));
        assert_eq!(others[0].argument.as_deref(), Some("GSS-SPNEGO"));
        assert_eq!(progress, Progress::Done);
    }
}

#[test]
fn passwords_are_noted_and_never_kept() {
    let (rows, _, _) = run(&whole(&[
        (true, bind(1, "CN=x", tlv(0x80, b""))),
        (true, sasl(2, "PLAIN", b"\0carl\0hidden")),
        (true, sasl(3, "GSSAPI", b"token")),
    ]));
    let seen: Vec<_> = rows.iter().map(|r| r.password_seen).collect();
    assert_eq!(seen, [Some(false), Some(true), Some(false)]);
    assert_eq!(rows[1].object.as_deref(), Some("carl"));
    assert!(!format!("{rows:?}").contains("hidden"));
}

#[test]
fn ntlm_logins_have_their_row() {
    use crate::protocols::ntlm::tests_support::{authenticate, challenge, negotiate};
    let token = tlv(0x87, &challenge("SRV", "r.test"));
    let asked = message(
        1,
        nest(0x61, &[tlv(10, &[14]), octets(""), octets(""), token]),
    );
    let mut parser = StreamParser::default();
    let mut out = Vec::new();
    for (from_orig, data) in [
        (true, sasl(1, "GSS-SPNEGO", &negotiate())),
        (false, asked),
        (
            true,
            sasl(2, "GSS-SPNEGO", &authenticate("R", "dora", "WS07", 90)),
        ),
        (false, result(2, 0x61, 49, "")),
    ] {
        let chunk = chunk(5, from_orig, &data);
        parser.parse(&chunk, &mut out);
    }
    let [Event::Ldap(first), Event::Ntlm(login), Event::Ldap(second)] = out.as_slice() else {
        panic!("{out:?}");
    };
    assert_eq!(first.result.as_deref(), Some("SASL bind in progress"));
    assert_eq!(second.object.as_deref(), Some("dora"));
    assert_eq!(login.username.as_deref(), Some("dora"));
    assert_eq!(login.hostname.as_deref(), Some("WS07"));
    assert_eq!(login.server_nb_computer_name.as_deref(), Some("SRV"));
    assert_eq!(login.success, Some(false));
    assert_eq!(login.status.as_deref(), Some("invalid credentials"));
}
