"""Which device is behind an address of an incident, and where else that device was.

An asset that a source knows by its link address stays that asset at another address.
"""

from __future__ import annotations

import polars as pl

from lynceus.inventory.settled import FIELDS

FACTS: dict[str, pl.DataType] = {
    "device": pl.String(),
    "device_id": pl.String(),
    "device_evidence": pl.String(),
    "device_addresses": pl.String(),
    "device_joined_by": pl.String(),
    "device_conflict": pl.String(),
    "device_before": pl.String(),
    "device_class": pl.String(),
}
"""`device` is the host name it gives itself, `device_addresses` its other addresses,
`device_before` the device that had the address before, `device_class` its DHCP vendor class."""
MOST = 5
"""Other addresses of a device that are named."""


def identified(facts: pl.DataFrame, stays: pl.DataFrame, at_ns: int | None = None) -> pl.DataFrame:
    """Facts of addresses (`value`) with `FACTS`: of who is there last, up to a time where told."""
    if stays.is_empty():
        return facts.with_columns(pl.lit(None, kind).alias(name) for name, kind in FACTS.items())
    if at_ns is not None:
        stays = stays.filter((pl.col("from_ns") <= at_ns).fill_null(True))
    others = (
        stays.sort("until_ns", "host", descending=[True, False], nulls_last=True)
        .group_by("device", maintain_order=True)
        .agg(addresses=pl.col("host").unique(maintain_order=True))
    )
    last = (
        stays.sort("from_ns", nulls_last=False)
        .with_columns(
            before=pl.when(pl.col("device").shift(1).over("host") != pl.col("device")).then(
                pl.coalesce(
                    pl.col("name").shift(1).over("host"), pl.col("mac").shift(1).over("host")
                )
            )
        )
        .group_by("host", maintain_order=True)
        .last()
        .join(others, on="device", how="left")
    )
    elsewhere = pl.col("addresses").list.set_difference(pl.concat_list("host")).list.head(MOST)
    told = last.select(
        "host",
        device=pl.col("name"),
        device_id=pl.col("device"),
        device_evidence=pl.when(pl.col("evidence") != "").then("evidence"),
        device_addresses=pl.when(elsewhere.list.len() > 0).then(elsewhere.list.join(", ")),
        device_joined_by="joined_by",
        device_conflict="conflict",
        device_before="before",
        device_class=pl.col("vendor_class").list.first(),
    )
    return facts.join(told, left_on="value", right_on="host", how="left", maintain_order="left")


def by_link_address(facts: pl.DataFrame, stays: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Fills in the asset of devices that a source knows by their link address alone.

    `rows` are assets as sources say them, with `macs`; what is known by the address goes before.
    """
    if stays.is_empty() or rows.is_empty() or "device_id" not in facts.columns:
        return facts
    macs = stays.drop_nulls("mac").unique("device", keep="last", maintain_order=True)
    known = (
        rows.explode("macs")
        .drop_nulls("macs")
        .sort("confidence", "refreshed_ns", "source", descending=[True, True, False])
        .unique("macs", keep="first", maintain_order=True)
    )
    named = {own: f"of_mac_{fact}" for own, fact in FIELDS.items()}
    found = macs.select("device", "mac").join(
        known.select("macs", "source", *FIELDS).rename(named), left_on="mac", right_on="macs"
    )
    joined = facts.join(
        found.rename({"source": "of_mac_source"}), left_on="device_id", right_on="device",
        how="left", maintain_order="left",
    )  # fmt: skip
    alone = pl.col("asset").is_null() & pl.col("of_mac_asset").is_not_null()
    filled = [
        pl.when(alone).then(f"of_mac_{fact}").otherwise(fact).alias(fact)
        for fact in FIELDS.values()
    ]
    source = pl.format("{} (by link address {})", "of_mac_source", "mac")
    own = pl.when(alone).then(source).otherwise("asset_source").alias("asset_source")
    return joined.with_columns(*filled, own).select(facts.columns)
