from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

ENDS = {"ts": 1.5e9, "id.orig_h": "192.0.2.1", "id.orig_p": 5000, "id.resp_h": "198.51.100.7",
    "id.resp_p": 21}  # fmt: skip


def test_a_password_of_ftp_is_told_once_and_never_kept(whole: Any) -> None:
    sent = {"user": "bob", "password": "hidden", "command": "RETR", "arg": "a", "reply_code": 226}
    rows = [{"uid": uid, **sent} for uid in ("C1", "C1", "C2")] + [
        {"uid": "C3", "user": "anonymous", "command": "PASV", "data_channel.passive": True,
         "data_channel.resp_h": "198.51.100.7", "data_channel.resp_p": 6000}
    ]  # fmt: skip
    text = "\n".join(json.dumps({"_path": "ftp", **ENDS, **row}) for row in rows)
    batch, _ = whole(text)
    told = batch.events["ftp"]
    assert told["password_seen"].to_list() == [True, None, True, None]
    assert told["data_channel_resp_p"].to_list() == [None, None, None, 6000]
    assert "hidden" not in str(told.to_dicts())


def test_mailboxes_have_no_brackets(whole: Any) -> None:
    row = {"_path": "smtp", "uid": "C1", **ENDS, "helo": "h", "mailfrom": "<a@x.example>",
        "rcptto": ["<b@y.example>", "c@z.example"], "tls": True}  # fmt: skip
    (told,) = whole(json.dumps(row))[0].events["smtp"].to_dicts()
    assert (told["mailfrom"], told["rcptto"]) == ("a@x.example", ["b@y.example", "c@z.example"])


@pytest.mark.parametrize(("log", "table"), [("ftp", "ftp"), ("smtp", "smtp"), ("notice", "alert")])
def test_the_logs_of_a_competition(whole: Any, shared_data: Path, log: str, table: str) -> None:
    path = next((shared_data / "zeek-logs/zed-sample").glob(f"{log}.json*"))
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    found: pl.DataFrame = whole(path)[0].events[table]
    assert found.height == len(lines)
    assert found["orig_h"].null_count() == sum("id.orig_h" not in json.loads(x) for x in lines)


def test_calls_of_scanners(whole: Any, shared_data: Path) -> None:
    path = shared_data / "stratosphere/zeek-labelled/008-zeek-mixed/sip.log.labeled.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    batch, _ = whole(path)
    found = batch.events["sip"]
    assert found.height == sum(line[0] != "#" for line in lines)
    assert "friendly-scanner" in found["user_agent"].to_list()
    assert set(batch.flows["service"]) == {"sip"}
