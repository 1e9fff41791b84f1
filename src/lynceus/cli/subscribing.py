"""What the commands of feeds and of sources share: to subscribe, to read, to tell how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from lynceus.cli.complaint import USAGE, UsageError, complain

if TYPE_CHECKING:
    from lynceus.intel.feed_folder import FeedFolder

Url = Annotated[str, typer.Argument(metavar="URL", help="Where it is, or a file.")]
Every = Annotated[str, typer.Option(metavar="SPAN", help="How often: 15m, 6h, 1d.")]
KeyEnv = Annotated[
    str | None, typer.Option(metavar="VARIABLE", help="Environment variable with the key.")
]
KeyFile = Annotated[Path | None, typer.Option(metavar="FILE", help="File with the key.")]
Proxy = Annotated[str | None, typer.Option(metavar="URL")]
Authorities = Annotated[
    Path | None, typer.Option("--ca", metavar="FILE", help="Authorities, in PEM.")
]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Only these, due or not.")]


class Reading(Protocol):
    """What came of reading one."""

    @property
    def outcome(self) -> str:
        """`read`, `unchanged` or `failed`."""

    @property
    def reason(self) -> str:
        """Why it failed."""


def subscribe(
    held: FeedFolder,
    url: str,
    *,
    key_env: str | None,
    key_file: Path | None,
    ca: Path | None,
    **given: object,
) -> None:
    """Writes a subscription down and says so; `given` are its other fields.

    A `UsageError` names the field that is wrong.
    """
    from pydantic import ValidationError

    from lynceus.intel.subscription import Subscription

    key = {"env": key_env, "file": key_file and key_file.absolute()}
    where = url if "://" in url else str(Path(url).absolute())
    try:
        one = Subscription.model_validate(
            {
                **given,
                "url": where,
                "ca": ca and ca.absolute(),
                "key": key if any(key.values()) else None,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(f"{field} {first['input']!r}: {first['msg']}") from None
    with held.writing():
        held.subscribe(one)
    typer.echo(f"{one.name}: {one.format} every {one.every}, from {where.partition('?')[0]}")


def check_names(held: FeedFolder, names: Sequence[str], noun: str) -> None:
    """A `UsageError` where one of the names is not subscribed to."""
    unknown = set(names) - set(held.subscriptions())
    if unknown:
        raise UsageError(f"{', '.join(sorted(unknown))}: there is no such {noun}")


def tell_failures(readings: Sequence[Reading], noun: str) -> None:
    """One line on stderr for each that failed; a line on stdout where there was none to read."""
    for one in readings:
        if one.outcome == "failed":
            complain(f"{one.reason}; what it said before goes on")
    if not readings:
        typer.echo(f"no {noun} is due")


def end(readings: Sequence[Reading]) -> None:
    """Ends the command as one with unusable input where nothing that was to be read could be."""
    if readings and all(one.outcome == "failed" for one in readings):
        raise typer.Exit(USAGE)


def tell_refused(held: FeedFolder, name: str, noun: str) -> None:
    """What was left out of one at its last reading, line by line."""
    known = held.subscriptions()
    if name not in known:
        raise UsageError(f"--refused {name}: there are {', '.join(known) or f'no {noun}s'}")
    for line, text, reason in held.quarantine(name).iter_rows():
        typer.echo(f"line {line}: {str(text)[:80]!r}: {reason}")
