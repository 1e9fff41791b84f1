"""Makes the shipped table of well-known networks from lists on disk.

    python tools/build_networks.py --lists DIR

DIR holds `misp-warninglists/` (MISP/misp-warninglists) and `tor/` (alireza-rezaee/tor-nodes).
`tools/published_networks.csv` holds what their operators publish and no list of DIR has. Writes
`src/lynceus/enrich/data/networks-v4.parquet`, `networks-v6.parquet` and `networks.csv`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from known_sources import write_sources  # noqa: E402

from lynceus.enrich.prefixes import PrefixTable  # noqa: E402

DATA = ROOT / "src" / "lynceus" / "enrich" / "data"
TOR_DATE = "2026-08"


@dataclass(frozen=True)
class KnownList:
    """One list: its file, the name and kind of its networks."""

    file: str
    network: str
    kind: str


# From weak to strong: where two overlap, the later one counts, whatever their prefix lengths.
LISTS = (
    KnownList("vpn-ipv4", "hosting-or-vpn", "hosting"),
    KnownList("vpn-ipv6", "hosting-or-vpn", "hosting"),
    KnownList("ovh-cluster", "ovh", "hosting"),
    KnownList("public-dns-v4", "open-resolver", "open_resolver"),
    KnownList("public-dns-v6", "open-resolver", "open_resolver"),
    # Parking pages and sinkholes move, and CDN addresses are shared by many: weaker than the CDN.
    KnownList("parking-domain", "domain-parking", "parking"),
    KnownList("apple", "apple", "saas"),
    KnownList("published:google", "google", "saas"),
    KnownList("published:meta", "meta", "saas"),
    KnownList("published:github", "github", "saas"),
    KnownList("published:dropbox", "dropbox", "saas"),
    KnownList("published:microsoft", "microsoft", "saas"),
    KnownList("wikimedia", "wikimedia", "saas"),
    KnownList("zscaler", "zscaler", "saas"),
    KnownList("google-gcp", "google-cloud", "cloud"),
    KnownList("amazon-aws", "amazon-aws", "cloud"),
    KnownList("microsoft-azure", "microsoft-azure", "cloud"),
    KnownList("microsoft-azure-china", "microsoft-azure", "cloud"),
    KnownList("microsoft-azure-germany", "microsoft-azure", "cloud"),
    KnownList("microsoft-azure-us-gov", "microsoft-azure", "cloud"),
    KnownList("microsoft-office365-ip", "microsoft-365", "saas"),
    KnownList("microsoft-office365-cn", "microsoft-365", "saas"),
    KnownList("sinkholes", "sinkhole", "sinkhole"),
    KnownList("stackpath", "stackpath", "cdn"),
    KnownList("akamai", "akamai", "cdn"),
    KnownList("fastly", "fastly", "cdn"),
    KnownList("cloudflare", "cloudflare", "cdn"),
    KnownList("googlebot", "googlebot", "crawler"),
    KnownList("openai-gptbot", "gptbot", "crawler"),
    KnownList("icloud-private-relay", "icloud-private-relay", "vpn"),
    KnownList("umbrella-blockpage-v4", "umbrella-blockpage", "blockpage"),
    KnownList("umbrella-blockpage-v6", "umbrella-blockpage", "blockpage"),
    *(
        KnownList(f"published:{name}", name, "resolver")
        for name in (
            "google-dns",
            "cloudflare-dns",
            "quad9",
            "opendns",
            "adguard-dns",
            "yandex-dns",
            "level3-dns",
            "ultradns",
            "alidns",
            "dnspod",
            "114dns",
            "cleanbrowsing",
        )
    ),
    KnownList("tor:all", "tor-relay", "tor_relay"),
    KnownList("tor:exits", "tor-exit", "tor_exit"),
)


def text_of(path: Path) -> str:
    """Text of a file, or of its gzip-compressed twin."""
    if path.exists():
        return path.read_text(encoding="utf-8")
    return gzip.decompress(path.with_name(path.name + ".gz").read_bytes()).decode("utf-8")


def entries(known: KnownList, lists: Path) -> tuple[list[str], dict[str, str]]:
    """Networks of a list, and where they come from: source, licence, date."""
    origin, _, name = known.file.rpartition(":")
    if origin == "published":
        lines = (ROOT / "tools" / "published_networks.csv").read_text(encoding="utf-8")
        rows = [r for r in csv.reader(lines.splitlines()) if not r[0].startswith("#")]
        mine = [r for r in rows if r[1] == name]
        told = {"source": mine[0][2], "licence": "facts published by the operator"}
        return [r[0] for r in mine], {**told, "date": mine[0][3]}
    if origin == "tor":
        rows = list(csv.reader(text_of(lists / "tor" / f"{name}.csv").splitlines()))[1:]
        told = {"source": f"alireza-rezaee/tor-nodes latest.{name}.csv", "licence": "MIT"}
        return [r[1].strip() for r in rows], {**told, "date": TOR_DATE}
    content: dict[str, Any] = json.loads(text_of(lists / "misp-warninglists" / f"{name}.json"))
    told = {"source": f"MISP/misp-warninglists lists/{name}", "licence": "CC0-1.0"}
    return [e.strip() for e in content["list"]], {**told, "date": str(content["version"])}


def ranges_frame(starts: Any, owners: Any, names: pl.Series, family: int) -> pl.DataFrame:
    """Disjoint ranges as rows: first address (and its high and low half for IPv6), network."""
    network = names.gather(pl.Series(np.maximum(owners, 0)).cast(pl.UInt32))
    network = pl.DataFrame({"n": network, "o": owners}).select(
        pl.when(pl.col("o") >= 0).then("n").cast(pl.UInt16).alias("network")
    )["network"]
    if family == 4:
        frame = pl.DataFrame({"first": pl.Series(starts), "network": network})
    else:
        wide = np.ascontiguousarray(starts.astype("S17")).view(np.uint8).reshape(-1, 17)[:, 1:]
        halves = np.ascontiguousarray(wide).view(">u8").astype(np.uint64)
        frame = pl.DataFrame(
            {"first_hi": halves[:, 0], "first_lo": halves[:, 1], "network": network}
        )
    changed = pl.col("network").ne_missing(pl.col("network").shift()) | (
        pl.int_range(pl.len()) == 0
    )
    frame = frame.filter(changed)
    return frame.cast({"first": pl.UInt32}) if family == 4 else frame


def main() -> None:
    """Reads the lists, flattens them, writes the tables and prints the sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=Path, required=True)
    lists: Path = parser.parse_args().lists
    texts: list[str] = []
    rank: list[int] = []
    table: list[dict[str, Any]] = []
    for number, known in enumerate(LISTS):
        networks, told = entries(known, lists)
        texts += networks
        rank += [number] * len(networks)
        table.append(
            {"network": known.network, "kind": known.kind, **told, "entries": len(networks)}
        )
    prefixes = PrefixTable(texts, np.array(rank, dtype=np.int64))
    if len(prefixes.unreadable):
        print("unreadable:", [texts[i] for i in prefixes.unreadable[:10]])
    names = pl.Series(rank, dtype=pl.UInt16)
    for family, (starts, owners) in zip((4, 6), prefixes.ranges(), strict=True):
        frame = ranges_frame(starts, owners, names, family)
        path = DATA / f"networks-v{family}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=22, statistics=False)
        print(path.name, frame.height, path.stat().st_size)
    pl.DataFrame(table).with_row_index("id").write_csv(DATA / "networks.csv")
    write_sources()


if __name__ == "__main__":
    main()
