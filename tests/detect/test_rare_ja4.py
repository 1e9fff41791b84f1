"""`rare_ja4`: a TLS client that nobody else on the site has."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.rare_ja4 import RareJa4


def spoke(host: int, ja4: str, times: int = 8, **columns: Any) -> list[dict[str, Any]]:
    usual = {"orig_h": f"10.0.0.{host}", "resp_h": "203.0.113.80", "resp_p": 443, "ja4": ja4}
    return [{**usual, "at_s": 60.0 * n, **columns} for n in range(times)]


CROWD = [row for host in range(20, 32) for row in spoke(host, "t13d1516h2_8daaf6152771_x")]
OWN = "t12d0305h1_aaaaaaaaaaaa_bbbbbbbbbbbb"


def test_a_client_of_one_host_to_one_place_is_low() -> None:
    (finding,) = findings_of(RareJa4(), tls=CROWD + spoke(5, OWN, server_name="c.example"))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (
        "10.0.0.5",
        "203.0.113.80",
        "low",
    )
    assert finding["because"] == (
        f"10.0.0.5 alone of 13 TLS clients uses a TLS client with JA4 {OWN}, 8 times to 1 place "
        "(c.example)."
    )


@pytest.mark.parametrize(
    "rows",
    [
        CROWD,
        spoke(5, OWN),
        CROWD + spoke(5, OWN, times=4),
        CROWD + spoke(5, OWN) + spoke(6, OWN),
        CROWD + spoke(5, OWN, server_name="www.google.com"),
        CROWD + [{**row, "resp_h": f"203.0.113.{n}"} for n, row in enumerate(spoke(5, OWN))],
        CROWD + spoke(5, OWN, resp_h="10.0.0.9"),
    ],
    ids=["common", "few clients", "a visit", "two hosts", "popular", "many places", "inside"],
)
def test_other_clients_are_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(RareJa4(), tls=rows) == []
