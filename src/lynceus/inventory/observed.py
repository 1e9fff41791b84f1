"""What devices say of themselves in the traffic: who is where, by what, and when.

One row an address, a kind, a value and ten minutes: rows of the same group add up, so that what was
seen today and yesterday, or on two sensors, is put together by `merged`.

`IDENTIFYING` kinds tell one device from another; the others describe it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from lynceus.enrich.prefixes import PrefixTable
from lynceus.moments import NS

BIN_NS = 600 * NS
"""What is seen within one of these spans is one row."""

NAMES = ("dhcp", "kerberos", "ntlm", "netbios", "mdns", "llmnr", "rdp", "snmp")
"""Where host names are said, the strongest first."""
IDENTIFYING = ("mac", *(f"name_{by}" for by in NAMES), "certificate")
DESCRIBING = ("vendor_class", "service", "ja4", "server_name")

SCHEMA = pl.Schema(
    {
        "site": pl.String(), "host": pl.String(), "kind": pl.String(), "value": pl.String(),
        "bin": pl.Int64(), "first_ns": pl.Int64(), "last_ns": pl.Int64(), "count": pl.Int64(),
    }
)  # fmt: skip
"""`first_ns` and `last_ns` are the first and last time of `count` sayings within the bin."""

_KEYS = ["site", "host", "kind", "value", "bin"]
_NAME_PORTS = {5353: "name_mdns", 5355: "name_llmnr", 137: "name_netbios"}


def observed(
    flows: pl.DataFrame,
    events: Mapping[str, pl.DataFrame],
    inside: Iterable[str],
    *,
    in_short: bool = False,
) -> pl.DataFrame:
    """What the rows of a batch say of the devices inside, in `SCHEMA`.

    `in_short` leaves out what of `DESCRIBING` takes long to count: services, programs, names asked.
    """
    said = [*_link(flows, events), *([] if in_short else _services(flows))]
    for table, tell in _TELLERS.items():
        if table in events and events[table].height:
            said += tell(events[table])
    said = [one for one in said if one.height and not (in_short and one["kind"][0] in _LONG)]
    if not said:
        return pl.DataFrame(schema=SCHEMA)
    rows = pl.concat([_empty(), *(_shaped(frame) for frame in said)])
    home = PrefixTable(list(inside))
    hosts = rows["host"].unique()
    known = hosts.filter(pl.Series(home.find(hosts) >= 0))
    near = rows.filter(pl.col("host").is_in(known.implode()))
    return merged(_without_routers(near, rows, known))


_LONG = ("service", "ja4", "server_name")


def around(rows: pl.DataFrame, hosts: pl.Series) -> pl.DataFrame:
    """The rows of some hosts, and of all that share something identifying, at any remove."""
    identifying = rows.filter(pl.col("kind").is_in(IDENTIFYING))
    links = identifying.select("host", "value").unique()
    met = links.filter(pl.col("host").is_in(hosts.implode()))["host"].unique()
    while True:
        mine = links.filter(pl.col("host").is_in(met.implode())).select("value").unique()
        further = links.join(mine, on="value", how="semi")["host"].unique()
        if len(further) == len(met):
            break
        met = further
    near = pl.concat([met, hosts.cast(pl.String).rename("host")]).unique()
    return rows.filter(pl.col("host").is_in(near.implode()))


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the same group put together, in order."""
    return (
        rows.group_by(_KEYS)
        .agg(pl.col("first_ns").min(), pl.col("last_ns").max(), pl.col("count").sum())
        .sort(_KEYS, nulls_last=True)
        .select(list(SCHEMA))
    )


def condensed(rows: pl.DataFrame, before: int) -> pl.DataFrame:
    """The rows without those that say what others of their day say already, of bins `before`.

    Of what one host alone says of itself the first and the last of each day stay; what several
    hosts say stays whole, for it matters who said it when.
    """
    day = pl.col("bin") // (86_400 * NS // BIN_NS)
    own = ["site", "host", "kind", "value"]
    alone = pl.col("host").n_unique().over("site", "kind", "value") == 1
    at_an_end = (pl.col("bin") == pl.col("bin").min().over(*own, day)) | (
        pl.col("bin") == pl.col("bin").max().over(*own, day)
    )
    return rows.filter((pl.col("bin") >= before) | ~alone | at_an_end)


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema={**SCHEMA, "ts_ns": pl.Int64()}).select(
        "site", "host", "kind", "value", "bin", "first_ns", "last_ns", "count"
    )


def _shaped(said: pl.DataFrame) -> pl.DataFrame:
    """`site`, `ts_ns`, `host`, `kind`, `value` of sayings, counted by ten minutes."""
    told = said.drop_nulls(["host", "value", "ts_ns"])
    # Most say one kind of thing only: it need not be looked at row by row.
    alone = told.height > 0 and bool((told["kind"] == told["kind"][0]).all())
    kind = [pl.lit(told["kind"][0]).alias("kind")] if alone else []
    return (
        told.with_columns(bin=pl.col("ts_ns") // BIN_NS)
        .group_by("site", "host", "value", "bin", *([] if alone else ["kind"]))
        .agg(
            first_ns=pl.col("ts_ns").min(), last_ns=pl.col("ts_ns").max(),
            count=pl.len().cast(pl.Int64),
        )
        .filter(pl.col("value") != "")
        .with_columns(kind)
        # Link addresses are written in either case.
        .with_columns(pl.when(pl.col("kind") == "mac").then(pl.col("value").str.to_lowercase())
                      .otherwise("value").alias("value"))
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )  # fmt: skip


def _said(rows: pl.DataFrame, host: str | pl.Expr, kind: str, value: str | pl.Expr) -> pl.DataFrame:
    host = pl.col(host) if isinstance(host, str) else host
    value = pl.col(value) if isinstance(value, str) else value
    return rows.select("site", "ts_ns", host=host, kind=pl.lit(kind), value=value)


def host_name(name: str) -> pl.Expr:
    """A host name as one knows a machine by it: its first label, in lower case; no address."""
    text = pl.col(name).str.to_lowercase().str.strip_chars().str.strip_suffix("$")
    label = text.str.extract(r"^([^.\s]{2,63})")
    address = text.str.contains(r"^\d+\.\d+\.\d+\.\d+$|:") | label.is_in(["localhost", "unknown"])
    return pl.when(~address).then(label)


def _link(flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    said = [
        _said(flows.drop_nulls(mac), host, "mac", mac)
        for host, mac in (("orig_h", "orig_l2_addr"), ("resp_h", "resp_l2_addr"))
        if mac in flows.columns
    ]
    if (arp := events.get("arp")) is not None:
        said.append(_said(arp, "orig_h", "mac", "orig_mac"))
    return said


MOST_AT_ONCE = 4
"""A link address with more IPv4 addresses than this in ten minutes stands before others."""


def _without_routers(rows: pl.DataFrame, everywhere: pl.DataFrame, near: pl.Series) -> pl.DataFrame:
    """Without the link addresses of groups, and those behind which others stand.

    A router bears far addresses too, or many at once, or some of several networks at once.
    """
    mac = pl.col("kind") == "mac"
    # The lowest bit of the first byte marks a group.
    group = pl.col("value").str.contains(r"^.[13579bdf]")
    far = everywhere.filter(mac & (group | ~pl.col("host").is_in(near.implode())))
    network = pl.col("host").str.extract(r"^(\d+\.\d+\.\d+)\.\d+$")
    many = (
        rows.filter(mac)
        .with_columns(network=network)
        .drop_nulls("network")
        .group_by("value", "bin")
        .agg(pl.col("host", "network").n_unique())
        .filter((pl.col("host") > MOST_AT_ONCE) | (pl.col("network") > 1))
    )
    routers = pl.concat([far["value"], many["value"]]).unique()
    return rows.filter(~(mac & pl.col("value").is_in(routers.implode())))


def _services(flows: pl.DataFrame) -> list[pl.DataFrame]:
    """What hosts answer on."""
    needed = {"resp_packets", "service", "resp_p", "proto", "resp_h"}
    if not needed <= set(flows.columns):
        return []
    answered = flows.filter((pl.col("resp_packets") > 0) & pl.col("service").is_not_null())
    words = pl.format("{} {}/{}", "service", "resp_p", "proto")
    return [_said(answered, "resp_h", "service", words)]


def _dhcp(rows: pl.DataFrame) -> list[pl.DataFrame]:
    # An address counts once it is given or used, not when it is asked for.
    host = pl.coalesce("assigned_addr", "client_addr")
    none = ["0.0.0.0"]  # noqa: S104 - of a client that has no address yet
    real = pl.when(~host.is_in(none)).then(host)
    return [
        _said(rows, real, "mac", "mac"),
        _said(rows, real, "name_dhcp", host_name("host_name")),
        _said(rows, real, "vendor_class", "vendor_class"),
    ]


def _names_on_the_link(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Answers of mDNS, LLMNR and NetBIOS: a name and the addresses it stands for."""
    local = rows.filter(
        pl.col("resp_p").is_in(list(_NAME_PORTS)) | pl.col("orig_p").is_in(list(_NAME_PORTS))
    )
    named = local.filter(pl.col("qtype").is_in(["A", "AAAA", "NB"])).explode("answers")
    port = pl.when(pl.col("resp_p").is_in(list(_NAME_PORTS))).then("resp_p").otherwise("orig_p")
    told = named.select(
        "site", "ts_ns", host="answers",
        kind=port.replace_strict(_NAME_PORTS, return_dtype=pl.String, default=None),
        value=host_name("query"),
    )  # fmt: skip
    return [told.drop_nulls("kind")]


def _kerberos(rows: pl.DataFrame) -> list[pl.DataFrame]:
    machines = rows.filter(pl.col("client").str.ends_with("$") & pl.col("success").fill_null(False))
    return [_said(machines, "orig_h", "name_kerberos", host_name("client"))]


def _ntlm(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        _said(rows, "orig_h", "name_ntlm", host_name("hostname")),
        _said(rows, "resp_h", "name_ntlm", host_name("server_nb_computer_name")),
    ]


def _tls(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        _said(rows, "resp_h", "certificate", "cert_sha256"),
        _said(rows, "orig_h", "ja4", "ja4"),
        _said(rows, "resp_h", "server_name", "server_name"),
    ]


def _rdp(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [_said(rows, "orig_h", "name_rdp", host_name("client_name"))]


def _snmp(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [_said(rows, "resp_h", "name_snmp", host_name("host_name"))]


_TELLERS: dict[str, Callable[[pl.DataFrame], list[pl.DataFrame]]] = {
    "dhcp": _dhcp,
    "dns": _names_on_the_link,
    "kerberos": _kerberos,
    "ntlm": _ntlm,
    "tls": _tls,
    "rdp": _rdp,
    "snmp": _snmp,
}
"""By table who tells what."""
