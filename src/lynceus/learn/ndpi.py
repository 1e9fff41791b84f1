"""What Debian's ndpiReader says of the flows of a capture, beside the flows that the meter makes.

Both see the capture alone: ndpiReader is told not to guess by ports. They are joined per
conversation (transport and two endpoints), because the two programs cut flows by other timeouts
and may take the other end for the originator.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import polars as pl

from lynceus.learn.extras import ExtraMissingError

PROGRAM = "ndpiReader"
KEY = ("proto", "a", "b")
"""Transport and the two endpoints in a fixed order."""

MOST_S = 120
"""No capture keeps ndpiReader busy for longer; what it said until then counts."""

_CSV = {
    "protocol": pl.UInt16,
    "src_ip": pl.String,
    "src_port": pl.UInt16,
    "dst_ip": pl.String,
    "dst_port": pl.UInt16,
    "ndpi_proto": pl.String,
}
_IP = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}


def present() -> bool:
    """Whether the program is installed (Debian package libndpi-bin)."""
    return shutil.which(PROGRAM) is not None


def said(capture: Path) -> pl.DataFrame:
    """Key and `ndpi` of each conversation that nDPI names by its content, as in `TLS.YouTube`.

    Raises `ExtraMissingError` where the program is not installed.
    """
    if not present():
        raise ExtraMissingError(f"no {PROGRAM}: install the Debian package libndpi-bin")
    with tempfile.TemporaryDirectory() as folder:
        plain = capture
        if capture.suffix == ".gz":
            plain = Path(folder) / "capture"
            plain.write_bytes(gzip.decompress(capture.read_bytes()))
        written = Path(folder) / "flows.csv"
        command = [PROGRAM, "-d", "-q", "-i", str(plain), "-C", str(written)]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, check=False, capture_output=True, timeout=MOST_S)
        text = written.read_text(errors="replace") if written.exists() else ""
    # Names that nDPI prints unquoted may hold commas, but they stand behind what is read here.
    head, *rows = [line.split(",") for line in text.lstrip("#").splitlines() or [""]]
    last = max((head.index(name) for name in _CSV if name in head), default=0)
    rows = [row for row in rows if len(row) > last]
    columns = {name: [row[head.index(name)] for row in rows] for name in _CSV if rows}
    flows = pl.DataFrame(columns or {name: [] for name in _CSV}).cast(pl.Schema(_CSV))
    proto = pl.col("protocol").replace_strict(_IP, default=pl.col("protocol").cast(pl.String))
    return keyed(flows, proto, ("src_ip", "src_port"), ("dst_ip", "dst_port")).select(
        *KEY, ndpi="ndpi_proto"
    )


def keyed(
    flows: pl.DataFrame, proto: pl.Expr, first: tuple[str, str], second: tuple[str, str]
) -> pl.DataFrame:
    """The flows with their key; addresses as nDPI writes them, every `:0:` as `::`."""
    a, b = (
        pl.concat_str(
            pl.col(address).str.replace_all(":0:", "::", literal=True),
            pl.lit(" "),
            pl.col(port).fill_null(0),
        )
        for address, port in (first, second)
    )
    return flows.with_columns(proto=proto, a=pl.min_horizontal(a, b), b=pl.max_horizontal(a, b))


def keyed_flows(flows: pl.DataFrame) -> pl.DataFrame:
    """Flows of the meter with their key."""
    return keyed(flows, pl.col("proto"), ("orig_h", "orig_p"), ("resp_h", "resp_p"))
