from __future__ import annotations

from typing import Any

from ingest.eve_records import eve


def test_losses_are_noted(whole: Any) -> None:
    def stats(at_s: int, drops: int, uptime_s: int) -> dict[str, Any]:
        counters = {"uptime": uptime_s, "capture": {"kernel_packets": 1000, "kernel_drops": drops}}
        when = {"timestamp": f"2024-05-01T12:00:{at_s:02d}+0200", "event_type": "stats"}
        return {**when, "stats": counters}

    def drops(*rows: dict[str, Any]) -> int:
        account = whole(eve(*rows))[1]
        assert account.kept == len(rows)
        gone = account.notes.get("sensor_packets_dropped", 0)
        assert account.unseen.get("packets", (0, 0))[1] == gone
        return int(account.notes.get("sensor_packets_dropped", 0))

    long_up = 86_400
    assert (
        drops(stats(0, 500, long_up), stats(8, 510, long_up + 8), stats(16, 530, long_up + 16))
        == 30
    )
    assert drops(stats(0, 5, 8), stats(8, 10, 16), stats(16, 2, 8)) == 12
    assert drops(stats(0, 7, long_up)) == 7
