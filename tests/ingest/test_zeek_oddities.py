"""What Zeek could not make sense of is counted and accuses nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.test_zeek import CONN, HTTPS, log
from lynceus.ingest.zeek import Zeek
from lynceus.ingest.zeek_oddities import oddity_log


def test_rows_are_counted_by_what_they_tell(whole: Any, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "conn.log").write_text(log("conn", CONN, HTTPS))
    (tmp_path / "logs" / "weird.log").write_text(
        log("weird", "ts name", "1.0 bad_TCP_checksum", "2.0 bad_TCP_checksum", "3.0 x\x1by")
    )
    lines = [{"_path": "dpd", "ts": 1.0, "uid": "C", "id.orig_h": "192.0.2.1", "analyzer": "HTTP"}]
    (tmp_path / "logs" / "dpd.log").write_text("".join(json.dumps(one) + "\n" for one in lines))
    batch, account = whole(tmp_path / "logs")
    assert batch.flows.height == 1
    assert account.balanced
    assert "files_not_used" not in account.notes
    told = {name: n for name, n in account.notes.items() if name.startswith(("weird", "analyzer"))}
    assert told == {
        "weird": 3, "weird_bad_tcp_checksum": 2, "weird_x_y": 1,
        "analyzer_violations": 1, "analyzer_violations_http": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "log"),
    [
        ({"name", "addl", "notice"}, "weird"),
        ({"analyzer", "failure_reason"}, "dpd"),
        ({"analyzer_name", "failure_reason"}, "analyzer"),
        ({"name"}, None),
    ],
)
def test_a_log_without_a_name_is_known_by_its_columns(columns: set[str], log: str | None) -> None:
    assert oddity_log(None, columns) == log
    assert oddity_log("conn", columns) is None


def test_they_are_recognised_as_logs_that_are_used() -> None:
    assert Zeek.recognise(log("weird", "ts name", "1.0 x").encode(), Path("weird.log")) == 1.0
    assert Zeek.recognise(log("files", "ts fuid", "1.0 x").encode(), Path("files.log")) < 0.5
