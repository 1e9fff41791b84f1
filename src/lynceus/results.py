"""A result directory, read again: its incidents, their findings and the flows behind them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from lynceus.detect.finding import ENTITY, behind
from lynceus.incident import Incident
from lynceus.ingest.folder import files_in
from lynceus.ingest.inputs import STANDARD_INPUT, Input, InputError
from lynceus.records import FINDING_SCHEMA, FLOW_SCHEMA, conform
from lynceus.suppress import Suppressions

INCIDENTS, FINDINGS, FLOWS, INPUTS = (
    "incidents.jsonl",
    "findings.jsonl",
    "flows.parquet",
    "inputs.json",
)
SHORTEST = 4
"""Fewest characters of an id that may stand for it."""


class ResultsError(ValueError):
    """A directory that holds no results, or not what was asked for; the text says which."""


@dataclass(frozen=True)
class Results:
    """What an analysis left in its directory."""

    folder: Path

    @cached_property
    def incidents(self) -> list[Incident]:
        """All incidents. Raises `ResultsError` where there are none to be read."""
        path = self.folder / INCIDENTS
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            return [Incident.model_validate_json(line) for line in lines if line.strip()]
        except FileNotFoundError:
            raise ResultsError(
                f"{self.folder}: holds no {INCIDENTS}; expected a directory that "
                "`lynceus analyze --out` has written"
            ) from None
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise ResultsError(f"{path}: cannot be read as incidents: {reason}") from None

    def incident(self, begin: str) -> Incident:
        """The incident whose id begins so. Raises `ResultsError` where it is none or several."""
        found = [i for i in self.incidents if i.id.startswith(begin.lower())]
        if len(found) == 1 and len(begin) >= SHORTEST:
            return found[0]
        if len(begin) < SHORTEST:
            why = f"expected at least {SHORTEST} characters of an id"
        elif found:
            why = f"begins the ids of {len(found)} incidents: {_named(found)}"
        else:
            why = f"no incident has such an id; there are {_named(self.incidents) or 'none'}"
        raise ResultsError(f"{begin!r}: {why}")

    def findings(self, ids: Iterable[str]) -> pl.DataFrame:
        """The stored findings with these ids, in `FINDING_SCHEMA`."""
        wanted = set(ids)
        path = self.folder / FINDINGS
        rows = []
        try:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    if row["id"] in wanted:
                        rows.append(row | {"evidence": json.dumps(row["evidence"])})
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise ResultsError(f"{path}: cannot be read as findings: {error}") from None
        return conform(pl.DataFrame(rows, infer_schema_length=None), FINDING_SCHEMA)

    def hidden(self, suppressions: Suppressions) -> pl.DataFrame:
        """The findings of the stored incidents that suppressions hide now."""
        return suppressions.parted(self.findings(self._findings))[1]

    @cached_property
    def _findings(self) -> list[str]:
        return [record.id for incident in self.incidents for record in incident.findings]

    def flows_of(self, findings: pl.DataFrame) -> pl.DataFrame:
        """The flows behind findings: `finding` is the id, then the columns of a flow.

        A finding names at most a hundred of its flows; the others are found again as they were
        found first, by its window and its ends.
        """
        flows = self._flows(findings)
        if flows is None:
            return pl.DataFrame(schema={"finding": pl.String, **FLOW_SCHEMA})
        named = findings.select("id", uid="flow_uids").explode("uid").drop_nulls()
        short = findings.filter(pl.col("flows_total") > pl.col("flow_uids").list.len())
        ends = [
            pl.col(c).is_in(short[c].drop_nulls().unique().implode()) for c in ("orig_h", "resp_h")
        ]
        try:
            near = flows.filter(pl.col("uid").is_in(named["uid"].implode()) | ends[0] | ends[1])
            kept = near.select("uid", "site", *ENTITY, "ts_ns", "end_ns").collect()
            pairs = pl.concat([named, behind(short, kept)]).unique(maintain_order=True)
            rows = flows.filter(pl.col("uid").is_in(pairs["uid"].unique().implode())).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise ResultsError(f"{self.folder}: cannot be read as flows: {error}") from None
        return (
            pairs.rename({"id": "finding"})
            .join(conform(rows, FLOW_SCHEMA), on="uid", how="inner")
            .sort("finding", "ts_ns", "uid")
        )

    def _flows(self, findings: pl.DataFrame) -> pl.LazyFrame | None:
        """The stored flows, those of these findings among them; None where none are stored."""
        del findings
        path = self.folder / FLOWS
        return pl.scan_parquet(path) if path.exists() else None

    def captures(self, begin_ns: int, end_ns: int) -> list[Path]:
        """Captures beside the inputs that may hold packets of a stretch of time: none here."""
        del begin_ns, end_ns
        return []

    @cached_property
    def inputs(self) -> dict[str, str | None]:
        """Digest by path of each input, as far as it was recorded."""
        return self._recorded[0]

    @property
    def suppress(self) -> Path | None:
        """The file of suppressions of the analysis, if it had one."""
        return self._recorded[1]

    @cached_property
    def _recorded(self) -> tuple[dict[str, str | None], Path | None]:
        path = self.folder / INPUTS
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            inputs = {str(one["path"]): one["digest"] for one in told["inputs"]}
            return inputs, Path(told["suppress"]) if told.get("suppress") else None
        except FileNotFoundError:
            return {}, None
        except (
            *(OSError, ValueError, LookupError, TypeError, AttributeError),
            RecursionError,
        ) as error:
            raise ResultsError(f"{path}: cannot be read: {error}") from None


def _named(incidents: Sequence[Incident], most: int = 6) -> str:
    more = f" and {len(incidents) - most} more" if len(incidents) > most else ""
    return ", ".join(i.id for i in incidents[:most]) + more


def write_inputs(paths: Sequence[str], folder: Path, suppress: Path | None = None) -> None:
    """Records where the inputs lie and their digests, so that packets can be found again.

    The file of suppressions is recorded too: what is added to it later hides what is stored.
    """
    told = []
    for name in paths:
        path = Path(name)
        if name == STANDARD_INPUT:
            continue
        told += [
            {"path": str(file.resolve()), "digest": digest_of(file)}
            for file in (files_in(path) if path.is_dir() else [path])
        ]
    quiet = str(suppress.resolve()) if suppress else None
    text = json.dumps({"inputs": told, "suppress": quiet}, ensure_ascii=False, indent=1)
    (folder / INPUTS).write_text(f"{text}\n", encoding="utf-8")


def digest_of(path: Path) -> str | None:
    """The digest of an input that is a file; None for what is none or is not there."""
    if not path.is_file():
        return None
    try:
        return Input.of(path).digest
    except InputError:
        return None
