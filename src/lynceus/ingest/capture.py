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


OUT_OF_ORDER_NS = 60_000_000_000
"""How much earlier than the first frame of a capture another may be."""


class Capture:
    """Flows and events of a capture, metered packet by packet in bounded memory."""

    name: ClassVar[str] = "capture"
    expects: ClassVar[str] = "a capture (pcap, pcapng)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        """Frames of the capture: received, kept as packets, and dropped with the reason."""
        self._given = given
        self._options = options
        self._reader: _core.CaptureReader | None = None
        self._done = False

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether the input begins with the magic of pcap or pcapng."""
        del path
        return 1.0 if head.startswith(CAPTURE_MAGICS) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Capture:
        """The capture; it takes no descriptor and no memory before it is read."""
        return cls(given, options)

    def begin(self) -> _core.CaptureReader:
        """Has the meter at work. Raises `InputError` where the header is unusable."""
        if self._reader is None:
            with _as_input_error(self._given):
                self._reader = _core.CaptureReader(
                    self._given.path,
                    site=self._options.site,
                    active_timeout_s=self._options.active_timeout_s,
                    max_flows=self._options.max_flows,
                    threads=self._options.threads,
                    events=self._options.events,
                )
        return self._reader

    def begins_ns(self) -> int | None:
        """The time of the first frame less what frames may be out of order, where the head has one.

        Nothing of the capture ends before.
        """
        from lynceus.ingest.capture_frames import frames

        first = frames(self._given.head, 1).time_ns
        return int(first[0]) - OUT_OF_ORDER_NS if first.size else None

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
        reader = self.begin()
        with _as_input_error(self._given):
            for told in reader:
                self._count(reader)
                yield told
        self._count(reader)
        self._reader, self._done = None, True

    def progress(self) -> float:
        """Share of the input that has been read, 0 to 1."""
        return float(self._reader.progress()) if self._reader else float(self._done)

    def _count(self, reader: _core.CaptureReader) -> None:
        vars(self.account).update(vars(account_of(reader.losses())))


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
    capture.begin()
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
