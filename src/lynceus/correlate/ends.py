"""What the two ends of a finding are: inside or outside, and in which role.

A detector sees one phenomenon and says who plays which role in it. Here that is set right by what
is known about the addresses: a host attacked from outside is a victim and never infected, and an
address for many (multicast, broadcast) is nobody's victim.
"""

from __future__ import annotations

import ipaddress
import math

import polars as pl

from lynceus.services import service_key

ATTEMPT_TACTICS = ("reconnaissance", "discovery", "initial-access", "credential-access")
"""Tactics whose findings from outside are attempts as long as nothing says that one succeeded."""

ENTRY_TACTICS = ("initial-access", "execution", "credential-access", "lateral-movement")
"""Tactics after which the attacked host may be the attacker's."""

_SUCCESS = r'"[a-z_]*succe[a-z_]*": ?(?:true|[1-9]|0\.0*[1-9])'
"""An evidence number or flag named for success that is neither 0 nor false."""

VALID_ACCOUNTS = "T1078"
"""ATT&CK technique of a login that worked: a detector that names it says that an attempt did."""

_TO_MANY = ("multicast", "broadcast", "unspecified")


def with_ends(findings: pl.DataFrame, facts: pl.DataFrame | None) -> pl.DataFrame:
    """Adds `orig_inside`, `resp_inside`, `success`, `attempt`, `start_ns`, `stop_ns`, `svc`.

    Roles are corrected in place. `inside` is null where nobody knows.
    """
    known = _facts(findings, facts)
    for end in ("orig", "resp"):
        renamed = known.select(
            pl.col("address").alias(f"{end}_h"),
            pl.col("inside").alias(f"{end}_inside"),
            pl.col("class").is_in(_TO_MANY).fill_null(False).alias(f"{end}_many"),
        )
        findings = findings.join(renamed, on=f"{end}_h", how="left", maintain_order="left")
    from_outside = (
        pl.when(pl.col("orig_h").is_null())
        .then(~pl.col("severity").is_in(["high", "critical"]))
        .otherwise(~pl.col("orig_inside"))
    )
    inbound = from_outside & pl.col("resp_inside").fill_null(pl.col("resp_h").is_null())
    orig, resp = pl.col("orig_role").fill_null("unknown"), pl.col("resp_role").fill_null("unknown")
    worked = pl.col("techniques").list.eval(pl.element().str.starts_with(VALID_ACCOUNTS)).list.any()
    success = pl.col("tactic").is_in(ENTRY_TACTICS) & (
        pl.col("evidence").str.contains(_SUCCESS).fill_null(False) | worked.fill_null(False)
    )
    return findings.with_columns(
        orig_role=pl.when(~pl.col("orig_inside") & (orig == "infected"))
        .then(pl.lit("attacker"))
        .otherwise(orig),
        resp_role=pl.when(pl.col("resp_many"))
        .then(pl.lit("unknown"))
        .when(inbound & (resp == "infected"))
        .then(pl.lit("victim"))
        .otherwise(resp),
        success=success.fill_null(False),
        start_ns=pl.coalesce("first_seen_ns", "window_start_ns"),
        stop_ns=pl.coalesce("last_seen_ns", "first_seen_ns", "window_end_ns", "window_start_ns"),
        svc=service_key(),
    ).with_columns(
        attempt=(inbound & pl.col("tactic").is_in(ATTEMPT_TACTICS) & ~pl.col("success")).fill_null(
            False
        ),
        stop_ns=pl.max_horizontal("start_ns", "stop_ns"),
    )


def _facts(findings: pl.DataFrame, facts: pl.DataFrame | None) -> pl.DataFrame:
    """`address`, `inside` and `class`, one row an address."""
    if facts is None:
        ends = pl.concat([findings["orig_h"], findings["resp_h"].alias("orig_h")])
        return addressed(ends.drop_nulls().unique().sort())
    if "address" not in facts.columns:
        facts = facts.rename({"value": "address"})
    wanted = {"address": pl.String, "inside": pl.Boolean, "class": pl.String}
    return facts.select(
        (pl.col(name).cast(dtype) if name in facts.columns else pl.lit(None, dtype)).alias(name)
        for name, dtype in wanted.items()
    ).unique("address", keep="first", maintain_order=True)


def addressed(addresses: pl.Series) -> pl.DataFrame:
    """What the address alone tells where nobody enriched it: private ones are inside."""
    inside: list[bool | None] = []
    classes: list[str | None] = []
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            inside.append(None)
            classes.append(None)
            continue
        to_many = address.is_multicast or text == "255.255.255.255"
        classes.append("multicast" if to_many else None)
        inside.append(None if to_many else not address.is_global)
    return pl.DataFrame(
        {"address": addresses, "inside": inside, "class": classes},
        schema={"address": pl.String, "inside": pl.Boolean, "class": pl.String},
    )


def number(value: object) -> float | None:
    """A finite number that evidence holds, else None. Truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
