"""Traffic that was kept, read for what it says of devices: a result directory, or a lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from lynceus.enrich.home import infer_home
from lynceus.inventory.observed import SCHEMA, merged, observed
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform
from lynceus.store.lake import Lake, read

TABLES = ("arp", "dhcp", "dns", "kerberos", "ntlm", "tls", "rdp", "snmp")
"""The events that devices tell of themselves in."""


def kept(folder: Path, home: Sequence[str] = ()) -> pl.DataFrame:
    """What devices say of themselves in all that is kept there, in `observed.SCHEMA`.

    Raises ValueError on a folder that holds no traffic.
    """
    found = [pl.DataFrame(schema=SCHEMA)]
    inside: Sequence[str] = tuple(home)
    for batch in _batches(folder):
        inside = inside or infer_home(batch.flows, batch.events).networks
        found.append(observed(batch.flows, batch.events, inside))
    if len(found) == 1:
        raise ValueError(
            f"{folder}: holds no flows; expected what `lynceus analyze --out` or a lake has kept"
        )
    return merged(pl.concat(found))


def _batches(folder: Path) -> Iterator[Batch]:
    """An analysis is one batch, a lake one an hour."""
    whole = folder / "flows.parquet"
    if whole.is_file():
        events = {
            table: conform(pl.read_parquet(path), EVENT_SCHEMAS[table])
            for table in TABLES
            if (path := folder / "events" / f"{table}.parquet").is_file()
        }
        yield Batch(conform(pl.read_parquet(whole), FLOW_SCHEMA), events)
        return
    lake = Lake(folder)
    hours = sorted({hour for table in ("flows", *TABLES) for hour in lake.hours(table)})
    for hour in hours:
        told = {
            table: read(table, files).collect()
            for table in TABLES
            if (files := lake.files(table, hour))
        }
        flows = lake.files("flows", hour)
        none = pl.DataFrame(schema=FLOW_SCHEMA)
        yield Batch(read("flows", flows).collect() if flows else none, told)
