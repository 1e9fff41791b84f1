"""Messages in the language that is spoken: the catalogue of a file, and what is wrong with one."""

from __future__ import annotations

import gettext
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lynceus import cli, language
from lynceus.config import Config
from lynceus.language import CatalogueError, say, several
from lynceus.own.complaint import OwnFileError

GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
    "It was seen at {time}.": "Um {time} wurde es gesehen.",
    "Network scan for {service} by {actor}": "{actor} sucht im Netz nach {service}",
    "{n} host\0{n} hosts": "{n} Rechner\0{n} Rechner",
    "Severity": "Schwere",
}


def mo(path: Path, messages: dict[str, str]) -> Path:
    """A catalogue as `msgfmt` writes it (GNU gettext manual, "The Format of GNU MO Files")."""
    keys = sorted(messages)
    ids = b"".join(k.encode() + b"\0" for k in keys)
    texts = b"".join(messages[k].encode() + b"\0" for k in keys)
    at = 28 + 16 * len(keys)
    tables = []
    for data, start in ((keys, at), ([messages[k] for k in keys], at + len(ids))):
        place = start
        for text in data:
            tables.append(struct.pack("<2I", len(text.encode()), place))
            place += len(text.encode()) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    path.write_bytes(head + b"".join(tables) + ids + texts + b"\0")
    return path


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.use(language.english())


def test_english_is_what_stands_in_the_code() -> None:
    assert say("It was seen at {time}.", time="10:00") == "It was seen at 10:00."
    assert several("{n} host", "{n} hosts", 1) == "1 host"
    assert several("{n} host", "{n} hosts", 12_000) == "12,000 hosts"


def test_what_is_filled_in_is_data() -> None:
    assert say("{a} and {b}", a="{b}", b="{a} {0} %s") == "{b} and {a} {0} %s"
    assert say("{a} and {c}", a=1) == "1 and {c}"


def test_another_language(tmp_path: Path) -> None:
    language.use(language.of_file(mo(tmp_path / "de.mo", GERMAN)))
    assert say("It was seen at {time}.", time="10:00") == "Um 10:00 wurde es gesehen."
    assert several("{n} host", "{n} hosts", 3) == "3 Rechner"
    assert say("not translated yet") == "not translated yet"


def test_an_analysis_tells_in_the_language_of_its_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mo(tmp_path / "de.mo", GERMAN)
    flows = tmp_path / "flows.txt"
    flows.write_text(
        "- Source: 192.168.1.45, Dest: Multiple IPs (127 unique), Port: 22, Protocol: TCP, "
        "Bytes: 3.2KB, Packets: 2341, Duration: 4m 58s\n",
        encoding="utf-8",
    )
    config = tmp_path / "lynceus.toml"
    config.write_text('[report]\nlanguage = "de"\ncatalogue = "de.mo"\n', encoding="utf-8")
    assert cli.execute(["analyze", str(flows), "-c", str(config), "--no-models"]) == 0
    german = capsys.readouterr().out
    assert "Schwere" in german
    assert "192.168.1.45 sucht im Netz nach" in german
    assert cli.execute(["analyze", str(flows), "--no-models"]) == 0
    assert "Severity" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('language = "de"', "only English comes with the program"),
        ('language = "de"\ncatalogue = "no.mo"', "no such file"),
        ('language = "de"\ncatalogue = "bad.mo"', "is no catalogue of messages"),
        ('language = "de"\ncatalogue = "cut.mo"', "is no catalogue of messages"),
        ('language = "de"\ncatalogue = "odd.mo"', "is no catalogue of messages"),
        ('langage = "de"', "did you mean language?"),
        ("language = 3", "expected a text"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, said: str, why: str) -> None:
    (tmp_path / "bad.mo").write_text("<html>404</html>")
    (tmp_path / "cut.mo").write_bytes(mo(tmp_path / "whole.mo", GERMAN).read_bytes()[:60])
    odd = GERMAN | {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: plural=(n/0);\n"}
    mo(tmp_path / "odd.mo", odd)
    config = tmp_path / "lynceus.toml"
    config.write_text(f"[report]\n{said}\n", encoding="utf-8")
    with pytest.raises(OwnFileError, match=why) as caught:
        Config.load(config)
    assert "\n" not in str(caught.value)


def test_a_catalogue_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError):
        language.of_file(tmp_path)
    assert isinstance(language.english(), gettext.NullTranslations)
