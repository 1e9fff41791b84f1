"""Built-ins and plugins, one door: a written tuple per folder, and entry points `lynceus.<folder>`.

A third party adds a detector with three lines in its own package:

    [project.entry-points."lynceus.detect"]
    odd_printer = "my_package:OddPrinter"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points


class RegistryError(ValueError):
    """A plugin that cannot be loaded, or two of one name."""


def snake_case(class_name: str) -> str:
    """The one name of a phenomenon: `DnsTunnel` -> `dns_tunnel`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


@cache
def plugins() -> tuple[EntryPoint, ...]:
    """Those of all packages, by name: to look into every package is slow, so it is done once."""
    found = entry_points()
    ours = [found.select(group=group) for group in found.groups if group.startswith("lynceus.")]
    return tuple(sorted((entry for group in ours for entry in group), key=lambda e: e.name))


def load(folder: str, builtin: Sequence[type]) -> dict[str, type]:
    """All classes of a folder by name: the built-ins in their order, then plugins by name."""
    classes = {snake_case(cls.__name__): cls for cls in builtin}
    for entry in plugins():
        if entry.group != f"lynceus.{folder}":
            continue
        if entry.name in classes:
            raise RegistryError(
                f"plugin {entry.value!r}: the name {entry.name!r} is taken in lynceus.{folder}"
            )
        try:
            classes[entry.name] = entry.load()
        except (ImportError, AttributeError) as error:
            raise RegistryError(f"plugin {entry.value!r}: {error}") from error
    return classes
