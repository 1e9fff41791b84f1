//! Settings of both sides (MS-RDPBCGR 2.2.1.3 and 2.2.1.4), in the clear where the connection has
//! RDP's own protection.

use std::borrow::Cow;

use super::RdpEvent;
use crate::protocols::wire::{text, utf16_text, Wire};

/// Bytes of a message in which the settings begin.
const LOOK_BYTES: usize = 512;
/// Channels kept.
const CHANNELS: usize = 31;

const CLIENT_CORE: u16 = 0xc001;
const CLIENT_NETWORK: u16 = 0xc003;
const SERVER_SECURITY: u16 = 0x0c02;

/// The blocks behind a marker and their length in one or two bytes.
fn blocks<'a>(message: &'a [u8], marker: &[u8]) -> Option<Wire<'a>> {
    let head = message.get(..LOOK_BYTES).unwrap_or(message);
    let at = memchr::memmem::find(head, marker)?;
    let mut w = Wire::new(message.get(at..)?);
    w.take(marker.len())?;
    if w.u8()? & 0x80 != 0 {
        w.u8()?;
    }
    Some(w)
}

/// The next block: its kind and content, as far as it came.
fn block<'a>(w: &mut Wire<'a>) -> Option<(u16, Wire<'a>)> {
    let (kind, length) = (w.le16()?, w.le16()?);
    let bytes = usize::from(length).checked_sub(4)?;
    let content = w.sub(bytes.min(w.len()))?;
    Some((kind, content))
}

/// Reads the settings of a client; false when the message holds none.
pub(super) fn client(message: &[u8], event: &mut RdpEvent) -> bool {
    let Some(mut blocks) = blocks(message, b"Duca") else {
        return false;
    };
    while let Some((kind, content)) = block(&mut blocks) {
        match kind {
            CLIENT_CORE => {
                client_core(content, event);
            }
            CLIENT_NETWORK => event.client_channels = channels(content),
            _ => {}
        }
    }
    true
}

/// Reads the core settings, as far as they came.
fn client_core(mut w: Wire<'_>, event: &mut RdpEvent) -> Option<()> {
    w.le32()?;
    event.desktop_width = Some(w.le16()?);
    event.desktop_height = Some(w.le16()?);
    w.take(4)?;
    event.keyboard_layout = Some(format!("{:08x}", w.le32()?));
    event.client_build = Some(w.le32()?.to_string());
    let filled = |bytes: &[u8]| {
        let text = utf16_text(until_zero(bytes), 32);
        (!text.is_empty()).then_some(text)
    };
    event.client_name = filled(w.take(32)?);
    // Keyboard, input method, colours, serial number, capabilities.
    w.take(12 + 64 + 2 + 2 + 4 + 2 + 2 + 2)?;
    event.client_dig_product_id = filled(w.take(64)?);
    Some(())
}

/// UTF-16 up to its zero.
fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.chunks_exact(2).position(|unit| unit == [0, 0]);
    let end = end.map_or(bytes.len(), |end| end.saturating_mul(2));
    bytes.get(..end).unwrap_or(bytes)
}

/// Names of eight bytes, each with its options.
fn channels(mut w: Wire<'_>) -> Option<Vec<String>> {
    let count = usize::try_from(w.le32()?).ok()?.min(CHANNELS);
    let mut names = Vec::new();
    for _ in 0..count {
        let Some(name) = w.take(8) else { break };
        w.take(4);
        let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
        names.push(text(name.get(..end).unwrap_or(name), 8));
    }
    Some(names)
}

/// Reads the settings of a server; false when the message holds none.
pub(super) fn server(message: &[u8], event: &mut RdpEvent) -> bool {
    let Some(mut blocks) = blocks(message, b"McDn") else {
        return false;
    };
    event.result = Some(result_name(message));
    while let Some((kind, mut content)) = block(&mut blocks) {
        if kind == SERVER_SECURITY {
            event.encryption_method = content.le32().map(method_name);
            event.encryption_level = content.le32().map(level_name);
        }
    }
    true
}

/// The result of the conference stands right behind the head of the message.
fn result_name(message: &[u8]) -> Cow<'static, str> {
    let head = message.get(..32).unwrap_or(message);
    let at = memchr::memmem::find(head, &[0x0a, 0x01]);
    match at.and_then(|at| head.get(at.saturating_add(2))) {
        Some(0) => Cow::Borrowed("Success"),
        Some(code) => Cow::Owned(format!("MCS result {code}")),
        None => Cow::Borrowed("Success"),
    }
}

fn method_name(method: u32) -> Cow<'static, str> {
    Cow::Borrowed(match method {
        0 => "None",
        1 => "40bit",
        2 => "128bit",
        8 => "56bit",
        16 => "FIPS",
        _ => return Cow::Owned(format!("method {method}")),
    })
}

fn level_name(level: u32) -> Cow<'static, str> {
    Cow::Borrowed(match level {
        0 => "None",
        1 => "Low",
        2 => "Client compatible",
        3 => "High",
        4 => "FIPS",
        _ => return Cow::Owned(format!("level {level}")),
    })
}
