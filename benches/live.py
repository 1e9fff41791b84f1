"""What is dropped at a rate that is offered: Lynceus beside the peers, over a cable in one run.

    python benches/live.py [--rates 50000 100000 300000 0] [--seconds 10] [--packets 400000]

tcpreplay plays a capture at one end of a veth pair, at each rate in turn (0: as fast as it goes),
while one program after the other watches the other end. Sender and watcher share the processors,
so that what counts is the drops of one program beside those of another at the same rate.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import capture as bench_capture

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
SHARED = Path(os.environ.get("LYNCEUS_SHARED_DATA", ROOT.parent / "shared" / "data"))
NAMESPACE, NEAR, FAR = "lynceus-bench", "lybench0", "lybench1"
SETTLE_S = 2.0
"""What was sent has reached the watcher after so long."""


@dataclass(frozen=True)
class Outcome:
    """What a watcher says of one offer."""

    seen: int
    dropped: int
    cpu_s: float


@dataclass(frozen=True)
class Watcher:
    """A program that watches the near end."""

    name: str
    begin: Callable[[Path], subprocess.Popen[str]]
    end: Callable[[subprocess.Popen[str], Path], tuple[int, int]]
    """Stops it; frames seen and dropped."""


def ours(mode: str) -> Watcher:
    """This file in another process: `meter`, or `detectors` for all that `lynceus run` does."""

    def begin(folder: Path) -> subprocess.Popen[str]:
        watching = subprocess.Popen(
            [sys.executable, __file__, "--watch", mode, "--folder", str(folder)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if watching.stdout is not None:
            watching.stdout.readline()
        return watching

    def end(watching: subprocess.Popen[str], _: Path) -> tuple[int, int]:
        watching.send_signal(signal.SIGTERM)
        told = json.loads(watching.communicate(timeout=120)[0].splitlines()[-1])
        return told["frames"], told["dropped"]

    return Watcher(f"lynceus {mode}", begin, end)


def softflowd() -> Watcher | None:
    """softflowd, which sends NetFlow v9 to a port where nobody listens."""
    program = shutil.which("softflowd", path=f"{os.environ['PATH']}:/usr/sbin")
    control = shutil.which("softflowctl", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program or not control:
        return None

    def begin(folder: Path) -> subprocess.Popen[str]:
        socket = str(folder / "control")
        command = [program, "-i", NEAR, "-d", "-v", "9", "-n", "127.0.0.1:9", "-m", "1000000"]
        process = subprocess.Popen(
            [*command, "-c", socket],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        while not Path(socket).exists():
            time.sleep(0.05)
        return process

    def end(process: subprocess.Popen[str], folder: Path) -> tuple[int, int]:
        told = subprocess.run(
            [control, "-c", str(folder / "control"), "statistics"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        process.terminate()
        process.wait(30)
        received, dropped = (
            number(rf"{what} by libpcap: (\d+)", told) for what in ("received", "dropped")
        )
        # libpcap counts what it dropped among what it received.
        return int(received - dropped), int(dropped)

    return Watcher("softflowd", begin, end)


def suricata() -> Watcher | None:
    """Suricata with its own configuration, where it is installed."""
    program = shutil.which("suricata")
    if program is None:
        return None

    def begin(folder: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [program, "--af-packet=" + NEAR, "-l", str(folder), "-S", "/dev/null"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        log = folder / "suricata.log"
        while not log.exists() or "engine started" not in log.read_text().lower():
            time.sleep(0.1)
        return process

    def end(process: subprocess.Popen[str], folder: Path) -> tuple[int, int]:
        process.terminate()
        process.wait(120)
        text = (folder / "suricata.log").read_text()
        seen, dropped = (int(number(rf"{what}: (\d+)", text)) for what in ("packets", "drops"))
        return seen, dropped

    return Watcher("suricata", begin, end)


def watch(mode: str, folder: Path) -> None:
    """Watches until SIGTERM, then prints what was seen."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    if mode == "meter":
        from lynceus import _core

        reader = _core.InterfaceReader(NEAR)
        print("ready", flush=True)
        for _ in reader:
            if stopped:
                reader.stop()
        losses = reader.losses()
        dropped = losses.get("dropped_by_kernel", 0) + losses.get("unread_at_stop", 0)
        frames = losses.get("frames", 0)
    else:
        from lynceus.config import Config
        from lynceus.ingest.feeds.interface import Interface
        from lynceus.live.run import Run
        from lynceus.live.settings import RunConfig, Settings

        wire = Interface(NEAR, keep_privileges=True)
        going = Run(
            Config(),
            Settings(RunConfig(state=folder, watch=""), {"wire": wire}),
            say=lambda _: None,
        )
        while going.pump.conditions["wire"].state == "opening":
            going.turn()
        print("ready", flush=True)
        while not stopped:
            going.turn()
        going.stop()
        account = going.pump.conditions["wire"].account
        frames = account.received
        notes = account.notes
        dropped = notes.get("dropped_by_kernel", 0) + notes.get("unread_at_stop", 0)
    print(json.dumps({"frames": frames, "dropped": dropped}))


@contextmanager
def cable() -> Iterator[None]:
    """A veth pair, the far end in a namespace of its own."""
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        ip = ["ip", "link", "add", NEAR, "type", "veth", "peer", FAR, "netns", NAMESPACE]
        subprocess.run(ip, check=True)
        for enter, end in (([], NEAR), (["-n", NAMESPACE], FAR)):
            quiet = ["mtu", "9000", "addrgenmode", "none", "arp", "off"]
            subprocess.run(["ip", *enter, "link", "set", end, *quiet], check=True)
            subprocess.run(["ip", *enter, "link", "set", end, "up"], check=True)
        yield
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


def send(capture: Path, rate: int, packets: int) -> tuple[int, float]:
    """Offers about so many packets; how many were sent, and how many a second."""
    pace = [f"--pps={rate}"] if rate else ["--topspeed"]
    loops = max(1, round(packets / count(capture)))
    told = subprocess.run(
        ["ip", "netns", "exec", NAMESPACE, "tcpreplay", "-i", FAR, "--preload-pcap",
         "--unique-ip", f"--loop={loops}", *pace, str(capture)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    sent = number(r"Successful packets:\s+(\d+)", told)
    seconds = number(r"bytes\) sent in ([\d.]+) seconds", told)
    return int(sent), sent / max(seconds, 1e-9)


def number(pattern: str, text: str) -> float:
    """A number that a program told."""
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"{pattern!r} is not in what was told:\n{text[-800:]}")
    return float(found[1])


def count(capture: Path) -> int:
    """Packets of a capture."""
    told = subprocess.run(
        ["capinfos", "-TMrc", str(capture)], capture_output=True, text=True, check=True
    )
    return int(told.stdout.split("\t")[1])


def offered(watcher: Watcher, capture: Path, rate: int, packets: int) -> tuple[Outcome, int, float]:
    """One watcher at one rate."""
    with tempfile.TemporaryDirectory() as name:
        process = watcher.begin(Path(name))
        sent, reached = send(capture, rate, packets)
        sender = resource.getrusage(resource.RUSAGE_CHILDREN)
        time.sleep(SETTLE_S)
        seen, dropped = watcher.end(process, Path(name))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - sender.ru_utime - sender.ru_stime
    return Outcome(seen, dropped, cpu_s), sent, reached


def main() -> None:
    """Offers every rate to every watcher and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rates", type=int, nargs="+", default=[25_000, 50_000, 100_000, 300_000, 0]
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--packets", type=int, default=200_000, help="of the capture")
    parser.add_argument("--watch", choices=["meter", "detectors"])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.watch:
        watch(options.watch, options.folder)
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    installing = str(ROOT / "tools" / "debian.sh")
    subprocess.run([installing, "tshark", "tcpreplay", "softflowd"], check=True)
    capture = BUILD / f"live-{options.packets}.pcap"
    if not capture.exists():
        bench_capture.build(SHARED, capture, options.packets)
    found = (ours("meter"), ours("detectors"), softflowd(), suricata())
    watchers = [watcher for watcher in found if watcher]
    if not shutil.which("suricata"):
        print("suricata: not installed and not in this release of Debian; left out")
    print(f"{'offered/s':>12}{'sent':>12}  {'watcher':<20}{'seen/s':>12}{'dropped':>9}{'cpu s':>8}")
    with cable():
        for rate in options.rates:
            for watcher in watchers:
                packets = int((rate or 300_000) * options.seconds)
                outcome, sent, reached = offered(watcher, capture, rate, packets)
                seen = outcome.seen / sent * reached
                print(
                    f"{reached:>12,.0f}{sent:>12,}  {watcher.name:<20}{seen:>12,.0f}"
                    f"{outcome.dropped / max(sent, 1):>9.2%}{outcome.cpu_s:>8.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
