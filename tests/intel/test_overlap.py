"""`overlap`: what an incident has in common with groups and software, and how common that is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intel.test_export import incident
from lynceus.enrich.lists import ListError
from lynceus.intel.overlap import Attack


@pytest.fixture(scope="module")
def known(shared_data: Path) -> Attack:
    return Attack.load(shared_data / "threat-intel" / "mitre-attack" / "enterprise-attack.json.xz")


def test_share_and_base_rate_by_hand(tmp_path: Path) -> None:
    def technique(number: int) -> dict[str, object]:
        reference = {"source_name": "mitre-attack", "external_id": f"T100{number}"}
        return {"type": "attack-pattern", "id": f"t{number}", "external_references": [reference]}

    def uses(source: str, *numbers: int) -> list[dict[str, object]]:
        return [
            {"type": "relationship", "id": f"{source}-{n}", "relationship_type": "uses",
             "source_ref": source, "target_ref": f"t{n}"} for n in numbers
        ]  # fmt: skip

    groups = [{"type": "intrusion-set", "id": f"g{n}", "name": f"G{n}"} for n in range(4)]
    given = [
        *map(technique, range(5)), *groups, *uses("g0", 0, 1, 2), *uses("g1", 0, 1), *uses("g2", 0),
        {"type": "malware", "id": "m", "name": "Emotet", "x_mitre_aliases": ["Geodo"]},
        {"type": "relationship", "id": "r", "relationship_type": "uses", "source_ref": "g3",
         "target_ref": "m"},
        {"type": "intrusion-set", "id": "old", "name": "Old", "revoked": True},
    ]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"objects": given}))
    attack = Attack.load(tmp_path / "a.json")
    first, second = attack.overlaps(["T1000.001", "T1001", "T1002", "T1004"])
    assert (first.name, first.share, first.base_rate) == ("G0", 0.75, 0.25)
    assert (second.name, second.share, second.base_rate) == ("G1", 0.5, 0.5)
    assert str(first) == (
        "overlaps with group G0: 75% of the techniques (T1000.001, T1001, T1002); 25% of all known "
        "ones of this kind overlap as much"
    )
    assert attack.overlaps(["T1000", "T1001"]) == []
    assert attack.users(incident()) == {"emotet": ("G3",)}


def test_real_data_never_say_who_it_was(known: Attack) -> None:
    assert len(known.uses["group"]) > 150
    found = known.overlaps(["T1071.001", "T1021.002", "T1003.006", "T1558.003", "T1046"])
    assert found
    assert all(0 < one.base_rate <= 1 and 0 < one.share <= 1 for one in found)
    assert all(str(one).startswith("overlaps with ") for one in found)


@pytest.mark.parametrize("text", ["[]", "{}", "nonsense", '{"objects": []}'])
def test_what_is_no_attack_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ListError, match=r"a\.json: "):
        Attack.load(tmp_path / "a.json")
    (tmp_path / "a.xz").write_text(text)
    with pytest.raises(ListError, match=r"a\.xz: cannot be read"):
        Attack.load(tmp_path / "a.xz")
