"""`lynceus init`: a configuration to begin with, for this machine."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.complaint import UsageError

DEFAULT = Path("lynceus.toml")
ROUTES = Path("/proc/net/route")
"""Where Linux tells its routes: interface, network, gateway and mask, little-endian in hex."""
INTERFACES = Path("/sys/class/net")
"""Where Linux tells its network interfaces."""


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = DEFAULT,
) -> None:
    """Write a commented configuration, with the networks that this machine stands in."""
    from lynceus.config import starter
    from lynceus.live.starter import starter as of_a_run

    text = starter(networks(ROUTES)) + of_a_run(interfaces(INTERFACES))
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise UsageError(f"{file}: is there already; expected a new file") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    typer.echo(f"{file} is written; `lynceus check {file}` says whether it can be used")


def networks(routes: Path) -> list[str]:
    """The networks that are reached without a gateway, in order; none where nobody tells."""
    try:
        lines = routes.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return []
    found = set()
    for fields in map(str.split, lines):
        if len(fields) < 8:
            continue
        network, gateway, mask = (_address(fields[at]) for at in (1, 2, 7))
        if gateway == "0.0.0.0" and network not in ("0.0.0.0", "169.254.0.0"):  # noqa: S104
            found.add(ipaddress.ip_network(f"{network}/{mask}", strict=False))
    return [str(network) for network in sorted(found)]


def interfaces(folder: Path) -> list[str]:
    """The network interfaces of this machine but for the loopback, those that are up first."""
    try:
        names = sorted(path.name for path in folder.iterdir() if path.name != "lo")
    except OSError:
        return []
    return sorted(names, key=lambda name: not _up(folder / name / "operstate"))


def _up(state: Path) -> bool:
    try:
        return state.read_text(encoding="ascii").strip() == "up"
    except (OSError, UnicodeDecodeError):
        return False


def _address(text: str) -> str:
    return str(ipaddress.IPv4Address(struct.pack("<I", int(text, 16))))
