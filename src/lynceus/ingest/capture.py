"""Captures: pcap and pcapng, also compressed or from standard input, read by the meter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus import _core
from lynceus.ingest.inputs import CAPTURE_MAGICS, Input, InputError, ReadOptions
from lynceus.records import FLOW_SCHEMA, LEAN, Account, Batch

OUT = ("packets", "arps", "fragments_joined")
"""What a frame of a capture becomes."""

FATES = (
    "not_ip",
    "arp_unsupported",
    "link_type_unsupported",
    "link_encrypted",
    "malformed_link",
    "malformed_ip",
    "frame_too_large",
    "fragments_duplicate",
)
"""Why a frame became nothing; every other count of the meter is a note."""

HELD = "fragments_held"
"""Fragments of which it is not known yet what becomes of them; none at the end."""

DROPPED = ("dropped_by_sensor", "dropped_by_kernel", "unread_at_stop")
"""What the sensor or the kernel says it had no room for: such packets are in no frame."""


TIERS = (list(LEAN), [name for name in FLOW_SCHEMA if name not in LEAN])
"""The columns of a flow that are kept for the detectors, and the others."""


class Capture:
    """Flows and events of a capture, metered packet by packet in bounded memory."""

    name: ClassVar[str] = "capture"
    expects: ClassVar[str] = "a capture (pcap, pcapng)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        """Frames of the capture: received, kept as packets, and dropped with the reason."""
        self._given = given
        with _as_input_error(given):
            self._reader = _core.CaptureReader(
                given.path,
                site=options.site,
                active_timeout_s=options.active_timeout_s,
                max_flows=options.max_flows,
                threads=options.threads,
                events=options.events,
            )

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether the input begins with the magic of pcap or pcapng."""
        del path
        return 1.0 if head.startswith(CAPTURE_MAGICS) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Capture:
        """The capture, ready to be read. Raises `InputError` where its header is unusable."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """Batches as the meter fills them; the account is up to date at each."""
        with _as_input_error(self._given):
            for told in self._reader:
                self._count()
                yield batch_of(told)
        self._count()

    def progress(self) -> float:
        """Share of the input that has been read, 0 to 1."""
        return float(self._reader.progress())

    def _count(self) -> None:
        vars(self.account).update(vars(account_of(self._reader.losses())))


def account_of(losses: Mapping[str, int]) -> Account:
    """What the meter counted, as an account of frames."""
    counts = dict(losses)
    # What waits for the rest of its datagram comes in with it.
    account = Account(received=counts.pop("frames", 0) - counts.pop(HELD, 0))
    account.kept = sum(counts.pop(name, 0) for name in OUT)
    for name in FATES:
        account.drop(name, counts.pop(name, 0))
    if dropped := sum(counts.get(name, 0) for name in DROPPED):
        account.miss("packets", account.kept, dropped)
    for name, count in counts.items():
        account.note(name, count)
    return account


def batch_of(told: _core.MeterBatch) -> Batch:
    """What the meter told, as a batch."""
    events = {name: pl.DataFrame(table) for name, table in told.events.items()}
    return Batch(_flows(told.flows), events, told.watermark_ns)


def _flows(table: _core.ArrowFrame | None) -> pl.DataFrame:
    """The flows; those who keep some tier of their columns keep no memory of the other."""
    if table is None:
        return pl.DataFrame(schema=FLOW_SCHEMA)
    by_name = {s.name: s for tier in TIERS for s in pl.DataFrame(table.select(tier))}
    return pl.DataFrame([by_name[name] for name in FLOW_SCHEMA])


class _as_input_error:  # noqa: N801 (reads as a statement)
    """What the meter cannot read becomes an `InputError` that names the input."""

    def __init__(self, given: Input) -> None:
        self._given = given

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError | OSError) and not isinstance(error, InputError):
            reason = " ".join(str(error).split())
            text = reason if self._given.name in reason else f"{self._given.name}: {reason}"
            raise InputError(text) from error
