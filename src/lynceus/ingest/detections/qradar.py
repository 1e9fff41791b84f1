"""IBM QRadar: offences, as its REST API gives them (`/api/siem/offenses`)."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import objects
from lynceus.ingest.json_structs import structs

TEXT = pl.String()
MARK = r'"offense_(?:type|source)"\s*:'
SHAPE: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("id", "description", "severity", "magnitude", "credibility", "relevance", "status",
         "start_time", "last_updated_time", "offense_type", "offense_source", "event_count",
         "source_network", "offense_type_name"), TEXT),
    "categories": pl.List(TEXT),
    "rules": pl.List(pl.Struct({"id": TEXT})),
    "log_sources": pl.List(pl.Struct({"name": TEXT, "type_name": TEXT})),
}  # fmt: skip

SOURCE_ADDRESS, DESTINATION_ADDRESS = ("0", "10"), ("1", "11")
USER, HOST = "3", "7"
"""What the source of an offence is, by its type: the numbers that the API documents."""


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One alert an offence: told at its last change, since it grows as it goes on."""
    told = structs(objects(lines), SHAPE)[0]
    kind, source = pl.col("offense_type"), pl.col("offense_source")
    return told.select(
        lines["line"],
        written=pl.coalesce("last_updated_time", "start_time"),
        orig_h=pl.when(kind.is_in(SOURCE_ADDRESS)).then(source),
        resp_h=pl.when(kind.is_in(DESTINATION_ADDRESS)).then(source),
        sensor=pl.col("log_sources").list.first().struct.field("name"),
        alert_id="id",
        signature=pl.col("description").str.replace_all(r"\s+", " ").str.strip_chars(),
        signature_id=pl.col("rules").list.first().struct.field("id"),
        category=pl.col("categories").list.first(),
        severity="severity",
        score="magnitude",
        action="status",
        username=pl.when(kind == USER).then(source),
        hostname=pl.when(kind == HOST).then(source),
        message=pl.when(pl.col("event_count").is_not_null()).then(
            pl.format("{} events", "event_count")
        ),
        vendor=pl.lit("ibm"),
        product=pl.lit("qradar"),
        flow=pl.lit(value=False),
    )
