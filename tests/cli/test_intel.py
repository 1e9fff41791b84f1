"""`lynceus intel`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.cli import execute
from lynceus.cli.clock import now_ns
from store.stored import at


@pytest.fixture
def store(tmp_path: Path) -> list[str]:
    return ["--store", str(tmp_path / "intel")]


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert execute(list(arguments)) == code
    told = capsys.readouterr()
    return told.err if code else told.out + told.err


def test_from_a_feed_to_what_was_seen_before(
    tmp_path: Path, store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    flows = tmp_path / "flows.parquet"
    at(0.5, orig_h="10.0.0.7", resp_h="198.51.100.7").write_parquet(flows)
    lake = ["--lake", str(tmp_path / "lake")]
    said(capsys, "lake", "add", str(flows), *lake)
    feed = tmp_path / "feed.csv"
    feed.write_text("ip,malware\n198.51.100.1,Emotet\ncom,\n")
    assert "delimited every 6h" in said(
        capsys, "intel", "add", "mine", str(feed), "--every", "6h", *store
    )
    told = said(capsys, "intel", "update", *store, *lake)
    assert "mine: read, 1 indicators, 1 new, 1 left out" in told
    assert "1 indicators looked for, 0 incidents" in told
    assert "no feed is due" in said(capsys, "intel", "update", *store)
    assert "line 3: 'com': top-level" in said(capsys, "intel", "list", "--refused", "mine", *store)
    assert "known as Emotet" in said(capsys, "intel", "lookup", "198.51.100.1", *store)
    assert "no source knows it" in said(capsys, "intel", "lookup", "198.51.100.7", *store)
    feed.write_text("ip,malware\n198.51.100.1,Emotet\n198.51.100.7,Emotet\n")
    told = said(capsys, "intel", "update", "mine", *store, *lake)
    assert "1 indicators looked for, 1 incidents" in told
    assert "days ago" in told
    assert "0 indicators looked for, 0 incidents" in said(capsys, "intel", "retro", *store, *lake)
    lines = said(capsys, "intel", "retro", "--all", "--json", *store, *lake).splitlines()
    assert json.loads(lines[0])["title"].endswith("days ago")
    out = tmp_path / "out"
    said(capsys, "analyze", str(flows), "--intel", store[1], "--no-models", "--out", str(out))
    assert "known as Emotet (mine)" in (out / "incidents.jsonl").read_text() or (
        "known as Emotet" in (out / "incidents.jsonl").read_text()
    )
    assert "mine" in said(capsys, "intel", "stats", *store)
    said(capsys, "intel", "remove", "mine", *store)
    assert "no source knows it" in said(capsys, "intel", "lookup", "198.51.100.1", *store)
    assert now_ns() > 0


def test_a_feed_that_fails_is_one_line_and_the_rest_goes_on(
    tmp_path: Path, store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.txt").write_text("198.51.100.1\n")
    said(capsys, "intel", "add", "good", str(tmp_path / "good.txt"), *store)
    said(capsys, "intel", "add", "bad", str(tmp_path / "none.txt"), *store)
    told = said(capsys, "intel", "update", *store)
    assert "feed bad:" in told
    assert "what it said before goes on" in told
    assert "good: read, 1 indicators" in told
    listed = said(capsys, "intel", "list", *store)
    assert "cannot" in listed, "a column of a narrow screen is told over several lines"
    told = said(capsys, "intel", "update", "bad", *store, code=2)
    assert told.count("\n") == 1, "one line says why, no other that it ended"
    assert said(capsys, "intel", "update", *store).count("no feed is due") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "A!", "x"), "small letters"),
        (("add", "a", "x", "--format", "nonesuch"), "expected one of delimited"),
        (("add", "a", "x", "--every", "soon"), "as in 6h"),
        (("add", "a", "x", "--confidence", "7"), "less than or equal to 1"),
        (("add", "a", "x", "--key-env", "A", "--key-file", "b"), "either"),
        (("update", "nonesuch"), "there is no such feed"),
        (("remove", "nonesuch"), "has no feed"),
        (("list", "--refused", "nonesuch"), "there are no feeds"),
        (("retro",), "expected --lake"),
    ],
)
def test_wrong_arguments_are_one_line(
    store: list[str],
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    told = said(capsys, "intel", *arguments, *store, code=2)
    assert reason in told
    assert told.count("\n") == 1


def test_the_formats_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "intel", "formats")
    assert all(name in told for name in ("taxii", "misp_rest", "threatconnect", "sslbl"))
