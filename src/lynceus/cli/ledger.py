"""`lynceus ledger`: incidents kept beyond one analysis, and what people say of them."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from lynceus.store.ledger import Ledger

app = typer.Typer(
    help="Keep incidents, and what people say of them, beyond one analysis.", rich_markup_mode=None
)
audit = typer.Typer(
    help="What was done, by whom, in chains that show a change.", rich_markup_mode=None
)

LEDGER = "ledger.db"
Where = Annotated[
    str, typer.Option("--ledger", metavar="FILE", help="A file, or the URL of PostgreSQL.")
]


@app.command("add")
def add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What analyze --out has written.")],
    ledger: Where = LEDGER,
) -> None:
    """Keep the incidents and findings of an analysis; what is there already counts once."""
    from lynceus.cli.clock import now_ns
    from lynceus.results import Results, ResultsError
    from lynceus.store.ledger import LedgerError

    results = Results(folder)
    try:
        incidents = results.incidents
        findings = results.findings({f.id for i in incidents for f in i.findings})
        with opened(ledger) as held:
            versions = held.add(incidents, at_ns=now_ns())
            new = held.add_findings(findings)
    except (LedgerError, ResultsError) as error:
        raise UsageError(str(error)) from None
    typer.echo(f"{versions:,} incidents new or changed, {new:,} findings new")


@app.command("list")
def listed(ledger: Where = LEDGER) -> None:
    """The incidents that are kept, the highest score first, and what was said of them."""
    from rich.table import Table

    from lynceus.cli.screen import screen
    from lynceus.shown import shown
    from lynceus.store.ledger import LedgerError

    try:
        with opened(ledger) as held:
            said = {one.incident: one.verdict for one in held.verdicts()}
            incidents = held.incidents()
    except LedgerError as error:
        raise UsageError(str(error)) from None
    table = Table("incident", "severity", "score", "last seen", "verdict", "title", box=None)
    for one in incidents:
        seen = (one.last_seen or "")[:19].replace("T", " ")
        verdict = said.get(one.id, "")
        table.add_row(one.id, one.severity, f"{one.score:.0f}", seen, verdict, shown(one.title))
    screen().print(table)


@app.command("judge")
def judge(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The id of the incident.")],
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="true_positive and the like.")],
    why: Annotated[str, typer.Option("--why", help="The reason, for those who come later.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; else the user.")] = None,
    ledger: Where = LEDGER,
) -> None:
    """Say what an incident was: true_positive, false_positive, benign_unusual, severity_wrong."""
    from lynceus.cli.clock import now_ns
    from lynceus.store.ledger import LedgerError
    from lynceus.verdict import Verdict

    if not why.strip():
        raise UsageError("--why: expected the reason")
    try:
        said = Verdict(incident, verdict, by or getpass.getuser(), why.strip(), now_ns())
        with opened(ledger) as held:
            held.judge(said)
    except (LedgerError, ValueError) as error:
        raise UsageError(str(error)) from None
    typer.echo(f"{incident}: {verdict} ({said.why})")


@audit.command("verify")
def verify(ledger: Where = LEDGER) -> None:
    """Say whether the chains of the audit trail hold; exit 2 where one does not."""
    from lynceus.store.audit import broken, heads
    from lynceus.store.ledger import LedgerError

    try:
        with opened(ledger) as held, held.transaction() as connection:
            wrong, ends = broken(connection), heads(connection)
    except LedgerError as error:
        raise UsageError(str(error)) from None
    for line in wrong:
        typer.echo(line)
    if wrong:
        raise UsageError(f"{ledger}: the audit trail was tampered with in {len(wrong)} places")
    for writer, (number, digest) in ends.items():
        typer.echo(f"{writer}: {number:,} entries hold; the last one is {digest}")


@audit.command("show")
def show(ledger: Where = LEDGER) -> None:
    """All entries, one a line."""
    from lynceus.moments import rfc3339
    from lynceus.shown import shown
    from lynceus.store.audit import entries
    from lynceus.store.ledger import LedgerError

    try:
        with opened(ledger) as held, held.transaction() as connection:
            for entry, _ in entries(connection):
                detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items())
                what = f"{entry.writer} {entry.number} {entry.action} {entry.subject}: {detail}"
                typer.echo(f"{rfc3339(entry.at_ns)} {shown(what)}")
    except LedgerError as error:
        raise UsageError(str(error)) from None


def opened(where: str) -> Ledger:
    """The ledger of a file or URL; complains where there can be none."""
    try:
        from lynceus.store.ledger import Ledger, LedgerError
    except ImportError:
        raise UsageError(
            "a ledger needs SQLAlchemy: install lynceus with the extra 'store'"
        ) from None
    try:
        return Ledger(where)
    except LedgerError as error:
        raise UsageError(str(error)) from None
