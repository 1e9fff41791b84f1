"""Files of a share that lose their names one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, in_time, plural, saturating, severity, span_s
from lynceus.features.share import FILES_CHANGED, SUFFIXES_GIVEN
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

ORDINARY = (
    r"^(bak|backup|old|orig|tmp|temp|swp|lock|part|partial|crdownload|download|log|\d{1,4}|gz|bz2|"
    r"xz|zip|7z|rar|tar|zst|sha1|sha256|md5|sig|asc|json|xml|cfg|ini|docx?|xlsx?|pptx?|pdf|jpe?g|"
    r"png|txt|csv)$"
)
"""Suffixes that programs give to files of several kinds for their ordinary work."""


@dataclass(frozen=True)
class SmbRansomware:
    """A host gives many files of a share the same new suffix, or leaves notes in many folders.

    Detects: within five minutes and from one host to one server, files of several kinds renamed to
    one new suffix, or written anew with one behind their name while as many are deleted, where no
    ordinary program uses it; documents of several kinds renamed to many different suffixes; and a
    file named like a ransom note, written to many folders. Critical where both come together.

    Why: encrypting the shares is how ransomware ends. Minutes after the first renaming there is
    still something to save.

    Blind spots: files that are encrypted in place and keep their names; SMB 3 sessions that are
    encrypted as a whole; a pace of a few files in five minutes.

    False positives: a program that converts or archives a whole share, with a suffix of its own.

    ATT&CK: T1486 Data Encrypted for Impact.
    """

    reads: ClassVar[tuple[Table, ...]] = (SUFFIXES_GIVEN, FILES_CHANGED)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "impact"
    techniques: ClassVar[tuple[str, ...]] = ("T1486",)

    files: int = 20
    """Files with the same new suffix in five minutes: more than a person renames."""
    kinds: int = 3
    """Kinds of files (old suffixes) among them: a converter has one or two."""
    scattered: int = 40
    """Documents renamed to different suffixes in five minutes."""
    folders: int = 5
    """Folders that get a file named like a ransom note in five minutes."""

    def findings(self, suffixes: pl.LazyFrame, changed: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs in which files lose their names."""
        keys = [*WINDOW_KEYS, "orig_h", "resp_h"]
        renamed = pl.max_horizontal("renamed_files", "doubled_files")
        kinds = pl.max_horizontal("old_suffixes", "inner_suffixes")
        odd = ~pl.col("suffix").str.contains(ORDINARY).fill_null(False)
        same = (
            suffixes.filter((renamed >= self.files) & (kinds >= self.kinds) & odd)
            .with_columns(changed_files=renamed, kinds=kinds)
            .sort("changed_files", "suffix", descending=[True, False])
            .group_by(keys, maintain_order=True)
            .agg(
                pl.col("suffix").first(),
                pl.col("changed_files").first(),
                pl.col("kinds").first(),
                (pl.col("doubled_files") > pl.col("renamed_files")).first().alias("doubled"),
                pl.col("names_sample").first(),
                same_first_ns=pl.col("first_seen_ns").min(),
                same_last_ns=pl.col("last_seen_ns").max(),
                same_port=pl.col("smb_port").max(),
            )
        )
        beside = pl.col("doubled") & (
            (pl.col("deleted_files").fill_null(0) < self.files / 2).fill_null(True)
        )
        both = same.join(
            changed, on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_of_all"
        ).with_columns(
            pl.col("changed_files", "kinds", "note_folders", "renamed_documents").fill_null(0),
            pl.col("new_suffixes").fill_null(0),
        )
        by_suffix = (pl.col("changed_files") >= self.files) & ~beside.fill_null(False)
        scattered = (
            (pl.col("renamed_documents") >= self.scattered)
            & (pl.col("new_suffixes") >= self.scattered / 2)
            & (pl.col("old_suffixes") >= self.kinds)
        ).fill_null(False)
        notes = pl.col("note_folders") >= self.folders
        first = pl.min_horizontal("first_seen_ns", "same_first_ns")
        last = pl.max_horizontal("last_seen_ns", "same_last_ns")
        found = both.filter(by_suffix | scattered | notes).with_columns(
            first_seen_ns=first, last_seen_ns=last
        )
        files = pl.max_horizontal("changed_files", pl.col("renamed_documents"))
        return found.select(
            *keys,
            *("first_seen_ns", "last_seen_ns", "suffix", "changed_files", "kinds"),
            *("note_folders", "notes", "renamed_documents", "new_suffixes", "folders"),
            "deleted_files",
            names_sample=pl.coalesce("names_sample", "names_sample_of_all"),
            span_s=span_s(),
            resp_p=pl.coalesce("smb_port", "same_port"),
            proto=pl.lit("tcp"),
            service=pl.lit("smb"),
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("victim"),
            severity=severity(
                ((by_suffix | scattered) & notes, "critical"),
                (by_suffix | scattered, "high"),
                otherwise="medium",
            ),
            score=saturating(files + 4 * pl.col("note_folders"), self.files),
            confidence=pl.when((by_suffix | scattered) & notes)
            .then(0.95)
            .when(by_suffix)
            .then(0.75)
            .otherwise(0.55),
            because=sentence(
                "{orig_h} changed the names of {files} in shares of "
                "{resp_h}{renamed}{in_time}{notes}.",
                files=plural(files, "file"),
                renamed=pl.when(by_suffix & pl.col("suffix").is_not_null())
                .then(
                    clause(
                        "to the suffix .{suffix} ({kinds} of files)", kinds=plural("kinds", "kind")
                    )
                )
                .otherwise(pl.lit("")),
                in_time=in_time(span_s()),
                notes=pl.when(notes)
                .then(
                    clause(
                        "and left files named like ransom notes in {note_folders}",
                        note_folders=plural("note_folders", "folder"),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        )
