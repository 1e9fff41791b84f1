"""Trains the models that ship with the package from a folder of data sets.

python tools/models.py DATA [--key PRIVATE] [NAME ...]

Without a key what is trained is compared with what ships: the same data must give the same bytes.
With the private half of a key of `trusted.keys` it takes its place, signed. Needs the extra `train`
and nDPI's reader (Debian package libndpi-bin).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from rich.progress import Progress

from lynceus.learn.dataset import DatasetError
from lynceus.learn.evaluate.benign_networks import networks
from lynceus.learn.extras import ExtraMissingError
from lynceus.learn.shipped import SHIPPED
from lynceus.learn.steps import Steps
from lynceus.models import Artefact, registry
from lynceus.models.artefact import MANIFEST
from lynceus.models.signature import SigningKeyError

FOLDER = registry.SHIPPED


def main(arguments: list[str]) -> int:
    """Trains the models named, or all; 1 where what ships is other than what was trained."""
    parser = argparse.ArgumentParser(prog="models")
    parser.add_argument("data", type=Path, help="folder with the data sets")
    parser.add_argument("name", nargs="*", help="models to train; all by default")
    parser.add_argument("--key", type=Path, help="private key; what is trained then ships")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.name) - set(SHIPPED)):
        sys.stderr.write(f"no model {', '.join(unknown)}; there are {', '.join(SHIPPED)}\n")
        return 2
    differing = 0
    try:
        benign = networks(asked.data)
        for name in asked.name or SHIPPED:
            with Progress(transient=True) as bar:
                task = bar.add_task(name, total=None)
                steps = Steps(None, lambda step, _, t=task: bar.update(t, description=step))
                artefact = SHIPPED[name](asked.data, benign, steps)
            _tell(artefact)
            if asked.key:
                shutil.rmtree(FOLDER / artefact.manifest.label, ignore_errors=True)
                print(f"  written to {artefact.write(FOLDER, asked.key)}")
            elif not _ships(artefact):
                differing += 1
                print("  what ships is another one")
            else:
                print("  what ships is the same")
    except (DatasetError, ExtraMissingError, SigningKeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if differing else 0


def _ships(artefact: Artefact) -> bool:
    path = FOLDER / artefact.manifest.label / MANIFEST
    return path.exists() and path.read_bytes() == artefact.manifest.bytes()


def _tell(artefact: Artefact) -> None:
    told = artefact.manifest
    size = sum(map(len, artefact.payload.values())) + len(told.bytes())
    print(f"{told.label}: {size / 2**20:.2f} MiB")
    for name, reason in told.gate.reasons.items():
        least = told.alert.get(name)
        print(f"  {name}: {'silent' if least is None else f'alerts from {least:g}'}: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
