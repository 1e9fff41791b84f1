"""What was lost of late lowers what is found now; what was lost long ago does not."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.live.recently import MINUTES, Recently
from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch

MINUTE = 60 * NS


def account(kept: int, shed: int) -> Account:
    one = Account(received=kept + shed, kept=kept)
    one.drop("shed", shed)
    return one


def test_losses_are_those_of_the_last_minutes() -> None:
    recently = Recently()
    recently.account(account(50, 50), 0)
    assert recently.losses().missed == pytest.approx(0.5)
    recently.account(account(100, 0), MINUTE)
    assert recently.losses().missed == pytest.approx(0.25)
    recently.account(account(100, 0), (MINUTES + 1) * MINUTE)
    assert recently.losses().missed == pytest.approx(0.0)


def test_sampled_flows_are_known() -> None:
    recently = Recently()
    flows = pl.DataFrame({"sampling_rate": [100, 100]}, schema={"sampling_rate": pl.UInt32})
    flows = pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), flows], how="diagonal_relaxed")
    recently.take(Batch(flows))
    assert (recently.losses().sampled, recently.losses().rate) == (1.0, 100)


def test_processes_are_remembered() -> None:
    recently = Recently()
    told = pl.DataFrame(schema=EVENT_SCHEMAS["process"]).clear(2)
    recently.take(Batch(pl.DataFrame(schema=FLOW_SCHEMA), {"process": told}))
    assert recently.processes.height == 2
