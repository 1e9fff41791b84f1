"""Judges the entries of a list: what each is, and which are left out because they would accuse the
innocent or are nothing that traffic can meet.

Left out with line and reason: networks shorter than /8 (IPv6 /16), addresses that are not public,
public suffixes such as `com` or `github.io`, names with letters that only look like others, hashes
of files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from lynceus.enrich.address import CLASSES
from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.indicator import INDICATOR_SCHEMA, KINDS, Entry
from lynceus.enrich.prefixes import parse_networks
from lynceus.enrich.suffixes import ascii_name

MD5 = r"^[0-9a-f]{32}$"
JA4 = r"^[tqd](?:1[0-3]|s[123]|d[123]|00)[di][0-9a-z]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$"
NAME = r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
ONE_LABEL = r"^[a-z][a-z0-9-]*$"
LONG_HASH = r"^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$"
SHORTEST = {4: 8, 6: 16}
"""Shortest prefix length an indicator network may have."""
MOST_TOLD = 20
"""So many refused entries are told with their line; all are counted."""
LONGEST = 2_048
"""Most characters of an entry."""
PIECE = 500_000
"""Entries that are judged at once: bounds what is needed in between."""
WORDS = {"info": 0.1, "low": 0.3, "medium": 0.6, "moderate": 0.6, "high": 0.9, "critical": 1.0,
         "certain": 1.0}  # fmt: skip
"""Confidence as some lists put it."""
OF_A_PAGE = 0.6
"""What is left of the confidence of a page's address for its host: others live there too."""
UNTOLD = 0.7
"""Confidence of an entry whose list states none."""


LEFT_OUT = {
    "file": "about a file: traffic does not show it",
    "pattern": "a pattern of several things together, or of none that traffic shows",
    "other": "of a kind that traffic does not show",
    "malformed": "not as the format has it",
}
"""Why entries of other kinds are left out, by what their feed says that they are."""


class Refused(NamedTuple):
    """An entry that was not taken, and why."""

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.text!r} is not used: {self.reason}"


class Judged(NamedTuple):
    """The entries of a source, parted."""

    good: pl.DataFrame
    """In `INDICATOR_SCHEMA`."""
    bad: pl.DataFrame
    """`line`, `text`, `reason` of each entry that was left out."""
    entries: int
    """How many entries there were; of a page's address its host becomes a row too."""


def judged(entries: Iterable[Entry], source: str) -> Judged:
    """Judges entries. `source` names those that name none of their own."""
    good, bad, count = [], [], 0
    for piece in _pieces(entries):
        count += len(piece)
        table = _kinds(_table(piece, source))
        bad.append(table.filter(pl.col("reason").is_not_null()).select("line", "text", "reason"))
        good.append(_rows(table.filter(pl.col("reason").is_null())))
    none = {"line": pl.Int64(), "text": pl.String(), "reason": pl.String()}
    rows = pl.concat([pl.DataFrame(schema=INDICATOR_SCHEMA), *good])
    return Judged(rows, pl.concat([pl.DataFrame(schema=none), *bad]), count)


def _pieces(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    piece: list[Entry] = []
    for entry in entries:
        piece.append(entry)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


_TEXTS = ("text", "name", "source", "confidence", "kind", "first_seen", "last_seen", "valid_until")


def _table(entries: Sequence[Entry], source: str) -> pl.DataFrame:
    columns = dict(zip(Entry._fields, zip(*entries, strict=True), strict=True))
    frame = pl.DataFrame(
        {
            "line": pl.Series(columns["line"], dtype=pl.Int64),
            **{name: pl.Series(columns[name], dtype=pl.String) for name in _TEXTS},
            "tags": pl.Series(columns["tags"], dtype=pl.List(pl.String)),
            "techniques": pl.Series(columns["techniques"], dtype=pl.List(pl.String)),
        }
    )
    told = pl.col("confidence").str.to_lowercase().str.strip_chars("% ")
    number = told.cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite() & (number >= 0) & (number <= 100)).then(number)
    scale = pl.when((number > 1).any()).then(100.0).otherwise(1.0)
    word = told.replace_strict(WORDS, default=None, return_dtype=pl.Float64)
    return frame.with_columns(
        pl.col("source").fill_null(source),
        _ascii(frame["text"].str.slice(0, LONGEST + 1)).alias("written"),
        confidence=pl.coalesce(number / scale, word).round(4),
        **{f"{name}_ns": _time(name) for name in ("first_seen", "last_seen", "valid_until")},
    ).with_columns(key=_bare(pl.col("written")), page=_page(pl.col("written")))


def _ascii(texts: pl.Series) -> pl.Series:
    """Texts as DNS and HTTP carry them: host names of other scripts in punycode, byte for byte."""
    foreign = texts.str.contains(r"[^\x00-\x7f]").fill_null(False)
    if not foreign.any():
        return texts
    written = [_punycode(text) for text in texts.filter(foreign)]
    return texts.clone().scatter(foreign.arg_true(), pl.Series(written, dtype=pl.String))


def _punycode(text: str) -> str:
    scheme, cut, rest = text.rpartition("://") if "://" in text else ("", "", text)
    host, slash, path = rest.partition("/")
    return scheme + cut + ascii_name(host.lower()) + slash + path


def _time(column: str) -> pl.Expr:
    """A time as lists write it, in ns: ISO 8601 with or without a zone, a date, or Unix seconds."""
    text = pl.col(column).str.strip_chars(' "').str.replace(r"(?i)\s*(?:utc|z)$", "")
    parts = text.str.extract_groups(
        r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(?:[.,]\d+)?"
        r"(?:([+-])(\d{2}):?(\d{2}))?$"
    )
    day, clock, sign, hours, minutes = (parts.struct.field(str(n)) for n in range(1, 6))
    clock = pl.when(clock.str.len_bytes() == 5).then(clock + ":00").otherwise(clock)
    naive = pl.concat_str(day, clock.fill_null("00:00:00"), separator=" ").str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="ns", strict=False
    )
    offset = hours.cast(pl.Int64).fill_null(0) * 3600 + minutes.cast(pl.Int64).fill_null(0) * 60
    offset = pl.when(sign == "-").then(-offset).otherwise(offset)
    unix = text.str.extract(r"^(\d{9,11})(?:\.\d+)?$").cast(pl.Int64, strict=False)
    told = pl.coalesce(naive.cast(pl.Int64) - offset * 10**9, unix * 10**9)
    return pl.when(told > 86_400 * 10**9).then(told)


def _refanged(text: pl.Expr) -> pl.Expr:
    return (
        text.str.strip_chars(" \t\"'<>()")
        .str.replace_all(r"\[(?:\.|dot)\]|\(dot\)|\{\.\}", ".")
        .str.replace_all("[:]", ":", literal=True)
    )


_SCHEME = r"^(?i:(?:h(?:tt|xx)ps?|ftp|tcp|udp)://)(?:[^/@]*@)?"


def _bare(text: pl.Expr) -> pl.Expr:
    """The indicator itself: refanged, lower case, of a URL the host, of host:port the host."""
    return (
        _refanged(text)
        .str.to_lowercase()
        .str.replace(_SCHEME, "")
        .str.replace(r"^\[([0-9a-f:.]+)\](?::\d+)?(?:/.*)?$", "$1")
        .str.replace(r"^([^/:]+):\d{1,5}(?:/.*)?$", "$1")
        .str.replace(r"^([^/:]*[a-z][^/:]*)/.*$", "$1")
        .str.replace(r"^(\d+\.\d+\.\d+\.\d+)/(?:$|\D.*$|\d+[^\d].*$)", "$1")
        .str.replace(r"^([^/?]+)\?.*$", "$1")
        .str.replace(r"^(?:\|\||\*\.|\.)+", "")
        .str.strip_chars_end(".^")
    )


def _page(text: pl.Expr) -> pl.Expr:
    """The address of a page as `host/path`, host in lower case; null where it names a host alone.

    The port is left out: what the header `Host` says of it differs from client to client.
    """
    bare = _refanged(text).str.replace(_SCHEME, "").str.replace(r"#.*$", "")
    host = bare.str.extract(r"^([^/?]+)").str.to_lowercase().str.replace(r":\d{1,5}$", "")
    path = bare.str.extract(r"^[^/?]+([/?].+)$")
    path = pl.when(path.str.starts_with("?")).then("/" + path).otherwise(path)
    is_host = host.str.contains(r"[a-z]|^\d+\.\d+\.\d+\.\d+$") & ~path.str.contains(r"^/+\d{1,3}$")
    return pl.when(is_host & path.is_not_null()).then(pl.concat_str(host, path))


@lru_cache(maxsize=1)
def _domain_facts() -> DomainFacts:
    return DomainFacts()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `of`, the kind of an entry, and `reason`: why it is refused, null where it is good.

    A page on a popular site stays without its host: that would accuse the site.
    """
    key, hint = pl.col("key"), pl.col("kind").fill_null("")
    network = _network_reasons(frame["key"])
    known = _domain_facts().registered_and_popular(frame["key"])
    table = frame.with_columns(network.alias("network_reason"), *known)
    is_network = pl.col("network_reason").is_not_null()
    digest = key.str.contains(LONG_HASH) | key.str.contains(MD5)
    has_page = pl.col("page").is_not_null()
    table = table.with_columns(
        of=pl.when(is_network).then(pl.lit("address"))
        .when(key.str.contains(JA4)).then(pl.lit("ja4"))
        .when((hint == "certificate") & digest).then(pl.lit("certificate"))
        .when(key.str.contains(MD5)).then(pl.lit("ja3"))
        .otherwise(pl.lit("domain")),
        suffix=pl.when(~is_network).then(pl.col("registered").is_null()),
    )  # fmt: skip
    of = pl.col("of")
    no_name = ~key.str.contains(NAME) | (key.str.len_bytes() > 253)
    reason = (
        pl.when(pl.col("text").str.len_chars() > LONGEST).then(pl.lit("too long for an indicator"))
        .when(_disguised(frame["text"])).then(pl.lit(DISGUISED))
        .when(hint.is_in(list(LEFT_OUT)))
        .then(hint.replace_strict(LEFT_OUT, default=""))
        .when(of == "address").then("network_reason")
        .when(of.is_in(["ja3", "ja4", "certificate"])).then(pl.lit(""))
        .when(key.str.contains(LONG_HASH)).then(pl.lit("file or certificate hash, unknown which"))
        .when(key.str.contains("@", literal=True)).then(pl.lit("e-mail address"))
        .when(key.str.contains(r"^as\d+$")).then(pl.lit("number of an autonomous system"))
        .when(key.str.contains(ONE_LABEL)).then(pl.lit("top-level or single-label name"))
        .when(no_name).then(pl.lit("not an address, network, name, URL, JA3, JA4 or certificate"))
        .when(pl.col("suffix") & ~has_page)
        .then(pl.lit("public suffix: strangers get names under it"))
        .otherwise(pl.lit(""))
    )  # fmt: skip
    return table.with_columns(reason=reason.replace("", None))


def _rows(table: pl.DataFrame) -> pl.DataFrame:
    """Good entries as rows: pages, and what is not on a popular site, by its key."""
    page = pl.col("page").is_not_null() & pl.col("of").is_in(["domain", "address"])
    pages = table.filter(page).with_columns(of=pl.lit("url"), key=pl.col("page"))
    popular = pl.col("popular").fill_null(False) | pl.col("suffix").fill_null(False)
    hosts = table.filter(~(page & popular))
    fill = pl.col("confidence").fill_null(UNTOLD) * OF_A_PAGE
    hosts = hosts.with_columns(confidence=pl.when(page).then(fill).otherwise("confidence"))
    return pl.concat([hosts, pages]).select(
        pl.col("of").cast(pl.Enum(KINDS)).alias("kind"),
        *(pl.col(name).cast(dtype) for name, dtype in INDICATOR_SCHEMA.items() if name != "kind"),
    )


DISGUISED = "letters of several scripts in one label, or characters that hide: write it as xn--"
_HIDDEN = {"Cf", "Cc", "Co", "Cs", "Cn"}
_MAY_MIX = (
    *("HIRAGANA", "KATAKANA", "CJK", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"),
    *("DIGIT", "HYPHEN-MINUS", "LOW", "MIDDLE"),
)
"""Scripts that stand beside each other in ordinary words, and what belongs to none."""


def _disguised(texts: pl.Series) -> pl.Series:
    """Texts with bidirectional or invisible characters, or labels that mix look-alike scripts."""
    foreign = texts.str.contains(r"[^\x00-\x7f]").fill_null(False)
    found = [_is_disguised(text) for text in texts.filter(foreign)]
    flags = pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
    return flags.scatter(foreign.arg_true(), pl.Series(found, dtype=pl.Boolean))


def _is_disguised(text: str) -> bool:
    if any(unicodedata.category(c) in _HIDDEN for c in text):
        return True
    host = text.rpartition("://")[2].partition("/")[0]
    return any(len(_scripts(label)) > 1 for label in host.split("."))


def _scripts(label: str) -> set[str]:
    """The scripts of a label, but for those that ordinarily stand beside others."""
    words = (unicodedata.name(c, "?").partition(" ")[0] for c in label if c.isalnum())
    return {word for word in words if not word.startswith(_MAY_MIX)}


_REFUSED_CLASSES = ("private", "shared", "loopback", "link_local", "multicast", "broadcast",
                    "unspecified", "reserved")  # fmt: skip


def _network_reasons(keys: pl.Series) -> pl.Series:
    """Per key: null where it is no network, empty where it is a good one, else the reason."""
    special = parse_networks(
        pl.Series([n for n, c in CLASSES if c in _REFUSED_CLASSES and n not in ("::/0",)])
    )
    reasons = np.full(len(keys), None, dtype=object)
    for version, mine, them in zip((4, 6), parse_networks(keys), special, strict=True):
        begun = np.searchsorted(np.sort(them.first), mine.past, side="left")
        ended = np.searchsorted(np.sort(them.past), mine.first, side="right")
        short = f"network shorter than /{SHORTEST[version]}"
        touching = np.where(begun > ended, "not a public address", "")
        reasons[mine.rows] = np.where(mine.bits < SHORTEST[version], short, touching)
    return pl.Series(reasons.tolist(), dtype=pl.String)
