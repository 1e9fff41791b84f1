"""Packets a second of `lynceus flows` and `lynceus analyze` beside the peers, in one run.

    python benches/meter.py [--packets 3000000] [--runs 3] [--capture FILE]

Machines are noisy, so what counts is the ratio within one run, taken over the median of the runs
of each tool, the tools taking turns. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import capture as bench_capture

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
SHARED = Path(os.environ.get("LYNCEUS_SHARED_DATA", ROOT.parent / "shared" / "data"))

NFSTREAM = """
import sys
from nfstream import NFStreamer
if __name__ == "__main__":
    flows = sum(1 for _ in NFStreamer(source=sys.argv[1], statistical_analysis=True,
                                      splt_analysis=20, n_dissections=20))
    print(flows)
"""


@dataclass
class Tool:
    """One competitor: its command and what was measured."""

    name: str
    command: list[str]
    runs: int
    walls_s: list[float] = field(default_factory=list)
    cpus_s: list[float] = field(default_factory=list)
    peaks_mib: list[float] = field(default_factory=list)
    failed: str = ""

    def run(self) -> None:
        """Runs once and keeps wall, processor time and peak memory of the process."""
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as complaints:
            child = subprocess.Popen(
                self.command, stdout=subprocess.DEVNULL, stderr=complaints, cwd=BUILD
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            complaints.seek(0)
            last = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
        if child.returncode:
            self.failed = f"exit {child.returncode}: {' '.join(last)[:80]}"
            return
        self.walls_s.append(time.perf_counter() - begin)
        self.cpus_s.append(usage.ru_utime + usage.ru_stime)
        self.peaks_mib.append(usage.ru_maxrss / 1024)


def nfstream() -> list[str] | None:
    """nfstream in an environment of its own, with statistics, sequences and dissection on."""
    home = BUILD / "nfstream"
    uv = ROOT / ".venv" / "bin" / "uv"
    if not (home / "bin" / "python").exists():
        subprocess.run([uv, "venv", "--quiet", home], check=True)
    done = subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", home / "bin" / "python", "nfstream==6.6.0"],
        check=False,
        env={k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"},
    )
    script = BUILD / "run_nfstream.py"
    script.write_text(NFSTREAM)
    return None if done.returncode else [str(home / "bin" / "python"), str(script)]


def tools(capture: Path, runs: int) -> list[Tool]:
    """Ourselves and every peer that is installed."""
    lynceus = str(ROOT / ".venv" / "bin" / "lynceus")
    found = [
        Tool(
            "lynceus flows",
            [lynceus, "flows", str(capture), "-o", "flows.parquet", "--force"],
            runs,
        ),
        Tool(
            "lynceus analyze",
            [lynceus, "analyze", str(capture), "--out", "analysis", "--force"],
            runs,
        ),
    ]
    if command := nfstream():
        found.append(Tool("nfstream", [*command, str(capture)], max(1, runs - 2)))
    peers = {
        "ndpiReader": ["ndpiReader", "-i", str(capture), "-q"],
        "softflowd": ["softflowd", "-r", str(capture), "-m", "1000000", "-d", "-v", "9"],
        "argus": ["argus", "-X", "-r", str(capture), "-w", str(BUILD / "argus.out")],
    }
    for name, command in peers.items():
        if program := shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin"):
            found.append(Tool(name, [program, *command[1:]], runs))
    return found


def table(found: list[Tool], packets: int, size: int) -> str:
    """The figures side by side; ratios are packets/s over the peer's."""
    rates = {t.name: packets / statistics.median(t.walls_s) for t in found if t.walls_s}
    lines = [
        f"{packets:,} packets, {size / 1e6:,.0f} MB; medians, ratio = packets/s over the peer's\n",
        f"{'tool':<16}{'wall s (min-max)':>22}{'cpu s':>8}{'packets/s':>12}{'peak MiB':>10}"
        f"{'flows x':>9}{'analyze x':>11}",
    ]
    for tool in found:
        if tool.failed:
            lines.append(f"{tool.name:<16}  {tool.failed}")
            continue
        wall = statistics.median(tool.walls_s)
        span = f"{wall:.2f} ({min(tool.walls_s):.2f}-{max(tool.walls_s):.2f})"
        ratios = [
            f"{rates[ours] / rates[tool.name]:.1f}" if ours in rates else "-"
            for ours in ("lynceus flows", "lynceus analyze")
        ]
        lines.append(
            f"{tool.name:<16}{span:>22}{statistics.median(tool.cpus_s):>8.2f}"
            f"{rates[tool.name]:>12,.0f}{max(tool.peaks_mib):>10,.0f}{ratios[0]:>9}{ratios[1]:>11}"
        )
    return "\n".join(lines)


def main() -> None:
    """Builds the capture where it is absent, runs everything in turns, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--capture", type=Path)
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [ROOT / "tools" / "debian.sh", "tshark", "softflowd", "argus-server", "libndpi-bin"],
        check=True,
    )
    capture = options.capture or BUILD / f"bench-{options.packets}.pcap"
    if not capture.exists():
        print(f"building {capture.name} ...", file=sys.stderr)
        # In a process of its own: a child that is measured begins with the memory of its parent.
        spawned = get_context("spawn").Process(
            target=bench_capture.build, args=(SHARED, capture, options.packets)
        )
        spawned.start()
        spawned.join()
        if spawned.exitcode:
            sys.exit(f"{capture}: could not be built")
    counted = subprocess.run(
        ["capinfos", "-TMrc", str(capture)], capture_output=True, text=True, check=True
    )
    packets = int(counted.stdout.split("\t")[1])
    found = tools(capture.resolve(), options.runs)
    for turn in range(options.runs):
        for tool in found:
            if turn < tool.runs and not tool.failed:
                print(f"run {turn + 1}: {tool.name}", file=sys.stderr)
                tool.run()
    print(table(found, packets, capture.stat().st_size))


if __name__ == "__main__":
    main()
