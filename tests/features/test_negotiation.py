"""`negotiation`: the order of versions and the names of application protocols."""

from __future__ import annotations

import re

import pytest

from lynceus.features.negotiation import KNOWN_ALPN, SOUND, VERSIONS


def test_versions_before_tls_1_2_are_not_sound() -> None:
    assert VERSIONS[:SOUND] == ("SSL2", "SSL3", "TLS1.0", "TLS1.1")


@pytest.mark.parametrize("name", ["h2", "http/1.1", "h3-29", "doq-i03", "spdy/3.1", "dot", "h2-fb"])
def test_registered_names_are_known(name: str) -> None:
    assert re.search(KNOWN_ALPN, name)


@pytest.mark.parametrize("name", ["sl/7", "http/1.1x", "anydesk/6.2.0/linux", "xh2", ""])
def test_other_names_are_not(name: str) -> None:
    assert not re.search(KNOWN_ALPN, name)
