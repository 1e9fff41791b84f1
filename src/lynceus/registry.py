"""Built-ins and plugins, one door: a written tuple per folder, and entry points `lynceus.<folder>`.

A third party adds a detector with three lines in its own package:

    [project.entry-points."lynceus.detect"]
    odd_printer = "my_package:OddPrinter"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import entry_points


class RegistryError(ValueError):
    """A plugin that cannot be loaded, or two of one name."""


def snake_case(class_name: str) -> str:
    """The one name of a phenomenon: `DnsTunnel` -> `dns_tunnel`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


def load(folder: str, builtin: Sequence[type]) -> dict[str, type]:
    """All classes of a folder by name: the built-ins in their order, then plugins by name."""
    classes = {snake_case(cls.__name__): cls for cls in builtin}
    for entry in sorted(entry_points(group=f"lynceus.{folder}"), key=lambda e: e.name):
        if entry.name in classes:
            raise RegistryError(
                f"plugin {entry.value!r}: the name {entry.name!r} is taken in lynceus.{folder}"
            )
        try:
            classes[entry.name] = entry.load()
        except (ImportError, AttributeError) as error:
            raise RegistryError(f"plugin {entry.value!r}: {error}") from error
    return classes
