//! What went in, what came out, and why the rest did not. The sums are checked in tests:
//!
//! frames = packets + arps + every reason of [`REASONS`] that is a fate.
//!
//! A *fate* is where a frame ended; every frame has exactly one. A *note* says that something was
//! odd or missing, without taking a frame away.

use std::collections::BTreeMap;

/// The words under which `read` and `decode` count.
pub mod reason {
    #![allow(missing_docs)] // each is explained once, in `REASONS`
    pub const FRAMES: &str = "frames";
    pub const PACKETS: &str = "packets";
    pub const ARPS: &str = "arps";

    pub const NOT_IP: &str = "not_ip";
    pub const ARP_UNSUPPORTED: &str = "arp_unsupported";
    pub const LINK_TYPE_UNSUPPORTED: &str = "link_type_unsupported";
    pub const LINK_ENCRYPTED: &str = "link_encrypted";
    pub const MALFORMED_LINK: &str = "malformed_link";
    pub const MALFORMED_IP: &str = "malformed_ip";
    pub const FRAME_TOO_LARGE: &str = "frame_too_large";
    pub const FRAGMENTS_JOINED: &str = "fragments_joined";
    pub const FRAGMENTS_DUPLICATE: &str = "fragments_duplicate";
    pub const FRAGMENTS_HELD: &str = "fragments_held";

    pub const FRAGMENTS_EXPIRED: &str = "fragments_expired";
    pub const FRAGMENTS_SHED: &str = "fragments_shed";
    pub const FRAGMENTS_OVERLAPPING: &str = "fragments_overlapping";
    pub const FRAGMENTS_MALFORMED: &str = "fragments_malformed";
    pub const SNAPLEN_CUT: &str = "snaplen_cut";
    pub const WIRE_LENGTH_IMPLAUSIBLE: &str = "wire_length_implausible";
    pub const IP_LENGTH_CLIPPED: &str = "ip_length_clipped";
    pub const UDP_LENGTH_CLIPPED: &str = "udp_length_clipped";
    pub const EXTENSION_HEADER_MALFORMED: &str = "extension_header_malformed";
    pub const TRANSPORT_HEADER_CUT: &str = "transport_header_cut";
    pub const TCP_HEADER_MALFORMED: &str = "tcp_header_malformed";

    pub const CAPTURE_CUT_SHORT: &str = "capture_cut_short";
    pub const COMPRESSED_STREAM_BROKEN: &str = "compressed_stream_broken";
    pub const RECORD_LENGTH_IMPLAUSIBLE: &str = "record_length_implausible";
    pub const PCAPNG_BLOCK_MALFORMED: &str = "pcapng_block_malformed";
    pub const BYTES_SKIPPED: &str = "bytes_skipped";
    pub const DROPPED_BY_SENSOR: &str = "dropped_by_sensor";
    pub const DROPPED_BY_KERNEL: &str = "dropped_by_kernel";
    pub const UNREAD_AT_STOP: &str = "unread_at_stop";
    pub const INTERFACE_DOWN: &str = "interface_down";
    pub const FRAMES_NOT_RECORDED: &str = "frames_not_recorded";
    pub const FRAMES_WITHOUT_TIME: &str = "frames_without_time";
}

/// What a count of [`REASONS`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A total or a product: `frames` in; `packets` and `arps` out.
    Total,
    /// Where a frame ended that became neither a packet nor an ARP packet.
    Fate,
    /// Something odd about a packet that was kept.
    Note,
    /// Something lost before there was a frame to count.
    Input,
}

/// Every word `read` and `decode` count under, what kind it is, and what it means.
pub const REASONS: &[(&str, Kind, &str)] = &[
    (reason::FRAMES, Kind::Total, "Frames read from the capture."),
    (
        reason::PACKETS,
        Kind::Total,
        "IP packets handed on, the innermost of each frame.",
    ),
    (
        reason::ARPS,
        Kind::Total,
        "ARP packets (IPv4 over Ethernet) handed on.",
    ),
    (
        reason::NOT_IP,
        Kind::Fate,
        "Frames of other network protocols: LLC, LLDP, PPPoE discovery, Wi-Fi management.",
    ),
    (
        reason::ARP_UNSUPPORTED,
        Kind::Fate,
        "ARP frames cut short or not for IPv4 over Ethernet.",
    ),
    (
        reason::LINK_TYPE_UNSUPPORTED,
        Kind::Fate,
        "Frames of a link type that is not decoded.",
    ),
    (
        reason::LINK_ENCRYPTED,
        Kind::Fate,
        "Wi-Fi data frames encrypted on the air.",
    ),
    (
        reason::MALFORMED_LINK,
        Kind::Fate,
        "Frames too short for their link header, or with too many tags.",
    ),
    (
        reason::MALFORMED_IP,
        Kind::Fate,
        "Frames whose IP header is cut or contradicts itself.",
    ),
    (
        reason::FRAME_TOO_LARGE,
        Kind::Fate,
        "Frames longer than 256 KiB, skipped.",
    ),
    (
        reason::FRAGMENTS_JOINED,
        Kind::Fate,
        "IP fragments that went into a packet counted with another frame.",
    ),
    (
        reason::FRAGMENTS_DUPLICATE,
        Kind::Fate,
        "IP fragments that brought nothing new.",
    ),
    (
        reason::FRAGMENTS_HELD,
        Kind::Fate,
        "IP fragments waiting for the rest of their datagram; 0 at the end.",
    ),
    (
        reason::FRAGMENTS_EXPIRED,
        Kind::Note,
        "IP fragments whose datagram was not complete in time; handed on as single packets.",
    ),
    (
        reason::FRAGMENTS_SHED,
        Kind::Note,
        "IP fragments given up to keep memory bounded; handed on as single packets.",
    ),
    (
        reason::FRAGMENTS_OVERLAPPING,
        Kind::Note,
        "IP fragments that overlapped earlier ones; what came first was kept.",
    ),
    (
        reason::FRAGMENTS_MALFORMED,
        Kind::Note,
        "IP fragments with impossible offset or length; handed on as single packets.",
    ),
    (
        reason::SNAPLEN_CUT,
        Kind::Note,
        "Packets of which the capture holds less than their IP length.",
    ),
    (
        reason::WIRE_LENGTH_IMPLAUSIBLE,
        Kind::Note,
        "Frames whose length on the wire was absurd; the captured length is used.",
    ),
    (
        reason::IP_LENGTH_CLIPPED,
        Kind::Note,
        "Packets whose IP length goes beyond the frame; clipped to it.",
    ),
    (
        reason::UDP_LENGTH_CLIPPED,
        Kind::Note,
        "UDP packets whose length goes beyond the IP packet; clipped to it.",
    ),
    (
        reason::EXTENSION_HEADER_MALFORMED,
        Kind::Note,
        "Packets whose extension headers are cut, lie, or are too many; kept without ports.",
    ),
    (
        reason::TRANSPORT_HEADER_CUT,
        Kind::Note,
        "Packets whose transport header is not there in full; kept with what is there.",
    ),
    (
        reason::TCP_HEADER_MALFORMED,
        Kind::Note,
        "TCP packets with an impossible header length; kept without payload.",
    ),
    (
        reason::CAPTURE_CUT_SHORT,
        Kind::Input,
        "Captures that end in the middle of a record.",
    ),
    (
        reason::COMPRESSED_STREAM_BROKEN,
        Kind::Input,
        "Compressed inputs that break off; all before the break is kept.",
    ),
    (
        reason::RECORD_LENGTH_IMPLAUSIBLE,
        Kind::Input,
        "Places in a pcap where the record header cannot be right.",
    ),
    (
        reason::PCAPNG_BLOCK_MALFORMED,
        Kind::Input,
        "pcapng blocks that contradict themselves.",
    ),
    (
        reason::BYTES_SKIPPED,
        Kind::Input,
        "Bytes skipped to find the next sound record.",
    ),
    (
        reason::DROPPED_BY_SENSOR,
        Kind::Input,
        "Packets that the sensor says it dropped before they were captured (pcapng statistics).",
    ),
    (
        reason::DROPPED_BY_KERNEL,
        Kind::Input,
        "Packets of an interface that the kernel had no room for: we were too slow.",
    ),
    (
        reason::UNREAD_AT_STOP,
        Kind::Input,
        "Packets of an interface that were not read any more when watching it was stopped.",
    ),
    (
        reason::INTERFACE_DOWN,
        Kind::Input,
        "How often the interface went down while it was watched.",
    ),
    (
        reason::FRAMES_NOT_RECORDED,
        Kind::Note,
        "Frames that were metered but for which the packet ring on disk was too slow or full.",
    ),
    (
        reason::FRAMES_WITHOUT_TIME,
        Kind::Note,
        "Frames of pcapng simple packet blocks; they bear the time of the frame before.",
    ),
];

/// Counters by reason. A reason is a short snake_case word that the documentation lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    counts: BTreeMap<&'static str, u64>,
}

impl Losses {
    /// Adds `n` to a reason.
    pub fn add(&mut self, reason: &'static str, n: u64) {
        if n > 0 {
            *self.counts.entry(reason).or_default() += n;
        }
    }

    /// Sets a reason that can fall as well as rise, such as what is held at the moment.
    pub fn set(&mut self, reason: &'static str, n: u64) {
        if n > 0 {
            self.counts.insert(reason, n);
        } else {
            self.counts.remove(reason);
        }
    }

    /// Adds all counts of another account.
    pub fn merge(&mut self, other: &Losses) {
        for (reason, n) in &other.counts {
            *self.counts.entry(reason).or_default() += n;
        }
    }

    /// The count of one reason.
    pub fn get(&self, reason: &str) -> u64 {
        self.counts.get(reason).copied().unwrap_or(0)
    }

    /// All reasons with their counts, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().map(|(reason, n)| (*reason, *n))
    }

    /// True when every frame is accounted for: frames = packets + arps + all fates.
    pub fn balances(&self) -> bool {
        let fates: u64 = REASONS
            .iter()
            .filter(|(_, kind, _)| *kind == Kind::Fate)
            .map(|(name, _, _)| self.get(name))
            .sum();
        self.get(reason::FRAMES) == self.get(reason::PACKETS) + self.get(reason::ARPS) + fates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_listed_once() {
        let mut names: Vec<_> = REASONS.iter().map(|(name, _, _)| *name).collect();
        names.sort_unstable();
        let listed = names.len();
        names.dedup();
        assert_eq!(names.len(), listed);
    }

    #[test]
    fn balance_needs_every_frame() {
        let mut losses = Losses::default();
        losses.add(reason::FRAMES, 3);
        losses.add(reason::PACKETS, 1);
        losses.set(reason::FRAGMENTS_HELD, 2);
        losses.add(reason::SNAPLEN_CUT, 1);
        assert!(losses.balances());
        losses.set(reason::FRAGMENTS_HELD, 0);
        assert!(!losses.balances());
        assert_eq!(losses.get(reason::FRAGMENTS_HELD), 0);
    }
}
