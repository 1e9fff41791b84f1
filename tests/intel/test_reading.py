"""`reading`: JSON whose types nobody promised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lynceus.intel.feeds.misp_event import entry
from lynceus.intel.feeds.otx import _entry as of_otx
from lynceus.intel.feeds.stix_bundle import entries_of
from lynceus.intel.feeds.threatconnect import _entry as of_threatconnect
from lynceus.intel.reading import objects, told, words

KEYS = st.sampled_from(
    ["type", "value", "to_ids", "Tag", "name", "pattern", "id", "indicator", "tags", "summary",
     "object_marking_refs", "labels", "target_ref", "source_ref", "relationship_type", "data"]
)  # fmt: skip
LEAF = st.none() | st.booleans() | st.integers() | st.sampled_from(
    ["indicator", "relationship", "indicates", "[ipv4-addr:value = '1.2.3.4']", "ip-dst", ""]
)  # fmt: skip
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6)
)


@given(JSON)
def test_any_json_is_survived(value: object) -> None:
    list(entries_of(value))
    for number, one in objects(value):
        list(entry(number, one, one or {}))
        of_otx(number, one or {}, one)
        of_threatconnect(number, one)
    assert isinstance(words(value), tuple)
    assert told(value) is None or told(value)
