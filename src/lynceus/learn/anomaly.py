"""Opinions of what is strange at a site, learned from its own hours off the line.

An isolation forest, a one-class support vector machine on a Nystroem map (so that it scales with
the rows) and, where PyTorch is there, an autoencoder. All look at the deviations of hours from
norms that were made of other days, so that none learns its own answer; what they become is plain
arrays (`lynceus.baseline.scorers`), calibrated against the site's past with everything else.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.baseline.learned import Learned
from lynceus.baseline.roles import roles_of
from lynceus.baseline.scorers import WIDE, Autoencoder, IsolationForest, OneClass, Scorer, Scorers
from lynceus.baseline.state import State, StateError
from lynceus.learn.clusters import site_roles
from lynceus.learn.extras import extra

Array = NDArray[np.float64]

MOST_ROWS = 50_000
"""Hours that are learned from, evenly taken."""

TREES = 200
TREE_ROWS = 256
"""Trees and rows of each, as Liu, Ting and Zhou (2008) found enough."""

MAP_ROWS = 128
"""Rows that the Nystroem map is made of."""

EXPECTED_STRANGE = 0.02
"""Share of the past that the one-class machine may leave outside."""

STEPS = 2_000
STEP_ROWS = 256
LEARNING_RATE = 3e-3


def fitted(state: State, seed: int = 0) -> tuple[State, list[str]]:
    """The state with opinions learned from its history and the roles of its hosts; lines about it.

    Raises ExtraMissingError without the extra `train`, StateError where the baseline is not
    ready.
    """
    if not state.ready:
        raise StateError("the baseline is still learning; expected one that is ready")
    found, told = site_roles(state.learned["host"].history, seed)
    roles = roles_of(state.learned["host"].history, found)
    learned = dict(state.learned)
    for name, one in state.learned.items():
        if one.ready:
            learned[name] = replace(one, scorers=scorers_of(one, state, seed)).fitted(roles)
            kinds = ", ".join(kind for kind, _ in learned[name].scorers.by_kind)
            told.append(f"{name}s: {kinds}")
    return replace(state, learned=learned, roles=roles, site_roles=found), told


def scorers_of(learned: Learned, state: State, seed: int) -> Scorers:
    """All opinions that can be learned here of one subject."""
    rows = learned.deviations(state.roles)
    rows = rows[:: -(-len(rows) // MOST_ROWS)]
    kinds: list[tuple[str, Scorer]] = [
        ("isolation_forest", isolation_forest(rows, seed)),
        ("one_class", one_class(rows, seed)),
    ]
    if _has("torch"):
        kinds.append(("autoencoder", autoencoder(rows, seed)))
    return Scorers(tuple(kinds))


def isolation_forest(rows: Array, seed: int) -> IsolationForest:
    """An isolation forest as arrays that give what scikit-learn's `-score_samples` gives."""
    ensemble = extra("sklearn.ensemble")
    size = min(TREE_ROWS, len(rows))
    trained = ensemble.IsolationForest(
        n_estimators=TREES, max_samples=size, random_state=seed, n_jobs=1
    ).fit(rows)
    trees = [estimator.tree_ for estimator in trained.estimators_]
    most = max(tree.node_count for tree in trees)

    def nodes(values: list[Any], fill: float, dtype: type) -> NDArray[Any]:
        table = np.full((len(values), most), fill, dtype=dtype)
        for place, value in enumerate(values):
            table[place, : len(value)] = value
        return table

    lengths = [_depths(tree) + _unfinished(tree.n_node_samples) for tree in trees]
    return IsolationForest(
        nodes([np.where(t.children_left < 0, -1, t.feature) for t in trees], -1, np.int32),
        nodes([t.threshold for t in trees], 0.0, np.float64),
        nodes([t.children_left for t in trees], 0, np.int32),
        nodes([t.children_right for t in trees], 0, np.int32),
        nodes(lengths, 0.0, np.float64),
        float(_unfinished(np.array([size]))[0]),
    )


def _depths(tree: Any) -> Array:
    """Steps from the root to each node; children come after their parents."""
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    return depth


def _unfinished(rows: NDArray[Any]) -> Array:
    """Mean steps that a tree of so many rows would still take."""
    count = rows.astype(np.float64)
    harmonic = np.log(np.maximum(count - 1.0, 1.0)) + np.euler_gamma
    many = 2.0 * harmonic - 2.0 * (count - 1.0) / np.maximum(count, 1.0)
    return np.where(count > 2, many, np.where(count == 2, 1.0, 0.0))


def one_class(rows: Array, seed: int) -> OneClass:
    """A linear one-class machine on a Nystroem map."""
    maps, linear = extra("sklearn.kernel_approximation"), extra("sklearn.linear_model")
    gamma = 1.0 / max(rows.shape[1] * float(rows.var()), 1e-6)
    mapping = maps.Nystroem(
        gamma=gamma, n_components=min(MAP_ROWS, len(rows)), random_state=seed
    ).fit(rows)  # fmt: skip
    machine = linear.SGDOneClassSVM(nu=EXPECTED_STRANGE, random_state=seed, average=True)
    machine.fit(mapping.transform(rows))
    return OneClass(
        np.asarray(mapping.components_, dtype=np.float64),
        np.asarray(mapping.normalization_.T, dtype=np.float64),
        gamma,
        np.asarray(machine.coef_, dtype=np.float64).ravel(),
        float(np.ravel(machine.offset_)[0]),
    )


def autoencoder(rows: Array, seed: int) -> Autoencoder:
    """A net that repeats ordinary rows through a middle of a quarter of their numbers."""
    torch = extra("torch", "deep")
    width = rows.shape[1]
    sizes = (width, max(width // 2, 2), max(width // 4, 2), max(width // 2, 2), width)
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    net = torch.nn.Sequential(
        *(part for layer in layers[:-1] for part in (layer, torch.nn.Tanh())), layers[-1]
    )
    given = torch.tensor(np.clip(rows, -WIDE, WIDE) / WIDE, dtype=torch.float32)
    steps = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    dice = np.random.default_rng(seed)
    for _ in range(STEPS):
        some = given[torch.from_numpy(dice.integers(0, len(given), STEP_ROWS))]
        steps.zero_grad()
        torch.nn.functional.mse_loss(net(some), some).backward()
        steps.step()
    arrays = [
        (layer.weight.detach().numpy().astype(np.float64),
         layer.bias.detach().numpy().astype(np.float64))
        for layer in layers
    ]  # fmt: skip
    return Autoencoder(tuple(w for w, _ in arrays), tuple(b for _, b in arrays))


def _has(module: str) -> bool:
    return find_spec(module) is not None
