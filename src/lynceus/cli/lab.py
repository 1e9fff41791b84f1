"""`lynceus lab`: writes captures of a made-up network with attacks hidden in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lynceus.cli.complaint import UsageError

_HIDING = "How attacks hide"
_CHOICE = "Which attacks"


def lab(  # noqa: PLR0913, PLR0917 - one parameter an option
    scenario: Annotated[
        str, typer.Option(help="office-day, office-quiet, quiet, or one attack: beacon, flood, ...")
    ] = "office-day",
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    day: Annotated[
        int, typer.Option(help="Another day of the same network: so many working days later.")
    ] = 0,
    out: Annotated[
        Path, typer.Option(help="Directory for capture, truth.jsonl, intel.csv and assets.csv.")
    ] = Path("lab"),
    force: Annotated[bool, typer.Option(help="Write into a directory that is not empty.")] = False,
    scale: Annotated[
        float | None, typer.Option(help="How much benign traffic there is, 1 by default.")
    ] = None,
    snaplen: Annotated[
        int | None, typer.Option(help="Bytes kept of each frame; all by default.")
    ] = None,
    attack: Annotated[
        list[str] | None,
        typer.Option(help="Plant this instead of the scenario's own.", rich_help_panel=_CHOICE),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Keep only these of the scenario's.", rich_help_panel=_CHOICE),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(help="Leave these of the scenario's out.", rich_help_panel=_CHOICE),
    ] = None,
    jitter: Annotated[
        float | None, typer.Option(help="Share by which waits differ.", rich_help_panel=_HIDING)
    ] = None,
    interval: Annotated[
        float | None, typer.Option(help="Seconds between two steps.", rich_help_panel=_HIDING)
    ] = None,
    slow: Annotated[
        float | None, typer.Option(help="Factor on every wait.", rich_help_panel=_HIDING)
    ] = None,
    sources: Annotated[
        int | None, typer.Option(help="Machines that take part.", rich_help_panel=_HIDING)
    ] = None,
    padding: Annotated[
        int | None, typer.Option(help="Up to so many bytes added.", rich_help_panel=_HIDING)
    ] = None,
    megabytes: Annotated[
        float | None, typer.Option(help="Amount carried out, MB.", rich_help_panel=_HIDING)
    ] = None,
    ports: Annotated[int | None, typer.Option(help="Ports tried.", rich_help_panel=_HIDING)] = None,
    targets: Annotated[
        int | None, typer.Option(help="Machines tried or reached.", rich_help_panel=_HIDING)
    ] = None,
    tries: Annotated[
        int | None,
        typer.Option(help="Passwords, packets, leases or queries.", rich_help_panel=_HIDING),
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="How long it lasts.", rich_help_panel=_HIDING)
    ] = None,
    service: Annotated[
        str | None, typer.Option(help="Protocol used.", rich_help_panel=_HIDING)
    ] = None,
    style: Annotated[
        str | None, typer.Option(help="Variant of the attack.", rich_help_panel=_HIDING)
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="inside or outside.", rich_help_panel=_HIDING)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port attacked or called.", rich_help_panel=_HIDING)
    ] = None,
) -> None:
    """Write seeded captures of a small network with attacks hidden in them, and the truth."""
    options: dict[str, Any] = {
        "attack": attack, "only": only, "without": without, "scale": scale, "snaplen": snaplen,
        "jitter": jitter, "interval": interval, "slow": slow, "sources": sources,
        "padding": padding, "megabytes": megabytes, "ports": ports, "targets": targets,
        "tries": tries, "hours": hours, "service": service, "style": style, "origin": origin,
        "port": port,
    }  # fmt: skip
    from lynceus.lab import LabError, generate

    given = {name: value for name, value in options.items() if value is not None}
    try:
        result = generate(scenario, seed, out, force=force, day=day, **given)
    except LabError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or out}: {error.strerror or error}") from None
    capture = result.captures[0]
    typer.echo(f"{capture}: {result.packets} packets, {result.bytes / 1e6:.1f} MB")
    for path in (result.truth, result.intel, result.assets):
        typer.echo(str(path))
