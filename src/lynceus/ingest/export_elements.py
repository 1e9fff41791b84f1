"""The information elements of flow exports that are read, by their names in the field.

NetFlow 5 and 9 and IPFIX share the numbers up to 127 and the meaning of nearly all of them. An
element that is not in the table is skipped by its length.
"""

from __future__ import annotations

from typing import NamedTuple

REVERSE_PEN = 29305
"""Enterprise number of RFC 5103: the same element of the other direction."""

REVERSE = "reverse_"
"""Begin of the columns of the other direction."""


class Element(NamedTuple):
    """One information element and the column that holds it."""

    id: int
    name: str
    column: str
    unit: str
    """`number`, `ipv4`, `ipv6`, `mac`, `s`, `ms`, `us`, `ntp` (fractions of RFC 1305), `uptime_ms`,
    `before_export_us`, `probability`, or what is counted."""


ELEMENTS = tuple(
    Element(*row)
    for row in (
        (1, "octetDeltaCount", "bytes", "bytes"),
        (2, "packetDeltaCount", "packets", "packets"),
        (4, "protocolIdentifier", "proto", "number"),
        (6, "tcpControlBits", "tcp_flags", "number"),
        (7, "sourceTransportPort", "src_p", "number"),
        (8, "sourceIPv4Address", "src_ipv4", "ipv4"),
        (10, "ingressInterface", "interface", "number"),
        (11, "destinationTransportPort", "dst_p", "number"),
        (12, "destinationIPv4Address", "dst_ipv4", "ipv4"),
        (21, "flowEndSysUpTime", "end_uptime_ms", "uptime_ms"),
        (22, "flowStartSysUpTime", "start_uptime_ms", "uptime_ms"),
        (23, "postOctetDeltaCount", "post_bytes", "bytes"),
        (24, "postPacketDeltaCount", "post_packets", "packets"),
        (27, "sourceIPv6Address", "src_ipv6", "ipv6"),
        (28, "destinationIPv6Address", "dst_ipv6", "ipv6"),
        (32, "icmpTypeCodeIPv4", "icmp_type_code", "number"),
        (34, "samplingInterval", "sampling_interval", "number"),
        (48, "samplerId", "sampler", "number"),
        (50, "samplerRandomInterval", "sampler_interval", "number"),
        (56, "sourceMacAddress", "src_mac", "mac"),
        (58, "vlanId", "vlan", "number"),
        (60, "ipVersion", "ip_version", "number"),
        (80, "destinationMacAddress", "dst_mac", "mac"),
        (85, "octetTotalCount", "total_bytes", "bytes"),
        (86, "packetTotalCount", "total_packets", "packets"),
        (139, "icmpTypeCodeIPv6", "icmp6_type_code", "number"),
        (150, "flowStartSeconds", "start_s", "s"),
        (151, "flowEndSeconds", "end_s", "s"),
        (152, "flowStartMilliseconds", "start_ms", "ms"),
        (153, "flowEndMilliseconds", "end_ms", "ms"),
        (154, "flowStartMicroseconds", "start_us_ntp", "ntp"),
        (155, "flowEndMicroseconds", "end_us_ntp", "ntp"),
        (156, "flowStartNanoseconds", "start_ns_ntp", "ntp"),
        (157, "flowEndNanoseconds", "end_ns_ntp", "ntp"),
        (158, "flowStartDeltaMicroseconds", "start_before_us", "before_export_us"),
        (159, "flowEndDeltaMicroseconds", "end_before_us", "before_export_us"),
        (160, "systemInitTimeMilliseconds", "init_ms", "ms"),
        (161, "flowDurationMilliseconds", "duration_ms", "ms"),
        (162, "flowDurationMicroseconds", "duration_us", "us"),
        (176, "icmpTypeIPv4", "icmp_type", "number"),
        (177, "icmpCodeIPv4", "icmp_code", "number"),
        (178, "icmpTypeIPv6", "icmp6_type", "number"),
        (179, "icmpCodeIPv6", "icmp6_code", "number"),
        (180, "udpSourcePort", "udp_src_p", "number"),
        (181, "udpDestinationPort", "udp_dst_p", "number"),
        (182, "tcpSourcePort", "tcp_src_p", "number"),
        (183, "tcpDestinationPort", "tcp_dst_p", "number"),
        (231, "initiatorOctets", "initiator_bytes", "bytes"),
        (232, "responderOctets", "responder_bytes", "bytes"),
        (233, "firewallEvent", "firewall_event", "number"),
        (239, "biflowDirection", "biflow_direction", "number"),
        (243, "dot1qVlanId", "dot1q_vlan", "number"),
        (298, "initiatorPackets", "initiator_packets", "packets"),
        (299, "responderPackets", "responder_packets", "packets"),
        (302, "selectorId", "selector", "number"),
        (305, "samplingPacketInterval", "sampling_packet_interval", "packets"),
        (306, "samplingPacketSpace", "sampling_packet_space", "packets"),
        (309, "samplingSize", "sampling_size", "packets"),
        (310, "samplingPopulation", "sampling_population", "packets"),
        (311, "samplingProbability", "sampling_probability", "probability"),
        (322, "observationTimeSeconds", "observed_s", "s"),
        (323, "observationTimeMilliseconds", "observed_ms", "ms"),
        (352, "layer2OctetDeltaCount", "frame_bytes", "bytes"),
    )
)

BY_ID = {element.id: element for element in ELEMENTS}

TEXT_UNITS = ("ipv4", "ipv6", "mac")
"""Units whose columns hold text; all others hold numbers."""

WIDTHS = {"ipv4": 4, "ipv6": 16, "mac": 6}
"""Units that must have this length; a field of another is skipped."""
