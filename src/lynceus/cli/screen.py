"""Where results are printed: the terminal, or a pipe of the same shape."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

PIPE_COLUMNS = 100
"""Width where nobody says how wide the screen is."""


def screen() -> Console:
    """A console on stdout that takes nothing for markup and leaves a closed pipe to the caller."""
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    told = sys.stdout.isatty() or os.environ.get("COLUMNS")
    width = None if told else PIPE_COLUMNS
    return Screen(highlight=False, emoji=False, markup=False, width=width)
