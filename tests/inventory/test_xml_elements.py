"""`xml_elements`: documents of strangers, walked through piece by piece."""

from __future__ import annotations

import tracemalloc

from lynceus.intel.subscription import Subscription
from lynceus.intel.web import Web
from lynceus.inventory import xml_elements
from lynceus.inventory.xml_elements import elements

WEB = Web(Subscription(name="x", format="nmap_xml", url="x"))


def test_elements_come_whole_with_their_lines() -> None:
    text = "<r>\n<skip><h/></skip>\n<h n='1'><b>a<c/>b</b></h>\n<h n=' '/></r>"
    found = list(elements(WEB, text, ("r",), ("h",)))
    assert [(e.line, e.has("n"), e.told("b")) for e in found] == [
        (2, None, None), (3, "1", "ab"), (4, None, None),
    ]  # fmt: skip


def test_what_is_not_wanted_is_not_kept() -> None:
    text = "<r>" + "<skip>words words words</skip>" * 200_000 + "<h/></r>"
    tracemalloc.start()
    assert len(list(elements(WEB, text, ("r",), ("h",)))) == 1
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * len(text)


def test_a_long_text_is_cut(monkeypatch: object) -> None:
    text = f"<r><h>{'x' * (3 * xml_elements.MOST_TEXT)}</h></r>"
    [one] = elements(WEB, text, ("r",), ("h",))
    assert len(one.told() or "") <= 2 * xml_elements.MOST_TEXT
