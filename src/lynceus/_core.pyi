"""Typed face of the private Rust module: the meter, the ids of flows and trained trees.

Every table crosses as an `ArrowFrame`, which `polars.DataFrame(...)`, pandas and pyarrow take in by
the Arrow C stream interface.
"""

from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Protocol, final

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

__version__: str

class InputError(ValueError):
    """The input cannot be used; the message names it and says what was expected."""

@final
class ArrowFrame:
    """A table that Polars, pandas and pyarrow take in without a copy."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table as an Arrow C stream; `requested_schema` is ignored."""

    def select(self, columns: list[str]) -> ArrowFrame:
        """Some of its columns, whose memory lives without the others. Raises KeyError."""

    def __len__(self) -> int: ...

@final
class ParquetFile:
    """A table on its way to a Parquet file, encoded in a thread of its own."""

    def __new__(cls, path: str | PathLike[str], like: _ArrowStream) -> ParquetFile:
        """Creates the file, or empties it, for rows with the columns of the table `like`.

        Raises OSError where the file cannot be created, TypeError on columns that Parquet does not
        know.
        """

    def write(self, rows: _ArrowStream) -> None:
        """Hands over the rows of a table; waits while the writer is behind.

        Raises OSError where rows before could not be written, TypeError on other columns.
        """

    def close(self) -> None:
        """Writes what is left; the file is whole then. Raises OSError."""

def no_flows() -> ArrowFrame:
    """The flow table of a capture without conversations: its columns."""

@final
class MeterBatch:
    """Flows and events of one stretch of a capture."""

    @property
    def flows(self) -> ArrowFrame | None:
        """Flow rows in the columns of `features.json`, None when there are none."""

    @property
    def events(self) -> dict[str, ArrowFrame]:
        """Event rows by table name, in the columns of `events.json`."""

    @property
    def watermark_ns(self) -> int:
        """No flow part of a later batch ends before this (ns since 1970 UTC).

        Packets more than a minute behind the capture clock may break that; the losses count them
        as `late_packets`.
        """

    @property
    def complete_ns(self) -> int | None:
        """How far time has come (ns since 1970 UTC), where this batch completes a group.

        All rows of what was read up to there have been given then; None in between.
        """

    @property
    def packets(self) -> int:
        """Packets and ARP packets taken in since the batch before."""

    @property
    def bytes(self) -> int:
        """Bytes of the unpacked capture taken in since the batch before."""

@final
class DatagramReceiver:
    """Receives datagrams of any number of UDP sockets in threads of its own."""

    def __new__(
        cls, sockets: list[int], *, allowed: list[str], most_bytes: int, enough_bytes: int
    ) -> DatagramReceiver:
        """Takes over bound sockets by their descriptors.

        Senders in none of the networks `allowed` are refused (empty: all may send). What finds
        `most_bytes` waiting is shed; a taker who gathers is woken by `enough_bytes`. Raises
        ValueError on what is no network, OSError on a socket that cannot be used.
        """

    def take(self, wait_s: float, gather_s: float) -> bytes:
        """What has arrived, empty after `wait_s` without any; gathers for up to `gather_s`.

        Little-endian: how many (u32); of each when it came (i64, ns since 1970), from where (16
        bytes, IPv4 as mapped), its length (u32), a column after the other; then the contents.
        """

    def counts(self) -> tuple[int, int, int, int, str | None]:
        """Received, refused, shed, errors of sockets, the last sender that was refused."""

    def close(self) -> None:
        """Ends its threads and closes the sockets; what has arrived can still be taken."""

@final
class CaptureReader:
    """Meters a capture (pcap, pcapng; also gzip, zstd, xz): iterate to get its batches.

    `path` is a file, or `-` for standard input. A flow part is cut after `active_timeout_s`
    seconds, and told after `inactive_timeout_s` of silence though the flow may go on. At most
    `max_flows` flows are live; the longest silent are shed first and counted as `flows_shed`.
    `threads` counts the reading one; 0 takes one for each core. Flows, events and their order do
    not depend on it. Without `events` the flows alone are given.
    With `step_s` rows are handed out after each so many seconds of the capture, and a batch comes
    for every such step.

    Raises `InputError` when the input is missing or no capture, and while iterating when it cannot
    be read on; what came before is good.
    """

    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        site: str = "default",
        active_timeout_s: float = 1800.0,
        inactive_timeout_s: float | None = None,
        max_flows: int = 1_000_000,
        threads: int = 0,
        step_s: float | None = None,
        events: bool = True,
    ) -> CaptureReader: ...
    def __iter__(self) -> Iterator[MeterBatch]: ...
    def __next__(self) -> MeterBatch: ...
    def losses(self) -> dict[str, int]:
        """Counts by reason: what went in, what came out, and why the rest did not.

        They are those at the last batch that completed a group.
        """

    def progress(self) -> float:
        """How much of the file is read, 0 to 1; 0 for standard input until its end."""

    @property
    def packets(self) -> int:
        """Packets and ARP packets taken in so far."""

    @property
    def digest(self) -> str:
        """First 32 hex digits of SHA-256 over the first MiB of the unpacked capture."""

@final
class InterfaceReader:
    """Meters what passes a network interface: iterate to get its batches, several a second.

    `packet_filter` is in a part of tcpdump's language (docs/sources-live.md). `threads` read, each
    from a ring of its own and all conversations of its own; `workers` keep the flows, 0 takes one
    for each core. The rings hold `buffer_bytes` together; of a frame `snap_bytes` are kept. With
    `record` every frame is written to segments in that folder, `record_bytes` together at most.
    Other options are those of `CaptureReader`; a TCP flow ends after `tcp_idle_s` of silence.

    Time passes without packets too: a batch that completes a group comes several times a second.
    Raises `InputError` when the interface cannot be opened, or read on.
    """

    def __new__(
        cls,
        interface: str,
        *,
        site: str = "default",
        packet_filter: str | None = None,
        promiscuous: bool = True,
        threads: int = 1,
        workers: int = 0,
        buffer_bytes: int = 67108864,
        snap_bytes: int = 65535,
        active_timeout_s: float = 1800.0,
        inactive_timeout_s: float | None = None,
        tcp_idle_s: float = 300.0,
        max_flows: int = 1_000_000,
        record: str | PathLike[str] | None = None,
        record_bytes: int = 0,
        events: bool = True,
    ) -> InterfaceReader: ...
    def __iter__(self) -> Iterator[MeterBatch]: ...
    def __next__(self) -> MeterBatch: ...
    def stop(self) -> None:
        """Ends it: what is in the ring is read, open flows are given, then the iteration ends."""

    def losses(self) -> dict[str, int]:
        """Counts by reason, as at the last batch that completed a group.

        `dropped_by_kernel`: the kernel had no room, because this was too slow.
        """

    @property
    def packets(self) -> int:
        """Packets and ARP packets taken in so far."""

@final
class Forest:
    """Trained trees, checked and laid out to be scored.

    `nodes` is a table of the columns `tree`, `input` (null: a leaf), `threshold`, `left`, `right`,
    `missing_left`, `cover`, `output` and `values` as `lynceus.models.trees.NODES` says. Numbers to
    be scored are tables of Float32 columns, one an input, in which null and NaN are unknown.

    Raises `ValueError` where the nodes are no trees over so many inputs and outputs, `TypeError`
    for columns of other types.
    """

    def __new__(cls, nodes: _ArrowStream, inputs: int, outputs: int) -> Forest: ...
    def scores(self, numbers: _ArrowStream, threads: int = 0) -> ArrowFrame:
        """Sums of the leaves of each row: one column, rows x outputs, row by row.

        `threads` of 0 takes one for each core; the sums do not depend on it.
        """

    def contributions(self, numbers: _ArrowStream, output: int = 0, threads: int = 0) -> ArrowFrame:
        """What each input adds to one output (TreeSHAP): one column, rows x inputs, row by row.

        A row's contributions and `expected` add up to its score.
        """

    def expected(self, output: int = 0) -> float:
        """The mean score of the training data of one output."""

    def __len__(self) -> int:
        """How many trees there are."""

def check_packet_filter(expression: str) -> None:
    """Raises `InputError` where an expression is no filter for the frames of an Ethernet."""

def drop_privileges(user: str | None = None) -> None:
    """Makes the whole process one of another user, or without one takes all capabilities from it.

    What is open stays open. Raises `PermissionError`.
    """

def parse_addresses(texts: _ArrowStream) -> ArrowFrame:
    """The addresses of a column of text as numbers, a row a text.

    Gives `v4` (u32), or `v6_high` and `v6_low` (u64, the halves of an address of IPv6); all null
    where the text is null or no address. An address of IPv4 that is mapped into IPv6 is that of
    IPv4, zones are left out. Raises `TypeError` for other types.
    """

def flow_ids(
    site: str,
    orig_h: _ArrowStream,
    resp_h: _ArrowStream,
    orig_p: _ArrowStream,
    resp_p: _ArrowStream,
    proto: _ArrowStream,
    ts_ns: _ArrowStream,
    part: _ArrowStream,
) -> ArrowFrame:
    """Community ID and uid of every row of a frame of flows.

    Text for addresses and `proto`, u16 for ports (ICMP: type and code), i64 for `ts_ns`, u32 for
    `part`; nulls are allowed. Gives `community_id` (null when an address, the protocol or a needed
    port is unknown) and `uid` (never null; what is unknown leaves its place empty).

    Raises `TypeError` for other types, `ValueError` for columns of different length.
    """

def cut_packets(
    capture: str | PathLike[str],
    out: str | PathLike[str],
    flows: Mapping[str, _ArrowStream],
    *,
    about: str,
    comments: list[str],
    append: bool = False,
) -> int:
    """Writes the packets of some flows of a capture as a pcapng section and gives their number.

    `flows` has the columns `orig_h`, `orig_p`, `resp_h`, `resp_p`, `proto` (`arp` asks for the ARP
    packets of the sender `orig_h`), `first_frame`, `last_frame`, `ts_ns`, `end_ns`, and `comment`:
    the place in `comments` of what the first packet of the row bears. Nulls leave that side open.
    `about` is the comment of the section.

    Raises `InputError` when the capture cannot be read, `OSError` when `out` cannot be written,
    `TypeError` for columns of other types.
    """

def read_head(path: str | PathLike[str], n: int) -> bytes:
    """The first `n` unpacked bytes of a file, fewer when it is shorter or breaks off.

    Raises `InputError` when it cannot be opened.
    """

def decompress(path: str | PathLike[str], limit: int) -> tuple[bytes, bool]:
    """The unpacked bytes of a file, `limit` at most, and whether they break off.

    What came before the break is good. Raises `InputError` when the file cannot be opened and
    `OSError` when it cannot be read on.
    """

def inflate(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Bytes unpacked (gzip, zstandard, xz; others as they are) and whether they break off.

    `limit` bytes at most.
    """

def spec_hash() -> str:
    """SHA-256 (hex) of the `features.json` this module was built with, in canonical form."""
