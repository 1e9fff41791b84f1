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

#[test]
fn snmp_of_every_version() {
    let Some(seen) = seen("ndpi-apps/snmp.pcap") else {
        return;
    };
    assert_eq!(flows(&seen, "snmp"), 17);
    let rows = rows_of!(seen, Snmp);
    assert_eq!(rows.len(), 17);
    let of = |version: &'static str| rows.iter().filter(move |r| text(&r.version) == version);
    let [first, second, third] = ["1", "2c", "3"].map(|version| of(version).count());
    assert_eq!((first, second, third), (3, 5, 9));
    assert!(of("1").all(|r| text(&r.community) == "public"));
    let users: BTreeSet<_> = of("3").map(|r| text(&r.username)).collect();
    let expected = ["NOAUTHNOPRIV", "SHA1AES128", "SHA1NOPRIV"];
    assert_eq!(users, BTreeSet::from(expected));
    for row in of("3") {
        let level = match text(&row.username) {
            "NOAUTHNOPRIV" => "noAuthNoPriv",
            "SHA1NOPRIV" => "authNoPriv",
            _ => "authPriv",
        };
        assert_eq!(text(&row.security_level), level);
    }
    assert!(rows.iter().any(|r| text(&r.host_name) == "R1.lab.local"));
    assert!(!format!("{rows:?}").contains("adsl"), "a community is kept");
    let sum = |f: fn(&lynceus_meter::protocols::SnmpEvent) -> Option<u32>| -> u32 {
        rows.iter().filter_map(f).sum()
    };
    // As many as the analyser lists.
    assert_eq!((sum(|r| r.traps), sum(|r| r.encrypted)), (8, 10));
}

#[test]
fn snmp_refuses_an_unknown_user() {
    let name = "protocol-pcaps/suricata-verify/snmp-v3-unauth__snmp-v3-get-bulk-unauth.pcap";
    let Some(seen) = seen(name) else { return };
    for row in rows_of!(seen, Snmp) {
        assert_eq!(text(&row.username), "noAuthUser");
        let errors = row.errors.expect("errors");
        assert_eq!(errors, ["unknownEngineIDs", "unknownUserNames"]);
        assert_eq!(row.reports, Some(2));
    }
}

#[test]
fn mqtt_logins_and_topics() {
    let folder = "protocol-pcaps/suricata-verify";
    for (name, version, client, published, subscribed) in [
        ("mqtt31-pub-qos1__input", "3.1", "myvoiceismypassport", 1, 0),
        (
            "mqtt311-pub-qos2__input",
            "3.1.1",
            "myvoiceismypassport",
            1,
            0,
        ),
        (
            "mqtt5-pub-userpass__input",
            "5.0",
            "myvoiceismypassport",
            1,
            0,
        ),
        (
            "mqtt5-sub-userpass__input",
            "5.0",
            "myvoiceismypassport",
            0,
            2,
        ),
        (
            "mqtt31-unsub-qos2__input",
            "3.1",
            "myvoiceismypassport",
            0,
            1,
        ),
    ] {
        let Some(seen) = seen(&format!("{folder}/{name}.pcap")) else {
            return;
        };
        assert_eq!(flows(&seen, "mqtt"), 1, "{name}");
        let rows = rows_of!(seen, Mqtt);
        let [row] = rows.as_slice() else {
            panic!("{name}: {rows:?}");
        };
        assert_eq!(text(&row.proto_version), version, "{name}");
        assert_eq!(text(&row.client_id), client, "{name}");
        assert_eq!(text(&row.username), "user", "{name}");
        assert_eq!(row.password_seen, Some(true), "{name}");
        assert_eq!(text(&row.connect_status), "Connection Accepted", "{name}");
        assert_eq!(row.published, Some(published), "{name}");
        let topics = row.subscribe_topics.as_ref().map(Vec::len);
        assert_eq!(topics, Some(subscribed), "{name}");
    }
}

#[test]
fn mqtt_refused_and_from_the_middle() {
    let folder = "protocol-pcaps/suricata-verify";
    let name = format!("{folder}/mqtt-connect-rules-2__mqtt5_pub_jpeg_connack134.pcap");
    let Some(refused) = seen(&name) else { return };
    let row = &rows_of!(refused, Mqtt)[0];
    assert_eq!(
        text(&row.connect_status),
        "Refused: bad user name or password"
    );
    assert_eq!(row.published_bytes, Some(35_758));
    let name = format!("{folder}/mqtt-midstream-split__mqtt-midstream-split.pcap");
    let middle = seen(&name).expect("there");
    let row = &rows_of!(middle, Mqtt)[0];
    assert_eq!(
        row.publish_topics.as_deref(),
        Some(&["topicX".to_owned()][..])
    );
    let odd_port = seen("ndpi-apps/coap_mqtt.pcap").expect("there");
    assert_eq!(flows(&odd_port, "mqtt"), 4);
}

#[test]
fn remote_management() {
    for machine in ["WORKSTATION5", "WORKSTATION6"] {
        let name = format!(
            "attack-pcaps/otrf/empire_psremoting_stager__\
             empire_psremoting_stager_{machine}_2020-09-20170827.cap"
        );
        let Some(seen) = seen(&name) else { return };
        assert!(flows(&seen, "winrm") > 0, "{machine}");
        let rows = rows_of!(seen, Http);
        assert!(rows.iter().any(|r| text(&r.uri).starts_with("/wsman")));
    }
}
