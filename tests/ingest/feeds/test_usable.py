"""Options with which a source can never work are refused before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest

from lynceus.ingest.feeds import FeedError, kinds
from lynceus.live import settings

CERTIFIED = {"tls_cert": "server.pem", "tls_key": "server.key"}
OPEN = ("0.0.0.0:9999",)
HERE = ("127.0.0.1:9999", "[::1]:9999")


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("exporters", {"listen": OPEN}, "allow"),
        ("exporters", {"listen": ()}, "no address"),
        ("exporters", {"allow": ("10.0.0.0/33",)}, "allow"),
        ("syslog", {"udp": (), "tcp": (), "tls": ()}, "no address"),
        ("syslog", {"udp": ("[::]:514",)}, "allow"),
        ("syslog", {"tcp": OPEN}, "needs TLS"),
        ("syslog", {"tls": HERE}, "needs a certificate"),
        ("syslog", {"tls": OPEN, **CERTIFIED}, "certificates of its peers"),
        ("http", {"listen": OPEN, "token_env": "T"}, "needs TLS"),
        ("http", {"listen": OPEN, **CERTIFIED}, "needs a token"),
        ("http", {"listen": HERE, "tls_key": "server.key"}, "need tls_cert"),
        ("lumberjack", {"listen": OPEN, **CERTIFIED}, "certificates of its peers"),
        ("files", {"paths": ()}, "no paths"),
        ("files", {"paths": ("a",), "format": "nothing"}, "is none of"),
        ("kafka", {"topics": ()}, "no topics"),
        ("kafka", {"topics": ("a",), "brokers": "b:9092", "username": "u"}, "over TLS alone"),
        ("splunk", {"url": "http://192.0.2.1:8089", "search": "index=a"}, "expected https"),
        ("splunk", {"url": "https://192.0.2.1:8089", "search": "| a"}, "search"),
        ("elasticsearch", {"url": "http://192.0.2.1", "index": "a"}, "expected https"),
        ("elasticsearch", {"url": "nowhere", "index": "a"}, "expected https"),
    ],
)
def test_what_can_never_work_is_refused(kind: str, options: dict[str, Any], said: str) -> None:
    made: Any = kinds()[kind]
    with pytest.raises(FeedError, match=said):
        settings.refuse_unusable("source", made(**options))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("exporters", {}),
        ("exporters", {"listen": OPEN, "allow": ("10.0.0.0/8",)}),
        ("syslog", {"tls": OPEN, **CERTIFIED, "tls_client_ca": "ca.pem"}),
        ("http", {"listen": OPEN, **CERTIFIED, "token_file": "not there yet"}),
        ("lumberjack", {"listen": HERE}),
        ("kafka", {"topics": ("a",), "brokers": "b:9092"}),
        ("elasticsearch", {"url": "http://localhost:9200", "index": "a"}),
        ("interface", {"interface": "not-there0"}),
    ],
)
def test_what_only_fails_now_is_not(kind: str, options: dict[str, Any]) -> None:
    made: Any = kinds()[kind]
    settings.refuse_unusable("source", made(**options))
