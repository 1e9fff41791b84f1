"""`lynceus top`: how a run does, in the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

ASK_S = 5.0


def top(
    where: Annotated[
        str, typer.Argument(metavar="ADDRESS:PORT", help="Where the run can be watched.")
    ] = "127.0.0.1:9470",
    every: Annotated[float, typer.Option("--every", metavar="S", help="Seconds between looks.")] = (
        1.0
    ),
    once: Annotated[bool, typer.Option("--once", help="Print one look and end.")] = False,
) -> None:
    """Show how a run does: sources, lag, queue, losses, what fails."""
    from rich.live import Live

    from lynceus.cli.screen import screen

    if not 0.1 <= every <= 3600:
        raise UsageError(f"--every {every:g}: expected 0.1 to 3600 seconds")
    before = _asked(where)
    console = screen()
    if once:
        console.print(shown(before, None, now_ns()))
        return
    with Live(shown(before, None, now_ns()), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            now = _asked(where)
            live.update(shown(now, before, now_ns()), refresh=True)
            before = now


def _asked(where: str) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.get(f"http://{where}/status", timeout=ASK_S)
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{where}: no run can be watched there: {error}") from None
    if not isinstance(told, dict) or "sources" not in told:
        raise UsageError(f"{where}: what answers there is no run of Lynceus")
    return told


def shown(now: dict[str, Any], before: dict[str, Any] | None, at_ns: int) -> RenderableType:
    """A status, with rates where an earlier one is there."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from lynceus.shown import shown as plain

    seconds = (now["at_ns"] - before["at_ns"]) / 1e9 if before else 0.0
    silent_s = (at_ns - now["at_ns"]) / 1e9
    lag = "-" if now["lag_s"] is None else f"{now['lag_s']:.1f} s"
    head = Text.assemble(
        ("Lynceus ", "bold"),
        "counting" if now["ready"] else "not counting",
        f" · {lag} behind · {now['waiting_rows']:,} rows wait · "
        f"{now['findings_open']:,} open findings · {now['memory_bytes'] / 2**20:,.0f} MiB · "
        f"checkpoint {now['checkpoint']:,} ({now['checkpoint_s']:.2f} s)",
    )
    lines: list[RenderableType] = [head]
    if silent_s > 10:
        lines.append(Text(f"no turn for {silent_s:.0f} s", style="bold red"))
    table = Table("source", "state", "rows", "rows/s", "dropped", "heard", box=None, pad_edge=False)
    for column in table.columns[2:5]:
        column.justify = "right"
    for name, one in now["sources"].items():
        earlier = (before or {}).get("sources", {}).get(name, {}).get("rows")
        rate = (
            f"{(one['rows'] - earlier) / seconds:,.0f}" if earlier is not None and seconds else ""
        )
        table.add_row(
            plain(name), one["state"], f"{one['rows']:,}", rate,
            f"{sum(one['dropped'].values()):,}", (one["heard"] or "")[11:19],
        )  # fmt: skip
        if one["reason"]:
            table.add_row("", Text(plain(one["reason"]), style="yellow"))
    lines.append(table)
    dropped = ", ".join(f"{plain(why)} {n:,}" for why, n in now["dropped"].items() if n)
    if dropped or now["late"]:
        lines.append(Text(f"dropped: {dropped or 'nothing'}; late: {now['late']:,}"))
    for part, reason in now["degraded"].items():
        lines.append(Text(f"{plain(part)}: {plain(reason)}", style="yellow"))
    told = ", ".join(f"{n} {severity}" for severity, n in now["incidents"].items())
    lines.append(Text(f"incidents told: {told or 'none'}"))
    return Group(*lines)
