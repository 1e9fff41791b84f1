"""Directories as inputs: all files of known kinds, the others counted by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.eve_records import alert, eve, flow
from ingest.exporters import flow as exported
from ingest.exporters import netflow5
from ingest.test_capture import pcap, udp
from ingest.test_zeek import CONN, HTTPS, log
from lynceus.account import Account
from lynceus.ingest import Input, InputError, open_input, open_inputs
from lynceus.ingest.folder import files_in
from lynceus.records import Batch
from lynceus.results import write_inputs

FAST_LOG = (
    "11/03/2024-10:11:12.123456  [**] [1:2013028:5] ET POLICY curl [**] "
    "[Classification: Attempted Information Leak] [Priority: 2] {TCP} "
    "192.0.2.5:44321 -> 198.51.100.80:80\n"
)

DROPPED = (
    "Nov  3 10:11:12 fw kernel: DROP IN=eth0 OUT= SRC=192.0.2.9 DST=198.51.100.7 LEN=60 TTL=52 "
    "PROTO=TCP SPT=50000 DPT=22\n"
)


def written(folder: Path, **contents: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def read(folder: Path) -> tuple[Batch, Account]:
    source = open_inputs([folder])
    return Batch.concat(list(source.batches())), source.account


def test_the_log_folder_of_suricata(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "suricata",
        eve__json=eve(flow(), alert(1.0)),
        fast__log=FAST_LOG,
        stats__log="Counter | TM Name | Value\n",
        suricata__log="3/11/2024 -- 10:00:00 - <Notice> - This is Suricata version 6.0.4\n",
    )
    batch, account = read(folder)
    assert batch.flows["source"].to_list() == ["suricata"]
    assert batch.events["alert"].height == 1
    assert account.balanced
    assert account.notes["files_not_used"] == 3
    assert {n for n in account.notes if n.startswith("files_not_used_")} == {
        "files_not_used_fast", "files_not_used_stats", "files_not_used_suricata",
    }  # fmt: skip


def test_files_of_several_kinds_lie_side_by_side(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "all",
        eve__json=eve(flow()),
        conn__log=log("conn", CONN, HTTPS),
        a__pcap=pcap((1000.0, udp(5000, 9999, b"abc"))),
        b__pcap=pcap((2000.0, udp(5001, 9999, b"abc"))),
        nfcapd=netflow5(exported()),
        messages=DROPPED * 3,
        readme="hello\n",
        empty="",
    )
    batch, account = read(folder)
    assert sorted(batch.flows["source"].to_list()) == [
        "capture", "capture", "device_log", "flow_export", "suricata", "zeek",
    ]  # fmt: skip
    assert batch.flows["end_ns"].drop_nulls().is_sorted()
    assert (account.notes["files_not_used_readme"], account.notes["files_empty"]) == (1, 1)


def test_kinds_of_files_that_are_not_used_are_named_up_to_a_bound(tmp_path: Path) -> None:
    others = {f"note{n}__txt": "hello" for n in range(20)}
    _, account = read(written(tmp_path, eve__json=eve(flow()), **others))
    assert account.notes["files_not_used"] == 20
    assert sum(name.startswith("files_not_used_") for name in account.notes) == 8


def test_logs_of_kinds_that_are_not_read_spoil_nothing_beside_others(tmp_path: Path) -> None:
    folder = written(
        tmp_path, eve__json=eve(flow()), loaded_scripts__log=log("loaded_scripts", "name", "x")
    )
    batch, account = read(folder)
    assert batch.flows.height == 1
    assert account.notes["files_not_used_loaded_scripts"] == 1


def test_a_directory_of_nothing_that_is_known(tmp_path: Path) -> None:
    written(tmp_path, readme="hello\n", list="192.0.2.1 -> 192.0.2.2:80 TCP 1 packet\n")
    for opened in (open_input, lambda path: open_inputs([path])):
        with pytest.raises(InputError, match=r"holds no file of a kind that is known; expected .*"):
            opened(tmp_path)


def test_what_lies_one_directory_down_is_read_where_there_are_no_files(tmp_path: Path) -> None:
    written(tmp_path / "day" / "monday", eve__json=eve(flow()))
    assert read(tmp_path / "day")[0].flows.height == 1
    (hidden := tmp_path / "day" / ".part").write_text("x")
    assert files_in(tmp_path / "day") == [tmp_path / "day" / "monday" / "eve.json"]
    assert hidden.exists()


def test_captures_of_a_directory_are_opened_one_after_another(tmp_path: Path) -> None:
    hours = {f"h{n}__pcap": pcap((n * 3600.0, udp(5000 + n, 9999, b"abc"))) for n in range(1, 5)}
    source = open_inputs([written(tmp_path, **hours)])
    at_work = lambda: sum(one._reader is not None for one in source.sources)  # noqa: E731
    assert at_work() == 0
    most = max(at_work() for _ in source.batches())
    assert most <= 1
    assert source.account.kept == 4


def test_the_captures_of_a_directory_are_recorded_one_by_one(tmp_path: Path) -> None:
    folder = written(tmp_path / "in", a__pcap=pcap((1000.0, udp(5000, 9999, b"abc"))))
    (out := tmp_path / "out").mkdir()
    write_inputs([str(folder)], out)
    (told,) = json.loads((out / "inputs.json").read_text())["inputs"]
    digest = Input.of(folder / "a.pcap").digest
    assert told == {"path": str(folder / "a.pcap"), "digest": digest}
