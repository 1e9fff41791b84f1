"""How names become addresses: hosts ask the DNS server, which asks a resolver outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynceus.lab import dns
from lynceus.lab.dns import Record
from lynceus.lab.hosts import Host

if TYPE_CHECKING:
    from lynceus.lab.names import Directory, Service
    from lynceus.lab.network import Network
    from lynceus.lab.scene import Scene


class Resolver:
    """Answers from the directory, with a cache in each host and one in the server."""

    def __init__(self, network: Network, directory: Directory) -> None:
        self._network = network
        self._directory = directory
        self._known: set[tuple[str, str, int]] = set()
        """(who, what, lifetime): actors are not played in the order of time, so a name is known
        for the rest of the lifetime, counted from second 0, in which it was asked."""

    def resolve(self, scene: Scene, host: Host, name: str, t: float) -> tuple[float, Service]:
        """Looks a name up at `t`; returns when it is known and what it is. Raises KeyError."""
        service = self._directory[name]
        if not self._news(host, name, t, service.ttl_s):
            return t, service
        done = self.ask(scene, host, name, "A", t)
        if host.stack.name != "linux" or host.ip6:
            self.ask(scene, host, name, "AAAA", t + scene.dice.uniform(2e-5, 3e-4))
        return done, service

    def ask(self, scene: Scene, host: Host, name: str, kind: str, t: float) -> float:
        """One question of a host with its answer; returns when the answer is there."""
        records, rcode, authority = self._answer(name, kind)
        server = self._network.role("dns_server")
        if host.ip == server.ip:
            return self._forward(scene, name, kind, t)
        ports = (scene.source_port(host), 53)
        asked = dns.query(scene.dice.whole(0, 0xFFFF), name, kind)
        scene.udp(t, host, server, ports, asked)
        ready = t + scene.turn_s(server)
        ttl = records[-1].ttl_s if records else 120
        if not self._local(name) and self._news(server, f"{kind} {name}", t, ttl):
            ready = self._forward(scene, name, kind, ready) + 1e-4
        scene.udp(ready, server, host, ports[::-1], dns.answer(asked, records, rcode, authority))
        return ready + scene.turn_s(host)

    def relay(self, scene: Scene, host: Host, asked: bytes, records: list[Record],
              t: float) -> float:  # fmt: skip
        """A question whose answer the caller has made, through the server and never cached."""
        server, upstream = self._network.role("dns_server"), self._network.upstream
        ports, onward = (scene.source_port(host), 53), (scene.source_port(server), 53)
        reply = dns.answer(asked, records)
        scene.udp(t, host, server, ports, asked)
        out = t + scene.turn_s(server)
        scene.udp(out, server, upstream, onward, asked)
        back = out + upstream.rtt_s + scene.dice.uniform(0.02, 0.09)
        scene.udp(back, upstream, server, onward[::-1], reply)
        done = back + scene.turn_s(server)
        scene.udp(done, server, host, ports[::-1], reply)
        return done

    def _forward(self, scene: Scene, name: str, kind: str, t: float) -> float:
        server, upstream = self._network.role("dns_server"), self._network.upstream
        records, rcode, authority = self._answer(name, kind)
        ports = (scene.source_port(server), 53)
        asked = dns.query(scene.dice.whole(0, 0xFFFF), name, kind, edns=True)
        scene.udp(t, server, upstream, ports, asked)
        back = t + upstream.rtt_s + scene.dice.exponential(0.012)
        reply = dns.answer(asked, records, rcode, authority)
        scene.udp(back, upstream, server, ports[::-1], reply)
        return back + 1e-4

    def _news(self, host: Host, what: str, t: float, ttl_s: int) -> bool:
        """Whether the host does not know it yet; from now on it does."""
        key = (host.ip, what, int(t // ttl_s))
        if key in self._known:
            return False
        self._known.add(key)
        return True

    def _local(self, name: str) -> bool:
        return name.endswith(self._network.domain) or name.endswith(".in-addr.arpa")

    def _answer(self, name: str, kind: str) -> tuple[list[Record], int, list[Record]]:
        zone = name.split(".", 1)[-1] if name.count(".") > 1 else name
        soa = [Record(zone, "SOA", 900, zone)]
        if self._local(name):
            return self._local_answer(name, kind, soa)
        service = self._directory.find(name)
        if service is None:
            return [], dns.NXDOMAIN, soa
        records = []
        owner = name
        if service.alias:
            records.append(Record(name, "CNAME", service.ttl_s, service.alias))
            owner = service.alias
        if kind == "A":
            records.append(Record(owner, "A", service.ttl_s, service.host.ip))
        elif kind == "AAAA" and service.host.ip6:
            records.append(Record(owner, "AAAA", service.ttl_s, service.host.ip6))
        elif kind == "TXT":
            records.append(Record(owner, "TXT", 3600, f"v=spf1 include:_spf.{zone} ~all"))
        elif kind == "MX":
            records.append(Record(owner, "MX", 3600, f"mx1.{zone}"))
        return records, dns.NOERROR, [] if records else soa

    def _local_answer(
        self, name: str, kind: str, soa: list[Record]
    ) -> tuple[list[Record], int, list[Record]]:
        if name.startswith("_ldap."):
            server = self._network.role("dns_server")
            target = f"389 {server.name}.{self._network.domain}"
            return [Record(name, "SRV", 600, target)], dns.NOERROR, []
        if name.endswith(".in-addr.arpa"):
            address = ".".join(reversed(name.split(".")[:4]))
            host = self._network.at(address)
            if host is None:
                return [], dns.NXDOMAIN, soa
            return [Record(name, "PTR", 1200, f"{host.name}.{self._network.domain}")], 0, []
        label = name.split(".", 1)[0]
        found = next((h for h in self._network.hosts if h.name == label), None)
        if found is None:
            return [], dns.NXDOMAIN, soa
        records = [Record(name, "A", 1200, found.ip)] if kind == "A" else []
        return records, dns.NOERROR, [] if records else soa
