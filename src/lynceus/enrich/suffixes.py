"""Names by their longest known suffix at label borders, whole columns at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from lynceus.enrich.prefixes import Ints


def normal(names: pl.Series) -> pl.Series:
    """Names in lower case, without the root dot."""
    return names.cast(pl.String).str.to_lowercase().str.strip_chars_end(".")


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


class SuffixTable:
    """Finds the known name that a name equals or lies under: the longest one."""

    def __init__(self, names: pl.Series | Sequence[str], exact: Sequence[bool] = ()) -> None:
        """`exact`: names that count for themselves alone, not for what lies under them."""
        known = normal(pl.Series("name", names, dtype=pl.String))
        frame = pl.DataFrame({"name": known}).with_row_index("row")
        self._most = int(labels(known).max() or 1) if len(known) else 0  # type: ignore[arg-type]
        whole = (
            pl.Series(exact, dtype=pl.Boolean)
            if len(exact)
            else pl.repeat(False, len(known), eager=True)
        )
        self._under = self._mapping(frame.filter(~whole))
        self._exact = self._mapping(frame)

    @staticmethod
    def _mapping(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.unique("name", keep="first", maintain_order=True)

    def find(self, names: pl.Series) -> Ints:
        """Row of the known name that each name equals or lies under, -1 where none is."""
        wanted = normal(names)
        found = self._look(wanted, self._exact).cast(pl.Int64).fill_null(-1).to_numpy().copy()
        left = np.flatnonzero(found < 0)
        step = tail(wanted.gather(left), self._most) if self._most else wanted.clear()
        while len(step):
            here = self._look(step, self._under).cast(pl.Int64).fill_null(-1).to_numpy()
            found[left] = here
            above = parent(step)
            more = (here < 0) & above.is_not_null().to_numpy()
            left, step = left[more], above.filter(pl.Series(more))
            if not self._most:
                break
        return found

    @staticmethod
    def _look(names: pl.Series, known: pl.DataFrame) -> pl.Series:
        frame = names.rename("name").to_frame()
        return frame.join(known, on="name", how="left", maintain_order="left")["row"]


class PublicSuffixes:
    """Splits names at their public suffix by the rules of the Public Suffix List."""

    def __init__(self, rules: Sequence[str]) -> None:
        """`rules` as the list writes them, with `*.` and `!`."""
        plain = [ascii_name(rule) for rule in rules]
        self._exception = _set(r[1:] for r in plain if r.startswith("!"))
        self._wildcard = _set(r[2:] for r in plain if r.startswith("*."))
        self._plain = _set(r for r in plain if r[:1] not in ("!", "*"))
        self._most = max((r.count(".") + 2 for r in plain), default=1)

    def registered(self, names: pl.Series) -> pl.Series:
        """The registered domain of each name: its public suffix and one label more.

        Null for a suffix itself, an address and a single label; without a rule the last label
        counts as the suffix.
        """
        wanted = normal(names)
        is_name = ~wanted.str.contains(r"^[\d.]+$|:|^\.|\.\.|^$").fill_null(True)
        rows = is_name.arg_true().to_numpy()
        step = tail(wanted.filter(is_name), self._most)
        below = pl.Series([None] * len(step), dtype=pl.String)
        found_rows, found = [rows[:0]], [below.clear()]
        while len(step):
            above = parent(step)
            ends = step.is_in(self._plain) | above.is_in(self._wildcard) | above.is_null()
            spared = step.is_in(self._exception)
            here = step.zip_with(spared, below)
            done = ends.fill_null(True) | spared
            found_rows.append(rows[done.to_numpy()])
            found.append(here.filter(done))
            rows = rows[~done.to_numpy()]
            below, step = step.filter(~done), above.filter(~done)
        registered = pl.DataFrame({"row": np.concatenate(found_rows), "name": pl.concat(found)})
        every = pl.DataFrame({"row": np.arange(len(names))})
        return every.join(registered, on="row", how="left", maintain_order="left")["name"]


def _set(names: Iterable[str]) -> pl.Series:
    return pl.Series(sorted(names), dtype=pl.String).implode()


def ascii_name(name: str) -> str:
    """The name as DNS carries it: punycode for what is not ASCII, as it is where that fails."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
