"""Captures with the truth beside them: who did what to whom, from when to when.

`lynceus lab` writes such directories; a person can write `truth.jsonl` for a capture of his own: a
line an attack with `attack` (the detector it is named after), `orig_h` and `resp_h` (lists of
addresses), and where known `proto`, `resp_p` (a list), `first_seen` and `last_seen` (RFC 3339).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from lynceus import detect
from lynceus.features import vector
from lynceus.ingest.capture import Capture as Frames
from lynceus.ingest.columns import written_ns
from lynceus.ingest.inputs import Input, InputError
from lynceus.learn import json_lines, labelled_flows
from lynceus.learn.dataset import Dataset, DatasetError, files_below, of_tables
from lynceus.learn.families import OF_DETECTOR, SERVICES
from lynceus.learn.mapping import Mapped

TRUTH = "truth.jsonl"


class Capture:
    """Directories of captures with a truth.jsonl; what no line of it names is benign."""

    title: ClassVar[str] = "Captures with truth.jsonl"
    expects: ClassVar[str] = f"a directory with captures and {TRUTH}"
    faults: ClassVar[tuple[str, ...]] = (
        "What the truth does not name counts as benign: the truth has to be whole.",
        "An attack is known by its ends and its time: other flows of the same two machines on the "
        "same port in that time bear its label.",
        "Traffic of `lynceus lab` is made up by the hands that made the detectors.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(
        Mapped(name, pl.col(name)) for name in vector.needs("packet")
    )
    lacks: ClassVar[dict[str, str]] = {}

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether there is a truth and a capture beside it."""
        return bool(_captures(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All captures in a directory and below. Raises `DatasetError`."""
        captures = _captures(path)
        if not captures:
            raise DatasetError(f"{path}: no capture with a {TRUTH} beside it")
        return of_tables(cls, captures, _part)


def _captures(path: Path) -> list[Path]:
    if path.is_file() and path.name != TRUTH:
        return [path] if (path.parent / TRUTH).is_file() and _is_capture(path) else []
    files = files_below(path.parent if path.is_file() else path)
    told = {file.parent for file in files if file.name == TRUTH}
    return [file for file in files if file.parent in told and _is_capture(file)]


def _is_capture(path: Path) -> bool:
    try:
        return Frames.recognise(Input.of(path).head, path) > 0
    except InputError:
        return False


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    flows = labelled_flows.read(path)
    deeds = [deed for _, deed in json_lines.read(path.parent / TRUTH, ("attack", "orig_h"))]
    known = {*detect.load(), *OF_DETECTOR}
    if odd := [deed["attack"] for deed in deeds if deed["attack"] not in known]:
        raise DatasetError(
            f"{path.parent / TRUTH}: label {odd[0]!r} in 'attack' is no detector's name; "
            "`lynceus detectors` lists them"
        )
    which = pl.coalesce(
        pl.lit(None, pl.Int64),
        *(pl.when(_of(deed)).then(number) for number, deed in enumerate(deeds)),
    )
    rows = flows.with_columns(_deed=which)
    counted["attacks_without_a_flow"] += len(deeds) - rows["_deed"].drop_nulls().n_unique()
    names = pl.Series([deed["attack"] for deed in deeds], dtype=pl.String)
    families = pl.Series([_family(deed) for deed in deeds], dtype=pl.String)
    attacked = rows["_deed"].is_not_null()
    told = rows.with_columns(
        label=names.gather(rows["_deed"]).fill_null("benign") if deeds else pl.lit("benign"),
        family=families.gather(rows["_deed"]) if deeds else pl.lit(None, pl.String),
        malicious=attacked,
        capture=pl.lit(f"{path.parent.name}/{path.name.partition('.')[0]}"),
        host="orig_h",
    ).drop("_deed", "label_detail")
    return told.with_columns(
        family=pl.when("malicious").then("family").otherwise(pl.lit("benign"))
    ), False


def _family(deed: dict[str, Any]) -> str | None:
    family = OF_DETECTOR.get(deed["attack"])
    return SERVICES.get(str(deed.get("service")), family) if family == "brute_force" else family


def _of(deed: dict[str, Any]) -> pl.Expr:
    """Whether a flow is of an attack: its ends, transport and port, in its time."""
    fits = pl.col("orig_h").is_in(_listed(deed, "orig_h"))
    if resp_h := _listed(deed, "resp_h"):
        fits &= pl.col("resp_h").is_in(resp_h)
    if deed.get("proto"):
        fits &= pl.col("proto") == str(deed["proto"])
    if resp_p := _listed(deed, "resp_p"):
        fits &= pl.col("resp_p").cast(pl.String).is_in(resp_p)
    when = written_ns(
        pl.Series([deed.get("first_seen"), deed.get("last_seen")], dtype=pl.String, strict=False)
    )
    if when[0] is not None:
        fits &= pl.col("end_ns") >= when[0]
    if when[1] is not None:
        fits &= pl.col("ts_ns") <= when[1]
    return fits.fill_null(value=False)


def _listed(deed: dict[str, Any], name: str) -> list[str]:
    value = deed.get(name)
    return [str(v) for v in (value if isinstance(value, list) else [value]) if v is not None]
