"""Messages over columns, and that what detectors say is made of nothing else."""

from __future__ import annotations

import ast
import gettext
import json
import re
from collections.abc import Iterator
from pathlib import Path

import catalogue
import polars as pl
import pytest

from language.pseudo import Pseudo, is_whole
from lynceus import detect, language, own
from lynceus.language.columns import clause, counted, sentence, worded
from lynceus.traces import Trace, traces

TRACES = Path(__file__).parents[1] / "traces"
QUICK = ("arp_spoofing", "kerberoasting", "odd_negotiation", "policy_violation")
"""Traces that take no time; the others are for long runs."""
WORDS = re.compile(r"[a-z]{2}")
UNITS = {"{} bytes"}
"""Numbers with their units are the same in all languages."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.use(language.english())


class Turned(gettext.NullTranslations):
    """Another order, and three forms for a number."""

    def gettext(self, message: str) -> str:
        return {
            "{orig_h} met {n} in {place}.": "In {place}: {n} & {orig_h} {nobody}",
            "at home": "zuhaus",
        }.get(message, message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return "{n} a" if n == 1 else "{n} b" if n < 5 else "{n} c"


def told(*columns: pl.Expr) -> list[str | None]:
    frame = pl.DataFrame({"orig_h": ["{n}", "b", None], "n": [1, 2, 5], "where": ["x", "y", "z"]})
    return frame.select(*columns).to_series().to_list()


def met() -> pl.Expr:
    n = counted("{n} host", "{n} hosts", pl.col("n"))
    return sentence("{orig_h} met {n} in {place}.", n=n, place="where")


def test_a_row_fills_the_fields_and_what_is_filled_in_is_data() -> None:
    assert told(met()) == ["{n} met 1 host in x.", "b met 2 hosts in y.", None]
    assert told(clause("in {where}")) == [" in x", " in y", " in z"]
    assert told(sentence("nothing to fill")) == ["nothing to fill"]


def test_another_language_has_its_own_order_and_forms() -> None:
    language.use(Turned())
    assert told(met()) == ["In x: 1 a & {n} {nobody}", "In y: 2 b & b {nobody}", None]
    assert told(counted("{n} host", "{n} hosts", pl.col("n"))) == ["1 a", "2 b", "5 c"]


def test_words_of_a_table_are_messages() -> None:
    language.use(Turned())
    place = pl.when(pl.col("n") == 1).then(pl.lit("at home")).otherwise(pl.col("where"))
    assert told(worded(place, ["at home", "abroad"])) == ["zuhaus", "y", "z"]


def test_numbers_without_rows_and_without_a_value() -> None:
    count = counted("{n} host", "{n} hosts", pl.col("n"))
    assert pl.DataFrame({"n": []}, schema={"n": pl.Int64}).select(count).to_series().to_list() == []
    assert pl.DataFrame({"n": [None, 1]}).select(count).to_series().to_list() == [None, "1 host"]


@pytest.mark.parametrize(
    "trace",
    [
        pytest.param(trace, marks=() if trace.folder.name in QUICK else pytest.mark.long)
        for trace in traces(TRACES)
    ],
    ids=lambda trace: trace.folder.name,
)
def test_what_detectors_say_is_one_message(
    trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = Pseudo()
    language.use(spoken)
    monkeypatch.setattr(language, "use", lambda _: None)
    _, lines = trace.run(tmp_path)
    monkeypatch.undo()
    found = [one["finding"]["because"] for one in map(json.loads, lines) if "finding" in one]
    assert found
    assert not [because for because in found if not is_whole(because)]
    assert not spoken.asked - {message for message, _ in catalogue.messages()}


def test_no_detector_writes_words_beside_the_catalogue() -> None:
    folders = [Path(str(package.__file__)).parent for package in (detect, own)]
    beside = [
        f"{path.name}:{call.lineno}: {text}"
        for folder in folders
        for path in sorted(folder.glob("*.py"))
        for call, text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if text not in UNITS and WORDS.search(text)
    ]
    assert not beside


def _texts(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Texts with words that are put together in columns; names of rules are no words."""
    names = {
        id(node)
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "rule"
        for node in ast.walk(keyword.value)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or id(call) in names or not call.args:
            continue
        first = call.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            called = ast.unparse(call.func)
            if called == "pl.format" or (called == "pl.lit" and " " in first.value):
                yield call, first.value
