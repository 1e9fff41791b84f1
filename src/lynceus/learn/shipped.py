"""The models that come with the package: what each learns from, and what it has to keep quiet on.

`make models` writes them from a folder of data sets; the same data gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lynceus.learn.attack_model import Order, trained
from lynceus.learn.dataset import Dataset, joined
from lynceus.learn.in_folder import in_folder
from lynceus.learn.steps import Steps
from lynceus.models import Artefact

SEED = 1
ATTACK_FAMILY = Order("attack_family", version=1, tier="flow", learner="boosting", seed=SEED)


def attack_family(
    data: Path, benign: Sequence[Dataset] = (), steps: Steps | None = None
) -> Artefact:
    """Families of attacks on the flow tier, so that it judges what any log or exporter tells.

    Two networks are learned from: of one alone the classifier takes what is ordinary elsewhere
    for the nearest attack. Raises `DatasetError` where a set is not there.
    """
    sets = (
        in_folder(data, "cicids2017", columns=("orig_ip_bytes",)),
        in_folder(data, "unsw_nb15", columns=("ts_ns",)),
    )
    return trained(joined(sets, "+".join(s.name for s in sets)), benign, ATTACK_FAMILY, steps)


SHIPPED: Mapping[str, Callable[[Path, Sequence[Dataset], Steps | None], Artefact]] = {
    "attack_family": attack_family,
}
"""By name what trains a model from a folder of data sets and benign networks."""
