//! ARP packets as rows.

use std::borrow::Cow;

use super::events::ArpEvent;
use super::wire::mac;
use crate::packet::ArpPacket;

/// The row of one ARP packet.
pub(crate) fn row(packet: &ArpPacket) -> ArpEvent {
    ArpEvent {
        ts_ns: packet.ts_ns,
        operation: Some(match packet.operation {
            1 => Cow::Borrowed("request"),
            2 => Cow::Borrowed("reply"),
            other => Cow::Owned(other.to_string()),
        }),
        src_mac: Some(mac(&packet.src_mac)),
        dst_mac: Some(mac(&packet.dst_mac)),
        orig_mac: Some(mac(&packet.sender_mac)),
        resp_mac: Some(mac(&packet.target_mac)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_request_from_reply() {
        let mut packet = ArpPacket {
            operation: 1,
            sender_mac: [0, 1, 2, 3, 4, 255],
            ..ArpPacket::default()
        };
        let event = row(&packet);
        assert_eq!(event.operation.as_deref(), Some("request"));
        assert_eq!(event.orig_mac.as_deref(), Some("00:01:02:03:04:ff"));
        packet.operation = 9;
        assert_eq!(row(&packet).operation.as_deref(), Some("9"));
    }
}
