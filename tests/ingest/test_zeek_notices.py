from __future__ import annotations

import json
from typing import Any


def test_notices_are_alerts_between_those_they_speak_of(whole: Any) -> None:
    of_connection = {"uid": "C1", "id.orig_h": "192.0.2.1", "id.orig_p": 5000,
        "id.resp_h": "198.51.100.7", "id.resp_p": 443, "proto": "tcp", "src": "192.0.2.1",
        "note": "SSL::Invalid_Server_Cert", "msg": "self signed"}  # fmt: skip
    of_host = {"note": "Scan::Address_Scan", "msg": "many", "src": "203.0.113.9", "p": 22}
    of_sensor = {"note": "CaptureLoss::Too_Much_Loss", "msg": "a loss rate above 20%"}
    lines = ({"_path": "notice", "ts": 1.5e9, **n} for n in (of_connection, of_host, of_sensor))
    batch, account = whole("\n".join(map(json.dumps, lines)))
    rows = batch.events["alert"].to_dicts()
    named = ("orig_h", "resp_h", "resp_p", "product", "signature", "category", "severity")
    assert [tuple(row[name] for name in named) for row in rows] == [
        ("192.0.2.1", "198.51.100.7", 443, "zeek", "SSL::Invalid_Server_Cert", "SSL", "info"),
        ("203.0.113.9", None, 22, "zeek", "Scan::Address_Scan", "Scan", None),
    ]
    assert account.notes["notices_of_capture_loss"] == 1
    assert account.unseen == {"stretches_noticed": (800, 200)}
