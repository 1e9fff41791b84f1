"""Logs that grow and are rotated: Zeek's, Suricata's eve.json, any lines the sources read.

A place holds how far each file was read. A file that is renamed is read to its end, one that was
cut off is begun anew, one that was copied or compressed when it was rotated is not read twice, and
what was rotated away while nobody read is looked for.
"""

from __future__ import annotations

import glob
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from lynceus.account import Account
from lynceus.ingest import blocks
from lynceus.ingest.feeds.cuts import Cuts
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.followed import Followed, Position, clock_ns, known_as
from lynceus.ingest.feeds.reached import Reached
from lynceus.ingest.inputs import Block, ReadOptions

BLOCK_BYTES = 4 << 20
"""Most that is read of one file at once."""
CHUNK_BYTES = 8 << 20
"""Most that is read of all files for one chunk."""
UNKNOWN_BYTES = 64 << 10
"""A file that begins with so many bytes of lines that nobody knows is of no use."""
REMEMBERED = 200
"""Files that were read to their end and are still known by their first bytes."""
FILES = 1000
"""Most files that are read at a time."""
SAY_S = 30.0
"""The same thing is said again no sooner."""
IDLE_S = 3600.0
"""A file in which nothing was written for so long is closed until something is."""


@dataclass(frozen=True)
class Files:
    """Log files that grow: paths, patterns (`*`, `**`), or directories of logs such as Zeek's."""

    paths: tuple[str, ...]
    """Files, patterns of files, or directories, whose files are all read."""
    rotated: tuple[str, ...] = ()
    """Patterns of where rotated files go (also `.gz`), beside the directory of each file itself:
    what was not read before it was rotated is looked for there."""
    format: str = ""
    """`zeek`, `suricata`, `device_log`, `table` or `binetflow`; empty: known by the lines."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: for logs without conn.log or flow records."""
    poll_s: float = 0.25
    """The files are looked at so often."""
    grace_s: float = 10.0
    """A file that was renamed may be written to for so long."""
    lateness_s: float = 330.0
    """A log tells of a flow when its sensor gives it up: 5 minutes after its last packet, in Zeek's
    and Suricata's defaults."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("paths", "rotated")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where it is told nothing that can be followed."""
        if not self.paths:
            raise FeedError(f"{name}: no paths to follow")
        if self.format and self.format not in blocks.KINDS:
            kinds = ", ".join(blocks.KINDS)
            raise FeedError(f"{name}: format {self.format!r} is none of {kinds}")

    def open(self, room: Room) -> Following:
        """Begins to follow. Raises `FeedError`."""
        self.usable(room.name)
        try:
            return Following(self, room)
        except OSError as error:
            raise FeedError(f"{room.name}: {room.folder}: {error.strerror}") from error


class Following:
    """Files that are followed."""

    def __init__(self, options: Files, room: Room) -> None:
        self._options, self._room = options, room
        self._read = ReadOptions(site=room.site, derive_flows=options.flows_of_events)
        self._cuts = Cuts(room.folder / "cuts.jsonl")
        self._files: dict[str, Followed] = {}
        self._positions: dict[str, Position] = {}
        """Of files that are not open: read to their end, or from a place."""
        self._reached = Reached()
        self._account = Account()
        self._said: dict[str, int] = {}

    def kept(self, place: Place) -> None:
        """Forgets how what stands in a checkpoint was cut."""
        self._cuts.kept(place)

    def close(self) -> None:
        """Lets go of the files."""
        for followed in list(self._files.values()):
            followed.close()

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What was written since, as whole lines; waits for more until `stop`."""
        self._begin(place)
        while not stop.is_set():
            again = self._cuts.after(place)
            self._look()
            if again is not None:
                chunk = self._given(self._once_more(place, again), again)
            else:
                taken, following = self._taken()
                if following is None:
                    stop.wait(self._options.poll_s)
                    continue
                chunk = self._given(taken, following)
                self._cuts.made(place, chunk.place)
            place = chunk.place
            yield chunk

    # --- which files -------------------------------------------------------------------------

    def _begin(self, place: Place) -> None:
        """Goes on at a place; finds what was rotated away in the meantime."""
        self.close()
        self._files, self._account = {}, Account()
        told = place or {"files": {}, "seen_ns": None, "past_ns": None}
        self._reached = Reached(told["seen_ns"], told["past_ns"])
        self._positions = {key: Position.of(one) for key, one in told["files"].items()}
        self._look()
        for key, followed in self._files.items():
            if not followed.same():  # Another file has its name now.
                self._positions[f"{key}@{followed.position.head[1]}"] = followed.position
                followed.anew()
        for key, position in list(self._positions.items()):
            if not position.done and key not in self._files:
                self._search(key, position)

    def _search(self, key: str, position: Position) -> None:
        """Looks for a file that bears its name no more, where rotated files go."""
        path = Path(position.path)
        beside = path.parent.glob(glob.escape(path.name.partition(".")[0]) + "*")
        away = (path for pattern in self._options.rotated for path in _matching(pattern))
        for candidate in sorted({*beside, *away}):
            followed = self._opened(candidate)
            if followed is None:
                continue
            fits = followed.key == key or known_as(followed.head(), [position])
            if fits and followed.key not in self._files:
                followed.position = replace(position, path=str(candidate))
                followed.rotated = True
                self._files[followed.key] = followed
                del self._positions[key]
                return
            followed.close()
        self._positions[key] = replace(position, done=True)
        self._account.note("files_rotated_away_unread")
        self._say(f"{path}: is gone, and what was written behind byte {position.offset} with it")

    def _look(self) -> None:
        """Opens what is new, and tells what was rotated."""
        named: dict[str, str] = {}
        for path in self._paths():
            try:
                status = path.stat()
            except OSError as error:
                self._say(f"{path}: cannot be read: {error.strerror}")
                continue
            key = f"{status.st_dev}:{status.st_ino}"
            named[str(path)] = key
            position = self._positions.get(key)
            if key in self._files:
                followed = self._files[key]
                followed.position = replace(followed.position, path=str(path))
                idle_ns = self._room.clock() - status.st_mtime_ns
                followed.rotated |= idle_ns > IDLE_S * 1e9 and followed.behind() <= 0
            elif position is None or not position.done or _grew(status.st_size, position):
                self._open(path, position)
        for key, followed in self._files.items():
            if named.get(followed.position.path) == key:
                followed.away_ns = None
                continue
            if followed.away_ns is None:
                followed.away_ns = self._room.clock()
            away_ns = self._room.clock() - followed.away_ns
            followed.rotated |= away_ns >= self._options.grace_s * 1e9

    def _paths(self) -> Iterator[Path]:
        """The files that are to be followed now."""
        found: dict[Path, None] = {}
        for text in self._options.paths:
            path = Path(text)
            if path.is_dir():
                found |= dict.fromkeys(p for p in sorted(path.iterdir()) if p.name[0] != ".")
            elif glob.has_magic(text):
                found |= dict.fromkeys(_matching(text))
            else:
                found[path] = None
        return (path for path in found if not path.is_dir())

    def _open(self, path: Path, position: Position | None) -> None:
        if len(self._files) >= FILES:
            self._say(f"{path}: not read, {FILES} files are being read")
            return
        followed = self._opened(path, position)
        if followed is None:
            return
        if position is None:
            head = followed.head()
            others = {**self._positions, **{k: f.position for k, f in self._files.items()}}
            known = known_as(head, others.values())
            still_read = any(
                known is f.position or (head and f.position.head[0] > len(head)
                                        and f.head(len(head)) == head)
                for f in self._files.values()
            )  # fmt: skip
            if still_read or not head:
                # A copy of a file that is being read, or the begin of one: once that has come to
                # its end or was cut off it shows whether there is more in the copy.
                followed.close()
                return
            if known:
                followed.position = replace(known, path=str(path), done=False)
        self._positions.pop(followed.key, None)
        self._files[followed.key] = followed

    def _opened(self, path: Path, position: Position | None = None) -> Followed | None:
        try:
            return Followed(path, position)
        except OSError as error:
            self._say(f"{path}: cannot be read: {error.strerror}")
            return None

    def _say(self, line: str) -> None:
        """Says a thing once in a while."""
        now = self._room.clock()
        if now - self._said.get(line, -(1 << 62)) > SAY_S * 1e9:
            self._said[line] = now
            self._room.say(f"{self._room.name}: {line}")

    # --- what stands in them -----------------------------------------------------------------

    def _taken(self) -> tuple[list[tuple[str, Block]], dict[str, Any] | None]:
        """Blocks of the files that are furthest behind, and where to go on; None: nothing new."""
        self._renew()
        behind = [f for f in self._files.values() if f.behind() > 0]
        behind.sort(key=lambda f: (f.position.clock_ns or 0, f.position.path))
        taken: list[tuple[str, Block]] = []
        holding, budget, moved = [], CHUNK_BYTES, False
        for followed in behind:
            before = followed.position
            if budget > 0 and self._knows(followed):
                block, long = self._block(followed, min(BLOCK_BYTES, budget))
                taken += block
                budget -= followed.position.offset - before.offset
                self._account.received += long
                self._account.drop("line_too_long", long)
            moved |= followed.position != before
            if followed.waiting and followed.position.kind is not None:
                holding.append(followed.position.clock_ns)
        moved |= self._finished()
        return taken, self._place(holding) if moved else None

    def _renew(self) -> None:
        """Begins anew what was cut off or written over."""
        for key, followed in self._files.items():
            if not followed.same():
                was = followed.position
                self._positions[f"{key}@{was.head[1]}"] = replace(was, done=True)
                self._account.note("files_begun_anew")
                followed.anew()

    def _knows(self, followed: Followed) -> bool:
        """Whether it is known which source reads the lines of a file; looks at them once."""
        if followed.position.kind is not None:
            return True
        begin = followed.peek(UNKNOWN_BYTES)
        whole = begin if followed.rotated and followed.ended else begin[: begin.rfind(b"\n") + 1]
        path = followed.position.path
        kind = self._options.format or (blocks.kind_of(whole, path) if whole else None)
        if kind is None:
            if len(begin) < UNKNOWN_BYTES and not (followed.rotated and followed.ended):
                return False
            kind = ""
            self._account.note("files_not_used")
            self._say(f"{path}: its lines are of no kind that is read")
        followed.position = replace(followed.position, kind=kind)
        return True

    def _block(
        self, followed: Followed, most: int, *, exact: bool = False
    ) -> tuple[list[tuple[str, Block]], int]:
        """The next lines of a file as a block, if they are of use; and how many were too long."""
        before = followed.position
        lines, long = followed.take(most, exact=exact)
        if not before.kind or not lines:
            return [], long
        header = before.header.encode("latin-1")
        after = blocks.header_after(before.kind, header, lines, first=before.offset == 0)
        followed.position = replace(
            followed.position,
            header=after.decode("latin-1"),
            clock_ns=clock_ns(lines) or before.clock_ns,
        )
        return [(before.kind, Block.of_lines(header + lines, before.path))], long

    def _finished(self) -> bool:
        """Closes what was rotated and read to its end; gives whether there was any."""
        over = [key for key, f in self._files.items() if f.rotated and f.behind() <= 0]
        for key in over:
            followed = self._files.pop(key)
            followed.close()
            self._positions[key] = replace(followed.position, done=True, header="")
        while len(self._positions) > REMEMBERED:
            del self._positions[next(iter(self._positions))]
        return bool(over)

    def _place(self, holding: list[int | None]) -> dict[str, Any]:
        positions = {**self._positions, **{k: f.position for k, f in self._files.items()}}
        return {
            "files": {key: position.told() for key, position in sorted(positions.items())},
            **asdict(self._reached),
            "holding": holding,
        }

    def _once_more(self, place: Place, end: Place) -> list[tuple[str, Block]]:
        """The blocks between two places, as they once were given."""
        begun = (place or {"files": {}})["files"]
        taken: list[tuple[str, Block]] = []
        order = sorted(end["files"], key=lambda k: (_clock(begun.get(k)), end["files"][k]["path"]))
        for key in order:
            upto = Position.of(end["files"][key])
            followed = self._files.get(key)
            if followed is None:
                continue
            if followed.position.kind is None:
                followed.position = replace(followed.position, kind=upto.kind)
            size = upto.offset - followed.position.offset
            if size > 0:
                block, _ = self._block(followed, size, exact=True)
                taken += block
            followed.position = replace(upto, path=followed.position.path)
        self._finished()
        return taken

    def _given(self, taken: list[tuple[str, Block]], place: dict[str, Any]) -> Chunk:
        """The chunk of blocks; the watermark as far as no file that is read holds it."""
        batch, account = blocks.batch_of(taken, self._read)
        account.merge(self._account)
        self._account = Account()
        self._reached = self._reached.after(
            blocks.last_end_ns(batch), place["holding"], self._options.lateness_s
        )
        following = {**place, **asdict(self._reached)}
        return Chunk(
            replace(batch, watermark_ns=self._reached.past_ns),
            following,
            account,
            arrived_ns=self._room.clock(),
        )


def _matching(pattern: str) -> list[Path]:
    """The files of a pattern, which may be absolute."""
    return sorted(map(Path, glob.iglob(pattern, recursive=True)))  # noqa: PTH207


def _grew(size: int, position: Position) -> bool:
    """Whether a file that was done has more in it; what is compressed does not grow."""
    return size > position.offset and not position.path.endswith(".gz")


def _clock(told: dict[str, Any] | None) -> int:
    return int((told or {}).get("clock_ns") or 0)
