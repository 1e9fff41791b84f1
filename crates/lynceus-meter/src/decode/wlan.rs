//! Wi-Fi: data frames that are not encrypted, with or without a radio header before them.

use super::layer::Layer;
use super::{link, Fate, State};
use crate::losses::reason;
use crate::packet::Packet;

const DATA: u8 = 2;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const QOS: u8 = 0x08;
const NO_DATA: u8 = 0x04;
const AGGREGATED: u8 = 0x80;
const WLAN_LINK: u32 = 105;
const ETHERNET_LINK: u32 = 1;

/// An 802.11 frame.
pub(super) fn decode(state: &mut State, layer: Layer, packet: Packet) -> Fate {
    let Some(&[control, flags]) = layer.header::<2>() else {
        return Fate::Counted(reason::MALFORMED_LINK);
    };
    let (kind, subtype) = (control >> 2 & 3, control >> 4);
    if control & 3 != 0 || kind != DATA || subtype & NO_DATA != 0 {
        return Fate::Counted(reason::NOT_IP);
    }
    if flags & PROTECTED != 0 {
        return Fate::Counted(reason::LINK_ENCRYPTED);
    }
    data(state, layer, packet, flags, subtype & QOS != 0)
        .unwrap_or(Fate::Counted(reason::MALFORMED_LINK))
}

fn data(state: &mut State, layer: Layer, mut packet: Packet, flags: u8, qos: bool) -> Option<Fate> {
    let header = layer.header::<24>()?;
    let address = |at: usize| -> [u8; 6] { std::array::from_fn(|i| header[at + i]) };
    let mut length = 24;
    (packet.dst_mac, packet.src_mac) = match flags & (TO_DS | FROM_DS) {
        0 => (address(4), address(10)),
        TO_DS => (address(16), address(10)),
        FROM_DS => (address(4), address(16)),
        _ => {
            let source = layer.bytes.get(24..)?.first_chunk::<6>()?;
            length += 6;
            (address(16), *source)
        }
    };
    if qos {
        if layer.bytes.get(length)? & AGGREGATED != 0 {
            return Some(Fate::Counted(reason::NOT_IP));
        }
        length += if flags & ORDER != 0 { 6 } else { 2 };
    }
    Some(link::snap(state, layer.skip(length)?, packet))
}

/// A radiotap header, then 802.11.
pub(super) fn radiotap(state: &mut State, layer: Layer, packet: Packet) -> Option<Fate> {
    let header = layer.header::<4>()?;
    let length = usize::from(u16::from_le_bytes([header[2], header[3]]));
    if header[0] != 0 || length < 8 {
        return None;
    }
    Some(decode(state, layer.skip(length)?, packet))
}

/// The per-packet information header, then what it says.
pub(super) fn per_packet(state: &mut State, layer: Layer, packet: Packet) -> Option<Fate> {
    let header = layer.header::<8>()?;
    let length = usize::from(u16::from_le_bytes([header[2], header[3]]));
    let link = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    if length < 8 {
        return None;
    }
    let inner = layer.skip(length)?;
    match link {
        WLAN_LINK => Some(decode(state, inner, packet)),
        ETHERNET_LINK => Some(link::ethernet(state, inner, packet, 0)),
        _ => Some(Fate::Counted(reason::LINK_TYPE_UNSUPPORTED)),
    }
}
