"""Lines of servers, endpoints and detection products that are cut, torn or filled with rubbish."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ingest.detections.test_products import CASES
from ingest.endpoints.test_sockets import SOCKET, elastic, osquery
from ingest.endpoints.test_windows_events import CONNECTION, FAILED, SECURITY, SYSMON, nxlog, xml

LINES = (
    *(line for line, _ in CASES.values()),
    "May  1 10:00:00 web1 sshd[7]: Failed password for invalid user a from 203.0.113.5 port 4 ssh2",
    "2024-05-01 10:00:00 ann/203.0.113.5:1194 TLS: Username/Password authentication succeeded for "
    "username 'ann'",
    '203.0.113.5 - ann [01/May/2024:12:00:00 +0200] "GET /a HTTP/1.1" 401 5771 "-" "curl/8.0"',
    '2024/05/01 10:00:00 [error] 8#8: *17 user "foo" was not found in "x", client: 203.0.113.5',
    "203.0.113.5:40001 [01/May/2024:10:00:00.250] ft bk/s2 1/0/5000 4000 -- 1/1/1/1/0 0/0",
    "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status",
    "2024-05-01 10:00:00 192.0.2.7 GET /a 203.0.113.5 200",
    nxlog(3, SYSMON, CONNECTION),
    xml(4625, SECURITY, FAILED),
    osquery(snapshot=[SOCKET, SOCKET]),
    elastic("connection_attempted", 0),
)
RUBBISH = ('"', "{", "}", "[", "\\", "\0", "é", "9" * 30, " - ", "null", "=", "::", "\x1e", "1e400")


def broken(line: str, dice: np.random.Generator) -> str:
    """The line, cut or with something else in its midst."""
    at = int(dice.integers(len(line) + 1))
    kind = int(dice.integers(3))
    if kind == 0:
        return line[:at]
    return line[:at] + str(dice.choice(RUBBISH)) + line[at + (kind == 2) * 5 :]


@pytest.mark.parametrize("seed", range(4))
def test_no_line_stops_the_others_and_all_are_counted(whole: Any, seed: int) -> None:
    dice = np.random.default_rng(seed)
    lines = [broken(line, dice) for line in LINES for _ in range(8)]
    dice.shuffle(lines)
    batch, account = whole("\n".join([*LINES, *lines, ""]))
    assert account.balanced
    assert batch.events["device_log"].height >= len(LINES) - 1
