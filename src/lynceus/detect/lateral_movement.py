"""One inside host takes over others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    bytes_text,
    duration_text,
    in_time,
    manages,
    plural,
    saturating,
    severity,
    span_s,
    techniques,
)
from lynceus.features.contact import VOLUME_OF_PAIR
from lynceus.features.session import ADMIN_OF_PAIR, CLIENTS_OF_HOST, CLIENTS_OF_SITE
from lynceus.features.window import Table
from lynceus.language.columns import clause, counted, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

TECHNIQUE = {
    "smb": "T1021.002", "rdp": "T1021.001", "ssh": "T1021.004", "vnc": "T1021.005",
    "winrm": "T1021.006", "dce_rpc": "T1021.003",
}  # fmt: skip
"""Technique by protocol."""

CONTROL = ["smb", "dce_rpc", "winrm"]
"""Protocols through which Windows hosts are told to run something."""

PERSONAL = ["rdp", "winrm", "vnc"]
"""Protocols that nobody uses to fetch files: whoever speaks them to a host runs something there."""

WORKSTATION = r"(?i)workstation|desktop|laptop|notebook|client|developer|\bpc\b"
"""Roles of assets that serve nobody."""


@dataclass(frozen=True)
class LateralMovement:
    """An inside host administers several others, or moves bulk data to one that is no server.

    Detects: in established sessions of remote administration (SMB, DCE/RPC, WinRM, RDP, SSH,
    VNC) between inside hosts, one that turns to several hosts which serve hardly anybody else in
    that hour or day; one that turns to several hosts of any kind within minutes, in a way nobody
    else turns to them, a workstation among them (over SMB only where it pushes as much to each,
    as when a program is installed); a workstation that is turned to and soon turns to the next;
    several control protocols at once to one host; and gigabytes over SMB between two hosts of
    which the receiver is no server. A workstation is an asset of such a role, or, where the role
    is not known, who serves hardly anybody and calls many places outside or turns to file shares.

    Why: from the first host an intruder goes on to the next, with the same tools as an
    administrator. Clients turn to a few servers that many turn to; going out to many hosts that
    nobody else turns to is the other way round, and nobody opens desktops by the minute.

    Blind spots: movement to servers alone; the one hop of a careful intruder; hops by SSH below
    its higher limit; protocols not listed; what happened before the window, for there is no
    memory of who usually administers whom; workstations whose way outside is not seen.

    False positives: management systems (software distribution, backup, vulnerability scanners),
    jump hosts and administrators at work: name them as assets with such a role, which makes them
    low. Backups over SMB move gigabytes, to a server with several clients as a rule.

    ATT&CK: T1021 Remote Services by protocol, T1570 Lateral Tool Transfer, T1039 Data from Network
    Shared Drive.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *ADMIN_OF_PAIR,
        *CLIENTS_OF_HOST,
        *CLIENTS_OF_SITE,
        *VOLUME_OF_PAIR,
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1021",)

    hosts_1h: int = 3
    """Hosts that serve nobody else, administered from one host in an hour."""
    hosts_1d: int = 5
    """The same in a day, where the average hour held fewer (as many as in an hour where all was
    within one, across its border)."""
    ssh_factor: int = 3
    """So many times more where all is SSH, which administrators use all day."""
    burst_s: float = 300.0
    """Three hosts within so many seconds are visited by a tool, or by somebody in a hurry."""
    workstations_1d: int = 3
    """Workstations among the hosts of a day, where they were not visited within minutes."""
    outside_places: int = 5
    """Places outside that a host of unknown role calls in a window: a workstation."""
    alike: float = 0.1
    """Most difference from the usual amount that is pushed over SMB to several hosts alike."""
    chain_s: float = 1800.0
    """Seconds within which a host that is turned to turns to the next."""
    many_hosts: int = 8
    """From here on it is high."""
    known_clients: int = 4
    """With fewer inside clients in the window than this, nobody can be known as a server: low."""
    clients_of_server: int = 3
    """A host that so many inside hosts turn to is a server."""
    bulk_bytes: int = 1_000_000_000
    """Bytes over SMB to (or, where the direction is not known, between) two hosts in a window."""
    collected_bytes: int = 5_000_000_000
    """Bytes fetched over SMB by one host from another that are worth a low finding."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Fan-outs of the hour and the day, mixed ones, chains, control of one host, bulk."""
        pairs, pairs_1d, clients, clients_1d, site, site_1d, outside, outside_1d = tables
        hour = self._known(pairs, clients, site, outside)
        day = self._known(pairs_1d, clients_1d, site_1d, outside_1d)
        return pl.concat(
            [
                self._fan_out(hour, self.hosts_1h, hours=1),
                self._fan_out(day, self.hosts_1d, hours=24),
                self._mixed(hour, hours=1),
                self._mixed(day, hours=24),
                self._chain(hour),
                self._control(hour),
                self._bulk(hour),
            ],
            how="diagonal_relaxed",
        )

    def _known(
        self, pairs: pl.LazyFrame, clients: pl.LazyFrame, site: pl.LazyFrame, outside: pl.LazyFrame
    ) -> pl.LazyFrame:
        """Pairs with who else turns to the responder, in any way and in this one."""
        places = outside.group_by(*WINDOW_KEYS, resp_h="orig_h").agg(places=pl.len().cast(pl.Int64))
        alike = pairs.group_by(*WINDOW_KEYS, "resp_h", "admin").agg(
            visitors=pl.col("orig_h").n_unique().cast(pl.Int64)
        )
        shares = (
            pairs.filter(pl.col("admin") == "smb").select(*WINDOW_KEYS, resp_h="orig_h").unique()
        ).with_columns(shares=pl.lit(True))
        quiet = pl.col("clients") < self.clients_of_server
        role = pl.col("resp_role_of_asset")
        by_role = pl.when(role.str.contains(WORKSTATION)).then(True).when(role.is_not_null())
        client = (pl.col("places") >= self.outside_places).fill_null(False) | pl.col(
            "shares"
        ).fill_null(False)
        return (
            pairs.join(clients, on=[*WINDOW_KEYS, "resp_h"], how="left", nulls_equal=True)
            .join(alike, on=[*WINDOW_KEYS, "resp_h", "admin"], how="left", nulls_equal=True)
            .join(places, on=[*WINDOW_KEYS, "resp_h"], how="left", nulls_equal=True)
            .join(shares, on=[*WINDOW_KEYS, "resp_h"], how="left", nulls_equal=True)
            .join(site, on=WINDOW_KEYS, how="left", nulls_equal=True)
            .with_columns(pl.col("clients", "visitors", "inside_clients").fill_null(1))
            .with_columns(
                quiet=quiet,
                workstation=quiet & by_role.then(False).otherwise(client),
                manages=manages(),
            )
        )

    def _fan_out(self, pairs: pl.LazyFrame, least: int, hours: int) -> pl.LazyFrame:
        sources = _sources(pairs.filter("quiet"))
        factor = pl.when(_only_ssh()).then(self.ssh_factor).otherwise(1)
        needed = pl.lit(least)
        if hours > 1:
            thin = pl.col("hosts") / pl.col("active_hours").clip(lower_bound=1) < self.hosts_1h
            at_once = (span_s() <= 3600).fill_null(False)
            needed = pl.when(at_once).then(self.hosts_1h).otherwise(least)
            sources = sources.filter(thin)
        sources = sources.filter(pl.col("hosts") >= factor * needed)
        several = pl.col("protocols").list.len() >= 2
        return self._told(sources).with_columns(
            severity=severity(
                (self._unsure(), "low"),
                (_only_ssh(), "medium"),
                ((pl.col("hosts") >= self.many_hosts) | several, "high"),
                otherwise="medium",
            ),
            score=saturating("hosts", least),
            because=sentence(
                "{orig_h} opened {sessions} of remote administration ({protocols}) on "
                "{hosts} that hardly any other host turns to.",
                sessions=plural("sessions", "session"),
                protocols=pl.col("protocols").list.join(", "),
                hosts=plural("hosts", "inside host"),
            ),
        )

    def _mixed(self, pairs: pl.LazyFrame, hours: int) -> pl.LazyFrame:
        """Servers and workstations in one go, in a way in which nobody else turns to them."""
        usual = pl.col("pushed_bytes").median().over(*WINDOW_KEYS, "orig_h", "admin")
        apart = (pl.col("pushed_bytes") - usual).abs()
        installs = pl.col("admin").is_in(CONTROL) & (apart <= self.alike * usual)
        odd = pairs.filter(
            (pl.col("visitors") < self.clients_of_server)
            & (pl.col("admin").is_in(PERSONAL) | installs)
        )
        sources = _sources(odd)
        if hours == 1:
            found = (pl.col("third_ns") <= self.burst_s * 1e9) & (pl.col("workstations") >= 1)
        else:
            thin = pl.col("hosts") / pl.col("active_hours").clip(lower_bound=1) < self.hosts_1h
            across = (pl.col("across_ns") <= self.burst_s * 1e9) & (pl.col("workstations") >= 1)
            slow = thin & (pl.col("third_ns") > self.burst_s * 1e9)
            many = (pl.col("hosts") >= self.hosts_1d) & (
                pl.col("workstations") >= self.workstations_1d
            )
            found = across.fill_null(False) | (slow & many)
        sources = sources.filter(found & (pl.col("hosts") >= self.hosts_1h))
        return self._told(sources).with_columns(
            severity=severity((self._unsure(), "low"), otherwise="medium"),
            score=saturating("hosts", self.hosts_1h),
            because=sentence(
                "{orig_h} opened {sessions} of remote administration ({protocols}) on "
                "{hosts}{in_time}; nobody else turns to them that way, and {workstations}.",
                sessions=plural("sessions", "session"),
                protocols=pl.col("protocols").list.join(", "),
                hosts=plural("hosts", "inside host"),
                in_time=in_time(span_s()),
                workstations=counted(
                    "{n} of them is a workstation",
                    "{n} of them are workstations",
                    pl.col("workstations"),
                ),
            ),
        )

    def _chain(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """A workstation that is turned to, and soon turns to another."""
        hops = pairs.filter(pl.col("workstation") & (pl.col("admin") != "ssh"))
        before = hops.select(
            *WINDOW_KEYS,
            orig_h="resp_h",
            came_from="orig_h",
            came_by="admin",
            came_ns="first_seen_ns",
        )
        waited = pl.col("first_seen_ns") - pl.col("came_ns")
        return (
            hops.join(before, on=[*WINDOW_KEYS, "orig_h"], how="inner", nulls_equal=True)
            .filter(
                (pl.col("came_from") != pl.col("resp_h"))
                & waited.is_between(0, int(self.chain_s * 1e9))
            )
            .sort("came_ns", "came_from", "came_by", "admin")
            .unique([*WINDOW_KEYS, "orig_h", "resp_h"], keep="first", maintain_order=True)
            .select(
                *WINDOW_KEYS,
                *("orig_h", "resp_h", "came_from", "came_by", "sessions", "last_seen_ns"),
                first_seen_ns="came_ns",
                orig_role=pl.lit("infected"),
                resp_role=pl.lit("victim"),
                service="admin",
                waited_s=waited / 1e9,
                severity=severity((self._unsure(), "low"), otherwise="medium"),
                score=pl.lit(0.5),
                confidence=pl.lit(0.5),
                techniques=_techniques(
                    pl.concat_list("admin", "came_by").list.unique().list.sort()
                ),
                because=sentence(
                    "{orig_h} was reached by {came_by} from {came_from} and {waited} later "
                    "reached {resp_h} by {admin}: workstations that hardly any other host "
                    "turns to.",
                    waited=duration_text(waited / 1e9),
                ),
            )
        )

    def _unsure(self) -> pl.Expr:
        """No date, too few hosts to know a server by, or a host whose work it is."""
        few = pl.col("inside_clients") < self.known_clients
        return few | pl.col("window_start_ns").is_null() | pl.col("manages")

    def _told(self, sources: pl.LazyFrame) -> pl.LazyFrame:
        """What fan-outs say alike."""
        return sources.drop("active_hours", "third_ns", "across_ns").with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            confidence=pl.when("manages")
            .then(0.3)
            .otherwise(0.45 + 0.4 * saturating("hosts", self.many_hosts)),
            techniques=_techniques(pl.col("protocols")),
        )

    def _control(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """Several control protocols to one host that nobody else turns to."""
        peers = (
            pairs.filter((pl.col("clients") <= 1) & pl.col("admin").is_in(CONTROL))
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                pl.col("admin").unique().sort().alias("protocols"),
                pl.col("sessions").sum(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .filter(pl.col("protocols").list.len() >= 2)
        )
        return peers.with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=pl.lit("low"),
            score=0.5 * saturating("sessions", 5),
            confidence=pl.lit(0.3),
            techniques=techniques("T1021.002", "T1021.003"),
            because=sentence(
                "{orig_h} reached {resp_h} by {protocols} at once ({sessions}): that is "
                "how a command is run on a host; no other host turns to it.",
                protocols=pl.col("protocols").list.join(" and "),
                sessions=plural("sessions", "session"),
            ),
        )

    def _bulk(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        moved = pl.coalesce("sent_bytes", "all_bytes")
        fetched = pl.col("received_bytes") >= self.collected_bytes
        server = pl.col("clients") >= self.clients_of_server
        bulk = pairs.filter(
            (pl.col("admin") == "smb") & ((moved >= self.bulk_bytes) | fetched)
        ).with_columns(moved_bytes=pl.max_horizontal(moved, "received_bytes"))
        pushed = (moved >= self.bulk_bytes).fill_null(False)
        return bulk.select(
            *WINDOW_KEYS,
            *("orig_h", "resp_h", "resp_p", "proto", "first_seen_ns", "last_seen_ns"),
            *("moved_bytes", "sent_bytes", "received_bytes", "all_packets", "sessions"),
            *("longest_s", "clients"),
            service=pl.lit("smb"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.when(server).then(pl.lit("server")).otherwise(pl.lit("victim")),
            severity=severity((~pushed | server, "low"), otherwise="high"),
            score=saturating("moved_bytes", self.bulk_bytes),
            confidence=pl.when(server | ~pushed).then(0.3).otherwise(0.65),
            techniques=pl.when(pushed)
            .then(techniques("T1570", "T1021.002"))
            .otherwise(techniques("T1039")),
            because=sentence(
                "{orig_h} and {resp_h} moved {moved_bytes} over SMB{in_time}: {usual}.",
                moved_bytes=bytes_text("moved_bytes"),
                in_time=pl.when(pl.col("longest_s") > 0)
                .then(clause("in {span}", span=duration_text("longest_s")))
                .otherwise(pl.lit("")),
                usual=pl.when(server)
                .then(sentence("{clients} turn to that server", clients=plural("clients", "host")))
                .otherwise(
                    sentence(
                        "lateral movement or exfiltration by SMB, for no other host turns to the "
                        "receiver"
                    )
                ),
            ),
        )


def _only_ssh() -> pl.Expr:
    protocols = pl.col("protocols").list
    return (protocols.len() == 1) & protocols.contains("ssh")


def _techniques(protocols: pl.Expr) -> pl.Expr:
    named = pl.element().replace_strict(list(TECHNIQUE), list(TECHNIQUE.values()), default="T1021")
    return protocols.list.eval(named)


def _sources(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Who turns to how many hosts.

    `third_ns` is the least time in which three were reached, `across_ns` the least of those that
    lie in two hours.
    """
    reached = pl.col("first_seen_ns").sort()
    third = reached.shift(-2) - reached
    hour = reached // (3600 * 10**9)
    return pairs.group_by(*WINDOW_KEYS, "orig_h").agg(
        pl.col("resp_h").n_unique().cast(pl.Int64).alias("hosts"),
        pl.col("resp_h").unique().sort().head(10).alias("hosts_sample"),
        pl.col("resp_h").filter("workstation").n_unique().cast(pl.Int64).alias("workstations"),
        pl.col("admin").unique().sort().alias("protocols"),
        pl.col("sessions").sum(),
        pl.col("inside_clients", "manages").max(),
        pl.col("first_seen_ns").min(),
        pl.col("last_seen_ns").max(),
        third.min().alias("third_ns"),
        third.filter(hour.shift(-2) > hour).min().alias("across_ns"),
        (pl.col("first_seen_ns") // (3600 * 10**9)).n_unique().alias("active_hours"),
    )
