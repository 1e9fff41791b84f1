//! SMB 2 and 3 in the conversations made beside; SMB 1 has tests of its own.

use super::*;
use crate::protocols::testing::{self, chunk};
use crate::protocols::{DceRpcEvent, NtlmEvent};

#[path = "smb2_conversations_test.rs"]
mod conversations;
#[path = "smb1_test.rs"]
mod smb1;

use conversations::*;

fn run(parts: &[(bool, Vec<u8>)], step: usize) -> Vec<Event> {
    let mut parser = SmbParser::default();
    let mut out = Vec::new();
    for (i, (from_orig, data)) in parts.iter().enumerate() {
        for data in data.chunks(step) {
            parser.parse(&chunk(i as i64, *from_orig, data), &mut out);
        }
    }
    parser.finish(&mut out);
    out
}

/// The rows of each table.
#[derive(Default)]
struct Told {
    sessions: Vec<SmbEvent>,
    shares: Vec<SmbMappingEvent>,
    files: Vec<SmbFilesEvent>,
    logins: Vec<NtlmEvent>,
    calls: Vec<DceRpcEvent>,
}

fn told(parts: &[(bool, Vec<u8>)]) -> Told {
    let mut told = Told::default();
    for event in run(parts, usize::MAX) {
        match event {
            Event::Smb(row) => told.sessions.push(*row),
            Event::SmbMapping(row) => told.shares.push(*row),
            Event::SmbFiles(row) => told.files.push(*row),
            Event::Ntlm(row) => told.logins.push(*row),
            Event::DceRpc(row) => told.calls.push(*row),
            other => panic!("{other:?}"),
        }
    }
    told
}

#[test]
fn a_session_and_a_share() {
    let told = told(&work());
    let [session] = told.sessions.as_slice() else {
        panic!("{:?}", told.sessions);
    };
    assert_eq!(session.version.as_deref(), Some("SMB3"));
    assert_eq!(session.dialect.as_deref(), Some("3.1.1"));
    assert_eq!(session.auth.as_deref(), Some("ntlm"));
    assert_eq!(session.username.as_deref(), Some("ann"));
    assert_eq!(session.domainname.as_deref(), Some("DOM"));
    assert_eq!(session.hostname.as_deref(), Some("PC7"));
    assert_eq!(session.server_name.as_deref(), Some("SRV"));
    assert_eq!(session.session_id.as_deref(), Some("0x1234"));
    assert_eq!(session.status.as_deref(), Some("STATUS_SUCCESS"));
    assert_eq!(
        (session.success, session.encrypted),
        (Some(true), Some(false))
    );
    assert_eq!(session.signing_required, Some(true));
    assert_eq!(told.logins.len(), 1);
    assert_eq!(told.logins[0].carrier.as_deref(), Some("smb"));
    let share = &told.shares[0];
    assert_eq!(share.path.as_deref(), Some("\\\\srv\\ADMIN$"));
    assert_eq!(share.share_type.as_deref(), Some("DISK"));
    assert_eq!(share.username.as_deref(), Some("ann"));
}

#[test]
fn what_is_done_with_a_file() {
    let files = told(&work()).files;
    let rows: Vec<_> = files
        .iter()
        .map(|row| {
            assert_eq!(row.path.as_deref(), Some("\\\\srv\\ADMIN$"));
            assert_eq!(row.status.as_deref(), Some("STATUS_SUCCESS"));
            let action = row.action.as_deref().unwrap_or("");
            (action, row.name.as_deref().unwrap_or(""), row.bytes)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("SMB::FILE_OPEN", "evil.exe", None),
            ("SMB::FILE_RENAME", "evil2.exe", None),
            ("SMB::FILE_DELETE", "evil2.exe", None),
            ("SMB::FILE_READ", "evil2.exe", Some(9000)),
            ("SMB::FILE_WRITE", "evil2.exe", Some(23_000)),
            ("SMB::FILE_CLOSE", "evil2.exe", None),
        ]
    );
    assert_eq!(files[0].disposition.as_deref(), Some("create"));
    assert_eq!(
        (files[0].created, files[0].size_bytes),
        (Some(true), Some(0))
    );
    assert_eq!(files[1].prev_name.as_deref(), Some("evil.exe"));
}

#[test]
fn calls_through_a_pipe() {
    let told = told(&service());
    let [call] = told.calls.as_slice() else {
        panic!("{:?}", told.calls);
    };
    assert_eq!(call.named_pipe.as_deref(), Some("svcctl"));
    assert_eq!(call.endpoint.as_deref(), Some("svcctl"));
    assert_eq!(call.operation.as_deref(), Some("CreateServiceW"));
    assert_eq!(call.status.as_deref(), Some("SUCCESS"));
    assert_eq!(call.username.as_deref(), Some("ann"));
    let actions: Vec<_> = told
        .files
        .iter()
        .filter_map(|f| f.action.as_deref())
        .collect();
    assert_eq!(
        actions,
        ["SMB::PIPE_OPEN", "SMB::PIPE_READ", "SMB::PIPE_WRITE"]
    );
}

#[test]
fn any_division_gives_the_same_rows() {
    for parts in [work(), service()] {
        let whole = run(&parts, usize::MAX);
        for step in [1, 3, 64, 1460] {
            assert_eq!(run(&parts, step), whole, "{step}");
        }
    }
}

#[test]
fn cut_anywhere() {
    for parts in [work(), service()] {
        for end in 0..parts.len() {
            let (_, last) = &parts[end];
            for cut in (0..last.len().min(200)).chain([last.len()]) {
                let mut parts = parts[..=end].to_vec();
                parts[end].1.truncate(cut);
                run(&parts, usize::MAX);
            }
        }
    }
}

#[test]
fn refused_logins_shares_and_files() {
    let mut parts = [negotiated(0x0302), login(LOGON_FAILURE, 0)].concat();
    parts.extend(connect(3, "\\\\srv\\C$", 0, DENIED));
    parts.extend([
        ask(5, 4, &creating("x", 1, 0)),
        tell(5, 4, 0xc000_0034, &[9, 0]),
        ask(5, 5, &creating("y", 1, 0)),
    ]);
    let told = told(&parts);
    assert_eq!(told.sessions[0].success, Some(false));
    assert_eq!(
        told.sessions[0].status.as_deref(),
        Some("STATUS_LOGON_FAILURE")
    );
    assert_eq!(told.logins[0].success, Some(false));
    assert_eq!(told.shares[0].success, Some(false));
    assert_eq!(
        told.shares[0].status.as_deref(),
        Some("STATUS_ACCESS_DENIED")
    );
    let status: Vec<_> = told.files.iter().map(|f| f.status.as_deref()).collect();
    assert_eq!(status, [Some("STATUS_OBJECT_NAME_NOT_FOUND"), None]);
    assert!(told
        .files
        .iter()
        .all(|f| f.created.is_none() && f.username.is_none()));
}

#[test]
fn guests_and_encryption() {
    for (flags, auth, encrypted) in [
        (1, "guest", false),
        (2, "anonymous", false),
        (4, "ntlm", true),
    ] {
        let told = told(&login(SUCCESS, flags));
        assert_eq!(told.sessions[0].auth.as_deref(), Some(auth));
        assert_eq!(told.sessions[0].encrypted, Some(encrypted));
    }
    let sealed = |session: u64| {
        let head = [
            b"\xfdSMB".to_vec(),
            vec![9; 32],
            le(&[(500, 4), (0, 2), (1, 2), (session, 8)]),
        ];
        (true, framed(&[head.concat(), vec![0xee; 500]].concat()))
    };
    // What was seen to begin is not told again.
    let mut parts = login(SUCCESS, 4);
    parts.push(sealed(0x1234));
    assert_eq!(told(&parts).sessions.len(), 1);
    let sessions = told(&[sealed(0x77), sealed(0x77)]).sessions;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].encrypted, Some(true));
    assert_eq!(sessions[0].session_id.as_deref(), Some("0x77"));
    // A negotiation that nothing follows.
    let sessions = told(&negotiated(0x0300)).sessions;
    assert_eq!(sessions[0].dialect.as_deref(), Some("3.0"));
    assert_eq!((sessions.len(), sessions[0].success), (1, None));
}

#[test]
fn chains() {
    let related = |mut body: Vec<u8>| {
        let at = body.windows(16).position(|w| w == FILE).expect("a file");
        body[at..at + 16].fill(0xff);
        body
    };
    let mut parts = connect(1, "\\\\srv\\data", 1, SUCCESS);
    parts.push(chain(
        true,
        &[
            command(5, 10, None, &creating("dir\\a.txt", 1, 0x1000)),
            command(8, 11, None, &related(reading())),
            command(6, 12, None, &related(closing())),
        ],
    ));
    parts.push(chain(
        false,
        &[
            command(5, 10, Some(SUCCESS), &created(1, 77)),
            command(8, 11, Some(SUCCESS), &read(&[5; 77])),
            command(6, 12, Some(SUCCESS), &[60, 0]),
        ],
    ));
    let files = told(&parts).files;
    let rows: Vec<_> = files
        .iter()
        .map(|f| (f.action.as_deref().unwrap_or(""), f.bytes, f.size_bytes))
        .collect();
    assert_eq!(
        rows,
        [
            ("SMB::FILE_OPEN", None, Some(77)),
            ("SMB::FILE_READ", Some(77), None),
            ("SMB::FILE_DELETE", None, None),
            ("SMB::FILE_CLOSE", None, None),
        ]
    );
    assert_eq!(files[0].delete_on_close, Some(true));
}

#[test]
fn losses_are_survived() {
    let parts = work();
    let stream = |side: bool| -> Vec<u8> {
        let of = parts.iter().filter(|(from_orig, _)| *from_orig == side);
        of.flat_map(|(_, data)| data.clone()).collect()
    };
    let client = stream(true);
    let write = client.windows(30).position(|w| w == [2; 30]).expect("data");
    // A hole inside the bulk harms nothing, one over a border ends at the next message.
    for (hole, is_lost) in [(5000, false), (19_050, true)] {
        let mut parser = SmbParser::default();
        let mut out = Vec::new();
        let mut feed = |lost_bytes, data: &[u8]| {
            let chunk = Chunk {
                ts_ns: 1,
                from_orig: true,
                lost_bytes,
                data,
                wire_bytes: data.len() as u32,
            };
            parser.parse(&chunk, &mut out);
            parser.sides[0].is_lost()
        };
        feed(0, &client[..write + 1000]);
        let lost = feed(hole as u64, &client[write + 1000 + hole..]);
        assert_eq!(lost, is_lost);
        feed(0, &ask(5, 99, &creating("after", 1, 0)).1);
        parser.finish(&mut out);
        let after = out.iter().any(|event| match event {
            Event::SmbFiles(row) => row.name.as_deref() == Some("after"),
            _ => false,
        });
        assert!(after);
    }
}

#[test]
fn memory_is_bounded() {
    let mut parser = SmbParser::default();
    let mut out = Vec::new();
    let mut feed = |(from_orig, data): (bool, Vec<u8>)| {
        let chunk = chunk(1, from_orig, &data);
        parser.parse(&chunk, &mut out);
    };
    for id in 0..15_000u64 {
        feed(ask(5, id, &creating("many", 1, 0)));
        if id % 2 == 0 {
            let mut answer = tell(5, id, SUCCESS, &created(1, 0));
            let at = answer
                .1
                .windows(16)
                .position(|w| w == FILE)
                .expect("a file");
            answer.1[at..at + 8].copy_from_slice(&id.to_le_bytes());
            feed(answer);
        }
    }
    parser.finish(&mut out);
    assert_eq!(out.len(), 10_000);
}

#[test]
fn probing() {
    let ask_at = |orig: &[u8], resp: &[u8]| probe(&testing::opening(orig, resp, 2));
    let (_, first) = &negotiated(0x0202)[0];
    assert_eq!(ask_at(first, &[]), Verdict::Yes);
    assert_eq!(ask_at(&[], first), Verdict::Yes);
    assert_eq!(ask_at(&first[..8], &[]), Verdict::Yes);
    assert_eq!(ask_at(&first[..7], &[]), Verdict::Maybe);
    assert_eq!(ask_at(b"\0\0\0\x40GET /", &[]), Verdict::No);
    assert_eq!(ask_at(b"\0\0\0\x40\xfeSMX", &[]), Verdict::No);
    let session = [&[0x81, 0, 0, 68][..], &[0x20; 68]].concat();
    assert_eq!(ask_at(&session, &[]), Verdict::Maybe);
    assert_eq!(ask_at(&session, &[0x82, 0, 0, 0]), Verdict::Maybe);
    let begun = [session, first.clone()].concat();
    assert_eq!(ask_at(&begun, &[0x82, 0, 0, 0]), Verdict::Yes);
    assert_eq!(ask_at(&[0x81, 0, 0, 9, 1, 2, 3], &[]), Verdict::No);
    assert_eq!(ask_at(b"\x16\x03\x01\x02\0\x01", &[]), Verdict::No);
}

#[test]
#[ignore = "writes files; run by hand when the seeds change"]
fn write_seeds() {
    use crate::protocols::fuzzing::tests::write_seed;
    let mut small = work();
    small.retain(|(_, data)| data.len() < 2000);
    write_seed("smb", "files", true, &small);
    write_seed("smb", "service", true, &service());
    let mut refused = [negotiated(0x0302), login(LOGON_FAILURE, 0)].concat();
    refused.extend(connect(3, "\\\\srv\\C$", 0, DENIED));
    write_seed("smb", "refused", true, &refused);
    write_seed("smb", "old", true, &smb1::work());
}
