"""Groups of the meter as bytes, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.test_capture import TALK
from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.feeds.metered import Group, groups
from lynceus.records import Batch


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Group]:
    path = tmp_path_factory.mktemp("capture") / "talk"
    path.write_bytes(TALK)
    return list(groups(_core.CaptureReader(path, step_s=0.1)))


def test_a_group_comes_back_equal(told: list[Group]) -> None:
    assert sum(g.account.received for g in told) == 2
    for group in told:
        again = Group.unpacked(group.packed())
        assert again.account == group.account
        assert (again.complete_ns, again.arrived_ns) == (group.complete_ns, group.arrived_ns)
        assert again.batch.watermark_ns == group.batch.watermark_ns
        assert again.batch.flows.equals(group.batch.flows)
        assert again.batch.flows.schema == group.batch.flows.schema
        assert set(again.batch.events) == set(group.batch.events)
        for name, frame in group.batch.events.items():
            assert again.batch.events[name].equals(frame)


def test_losses_come_back_equal(told: list[Group]) -> None:
    account = Account(5, 3)
    account.drop("not_ip", 2)
    account.note("late_packets", 7)
    account.miss("packets", 5, 4)
    empty = Batch(told[0].batch.flows.clear())
    again = Group.unpacked(Group(empty, account, None).packed())
    assert (again.account, again.account.balanced) == (account, True)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_group_or_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Group.unpacked(data)
