"""Trains the model of generated names and measures it on families it has not seen.

python tools/train_generated.py DOMAINS.csv.gz [--write | --compare]

DOMAINS has the columns domain, family and label (`dga` or `benign`). Families, each whole, and
ordinary names are split into ten parts; what a part holds is scored by a model trained on the other
nine. A mixture of families without names is left out of that: in it may be what is meant to be
unseen. The model that ships has learned from it too.

Prints the recall; `--compare` that of a plain model of one to three characters and of ours, both
with the mixture in their training, so that what is unseen may be less so. `--write` trains on all
and writes `enrich/data/generated-names.npz`. Needs scikit-learn and LightGBM (the extra `train`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from known_sources import write_sources
from numpy.typing import NDArray

from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.generated import (
    LINEAR,
    TABLE_SIZES,
    WIDTH,
    GeneratedNames,
    coded,
    described,
    linear_part,
    pieces,
    placed,
    usual,
)
from lynceus.enrich.networks import DATA
from lynceus.enrich.trees import LEAVES, BoostedTrees, flattened

PARTS = 10
TREES = 250
INVENTED = 20_000
"""Labels invented here, so that the model learns more kinds of making than the families show."""
INVENTED_WEIGHT = 16_000.0
FAMILIES_WEIGHT = 12_000.0
"""What all invented labels, and all names of families, weigh together; ordinary ones one each."""
RATES = (0.001, 0.01)
UNNAMED = ("ndpi-dga",)
"""A mixture of unknown families."""

Model = dict[str, NDArray[Any]]
_LETTERS, _FIGURES, _VOWELS, _CONSONANTS = (
    [*"abcdefghijklmnopqrstuvwxyz"], [*"0123456789"], [*"aeiouy"], [*"bcdfghjklmnpqrstvwxz"],
)  # fmt: skip


def read(path: Path, *, unnamed: bool = False) -> pl.DataFrame:
    """Names with family, whether made, the label that is judged, and the top-level domain.

    Those of named families and the ordinary ones, or the mixture.
    """
    rows = pl.read_csv(path).filter(pl.col("family").is_in(UNNAMED) == unnamed)
    label, top = DomainFacts().judged(rows["domain"])
    made = (rows["label"] == "dga").alias("made")
    return rows.with_columns(label.alias("label"), top.alias("top"), made).drop_nulls("label")


def parts_of(rows: pl.DataFrame) -> NDArray[np.int64]:
    """The part of each row: families whole, ordinary names each by itself."""
    draw = np.random.default_rng(0)
    families = rows.filter("made")["family"].unique().sort().to_list()
    place = dict(zip(families, draw.permutation(len(families)) % PARTS, strict=True))
    by_family = rows["family"].replace_strict(place, default=-1, return_dtype=pl.Int64).to_numpy()
    return np.where(by_family >= 0, by_family, draw.integers(0, PARTS, rows.height))


def invented(draw: np.random.Generator, ordinary: Sequence[str], count: int) -> list[str]:
    """Labels as algorithms make them: letters, digits, syllables and pieces of words by chance."""
    follow = np.full((27, 27), 0.3)
    for label in ordinary[:8000]:
        before = 0
        for character in label:
            after = ord(character) - 96
            if 1 <= after <= 26:
                follow[before, after] += 1
                before = after
    makers = (
        lambda n: draw.choice(_LETTERS, n),
        lambda n: draw.choice(draw.choice(_LETTERS, int(draw.integers(6, 18)), replace=False), n),
        lambda n: draw.choice([*"0123456789abcdef"], n + 2),
        lambda n: draw.choice(_LETTERS + _FIGURES, n + 3),
        lambda n: _alternating(draw, min(n, 15)),
        lambda n: _chained(draw, follow ** draw.uniform(0.3, 1.0), min(n, 19)),
        lambda n: [*draw.choice(_LETTERS, 3 + n // 3), *draw.choice(_FIGURES, 3 + n // 4)],
        lambda n: [s for _ in range(2 + n // 5) for s in (*_alternating(draw, 2),
                   *draw.choice(_CONSONANTS, int(draw.integers(0, 2))))],
        lambda n: [*draw.choice(_LETTERS, 3 + n // 4),
                   ordinary[int(draw.integers(len(ordinary)))][:12]],
        lambda n: _pieced(draw, ordinary, n),
    )  # fmt: skip
    odds = np.array([25, 10, 8, 14, 13, 15, 5, 6, 4, 33]) / 133
    kinds = draw.choice(len(makers), count, p=odds)
    return ["".join(makers[kind](int(draw.integers(6, 23))))[:WIDTH] for kind in kinds]


def _alternating(draw: np.random.Generator, length: int) -> list[str]:
    vowels = draw.choice(_VOWELS, int(draw.integers(3, 7)), replace=False)
    others = draw.choice(_CONSONANTS, int(draw.integers(6, 21)), replace=False)
    first = int(draw.integers(2))
    return [str(draw.choice(vowels if (n + first) % 2 else others)) for n in range(length)]


def _pieced(draw: np.random.Generator, ordinary: Sequence[str], length: int) -> list[str]:
    """Pieces of ordinary labels, of two to four characters; at times a second word of them."""
    out: list[str] = []
    second = length + int(draw.integers(5, 14)) if draw.random() < 0.2 else length
    for end in sorted({length, second}):
        out += ["-"] if out else []
        while len(out) < end:
            label = ordinary[int(draw.integers(len(ordinary)))].replace("-", "")
            size = int(draw.integers(2, 5))
            if len(label) > size:
                begin = int(draw.integers(len(label) - size + 1))
                out += label[begin : begin + size]
    return out


def _chained(draw: np.random.Generator, follow: NDArray[np.float64], length: int) -> list[str]:
    odds = follow[:, 1:] / follow[:, 1:].sum(1, keepdims=True)
    at, out = 0, []
    for _ in range(length):
        at = 1 + int(draw.choice(26, p=odds[at]))
        out.append(_LETTERS[at - 1])
    return out


def trained(rows: pl.DataFrame, hidden: pl.Series, seed: int) -> Model:
    """The model of these rows; popular names are ordinary too, but for those in `hidden`."""
    from lightgbm import LGBMClassifier
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(seed)
    popular = DomainFacts().popular_names()
    label, top = DomainFacts().judged(popular)
    more = pl.DataFrame({"label": label, "top": top}).drop_nulls("label")
    ordinary = pl.concat([rows.filter(~pl.col("made")).select("label", "top"), more])
    ordinary = ordinary.filter(~pl.col("label").is_in(hidden.implode())).unique(maintain_order=True)
    made = rows.filter("made")
    new = invented(draw, ordinary["label"].to_list(), INVENTED)
    odds = made.select(1 / pl.len().over("family")).to_series().to_numpy()
    borrowed = draw.choice(made.height, INVENTED, p=odds / odds.sum())
    tops = ordinary["top"].value_counts().sort("count", "top", descending=True)
    tops = tops.select("top", usual=pl.col("count").cast(pl.Float64).log1p()).head(400)
    sets = (
        (ordinary["label"], ordinary["top"], 1),
        (made["label"], made["top"], 0),
        (pl.Series(new), made["top"].gather(borrowed), 0),
    )
    tables = usual(coded(ordinary["label"])[0])
    tables = {
        size: np.minimum(table, 255).astype(np.uint8) if size > 3 else table.astype(np.uint32)
        for size, table in tables.items()
    }
    codes = [_whole(*coded(labels)) for labels, _, _ in sets]
    numbers = np.vstack([
        np.column_stack([described(*code, tables, own), placed(top, tops)])
        for code, (_, top, own) in zip(codes, sets, strict=True)
    ])  # fmt: skip
    every = np.vstack([code for code, _ in codes])
    target = np.repeat([0, 1, 1], [len(labels) for labels, _, _ in sets])
    rare = made.select(1 / pl.len().over("family").sqrt()).to_series().to_numpy()
    weight = np.concatenate([
        np.ones(ordinary.height),
        rare * FAMILIES_WEIGHT / rare.sum(),
        np.full(INVENTED, INVENTED_WEIGHT / INVENTED),
    ])  # fmt: skip
    rarity = _rarity(every)
    linear = LogisticRegression(C=5.0, solver="liblinear", tol=1e-2)
    linear.fit(_weighed(every, rarity), target, sample_weight=weight)
    boosted = LGBMClassifier(
        n_estimators=TREES, learning_rate=0.08, num_leaves=LEAVES, min_child_samples=40,
        feature_fraction=0.5, bagging_fraction=0.7, bagging_freq=1, reg_lambda=2.0, max_bin=127,
        random_state=seed, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1,
    )  # fmt: skip
    boosted.fit(numbers, target, sample_weight=weight)
    sizes = np.cumsum([0, *(TABLE_SIZES[size] for size in LINEAR)])
    model: Model = {
        **{f"usual_{size}": table for size, table in tables.items()},
        **{
            f"linear_{size}": linear.coef_[0][sizes[n] : sizes[n + 1]].astype(np.float16)
            for n, size in enumerate(LINEAR)
        },
        **{f"rarity_{size}": rarity[size] for size in LINEAR},
        "linear_bias": np.float64(linear.intercept_[0]),
        **flattened(boosted.booster_.dump_model()),
        "tops": tops["top"].to_numpy().astype("S"),
        "top_usual": tops["usual"].to_numpy().astype(np.float32),
    }
    weights = {size: (model[f"linear_{size}"], rarity[size]) for size in LINEAR}
    first = linear_part(every, weights, float(model["linear_bias"]))
    second = BoostedTrees(model).logit(numbers)
    model["parts"] = 1 / np.array([first.std(), second.std()])
    model["logits"], model["shares"] = np.array([-1.0, 1.0]), np.array([0.0, 1.0])
    return model


def _whole(codes: NDArray[np.int64], length: NDArray[np.int64]) -> Any:
    """Codes of the greatest width, so that sets of names can stand under each other."""
    return np.pad(codes, ((0, 0), (0, WIDTH + 2 - codes.shape[1]))), length


def _rarity(codes: NDArray[np.int64]) -> Model:
    """The inverse document frequency of each piece."""
    rarity = {}
    for size in LINEAR:
        slots, there = pieces(codes, size)
        rows = np.broadcast_to(np.arange(len(codes))[:, None], slots.shape)[there]
        once = np.unique(rows * TABLE_SIZES[size] + slots[there]) % TABLE_SIZES[size]
        held = np.bincount(once, minlength=TABLE_SIZES[size])
        rarity[size] = (np.log((1 + len(codes)) / (1 + held)) + 1).astype(np.float16)
    return rarity


def _weighed(codes: NDArray[np.int64], rarity: Model) -> Any:
    """The pieces of each label by their rarity, each row of length one."""
    from scipy.sparse import csr_matrix

    values, places, rows, offset = [], [], [], 0
    for size in LINEAR:
        slots, there = pieces(codes, size)
        rows.append(np.nonzero(there)[0])
        places.append(slots[there] + offset)
        values.append(rarity[size][slots[there]].astype(np.float64))
        offset += TABLE_SIZES[size]
    row, value = np.concatenate(rows), np.concatenate(values)
    norm = np.sqrt(np.bincount(row, weights=value**2, minlength=len(codes)))
    shape = (len(codes), offset)
    return csr_matrix((value / norm[row], (row, np.concatenate(places))), shape=shape)


def unseen(rows: pl.DataFrame, mixture: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows with the logit of a model that has seen neither family nor name.

    With a mixture every model learns from it too, so what is unseen is the ordinary names alone.
    """
    part = parts_of(rows)
    logit = np.zeros(rows.height)
    for number in range(PARTS):
        held = part == number
        ordinary = rows.filter(pl.Series(held) & ~rows["made"])["label"]
        known = rows.filter(pl.Series(~held))
        known = known if mixture is None else pl.concat([known, mixture])
        model = GeneratedNames(trained(known, ordinary, number))
        mine = rows.filter(pl.Series(held))
        logit[held] = model.logit(mine["label"], mine["top"])
        sys.stderr.write(f"part {number + 1} of {PARTS} is judged\n")
    return rows.with_columns(logit=pl.Series(logit))


def plain(rows: pl.DataFrame, mixture: pl.DataFrame) -> pl.DataFrame:
    """The rows as `unseen` scores them, by logistic regression over pieces of the whole name."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    part = parts_of(rows)
    names, made = rows["domain"].to_numpy(), rows["made"].to_numpy()
    more = mixture["domain"].to_numpy()
    logit = np.zeros(rows.height)
    for number in range(PARTS):
        held = part == number
        pieces_of = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        known = pieces_of.fit_transform(np.concatenate([names[~held], more]))
        target = np.concatenate([made[~held], np.ones(len(more), dtype=bool)])
        model = LogisticRegression(C=10.0, solver="liblinear").fit(known, target)
        logit[held] = model.decision_function(pieces_of.transform(names[held]))
    return rows.with_columns(logit=pl.Series(logit))


def recalls(scored: pl.DataFrame) -> pl.DataFrame:
    """Recall of each family, and over all names, at the false positive rates of `RATES`."""
    ordinary = scored.filter(~pl.col("made"))["logit"]
    made = scored.filter("made")
    found = [
        (pl.col("logit") > ordinary.quantile(1 - rate)).mean().alias(f"recall_at_{rate:g}")
        for rate in RATES
    ]
    families = made.group_by("family").agg(pl.len().alias("names"), *found).sort("family")
    total = made.select(pl.lit("(all)").alias("family"), pl.len().alias("names"), *found).head(1)
    return pl.concat([families, total])


def calibrated(model: Model, scored: pl.DataFrame) -> Model:
    """The model with the share of unseen ordinary names below each logit."""
    ordinary = scored.filter(~pl.col("made"))["logit"].to_numpy()
    shares = np.array(
        [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995]
    )
    logits = np.maximum.accumulate(np.quantile(ordinary, shares))
    top = scored.filter("made")["logit"].to_numpy().max()
    model["logits"] = np.append(logits, max(float(top), float(logits[-1]) + 1))
    model["shares"] = np.append(shares, 0.9999)
    return model


if __name__ == "__main__":
    domains = Path(sys.argv[1])
    names = read(domains)
    mixture = read(domains, unnamed=True)
    if "--compare" in sys.argv:
        for scored in (plain(names, mixture), unseen(names, mixture)):
            print(recalls(scored).tail(1))
    elif "--write" not in sys.argv:
        with pl.Config(tbl_rows=-1):
            print(recalls(unseen(names)))
    else:
        none = pl.Series([], dtype=pl.String)
        shipped = calibrated(trained(pl.concat([names, mixture]), none, 0), unseen(names, mixture))
        target = Path(str(DATA)) / "generated-names.npz"
        np.savez_compressed(target, **shipped)  # type: ignore[arg-type]
        print(f"{target.name}: {target.stat().st_size} bytes")
        write_sources()
