"""The doors: what a source, an enrichment, a detector and a sink must offer. No more than this.

Built-ins and plugins enter alike, through `registry.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import polars as pl

from lynceus.account import Account
from lynceus.records import Batch, Severity, Task

if TYPE_CHECKING:
    from lynceus.features.window import Table

Key = Literal["originator", "responder", "pair", "site"]

Subject = Literal["address", "domain", "ja3", "ja4", "certificate", "certificate_sha1", "url"]
"""What facts are about."""


class Source(Protocol):
    """Bytes to flows and events. File sources may give their rows in any order."""

    @property
    def account(self) -> Account:
        """What was read, kept and dropped, right once `batches` is exhausted."""
        ...

    def batches(self) -> Iterator[Batch]:
        """All batches of the input. Raises `lynceus.ingest.InputError` on unusable input."""
        ...


class Enricher(Protocol):
    """Facts about a value: an address, a domain, a fingerprint, a certificate or a page.

    One with a true `idle` has nothing to say at present and is not asked.
    """

    subject: ClassVar[Subject]
    columns: ClassVar[dict[str, pl.DataType]]
    """The facts and their types. The engine joins them as `orig_<fact>` and `resp_<fact>`
    for addresses, `<subject>_<fact>` for the others."""

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """One row a distinct value: column `value` and the columns above, null where unknown."""
        ...


class Detector(Protocol):
    """One phenomenon. Holds its thresholds and no state; reads no clock, no file, no config.

    The docstring is its documentation page, with the headings Detects, Why, Blind spots,
    False positives and ATT&CK.
    """

    reads: ClassVar[tuple[Table, ...]]
    """The window tables it reads, each with `window_start_ns` and `window_end_ns` columns."""
    key: ClassVar[Key]
    """What its rows are grouped by, so that partitions of the stream can be kept together."""
    version: ClassVar[int]
    severity: ClassVar[Severity]
    """How bad it is if true, where a row does not say otherwise in a `severity` column."""
    tactic: ClassVar[str]
    """ATT&CK tactic, lower case with hyphens."""
    techniques: ClassVar[tuple[str, ...]]
    """ATT&CK technique ids."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a finding, from the tables of `reads` in that order.

        A call brings the windows that closed since the last one, of a file usually all. Tables
        of different widths close at different times, so only tables of one width may be joined,
        and no row may depend on another window: any cut of the input must give equal findings.

        Required columns: `score` (0..1) and `because` (a plain sentence), and of the entity
        columns of `FINDING_SCHEMA` those that name it (`orig_h`, `resp_h`, `resp_p`, `proto`,
        `service`, `domain`), `orig_role` and `resp_role`, `window_start_ns`, `window_end_ns`,
        `first_seen_ns`, `last_seen_ns`. Optional: `confidence`, `severity`, `techniques`,
        `tactic`, `flow_uids`. Every other column becomes part of the evidence, under its name; one
        named `rule` tells findings of the same entity and window apart.
        """
        ...


class Model(Protocol):
    """What was learned of flows. Judging changes nothing: the same row, the same judgement."""

    @property
    def task(self) -> Task:
        """What it is asked; its columns in `SCORED` begin so."""
        ...

    @property
    def label(self) -> str:
        """Its name and version."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of a flow it needs; more than `LEAN` may be asked for."""
        ...

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        """One row a flow, in order, in `JUDGED`; null where too little is known to judge."""
        ...

    def reasons(self, rows: pl.DataFrame, classes: pl.Series) -> pl.Series:
        """Of each row the strongest contributions to the class it was given, as JSON text."""
        ...
