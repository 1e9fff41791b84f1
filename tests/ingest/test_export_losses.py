from __future__ import annotations

import numpy as np

from lynceus.account import Account
from lynceus.ingest.export_losses import MOST_EXPORTERS, lost, tell


def missed(*steps: tuple[int, int, int]) -> tuple[list[int], list[int]]:
    session, sequence, step = (np.array(column) for column in zip(*steps, strict=True))
    found = lost(session, sequence, step)
    return found[0].tolist(), found[1].tolist()


def test_gaps_are_counted_for_each_session() -> None:
    assert missed((0, 10, 2), (1, 5, 1), (0, 15, 2), (1, 6, 1)) == ([3, 0], [0, 0])


def test_what_comes_late_is_not_lost() -> None:
    assert missed((0, 1, 1), (0, 3, 1), (0, 2, 1), (0, 4, 1)) == ([0], [0])


def test_the_sequence_wraps() -> None:
    assert missed((0, (1 << 32) - 2, 2), (0, 1, 1)) == ([1], [0])


def test_an_exporter_that_begins_anew_loses_nothing() -> None:
    assert missed((0, 4_000_000, 1), (0, 0, 1), (0, 1, 1)) == ([0], [1])


def test_a_step_that_is_not_known_says_nothing() -> None:
    assert missed((0, 1, -1), (0, 900, 1)) == ([0], [0])


def test_names_are_bounded() -> None:
    account = Account()
    session = np.arange(MOST_EXPORTERS + 5)
    names = [f"192.0.2.{number}" for number in session]
    ones = np.ones(session.size, np.int64)
    tell(account, "records", names, session, (ones, 0 * ones))
    assert len(account.notes) == MOST_EXPORTERS + 1
    assert account.notes["records_lost_from_others"] == 5
