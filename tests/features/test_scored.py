from __future__ import annotations

import pytest

from lynceus.engine import Engine
from lynceus.features.scored import ALERTING_FLOWS, MILLIONTHS
from lynceus.features.window import Window
from lynceus.records import Batch
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
    assert row["strongest"] == "0950000|stronger"
    assert isinstance(ALERTING_FLOWS, Window)
