"""What each host is used for: the role whose typical mix of services is nearest to its own.

The mix of a host is told by shares from 0 to 1: of each kind of service what it gave and what it
used, how much of what it tried failed, and how widely it turned to others. Roles are points in that
space; those that come with the program are written down here, those of a site are found by
`lynceus.learn.clusters` and named by the nearest of these.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features.profile import KINDS

MIX = (
    *(f"gave_{kind}" for kind in KINDS),
    *(f"used_{kind}" for kind in KINDS),
    "gave",
    "failed",
    "spread",
)
"""The shares that tell the mix of a host."""

NO_ROLES = pl.DataFrame(
    schema={"site": pl.String, "host": pl.String, "role": pl.String, "likeness": pl.Float64}
)

LEAST_LIKENESS = 0.45
"""Likeness below which a host is like none of the roles."""

LEAST_FLOWS = 20
"""Flows from which on the mix of a host tells something."""

OTHER = "other"

_CLIENT = {"used_dns": 0.25, "used_web": 0.7, "spread": 0.4}
ROLES: dict[str, dict[str, float]] = {
    "web client": _CLIENT,
    "office client": {
        "used_dns": 0.25,
        "used_web": 0.4,
        "used_file": 0.15,
        "used_mail": 0.1,
        "spread": 0.4,
    },
    "mail client": {"used_dns": 0.2, "used_web": 0.2, "used_mail": 0.6, "spread": 0.2},
    "file client": {"used_dns": 0.1, "used_file": 0.8},
    "administration": {"used_dns": 0.1, "used_login": 0.8, "spread": 0.3},
    "scanner": {"failed": 0.8, "spread": 0.9},
    "DNS resolver": {"gave_dns": 0.5, "used_dns": 0.5, "gave": 0.5, "spread": 0.4},
    "DNS server": {"gave_dns": 0.95, "gave": 0.95},
    "web server": {"gave_web": 0.9, "gave": 0.9},
    "file server": {"gave_file": 0.9, "gave": 0.9},
    "mail server": {"gave_mail": 0.6, "used_mail": 0.2, "used_dns": 0.15, "gave": 0.6},
    "printer": {"gave_print": 0.9, "gave": 0.9},
    "login server": {"gave_login": 0.9, "gave": 0.9},
    "directory or data server": {"gave_data": 0.9, "gave": 0.9},
    "domain controller": {"gave_dns": 0.4, "gave_data": 0.25, "gave_file": 0.2, "gave": 0.9},
}
"""Typical mixes; what is not named is 0."""


def written_roles() -> pl.DataFrame:
    """The roles that come with the program: `role` and the columns of `MIX`."""
    return pl.DataFrame(
        [{"role": role} | {name: mix.get(name, 0.0) for name in MIX} for role, mix in ROLES.items()]
    )


def mixes(history: pl.DataFrame) -> pl.DataFrame:
    """`site`, `host`, `flows` and the columns of `MIX`, one row a host of a history of hosts."""
    began, gave = pl.col("flows"), pl.col("served_flows")
    sums = [pl.col(f"{way}_{kind}_flows").sum() for way in ("used", "served") for kind in KINDS]
    host = history.group_by("site", "host").agg(
        began.sum(),
        pl.col("failed_flows", "served_flows").sum(),
        *sums,
        met=(pl.col("inside_hosts") + pl.col("outside_hosts")).quantile(0.9, "linear"),
    )
    total = (began + gave).clip(lower_bound=1)
    return (
        host.with_columns(
            *((pl.col(f"served_{kind}_flows") / total).alias(f"gave_{kind}") for kind in KINDS),
            *((pl.col(f"used_{kind}_flows") / total).alias(f"used_{kind}") for kind in KINDS),
            gave=gave / total,
            failed=pl.col("failed_flows") / total,
            spread=((pl.col("met") + 1).log10() / 3).clip(0, 1),
            flows=began + gave,
        )
        .select("site", "host", "flows", *MIX)
        .sort("site", "host")
    )


def roles_of(history: pl.DataFrame, roles: pl.DataFrame | None = None) -> pl.DataFrame:
    """`site`, `host`, `role`, `likeness` (0..1) of every host of a history of hosts."""
    if history.is_empty():
        return NO_ROLES
    roles = written_roles() if roles is None else roles
    hosts = mixes(history)
    distance = distances(hosts.select(MIX).to_numpy(), roles.select(MIX).to_numpy())
    nearest = distance.argmin(1)
    likeness = np.exp(-(distance[np.arange(len(nearest)), nearest] ** 2) * 3.0)
    enough = (hosts["flows"].to_numpy() >= LEAST_FLOWS) & (likeness >= LEAST_LIKENESS)
    named = np.where(enough, roles["role"].to_numpy()[nearest], OTHER)
    return hosts.select("site", "host").with_columns(
        role=pl.Series(named.tolist(), dtype=pl.String), likeness=pl.Series(likeness)
    )


def distances(rows: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distance of every row to every centre."""
    return np.asarray(np.sqrt(((rows[:, None, :] - centres[None, :, :]) ** 2).sum(2)))
