"""What windows hold is bounded: the groups that say least go first, counted, and it shows."""

from __future__ import annotations

import pickle
from typing import Any

import polars as pl
import pytest

from lynceus.features.window import Count, Distinct, Max, Rows, Sequence, Table, Window
from lynceus.open_windows import PENDING, OpenWindows
from lynceus.testing import START_S

NS = 10**9
MINUTE = Window(
    "pairs_60s",
    "flows",
    ("orig_h",),
    (Count("flows"), Distinct("ports", "resp_p"), Max("last_seen_ns", "end_ns")),
    "60s",
)
NARROW, WIDE = MINUTE.widened("1h")
BEATS = Sequence(
    "beats_1h", "flows", ("orig_h",), {"ts_ns": pl.col("end_ns"), "p": pl.col("resp_p")}, "1h", 2
)
ROWS = Rows("flows", "1h", ("orig_h", "end_ns"))


def rows(*hosts: str, at_s: float = 0.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "site": ["default"] * len(hosts), "orig_h": hosts,
            "resp_p": [n % 7 for n in range(len(hosts))],
            "end_ns": [(START_S + int(at_s)) * NS + n for n in range(len(hosts))],
            "ts_ns": [START_S * NS] * len(hosts),
        }
    )  # fmt: skip


def state(table: Table, *hosts: str, at_s: float = 0.0) -> pl.DataFrame:
    return table.partial(rows(*hosts, at_s=at_s).lazy()).collect()


def singles(count: int, begin: int = 0) -> list[str]:
    return [f"a host that came by once, number {n}" for n in range(begin, begin + count)]


def hosts(table: Table, windows: OpenWindows) -> dict[str, int]:
    merged = table.merge(windows.states(table))
    return dict(merged.group_by("orig_h").len().iter_rows())


@pytest.mark.parametrize("table", [MINUTE, BEATS], ids=lambda table: table.name)
def test_groups_with_most_rows_stay_and_the_others_are_counted(table: Table) -> None:
    windows = OpenWindows([table], 40_000)
    busy = ["the busy host, which is heard of again and again"] * 50
    for turn in range(10):
        windows.add(table, state(table, *busy[:5], *singles(300, 300 * turn), at_s=turn))
        windows.keep_within()
        assert windows.bytes <= 40_000
    kept = hosts(table, windows)
    assert busy[0] in kept
    assert windows.forgotten[table.name] == 3_001 - len(kept) > 0


def test_of_groups_with_as_many_rows_the_youngest_stay() -> None:
    windows = OpenWindows([MINUTE], 30_000)
    for turn in range(4):
        windows.add(MINUTE, state(MINUTE, *singles(100, 100 * turn), at_s=turn))
    windows.keep_within()
    kept = sorted(int(host.rpartition(" ")[2]) for host in hosts(MINUTE, windows))
    assert kept[-1] == 399
    assert kept == list(range(400 - len(kept), 400))


def test_rows_that_are_kept_as_they_are_go_too() -> None:
    windows = OpenWindows([ROWS], 20_000)
    windows.add(ROWS, state(ROWS, *singles(1_000)))
    windows.keep_within()
    assert windows.bytes <= 20_000
    assert windows.forgotten[ROWS.name] >= 1


def test_the_largest_tables_give_first() -> None:
    windows = OpenWindows([MINUTE, BEATS], 60_000)
    windows.add(MINUTE, state(MINUTE, *singles(1_000)))
    windows.add(BEATS, state(BEATS, *singles(20)))
    windows.keep_within()
    assert windows.forgotten[MINUTE.name] > 0
    assert windows.forgotten[BEATS.name] == 0


def test_what_closes_says_how_much_of_it_had_gone_there_and_in_wider_windows() -> None:
    windows = OpenWindows([NARROW, WIDE], 20_000)
    windows.add(NARROW, state(NARROW, *singles(400)))
    windows.keep_within()
    gone = windows.forgotten[NARROW.name]
    resumed = OpenWindows([NARROW, WIDE])
    resumed.resume(pickle.loads(pickle.dumps(windows.snapshot())))  # noqa: S301 - our own bytes
    for one in (windows, resumed):
        closed = one.over(NARROW, (START_S + 60) * NS, None)
        assert closed is not None and closed.height == 400 - gone
        assert one.lost(NARROW) == pytest.approx(gone / 400)
        one.add(WIDE, WIDE.rolled(closed))
        assert one.over(WIDE, (START_S + 3_600) * NS, None) is not None
        assert one.lost(WIDE) == pytest.approx(gone / 400)
        one.add(NARROW, state(NARROW, "a", at_s=60))
        assert one.over(NARROW, (START_S + 120) * NS, (START_S + 60) * NS) is not None
        assert one.lost(NARROW) == 0


def test_without_a_bound_nothing_goes_and_pieces_stay_few() -> None:
    windows = OpenWindows([MINUTE])
    large = state(MINUTE, *singles(2_000))
    windows.add(MINUTE, large)
    for turn in range(PENDING + 5):
        windows.add(MINUTE, state(MINUTE, *singles(10, 10 * turn)))
    windows.keep_within()
    states = windows.states(MINUTE)
    assert len(states) <= PENDING
    assert any(one is large for one in states), "what is much larger is left as it is"
    assert hosts(MINUTE, windows) == dict.fromkeys(singles(2_000), 1)
    assert not windows.forgotten


def test_a_snapshot_of_other_tables_is_refused() -> None:
    told: dict[str, Any] = OpenWindows([MINUTE, BEATS]).snapshot()
    with pytest.raises(ValueError, match="other detectors"):
        OpenWindows([MINUTE]).resume(told)
