"""`history`: hours of a week and of a day, with hand-computed rows."""

from __future__ import annotations

from features.test_tables import of
from lynceus.features import history
from lynceus.testing import START_S, flow, flows


def test_uploads_by_hour_tell_listed_from_unlisted_places() -> None:
    rows = [flow(60.0 * n, resp_h="198.51.100.7", orig_bytes=2_000_000) for n in range(3)]
    (row,) = of(history.UPLOADS_BY_HOUR, flows([*rows, flow(resp_h="10.0.0.9")]))
    assert (row["hour"], row["sent_bytes"]) == (START_S // 3600, 6_000_000)
    assert (row["unlisted_bytes"], row["places"]) == (6_000_000, ["198.51.100.7"])


def test_who_takes_is_who_gets_more_whichever_end_began() -> None:
    fetched = flow(resp_h="10.0.0.9", resp_bytes=3_000_000)
    brought = flow(orig_h="10.0.0.8", resp_h="10.0.0.5", orig_bytes=2_000_000)
    (row,) = of(history.TAKEN_BY_HOUR, flows([fetched, brought]))
    assert (row["taker_h"], row["taken_bytes"], row["givers"]) == ("10.0.0.5", 5_000_000, 2)


def test_services_count_their_clients_and_who_comes_from_outside() -> None:
    rows = [flow(orig_h=f"10.0.0.{n}") for n in range(3)] + [flow(orig_h="203.0.113.9")]
    (row,) = of(history.SERVED, flows([*rows, flow(conn_state="REJ")]))
    assert (row["clients"], row["sessions"], row["outside_sessions"]) == (4, 4, 1)
