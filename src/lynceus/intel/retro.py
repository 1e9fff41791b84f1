"""Looks for new indicators in what the lake has stored: what was met before anybody listed it.

The stored flows and events go through the detector `known_bad` as they did, with the new indicators
alone; what it finds becomes incidents that say how long ago it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from lynceus import correlate, enrich
from lynceus.detect.known_bad import KnownBad
from lynceus.engine import Engine
from lynceus.enrich.home import infer_home
from lynceus.enrich.intel import Indicators, merged
from lynceus.incident import Incident, Sentence
from lynceus.intel.store import IntelStore
from lynceus.records import EVENT_SCHEMAS, FINDING_SCHEMA, FLOW_SCHEMA, Batch
from lynceus.store.lake import HOUR_NS, Hour, Lake, read

EVENTS = ("dns", "tls", "quic", "http")
"""The tables in which indicators may be met beside the flows."""
DAY_NS = 24 * HOUR_NS


def new_since(store: IntelStore, since_ns: int | None) -> Indicators:
    """The indicators that the store has heard of after a time; all of them without one."""
    rows = store.rows()
    if since_ns is not None:
        rows = rows.filter(pl.col("added_ns") > since_ns)
    return Indicators(merged(rows.drop("added_ns")))


def retro_hunt(  # noqa: PLR0913 - each is one thing a person may say
    indicators: Indicators,
    lake: Lake,
    now_ns: int,
    *,
    days: int | None = None,
    home: Sequence[str] = (),
    assets: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Incident]:
    """Incidents of indicators that were met in the last `days`, or ever since the lake begins.

    `now_ns` is what the ages of the incidents are told by.
    """
    if indicators.table.is_empty():
        return []
    first_ns = None if days is None else now_ns - days * DAY_NS
    hours = [h for h in _hours(lake) if first_ns is None or (h.start_ns or 0) >= first_ns]
    if not hours:
        return []
    known = infer_home(_flows(lake, hours[0]), {}, named=tuple(home))
    engine = Engine({"known_bad": KnownBad()}, enrich.enrichers(known, indicators, assets))
    found = [pl.DataFrame(schema=FINDING_SCHEMA)]
    for number, hour in enumerate(hours, start=1):
        found.append(engine.advance(_batch(lake, hour)))
        if progress:
            progress(number / len(hours))
    found.append(engine.finish())
    findings = pl.concat(found)
    ends = pl.concat([findings["orig_h"], findings["resp_h"].rename("orig_h")])
    facts = engine.facts.of("address", ends.drop_nulls().unique()).sort("value")
    told = correlate.incidents(findings, facts=facts)
    return [_aged(incident, now_ns) for incident in told]


def _hours(lake: Lake) -> list[Hour]:
    """The hours of the lake in which there is anything to look at."""
    hours = {hour for table in ("flows", *EVENTS) for hour in lake.hours(table)}
    return sorted(hour for hour in hours if hour.start_ns is not None)


def _flows(lake: Lake, hour: Hour) -> pl.DataFrame:
    return read("flows", lake.files("flows", hour)).collect()


def _batch(lake: Lake, hour: Hour) -> Batch:
    flows = _flows(lake, hour)
    events = {table: read(table, lake.files(table, hour)).collect() for table in EVENTS}
    return Batch(
        flows if flows.height else pl.DataFrame(schema=FLOW_SCHEMA),
        {t: rows.select(EVENT_SCHEMAS[t].names()) for t, rows in events.items() if rows.height},
        watermark_ns=(hour.start_ns or 0) + HOUR_NS,
    )


def _aged(incident: Incident, now_ns: int) -> Incident:
    """The incident with a sentence that says how long ago it was."""
    if incident.last_seen is None:
        return incident
    last = datetime.fromisoformat(incident.last_seen)
    days = (datetime.fromtimestamp(now_ns / 1e9, UTC) - last).days
    ago = "today" if days < 1 else "1 day ago" if days == 1 else f"{days:,} days ago"
    text = f"This was seen {ago} and is told now, for the list knew it only later."
    sentence = Sentence(text=text, findings=(incident.findings[0].id,), about="when")
    return incident.model_copy(
        update={
            "title": f"{incident.title}, seen {ago}",
            "summary": f"{text} {incident.summary}",
            "sentences": (sentence, *incident.sentences),
        }
    )
