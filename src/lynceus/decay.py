"""How much an indicator still counts after a while: the rule of MISP's decaying models.

    kept = 1 - (age / lifetime) ** (1 / speed)

`age` is the time since a source last said it, `lifetime` the time after which it says nothing more
(S. Mokaddem, G. Wagener, A. Dulaunoy, A. Iklody: "Taxonomy driven indicator scoring in MISP threat
intelligence platforms", arXiv:1902.03914). With a `speed` of 0.5 half of the lifetime leaves three
quarters.
"""

from __future__ import annotations

import polars as pl

DAY_NS = 86_400 * 10**9

LIFETIME_DAYS: dict[str, float] = {
    "address": 90.0,
    "domain": 365.0,
    "url": 90.0,
    "ja3": 1095.0,
    "ja4": 1095.0,
    "certificate": 1095.0,
}
"""Days after which an indicator of a kind that nobody has said again counts for nothing. Addresses
change hands within weeks, names within a year; a fingerprint lives as long as its program."""

SPEED = 0.5
"""Below 1 the confidence is lost late in the lifetime, above 1 early."""

LEAST = 0.05
"""What is left of the confidence of an indicator that has outlived its time."""


def kept(at_ns: pl.Expr, seen_ns: pl.Expr, until_ns: pl.Expr, lifetime_days: float) -> pl.Expr:
    """The share of the confidence that is left at a time, `LEAST`..1.

    An indicator whose source told no date, and traffic without one, lose nothing. What was met
    before it was listed is as sure as on the day of its listing.
    """
    age = ((at_ns - seen_ns) / DAY_NS).clip(lower_bound=0.0) / max(lifetime_days, 1e-9)
    faded = (1.0 - age ** (1.0 / SPEED)).clip(LEAST, 1.0).fill_null(1.0)
    return pl.when((at_ns > until_ns).fill_null(False)).then(LEAST).otherwise(faded)
