"""What to do about volume, novelty, the local link and health, as data."""

from __future__ import annotations

from lynceus.respond.play import Play

FLOW_PLAYS: dict[str, Play] = {
    "arp_spoofing": Play(
        now=(
            "Find the switch ports of the hardware addresses named in the evidence; shut "
            "the one that does not belong there.",
        ),
        follow_up=(
            "Check the ARP tables of the gateway and of the victims.",
            "Turn on dynamic ARP inspection on the access switches.",
        ),
    ),
    "slow_dos": Play(
        now=(
            "Limit the connections of one source on {target}, and how long a request may take.",
            "Check whether {target} still answers.",
        ),
        follow_up=("Put a proxy that reads whole requests in front of {target}.",),
    ),
    "amplification": Play(
        now=(
            "Close {service} to the Internet where it need not be open, or limit its rate "
            "of answers.",
            "Ask the provider to filter {service} towards {target}.",
        ),
        follow_up=("Check which of your own servers answer {service} to anybody.",),
    ),
}
