"""`ecs.py`: every field is one of ECS's and holds what it may."""

from __future__ import annotations

from typing import Any

import pytest

from lynceus.notify.ecs import ecs
from lynceus.notify.notice import KINDS
from notify.channels.data_services import check_ecs, flattened
from notify.made import hostile, notice


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_of_ecs(kind: Any) -> None:
    for one in (notice(kind), notice(kind, hostile())):
        document = ecs(one)
        check_ecs(document)
        assert None not in flattened(document).values()
        assert document["event"]["id"] == one.key


def test_what_is_known_stands_where_it_is_looked_for() -> None:
    known = flattened(ecs(notice()))
    assert (known["source.ip"], known["destination.ip"]) == ("10.0.0.5", "2001:db8::7")
    assert known["threat.technique.id"] == ["T1071"]
    assert known["threat.technique.subtechnique.id"] == ["T1071.001"]
    assert known["related.hosts"] == ["c2.example.net"]
    assert (known["event.kind"], known["event.severity"]) == ("alert", 70)
