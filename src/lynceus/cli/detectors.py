"""`lynceus detectors`: what there is to detect."""

from __future__ import annotations


def detectors() -> None:
    """List the detectors: what each sees, its severity, ATT&CK tactic and techniques."""
    import inspect

    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from lynceus import detect
    from lynceus.cli.screen import screen

    console = screen()
    for name, detector in detect.load().items():
        head = Text(f"{name:<17}", "bold")
        head.append(f" {detector.severity}, {detector.tactic}, {' '.join(detector.techniques)}", "")
        line = (inspect.getdoc(type(detector)) or "").partition("\n")[0]
        console.print(Group(head, Padding(Text(line), (0, 0, 0, 18))))
