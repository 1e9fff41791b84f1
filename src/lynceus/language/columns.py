"""Messages over the columns of a table: what a detector says of each of its findings.

A part that is not always there (`in 41 s`, `as anna`) is a message of its own, which a field of the
sentence is filled with; so a translator moves it with the field.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from lynceus import language


def sentence(message: str, /, **given: str | pl.Expr) -> pl.Expr:
    """A message in the language that is spoken, row by row; null where a field is.

    A field is filled with the expression, or the column, that is given for its name; with the
    column of its name where none is given.
    """
    known = language.fields(message)
    parts: list[pl.Expr] = []
    for text, name in language.pieces(language.say(message)):
        if name in known:
            value = given.get(name, name)
            parts += [pl.lit(text), pl.col(value) if isinstance(value, str) else value]
        else:
            parts.append(pl.lit(f"{text}{{{name}}}" if name else text))
    return pl.concat_str(parts)


def clause(message: str, /, **given: str | pl.Expr) -> pl.Expr:
    """A message that follows another, with a blank before it."""
    return pl.lit(" ") + sentence(message, **given)


def worded(of: pl.Expr, words: Iterable[str]) -> pl.Expr:
    """Words of a table that the code knows them by, each as the message that it is."""
    known = dict.fromkeys(words)
    return of.replace(list(known), [language.say(word) for word in known])


def counted(one: str, many: str, count: pl.Expr) -> pl.Expr:
    """A message that counts, row by row in the form for its number, which fills `{n}`."""

    def told(counts: pl.Series) -> pl.Series:
        if counts.is_empty():
            return pl.Series(counts.name, [], dtype=pl.String)
        distinct = counts.unique().drop_nulls()
        texts = [language.several(one, many, n, n=str(n)) for n in distinct]
        return counts.replace_strict(distinct, texts, default=None, return_dtype=pl.String)

    return count.cast(pl.Int64).map_batches(told, return_dtype=pl.String, is_elementwise=True)
