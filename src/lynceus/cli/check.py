"""`lynceus check`: whether a configuration can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import read_config
from lynceus.cli.complaint import UsageError
from lynceus.cli.init import DEFAULT

if TYPE_CHECKING:
    from lynceus.live.settings import Settings


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The configuration.")] = DEFAULT,
) -> None:
    """Say whether a configuration can be used, the files that it names included."""
    from lynceus import detect, enrich
    from lynceus.intel import opened
    from lynceus.inventory.known import Known
    from lynceus.own.complaint import OwnFileError
    from lynceus.suppress import SuppressionError, Suppressions

    config = read_config(file)
    settings = _settings(file)
    detectors = detect.load(config.detect)
    try:
        if config.policy:
            from lynceus.own.policy import load

            load(config.policy)
        own = _own(config.detections, detectors)
        quiet = Suppressions.load(config.suppress, detectors) if config.suppress else None
        indicators = opened.indicators(config.intel)
        enrich.Geography(config.inventory.countries, config.inventory.networks)
        owned = Known.of(config.assets, config.inventory, config.people)
    except (OwnFileError, SuppressionError, enrich.ListError) as error:
        raise UsageError(str(error)) from None
    for line in (*indicators.refused, *owned.problems):
        typer.echo(str(line))
    told = [f"site {config.site}", f"{len(detectors) - len(config.off) + own} detectors"]
    told += [f"{len(config.detect)} with thresholds of your own"] if config.detect else []
    told += [f"{len(config.off)} off"] if config.off else []
    told += [f"{len(quiet.all)} suppressions"] if quiet else []
    told += [f"{len(settings.sources)} live sources"] if settings.sources else []
    told += [config.notify.told] if config.notify else []
    typer.echo(f"{file}: in order: {', '.join(told)}")


def _settings(file: Path) -> Settings:
    """The part of a configuration that a run reads; that of a cluster is looked at too."""
    from lynceus.cluster.settings import ClusterConfig
    from lynceus.live.settings import Settings
    from lynceus.own.complaint import OwnFileError

    try:
        ClusterConfig.load(file)
        return Settings.load(file)
    except OwnFileError as error:
        raise UsageError(str(error)) from None


def _own(folder: Path | None, taken: object) -> int:
    """How many detections a folder of the user's holds."""
    if folder is None:
        return 0
    from lynceus import own

    return len(own.load(folder, taken=taken))  # type: ignore[arg-type]
