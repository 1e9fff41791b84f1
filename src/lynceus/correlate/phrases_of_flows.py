"""What is said of the detectors of volume, novelty, the local link and health, as data."""

from __future__ import annotations

from lynceus.correlate.phrase import Phrase

FLOW_PHRASES: dict[str, Phrase] = {
    "arp_spoofing": Phrase(
        noun="ARP spoofing",
        titles=(
            "ARP spoofing by {actor}",
            "ARP spoofing: several claim {target}",
        ),
        why="Who answers for another's address by ARP receives its traffic, and can read or "
        "change it.",
        raises="sessions of the victims that pass through the claimant, or a claimed gateway",
        lowers="a failover pair, a bridge for virtual machines or an address that was just leased "
        "anew",
    ),
    "slow_dos": Phrase(
        noun="holding connections open",
        titles=(
            "Slow attack on {service} of {target} by {actor}",
            "Slow attack on {service} of {target}",
            "Slow attack on {target}",
        ),
        why="Requests that never end take up the places of a web server until nobody else gets "
        "one.",
        raises="a server that answers late or not at all in the same minutes",
        lowers="long polling from many users behind one address",
    ),
    "amplification": Phrase(
        noun="amplified answers",
        titles=(
            "Amplification attack on {actor} through {target}",
            "Amplification attack on {target}",
            "Amplification attack on {actor}",
        ),
        why="Answers asked for in another's name flood whoever was named; who sends them is "
        "being misused.",
        raises="the same service reachable from the whole Internet, or a line that is full",
        lowers="a sensor that sees only one direction of ordinary traffic",
    ),
}
