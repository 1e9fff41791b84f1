//! LDAP: logins, searches and changes.

use crate::{flows, rows, seen, text};

#[test]
fn searches_that_are_signed_are_read() {
    let name = "attack-pcaps/elcabezzonn/rubeus-kerberoast-cmdline-parameter.pcap";
    let Some(seen) = seen(name) else { return };
    assert_eq!(flows(&seen, "ldap"), 2);
    let searches = rows_of!(seen, LdapSearch);
    let hunt = searches
        .iter()
        .find(|r| text(&r.filter).contains("servicePrincipalName"))
        .expect("the search for service accounts");
    assert_eq!(
        text(&hunt.filter),
        "(&(samAccountType=805306368)(servicePrincipalName=*)(!(samAccountName=krbtgt))\
         (!(UserAccountControl:1.2.840.113556.1.4.803:=2)))"
    );
    assert_eq!(text(&hunt.base_object), "DC=picklesworth,DC=local");
    assert_eq!(text(&hunt.scope), "tree");
    assert_eq!(
        (hunt.result_count, text(&hunt.result)),
        (Some(1), "success")
    );
    let binds = rows_of!(seen, Ldap);
    assert!(binds.iter().all(|r| text(&r.argument) == "GSS-SPNEGO"));
}

#[test]
fn pages_of_many_entries_and_changed_rights() {
    let name = "attack-pcaps/otrf/empire_powerview_ldap_ntsecuritydescriptor__\
                empire_powerview_ldap_ntsecuritydescriptor_2020-09-21130944.cap";
    let Some(seen) = seen(name) else { return };
    let searches = rows_of!(seen, LdapSearch);
    let pages: Vec<_> = searches
        .iter()
        .filter(|r| text(&r.filter) == "(schemaIDGUID=*)")
        .map(|r| r.result_count.unwrap_or(0))
        .collect();
    assert_eq!(pages, [200, 200, 200, 200, 200, 200, 200, 200, 168]);
    let rights = searches
        .iter()
        .find(|r| text(&r.filter) == "(objectClass=controlAccessRight)")
        .expect("a search");
    assert_eq!(rights.result_count, Some(81));
    let changes: Vec<_> = rows_of!(seen, Ldap)
        .into_iter()
        .filter(|r| text(&r.opcode) == "modify")
        .collect();
    assert_eq!(changes.len(), 3);
    for change in &changes {
        assert_eq!(text(&change.object), "DC=theshire,DC=local");
        let attributes = change.attributes.as_ref().expect("attributes");
        assert_eq!(attributes, &["replace nTSecurityDescriptor"]);
    }
}

#[test]
fn ldap_logins_and_their_results() {
    let Some(seen) = seen("protocol-pcaps/zeek/ldap__ldap_invalid_credentials.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Ldap);
    let failed = rows
        .iter()
        .filter(|r| text(&r.result) == "invalid credentials")
        .count();
    assert_eq!((rows.len(), failed), (24, 12));
    assert!(text(&rows[1].diagnostic_message).contains("data 52e"));
    let logins = rows_of!(seen, Ntlm);
    assert_eq!(logins.len(), 12);
    assert!(logins.iter().all(|r| r.success == Some(false)));
    let users: Vec<_> = logins.iter().take(3).map(|r| text(&r.username)).collect();
    assert_eq!(users, ["Administrator", "DC01-ZION$", "DESKTOP-EVIL$"]);
    assert_eq!(text(&rows[1].object), "Administrator");
}

#[test]
fn the_ntlm_of_old_windows_in_ldap() {
    let Some(seen) = seen("protocol-pcaps/zeek/ldap__aduser1-ntlm.pcap") else {
        return;
    };
    let logins = rows_of!(seen, Ntlm);
    let [login] = logins.as_slice() else {
        panic!("{logins:?}");
    };
    assert_eq!(text(&login.carrier), "ldap");
    assert_eq!(text(&login.username), "User1");
    assert_eq!(text(&login.domainname), "ADHACKING.LOCAL");
    assert_eq!(login.success, Some(true));
    let binds = rows_of!(seen, Ldap);
    assert!(binds.iter().all(|r| text(&r.opcode) == "bind NTLM"));
    let searches = rows_of!(seen, LdapSearch);
    assert_eq!((searches.len(), searches[0].result_count), (1, Some(3)));
}

#[test]
fn ldap_operations() {
    let told = |name: &str| -> Vec<(String, String, String)> {
        let Some(seen) = seen(name) else {
            return Vec::new();
        };
        assert_eq!(flows(&seen, "ldap"), 1, "{name}");
        rows_of!(seen, Ldap)
            .iter()
            .map(|r| {
                (
                    text(&r.opcode).to_owned(),
                    text(&r.object).to_owned(),
                    text(&r.result).to_owned(),
                )
            })
            .collect()
    };
    let row = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    let suricata = "protocol-pcaps/suricata-verify";
    let person = "uid=jdoe,ou=People,dc=example,dc=com";
    if rows::shared_data().is_none() {
        return;
    }
    assert_eq!(
        told("protocol-pcaps/zeek/ldap__ldap-add.pcap"),
        [
            row("bind simple", "cn=admin,dc=example,dc=com", "success"),
            row("add", "ou=People,dc=example,dc=com", "success"),
            row("add", "uid=bjensen,ou=People,dc=example,dc=com", "success"),
        ]
    );
    for (name, expected) in [
        ("compare", row("compare", person, "compare true")),
        ("delete", row("delete", person, "success")),
        ("modify", row("modify", person, "success")),
        ("add", row("add", "dc=example,dc=com", "success")),
        ("bind", row("bind SASL", "", "SASL bind in progress")),
        ("unsolicited", row("extended", "", "unavailable")),
    ] {
        assert_eq!(
            told(&format!("{suricata}/ldap-{name}__ldap.pcap")),
            [expected]
        );
    }
}

#[test]
fn ldap_turns_to_tls() {
    let Some(seen) = seen("protocol-pcaps/zeek/ldap__ldap-starttls.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Ldap);
    assert_eq!(text(&rows[0].argument), "StartTLS");
    assert_eq!(rows_of!(seen, Tls).len(), 1);
    assert_eq!(flows(&seen, "tls"), 1);
}

#[test]
fn ldap_on_another_port() {
    let Some(seen) = seen("protocol-pcaps/zeek/ldap__simpleauth-diff-port.pcap") else {
        return;
    };
    assert_eq!(flows(&seen, "ldap"), 1);
    let rows = rows_of!(seen, Ldap);
    assert!(rows.iter().all(|r| r.password_seen == Some(true)));
}
