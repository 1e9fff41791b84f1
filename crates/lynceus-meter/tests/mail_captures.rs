//! Line protocols in the shared captures, held against what a person sees in them with another
//! dissector.

mod rows;

use lynceus_meter::protocols::{Event, SmtpEvent};

/// Reads the capture of a folder whose name begins so; `None` without shared data.
fn seen(folder: &str, begins: &str) -> Option<rows::Seen> {
    let folder = rows::shared_data()?.join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(begins)
        })
        .collect();
    assert_eq!(paths.len(), 1, "{begins}");
    let mut seen = rows::inspect(&paths.remove(0)).expect("a readable capture");
    seen.events.sort_by_key(|(_, event)| event.ts_ns());
    Some(seen)
}

/// The rows of one kind.
macro_rules! told {
    ($folder:expr, $begins:expr, $kind:ident) => {
        match seen($folder, $begins) {
            Some(seen) => {
                let rows = seen.events.into_iter();
                let rows = rows.filter_map(|(_, event)| match event {
                    Event::$kind(row) => Some(*row),
                    _ => None,
                });
                rows.collect::<Vec<_>>()
            }
            None => return,
        }
    };
}

/// The services of a capture that were recognised, without repetition.
fn services(seen: &rows::Seen) -> Vec<&'static str> {
    let mut services: Vec<_> = seen.services.iter().filter_map(|(_, s)| *s).collect();
    services.sort_unstable();
    services.dedup();
    services
}

const APPS: &str = "ndpi-apps";
const SURICATA: &str = "protocol-pcaps/suricata-verify";
const ZEEK: &str = "protocol-pcaps/zeek";

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

fn list(value: &Option<Vec<String>>) -> Vec<&str> {
    value.iter().flatten().map(String::as_str).collect()
}

#[test]
fn a_mail_to_many() {
    let rows = told!(APPS, "smtp.pcap", Smtp);
    assert_eq!(rows.len(), 1);
    let row: &SmtpEvent = &rows[0];
    assert_eq!(text(&row.helo), "delta.peach.mil");
    assert_eq!(text(&row.mailfrom), "coreys@delta.peach.mil");
    let receivers = list(&row.rcptto);
    assert_eq!(receivers[0], "camronm@pigeon.eyrie.af.mil");
    assert_eq!(receivers.len(), 30);
    assert_eq!(list(&row.to).len(), 64, "more are not kept");
    assert_eq!(text(&row.subject), "Take into The would, for");
    assert_eq!(row.message_bytes, Some(15_264));
    assert_eq!(text(&row.last_reply), "250 Mail accepted");
}

/// Envelope, subject, bytes and reply of a row.
type Mail<'a> = (&'a str, Vec<&'a str>, &'a str, Option<u64>, &'a str);

fn mails(rows: &[SmtpEvent]) -> Vec<Mail<'_>> {
    let mails = rows.iter().map(|row| {
        (
            text(&row.mailfrom),
            list(&row.rcptto),
            text(&row.subject),
            row.message_bytes,
            text(&row.last_reply),
        )
    });
    mails.collect()
}

#[test]
fn mails_sent_ahead_of_their_replies() {
    let rows = told!(SURICATA, "smtp-bdat-pipelined-next-mail", Smtp);
    let (alice, bob) = ("alice@example.com", "bob@example.com");
    let stored = "250 2.0.0 Ok: 216 bytes queued as 0FC095E1DF7D";
    let next = "250 2.0.0 Ok: queued as 103215E1DF7E";
    let expected = [
        (alice, vec![bob], "-", Some(216), stored),
        (bob, vec![alice], "after pipelined BDAT", Some(225), next),
    ];
    assert_eq!(mails(&rows), expected);
    let rows = told!(SURICATA, "smtp-bdat-multichunk", Smtp);
    let (a, b) = ("a@example.com", "b@example.com");
    let (evil, victim) = ("evil@example.com", "victim@example.com");
    let one = "first mail chunk one";
    let expected = [
        (a, vec![b], one, Some(123), "250 message accepted"),
        (
            evil,
            vec![victim],
            "SECOND-MAIL-MARKER",
            Some(43),
            "250 queued",
        ),
    ];
    assert_eq!(mails(&rows), expected);
}

#[test]
fn a_login_and_its_mail() {
    let rows = told!(SURICATA, "smtp-bug-5981", Smtp);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(text(&row.auth_mechanism), "LOGIN");
    assert_eq!(
        (row.auth_success, row.password_seen),
        (Some(true), Some(true))
    );
    assert_eq!(text(&row.username), "galunt");
    assert_eq!(text(&row.last_reply), "250 ok 1184401929 qp 26211");
}

#[test]
fn a_hello_begins_anew() {
    let rows = told!(SURICATA, "smtp-helo-reset-after-rcpt", Smtp);
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (text(&rows[0].mailfrom), rows[0].message_bytes),
        ("alice@example.com", None)
    );
    assert_eq!(text(&rows[1].helo), "client.example.com");
    assert_eq!(rows[1].message_bytes, Some(243));
}

/// Captures made to confuse: each is mail and has a row.
#[test]
fn every_mail_capture_is_mail() {
    let Some(folder) = rows::shared_data() else {
        return;
    };
    let mut captures = 0;
    for sub in [SURICATA, ZEEK] {
        for entry in std::fs::read_dir(folder.join(sub)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with("smtp") {
                continue;
            }
            let seen = rows::inspect(&path).expect("a readable capture");
            assert_eq!(services(&seen), ["smtp"], "{name}");
            assert!(!seen.events.is_empty(), "{name}");
            captures += 1;
        }
    }
    assert!(captures > 20);
}

#[test]
fn files_by_ftp() {
    let rows = told!(APPS, "ftp.pcap", Ftp);
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|row| text(&row.user) == "anonymous"));
    assert_eq!(
        (rows[0].password_seen, rows[0].auth_success),
        (Some(true), Some(true))
    );
    let last = &rows[7];
    assert_eq!(
        (last.command.as_deref(), text(&last.arg)),
        (Some("RETR"), "1MB.zip")
    );
    assert_eq!(
        (last.reply_code, last.file_size_bytes),
        (Some(226), Some(1_048_576))
    );
    let passive = &rows[6];
    assert_eq!(text(&passive.data_channel_resp_h), "90.130.70.73");
    assert_eq!(passive.data_channel_resp_p, Some(24_523));
    let rows = told!(SURICATA, "ftp-epsv", Ftp);
    let stored = rows
        .iter()
        .find(|row| row.command.as_deref() == Some("STOR"));
    let stored = stored.expect("a file sent");
    assert_eq!(
        (text(&stored.arg), text(&stored.cwd)),
        ("README", "uploads")
    );
    let rows = told!(SURICATA, "ftp-retr-bypass-baseline", Ftp);
    let active = rows
        .iter()
        .find(|row| row.data_channel_passive == Some(false));
    let active = active.expect("a PORT command");
    assert_eq!(text(&active.data_channel_resp_h), "192.168.1.100");
    assert_eq!(active.data_channel_resp_p, Some(51_300));
}

#[test]
fn tls_inside() {
    let rows = told!(APPS, "ftp-start-tls", Ftp);
    assert_eq!(
        (rows.len(), rows[0].command.as_deref(), rows[0].reply_code),
        (1, Some("AUTH"), Some(234))
    );
    let rows = told!(APPS, "pop3_stls", Pop3);
    assert_eq!(
        (rows.len(), rows[0].tls, text(&rows[0].server)),
        (1, Some(true), "lavad")
    );
    let rows = told!(APPS, "imap-starttls", Imap);
    assert_eq!((rows.len(), rows[0].tls), (1, Some(true)));
    assert!(text(&rows[0].server).starts_with("[CAPABILITY IMAP4rev1"));
    for name in ["ftp-start-tls", "pop3_stls", "imap-starttls"] {
        let Some(seen) = seen(APPS, name) else {
            return;
        };
        assert_eq!(services(&seen), ["tls"], "{name}");
    }
}

#[test]
fn calls_and_registrations() {
    let rows = told!(ZEEK, "sip__wireshark", Sip);
    let of = |method: &str| {
        let rows = rows.iter();
        let rows = rows.filter(|row| row.method.as_deref() == Some(method));
        rows.map(|row| (text(&row.seq), row.status_code))
            .collect::<Vec<_>>()
    };
    // What was sent again is told once.
    assert_eq!(of("REGISTER").len(), 18);
    assert_eq!(of("REGISTER")[0], ("68 REGISTER", Some(401)));
    assert_eq!(of("REGISTER")[7], ("75 REGISTER", Some(200)));
    assert_eq!(of("CANCEL"), [("1 CANCEL", Some(408))]);
    let invites: Vec<_> = of("INVITE").iter().map(|(_, status)| *status).collect();
    assert_eq!(invites, [408, 407, 403, 407, 403, 407, 480].map(Some));
    let refused = rows.iter().find(|row| text(&row.seq) == "69 REGISTER");
    let refused = refused.expect("a refused registration");
    assert_eq!(
        (text(&refused.username), refused.status_code),
        ("voi18063", Some(403))
    );
    assert_eq!(
        text(&refused.user_agent),
        "Nero SIPPS IP Phone Version 2.0.51.16"
    );
}

#[test]
fn sip_in_odd_forms() {
    let rows = told!(SURICATA, "sip-compact", Sip);
    assert_eq!(text(&rows[0].call_id), "105090259-446faf7a@192.168.1.2");
    let rows = told!(SURICATA, "sip-tcp", Sip);
    assert_eq!((rows.len(), rows[0].status_code), (1, Some(401)));
    let rows = told!(ZEEK, "sip__sip-junk", Sip);
    assert_eq!(text(&rows[0].uri), "sip:1.1.1.1:5060");
    let Some(seen) = seen(APPS, "http_on_sip_port") else {
        return;
    };
    assert_eq!(services(&seen), ["http"]);
}

#[test]
fn a_search_for_devices() {
    let rows = told!(APPS, "ssdp-m-search-ua", Ssdp);
    assert_eq!(text(&rows[0].st), "urn:dial-multiscreen-org:service:dial:1");
    assert!(text(&rows[0].user_agent).starts_with("Google Chrome/99"));
}
