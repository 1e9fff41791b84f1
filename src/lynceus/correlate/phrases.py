"""What is said of each detector, as data: its noun, its title, why it matters, what would tell.

`titles` may name `{actor}`, `{target}` and `{service}`; where none fits, the noun is the headline.
Detectors without an entry speak through `because` and the general words of `OTHER`.
"""

from __future__ import annotations

from lynceus.correlate.phrase import Phrase
from lynceus.correlate.phrases_of_content import CONTENT_PHRASES
from lynceus.correlate.phrases_of_domains import DOMAIN_PHRASES
from lynceus.correlate.phrases_of_flows import FLOW_PHRASES

__all__ = ["OTHER", "PHRASES", "STEPS", "Phrase", "phrase"]

OTHER = Phrase(
    noun="unusual traffic",
    titles=(
        "Unusual traffic from {actor} to {target}",
        "Unusual traffic of {actor}",
    ),
    why="Traffic of this kind was described as suspicious by the detector that saw it.",
    raises="a second, independent sign from the same host",
    lowers="a known task of the host that explains it",
)

PHRASES: dict[str, Phrase] = {
    "vertical_scan": Phrase(
        noun="port scanning",
        titles=(
            (
                "Port scan: {actor} tries many ports of {target}",
                "Port scan: {actor} try many ports of {target}",
            ),
            "Port scan by {actor}",
            "Port scan of {target} by several hosts",
        ),
        why="Trying one port after another shows an attacker which services answer; "
        "it usually comes before an attempt to break in.",
        raises="logins or exploits against the ports that answered",
        lowers="a vulnerability scanner or monitoring system that is known to do this",
    ),
    "horizontal_scan": Phrase(
        noun="network scanning",
        titles=(
            "Network scan for {service} by {actor}",
            "Network scan by {actor}",
        ),
        why="Asking many hosts for the same service is how attackers and worms find their next "
        "victims; an ordinary workstation has no reason to do it.",
        raises="a login or a larger transfer on one of the hosts that answered",
        lowers="an inventory, management or vulnerability scanner that is known to do this",
    ),
    "icmp_sweep": Phrase(
        noun="ping sweeping",
        titles=(
            "Ping sweep by {actor}",
            "Ping sweep by {actor}",
        ),
        why="Pinging address after address maps which hosts exist, the first step of an attack "
        "on a network.",
        raises="port scans or logins towards the hosts that answered",
        lowers="a monitoring system that pings what it watches",
    ),
    "arp_scan": Phrase(
        noun="ARP scanning",
        titles=(
            "ARP scan of the local network by {actor}",
            "ARP scan of the local network by {actor}",
        ),
        why="Asking for the hardware address of every neighbour maps the local network; it can "
        "only be done from inside it.",
        raises="connections to the neighbours that answered",
        lowers="a router, an inventory tool or a device that has just joined the network",
    ),
    "dhcp_scan": Phrase(
        noun="DHCP probing",
        titles=(
            "DHCP probing by {actor}",
            "DHCP probing by {actor}",
        ),
        why="Asking for many addresses by DHCP can map or exhaust the address pool, so that other "
        "devices get none or take one from a false server.",
        raises="address pools that run dry, or a second DHCP server that answers",
        lowers="a device that cannot keep its lease, or a relay that asks for many",
    ),
    "brute_force": Phrase(
        noun="password guessing",
        titles=(
            "Password guessing on {service} of {target} by {actor}",
            "Password guessing against {target} by {actor}",
            "Password guessing on {service} by {actor}",
            "Password guessing by {actor}",
            "Password guessing on {service} of {target}",
            "Password guessing against {target}",
        ),
        why="Many short logins in a row are how passwords are guessed; a single hit gives the "
        "attacker a valid account.",
        raises="a long session or a large transfer right after the last attempt, or failed logins "
        "in the server's own log",
        lowers="a script or a backup job with an expired password",
    ),
    "flood": Phrase(
        noun="flooding",
        titles=(
            "Flood against {target} by {actor}",
            "Flood by {actor}",
            "Flood against {target}",
        ),
        why="So much traffic at once can keep a service from answering anybody.",
        raises="a service that answers late or not at all in the same minutes",
        lowers="a load test, a backup or a sudden but wanted rush of users",
    ),
    "beacon": Phrase(
        noun="beaconing",
        titles=(
            (
                "Beaconing: {actor} calls {target} at regular intervals",
                "Beaconing: {actor} call {target} at regular intervals",
            ),
            "Beaconing by {actor}",
        ),
        why="Malware reports to its controller at regular intervals and waits for orders; a host "
        "that does so may be under someone else's control.",
        raises="the same destination in an indicator list, or a process on the host that nobody "
        "knows",
        lowers="an updater, a mail client, telemetry or monitoring that polls on schedule",
    ),
    "long_connection": Phrase(
        noun="a very long connection",
        titles=(
            "Very long connection from {actor} to {target}",
            "Very long connection by {actor}",
        ),
        why="A connection kept open for very long can be a remote control or a tunnel that waits "
        "to be used.",
        raises="keystroke-like traffic in it, or a destination that no other host uses",
        lowers="a VPN, a remote desktop, a chat or a push service that stays connected",
    ),
    "exfiltration": Phrase(
        noun="a large outbound transfer",
        titles=(
            "Possible data theft: large transfer from {actor} to {target}",
            "Possible data theft: large transfer by {actor}",
        ),
        why="Far more data left than came in; if nobody meant to send it, it is being stolen.",
        raises="sensitive files read on the host shortly before, or a destination the company "
        "does not use",
        lowers="a backup, a cloud synchronisation or a wanted upload",
    ),
    "lateral_movement": Phrase(
        noun="lateral movement",
        titles=(
            (
                "Lateral movement: {actor} reaches into {target} by {service}",
                "Lateral movement: {actor} reach into {target} by {service}",
            ),
            (
                "Lateral movement: {actor} reaches into {target}",
                "Lateral movement: {actor} reach into {target}",
            ),
            "Lateral movement by {actor}",
        ),
        why="Administrative or file access from one inside host to another is how an intruder "
        "spreads from the first host to the valuable ones.",
        raises="new services, tasks or logins on the target at that time",
        lowers="an administrator, a software distribution or a backup server at work",
    ),
    "dns_tunnel": Phrase(
        noun="a tunnel through DNS",
        titles=(
            (
                "DNS tunnel: {actor} hides data in name look-ups of {target}",
                "DNS tunnel: {actor} hide data in name look-ups of {target}",
            ),
            "DNS tunnel by {actor}",
        ),
        why="Name look-ups pass almost every firewall; data hidden in them can steer a host or "
        "leave the network unseen.",
        raises="a domain that was registered recently, or that no other host asks for",
        lowers="a mail filter, an antivirus or a content network that encodes data in names",
    ),
    "known_bad": Phrase(
        noun="contact with a suspicious address or name",
        titles=(
            "Suspicious contact of {actor} with {target}",
            "Suspicious contact of {actor}",
        ),
        why="Others have seen this address or name in attacks, or it hides who is behind it.",
        raises="any other suspicious traffic of the same host",
        lowers="an outdated list entry, or an address shared with harmless services",
    ),
    "external_alert": Phrase(
        noun="an alert of another product",
        titles=(
            "Another product reports {actor} towards {target}",
            "Another product reports {actor}",
            "Another product reports {target}",
        ),
        why="Another product has detected something and says so in its own words; whether it is "
        "right shows in what else is seen of the same hosts.",
        raises="flows, names or logins of the same hosts that fit what it reports",
        lowers="a rule of that product that is known to fire on ordinary traffic here",
    ),
    "unremarkable": Phrase(
        noun="ordinary traffic",
        titles=(
            "Nothing unusual: {actor} to {target}, {service}",
            "Nothing unusual: {actor} to {target}",
            "Nothing unusual: {actor}",
        ),
        why="Nothing in it calls for action.",
        raises="the same host in another incident",
        lowers="nothing further",
    ),
    **FLOW_PHRASES,
    **DOMAIN_PHRASES,
    **CONTENT_PHRASES,
}

STEPS = {
    "look around": "looking around",
    "break in": "breaking in",
    "stay and steer": "staying and taking orders",
    "spread": "spreading",
    "harm": "doing harm",
}
"""The phases of `lynceus.attack.PHASES` as parts of a sentence."""


def phrase(detector: str) -> Phrase:
    """The words for a detector."""
    return PHRASES.get(detector, OTHER)
