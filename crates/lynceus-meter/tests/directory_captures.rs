//! Kerberos, LDAP, RDP, SNMP, MQTT and WinRM in the shared captures, held against what a person
//! sees in them with a packet analyser.

mod rows;

use std::collections::BTreeSet;
use std::path::PathBuf;

use lynceus_meter::protocols::Event;
use rows::Seen;

/// What the inspectors tell of a shared capture, packed or not; `None` where there is none.
fn seen(name: &str) -> Option<Seen> {
    let path = rows::shared_data()?.join(name);
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let path = if path.is_file() { path } else { packed };
    Some(rows::inspect(&path).unwrap_or_else(|| panic!("{} is unreadable", path.display())))
}

/// The rows of one kind of event, in order of time.
macro_rules! rows_of {
    ($seen:expr, $kind:ident) => {{
        let events = $seen.events.iter();
        let mut rows: Vec<_> = events
            .filter_map(|(_, event)| match event {
                Event::$kind(row) => Some(row.as_ref().clone()),
                _ => None,
            })
            .collect();
        rows.sort_by_key(|row| row.ts_ns);
        rows
    }};
}

/// How many flows have the service.
fn flows(seen: &Seen, service: &str) -> usize {
    let of = |s: &&(_, Option<&'static str>)| s.1 == Some(service);
    seen.services.iter().filter(of).count()
}

fn text(value: &Option<impl AsRef<str>>) -> &str {
    value.as_ref().map_or("", |v| v.as_ref())
}

#[test]
fn a_spray_over_kerberos() {
    let name = "attack-pcaps/pcap-attack/CA_kerbrute_passwordspray_kerberos_AS-REQ.pcapng";
    let Some(seen) = seen(name) else { return };
    assert_eq!(flows(&seen, "kerberos"), 14);
    let rows = rows_of!(seen, Kerberos);
    assert_eq!(rows.len(), 14);
    assert!(rows.iter().all(|r| text(&r.request_type) == "AS"));
    let unknown: BTreeSet<_> = rows
        .iter()
        .filter(|r| text(&r.error_msg) == "KDC_ERR_C_PRINCIPAL_UNKNOWN")
        .map(|r| text(&r.client))
        .collect();
    let expected = [
        "HD01", "HD02", "admin", "admin02", "bob", "svc-01", "svc-02",
    ];
    assert_eq!(unknown, BTreeSet::from(expected));
    let wrong: Vec<_> = rows
        .iter()
        .filter(|r| text(&r.error_msg) == "KDC_ERR_PREAUTH_FAILED")
        .map(|r| (text(&r.client), r.preauth))
        .collect();
    assert_eq!(
        wrong,
        [("administrator", Some(true)), ("backdoor", Some(true))]
    );
    let given: Vec<_> = rows.iter().filter(|r| r.success == Some(true)).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(text(&given[0].client), "normal");
    assert_eq!(text(&given[0].cipher), "aes256-cts-hmac-sha1-96");
}

#[test]
fn a_service_ticket_with_rc4() {
    let name = "protocol-pcaps/suricata-verify/krb5-kerberoasting__kerberoast.pcap";
    let Some(seen) = seen(name) else { return };
    let rows = rows_of!(seen, Kerberos);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(text(&row.request_type), "TGS");
    assert_eq!(text(&row.client), "spotless");
    assert_eq!(text(&row.realm), "OFFENSE.LOCAL");
    assert_eq!(text(&row.service), "HTTP/dc-mantvydas.offense.local");
    assert_eq!(text(&row.cipher), "rc4-hmac");
    assert_eq!(text(&row.reply_cipher), "aes256-cts-hmac-sha1-96");
    assert_eq!(text(&row.kdc_options), "0x40810000");
    assert_eq!(row.ciphers.as_ref().map(Vec::len), Some(5));
}

#[test]
fn a_login_answered_with_a_weaker_key_than_offered() {
    let name = "attack-pcaps/pcap-attack/lm_mimikazt_skeleton_kerberos_rc4_etype.pcapng";
    let Some(seen) = seen(name) else { return };
    let rows = rows_of!(seen, Kerberos);
    let login = rows
        .iter()
        .find(|r| text(&r.request_type) == "AS" && r.success == Some(true))
        .expect("a login");
    assert_eq!(text(&login.client), "backdoor");
    assert_eq!(text(&login.host_name), "02694W-WIN10");
    assert_eq!(text(&login.reply_cipher), "rc4-hmac");
    let offered = login.ciphers.as_ref().expect("offered");
    assert_eq!(offered[0], "aes256-cts-hmac-sha1-96");
}

#[test]
fn kerberos_of_many_hosts() {
    let Some(seen) = seen("ndpi-apps/kerberos.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Kerberos);
    // Of each request as many as the analyser lists; several answers are not in the capture.
    let count = |kind: &str| {
        rows.iter()
            .filter(|r| text(&r.request_type) == kind)
            .count()
    };
    assert_eq!((count("AS"), count("TGS")), (8, 3));
    let errors: Vec<_> = rows.iter().filter(|r| r.error_code.is_some()).collect();
    assert_eq!(errors.len(), 5);
    assert!(rows.iter().any(|r| text(&r.host_name) == "JOHNSON-PC"));
    assert!(rows.iter().any(|r| text(&r.client) == "theresa.johnson"));
}

#[test]
fn kerberos_without_a_client_name() {
    let Some(seen) = seen("protocol-pcaps/zeek/krb__optional-service-name.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Kerberos);
    assert_eq!(rows.len(), 1);
    assert_eq!(text(&rows[0].error_msg), "KRB_ERR_GENERIC");
    assert_eq!(rows[0].client, None);
}

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

#[test]
fn remote_desktop_in_the_clear() {
    let Some(seen) = seen("ndpi-apps/rdp3.pcap") else {
        return;
    };
    let rows = rows_of!(seen, Rdp);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(text(&row.cookie), "Administr");
    assert_eq!(text(&row.security_protocol), "RDP");
    assert_eq!(text(&row.result), "Success");
    assert_eq!(text(&row.client_name), "SEPTU");
    assert_eq!(text(&row.client_build), "2600");
    assert_eq!(text(&row.keyboard_layout), "00000409");
    assert_eq!(text(&row.client_dig_product_id), "76487-OEM-0011903-00102");
    let size = (row.desktop_width, row.desktop_height);
    assert_eq!(size, (Some(1280), Some(1024)));
    let channels = row.client_channels.as_ref().expect("channels");
    assert_eq!(channels, &["rdpdr", "cliprdr", "rdpsnd"]);
    assert_eq!(text(&row.encryption_method), "128bit");
    assert_eq!(text(&row.encryption_level), "Client compatible");
}

#[test]
fn remote_desktop_with_tls_inside() {
    for (name, cookie, protocol, subject) in [
        ("ndpi-apps/rdp.pcap", "", "HYBRID_EX", "CN=OFFICE-WIN10-VM"),
        (
            "ndpi-apps/rdp_over_tls.pcap",
            "WDeployAd",
            "HYBRID",
            "CN=topsalon",
        ),
        (
            "attack-pcaps/pcap-attack/LM_rdp_sharprdp.pcapng",
            "IEUser",
            "HYBRID_EX",
            "CN=MSEDGEWIN10",
        ),
    ] {
        let Some(seen) = seen(name) else { return };
        let row = &rows_of!(seen, Rdp)[0];
        assert_eq!(text(&row.cookie), cookie, "{name}");
        assert_eq!(text(&row.security_protocol), protocol, "{name}");
        assert_eq!(text(&row.result), "encrypted", "{name}");
        let tls = &rows_of!(seen, Tls)[0];
        assert_eq!(text(&tls.subject), subject, "{name}");
        assert_eq!(flows(&seen, "tls"), 0, "{name}: the service stays");
        assert!(flows(&seen, "rdp") > 0, "{name}");
    }
}

#[test]
fn remote_desktop_over_udp_is_recognised() {
    for name in [
        "rdpeudp-handshake-fail.pcap",
        "rdpeudp-handshake-success.pcap",
        "rdpeudp2-handshake-success.pcap",
    ] {
        let Some(seen) = seen(&format!("protocol-pcaps/zeek/rdp__{name}")) else {
            return;
        };
        assert_eq!(flows(&seen, "rdp"), 1, "{name}");
    }
}
