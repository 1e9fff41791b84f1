//! Conversations of SMB 1.

use super::*;
use crate::protocols::dce_rpc::tests as rpc;
use crate::protocols::ntlm::tests_support::{authenticate, challenge, negotiate, wide};

const ANDX: [u8; 4] = [0xff, 0, 0, 0];

/// A message with one command: words and bytes.
fn message(
    number: u8,
    id: u16,
    status: Option<u32>,
    words: &[u8],
    bytes: &[u8],
) -> (bool, Vec<u8>) {
    let head = [
        b"\xffSMB".to_vec(),
        vec![number],
        status.unwrap_or(0).to_le_bytes().to_vec(),
        vec![if status.is_some() { 0x98 } else { 0x18 }],
        // UTF-16 and NT status.
        vec![0x01, 0xc0],
        vec![0; 12],
        le(&[(5, 2), (77, 2), (0x800, 2), (u64::from(id), 2)]),
        vec![(words.len() / 2) as u8],
        words.to_vec(),
        (bytes.len() as u16).to_le_bytes().to_vec(),
        bytes.to_vec(),
    ];
    (status.is_none(), framed(&head.concat()))
}

fn ask(number: u8, id: u16, words: &[u8], bytes: &[u8]) -> (bool, Vec<u8>) {
    message(number, id, None, words, bytes)
}

fn tell(number: u8, id: u16, status: u32, words: &[u8], bytes: &[u8]) -> (bool, Vec<u8>) {
    message(number, id, Some(status), words, bytes)
}

/// Texts that end with a zero, at an even place behind `words` words.
fn texts(words: usize, before: &[u8], texts: &[&str]) -> Vec<u8> {
    let mut out = before.to_vec();
    for text in texts {
        if (32 + 1 + words + 2 + out.len()) % 2 == 1 {
            out.push(0);
        }
        out.extend(wide(text));
        out.extend([0, 0]);
    }
    out
}

fn login() -> Parts {
    let setup = |token: &[u8]| {
        let size = token.len() as u64;
        let words = [ANDX.to_vec(), vec![0; 10], le(&[(size, 2), (0, 8)])].concat();
        (words, token.to_vec())
    };
    let (first_words, first) = setup(&negotiate());
    let (last_words, last) = setup(&authenticate("DOM", "bob", "XP1", 24));
    let challenge = challenge("OLD", "x.example");
    let words = |size: usize| [ANDX.to_vec(), le(&[(0, 2), (size as u64, 2)])].concat();
    let os = texts(8, &[], &["Windows 5.1", "LAN"]);
    vec![
        ask(
            0x72,
            1,
            &[],
            b"\x02PC NETWORK PROGRAM 1.0\0\x02NT LM 0.12\0",
        ),
        tell(0x72, 1, SUCCESS, &[1, 0, 0x0f, 0], &[]),
        ask(0x73, 2, &first_words, &first),
        tell(
            0x73,
            2,
            MORE,
            &words(challenge.len()),
            &texts(8, &challenge, &["Windows 5.1"]),
        ),
        ask(0x73, 3, &last_words, &last),
        tell(0x73, 3, SUCCESS, &words(0), &os),
    ]
}

fn connect(id: u16, share: &str, service: &[u8]) -> Parts {
    let words = [ANDX.to_vec(), le(&[(0, 2), (1, 2)])].concat();
    let path = texts(8, &[0], &[share]);
    vec![
        ask(0x75, id, &words, &[path, b"?????\0".to_vec()].concat()),
        tell(
            0x75,
            id,
            SUCCESS,
            &[ANDX.to_vec(), vec![1, 0]].concat(),
            &texts(6, service, &["NTFS"]),
        ),
    ]
}

fn open(id: u16, name: &str, file: u64) -> Parts {
    let words = [
        ANDX.to_vec(),
        vec![0; 31],
        le(&[(5, 4), (0x40, 4), (2, 4), (0, 1)]),
    ];
    let answer = [
        ANDX.to_vec(),
        le(&[(0, 1), (file, 2), (2, 4)]),
        vec![0; 32],
        le(&[(0x80, 4), (0, 8), (123, 8), (0, 5)]),
    ];
    vec![
        ask(0xa2, id, &words.concat(), &texts(48, &[], &[name])),
        tell(0xa2, id, SUCCESS, &answer.concat(), &[]),
    ]
}

fn write(id: u16, file: u64, data: &[u8]) -> Parts {
    let at = 32 + 1 + 28 + 2;
    let words = [
        ANDX.to_vec(),
        le(&[
            (file, 2),
            (0, 8),
            (0, 4),
            (0, 2),
            (data.len() as u64, 2),
            (at, 2),
            (0, 4),
        ]),
    ];
    vec![
        ask(0x2f, id, &words.concat(), data),
        tell(
            0x2f,
            id,
            SUCCESS,
            &[ANDX.to_vec(), vec![0; 8]].concat(),
            &[],
        ),
    ]
}

fn read(id: u16, file: u64, data: &[u8]) -> Parts {
    let at = 32 + 1 + 24 + 2;
    let words = [
        ANDX.to_vec(),
        vec![0; 6],
        le(&[(data.len() as u64, 2), (at, 2), (0, 8), (0, 2)]),
    ];
    vec![
        ask(
            0x2e,
            id,
            &[ANDX.to_vec(), le(&[(file, 2), (0, 8), (0, 8)]), vec![0; 2]].concat(),
            &[],
        ),
        tell(0x2e, id, SUCCESS, &words.concat(), data),
    ]
}

/// A service made, and a file written, renamed and deleted.
pub(super) fn work() -> Parts {
    let mut parts = [login(), connect(4, "\\\\old\\IPC$", b"IPC\0")].concat();
    parts.extend(open(5, "\\svcctl", 0x4000));
    parts.extend(write(6, 0x4000, &rpc::bind(&[rpc::SVCCTL], None)));
    parts.extend(read(7, 0x4000, &rpc::bind_ack(&[(0, 0)], None)));
    let call = rpc::request(3, 2, 12, &rpc::create_service());
    let at = 32 + 1 + 32 + 2;
    let words = [
        vec![0; 22],
        le(&[
            (call.len() as u64, 2),
            (at, 2),
            (2, 2),
            (0x26, 2),
            (0x4000, 2),
        ]),
    ];
    let answer = rpc::response(3, 2, &[0; 28]);
    let back = 32 + 1 + 20 + 2;
    let words_back = [
        vec![0; 12],
        le(&[(answer.len() as u64, 2), (back, 2), (0, 4)]),
    ];
    parts.push(ask(0x25, 8, &words.concat(), &call));
    parts.push(tell(0x25, 8, SUCCESS, &words_back.concat(), &answer));
    parts.extend(connect(9, "\\\\old\\C$", b"A:\0"));
    parts.extend(open(10, "\\x.bat", 0x4001));
    parts.extend(write(11, 0x4001, &[1; 500]));
    parts.push(ask(0x04, 12, &le(&[(0x4001, 2), (0, 4)]), &[]));
    parts.push(tell(0x04, 12, SUCCESS, &[], &[]));
    let both = [texts(2, &[4], &["\\x.bat"]), vec![4]].concat();
    parts.push(ask(0x07, 13, &[0, 0], &texts(2, &both, &["\\y.bat"])));
    parts.push(tell(0x07, 13, SUCCESS, &[], &[]));
    parts.push(ask(0x06, 14, &[0, 0], &texts(2, &[4], &["\\y.bat"])));
    parts.push(tell(0x06, 14, DENIED, &[], &[]));
    parts
}

#[test]
fn sessions_shares_and_calls() {
    let told = told(&work());
    let session = &told.sessions[0];
    assert_eq!(told.sessions.len(), 1);
    assert_eq!(session.version.as_deref(), Some("SMB1"));
    assert_eq!(session.dialect.as_deref(), Some("NT LM 0.12"));
    assert_eq!(session.native_os.as_deref(), Some("Windows 5.1"));
    assert_eq!(session.username.as_deref(), Some("bob"));
    assert_eq!(
        (session.success, session.signing_required),
        (Some(true), Some(true))
    );
    assert_eq!(told.logins[0].version.as_deref(), Some("NTLMv1"));
    let shares: Vec<_> = told
        .shares
        .iter()
        .map(|s| {
            (
                s.path.as_deref().unwrap_or(""),
                s.service.as_deref().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(shares, [("\\\\old\\IPC$", "IPC"), ("\\\\old\\C$", "A:")]);
    assert_eq!(told.shares[1].native_file_system.as_deref(), Some("NTFS"));
    assert_eq!(told.calls.len(), 1);
    assert_eq!(told.calls[0].operation.as_deref(), Some("CreateServiceW"));
    assert_eq!(told.calls[0].status.as_deref(), Some("SUCCESS"));
}

#[test]
fn files() {
    let files = told(&work()).files;
    let rows: Vec<_> = files
        .iter()
        .map(|f| {
            let name = f.name.as_deref().unwrap_or("");
            (f.action.as_deref().unwrap_or(""), name, f.bytes)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("SMB::PIPE_OPEN", "svcctl", None),
            ("SMB::FILE_OPEN", "x.bat", None),
            ("SMB::FILE_WRITE", "x.bat", Some(500)),
            ("SMB::FILE_CLOSE", "x.bat", None),
            ("SMB::FILE_RENAME", "y.bat", None),
            ("SMB::FILE_DELETE", "y.bat", None),
            ("SMB::PIPE_READ", "svcctl", Some(112)),
            ("SMB::PIPE_WRITE", "svcctl", Some(240)),
        ]
    );
    assert_eq!(files[1].size_bytes, Some(123));
    assert_eq!(files[1].disposition.as_deref(), Some("overwrite_if"));
    assert_eq!(files[4].prev_name.as_deref(), Some("x.bat"));
    assert_eq!(files[5].status.as_deref(), Some("STATUS_ACCESS_DENIED"));
}

#[test]
fn any_division_and_any_cut() {
    let whole = run(&work(), usize::MAX);
    for step in [1, 5, 100] {
        assert_eq!(run(&work(), step), whole, "{step}");
    }
    let parts = work();
    for end in 0..parts.len() {
        for cut in 0..parts[end].1.len() {
            let mut parts = parts[..=end].to_vec();
            parts[end].1.truncate(cut);
            run(&parts, usize::MAX);
        }
    }
}

#[test]
fn logins_without_ntlm_messages() {
    let proofs = [9; 24];
    let words = [ANDX.to_vec(), vec![0; 10], le(&[(0, 2), (24, 2), (0, 8)])].concat();
    let parts = [
        ask(
            0x73,
            1,
            &words,
            &texts(26, &proofs, &["eve", "WORK", "os", "lm"]),
        ),
        tell(0x73, 1, LOGON_FAILURE, &[], &[]),
    ];
    let told = told(&parts);
    assert_eq!(told.sessions[0].auth.as_deref(), Some("lm"));
    assert_eq!(told.sessions[0].username.as_deref(), Some("eve"));
    assert_eq!(told.sessions[0].domainname.as_deref(), Some("WORK"));
    assert_eq!(told.sessions[0].success, Some(false));
    assert!(told.logins.is_empty());
}
