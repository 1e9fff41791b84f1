from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lynceus.ingest import InputError
from lynceus.ingest.argus_states import conn_state
from lynceus.ingest.binetflow import Binetflow

HEADER = (
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,"
    "TotPkts,TotBytes,SrcBytes,SrcPkts,Label"
)


def row(**fields: str) -> str:
    """One line of Argus, `fields` in place of a usual TCP flow's."""
    usual = {
        "StartTime": "2018/03/01 12:34:56.123456", "Dur": "1.500000", "Proto": "tcp",
        "SrcAddr": "192.0.2.1", "Sport": "50000", "Dir": "   ->", "DstAddr": "198.51.100.7",
        "Dport": "443", "State": "FSPA_FSPA", "sTos": "0", "dTos": "0", "TotPkts": "11",
        "TotBytes": "3000", "SrcBytes": "1000", "SrcPkts": "6", "Label": "",
    }  # fmt: skip
    return ",".join((usual | fields)[name] for name in HEADER.split(","))


def table(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


def test_a_row(whole: Any) -> None:
    batch, account = whole(table(row(Label="flow=Normal")))
    (flow,) = batch.flows.to_dicts()
    assert flow["ts_ns"] == 1_519_907_696_123_456_000
    assert flow["end_ns"] - flow["ts_ns"] == 1_500_000_000
    assert (flow["orig_h"], flow["orig_p"]) == ("192.0.2.1", 50000)
    assert (flow["resp_h"], flow["resp_p"]) == ("198.51.100.7", 443)
    assert (flow["orig_packets"], flow["resp_packets"], flow["total_packets"]) == (6, 5, 11)
    assert (flow["orig_bytes"], flow["resp_bytes"], flow["total_bytes"]) == (1000, 2000, 3000)
    assert (flow["orig_ip_bytes"], flow["resp_ip_bytes"], flow["bytes_are_ip"]) == (
        1000,
        2000,
        True,
    )
    assert (flow["conn_state"], flow["label"], flow["source"]) == ("SF", "flow=Normal", "binetflow")
    assert flow["history"] is flow["service"] is flow["missed_bytes"] is None
    assert account.balanced


def test_tabs_and_other_columns_give_the_same(whole: Any) -> None:
    text = table(row(), row(Sport="50001"))
    short = "stime,dur,proto,saddr,sport,dir,daddr,dport,state,pkts,bytes,sbytes,spkts,extra"
    order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14]
    lines = [short]
    lines += [
        ",".join([*(line.split(",")[i] for i in order), "x"]) for line in text.split("\n")[1:3]
    ]
    expected = whole(text)[0].flows.drop("input_digest")
    for other in (text.replace(",", "\t"), "\n".join(lines)):
        assert whole(other)[0].flows.drop("input_digest").equals(expected)


@pytest.mark.parametrize("direction", ["  <-", " <?"])
def test_the_destination_may_have_begun(whole: Any, direction: str) -> None:
    (flow,) = whole(table(row(Dir=direction, State="SRA_FSPA")))[0].flows.to_dicts()
    assert (flow["orig_h"], flow["orig_p"], flow["resp_h"]) == ("198.51.100.7", 443, "192.0.2.1")
    assert (flow["orig_packets"], flow["orig_bytes"], flow["resp_bytes"]) == (5, 2000, 1000)
    assert flow["conn_state"] == "RSTR"


def test_an_unknown_direction_is_said(whole: Any) -> None:
    batch, account = whole(table(row(Dir="<?>"), row(Dir="up", Sport="1")))
    assert set(batch.flows["orig_by"]) == {"first_seen", "source"}
    assert account.notes == {"direction_unreadable": 1}


STATES = {
    ("tcp", "S_"): "S0", ("tcp", "S_RA"): "REJ", ("tcp", "S_R"): "REJ", ("tcp", "SR_RA"): "REJ",
    ("tcp", "S_SA"): "S1", ("tcp", "SPA_SPA"): "S1", ("tcp", "FSPA_FSPA"): "SF",
    ("tcp", "FSA_SPA"): "S2", ("tcp", "SPA_FSPA"): "S3", ("tcp", "SR_SA"): "RSTO",
    ("tcp", "SRPA_SPA"): "RSTO", ("tcp", "SPA_SRPA"): "RSTR", ("tcp", "SRPA_"): "RSTOS0",
    ("tcp", "FSA_"): "SH", ("tcp", "_FSA"): "SHR", ("tcp", "_SRA"): "RSTRH",
    ("tcp", "PA_PA"): "OTH", ("tcp", "CON"): "S1", ("tcp", "REQ"): "S0", ("tcp", "TIM"): None,
    ("udp", "CON"): "SF", ("udp", "INT"): "S0", ("udp", "ZZZ"): "SF", ("icmp", "ECO"): "OTH",
    ("47", "CON"): None,
}  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), STATES.items(), ids=str)
def test_states(told: tuple[str, str], expected: str | None) -> None:
    frame = pl.DataFrame({"proto": [told[0]], "State": [told[1]], "resp_packets": [1]})
    assert frame.select(conn_state(pl.lit(value=False))).item() == expected


def test_icmp_type_and_code_stand_in_the_source_port(whole: Any) -> None:
    rows = (
        row(Proto="icmp", Sport="0x0303", Dport="0xfe25", State="URP"),
        row(Proto="icmp", Sport="0x0008", Dport="0x0f72", State="ECO"),
        row(
            Proto="ipv6-icmp",
            SrcAddr="fe80::1",
            DstAddr="ff02::2",
            Sport="133",
            Dport="0",
            State="NRS",
        ),
    )
    flows = whole(table(*rows))[0].flows
    assert sorted(flows.select("proto", "orig_p", "resp_p").rows()) == [
        ("icmp", 3, 3), ("icmp", 8, 0), ("icmp6", 133, 0),
    ]  # fmt: skip


def test_arp_rows_are_events_and_others_are_left_out(whole: Any) -> None:
    rows = (
        row(),
        row(Proto="arp", Dir="who", SrcAddr="192.0.2.1", DstAddr="192.0.2.9", Sport="", Dport=""),
        row(Proto="llc", SrcAddr="00:00:00:00:00:00", DstAddr="00:00:00:00:00:00"),
        row(Proto="man", SrcAddr="0", DstAddr="0"),
        row(Proto="igmp", Sport="", Dport="", DstAddr="224.0.0.1"),
    )
    batch, account = whole(table(*rows))
    assert batch.events["arp"].select("orig_h", "resp_h", "operation").row(0) == (
        "192.0.2.1",
        "192.0.2.9",
        "request",
    )
    assert sorted(batch.flows["proto"]) == ["2", "tcp"]
    assert account.dropped == {"not_ip": 2}


def test_payload_bytes_are_used_where_argus_tells_them(whole: Any) -> None:
    text = table(row()).split("\n")
    text = "\n".join([text[0] + ",SAppBytes,DAppBytes", text[1] + ",400,1700"])
    (flow,) = whole(text)[0].flows.to_dicts()
    assert (flow["orig_bytes"], flow["resp_bytes"], flow["total_bytes"]) == (400, 1700, 2100)
    assert (flow["bytes_are_ip"], flow["orig_ip_bytes"]) == (False, 1000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2018-03-01 12:34:56.123456", 1_519_907_696_123_456_000),
        ("1519907696.123456", 1_519_907_696_123_456_000),
        ("03/01/2018 12:34:56.123456", 1_519_907_696_123_456_000),
        ("2018-03-01T12:34:56.123456Z", 1_519_907_696_123_456_000),
        ("12:34:56.123456", None),
    ],
)
def test_dates(whole: Any, written: str, expected: int | None) -> None:
    assert whole(table(row(StartTime=written)))[0].flows["ts_ns"].to_list() == [expected]


def test_bad_rows_are_counted(whole: Any) -> None:
    rows = (
        row(),
        "a,b",
        row(SrcAddr="host"),
        row(StartTime="never"),
        row(TotBytes="many", Sport="http"),
    )
    batch, account = whole(table(*rows))
    assert batch.flows.height == 2
    assert account.dropped == {
        "wrong_number_of_fields": 1,
        "unreadable_address": 1,
        "unreadable_time": 1,
    }
    assert account.notes == {"unreadable_TotBytes": 1, "unreadable_Sport": 1}


def test_a_header_without_the_needed_columns(whole: Any) -> None:
    with pytest.raises(InputError, match="no column Proto"):
        whole("StartTime,SrcAddr,DstAddr\n2018/03/01 12:34:56,192.0.2.1,192.0.2.2\n")


def test_a_header_alone_has_no_flows(whole: Any) -> None:
    assert whole(HEADER + "\n")[0].flows.is_empty()
    assert Binetflow.recognise(HEADER.encode(), Path("x")) == 1.0


def test_real_files_give_all_their_rows(shared_data: Path, whole: Any) -> None:
    folder = shared_data / "stratosphere"
    stated = {}
    with (folder / "verdicts.csv").open() as verdicts:
        for verdict in csv.DictReader(verdicts):
            if rows := re.search(r"^rows (\d+); source .*binetflow;", verdict["expected"]):
                stated[verdict["path"] + ".gz"] = int(rows[1])
    assert stated
    for path in sorted(folder.glob("*/*.binetflow.gz")):
        batch, account = whole(path)
        assert set(account.dropped) <= {"not_ip"}
        told = batch.flows.filter(pl.col("proto").is_in(["tcp", "udp", "icmp", "icmp6"]))
        assert told["conn_state"].null_count() == 0
        lines = stated.get(str(path.relative_to(folder)))
        assert lines is None or account.received == lines - 1  # the first line is the header
