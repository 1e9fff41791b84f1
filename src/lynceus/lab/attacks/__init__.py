"""The attacks: one file each, named after the detector that should find it."""

from __future__ import annotations

from lynceus.lab.attacks import (
    arp_scan,
    beacon,
    brute_force,
    dhcp_scan,
    dns_tunnel,
    exfiltration,
    flood,
    horizontal_scan,
    icmp_sweep,
    known_bad,
    lateral_movement,
    long_connection,
    vertical_scan,
)
from lynceus.lab.attacks.kind import Attack

ATTACKS: dict[str, Attack] = {
    module.ATTACK.name: module.ATTACK
    for module in (
        vertical_scan, horizontal_scan, icmp_sweep, arp_scan, dhcp_scan, brute_force, flood, beacon,
        long_connection, exfiltration, lateral_movement, dns_tunnel, known_bad,
    )
}  # fmt: skip
"""All attacks by name."""
