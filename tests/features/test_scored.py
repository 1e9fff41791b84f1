from __future__ import annotations

import polars as pl
import pytest

from lynceus.engine import Engine
from lynceus.features.scored import ALERTING_FLOWS, MILLIONTHS
from lynceus.features.window import Window
from lynceus.models import Scoring
from lynceus.records import JUDGED, Batch
from lynceus.testing import flow, flows


class Reads:
    """Gives the rows of a table as its findings' evidence."""

    reads = (ALERTING_FLOWS,)
    key, version, severity, tactic, techniques = "pair", 1, "low", "", ()
    rows: list[dict[str, object]]

    def findings(self, table):  # type: ignore[no-untyped-def]
        self.rows = table.collect().to_dicts()
        return table.select("site", "window_start_ns", score=0.5, because="orig_h")


def test_only_alerting_flows_count_with_the_reasons_of_the_most_probable() -> None:
    said = {"attack_family_class": "scan", "attack_family_confidence": 1.0}
    rows = [
        flow(1.0, **said, attack_family_probability=0.9, attack_family_alerts=True,
             attack_family_reasons="weaker"),
        flow(2.0, **said, attack_family_probability=0.95, attack_family_alerts=True,
             attack_family_reasons="stronger"),
        flow(3.0, **said, attack_family_probability=0.99, attack_family_alerts=True,
             attack_family_reasons=None),
        flow(4.0, **said, attack_family_probability=0.1, attack_family_alerts=False,
             attack_family_reasons="silent"),
    ]  # fmt: skip
    reader = Reads()
    engine = Engine({"reads": reader})
    engine.advance(Batch(flows(rows)))
    engine.finish()
    assert not engine.failed
    (row,) = reader.rows
    assert row["connections"] == 3
    assert row["probability_millionths"] == pytest.approx(2.84 * MILLIONTHS, abs=3)
    assert row["strongest"] == "0050000|f000001\nstronger"
    assert isinstance(ALERTING_FLOWS, Window)


class Alike:
    """Finds all flows equally suspicious, each for a reason of its own."""

    task, label, reads = "attack_family", "alike", ("uid",)

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        said = [("scan", 0.9, 1.0, True)] * rows.height
        return pl.DataFrame(said, schema=JUDGED, orient="row")

    def reasons(self, rows: pl.DataFrame, classes: pl.Series) -> pl.Series:
        del classes
        return rows["uid"]


@pytest.mark.parametrize("together", [1, 2, 3])
def test_of_equal_probability_the_first_flow_speaks_however_many_are_judged_together(
    together: int,
) -> None:
    scoring = Scoring([Alike()])
    reader = Reads()
    engine = Engine({"reads": reader})
    for rows in flows([flow(3.0), flow(1.0), flow(2.0)]).iter_slices(together):
        engine.advance(Batch(scoring.scored(rows)))
    engine.finish()
    (row,) = reader.rows
    first, told = str(row["strongest"]).partition("|")[2].split("\n")
    assert first == told == "f000000"
