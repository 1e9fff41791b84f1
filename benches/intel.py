"""Five million indicators: how long they load, how fast flows meet them, in how much memory.

    python benches/intel.py --indicators 5000000 --flows 1000000

Makes indicators (seeded: addresses, networks of both families, names, pages, JA3, certificates)
and flows of which one in fifty meets one. In one run on one core, each in a process of its own:
Lynceus, a loop over flows with sets and dictionaries of Python, and a join of DuckDB. Told are
seconds of CPU, flows a second of the best of three, and the most memory a process held. The two
others are asked for less: addresses and whole names, neither networks nor names under names.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

FOLDER = Path("build/bench/intel")
SEED = 7
SHARES = {"address": 0.62, "network": 0.05, "address6": 0.03, "domain": 0.22, "url": 0.04,
          "ja3": 0.02, "certificate": 0.02}  # fmt: skip
REPEATED = 200_000
"""Hosts that repeated traffic is between, used as unevenly as real ones."""


def dotted(numbers: pl.Series) -> pl.Series:
    """IPv4 addresses as text."""
    n = pl.col("n")
    parts = (n // 2**24, n // 2**16 % 256, n // 256 % 256, n % 256)
    text = pl.format("{}.{}.{}.{}", *parts)
    return pl.DataFrame({"n": numbers}).select(text.alias("text"))["text"]


def addresses(rng: np.random.Generator, count: int) -> pl.Series:
    """Public IPv4 addresses as text."""
    return dotted(pl.Series(rng.integers(0x0B000000, 0x63FFFFFF, count)))


def hexes(rng: np.random.Generator, count: int, digits: int) -> pl.Series:
    """Digests as text."""
    return pl.Series([rng.bytes(digits // 2).hex() for _ in range(count)])


def names(rng: np.random.Generator, count: int) -> pl.Series:
    """Names of hosts: three labels, of which many share the last two."""
    numbers = rng.integers(0, 2**40, count)
    frame = pl.DataFrame({"a": numbers, "b": numbers % (count // 3 + 1)})
    return frame.select(x=pl.format("h{}.zone{}.example", "a", "b"))["x"]


def make(count: int) -> Path:
    """Writes the matching form of so many indicators, as `lynceus intel update` does."""
    from lynceus.enrich.indicator import MATCHING_SCHEMA
    from lynceus.records import conform

    path = FOLDER / f"matching-{count}.parquet"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    parts = []
    for of, share in SHARES.items():
        n = int(count * share)
        kind, text = of, addresses(rng, n)
        if of == "network":
            bits = pl.Series(rng.integers(16, 30, n)).cast(pl.String)
            kind, text = "address", text + "/" + bits
        elif of == "address6":
            words = rng.integers(0, 2**16, (n, 3))
            text = pl.Series([f"2a00:{a:x}:{b:x}::{c:x}" for a, b, c in words.tolist()])
            kind = "address"
        elif of in ("domain", "url"):
            text = names(rng, n) + ("/a.exe" if of == "url" else "")
        elif of in ("ja3", "certificate"):
            text = hexes(rng, n, 32 if of == "ja3" else 64)
        parts.append(pl.DataFrame({"indicator": text}).with_columns(kind=pl.lit(kind)))
    table = pl.concat(parts).unique(["kind", "indicator"], maintain_order=True)
    table = table.with_columns(
        indicator_name=pl.lit("family ") + (pl.int_range(pl.len()) % 500).cast(pl.String),
        indicator_source=pl.lit("feed ") + (pl.int_range(pl.len()) % 20).cast(pl.String),
        indicator_confidence=pl.lit(0.8),
        indicator_seen_ns=pl.lit(1_767_225_600 * 10**9),
    ).with_columns(pl.col("kind").cast(MATCHING_SCHEMA["kind"]))
    table = table.sort("kind", maintain_order=True)
    conform(table, MATCHING_SCHEMA).write_parquet(path, row_group_size=262_144)
    return path


def flows(indicators: Path, count: int, repeated: bool) -> Path:
    """Writes flows: two addresses, every third with a name, every tenth with a JA3."""
    path = FOLDER / f"flows-{count}-{'repeated' if repeated else 'distinct'}.parquet"
    if path.exists():
        return path
    rng = np.random.default_rng(SEED + 1)
    known = pl.read_parquet(indicators, columns=["kind", "indicator"])
    kinds = known["kind"].cast(pl.String)
    bad = {k: known["indicator"].filter(kinds == k) for k in ("address", "domain", "ja3")}
    pool = rng.integers(0x64000000, 0xDF000000, REPEATED)
    picks = (rng.pareto(1.1, (2, count)) * 50).astype(np.int64) % REPEATED
    ends = pool[picks] if repeated else rng.integers(0x64000000, 0xDF000000, (2, count))
    met = rng.random(count) < 0.02
    some = bad["address"].filter(~bad["address"].str.contains("[/:]"))
    listed = some.gather(rng.integers(0, len(some), count))
    asked = names(rng, count)
    known_names = bad["domain"].gather(rng.integers(0, len(bad["domain"]), count))
    numbers = np.arange(count)
    frame = pl.DataFrame(
        {
            "orig_h": dotted(pl.Series(ends[0])),
            "resp_h": dotted(pl.Series(ends[1])),
            "listed": listed,
            "met": met,
            "name": asked,
            "known": "www." + known_names,
            "third": numbers % 3 == 0,
            "ja3": bad["ja3"].gather(rng.integers(0, len(bad["ja3"]), count)),
            "tenth": numbers % 10 == 0,
        }
    )
    frame.select(
        "orig_h",
        resp_h=pl.when("met").then("listed").otherwise("resp_h"),
        name=pl.when("third").then(pl.when("met").then("known").otherwise("name")),
        ja3=pl.when(pl.col("tenth") & pl.col("met")).then("ja3"),
    ).write_parquet(path)
    return path


Matcher = Callable[[pl.DataFrame], int]
"""Gives the number of flows that meet an indicator by an end, a name or a JA3."""


def lynceus(path: Path) -> Matcher:
    """What an analysis does: the enrichers of indicators, joined to the rows of batches."""
    from lynceus.enrich.indicator import MATCHING_SCHEMA
    from lynceus.enrich.intel import Indicators
    from lynceus.enrich.prefixes import parse
    from lynceus.records import conform

    table = conform(pl.read_parquet(path, low_memory=True), MATCHING_SCHEMA)
    known = Indicators.lean(table).made_ready()

    def matched(rows: pl.DataFrame) -> int:
        ends = pl.concat([rows["orig_h"], rows["resp_h"].rename("orig_h")])
        met = known.networks.find(parse(ends)).reshape(2, -1).max(axis=0) >= 0
        named = rows["name"].is_not_null().arg_true().to_numpy()
        met[named] |= known.names.find(rows["name"].gather(named)) >= 0
        printed = rows["ja3"].is_not_null().arg_true().to_numpy()
        met[printed] |= known.texts["ja3"].find(rows["ja3"].gather(printed)) >= 0
        return int(met.sum())

    return matched


def python(path: Path) -> Matcher:
    """Sets of whole texts, and a loop over the flows."""
    table = pl.read_parquet(path, columns=["kind", "indicator", "indicator_name"])
    kinds = table["kind"].cast(pl.String)
    held: dict[str, dict[str, str]] = {}
    for kind in ("address", "domain", "ja3"):
        rows = table.filter(kinds == kind)
        held[kind] = dict(
            zip(rows["indicator"], rows["indicator_name"].cast(pl.String), strict=True)
        )

    def matched(rows: pl.DataFrame) -> int:
        found, ends, domains, prints = 0, held["address"], held["domain"], held["ja3"]
        for orig_h, resp_h, name, ja3 in rows.iter_rows():
            above = name
            while above and above not in domains:
                above = above.partition(".")[2]
            if orig_h in ends or resp_h in ends or above or ja3 in prints:
                found += 1
        return found

    return matched


def duckdb_join(path: Path) -> Matcher:
    """Hash joins of whole texts."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.execute(
        f"create table known as select kind::varchar as kind, indicator from '{path}'"  # noqa: S608
    )

    def matched(rows: pl.DataFrame) -> int:
        connection.register("traffic", rows.to_arrow())
        asked = (
            "select count(*) from traffic r"
            " left join known a on a.kind = 'address' and a.indicator = r.orig_h"
            " left join known b on b.kind = 'address' and b.indicator = r.resp_h"
            " left join known c on c.kind = 'domain' and c.indicator = r.name"
            " left join known d on d.kind = 'domain'"
            "  and d.indicator = regexp_replace(r.name, '^[^.]*[.]', '')"
            " left join known e on e.kind = 'ja3' and e.indicator = r.ja3"
            " where coalesce(a.kind, b.kind, c.kind, d.kind, e.kind) is not null"
        )
        return int(connection.execute(asked).fetchall()[0][0])

    return matched


WAYS: dict[str, Callable[[Path], Matcher]] = {
    "lynceus": lynceus,
    "python": python,
    "duckdb": duckdb_join,
}
BATCH = 131_072
"""Flows that are matched at once: what the engine does."""


def measured(way: str, indicators: Path, *traffic: Path) -> dict[str, Any]:
    """Loads and matches in this process, on one core."""
    began = time.process_time()
    wall = time.perf_counter()
    matcher = WAYS[way](indicators)
    told: dict[str, Any] = {"load_cpu_s": round(time.process_time() - began, 2)}
    told["load_s"] = round(time.perf_counter() - wall, 2)
    for path in traffic:
        rows = pl.read_parquet(path)
        best, found = float("inf"), 0
        for _ in range(3):
            began = time.process_time()
            found = sum(matcher(batch) for batch in rows.iter_slices(BATCH))
            best = min(best, time.process_time() - began)
        of = path.stem.rpartition("-")[2]
        told |= {f"{of}_flows_s": int(rows.height / best), f"{of}_met": found}
    told["peak_MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return told


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=5_000_000)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--way", choices=WAYS)
    given = parser.parse_args()
    indicators = make(given.indicators)
    traffic = [flows(indicators, given.flows, repeated) for repeated in (True, False)]
    if given.way:
        sys.stdout.write(json.dumps(measured(given.way, indicators, *traffic)) + "\n")
        return
    for way in WAYS:
        asked = [sys.executable, __file__, "--way", way]
        asked += ["--indicators", str(given.indicators), "--flows", str(given.flows)]
        one_core = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment = {**os.environ, **one_core}
        done = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment)
        sys.stdout.write(f"{way:8} {done.stdout.strip()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
