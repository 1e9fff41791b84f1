"""How much a name looks made by an algorithm: a small model over its characters.

Two parts whose logits are added: a linear model over the one to three characters that follow each
other, and boosted trees over numbers about the name (how usual its pieces are among ordinary
names, vowels, digits, runs, entropy, length) and about the top-level domain (how many ordinary
names stand there, which of the common ones it is). What comes out is not a probability but
the share of ordinary names, unseen in training, that look less made.
`tools/train_generated.py` trains it and writes `data/generated-names.npz`; `docs/enrichment.md`
says how and how well.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.enrich.trees import BoostedTrees

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WIDTH = 40
"""Most characters of a label that are read."""
CODES = 41
"""Padding, 26 letters, 10 digits, the hyphen, all others, begin and end."""
_OTHER, _BEGIN, _END = 38, 39, 40
TABLE_SIZES = {1: CODES, 2: CODES**2, 3: CODES**3, 4: 1 << 16, 5: 1 << 17}
"""Slots of the table of each length of piece; the longer ones are hashed."""
LINEAR = (1, 2, 3)
"""Lengths of the pieces that the linear part weighs."""
PIECE = 8_192
"""Names that are scored at once: of like length, so that the rows stay short."""
COMMON = 30
"""Top-level domains, of those with most ordinary names, that are told apart."""

_letters = np.full(256, _OTHER, np.int64)
_letters[np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", np.uint8)] = np.arange(1, 27)
_letters[np.frombuffer(b"0123456789", np.uint8)] = np.arange(27, 37)
_letters[ord("-")] = 37


def _set(characters: str) -> Bools:
    out = np.zeros(CODES, np.bool_)
    out[_letters[np.frombuffer(characters.encode(), np.uint8)]] = True
    return out


_VOWELS, _DIGITS = _set("aeiouy"), _set("0123456789")
_ALPHA = _set("abcdefghijklmnopqrstuvwxyz")
_HEX, _RARE = _set("0123456789abcdef"), _set("jkqvwxz")


def coded(labels: pl.Series) -> tuple[Ints, Ints]:
    """Labels as rows of character codes between begin and end, and their lengths."""
    texts = labels.fill_null("").str.slice(0, WIDTH)
    raw = [text.encode("ascii", "replace") for text in texts]
    length = np.fromiter(map(len, raw), np.int64, len(raw))
    flat = _letters[np.frombuffer(b"".join(raw), np.uint8)]
    rows = np.repeat(np.arange(len(raw)), length)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(length) - length, length)
    codes = np.zeros((len(raw), WIDTH + 2), np.int64)
    codes[rows, place + 1] = flat
    codes[:, 0] = _BEGIN
    codes[np.arange(len(raw)), length + 1] = _END
    widest = int(length.max(initial=0))
    return codes[:, : max(widest + 2, *TABLE_SIZES)].copy(), length


def pieces(codes: Ints, size: int) -> tuple[Ints, Bools]:
    """The slot of each piece of `size` characters, and whether there is one."""
    wide = codes.shape[1] - size + 1
    slots = np.zeros((len(codes), wide), np.int64)
    for shift in range(size):
        slots = slots * CODES + codes[:, shift : shift + wide]
    there = codes[:, size - 1 : size - 1 + wide] > 0
    if TABLE_SIZES[size] < CODES**size:
        slots = ((slots * 2_654_435_761) >> 16) & (TABLE_SIZES[size] - 1)
    return slots, there


def usual(codes: Ints) -> dict[int, Ints]:
    """How often each piece stands in ordinary names: the tables of the model."""
    tables = {}
    for size, most in TABLE_SIZES.items():
        slots, there = pieces(codes, size)
        tables[size] = np.bincount(slots[there], minlength=most).astype(np.int64)
    return tables


def _longest_run(of: Bools) -> Ints:
    best = np.zeros(len(of), np.int64)
    run = np.zeros(len(of), np.int64)
    for column in of.T:
        run = np.where(column, run + 1, 0)
        best = np.maximum(best, run)
    return best


def described(
    codes: Ints,
    length: Ints,
    tables: Mapping[int, NDArray[Any]],
    own: int = 0,
) -> Floats:
    """The numbers about each label. `own` is 1 for names that are in the tables themselves."""
    size_of = np.maximum(length, 1)
    out: list[NDArray[Any]] = []
    logs: dict[int, tuple[Floats, Bools]] = {}
    for size, table in tables.items():
        slots, there = pieces(codes, size)
        seen = np.maximum(table[slots].astype(np.float64) - own, 0)
        log = np.log1p(seen)
        logs[size] = log, there
        count = np.maximum(there.sum(1), 1)
        mean = (log * there).sum(1) / count
        out.append(mean)
        if size > 1:
            out += [
                np.where(there, log, 99.0).min(1),
                ((seen <= 0) & there).sum(1) / count,
                ((seen <= 2) & there).sum(1) / count,
                np.sqrt((((log - mean[:, None]) ** 2) * there).sum(1) / count),
            ]
    for size in (2, 3, 4, 5):
        log, there = logs[size]
        gain = (log - logs[size - 1][0][:, : log.shape[1]]) * there
        out += [gain.sum(1) / np.maximum(there.sum(1), 1), gain.min(1)]
    out += [of[codes].sum(1) / size_of for of in (_VOWELS, _DIGITS, _HEX, _RARE)]
    vowel, digit, alpha = _VOWELS[codes], _DIGITS[codes], _ALPHA[codes]
    consonant = alpha & ~vowel
    out += [_longest_run(of) for of in (consonant, vowel, digit)]
    out += [_longest_run(alpha) / size_of, (codes == 37).sum(1)]
    out += [_turns(alpha, digit) / size_of, _turns(vowel, consonant) / size_of]
    place = np.arange(len(codes))[:, None] * CODES + codes
    held = np.bincount(place.ravel(), minlength=len(codes) * CODES).reshape(-1, CODES)
    held[:, [0, _BEGIN, _END]] = 0
    part = held / size_of[:, None]
    out += [-(part * np.log2(np.where(part > 0, part, 1))).sum(1), (held > 0).sum(1) / size_of]
    out += [part.max(1), length, np.log(size_of)]
    out.append((_HEX[codes].sum(1) == length) & (digit.sum(1) > 0))
    # Sums differ in their last digits with the names beside; no question may turn on that.
    return np.column_stack(out).round(4)


def placed(tops: pl.Series, usual_tops: pl.DataFrame) -> Floats:
    """The numbers about the top-level domain: how usual it is, and which of the common ones."""
    column = tops.alias("top").to_frame()
    found = column.join(usual_tops, on="top", how="left", maintain_order="left")
    common = usual_tops["top"].head(COMMON).to_list()
    return found.select(
        pl.col("usual").fill_null(0.0),
        *((pl.col("top") == top).fill_null(False).cast(pl.Float64).alias(top) for top in common),
    ).to_numpy()


def _turns(one: Bools, other: Bools) -> Ints:
    """How often a character of one kind stands beside one of the other."""
    turns = (one[:, 1:] & other[:, :-1]) | (other[:, 1:] & one[:, :-1])
    count: Ints = turns.sum(1)
    return count


def linear_part(
    codes: Ints, weights: Mapping[int, tuple[NDArray[Any], NDArray[Any]]], bias: float
) -> Floats:
    """The logit of the linear model: weights of the pieces by their rarity, each label as long."""
    total = np.zeros(len(codes))
    norm = np.zeros(len(codes))
    for size, (weight, rarity) in weights.items():
        slots, there = pieces(codes, size)
        rare = rarity[slots].astype(np.float64) * there
        total += (weight[slots].astype(np.float64) * rare).sum(1)
        norm += (rare**2).sum(1)
    return total / np.sqrt(np.maximum(norm, 1e-9)) + bias


class GeneratedNames:
    """The trained model."""

    def __init__(self, model: Mapping[str, NDArray[Any]]) -> None:
        self._tables = {size: model[f"usual_{size}"] for size in TABLE_SIZES}
        self._linear = {size: (model[f"linear_{size}"], model[f"rarity_{size}"]) for size in LINEAR}
        self._bias = float(model["linear_bias"])
        self._trees = BoostedTrees(model)
        self._weights = model["parts"].astype(np.float64)
        self._logits, self._shares = model["logits"], model["shares"]
        tops = pl.Series(model["tops"].astype(str))
        self._tops = pl.DataFrame({"top": tops, "usual": model["top_usual"].astype(np.float64)})

    @staticmethod
    def read(data: Traversable) -> GeneratedNames:
        """The model that ships."""
        with np.load(BytesIO(data.joinpath("generated-names.npz").read_bytes())) as stored:
            return GeneratedNames({name: stored[name] for name in stored.files})

    def share(self, labels: pl.Series, tops: pl.Series) -> pl.Series:
        """The share of ordinary names that look less made than each, 0..1."""
        both = pl.DataFrame({"label": labels, "top": tops})
        distinct = both.drop_nulls("label").unique().sort(pl.col("label").str.len_bytes())
        logit = np.concatenate(
            [np.zeros(0)]
            + [self.logit(part["label"], part["top"]) for part in distinct.iter_slices(PIECE)]
        )
        # Sums of the same numbers differ in their last digits with the names beside them.
        share = np.interp(logit.round(6), self._logits, self._shares).round(4)
        told = distinct.with_columns(share=pl.Series(share, dtype=pl.Float64))
        return both.join(
            told, on=["label", "top"], how="left", maintain_order="left", nulls_equal=True
        )["share"]

    def logit(self, labels: pl.Series, tops: pl.Series) -> Floats:
        """The added logits of the parts."""
        codes, length = coded(labels)
        numbers = np.column_stack([
            described(codes, length, self._tables), placed(tops, self._tops)
        ])  # fmt: skip
        first = linear_part(codes, self._linear, self._bias)
        second = self._trees.logit(numbers)
        scaled: Floats = self._weights[0] * first + self._weights[1] * second
        return scaled
