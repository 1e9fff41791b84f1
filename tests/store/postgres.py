"""A PostgreSQL of the tests' own: made in a folder, reached through a socket in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian has the servers, a folder a version."""
USER = "postgres"
"""A server refuses to run as root."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Starts a server and gives the URL of an empty database; skips where none is installed."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL absent: install the Debian package postgresql")
    programs = found[-1].parent
    data = folder / "data"
    data.mkdir(mode=0o700)
    as_user: list[str] = []
    if os.getuid() == 0:
        for path in (folder, data):
            shutil.chown(path, USER)
        as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(programs / program), *arguments],
            check=True, capture_output=True, text=True, cwd=folder,
        )  # fmt: skip

    run("initdb", "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-o", options, "-l", str(data / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
