"""`lynceus top`: how a run does, in the terminal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynceus.live.status import Status

ASK_S = 5.0
HEADS = ("source", "state", "rows", "rows/s", "dropped", "heard")
FEW_HEADS = 4
WIDE = 64
"""In fewer columns only the first heads have room."""


def top(
    where: Annotated[
        str, typer.Argument(metavar="ADDRESS:PORT", help="Where the run can be watched.")
    ] = "127.0.0.1:9470",
    every: Annotated[float, typer.Option("--every", metavar="S", help="Seconds between looks.")] = (
        1.0
    ),
    once: Annotated[
        bool, typer.Option("--once", help="Print one look and end; so it is in a pipe.")
    ] = False,
) -> None:
    """Show how a run does: sources, lag, queue, losses, what fails."""
    from rich.live import Live

    from lynceus.cli.screen import screen

    if not 0.1 <= every <= 3600:
        raise UsageError(f"--every {every:g}: expected 0.1 to 3600 seconds")
    before = _asked(where)
    console = screen()
    if once or not console.is_terminal:
        console.print(shown(before, None, now_ns(), console.width))
        return
    first = shown(before, None, now_ns(), console.width)
    with Live(first, console=console, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            now = _asked(where)
            live.update(shown(now, before, now_ns(), console.width), refresh=True)
            before = now


def _asked(where: str) -> Status:
    import httpx

    from lynceus.live.status import Status

    if Path(where).exists():
        raise UsageError(f"{where}: expected where the run can be watched, as 127.0.0.1:9470")
    try:
        answer = httpx.get(f"http://{where}/status", timeout=ASK_S)
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{where}: no run can be watched there: {error}") from None
    try:
        return Status.read(told)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None


def shown(now: Status, before: Status | None, at_ns: int, columns: int) -> RenderableType:
    """A status in so many columns, with rates where an earlier one is there."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from lynceus.shown import shown as plain

    seconds = (now.at_ns - before.at_ns) / 1e9 if before else 0.0
    silent_s = (at_ns - now.at_ns) / 1e9
    lag = "-" if now.lag_s is None else f"{now.lag_s:.1f} s"
    head = Text.assemble(
        ("Lynceus ", "bold"),
        "counting" if now.ready else "not counting",
        f" · {lag} behind · {now.waiting_rows:,} rows wait · "
        f"{now.findings_open:,} open findings · {now.memory_bytes / 2**20:,.0f} MiB · "
        f"checkpoint {now.checkpoint:,} ({now.checkpoint_s:.2f} s)",
    )
    lines: list[RenderableType] = [head]
    reasons: list[RenderableType] = []
    if silent_s > 10:
        lines.append(Text(f"no turn for {silent_s:.0f} s", style="bold red"))
    most = len(HEADS) if columns >= WIDE else FEW_HEADS
    table = Table(*HEADS[:most], box=None, pad_edge=False, collapse_padding=True)
    for column in table.columns[2:5]:
        column.justify = "right"
    for name, one in now.sources.items():
        earlier = before.sources.get(name, {}).get("rows") if before else None
        rate = (
            f"{(one['rows'] - earlier) / seconds:,.0f}" if earlier is not None and seconds else ""
        )
        cells = (
            plain(name), plain(one["state"]), f"{one['rows']:,}", rate,
            f"{sum(one['dropped'].values()):,}", plain((one["heard"] or "")[11:19]),
        )  # fmt: skip
        table.add_row(*cells[:most])
        if one["reason"]:
            reasons.append(Text(f"{plain(name)}: {plain(one['reason'])}", style="yellow"))
    lines += [table, *reasons]
    dropped = ", ".join(f"{plain(why)} {n:,}" for why, n in now.dropped.items() if n)
    if dropped or now.late:
        lines.append(Text(f"dropped: {dropped or 'nothing'}; late: {now.late:,}"))
    for part, reason in now.degraded.items():
        lines.append(Text(f"{plain(part)}: {plain(str(reason))}", style="yellow"))
    told = ", ".join(f"{n} {plain(severity)}" for severity, n in now.incidents.items())
    lines.append(Text(f"incidents told: {told or 'none'}"))
    return Group(*lines)
