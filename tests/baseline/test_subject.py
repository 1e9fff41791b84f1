"""Windows as hours of subjects."""

from __future__ import annotations

import polars as pl

from lynceus.baseline.subject import HOST, PAIR, SERVICE, SUBJECTS, rows_of, segment
from lynceus.engine import Engine
from lynceus.features.profile import PROFILES
from lynceus.records import Batch
from lynceus.testing import flow, flows


def test_a_host_is_what_it_began_and_what_it_was_asked_for() -> None:
    rows = [flow(i, resp_h="10.0.0.80") for i in range(6)]
    rows += [flow(30, orig_h="10.0.0.80", resp_h="198.51.100.3", orig_bytes=9)]
    engine = Engine({}, watched=PROFILES)
    engine.advance(Batch(flows(rows)))
    engine.finish()
    host = rows_of(HOST, [engine.seen(table) for table in HOST.tables])
    client, server = (
        host.sort("host").rows(named=True)[::-1][1],
        host.sort("host").rows(named=True)[1],
    )
    assert [row["host"] for row in host.sort("host").to_dicts()] == ["10.0.0.5", "10.0.0.80"]
    assert (client["flows"], client["served_flows"]) == (6, 0)
    assert (server["flows"], server["served_flows"], server["outside_sent_bytes"]) == (1, 6, 9)
    assert server["first_seen_ns"] < server["last_seen_ns"]
    assert client["served_sent_bytes"] is None, "nobody told of bytes, so they are not 0"
    service = rows_of(SERVICE, [engine.seen(table) for table in SERVICE.tables])
    assert service.select("host", "resp_p", "served_flows").rows() == [("10.0.0.80", 443, 6)]
    assert rows_of(PAIR, [engine.seen(table) for table in PAIR.tables]).is_empty()


def test_segments() -> None:
    addresses = ["10.1.2.3", "fd00:1:2:3:4:5:6:7", "fe80::1", "fd00:1::9", "nonsense"]
    told = pl.DataFrame({"host": addresses}).select(segment("host")).to_series().to_list()
    assert told == ["10.1.2.0/24", "fd00:1:2:3::/64", "fe80::/64", "fd00:1::/64", None]


def test_numbers_are_in_their_tables() -> None:
    for subject in SUBJECTS:
        measured = {measure.name for table in subject.tables for measure in table.measures}
        assert set(subject.names) <= measured
        assert len(subject.names) == len(set(subject.names))
