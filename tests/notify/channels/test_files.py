"""What comes with elasticsearch, sentinel and xsoar for their services to be given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lynceus.notify.channels.sentinel import Sentinel
from lynceus.notify.channels.xsoar import Xsoar
from lynceus.notify.ecs import ecs
from lynceus.notify.flat import flat
from lynceus.notify.notice import KINDS
from notify.channels.data_services import flattened, shipped
from notify.made import notice


def mapped(properties: dict[str, Any], before: str = "") -> dict[str, str]:
    """The types of a mapping by dotted names."""
    types: dict[str, str] = {}
    for name, what in properties.items():
        if "properties" in what:
            types |= mapped(what["properties"], f"{before}{name}.")
        else:
            types[f"{before}{name}"] = what["type"]
    return types


@pytest.mark.parametrize("kind", KINDS)
def test_the_index_template_names_every_field(kind: Any) -> None:
    template = shipped("elasticsearch-index-template.json")
    assert template["data_stream"] == {}
    types = mapped(template["template"]["mappings"]["properties"])
    fields = {name for name in flattened(ecs(notice(kind))) if not name.startswith("labels.")}
    assert fields <= set(types)
    assert types["related.ip"] == types["source.ip"] == "ip"


def test_the_table_and_the_rule_of_sentinel_have_the_same_columns() -> None:
    columns = shipped("sentinel-table.json")["properties"]["schema"]["columns"]
    rule = shipped("sentinel-data-collection-rule.json")["properties"]
    stream = Sentinel.model_fields["stream"].default
    assert rule["streamDeclarations"][stream]["columns"] == columns
    assert rule["dataFlows"][0]["streams"] == [stream]


def test_the_classifier_and_the_mapper_of_xsoar_fit_what_is_sent() -> None:
    classifier, mapper = shipped("xsoar-classifier.json"), shipped("xsoar-mapper.json")
    kind = Xsoar.model_fields["type"].default
    assert (classifier["type"], classifier["defaultIncidentType"]) == ("classification", kind)
    assert mapper["type"] == "mapping-incoming"
    sent = {name for what in KINDS for name in flat(notice(what))} | {"actions"}
    for part in mapper["mapping"].values():
        for field in part["internalMapping"].values():
            assert field["simple"] in sent
    assert json.dumps(mapper)
