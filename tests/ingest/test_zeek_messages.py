from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl

ENDS = {"uid": "C1", "id.orig_h": "192.0.2.1", "id.orig_p": 5000, "id.resp_h": "198.51.100.7"}


def told(whole: Any, path: str, port: int, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    lines = [{"_path": path, "ts": 1.5e9, **ENDS, "id.resp_p": port, **row} for row in rows]
    batch, _ = whole("\n".join(map(json.dumps, lines)))
    (frame,) = batch.events.values()
    assert batch.flows["service"].to_list() == [path]
    return list(frame.to_dicts())


def test_a_request_and_its_answers_are_one_row_of_ntp(whole: Any) -> None:
    asked = {"version": 4, "mode": 3, "stratum": 0, "org_time": 0.0, "xmt_time": 1.4e9}
    answer = {"version": 4, "mode": 4, "stratum": 2, "ref_id": "192.0.2.99", "ts": 1.5e9 + 1,
        "org_time": 1.4e9, "xmt_time": 1.5e9 + 3.5}  # fmt: skip
    unasked = {"version": 4, "mode": 5, "stratum": 1, "ref_id": "GPS", "ts": 1.5e9 + 9,
        "org_time": 0.0, "xmt_time": 1.5e9 + 9}  # fmt: skip
    rows = told(whole, "ntp", 123, asked, answer, answer, unasked)
    assert [(r["mode"], r["stratum"], r["ref_id"], r["offset_s"], r["answers"]) for r in rows] == [
        ("client", 2, "192.0.2.99", 2.5, 1), ("broadcast", 1, "GPS", 0.0, 0)]  # fmt: skip


def test_functions_of_modbus_an_hour(whole: Any) -> None:
    read, odd = {"unit": 1, "func": "READ_COILS"}, {"unit": 1, "func": "unknown-100"}
    refused = {"func": "unknown-100_EXCEPTION", "exception": "ILLEGAL_FUNCTION"}
    rows = told(
        whole, "modbus", 502, read | {"pdu_type": "REQ"}, read | {"pdu_type": "RESP"},
        odd | {"pdu_type": "REQ"},
        odd | {"pdu_type": "RESP", **refused},
        read | {"pdu_type": "REQ", "ts": 1.5e9 + 4000},
    )  # fmt: skip
    counts = ("func", "func_code", "requests", "responses", "exceptions", "exception")
    assert [tuple(r[name] for name in counts) for r in rows] == [
        ("READ_COILS", 1, 1, 1, 0, []), ("FUNCTION_100", 100, 1, 0, 1, ["ILLEGAL_FUNCTION"]),
        ("READ_COILS", 1, 1, 0, 0, [])]  # fmt: skip


def test_answers_of_modbus_alone(whole: Any) -> None:
    (row,) = told(whole, "modbus", 502, {"unit": 3, "func": "READ_COILS", "tid": 7})
    assert (row["requests"], row["responses"], row["unit"]) == (None, 1, 3)


def test_requests_and_answers_of_dnp3(whole: Any) -> None:
    asked = {"fc_request": "READ", "fc_reply": "RESPONSE", "iin": 0x9000}
    rows = told(whole, "dnp3", 20000, asked, asked)
    assert [(r["func"], r["func_code"], r["messages"], r["iin"]) for r in rows] == [
        ("READ", 1, 2, None), ("RESPONSE", 129, 2, ["NEED_TIME", "DEVICE_RESTART"])]  # fmt: skip


def test_a_connection_of_irc(whole: Any) -> None:
    rows = told(
        whole, "irc", 6667, {"command": "NICK", "value": "bot1"},
        {"nick": "bot1", "command": "USER", "value": "x"},
        {"nick": "bot1", "user": "x", "command": "JOIN", "value": "#a"},
        {"nick": "bot1", "user": "x", "command": "DCC", "dcc_file_name": "f.exe"},
    )  # fmt: skip
    (row,) = rows
    assert (row["nick"], row["user"], row["channels"]) == ("bot1", "x", ["#a"])
    assert (row["commands"], row["dcc_files"]) == (["NICK", "USER", "JOIN", "DCC"], ["f.exe"])


def test_clocks_of_a_benign_host(whole: Any, shared_data: Path) -> None:
    path = shared_data / "stratosphere/zeek-labelled/2023-02-20-benign-host/ntp.log.labeled.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    messages = [line.split("\t") for line in lines if line[0] != "#"]
    rows: pl.DataFrame = whole(path)[0].events["ntp"]
    asked = {(m[1], m[17]) for m in messages if m[7] == "3"}
    clients = rows.filter(pl.col("mode") == "client")
    assert clients.height == len(asked)
    answered = clients.filter(pl.col("answers") > 0)
    assert answered.height == len({(m[1], m[15]) for m in messages if m[7] == "4"} & asked)
    assert answered["offset_s"].abs().max() < 5.0  # type: ignore[operator]
