//! Hand-made TLS messages and records.

/// A block with its length in two bytes.
pub(crate) fn block16(body: &[u8]) -> Vec<u8> {
    let mut out = (body.len() as u16).to_be_bytes().to_vec();
    out.extend(body);
    out
}

/// A block with its length in three bytes.
pub(crate) fn block24(body: &[u8]) -> Vec<u8> {
    let mut out = (body.len() as u32).to_be_bytes()[1..].to_vec();
    out.extend(body);
    out
}

/// An extension.
pub(crate) fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(block16(data));
    out
}

/// Body of a client hello with a session id of four bytes.
pub(crate) fn client_hello(version: u16, ciphers: &[u16], extensions: &[u8]) -> Vec<u8> {
    let mut out = version.to_be_bytes().to_vec();
    out.extend([7; 32]);
    out.extend([4, 1, 2, 3, 4]);
    let suites: Vec<u8> = ciphers.iter().flat_map(|c| c.to_be_bytes()).collect();
    out.extend(block16(&suites));
    out.extend([1, 0]);
    out.extend(block16(extensions));
    out
}

/// Body of a server hello with the session id of the above.
pub(crate) fn server_hello(version: u16, cipher: u16, extensions: &[u8]) -> Vec<u8> {
    let mut out = version.to_be_bytes().to_vec();
    out.extend([8; 32]);
    out.extend([4, 1, 2, 3, 4]);
    out.extend(cipher.to_be_bytes());
    out.push(0);
    out.extend(block16(extensions));
    out
}

/// A handshake message.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(block24(body));
    out
}

/// A record.
pub(crate) fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 3, 3];
    out.extend(block16(content));
    out
}
