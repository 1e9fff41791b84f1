"""The network of the lab: who is there, with addresses, cards and names drawn from the seed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lynceus.lab.dice import Dice
from lynceus.lab.hosts import EMBEDDED, LINUX, MACOS, WINDOWS, Host, Stack

_OUI = {
    "windows": (bytes.fromhex("f8b156"), bytes.fromhex("00d861"), bytes.fromhex("a4bb6d")),
    "linux": (bytes.fromhex("525400"), bytes.fromhex("3cecef")),
    "macos": (bytes.fromhex("a483e7"), bytes.fromhex("3c22fb")),
    "embedded": (bytes.fromhex("00215a"), bytes.fromhex("30cda7")),
}
_PEOPLE = (
    "anna", "ben", "carla", "david", "elena", "farid", "grace", "hugo", "ines", "jonas", "kim",
    "laura", "milan", "nora", "omar", "petra", "quinn", "rosa", "sven", "tara", "uwe", "vera",
)  # fmt: skip
_WINDOWS_PORTS = frozenset((135, 139, 445, 3389, 5985))
_ROLES: tuple[tuple[str, str, Stack, frozenset[int], str], ...] = (
    ("dns_server", "dc", WINDOWS, frozenset((53, 88, 135, 139, 389, 445, 464, 636, 3268)),
     "critical"),
    ("file_server", "files", WINDOWS, _WINDOWS_PORTS, "critical"),
    ("backup_server", "backup", LINUX, frozenset((22, 139, 445, 9000)), "high"),
    ("web_server", "web", LINUX, frozenset((22, 80, 443)), "high"),
    ("monitor", "monitor", LINUX, frozenset((22, 443, 3000)), "medium"),
    ("code_server", "git", LINUX, frozenset((22, 80, 443, 8080)), "high"),
    ("printer", "printer", EMBEDDED, frozenset((80, 443, 515, 631, 9100)), "low"),
    ("camera", "camera", EMBEDDED, frozenset((80, 554)), "low"),
)  # fmt: skip
_SMALL_ROLES = ("dns_server", "file_server", "web_server", "printer")


@dataclass
class Network:
    """Hosts inside, the gateway, a routed branch network beyond it."""

    lan: ipaddress.IPv4Network
    branch: ipaddress.IPv4Network
    """A network of the same owner behind the gateway."""
    gateway: Host
    hosts: tuple[Host, ...]
    """Everybody inside, the gateway left out."""
    dhcp_range: tuple[int, int]
    domain: str
    upstream: Host
    """The resolver outside that the DNS server forwards to."""

    def role(self, role: str) -> Host:
        """The host that has a role."""
        return next(h for h in self.hosts if h.role == role)

    def has(self, role: str) -> bool:
        """Whether there is a host of that role."""
        return any(h.role == role for h in self.hosts)

    @property
    def clients(self) -> tuple[Host, ...]:
        """Workstations, of which people make use."""
        return tuple(h for h in self.hosts if h.role in ("client", "developer"))

    @property
    def servers(self) -> tuple[Host, ...]:
        """Machines that serve others."""
        return tuple(h for h in self.hosts if h.role.endswith("_server"))

    def at(self, address: str) -> Host | None:
        """The inside host with an address."""
        return next((h for h in (*self.hosts, self.gateway) if h.ip == address), None)

    def outside(self, name: str, ip: str, rtt_s: float, ip6: str | None = None) -> Host:
        """A host beyond the gateway."""
        hops = 4 + (sum(ipaddress.IPv4Address(ip).packed) % 15)
        return Host(
            name, ip, self.gateway.mac, LINUX, "outside", ip6, False, hops, max(rtt_s, 0.002)
        )

    def branch_host(self, number: int, stack: Stack = WINDOWS) -> Host:
        """A machine of the branch network."""
        ip = str(self.branch[number])
        return Host(
            f"branch-{number}", ip, self.gateway.mac, stack, "branch", None, True, 2, 0.004,
            _WINDOWS_PORTS if stack is WINDOWS else frozenset((22,)),
        )  # fmt: skip

    def unused(self, dice: Dice, count: int) -> list[str]:
        """Addresses of the LAN that nobody has."""
        taken = {h.ip for h in self.hosts} | {self.gateway.ip}
        free = [str(a) for a in self.lan.hosts() if str(a) not in taken]
        return dice.sample(free, count)

    def newcomer(self, dice: Dice, stack: Stack, name: str = "") -> Host:
        """A machine that nobody knew before, with an address of the LAN."""
        ip = self.unused(dice, 1)[0]
        return Host(name or f"guest-{dice.hex(4)}", ip, _mac(dice, stack), stack, "guest")


def build_network(dice: Dice, clients: int, small: bool = False) -> Network:
    """Draws a network of so many workstations; `small` leaves most servers out."""
    lan, branch = _address_plan(dice)
    free = [str(a) for a in lan.hosts()]
    gateway = Host(
        "gateway", free.pop(dice.pick((0, len(free) - 1))), _mac(dice, LINUX), LINUX, "gateway",
        "fe80::1", criticality="critical", open_ports=frozenset((22, 443)),
    )  # fmt: skip
    dhcp_low = dice.whole(60, 110)
    fixed = [a for a in free if int(a.rsplit(".", 1)[1]) < dhcp_low]
    leased = [a for a in free if dhcp_low <= int(a.rsplit(".", 1)[1]) < dhcp_low + 100]
    prefix6 = f"2001:{dice.whole(0x600, 0xFFF):x}:{dice.whole(1, 0xFFFF):x}:1"
    hosts: list[Host] = []
    roles = [r for r in _ROLES if not small or r[0] in _SMALL_ROLES]
    for role, name, stack, ports, weight in roles:
        ip = fixed.pop(dice.whole(0, len(fixed) - 1))
        hosts.append(
            Host(f"{name}{dice.whole(1, 9):02d}", ip, _mac(dice, stack), stack, role,
                 open_ports=ports, owner="it", criticality=weight)
        )  # fmt: skip
    hosts += _workstations(dice, clients, leased, prefix6)
    outside_dns = dice.pick(("1.1.1.1", "8.8.8.8", "9.9.9.9"))
    domain = dice.pick(("corp.example", "office.example", "hq.example", "intra.example"))
    network = Network(
        lan, branch, gateway, tuple(hosts), (dhcp_low, dhcp_low + 99), domain, gateway
    )
    network.upstream = network.outside("resolver", outside_dns, dice.uniform(0.006, 0.015))
    return network


def _workstations(dice: Dice, clients: int, leased: list[str], prefix6: str) -> Iterable[Host]:
    people = dice.sample(_PEOPLE, clients)
    for i, person in enumerate(people):
        stack = LINUX if i == 0 else dice.pick((WINDOWS, WINDOWS, WINDOWS, MACOS))
        ip = leased.pop(dice.whole(0, len(leased) - 1))
        ip6 = f"{prefix6}::{dice.whole(0x1000, 0xFFFF):x}" if dice.chance(0.5) else None
        ports = _WINDOWS_PORTS if stack is WINDOWS else frozenset((22,))
        host = Host(
            f"{'dev' if i == 0 else 'ws'}-{person}", ip, _mac(dice, stack), stack,
            "developer" if i == 0 else "client", ip6, open_ports=ports,
            filtered=dice.chance(0.3), owner=person,
        )  # fmt: skip
        yield host


def _address_plan(dice: Dice) -> tuple[ipaddress.IPv4Network, ipaddress.IPv4Network]:
    base = dice.pick((f"10.{dice.whole(0, 250)}", f"172.{dice.whole(16, 31)}", "192.168"))
    first, second = dice.sample(range(1, 250), 2)
    return ipaddress.IPv4Network(f"{base}.{first}.0/24"), ipaddress.IPv4Network(
        f"{base}.{second}.0/24"
    )


def _mac(dice: Dice, stack: Stack) -> bytes:
    return dice.pick(_OUI.get(stack.name, _OUI["linux"])) + dice.octets(3)


def renamed(host: Host, **changes: object) -> Host:
    """The same host with some of its facts changed."""
    return replace(host, **changes)  # type: ignore[arg-type]
