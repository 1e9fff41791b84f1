"""What to do about each phenomenon, as data: at once, and afterwards.

Texts may name `{actor}`, `{target}` and `{service}`. `outside` is for attacks from outside of
which nothing shows success; detectors without an entry get `OTHER`.
"""

from __future__ import annotations

from lynceus.respond.play import Play
from lynceus.respond.plays_of_content import CONTENT_PLAYS
from lynceus.respond.plays_of_domains import DOMAIN_PLAYS
from lynceus.respond.plays_of_flows import FLOW_PLAYS

__all__ = ["NOTHING", "OTHER", "OUTSIDE", "PLAYS", "SCAN_OUTSIDE", "Play"]

OTHER = Play(
    now=("Ask the owner of {actor} whether this traffic is wanted.",),
    follow_up=("Look at the flows named in the evidence, and at the logs of {actor}.",),
)

NOTHING = Play(
    now=("None needed: nothing here is suspicious.",),
    follow_up=("None beyond the usual logging.",),
)

OUTSIDE = Play(
    now=(
        "Block {actor} at the border.",
        "Check whether {service} on {target} must be reachable from outside; if not, close it.",
    ),
    follow_up=(
        "Search the logs of {target} for a login or session from {actor} that succeeded.",
        "Allow {service} only from known networks or through a VPN with a second factor.",
    ),
)

SCAN_OUTSIDE = Play(
    now=("No urgent action: check that {target} offers outside only what it should.",),
    follow_up=(
        "Block {actor} at the border if it keeps coming back.",
        "Watch for logins to {target} from {actor}.",
    ),
)

_SCAN = Play(
    now=(
        "Ask the owner of {actor} whether it is a known scanner; if not, take it off the network.",
        "Block the scan from {actor} between the network's segments.",
    ),
    follow_up=(
        "Find the program on {actor} that scans: processes, scheduled tasks, recent logins.",
        "Check the hosts that answered for logins and transfers from {actor}.",
    ),
)

PLAYS: dict[str, Play] = {
    "vertical_scan": _SCAN,
    "horizontal_scan": _SCAN,
    "icmp_sweep": _SCAN,
    "arp_scan": Play(
        now=("Find the switch port of {actor}; unless it is a known scanner, shut the port.",),
        follow_up=(
            "Check the ARP tables of the gateway for two addresses with one hardware address.",
            "Turn on dynamic ARP inspection on the access switches.",
        ),
    ),
    "dhcp_scan": Play(
        now=("Find the switch port of {actor} and check what is connected there.",),
        follow_up=(
            "Check the free addresses of the DHCP pool and the answers of the DHCP servers.",
            "Turn on DHCP snooping and a limit of requests per port.",
        ),
    ),
    "brute_force": Play(
        now=(
            "Block {actor} from {service} on {target}, and take it off the network "
            "if its owner cannot explain it.",
            "Search the logs of {target} for a login from {actor} that succeeded; "
            "if there is one, change that password and end the session.",
        ),
        follow_up=(
            "Find the program on {actor} that guesses passwords, and how it came there.",
            "Require keys or a second factor for {service}, and limit failed logins.",
        ),
    ),
    "flood": Play(
        now=(
            "Limit the rate of {service} towards {target}, and ask the provider to filter.",
            "Check whether {target} still answers.",
        ),
        follow_up=(
            "Check whether the sources are forged or are hosts of your own.",
            "Plan rate limits or a scrubbing service for {target}.",
        ),
    ),
    "beacon": Play(
        now=(
            "Find the program on {actor} that makes the connections to {target}; "
            "if nobody knows it, isolate {actor}.",
            "Block {target} for {actor}.",
        ),
        follow_up=(
            "Search for other hosts that contact {target}.",
            "Keep the memory and disk of {actor} before cleaning it.",
        ),
    ),
    "long_connection": Play(
        now=("Ask the owner of {actor} what the connection to {target} is for.",),
        follow_up=("If nobody knows it, block {target} and look at the program on {actor}.",),
    ),
    "exfiltration": Play(
        now=(
            "Ask the owner of {actor} whether the transfer was wanted; "
            "if not, cut {actor} off from {target} at once.",
        ),
        follow_up=(
            "Find out which files were read on {actor} before the transfer.",
            "If data of persons or customers left, start the reporting duties.",
        ),
    ),
    "lateral_movement": Play(
        now=(
            "Ask an administrator whether {actor} should use {service} on {target}; "
            "if not, isolate {actor} and cut {service} between the two.",
            "Change the passwords of the accounts that were used on {target} from {actor}.",
        ),
        follow_up=(
            "Check {target} for new services, tasks, files and accounts.",
            "Find out how {actor} was taken over, and which other hosts it reached.",
            "Allow {service} between workstations only where it is needed.",
        ),
    ),
    "dns_tunnel": Play(
        now=(
            "Block the domain {domain} at the resolver.",
            "Isolate {actor} unless the program that asks for these names is known.",
        ),
        follow_up=(
            "Search the resolver's log for other hosts that ask for {domain}.",
            "Allow name look-ups to your own resolvers only.",
        ),
    ),
    "known_bad": Play(
        now=(
            "Check on {actor} which program contacted {target}; if it is not wanted, isolate it.",
            "Block {target} unless there is a reason to use it.",
        ),
        follow_up=(
            "Search for other hosts that contacted {target}.",
            "Check how recent and how specific the indicator is.",
        ),
    ),
    "external_alert": Play(
        now=("Open the alert in the product that reports it, and see what it saw of {actor}.",),
        follow_up=(
            "Compare its time and hosts with the flows named in the evidence.",
            "Where its rule is wrong here, turn it off there rather than here.",
        ),
    ),
    "unremarkable": NOTHING,
    **FLOW_PLAYS,
    **DOMAIN_PLAYS,
    **CONTENT_PLAYS,
}
