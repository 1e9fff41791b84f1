"""One device stays one device when its address changes; with the evidence, and what contradicts it.

An address is a place, and its time is cut into *stays*: a stay ends where another link address
(else, where none is seen, another host name) takes the place. Stays are one device where they share

1. a link address;
2. a host name (DHCP, Kerberos, NTLM, NetBIOS, mDNS, LLMNR), unless two link addresses, or two
   addresses of one family without any, bear the name in the same ten minutes: then two machines
   claim one name, nothing is joined by it, and that is told;
3. a certificate that they serve one after the other, never in the same ten minutes, while no link
   address tells them apart: many servers share one.

What is joined by one of these is joined with what that is joined with.
"""

from __future__ import annotations

import hashlib

import polars as pl

from lynceus.inventory.observed import DESCRIBING, NAMES

SCHEMA = pl.Schema(
    {
        "device": pl.String(), "site": pl.String(), "host": pl.String(), "from_ns": pl.Int64(),
        "until_ns": pl.Int64(), "mac": pl.String(), "name": pl.String(), "evidence": pl.String(),
        "joined_by": pl.String(), "conflict": pl.String(),
        **{kind: pl.List(pl.String()) for kind in DESCRIBING},
    }
)  # fmt: skip
"""One row a stay: a device at an address for a time. `evidence` is what says so, `joined_by` what
its stays share where there are several, `conflict` what contradicts it."""

MOST_TOLD = 8
"""Values of a describing kind that are kept of a stay."""
_WORDS = {
    "dhcp": "DHCP", "kerberos": "Kerberos", "ntlm": "NTLM", "netbios": "NetBIOS", "mdns": "mDNS",
    "llmnr": "LLMNR", "rdp": "RDP", "snmp": "SNMP",
}  # fmt: skip
_STAY = ["site", "host", "stay"]


def devices(observed: pl.DataFrame) -> pl.DataFrame:
    """The stays of all devices, in `SCHEMA`, in the order of their places and times."""
    if observed.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    named = pl.col("kind").str.starts_with("name_")
    rows = observed.with_columns(
        of=pl.when(named).then(pl.lit("name")).otherwise("kind"),
        by=pl.when(named).then(pl.col("kind").str.strip_prefix("name_")),
    )
    rows = rows.with_columns(strength=pl.col("by").replace_strict(_order(), default=None))
    stays = _with_stays(rows)
    facts = _told(stays)
    links, conflicts = _links(stays)
    parts = _joined(facts.select(_STAY), links)
    found = (
        facts.join(parts, on=_STAY, how="left", nulls_equal=True)
        .join(conflicts, on=_STAY, how="left", nulls_equal=True)
        .join(_shared(parts, links), on="part", how="left")
    )
    several = pl.len().over("part") > 1
    called = pl.when(pl.col("conflict").is_null()).then("name")
    # What others claim too, or at once, names nobody.
    own = pl.when(~pl.col("contested").fill_null(False)).then("mac")
    place = pl.format("{} {}", "host", "stay")
    key = pl.coalesce(own, called, place).min().over("part")
    found = found.with_columns(
        joined_by=pl.when(several).then("joined_by"),
        # A device is called alike in all its places.
        name=pl.coalesce("name", pl.col("name").drop_nulls().first().over("part")),
        key=pl.concat_str(pl.col("site").fill_null(""), key, separator="|"),
    )
    names = found["key"].unique()
    ids = {text: hashlib.sha256(text.encode()).hexdigest()[:12] for text in names}
    found = found.with_columns(device=pl.col("key").replace_strict(ids, return_dtype=pl.String))
    return found.sort("site", "host", "from_ns", nulls_last=True).select(
        pl.col(name).cast(kind) for name, kind in SCHEMA.items()
    )


def _order() -> dict[str, int]:
    return {by: place for place, by in enumerate(NAMES)}


def _with_stays(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the number of the stay at their address in which they were said."""
    rows = rows.with_row_index("row")
    place = ["site", "host"]
    macs = rows.filter(pl.col("of") == "mac")
    # Of several in the same ten minutes the one that is seen most often speaks for the place.
    most = ["count", "value"]
    turns = macs.sort(*place, "bin", *most, descending=[False, False, False, True, False])
    names = rows.filter(pl.col("of") == "name").join(macs, on=place, how="anti", nulls_equal=True)
    named = names.sort(*place, "bin", "strength", *most, descending=[*[False] * 4, True, False])
    turns = pl.concat([turns, named]).unique([*place, "bin"], keep="first", maintain_order=True)
    turns = turns.sort(*place, "bin").with_columns(
        stay=(pl.col("value") != pl.col("value").shift(1)).fill_null(False).cum_sum().over(place)
    )
    at = turns.select(*place, "bin", "stay")
    placed = rows.sort("bin").join_asof(
        at.sort("bin"), on="bin", by=place, strategy="backward", check_sortedness=False
    )
    # What was said before anybody was seen there belongs to the first.
    return placed.with_columns(pl.col("stay").fill_null(0).cast(pl.Int64)).sort("row")


def _told(stays: pl.DataFrame) -> pl.DataFrame:
    """One row a stay: when, its link address, its name, what says so, what describes it."""
    base = stays.group_by(_STAY).agg(
        from_ns=pl.col("first_ns").min(), until_ns=pl.col("last_ns").max()
    )
    macs = stays.filter(pl.col("of") == "mac").group_by(*_STAY, "value").agg(pl.col("count").sum())
    mac = (
        macs.sort("count", "value", descending=[True, False])
        .group_by(_STAY, maintain_order=True)
        .agg(mac=pl.col("value").first())
    )
    names = stays.filter(pl.col("of") == "name").sort("strength", "value")
    name = names.group_by(_STAY, maintain_order=True).agg(
        name=pl.col("value").first(),
        said_by=pl.col("by").filter(pl.col("value") == pl.col("value").first()).unique(
            maintain_order=True
        ),
    )  # fmt: skip
    name = name.with_columns(
        said_by=pl.col("said_by").list.eval(pl.element().replace_strict(_WORDS)).list.join(", ")
    )
    found = base.join(mac, on=_STAY, how="left", nulls_equal=True).join(
        name, on=_STAY, how="left", nulls_equal=True
    )
    for kind in DESCRIBING:
        values = (
            stays.filter(pl.col("of") == kind)
            .group_by(*_STAY, "value")
            .agg(pl.col("count").sum())
            .sort("count", "value", descending=[True, False])
            .group_by(_STAY, maintain_order=True)
            .agg(pl.col("value").head(MOST_TOLD).alias(kind))
        )
        found = found.join(values, on=_STAY, how="left", nulls_equal=True)
    link = pl.format("link address {}", "mac")
    called = pl.format("host name {} by {}", "name", "said_by")
    return found.with_columns(
        evidence=pl.concat_str(link, called, separator="; ", ignore_nulls=True)
    )


def _links(stays: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What stays share (`of`, `value`), and what contradicts it by stay."""
    two = (
        stays.filter(pl.col("of") == "mac")
        .group_by("site", "host", "bin")
        .agg(pl.col("value").unique().sort(), pl.col("stay").min())
        .filter(pl.col("value").list.len() > 1)
    )
    two = two.select(
        "site", "host", "stay",
        conflict=pl.format(
            "{} link addresses within ten minutes: {}", pl.col("value").list.len(),
            pl.col("value").list.join(", "),
        ),
    )  # fmt: skip
    mac = stays.filter(pl.col("of") == "mac").select("site", "host", "stay", "bin", mac="value")
    mac = mac.unique(_STAY, keep="first", maintain_order=True).drop("bin")
    shared = stays.filter(pl.col("of").is_in(["mac", "name", "certificate"]))
    shared = shared.join(mac, on=_STAY, how="left", nulls_equal=True)
    family = pl.when(pl.col("host").str.contains(":", literal=True)).then(6).otherwise(4)
    # Who bears a name: a link address, else an address (one of each family may be one machine).
    bearer = pl.coalesce("mac", pl.col("host"))
    at_once = (
        shared.with_columns(bearer=bearer, alone=pl.col("mac").is_null(), family=family)
        .group_by("site", "of", "value", "bin")
        .agg(
            macs=pl.col("mac").drop_nulls().n_unique(),
            most=pl.struct("family", "bearer").filter(pl.col("alone")).n_unique(),
            families=pl.col("family").filter(pl.col("alone")).n_unique(),
        )
    )
    clash = at_once.filter(
        (pl.col("of") != "mac") & ((pl.col("macs") > 1) | (pl.col("most") > pl.col("families")))
    )
    clash = clash.select("site", "of", "value").unique()
    # A certificate moves only between places that no link address tells apart.
    fixed = shared.filter((pl.col("of") == "certificate") & pl.col("mac").is_not_null())
    fixed = fixed.select("site", "of", "value").unique()
    on = ["site", "of", "value"]
    links = (
        shared.select(*_STAY, "of", "value", "by")
        .unique(maintain_order=True)
        .join(clash, on=on, how="anti", nulls_equal=True)
        .join(fixed, on=on, how="anti", nulls_equal=True)
    )
    # Who takes the place of another shares no link address with him.
    contested = two.select(_STAY).unique()
    sure = links.join(contested, on=_STAY, how="anti", nulls_equal=True)
    links = pl.concat([sure, links.filter(pl.col("of") != "mac")]).unique(maintain_order=True)
    names = clash.filter(pl.col("of") == "name")
    twice = shared.join(names, on=on, how="semi", nulls_equal=True).select(
        *_STAY, conflict=pl.format("another machine bears the name {} at the same time", "value")
    )
    told = [twice.with_columns(contested=False), two.with_columns(contested=True)]
    conflicts = pl.concat(told).unique(maintain_order=True).group_by(_STAY)
    return links, conflicts.agg(pl.col("conflict").sort().str.join("; "), pl.col("contested").any())


def _joined(stays: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The stays with the number of the device (`part`) that each is of.

    The smallest number wanders along what is shared until nothing changes any more.
    """
    parts = stays.sort(_STAY, nulls_last=True).with_row_index("part")
    shared = links.select(*_STAY, "of", "value").unique().join(parts, on=_STAY, nulls_equal=True)
    on = ["site", "of", "value"]
    while True:
        least = (
            shared.with_columns(pl.col("part").min().over(on))
            .group_by(_STAY)
            .agg(least=pl.col("part").min())
        )
        moved = parts.join(least, on=_STAY, how="left", nulls_equal=True).with_columns(
            least=pl.min_horizontal("part", "least")
        )
        if moved["least"].equals(moved["part"].alias("least")):
            return parts
        # A whole part moves along with each of its stays.
        whole = moved.group_by("part").agg(pl.col("least").min())
        parts = moved.drop("least").join(whole, on="part").with_columns(part="least").drop("least")
        shared = shared.drop("part").join(parts, on=_STAY, nulls_equal=True)


def _shared(parts: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """By device what its stays share, in words: `part`, `joined_by`."""
    several = (
        links.join(parts, on=_STAY, nulls_equal=True)
        .group_by("part", "of", "value")
        .agg(stays=pl.struct(_STAY).n_unique(), by=pl.col("by").drop_nulls().unique().sort())
        .filter(pl.col("stays") > 1)
        .sort("part", "of", "value")
    )
    words = pl.col("by").list.eval(pl.element().replace_strict(_WORDS)).list.join(", ")
    told = (
        pl.when(pl.col("of") == "mac")
        .then(pl.format("link address {}", "value"))
        .when(pl.col("of") == "name")
        .then(pl.format("host name {} by {}", "value", words))
        .otherwise(pl.format("certificate {}", pl.col("value").str.head(16)))
    )
    return several.group_by("part", maintain_order=True).agg(
        joined_by=told.head(MOST_TOLD).str.join("; ")
    )
