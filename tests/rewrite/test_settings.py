"""The table `[rewrite]`: lynceus.rewrite.settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.config import Config
from lynceus.own import OwnFileError


def config(folder: Path, text: str) -> Config:
    path = folder / "lynceus.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def test_nobody_is_asked_unless_named(tmp_path: Path) -> None:
    assert config(tmp_path, "").rewrite is None


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    made = config(
        tmp_path,
        """
        [rewrite]
        url = "https://llm.example.net/v1/"
        model = "m"
        key = { file = "key" }
        ca = "ca.pem"
        mask = false
        severity = "high"
        most = 3
        timeout_s = 5
        """,
    ).rewrite
    assert made is not None
    assert (made.url, made.mask, made.most) == ("https://llm.example.net/v1", False, 3)
    assert made.ca == tmp_path / "ca.pem"
    assert made.key is not None
    assert made.key.file == tmp_path / "key"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rewrite = 3", "1: rewrite 3: expected a table"),
        ('[rewrite]\nurl = "http://llm.example.net"\nmodel = "m"', "2: .*has to be https"),
        ('[rewrite]\nurl = "ftp://x"\nmodel = "m"', "2: .*expected an address"),
        ('[rewrite]\nurl = "http://[::1"\nmodel = "m"', r"2: \[rewrite\] url"),
        ('[rewrite]\nurl = "http://localhost"\nmodle = "m"', "did you mean model|Field required"),
        ('[rewrite]\nurl = "https://x"\nmodel = "m"\nkey = "s"', "4: .*a secret does not stand"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(OwnFileError, match=said):
        config(tmp_path, text)
