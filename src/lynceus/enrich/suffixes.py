"""Names by their longest known suffix at label borders, whole columns at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl

from lynceus.enrich.prefixes import Ints
from lynceus.enrich.text_index import TextIndex


def normal(names: pl.Series) -> pl.Series:
    """Names in lower case, without a port and the root dot."""
    plain = names.cast(pl.String).str.to_lowercase()
    if plain.str.contains(":", literal=True).any():
        plain = plain.str.replace(r":\d{1,5}$", "")
    return plain.str.strip_chars_end(".")


def labels(names: pl.Series) -> pl.Series:
    """Number of labels of each name."""
    return names.str.count_matches(".", literal=True) + 1


def tail(names: pl.Series, most: int) -> pl.Series:
    """The last `most` labels of each name."""
    long = labels(names).fill_null(0) > most
    if not long.any():
        return names
    cut = names.filter(long).str.extract(rf"((?:[^.]*\.){{0,{most - 1}}}[^.]*)$")
    return names.clone().scatter(long.arg_true(), cut)


def parent(names: pl.Series) -> pl.Series:
    """Each name without its first label; null where it has but one."""
    return names.str.splitn(".", 2).struct.field("field_1")


def steps(names: pl.Series, most: int) -> pl.DataFrame:
    """Each name and all names that it lies under, of at most `most` labels.

    `row` is the row of the name, `step` counts up from 0 for the longest, `name` is the text.
    Steps of one row follow each other in that order, though not side by side.
    """
    frame = pl.DataFrame({"name": tail(names, most)}).with_row_index("row").drop_nulls()
    taken: list[pl.DataFrame] = []
    while frame.height:
        taken.append(frame.with_columns(step=pl.lit(len(taken), pl.Int64)))
        frame = frame.with_columns(parent(frame["name"]).alias("name")).drop_nulls()
    empty = frame.with_columns(step=pl.lit(None, pl.Int64))
    return pl.concat([empty, *taken])


class SuffixTable:
    """Finds the known name that a name equals or lies under: the longest one."""

    def __init__(
        self, names: pl.Series | Sequence[str], exact: pl.Series | Sequence[bool] = ()
    ) -> None:
        """`exact`: which names count for themselves alone, not for what lies under them."""
        known = normal(pl.Series("name", names, dtype=pl.String))
        self._whole = TextIndex(known)
        only = pl.Series(exact, dtype=pl.Boolean) if len(exact) else None
        self._rows = None if only is None else (~only).arg_true().to_numpy().astype(np.int64)
        self._under = TextIndex(known.filter(~only)) if only is not None else self._whole
        self._most = int(labels(known).max() or 1)  # type: ignore[arg-type]

    def find(self, names: pl.Series) -> Ints:
        """Row of the known name that each name equals or lies under, -1 where none is."""
        found = np.full(len(names), -1, dtype=np.int64)
        if not len(self._whole):
            return found
        wanted = normal(names)
        above = steps(wanted, self._most)
        known = self._under.find(above["name"])
        met = known >= 0
        row = above["row"].to_numpy()[met][::-1]  # the longest comes first: it is written last
        known = known[met][::-1]
        found[row] = known if self._rows is None else self._rows[known]
        if self._rows is not None:
            whole = self._whole.find(wanted)
            found = np.where(whole >= 0, whole, found)
        return found


PLAIN, WILDCARD, EXCEPTION = 0, 1, 2
"""Kinds of rules of the Public Suffix List: `co.uk`, `*.ck`, `!www.ck`."""


class PublicSuffixes:
    """Splits names at their public suffix by the rules of the Public Suffix List."""

    def __init__(self, rules: pl.Series | Sequence[str]) -> None:
        """`rules` as the list writes them, with `*.` and `!`."""
        written = pl.Series("rule", rules, dtype=pl.String)
        foreign = written.str.contains(r"[^\x00-\x7f]")
        self._rules = _by_kind(written.filter(~foreign))
        self._foreign = written.filter(foreign)
        self._most = int(labels(written).max() or 1) + 1  # type: ignore[arg-type]

    def registered(self, names: pl.Series) -> pl.Series:
        """The registered domain of each name: its public suffix and one label more.

        Null for a suffix itself, an address and a single label; without a rule the last label
        counts as the suffix.
        """
        wanted = normal(names)
        no_name = wanted.str.contains(r"^[\d.]+$|:|^\.|\.\.|^$")
        wanted = pl.select(pl.when(~no_name).then(wanted))[wanted.name]
        above = steps(wanted, self._most)
        suffix = self._suffix_steps(above, len(names))
        row, step = (above[name].to_numpy() for name in ("row", "step"))
        registered = above.filter(pl.Series(step == suffix[row] - 1))
        nobody = pl.repeat(None, len(names), dtype=pl.String, eager=True).rename("name")
        return nobody.scatter(registered["row"], registered["name"])

    @cached_property
    def _all_rules(self) -> pl.DataFrame:
        """Those of other scripts as well: to write them as DNS does takes long, and few need it."""
        return pl.concat([self._rules, _by_kind(ascii_names(self._foreign))])

    def _suffix_steps(self, above: pl.DataFrame, names: int) -> Ints:
        """The step of each name at which its public suffix begins."""
        first = np.full(names, np.iinfo(np.int64).max)
        row, step = (above[name].to_numpy() for name in ("row", "step"))
        first[row] = step  # without a rule the last label counts: later steps overwrite
        foreign = above["name"].str.contains("xn--", literal=True).any()
        ruled = above.join(self._all_rules if foreign else self._rules, on="name")
        row, step, kind = (ruled[name].to_numpy() for name in ("row", "step", "kind"))
        # The suffix of a wildcard begins one label before the name that it stands under; where an
        # exception begins there as well, the suffix is one label shorter.
        step = step - (kind == WILDCARD)
        np.minimum.at(first, row[step >= 0], step[step >= 0])
        spared = (kind == EXCEPTION) & (step <= first[row])
        first[row[spared]] = step[spared] + 1
        return first


def _by_kind(rules: pl.Series) -> pl.DataFrame:
    """The `name` that each rule stands under and its `kind`."""
    rule = pl.col("rule")
    wide, spared = rule.str.starts_with("*."), rule.str.starts_with("!")
    return rules.to_frame().select(
        name=rule.str.replace(r"^(?:\*\.|!)", ""),
        kind=pl.when(wide).then(WILDCARD).when(spared).then(EXCEPTION).otherwise(PLAIN),
    )


def ascii_names(names: pl.Series) -> pl.Series:
    """The names as DNS carries them; those of ASCII are taken as they are."""
    foreign = names.str.contains(r"[^\x00-\x7f]").fill_null(False)
    if not foreign.any():
        return names
    written = [ascii_name(name) for name in names.filter(foreign)]
    return names.clone().scatter(foreign.arg_true(), pl.Series(written, dtype=pl.String))


def ascii_name(name: str) -> str:
    """The name as DNS carries it: punycode for what is not ASCII, as it is where that fails."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
