"""Numbers and lists as a person writes them: 8.9 GB, 127 hosts, 4 m 58 s, 12:00:05 UTC."""

from __future__ import annotations

from collections.abc import Sequence

from lynceus.language import say
from lynceus.moments import written


def count_text(value: float) -> str:
    """A count with thousands set apart; a fraction keeps at most two places."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def bytes_text(value: float) -> str:
    """Bytes in decimal units: 512 B, 3.2 KB, 456 KB, 8.9 GB."""
    size = float(value)
    if abs(size) < 1000:
        return f"{int(size)} B"
    for unit in ("KB", "MB", "GB", "TB", "PB"):
        size /= 1000
        if abs(size) < 999.5 or unit == "PB":
            break
    return (
        f"{size:.0f} {unit}"
        if abs(size) >= 99.95
        else f"{size:.1f}".removesuffix(".0") + f" {unit}"
    )


def duration_text(seconds: float) -> str:
    """A time span in its two largest units: 40 ms, 2.5 s, 4 m 58 s, 3 h 5 m, 2 d 4 h."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    units = (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60), ("m", 60, "s", 1))
    name, size, smaller, step = next((u for u in units if whole >= u[1]), units[-1])
    rest = whole % size // step
    return f"{whole // size} {name}" + (f" {rest} {smaller}" if rest else "")


def share_text(value: float) -> str:
    """A share from 0 to 1 in percent: 93 %, 0.4 %."""
    percent = value * 100
    near_end = 0 < percent < 1 or 99 < percent < 100
    return (f"{percent:.1f}".removesuffix(".0") if near_end else f"{percent:.0f}") + " %"


def time_text(ns: int | None) -> str:
    """A time to the second, as `2024-05-01 10:02:11 UTC`."""
    text = written(ns)
    return f"{text} UTC" if text else say("an unknown time")


def listed(items: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; of a long list the first ones `and others`."""
    if len(items) > most + 1:
        return say("{items} and others", items=", ".join(items[:most]))
    if len(items) < 2:
        return "".join(items)
    return say("{items} and {last}", items=", ".join(items[:-1]), last=items[-1])
