"""Root opens the sources and is root no longer; what the run writes belongs to the user."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from lynceus.live.privileges import Privileges, known

BECOMES_NOBODY = """
    import sys
    from pathlib import Path
    from lynceus.live.privileges import Privileges

    folder = Path(sys.argv[1])
    privileges = Privileges("nobody", [folder], print)
    assert privileges.held
    privileges.give_up()
    assert not privileges.held
    (folder / "ledger.db").write_text("written on")
    (folder / "new").touch()
"""


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that every user may pass."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_becomes_the_user_who_can_write_on(open_to_all: Path) -> None:
    folder = open_to_all / "state"
    folder.mkdir()
    (folder / "ledger.db").touch()
    (folder / "elsewhere").symlink_to(open_to_all / "of_root")
    (open_to_all / "of_root").touch()
    program = [sys.executable, "-c", textwrap.dedent(BECOMES_NOBODY), str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "goes on as nobody\n"
    owners = {path.name: path.lstat().st_uid for path in folder.iterdir()}
    assert set(owners) == {"ledger.db", "new", "elsewhere"}
    assert len({*owners.values(), folder.stat().st_uid}) == 1
    assert (folder / "new").stat().st_uid != 0
    assert (open_to_all / "of_root").stat().st_uid == 0


def test_without_a_user_nothing_is_given_up(tmp_path: Path) -> None:
    assert not Privileges("", [tmp_path], print).held


def test_who_is_not_of_this_machine_is_not_known() -> None:
    assert known("root")
    assert not known("no such user")
