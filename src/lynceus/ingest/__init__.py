"""Bytes to flows and events: captures, logs, tables and lists, known by their content.

`open_inputs` makes one stream of any number of inputs; `read_flows` gives the flow table of one.
A new source is a class in a file of its own and one line in `BUILTIN`, or a class of another
package under the entry point `lynceus.ingest`:

- `expects`: what it reads, a few words for messages;
- `recognise(head, path)`: how sure it is (0 to 1) that an input that begins so is for it;
- `open(given, options)`: a `lynceus.protocols.Source` of that input;
- `open_all(givens, options)`, where it has one: a source of all inputs of the kind together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lynceus.ingest.inputs import Input, InputError, ReadOptions
    from lynceus.ingest.merge import sorted_by_end
    from lynceus.ingest.opening import (
        BUILTIN,
        SourceKind,
        kinds,
        open_frame,
        open_input,
        open_inputs,
        progress,
        read_flows,
        without_names,
    )

__all__ = [
    "BUILTIN",
    "Input",
    "InputError",
    "ReadOptions",
    "SourceKind",
    "kinds",
    "open_frame",
    "open_input",
    "open_inputs",
    "progress",
    "read_flows",
    "sorted_by_end",
    "without_names",
]

_HOME = {"Input": "inputs", "InputError": "inputs", "ReadOptions": "inputs"}
_HOME |= {"sorted_by_end": "merge"}


def __getattr__(name: str) -> Any:
    """Loads on first use: who reads one capture needs no reader of logs."""
    if name not in __all__:
        raise AttributeError(f"module 'lynceus.ingest' has no attribute {name!r}")
    return getattr(import_module(f"lynceus.ingest.{_HOME.get(name, 'opening')}"), name)
