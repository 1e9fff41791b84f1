"""Builds the capture that the benches read: real traffic, repeated with other addresses and times.

All Ethernet captures of the shared data are laid over one window of 300 s, then repeated; each
repetition has its addresses remapped, one to one, with the checksums still right: the second byte
of an IPv4 address moves by k and the lower half moves back by as much in ones' complement, which
leaves every checksum over the address unchanged; IPv6 words likewise.
"""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

WINDOW_NS = 300 * 10**9
START_NS = 1_767_225_600 * 10**9
FOLDERS = ("ndpi-apps", "attack-pcaps", "protocol-pcaps", "ja4", "stratosphere")
ENDINGS = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
SNAP = 262_144

Frame = tuple[int, bytes, int]
"""Time in ns, captured bytes, length on the wire."""


def frames(path: Path) -> Iterator[Frame]:
    """The Ethernet frames of a capture, by way of editcap; none where it cannot be read."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain, tempfile.NamedTemporaryFile() as raw:
        source = path
        if path.suffix == ".gz":
            raw.write(gzip.decompress(path.read_bytes()))
            raw.flush()
            source = Path(raw.name)
        done = subprocess.run(
            ["editcap", "-F", "nsecpcap", str(source), plain.name], capture_output=True, check=False
        )
        data = Path(plain.name).read_bytes()
    if done.returncode or len(data) < 24 or struct.unpack_from("<I", data, 20)[0] != 1:
        return
    at = 24
    while at + 16 <= len(data):
        seconds, nanos, captured, wire = struct.unpack_from("<IIII", data, at)
        body = data[at + 16 : at + 16 + captured]
        at += 16 + captured
        if captured >= 14 and captured == wire:
            yield seconds * 10**9 + nanos, body, wire


def merged(data: Path) -> list[Frame]:
    """All captures over one window, in time order."""
    everything: list[Frame] = []
    paths = sorted(p for folder in FOLDERS for p in (data / folder).rglob("*"))
    for number, path in enumerate(p for p in paths if p.name.endswith(ENDINGS)):
        own = list(frames(path))
        if not own:
            continue
        first, last = min(f[0] for f in own), max(f[0] for f in own)
        offset = (number * 7_919_000_000) % (WINDOW_NS // 2)
        squeeze = min(1.0, (WINDOW_NS - offset - 1) / max(last - first, 1))
        everything += [(offset + int((ts - first) * squeeze), body, wire) for ts, body, wire in own]
    everything.sort(key=lambda frame: frame[0])
    return everything


class Remap:
    """One flat buffer of records whose times and addresses can be rewritten at once."""

    def __init__(self, everything: list[Frame]) -> None:
        sizes = np.array([len(body) for _, body, _ in everything])
        self.at = np.concatenate([[0], np.cumsum(sizes + 16)[:-1]])
        self.ts_ns = np.array([ts for ts, _, _ in everything])
        parts = [struct.pack("<IIII", 0, 0, len(body), wire) + body for _, body, wire in everything]
        self.buffer = np.frombuffer(b"".join(parts), dtype=np.uint8).copy()
        self.v4, self.v6 = self._addresses(everything)

    def _addresses(self, everything: list[Frame]) -> tuple[npt.NDArray[np.int64], ...]:
        v4: list[int] = []
        v6: list[int] = []
        for at, (_, body, _) in zip(self.at.tolist(), everything, strict=True):
            offset = 12
            while body[offset : offset + 2] in (b"\x81\x00", b"\x88\xa8"):
                offset += 4
            kind, start = body[offset : offset + 2], at + 16 + offset + 2
            if kind == b"\x08\x00" and len(body) >= offset + 22:
                v4 += [start + 12, start + 16]
            elif kind == b"\x86\xdd" and len(body) >= offset + 42:
                v6 += [start + 8, start + 24]
        return np.array(v4, dtype=np.int64), np.array(v6, dtype=np.int64)

    def repetition(self, number: int) -> bytes:
        """The whole window once more, as the bytes of pcap records."""
        out = self.buffer.copy()
        ts = START_NS + number * WINDOW_NS + self.ts_ns
        for offset, values in ((0, ts // 10**9), (4, ts % 10**9)):
            words = values.astype("<u4").view(np.uint8).reshape(-1, 4)
            out[self.at[:, None] + offset + np.arange(4)] = words
        if number:
            self._shift(out, self.v4 + 1, self.v4 + 2, number * 17)
            self._shift(out, self.v6 + 5, self.v6 + 6, number * 17)
        return out.tobytes()

    @staticmethod
    def _shift(
        out: npt.NDArray[np.uint8],
        byte: npt.NDArray[np.int64],
        word: npt.NDArray[np.int64],
        k: int,
    ) -> None:
        """Moves a low byte by k and the following word back, sums kept in ones' complement."""
        old = out[byte].astype(np.int64)
        new = (old + k) % 256
        low = out[word].astype(np.int64) * 256 + out[word + 1]
        moved = np.where(low == 0xFFFF, low, (low - (new - old)) % 0xFFFF)
        out[byte] = np.where(low == 0xFFFF, old, new)
        out[word], out[word + 1] = moved >> 8, moved & 0xFF


def build(data: Path, target: Path, packets: int) -> int:
    """Writes a capture of at least `packets` packets; gives their number."""
    everything = merged(data)
    if not everything:
        raise SystemExit(f"{data}: no capture could be read; is editcap (Debian: tshark) there?")
    remap = Remap(everything)
    repetitions = -(-packets // len(everything))
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAP, 1))
        for number in range(repetitions):
            file.write(remap.repetition(number))
    part.replace(target)
    return repetitions * len(everything)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
