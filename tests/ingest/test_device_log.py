"""The door of device logs: `device_log`, `log_lines`, `device_flows`, `json_records`, `fields`."""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest import InputError, kinds
from lynceus.ingest.devices import FAMILIES, fields
from lynceus.ingest.json_records import one_a_line
from lynceus.records import Batch

Whole = Callable[..., tuple[Batch, Account]]

BUILT = (
    "<166>May 01 2024 10:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection 99 for "
    "outside:198.51.100.7/443 (198.51.100.7/443) to inside:192.0.2.5/51000 (203.0.113.1/51000)"
)
TEARDOWN = (
    "<166>May 01 2024 10:00:10 fw1 : %ASA-6-302014: Teardown TCP connection 99 for "
    "outside:198.51.100.7/443 to inside:192.0.2.5/51000 duration 0:00:10 bytes 7900 TCP FINs"
)
DROPPED = (
    "May  1 10:00:20 gw kernel: [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=60 "
    "TTL=50 ID=1 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0"
)
ATTACK = (
    'date=2024-05-01 time=10:00:30 devname="fgt" devid="FGT1" logid="0419016384" type="utm" '
    'subtype="ips" tz="+0000" severity="critical" srcip=203.0.113.9 srcport=40001 '
    'dstip=192.0.2.10 dstport=443 action="dropped" proto=6 attack="Example.Overflow" attackid=47'
)
SQUID = (
    "1714557640.250 1500 192.0.2.5 TCP_MISS/200 4321 GET http://www.example.org/a alice "
    "HIER_NONE/- -"
)


def lines(*text: str) -> str:
    return "\n".join([*text, ""])


def test_a_stream_of_several_products_goes_line_by_line_to_whom_it_belongs(whole: Whole) -> None:
    batch, account = whole(
        lines(BUILT, "May  1 10:00:05 host cron[1]: ran", DROPPED, TEARDOWN, ATTACK)
    )
    log = batch.events["device_log"]
    assert log["product"].to_list() == ["asa", "asa", "netfilter", "fortigate"]
    assert log["uid"].is_in(batch.flows["uid"].to_list()).all()
    assert account.dropped == {"line_of_no_known_device": 1}
    assert account.received == 5
    assert batch.flows.height == 3


def test_lines_of_one_connection_are_one_flow(whole: Whole) -> None:
    batch, account = whole(lines(BUILT, TEARDOWN))
    flow = batch.flows.row(0, named=True)
    assert batch.flows.height == 1
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == ("192.0.2.5", "198.51.100.7", 443)
    assert (flow["duration_s"], flow["total_bytes"], flow["source_uid"]) == (10.0, 7900, "99")
    assert flow["end_ns"] - flow["ts_ns"] == 10_000_000_000
    assert flow["orig_bytes"] is None
    assert batch.events["device_log"]["uid"].to_list() == [flow["uid"]] * 2
    assert account.notes["lines_of_one_connection_joined"] == 1


def test_what_was_dropped_was_never_answered(whole: Whole) -> None:
    batch, _ = whole(lines(DROPPED, DROPPED.replace("UFW BLOCK", "REJECT").replace("10:", "11:")))
    assert batch.flows["conn_state"].to_list() == ["S0", "REJ"]
    accepted, _ = whole(lines(DROPPED.replace("UFW BLOCK", "ACCEPT")))
    assert accepted.flows["conn_state"].to_list() == [None]


def test_a_detection_is_an_alert_of_its_flow(whole: Whole) -> None:
    batch, _ = whole(lines(DROPPED, ATTACK))
    (alert,) = batch.events["alert"].to_dicts()
    assert (alert["product"], alert["sensor"], alert["signature"]) == (
        "fortigate", "fgt", "Example.Overflow",
    )  # fmt: skip
    assert (alert["severity"], alert["signature_id"], alert["action"]) == (
        "critical", "47", "dropped",
    )  # fmt: skip
    flow = batch.flows.filter(pl.col("resp_p") == 443).row(0, named=True)
    assert alert["uid"] == flow["uid"]


def test_two_directions_are_one_flow_and_a_second_device_counts_nothing_again(
    whole: Whole,
) -> None:
    record = "2 123456789012 {} {} {} {} {} 6 {} {} 1700000000 {} ACCEPT OK"
    client, server = ("192.0.2.5", 51000), ("198.51.100.7", 443)
    batch, account = whole(
        lines(
            record.format("eni-0a", server[0], client[0], 443, 51000, 8, 7000, 1700000009),
            record.format("eni-0a", client[0], server[0], 51000, 443, 9, 900, 1700000010),
            record.format("eni-0b", client[0], server[0], 51000, 443, 8, 800, 1700000010),
        )
    )
    flow = batch.flows.row(0, named=True)
    assert batch.flows.height == 1
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == (*client[:1], *server)
    assert (flow["orig_bytes"], flow["resp_bytes"], flow["bytes_are_ip"]) == (900, 7000, True)
    log = batch.events["device_log"]
    assert log["uid"].to_list() == [flow["uid"]] * 3
    assert log["orig_p"].to_list() == [443, 51000, 51000]
    assert account.notes["records_stitched_to_another"] == 1
    assert account.notes["records_of_a_flow_that_another_device_told"] == 1


def test_a_packet_that_answers_begins_no_flow(whole: Whole) -> None:
    answer = DROPPED.replace("SPT=40000 DPT=22", "SPT=443 DPT=40000").replace(" SYN", " ACK FIN")
    batch, _ = whole(lines(DROPPED, answer))
    assert batch.flows["resp_p"].to_list() == [22]
    assert batch.events["device_log"]["uid"].null_count() == 1
    asked, _ = whole(lines(DROPPED.replace("SPT=40000", "SPT=443").replace("DPT=22", "DPT=8080")))
    assert asked.flows["resp_p"].to_list() == [8080]


def test_the_same_line_twice_is_one_flow(whole: Whole) -> None:
    batch, account = whole(lines(DROPPED, DROPPED))
    assert batch.flows.height == 1
    assert account.dropped["duplicate"] == 1


def test_a_line_that_names_no_other_end_is_no_flow(whole: Whole) -> None:
    batch, _ = whole(lines(SQUID))
    row = batch.events["device_log"].row(0, named=True)
    assert batch.flows.is_empty()
    assert row["uid"] is None
    assert (row["orig_h"], row["domain"], row["username"], row["resp_bytes"]) == (
        "192.0.2.5", "www.example.org", "alice", 4321,
    )  # fmt: skip


def test_a_marker_in_the_line_is_no_field(whole: Whole) -> None:
    batch, _ = whole(lines(ATTACK.replace('"Example.Overflow"', '"x\x1esrcip\x1f9.9.9.9\x1e"')))
    assert batch.flows["orig_h"].to_list() == ["203.0.113.9"]


def test_other_text_is_not_recognised() -> None:
    from pathlib import Path

    head = b"May  1 10:00:05 host cron[1]: ran\nsource,target\nhello\n"
    assert kinds()["device_log"].recognise(head, Path("x")) == 0
    assert kinds()["device_log"].recognise(b"\x00\x01\x02", Path("x")) == 0


def test_a_binary_tail_is_no_traceback(whole: Whole) -> None:
    batch, account = whole(lines(DROPPED).encode() + bytes(range(256)) * 40)
    assert batch.flows.height == 1
    assert account.dropped["line_of_no_known_device"] > 0


def test_nothing_known_at_all_is_one_clear_error(whole: Whole) -> None:
    with pytest.raises(InputError):
        whole("only words\n")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__.rsplit(".", 1)[1])
def test_a_family_reads_no_lines_and_broken_ones(family: object) -> None:
    from lynceus.ingest.syslog import headers

    for text in ([], ["", "{", "CEF:0|", '{"a":[1', "x=" * 200, "%ASA-6-302013: Built"]):
        headed = headers(pl.Series(text, dtype=pl.String)).with_row_index("line")
        assert family.read(headed).height <= len(text)  # type: ignore[attr-defined]


def test_json_over_several_lines_is_one_object_a_line() -> None:
    records = [{"a": {"b": 1}, "c": [1, 2]}, {"a": {"b": 2}, "c": []}]
    pretty = "\n".join(json.dumps(record, indent=2) for record in records).encode()
    for data in (pretty, json.dumps(records, indent=2).encode()):
        assert [json.loads(line) for line in one_a_line(data).splitlines()] == records
    plain = b'{"a": 1}\n{"a": 2}\n'
    assert one_a_line(plain) == plain
    assert one_a_line(b"May 1 {\n}") == b"May 1 {\n}"


def test_a_key_inside_a_quoted_value_is_none() -> None:
    marked = fields.quoted_pairs(pl.Series(['a="x b=2 \\" c" b=1, d="" e=N/A']))
    told = fields.told(marked, {"a": "a", "b": "b", "d": "d", "e": ("d", "e")})
    assert told.row(0) == ('x b=2 \\" c', "1", None, None)


def test_csv_fields_may_be_quoted_and_empty() -> None:
    row = fields.csv_fields(
        pl.Series(['a,"b, ""c""",,d']), {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}
    )
    assert row.row(0) == ("a", 'b, "c"', None, "d", None)
