"""What Suricata says it has lost: counters of its `stats` records, which run since it started."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account

COUNTERS = {
    "sensor_packets": ("capture", "kernel_packets"),
    "sensor_packets_dropped": ("capture", "kernel_drops"),
    "sensor_tcp_gaps": ("tcp", "reassembly_gap"),
    "sensor_segments_dropped": ("tcp", "segment_memcap_drop"),
    "sensor_flows_dropped": ("flow", "memcap"),
}
"""Notes and the counters they are of."""


def note_losses(records: pl.DataFrame | None, account: Account) -> None:
    """Notes how much the counters rose while the records were written.

    A counter that falls was begun anew with the sensor. What the first record of a sensor holds
    counts where the sensor was started since the record before, as its uptime shows, or where it is
    the only one.
    """
    if records is None or records.is_empty():
        return
    stats = pl.col("stats").struct
    told = records.select(
        "ts_ns",
        pl.col("host").fill_null(""),
        stats.field("uptime").cast(pl.Float64, strict=False).alias("uptime_s"),
        *(
            stats.field(part).struct.field(name).cast(pl.Int64, strict=False).alias(note)
            for note, (part, name) in COUNTERS.items()
        ),
    ).sort("host", "ts_ns")
    step_s = (pl.col("ts_ns").diff().over("host")).median() / 1e9
    young = (pl.col("uptime_s") <= 2 * step_s).fill_null(value=False)
    alone = pl.len().over("host") == 1
    rises = []
    for note in COUNTERS:
        value = pl.col(note)
        before = value.shift(1).over("host")
        first = pl.when(young | alone).then(value).otherwise(0)
        rise = pl.when(value >= before).then(value - before).otherwise(value)
        rises.append(pl.when(before.is_null()).then(first).otherwise(rise).sum().alias(note))
    risen = {
        note: max(0, int(count or 0))
        for note, count in told.select(rises).row(0, named=True).items()
    }
    for note, count in risen.items():
        account.note(note, count)
    # The kernel counts what it dropped among its packets.
    dropped = risen["sensor_packets_dropped"]
    account.miss("packets", risen["sensor_packets"] - dropped, dropped)
