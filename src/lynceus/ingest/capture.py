"""Captures: pcap and pcapng, also compressed or from standard input, read by the meter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.inputs import CAPTURE_MAGICS, Input, InputError, ReadOptions

if TYPE_CHECKING:
    from lynceus.records import Batch

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
        from lynceus.ingest.meter_frames import batch_of

        for told in self._told():
            yield batch_of(told)

    def flow_tables(self) -> Iterator[_core.ArrowFrame]:
        """The flows alone, as the meter made them, in the order of `batches`."""
        for told in self._told():
            if told.flows is not None:
                yield told.flows

    def _told(self) -> Iterator[_core.MeterBatch]:
        with _as_input_error(self._given):
            for told in self._reader:
                self._count()
                yield told
        self._count()

    def progress(self) -> float:
        """Share of the input that has been read, 0 to 1."""
        return float(self._reader.progress())

    def _count(self) -> None:
        vars(self.account).update(vars(account_of(self._reader.losses())))


def lone_capture(paths: Sequence[str | Path], options: ReadOptions) -> Capture | None:
    """The capture that a lone input is; None where `open_inputs` has to find out what it is.

    No reader of another kind is loaded, and the meter is at work before it is known for sure
    whether one has to be. Raises `InputError` on an unusable input.
    """
    if len(paths) != 1 or not Path(paths[0]).is_file():
        return None  # what comes through a pipe comes once
    given = Input.of(paths[0])
    if not Capture.recognise(given.head, given.path):
        return None
    capture = Capture.open(given, options)
    from lynceus.ingest.export_datagrams import carries_exports
    from lynceus.registry import load

    return None if carries_exports(given.head) or load("ingest", ()) else capture


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
