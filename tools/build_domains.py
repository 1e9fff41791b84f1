"""Makes the shipped tables of well-known names from lists on disk.

    python tools/build_domains.py --lists DIR

DIR holds `misp-warninglists/` (MISP/misp-warninglists). `tools/known_services.csv` holds what
operators document and no list of DIR has. Writes `domains-popular.parquet`,
`domains-services.parquet` and `domains.csv` into `src/lynceus/enrich/data/`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from known_sources import write_sources  # noqa: E402

from lynceus.enrich.domains import public_suffixes  # noqa: E402
from lynceus.enrich.suffixes import SuffixTable, ascii_name, normal  # noqa: E402

DATA = ROOT / "src" / "lynceus" / "enrich" / "data"
LICENCE = "CC0-1.0"

# From strong to weak: of equal names the earlier list counts. Whether names under it count too.
SERVICES = (
    ("captive-portals", "Captive portal check", "captive_portal", False),
    ("crl-hostname", "Certificate status (CRL, OCSP)", "pki", False),
    ("whats-my-ip", "What is my address", "ip_check", True),
    ("url-shortener", "URL shortener", "url_shortener", True),
    ("dynamic-dns", "Dynamic DNS", "dynamic_dns", True),
    ("microsoft-office365", "Microsoft 365", "office", True),
    ("microsoft-win10-connection-endpoints", "Windows service endpoints", "telemetry", True),
    ("microsoft", "Microsoft", "vendor", True),
    ("google", "Google", "vendor", True),
)
# Portal checks live on names that serve everything else as well.
BROAD = {"apple.com", "www.apple.com", "www.google.com", "android.clients.google.com"}
# Microsoft lists its own certificate authorities' and CDNs' whole domains; they serve all comers.
SHARED = {
    "akamai.net",
    "g.akamai.net",
    "dscd.akamai.net",
    "akadns.net",
    "akamaihd.net",
    "entrust.net",
    "verisign.com",
    "www.digicert.com",
    "symcb.com",
    "cloudapp.net",
    "blob.core.windows.net",
    "azurewebsites.net",
    "cloudapp.azure.com",
    "windows.net",
}
TOP = (("majestic_million", "Majestic top 10,000"), ("cisco_top10k", "Cisco Umbrella top 10,000"))


def misp(lists: Path, name: str) -> tuple[list[str], str]:
    """Entries and version of a warning list."""
    path = lists / "misp-warninglists" / f"{name}.json"
    raw = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    content: dict[str, Any] = json.loads(raw)
    return [ascii_name(entry.strip()) for entry in content["list"]], str(content["version"])


def popular(lists: Path) -> tuple[pl.Series, list[dict[str, Any]]]:
    """Registered domains of the top lists, and a row of `domains.csv` for each list."""
    found, rows = [], []
    for name, title in TOP:
        entries, version = misp(lists, name)
        domains = public_suffixes().registered(pl.Series(entries)).drop_nulls().unique()
        found.append(domains)
        rows.append(
            source_row(
                title, "popular", f"MISP/misp-warninglists lists/{name}", version, len(domains)
            )
        )
    return pl.concat(found).unique().sort().rename("domain"), rows


def source_row(service: str, kind: str, source: str, date: str, entries: int) -> dict[str, Any]:
    """A row of `domains.csv`."""
    licence = LICENCE if "MISP" in source else "facts published by the operator"
    return {
        "service": service,
        "kind": kind,
        "source": source,
        "licence": licence,
        "date": date,
        "entries": entries,
    }


def services(lists: Path, first_id: int) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Names of services, and a row of `domains.csv` for each service."""
    frames, rows = [], []
    text = (ROOT / "tools" / "known_services.csv").read_text(encoding="utf-8")
    own = [r for r in csv.reader(text.splitlines()) if not r[0].startswith("#")]
    for service, kind in dict.fromkeys((r[1], r[2]) for r in own):
        domains = [r[0] for r in own if (r[1], r[2]) == (service, kind)]
        frames.append(named(domains, first_id + len(rows), False))
        rows.append(
            source_row(service, kind, "documentation of the operator", "2026-11", len(domains))
        )
    documented = SuffixTable([r[0] for r in own])
    for name, service, kind, under in SERVICES:
        entries, version = misp(lists, name)
        frame = named(entries, first_id + len(rows), not under)
        frame = frame.filter(pl.Series(documented.find(frame["domain"]) < 0))
        frames.append(frame)
        rows.append(
            source_row(service, kind, f"MISP/misp-warninglists lists/{name}", version, frame.height)
        )
    table = pl.concat(frames).unique("domain", keep="first", maintain_order=True)
    return table.sort("domain"), rows


def named(domains: list[str], number: int, exact: bool) -> pl.DataFrame:
    """Names of one service; shared ones are left out."""
    names = normal(pl.Series("domain", domains)).str.strip_chars_start("*.")
    frame = names.to_frame().filter(
        pl.col("domain").str.contains(r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$")
        & ~pl.col("domain").is_in(sorted(BROAD | SHARED))
    )
    return frame.unique(maintain_order=True).with_columns(
        pl.lit(number, pl.UInt8).alias("id"), pl.lit(exact).alias("exact")
    )


def main() -> None:
    """Reads the lists, writes the tables and prints the sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=Path, required=True)
    lists: Path = parser.parse_args().lists
    top, top_rows = popular(lists)
    table, rows = services(lists, len(top_rows))
    for name, frame in (("popular", top.to_frame()), ("services", table)):
        path = DATA / f"domains-{name}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=22, statistics=False)
        print(path.name, frame.height, path.stat().st_size)
    pl.DataFrame([*top_rows, *rows]).with_row_index("id").write_csv(DATA / "domains.csv")
    write_sources()


if __name__ == "__main__":
    main()
