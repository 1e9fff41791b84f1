//! Messages and whole conversations of SMB 2 and 3, made for the tests.

use crate::protocols::dce_rpc::tests as rpc;
use crate::protocols::ntlm::tests_support::{authenticate, challenge, negotiate, wide};

pub(super) const SUCCESS: u32 = 0;
pub(super) const MORE: u32 = 0xc000_0016;
pub(super) const DENIED: u32 = 0xc000_0022;
pub(super) const LOGON_FAILURE: u32 = 0xc000_006d;
pub(super) const FILE: [u8; 16] = [7; 16];
pub(super) const ANSWER: u32 = 1;

/// Packets of a conversation: who sent them, and their bytes.
pub(super) type Parts = Vec<(bool, Vec<u8>)>;

/// A message behind its NetBIOS session header.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

/// Little-endian fields one after the other.
pub(super) fn le(fields: &[(u64, usize)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, size) in fields {
        let end = out.len() + size;
        out.extend(&number.to_le_bytes()[..*size.min(&8)]);
        out.resize(end, 0);
    }
    out
}

/// A command of SMB2: number, message id, status (of an answer) and body.
pub(super) fn command(number: u16, id: u64, status: Option<u32>, body: &[u8]) -> Vec<u8> {
    let flags = status.map_or(0, |_| ANSWER);
    let head = [
        b"\xfeSMB".to_vec(),
        le(&[(64, 2), (1, 2), (u64::from(status.unwrap_or(0)), 4)]),
        le(&[
            (u64::from(number), 2),
            (1, 2),
            (u64::from(flags), 4),
            (0, 4),
        ]),
        le(&[(id, 8), (0xfeff, 4), (5, 4), (0x1234, 8), (0, 8), (0, 8)]),
    ];
    [head.concat(), body.to_vec()].concat()
}

pub(super) fn ask(number: u16, id: u64, body: &[u8]) -> (bool, Vec<u8>) {
    (true, framed(&command(number, id, None, body)))
}

pub(super) fn tell(number: u16, id: u64, status: u32, body: &[u8]) -> (bool, Vec<u8>) {
    (false, framed(&command(number, id, Some(status), body)))
}

pub(super) fn negotiated(dialect: u16) -> Parts {
    vec![
        ask(0, 0, &[36, 0, 1, 0]),
        tell(
            0,
            0,
            SUCCESS,
            &le(&[(65, 2), (3, 2), (u64::from(dialect), 2), (0, 58)]),
        ),
    ]
}

pub(super) fn setup(token: &[u8]) -> Vec<u8> {
    [
        le(&[
            (25, 2),
            (0, 2),
            (0, 8),
            (88, 2),
            (token.len() as u64, 2),
            (0, 8),
        ]),
        token.to_vec(),
    ]
    .concat()
}

pub(super) fn set_up(flags: u64, token: &[u8]) -> Vec<u8> {
    [
        le(&[(9, 2), (flags, 2), (72, 2), (token.len() as u64, 2)]),
        token.to_vec(),
    ]
    .concat()
}

pub(super) fn login(status: u32, flags: u64) -> Parts {
    vec![
        ask(1, 1, &setup(&negotiate())),
        tell(1, 1, MORE, &set_up(0, &challenge("SRV", "x.example"))),
        ask(1, 2, &setup(&authenticate("DOM", "ann", "PC7", 80))),
        tell(1, 2, status, &set_up(flags, b"")),
    ]
}

pub(super) fn connect(id: u64, share: &str, kind: u64, status: u32) -> Parts {
    let path = wide(share);
    let body = [le(&[(9, 2), (0, 2), (72, 2), (path.len() as u64, 2)]), path].concat();
    vec![
        ask(3, id, &body),
        tell(
            3,
            id,
            status,
            &le(&[(16, 2), (kind, 1), (0, 1), (0, 4), (0, 4), (0, 4)]),
        ),
    ]
}

pub(super) fn creating(name: &str, disposition: u64, options: u64) -> Vec<u8> {
    let name = wide(name);
    let head = le(&[
        (57, 2),
        (0, 2),
        (2, 4),
        (0, 8),
        (0, 8),
        (0, 4),
        (0, 4),
        (7, 4),
    ]);
    let tail = le(&[
        (disposition, 4),
        (options, 4),
        (120, 2),
        (name.len() as u64, 2),
        (0, 8),
    ]);
    [head, tail, name].concat()
}

pub(super) fn created(action: u64, size: u64) -> Vec<u8> {
    let head = le(&[
        (89, 2),
        (0, 2),
        (action, 4),
        (0, 8),
        (0, 8),
        (0, 8),
        (0, 8),
        (0, 8),
    ]);
    [
        head,
        le(&[(size, 8), (0x80, 4), (0, 4)]),
        FILE.to_vec(),
        vec![0; 8],
    ]
    .concat()
}

pub(super) fn writing(data: &[u8]) -> Vec<u8> {
    let head = le(&[(49, 2), (112, 2), (data.len() as u64, 4), (0, 8)]);
    [head, FILE.to_vec(), vec![0; 16], data.to_vec()].concat()
}

pub(super) fn read(data: &[u8]) -> Vec<u8> {
    [
        le(&[(17, 2), (80, 1), (0, 1), (data.len() as u64, 4), (0, 8)]),
        data.to_vec(),
    ]
    .concat()
}

pub(super) fn on_file(head: &[(u64, usize)]) -> Vec<u8> {
    [le(head), FILE.to_vec()].concat()
}

pub(super) fn setting(class: u8, info: &[u8]) -> Vec<u8> {
    let head = le(&[
        (33, 2),
        (1, 1),
        (u64::from(class), 1),
        (info.len() as u64, 4),
        (96, 2),
        (0, 6),
    ]);
    [head, FILE.to_vec(), info.to_vec()].concat()
}

pub(super) fn reading() -> Vec<u8> {
    [on_file(&[(49, 2), (0, 2), (4096, 4), (0, 8)]), vec![0; 17]].concat()
}

pub(super) fn closing() -> Vec<u8> {
    on_file(&[(24, 2), (0, 2), (0, 4)])
}

/// A file made, written, read, renamed and deleted on an administrative share.
pub(super) fn work() -> Parts {
    let name = wide("evil2.exe");
    let rename = [vec![0; 16], le(&[(name.len() as u64, 4)]), name].concat();
    let mut parts = [negotiated(0x0311), login(SUCCESS, 0)].concat();
    parts.extend(connect(3, "\\\\srv\\ADMIN$", 1, SUCCESS));
    parts.extend([
        ask(5, 4, &creating("evil.exe", 2, 0x40)),
        tell(5, 4, SUCCESS, &created(2, 0)),
        ask(9, 5, &writing(&[1; 3000])),
        ask(9, 6, &writing(&[2; 20_000])),
        tell(9, 5, SUCCESS, &le(&[(17, 2), (0, 2), (3000, 4), (0, 8)])),
        tell(9, 6, 0x103, &[9, 0, 0, 0]),
        tell(9, 6, SUCCESS, &le(&[(17, 2), (0, 2), (20_000, 4), (0, 8)])),
        ask(8, 7, &reading()),
        tell(8, 7, SUCCESS, &read(&[3; 9000])),
        ask(17, 8, &setting(10, &rename)),
        tell(17, 8, SUCCESS, &[2, 0]),
        ask(17, 9, &setting(13, &[1])),
        tell(17, 9, SUCCESS, &[2, 0]),
        ask(6, 10, &closing()),
        tell(6, 10, SUCCESS, &[60, 0]),
    ]);
    parts
}

/// A service made through a named pipe.
pub(super) fn service() -> Parts {
    let transceive = |data: &[u8]| {
        let head = on_file(&[(57, 2), (0, 2), (0x0011_c017, 4)]);
        let tail = le(&[
            (120, 4),
            (data.len() as u64, 4),
            (0, 8),
            (0, 8),
            (0, 8),
            (0, 8),
        ]);
        [head, tail[..32].to_vec(), data.to_vec()].concat()
    };
    let transceived = |data: &[u8]| {
        let head = on_file(&[(49, 2), (0, 2), (0x0011_c017, 4)]);
        let tail = le(&[(112, 4), (0, 4), (112, 4), (data.len() as u64, 4), (0, 8)]);
        [head, tail, data.to_vec()].concat()
    };
    let mut parts = [negotiated(0x0210), login(SUCCESS, 0)].concat();
    parts.extend(connect(3, "\\\\srv\\IPC$", 2, SUCCESS));
    parts.extend([
        ask(5, 4, &creating("svcctl", 1, 0x40)),
        tell(5, 4, SUCCESS, &created(1, 0)),
        ask(9, 5, &writing(&rpc::bind(&[rpc::SVCCTL], None))),
        tell(9, 5, SUCCESS, &le(&[(17, 2), (0, 2), (72, 4), (0, 8)])),
        ask(8, 6, &reading()),
        tell(8, 6, SUCCESS, &read(&rpc::bind_ack(&[(0, 0)], None))),
        ask(
            11,
            7,
            &transceive(&rpc::request(3, 2, 12, &rpc::create_service())),
        ),
        tell(11, 7, SUCCESS, &transceived(&rpc::response(3, 2, &[0; 28]))),
    ]);
    parts
}

/// Joins commands to a chain; all but the first belong to the one before.
pub(super) fn chain(from_orig: bool, commands: &[Vec<u8>]) -> (bool, Vec<u8>) {
    let mut message = Vec::new();
    for (i, command) in commands.iter().enumerate() {
        let mut command = command.clone();
        if i + 1 < commands.len() {
            command.resize(command.len().next_multiple_of(8), 0);
            let next = (command.len() as u32).to_le_bytes();
            command[20..24].copy_from_slice(&next);
        }
        if i > 0 {
            command[16] |= 4;
        }
        message.extend(command);
    }
    (from_orig, framed(&message))
}
