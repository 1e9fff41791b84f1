"""`update`: what is due is read, what fails leaves what was said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from intel.served import Answer, Asked, served
from lynceus.enrich.intel import AddressIndicators
from lynceus.intel.feed_folder import FIRST_RETRY_S
from lynceus.intel.store import IntelStore
from lynceus.intel.subscription import Subscription
from lynceus.intel.update import NS, Reading, update

START_NS = 1_704_448_800 * NS
HOUR_NS = 3_600 * NS


def store_of(folder: Path, url: str, **ask: object) -> IntelStore:
    store = IntelStore(folder / "intel")
    given = {"name": "f", "format": "delimited", "url": url, "every": "6h", **ask}
    store.subscribe(Subscription.model_validate(given))
    return store


def read(store: IntelStore, at_ns: int, *only: str) -> Reading | None:
    readings = update(store, at_ns, only=only, pause=lambda _: None)
    return readings[0] if readings else None


def listed(store: IntelStore) -> dict[str, tuple[int, int, int]]:
    """By indicator when it was added, first and last seen, in hours after the start."""
    rows = store.source("f").select("key", "added_ns", "first_seen_ns", "last_seen_ns").rows()
    return {k: tuple((t - START_NS) // HOUR_NS for t in times) for k, *times in rows}  # type: ignore[misc]


def test_by_schedule_with_dates_that_only_the_store_knows(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("198.51.100.1\n198.51.100.2\n10.0.0.1\n")
    store = store_of(tmp_path, str(path))
    assert read(store, START_NS) == Reading("f", "read", 2, 2, 1)
    assert store.quarantine("f").rows() == [(3, "10.0.0.1", "not a public address")]
    assert read(store, START_NS + 5 * HOUR_NS) is None, "it is not due"
    path.write_text("198.51.100.2\n198.51.100.3\n")
    assert read(store, START_NS + 6 * HOUR_NS) == Reading("f", "read", 2, 1, 0)
    assert listed(store) == {"198.51.100.2": (0, 0, 6), "198.51.100.3": (6, 6, 6)}
    assert read(store, START_NS + 7 * HOUR_NS, "f") == Reading("f", "unchanged", 2)
    assert listed(store) == {"198.51.100.2": (0, 0, 7), "198.51.100.3": (6, 6, 7)}


def test_dates_of_the_source_and_defaults_of_the_subscription(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("ip,last_seen,confidence\n198.51.100.1,2024-01-01,0.9\n198.51.100.2,,\n")
    store = store_of(tmp_path, str(path), confidence=0.4, lifetime_days=10)
    read(store, START_NS)
    first, second = store.source("f").sort("key").iter_rows(named=True)
    assert first["valid_until_ns"] == (1_704_067_200 + 10 * 86_400) * NS
    assert (first["confidence"], second["confidence"]) == (0.9, 0.4)
    assert second["valid_until_ns"] == START_NS + 10 * 86_400 * NS


def test_a_feed_that_fails_leaves_the_last_good_list_and_rests_longer_and_longer(
    tmp_path: Path,
) -> None:
    answers = [Answer("198.51.100.1\n"), Answer("<html>Sorry</html>"), Answer("<html>")]
    with served(Answer("198.51.100.1\n198.51.100.9\n"), *answers) as server:
        store = store_of(tmp_path, server.url)
        assert read(store, START_NS)
        store.gather()
        at = START_NS + 6 * HOUR_NS
        failed = read(store, at)
        assert failed is not None
        assert (failed.outcome, failed.indicators) == ("failed", 1)
        assert "a page for a browser" in failed.reason
        assert read(store, at + (FIRST_RETRY_S - 1) * NS) is None
        at += FIRST_RETRY_S * NS
        assert (read(store, at) or failed).outcome == "failed"
        assert read(store, at + FIRST_RETRY_S * NS) is None, "it rests twice as long"
        assert list(listed(store)) == ["198.51.100.1"]
        assert store.states()["f"].failures == 2
        assert read(store, at + 2 * FIRST_RETRY_S * NS) == Reading("f", "read", 2, 1, 0)
        assert store.states()["f"].failures == 0


def test_a_service_that_wants_to_be_left_alone_is(tmp_path: Path) -> None:
    busy = Answer(status=429, headers={"Retry-After": "7200"})
    with served(Answer("198.51.100.1\n"), busy) as server:
        store = store_of(tmp_path, server.url)
        assert (read(store, START_NS) or Reading("", "")).outcome == "failed"
        assert read(store, START_NS + 7_199 * NS) is None
        assert read(store, START_NS + 7_200 * NS) == Reading("f", "read", 1, 1, 0)


def test_a_list_that_loses_nearly_everything_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("".join(f"198.51.100.{n}\n" for n in range(1, 201)))
    store = store_of(tmp_path, str(path))
    read(store, START_NS)
    path.write_text("198.51.100.1\nnonsense!\n")
    failed = read(store, START_NS + 6 * HOUR_NS)
    assert failed is not None
    assert "1 indicators where there were 200; line 2: not an address" in failed.reason
    assert store.source("f").height == 200
    path.write_text("")
    assert (read(store, START_NS + 12 * HOUR_NS, "f") or failed).outcome == "failed"


def test_what_a_service_adds_joins_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "k")

    def reply(asked: Asked) -> Answer:
        name = "new" if "modified_since" in asked.query else "old"
        one = {"type": "domain", "indicator": f"{name}.example"}
        return Answer({"results": [{"indicators": [one]}]})

    with served(reply) as server:
        store = store_of(tmp_path, server.url, format="otx", key={"env": "KEY"})
        read(store, START_NS)
        read(store, START_NS + 6 * HOUR_NS)
    assert sorted(listed(store)) == ["new.example", "old.example"]


def test_an_unknown_format_is_told(tmp_path: Path) -> None:
    failed = read(store_of(tmp_path, "x", format="nonesuch"), START_NS)
    assert failed is not None
    assert "no format 'nonesuch'; there are delimited, stix_bundle" in failed.reason


def test_what_was_gathered_is_what_flows_meet(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("198.51.100.1\n")
    store = store_of(tmp_path, str(path))
    read(store, START_NS)
    table = store.gather()
    known = store.indicators()
    assert known.table.select(table.columns).cast(dict(table.schema)).equals(table)
    met = AddressIndicators(known).facts(table["indicator"]).row(0, named=True)
    assert (met["indicator_source"], met["indicator_seen_ns"]) == ("f", START_NS)
