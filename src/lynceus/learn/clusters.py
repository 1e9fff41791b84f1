"""Groups of hosts that are used alike, found at a site and named by what is typical of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline.roles import LEAST_FLOWS, MIX, distances, mixes, written_roles
from lynceus.learn.extras import extra

MOST_CLUSTERS = 12
FEWEST_HOSTS = 8
"""Hosts below which there are no groups to find."""

FEWEST_ALIKE = 3
"""Hosts that make a group."""

FAR = 0.6
"""Distance to the nearest written role from which on a group is named by its strongest share."""


def site_roles(history: pl.DataFrame, seed: int = 0) -> tuple[pl.DataFrame | None, list[str]]:
    """The groups of the hosts of a history as roles (`role` and the columns of `MIX`), and lines
    about how they were found; None where there are too few hosts or no groups.

    k-means with the number of groups that separates best, and HDBSCAN, which leaves hosts out that
    are like no others; the one whose groups stand further apart (silhouette) is taken.
    """
    hosts = mixes(history).filter(pl.col("flows") >= LEAST_FLOWS)
    rows = hosts.select(MIX).to_numpy()
    if len(rows) < FEWEST_HOSTS:
        return None, [f"roles: {len(rows)} busy hosts, fewer than {FEWEST_HOSTS}: the written ones"]
    found = {"k-means": _k_means(rows, seed), "HDBSCAN": _hdbscan(rows)}
    scores = {name: _apart(rows, labels) for name, labels in found.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] <= 0:
        return None, ["roles: no groups stand apart: the written ones"]
    labels = found[best]
    centres = np.array([rows[labels == n].mean(0) for n in range(labels.max() + 1)])
    names = _named(centres)
    told = ", ".join(f"{name} {(labels == n).sum()}" for n, name in enumerate(names))
    compared = ", ".join(f"{name} {score:.2f}" for name, score in scores.items())
    frame = pl.DataFrame({"role": names}).with_columns(
        pl.Series(name, centres[:, place]) for place, name in enumerate(MIX)
    )
    return frame, [f"roles by {best} (silhouette: {compared}): {told}"]


def _k_means(rows: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    cluster = extra("sklearn.cluster")
    best, labels = -1.0, np.zeros(len(rows), dtype=np.int64)
    for count in range(2, min(MOST_CLUSTERS, len(rows) - 1) + 1):
        tried = cluster.KMeans(n_clusters=count, n_init=4, random_state=seed).fit_predict(rows)
        score = _apart(rows, tried.astype(np.int64))
        if score > best + 1e-3:
            best, labels = score, tried.astype(np.int64)
    return labels


def _hdbscan(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    trained = extra("sklearn.cluster").HDBSCAN(min_cluster_size=FEWEST_ALIKE, copy=True).fit(rows)
    return np.asarray(trained.labels_, dtype=np.int64)


def _apart(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean silhouette, those that belong nowhere counting 0; -1 of one group or none."""
    inside = labels >= 0
    groups = len(set(labels[inside].tolist()))
    if groups < 2 or inside.sum() <= groups:
        return -1.0
    score = extra("sklearn.metrics").silhouette_score(rows[inside], labels[inside])
    return float(score) * float(inside.mean())


def _named(centres: NDArray[np.float64]) -> list[str]:
    """Names by the nearest written role, or the strongest share where none is near; numbered where
    several are alike."""
    roles = written_roles()
    distance = distances(centres, roles.select(MIX).to_numpy())
    named = [
        str(roles["role"][int(distance[n].argmin())])
        if distance[n].min() < FAR
        else f"{MIX[int(centres[n, :-3].argmax())].replace('_', ' ')} mostly"
        for n in range(len(centres))
    ]
    seen: Counter[str] = Counter()
    numbered = []
    for name in named:
        seen[name] += 1
        numbered.append(f"{name} {seen[name]}" if named.count(name) > 1 else name)
    return numbered
