"""DNS tunnels by the tool that made them, and captures of ordinary look-ups.

A capture of a tunnel is found where `dns_tunnel` says medium or above; a capture of ordinary
look-ups is silent where no detector of names (`dns_tunnel`, `dga`, `doh_tunnel`) says so.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from oracles import AbsentError, OracleTable, analysed, from_on

MORE = ("ndpi-apps/dns-tunnel-iodine.pcap", "ndpi-apps/dns_exfiltration.pcap")
"""Further tunnels, named as such by those who captured them; one of a single question is left out:
a single name is never an incident."""

OF_NAMES = ("dns_tunnel", "dga", "doh_tunnel")


def table(data: Path) -> OracleTable:
    """All captures of tunnels and of ordinary look-ups."""
    folder = data / "dns-tunnel"
    if not folder.is_dir():
        raise AbsentError("no dns-tunnel in the data")
    captures = [path for path in sorted(folder.iterdir()) if ".pcap" in path.name]
    captures += [
        path for name in MORE for path in (data / name, data / f"{name}.gz") if path.exists()
    ]
    rows = pl.DataFrame(
        [_told(path) for path in captures],
        orient="row",
        schema=["capture", "holds", "severity", "score", "told", "as_it_must"],
    )
    tunnels, right = rows["holds"] == "tunnel", rows["as_it_must"]
    found, flagged = int((right & tunnels).sum()), int((~right & ~tunnels).sum())
    return OracleTable(
        title="DNS tunnels and ordinary look-ups",
        must_show="every tunnel tool found, no ordinary capture flagged",
        rows=rows,
        verdict=bool(right.all()) and bool(tunnels.any()),
        summary=f"{found} of {int(tunnels.sum())} tunnels found, "
        f"{flagged} of {int((~tunnels).sum())} ordinary captures flagged",
    )


def _told(path: Path) -> tuple[str, str, str, float, str, bool]:
    ordinary = path.name.startswith("normal")
    loud = analysed(path).findings.filter(
        pl.col("detector").is_in(OF_NAMES if ordinary else OF_NAMES[:1]),
        pl.col("severity").is_in(from_on("medium")),
    )
    best = loud.sort("score", descending=True).head(1).to_dicts()
    first = best[0] if best else {"severity": "-", "score": 0.0, "because": "-"}
    kind = "ordinary" if ordinary else "tunnel"
    return (
        path.name,
        kind,
        first["severity"],
        first["score"],
        first["because"],
        (not best) == ordinary,
    )
