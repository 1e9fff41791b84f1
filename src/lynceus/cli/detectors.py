"""`lynceus detectors`: what there is to detect."""

from __future__ import annotations


def detectors() -> None:
    """List the detectors: name, severity, tactic, techniques, what they see."""
    import inspect

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lynceus import detect

    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for title in ("Detector", "Severity", "Tactic", "ATT&CK"):
        table.add_column(title, no_wrap=title != "ATT&CK")
    table.add_column("Sees", ratio=1)
    for name, detector in detect.load().items():
        line = (inspect.getdoc(type(detector)) or "").partition("\n")[0]
        table.add_row(
            Text(name),
            Text(detector.severity),
            Text(detector.tactic),
            Text(" ".join(detector.techniques)),
            Text(line),
        )
    Console(highlight=False, emoji=False, markup=False).print(table)
