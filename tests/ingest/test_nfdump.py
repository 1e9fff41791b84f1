from __future__ import annotations

from typing import Any

import pytest

from lynceus.ingest import InputError
from lynceus.ingest.inputs import Input, ReadOptions
from lynceus.ingest.nfdump import Nfdump

LONG = (
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,"
    "nhb,svln,dvln,ismc,odmc"
)
SHORT = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"


def row(**fields: str) -> str:
    """One line of the long form."""
    usual = dict.fromkeys(LONG.split(","), "0") | {
        "ts": "2023-11-14 22:13:20.250", "te": "2023-11-14 22:13:22.750", "td": "2.500",
        "sa": "192.0.2.1", "da": "198.51.100.7", "sp": "50000", "dp": "443", "pr": "TCP",
        "flg": "...AP.SF", "ipkt": "5", "ibyt": "700", "svln": "12",
        "ismc": "02:00:00:00:00:01", "odmc": "00:00:00:00:00:00",
    }  # fmt: skip
    return ",".join((usual | fields).values())


def table(*rows: str, header: str = LONG) -> str:
    return "\n".join([header, *rows, ""])


BACK = {"sa": "198.51.100.7", "da": "192.0.2.1", "sp": "443", "dp": "50000", "ipkt": "7",
        "ibyt": "9000", "ts": "2023-11-14 22:13:20.300",
        "te": "2023-11-14 22:13:22.800"}  # fmt: skip


def test_two_rows_are_one_flow(whole: Any) -> None:
    batch, account = whole(table(row(), row(**BACK)))
    (flow,) = batch.flows.to_dicts()
    assert (flow["ts_ns"], flow["end_ns"]) == (1_700_000_000_250_000_000, 1_700_000_002_800_000_000)
    assert (flow["orig_h"], flow["orig_p"], flow["resp_h"]) == ("192.0.2.1", 50000, "198.51.100.7")
    assert (flow["orig_packets"], flow["resp_packets"], flow["total_bytes"]) == (5, 7, 9700)
    assert (flow["conn_state"], flow["bytes_are_ip"], flow["source"]) == ("SF", True, "nfdump")
    assert (flow["vlan"], flow["orig_l2_addr"]) == (12, "02:00:00:00:00:01")
    assert (account.received, account.kept) == (2, 2)
    assert account.notes == {"records_stitched_to_another": 1}


def test_a_row_of_both_ways_and_one_without_an_answer(whole: Any) -> None:
    both, lone = row(opkt="7", obyt="9000"), row(sp="50001")
    flows = whole(table(both, lone))[0].flows.sort("orig_p")
    assert flows["resp_packets"].to_list() == [7, None]
    assert flows["resp_bytes"].to_list() == [9000, None]


def test_the_summary_is_no_flow(whole: Any) -> None:
    text = table(row()) + "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,700,5,2,1,140\n"
    batch, account = whole(text)
    assert (batch.flows.height, account.received) == (1, 1)


def test_the_short_form(whole: Any) -> None:
    rows = (
        "2023-11-14 22:13:20.250,2.500,TCP,192.0.2.1,50000,198.51.100.7,443,5,700,1",
        "2023-11-14 22:13:20.300,2.500,TCP,198.51.100.7,443,192.0.2.1,50000,7,9000,1",
    )
    (flow,) = whole(table(*rows, header=SHORT))[0].flows.to_dicts()
    assert (flow["end_ns"], flow["total_packets"]) == (1_700_000_002_800_000_000, 12)
    assert flow["conn_state"] is None


@pytest.mark.parametrize(("dp", "expected"), [("8.0", (8, 0)), ("2048", (8, 0)), ("3.13", (3, 13))])
def test_icmp_is_in_the_destination_port(whole: Any, dp: str, expected: tuple[int, int]) -> None:
    (flow,) = whole(table(row(pr="ICMP", sp="0", dp=dp, flg="........")))[0].flows.to_dicts()
    assert (flow["proto"], flow["orig_p"], flow["resp_p"]) == ("icmp", *expected)


@pytest.mark.parametrize(
    ("pr", "proto"), [("6", "tcp"), ("GRE", "47"), ("112", "112"), ("OSPF", "89")]
)
def test_transports(whole: Any, pr: str, proto: str) -> None:
    assert whole(table(row(pr=pr)))[0].flows["proto"].to_list() == [proto]


def test_bad_rows_are_counted(whole: Any) -> None:
    rows = (
        row(),
        row(sa="nobody"),
        row(ts="yesterday", te="", sp="7"),
        "1,2",
        row(ibyt="x", sp="9"),
    )
    batch, account = whole(table(*rows))
    assert batch.flows.height == 2
    assert account.dropped == {
        "wrong_number_of_fields": 1, "unreadable_address": 1, "unreadable_time": 1,
    }  # fmt: skip
    assert account.notes == {"unreadable_bytes": 1}


def test_a_missing_column_is_named(tmp_path: Any) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("ts,te,sa,da\n")
    assert Nfdump.recognise(path.read_bytes(), path) == 0.0
    with pytest.raises(InputError, match="no column proto"):
        list(Nfdump.open(Input.of(path), ReadOptions()).batches())
