"""What is usual, by hand-made histories."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from baseline.made import MONDAY_NS
from lynceus.baseline.norms import Norms, days_of, learn, with_kin
from lynceus.baseline.roles import NO_ROLES
from lynceus.baseline.season import HOUR_NS
from lynceus.baseline.subject import PAIR, SEEN


def pairs(host: str, sent: list[float], other: str = "10.0.9.9") -> pl.DataFrame:
    """Hours of one pair from Monday on, with these bytes sent."""
    columns = {name: np.ones(len(sent)) for name in PAIR.names} | {"sent_bytes": sent}
    starts = [MONDAY_NS + n * HOUR_NS for n in range(len(sent))]
    return pl.DataFrame(
        {"site": "default", "window_start_ns": starts, "host": host, "resp_h": other,
         "segment": "10.0.0.0/24", **columns, **dict.fromkeys(SEEN, starts)}
    )  # fmt: skip


def known(rows: pl.DataFrame) -> Norms:
    return learn(PAIR, with_kin(rows, NO_ROLES), days_of(rows))


SENT = PAIR.names.index("sent_bytes")


def test_middle_and_spread_of_a_pair() -> None:
    rows = pairs("10.0.0.1", [float(np.expm1(v)) for v in (4, 5, 6) * 40])
    expected = known(rows).of(with_kin(rows[:1], NO_ROLES))
    assert expected.middle[0, SENT] == pytest.approx(5.0)
    # The quantiles of 4, 5, 6 are 4 and 6: a deviation of 1 / 1.2816 each way.
    assert expected.up[0, SENT] == pytest.approx(0.78, abs=0.01)
    assert expected.down[0, SENT] == pytest.approx(0.78, abs=0.01)
    assert expected.share[0, SENT] > 0.95


def test_a_new_pair_is_judged_by_its_host_and_a_new_host_by_the_site() -> None:
    rows = pl.concat([pairs("10.0.0.1", [1e3] * 50), pairs("10.0.0.2", [1e6] * 50)])
    norms = known(rows)
    new_pair = pairs("10.0.0.2", [1e6], "10.0.9.1")
    expected = norms.of(with_kin(new_pair, NO_ROLES))
    assert norms.levels[expected.level[0]][0] == ("site", "host")
    assert expected.middle[0, SENT] == pytest.approx(np.log1p(1e6), abs=1.0)
    stranger = norms.of(with_kin(pairs("10.0.7.7", [1e6]), NO_ROLES))
    assert norms.levels[stranger.level[0]][0] == ("site", "role"), "of hosts without a role"
    elsewhere = pairs("10.0.0.1", [1e3]).with_columns(site=pl.lit("branch"))
    assert norms.of(with_kin(elsewhere, NO_ROLES)).level[0] == -1


def test_a_few_strange_hours_move_no_norm() -> None:
    ordinary = [1e4 * (1 + n % 3) for n in range(60)]
    before = known(pairs("10.0.0.1", ordinary))
    after = known(pairs("10.0.0.1", [*ordinary, 1e12, 1e12, 1e12]))
    row = with_kin(pairs("10.0.0.1", [1e4]), NO_ROLES)
    old, new = before.of(row), after.of(row)
    assert new.middle[0, SENT] == pytest.approx(old.middle[0, SENT], abs=0.4)
    assert new.up[0, SENT] < 4 * old.up[0, SENT]


def test_little_history_borrows_and_is_more_tolerant() -> None:
    others = pl.concat([pairs(f"10.0.0.{n}", [1e4] * 30) for n in range(2, 9)])
    row = with_kin(pairs("10.0.0.1", [1e7]), NO_ROLES)
    little = known(pl.concat([others, pairs("10.0.0.1", [1e7] * 2)])).of(row)
    much = known(pl.concat([others, pairs("10.0.0.1", [1e7] * 40)])).of(row)
    own = np.log1p(1e7)
    assert abs(much.middle[0, SENT] - own) < abs(little.middle[0, SENT] - own)
    assert little.up[0, SENT] > much.up[0, SENT]


def test_unknown_numbers_stay_unknown() -> None:
    rows = pairs("10.0.0.1", [1e4] * 20).with_columns(sent_bytes=pl.lit(None, pl.Float64))
    expected = known(rows).of(with_kin(rows[:1], NO_ROLES))
    assert np.isnan(expected.middle[0, SENT])
    assert days_of(rows.clear()) == 0
