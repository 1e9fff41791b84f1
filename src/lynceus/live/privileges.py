"""Root opens what only root may open, then becomes the user it is told to, for good.

Sockets and rings that are open stay open. What lies in the folders of the run is given to that user
first, so that it can be written on.
"""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from lynceus import _core
from lynceus.live.pump import Pump

OPENING_S = 10.0
"""So long sources may take to open; one that could not be by then is tried again as the user."""


def known(user: str) -> bool:
    """Whether this machine has such a user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


class Privileges:
    """Those of a run that root has started."""

    def __init__(self, user: str, folders: Iterable[Path], say: Callable[[str], None]) -> None:
        """`user`: empty for none. `folders`: all that the run writes to."""
        self._user, self._folders, self._say = user, tuple(folders), say
        self.held = bool(user) and os.geteuid() == 0
        """Whether they are still to be given up."""
        self._begun_s = time.monotonic()

    def due(self, pump: Pump) -> bool:
        """Whether the sources are open, or have had their time."""
        return not pump.opening or time.monotonic() - self._begun_s > OPENING_S

    def give_up(self) -> None:
        """Becomes the user; what fails is said, and root goes on."""
        self.held = False
        entry = pwd.getpwnam(self._user)
        try:
            for path in _below(self._folders):
                with suppress(FileNotFoundError):  # what is forgotten meanwhile
                    if path.lstat().st_uid == os.geteuid():
                        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
            _core.drop_privileges(self._user)
        except OSError as error:
            self._say(f"user {self._user}: {error}; it stays root")
            return
        self._say(f"goes on as {self._user}")


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    """Folders and all in them; links are not followed."""
    for folder in folders:
        yield folder
        yield from (Path(at) / name for at, dirs, files in os.walk(folder) for name in dirs + files)
