"""Flows that routers, switches and probes send over UDP: NetFlow 5 and 9, IPFIX, sFlow 5.

Datagrams are journaled as they come. Records wait for `hold_s` for the other direction of their
flow and for other exporters that saw it, then leave as flows. What exporters told (templates, rates
of sampling, how far they had counted) and what waits is written down when a place is kept; from
there the journal is read again, so that the chunks after it are the same.

How far time has come is learnt from how long after their end flows are told of (`Delays`): windows
wait for so much and no more.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.compacted import bytes_of
from lynceus.ingest.biflow import counted_once, stitched
from lynceus.ingest.export_clocks import Clocks
from lynceus.ingest.export_datagrams import Datagrams
from lynceus.ingest.export_decoder import ExportDecoder
from lynceus.ingest.feeds.arrivals import Arrivals, Stretch
from lynceus.ingest.feeds.datagrams import Blocks, DatagramListener, senders
from lynceus.ingest.feeds.delays import Delays
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.gathered import Gathered
from lynceus.ingest.feeds.journal import LIMIT_BYTES
from lynceus.ingest.feeds.seal import Seal
from lynceus.ingest.flow_export import FlowExport
from lynceus.ingest.identity import identified
from lynceus.ingest.wire_bytes import PAD
from lynceus.records import Batch

REMEMBERED_S = 2
"""What was told is remembered so often; between two of these it is found by reading again."""
MOST_REMEMBERED = 4
"""So many places are remembered with what waited there; of more every other one goes."""
MOST_PEERS = 16_384
SEALED = b"sealed "
"""What waits begins so where it is sealed."""
NS = 1_000_000_000


@dataclass(frozen=True)
class Exporters:
    """NetFlow 5 and 9, IPFIX and sFlow 5 over UDP, of any number of exporters."""

    listen: tuple[str, ...] = ("127.0.0.1:2055",)
    """Addresses and ports, such as `0.0.0.0:2055`, `[::]:6343`; each port takes every kind."""
    allow: tuple[str, ...] = ()
    """Networks that may send; must be named where others than this machine can."""
    hold_s: float = 1.0
    """A record waits so long for the other direction of its flow, and for other exporters of it."""
    sample_idle_s: float = 15.0
    """sFlow: a flow is over when no packet of it was sampled for so long."""
    sample_active_s: float = 60.0
    """sFlow: a flow that lasts longer is told in parts."""
    buffer_bytes: int = 16 << 20
    """What the kernel keeps for each port until it is received."""
    journal_bytes: int = LIMIT_BYTES
    """Most that waits on the disk; what comes then is shed."""
    behind_s: float = 0.0
    """What would be read later than this, at the pace of now, is shed too: rather less than late.
    0: it waits, however late it is then."""
    lateness_s: float = 120.0
    """Exporters tell of a flow some time after its last packet: their inactive time-out. How long
    is learnt; it is never waited for longer than this, and for so long until that much was seen."""
    pace: ClassVar[Literal["clock", "record"]] = "clock"

    def usable(self, name: str) -> None:
        """Raises `FeedError` where others than this machine may send, and nobody says who."""
        senders(name, self.listen, self.allow)

    def open(self, room: Room) -> Collecting:
        """Begins to receive. Raises `FeedError`."""
        return Collecting(self, room)


@dataclass
class _Told:
    """All that the next stretch is read with, at a place."""

    place: int | None
    decoder: ExportDecoder
    waiting: Gathered
    peers: dict[str, int]
    delays: Delays
    past_ns: int | None = None
    """How far time had come at the place."""

    def remembered(self, place: int) -> _Remembered:
        told = {"place": place, "decoder": self.decoder.told(), "peers": dict(self.peers),
                "summed_ns": self.waiting.summed_ns, "delays": self.delays.told(),
                "past_ns": self.past_ns}  # fmt: skip
        return _Remembered(place, json.dumps(told), self.waiting)


@dataclass(frozen=True)
class _Remembered:
    """The same, as it can be written down."""

    place: int
    told: str
    waiting: Gathered

    def again(self, most_s: float) -> _Told:
        told = json.loads(self.told)
        decoder = ExportDecoder.of(told["decoder"])
        # Of before delays were learnt there is none.
        delays = Delays.of(told["delays"], most_s) if "delays" in told else Delays(most_s)
        peers = dict(told["peers"])
        return _Told(self.place, decoder, self.waiting, peers, delays, told.get("past_ns"))

    def write(self, folder: Path, seal: Seal | None) -> None:
        """Both frames first, the text that makes them count last."""
        for name, frame in (("records", self.waiting.records), ("samples", self.waiting.samples)):
            into = io.BytesIO()
            frame.write_ipc(into)
            data = SEALED + seal.closed(into.getvalue()) if seal else into.getvalue()
            (folder / f"{self.place}.{name}").write_bytes(data)
        draft = folder / "told.draft"
        draft.write_text(self.told, encoding="utf-8")
        draft.replace(folder / "told.json")
        for path in folder.iterdir():
            if path.name != "told.json" and path.stem != str(self.place):
                path.unlink()

    @staticmethod
    def read(folder: Path, room: Room) -> _Remembered | None:
        """None where nothing was written down. Raises OSError, ValueError, PolarsError, and
        `FeedError` where it was sealed with another key."""

        def frame(path: Path) -> pl.DataFrame:
            data = path.read_bytes()
            sealed = data.startswith(SEALED)
            return pl.read_ipc(room.opened(data[len(SEALED) :]) if sealed else data)

        path = folder / "told.json"
        if not path.exists():
            return None
        text = path.read_text(encoding="utf-8")
        told = json.loads(text)
        records, samples = (
            frame(folder / f"{told['place']}.{name}") for name in ("records", "samples")
        )
        waiting = Gathered(records, samples, told["summed_ns"])
        return _Remembered(told["place"], text, waiting)


class Collecting:
    """Exporters that are listened to."""

    def __init__(self, options: Exporters, room: Room) -> None:
        self._options, self._room = options, room
        self._folder = room.folder / "told"
        self._lock = threading.Lock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            written = _Remembered.read(self._folder, room)
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
            written = None
            room.say(f"{room.name}: what exporters told before cannot be read: {error}")
        self._memory: list[_Remembered] = [written] if written else []
        self._peers: dict[str, int] = dict(json.loads(written.told)["peers"]) if written else {}
        self._listener = DatagramListener(room, options.listen, options.allow, options.buffer_bytes)
        try:
            self._arrivals = Arrivals(
                room,
                limit_bytes=options.journal_bytes,
                behind_s=options.behind_s,
                tail_s=max(options.hold_s, options.sample_idle_s) + options.sample_active_s,
                look=self._listener.look,
            )
        except FeedError:
            self._listener.close()
            raise
        self._listener.start(self._arrivals)

    @property
    def ports(self) -> list[int]:
        """The ports it listens at, in the order of `listen`."""
        return self._listener.ports

    def peers(self) -> dict[str, int]:
        """When each exporter was heard last, by its address: ns since 1970, of the clock here."""
        with self._lock:
            return dict(self._peers)

    @property
    def bytes(self) -> int:
        """What records that wait, or waited at a place that is remembered, take in memory."""
        with self._lock:
            waiting = [frame for one in self._memory for frame in one.waiting.frames]
        return sum(map(bytes_of, waiting))

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """Flows as they are told, from a place on."""
        place = self._arrivals.reachable(place)
        told = self._told(place)
        remembered_ns = 0
        for stretch in self._arrivals.stretches(told.place, stop):
            before_ns = told.past_ns
            chunk = self._chunk(told, stretch)
            passed = (told.past_ns or 0) // NS > (before_ns or 0) // NS
            if place is not None and stretch.place <= place:
                continue
            if stretch.cut_ns - remembered_ns >= REMEMBERED_S * NS:
                remembered_ns = stretch.cut_ns
                with self._lock:
                    self._memory.append(told.remembered(stretch.place))
                    if len(self._memory) > MOST_REMEMBERED:
                        del self._memory[1:-1:2]
            if chunk.rows or stretch.contents or chunk.account != Account() or passed:
                yield chunk

    def _told(self, place: int | None) -> _Told:
        """What was told up to a place, or to the last place before of which it is known."""
        with self._lock:
            known = [one for one in self._memory if place is not None and one.place <= place]
            if known:
                # What is known of later places is found again on the way.
                self._memory = known
                return known[-1].again(self._options.lateness_s)
            oldest = self._memory[0].again(self._options.lateness_s) if self._memory else None
        if oldest is None:
            delays = Delays(self._options.lateness_s)
            return _Told(place, ExportDecoder(clocks=Clocks()), Gathered.nothing(), {}, delays)
        return replace(oldest, place=place, waiting=Gathered.nothing())

    def _chunk(self, told: _Told, stretch: Stretch) -> Chunk:
        """The flows that leave with a stretch. Changes what was told."""
        account, now = stretch.account, stretch.cut_ns
        waiting = told.waiting
        blocks = Blocks.of(stretch.contents, PAD)
        digest = hashlib.sha256(f"{self._room.name} {stretch.place}".encode()).hexdigest()[:32]
        if blocks.start.size:
            records, samples = told.decoder.records(_datagrams(blocks, digest), account)
            told.delays.saw(records["end_ns"], now)
            waiting = waiting.with_records(records, now)
            self._heard(told, blocks)
        else:
            samples = waiting.samples.clear()
        waiting, over = waiting.with_samples(
            samples, now,
            active_s=self._options.sample_active_s, idle_s=self._options.sample_idle_s,
        )  # fmt: skip
        told.delays.saw(over["end_ns"], now)
        hold_s = self._options.hold_s
        waiting, leaving = waiting.with_records(over, now).due(now, hold_s)
        told.waiting, told.place = waiting, stretch.place
        told.past_ns = past_ns = told.delays.past_ns(now - int(hold_s * NS))
        if leaving.is_empty():
            heard_ns = stretch.arrived_ns or max(told.peers.values(), default=None)
            return Chunk.nothing(stretch.place, past_ns, account=account, arrived_ns=heard_ns)
        account.note("sampled_records", leaving["sampling_rate"].count())
        arrived = int(leaving["arrived_ns"].to_numpy().min())
        leaving = leaving.with_columns(pl.col("input_digest").fill_null(digest))
        records, again = counted_once(leaving.drop("arrived_ns", "conversation"))
        account.drop("duplicate", again)
        account.kept -= again
        account.note("records_seen_by_several_exporters", again)
        flows = stitched(records)
        account.note("records_stitched_to_another", records.height - flows.height)
        flows = identified(flows, site=self._room.site, source=FlowExport.name, account=account)
        return Chunk(Batch(flows, {}, past_ns), stretch.place, account, arrived)

    def _heard(self, told: _Told, blocks: Blocks) -> None:
        last = np.zeros(len(blocks.senders), np.int64)
        np.maximum.at(last, blocks.sender, blocks.arrived_ns)
        for name, heard in zip(blocks.senders, last.tolist(), strict=True):
            told.peers.pop(name, None)
            told.peers[name] = heard
        for name in list(told.peers)[: max(len(told.peers) - MOST_PEERS, 0)]:
            del told.peers[name]
        with self._lock:
            self._peers = dict(told.peers)

    def kept(self, place: Place) -> None:
        """Writes down what was told up to a place, and forgets what came before."""
        with self._lock:
            known = [one for one in self._memory if one.place <= place]
            if not known:
                return
            self._memory = [known[-1], *(one for one in self._memory if one.place > place)]
        try:
            known[-1].write(self._folder, self._room.seal)
        except OSError as error:
            self._room.say(f"{self._room.name}: what exporters told cannot be kept: {error}")
            return
        self._arrivals.kept(known[-1].place)

    def close(self) -> None:
        """Journals what has come and closes the ports."""
        self._listener.close()
        self._arrivals.close()


def _datagrams(blocks: Blocks, digest: str) -> Datagrams:
    names = pl.Series(blocks.senders, dtype=pl.String).gather(blocks.sender)
    return Datagrams(
        blocks.data, blocks.start, blocks.end, blocks.arrived_ns,
        tuple(names), (digest,) * blocks.start.size,
    )  # fmt: skip
