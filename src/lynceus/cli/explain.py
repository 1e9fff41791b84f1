"""`lynceus explain`: from the sentences of an incident to its findings, flows and packets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.screen import screen
from lynceus.cli.show import Quiet, Stored, suppressions


def explain(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    results: Stored,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT-ID", help="An id or how it begins.")],
    pcap: Annotated[
        Path | None,
        typer.Option(
            "--pcap", metavar="OUT.pcapng", help="Cut the incident's packets out to here."
        ),
    ] = None,
    capture: Annotated[
        list[Path] | None,
        typer.Option(
            "--capture", metavar="FILE", help="Where the capture lies now; may be repeated."
        ),
    ] = None,
    suppress: Quiet = None,
    findings: Annotated[
        int, typer.Option("--findings", min=1, help="Most findings that are shown.")
    ] = 8,
    flows: Annotated[
        int, typer.Option("--flows", min=0, help="Most flows shown of a finding.")
    ] = 5,
    force: Annotated[
        bool, typer.Option("--force", help="Replace OUT.pcapng if it exists.")
    ] = False,
) -> None:
    """Walk from what an incident says to its findings, flows and packets."""
    if pcap and pcap.exists() and not force:
        raise UsageError(f"{pcap}: exists already; expected a new name, or --force to replace it")
    if pcap and not pcap.parent.is_dir():
        raise UsageError(f"{pcap.parent}: there is no such directory; expected one for the packets")
    if capture and not pcap:
        raise UsageError("--capture: says where packets are cut from; expected --pcap with it")
    from lynceus.explain import Depth, render
    from lynceus.kept_results import opened
    from lynceus.results import ResultsError
    from lynceus.suppress import SuppressionError

    try:
        stored = opened(results)
        chosen = stored.incident(incident)
        quiet = suppressions(stored, suppress)
        own = stored.findings(f.id for f in chosen.findings)
        hidden = quiet.by_id(own)
        if len(hidden) == own.height > 0:
            for by in dict.fromkeys(hidden.values()):
                complain(f"{chosen.id} is hidden by suppression {by}")
            return
        render(chosen, stored.flows_of(own), screen(), Depth(findings, flows), hidden)
        if pcap:
            from lynceus.cutting import cut_out

            cut = cut_out(stored, chosen, pcap, capture or ())
            named = ", ".join(map(str, cut.captures))
            complain(f"{pcap}: {cut.packets:,} packets of {cut.flows:,} flows of {named}")
    except (ResultsError, SuppressionError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or pcap}: {error.strerror or error}") from None
