"""Who was heard when, and how long each is usually silent."""

from __future__ import annotations

from lynceus.live.sensors import Sensors
from lynceus.moments import NS

NOW = 1_714_550_400 * NS
MINUTE = 60 * NS


def told(sensors: Sensors, at_ns: int) -> dict[str, tuple[int, int, int]]:
    rows = sensors.told("s", at_ns)
    assert rows is not None
    columns = ("sensor", "silent_s", "silent_before_s", "usual_s")
    return {name: rest for name, *rest in rows.select(columns).iter_rows()}  # type: ignore[misc]


def test_silence_grows_by_the_minute_and_the_longest_before_is_known() -> None:
    sensors = Sensors()
    sensors.heard("lan", NOW)
    sensors.heard("lan", NOW + 90 * NS)
    assert told(sensors, NOW + 2 * MINUTE) == {"lan": [30, 0, 90]}
    assert sensors.told("s", NOW + 2 * MINUTE + 1) is None, "a minute has not passed"
    assert told(sensors, NOW + 3 * MINUTE) == {"lan": [90, 30, 90]}


def test_old_silences_fade() -> None:
    sensors = Sensors()
    sensors.heard("lan", NOW)
    sensors.heard("lan", NOW + 1_000 * NS)
    for n in range(1, 25):
        sensors.heard("lan", NOW + 1_000 * NS + n * 3_600 * NS)
    assert told(sensors, NOW + 100_000 * NS)["lan"][2] == 3_600


def test_exporters_have_addresses_and_go_with_their_source() -> None:
    sensors = Sensors()
    sensors.heard("flows", NOW)
    sensors.heard("flows 192.0.2.1", NOW, "192.0.2.1")
    sensors.heard("flows-2", NOW)
    rows = sensors.told("s", NOW)
    assert rows is not None
    assert rows["orig_h"].to_list() == [None, "192.0.2.1", None]
    sensors.forget(["flows"])
    assert set(told(sensors, NOW + MINUTE)) == {"flows-2"}


def test_the_time_a_run_was_down_is_nobodys_silence() -> None:
    sensors = Sensors()
    sensors.heard("lan", NOW)
    again = Sensors()
    again.resume(sensors.snapshot())
    again.awake(NOW + 3_600 * NS)
    assert told(again, NOW + 3_660 * NS) == {"lan": [60, 0, 0]}
