"""Lines a block at a time are read as the whole file is."""

from __future__ import annotations

from lynceus.ingest import blocks
from lynceus.ingest.inputs import Block, ReadOptions

ZEEK = (
    b"#separator \\x09\n#set_separator\t,\n#unset_field\t-\n#path\tconn\n"
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
)
ROW = b"1767225600.5\tC1\t10.0.0.1\t40000\t192.0.2.1\t443\ttcp\n"
EVE = (
    b'{"timestamp":"2026-01-01T00:00:01.0+0000","flow_id":7,"event_type":"dns","src_ip":"10.0.0.1",'
    b'"src_port":5000,"dest_ip":"192.0.2.53","dest_port":53,"proto":"UDP",'
    b'"dns":{"type":"query","id":1,"rrname":"a.example","rrtype":"A"}}\n'
)


def test_kinds_by_their_lines() -> None:
    assert blocks.kind_of(ZEEK + ROW, "x.log") == "zeek"
    assert blocks.kind_of(EVE, "x.log") == "suricata"
    assert blocks.kind_of(b"orig_h,resp_h\n10.0.0.1,192.0.2.1\n", "x.csv") == "table"
    assert blocks.kind_of(b"hello\n", "x.log") is None


def test_a_header_is_what_the_next_lines_need() -> None:
    header = blocks.header_after("zeek", b"", ZEEK + ROW, first=True)
    assert header == ZEEK
    assert blocks.header_after("zeek", header, ROW, first=False) == ZEEK
    again = blocks.header_after("zeek", header, b"#fields\tts\tuid\n", first=False)
    assert again.endswith(b"#fields\tts\tuid\n")
    assert again.count(b"#fields") == 1
    table = blocks.header_after("table", b"", b"orig_h,resp_h\n1,2\n", first=True)
    assert blocks.header_after("table", table, b"3,4\n", first=False) == b"orig_h,resp_h\n"
    assert blocks.header_after("table", b"", b'{"orig_h":1}\n', first=True) == b""
    w3c = b"#Software: x\n#Fields: date time\n2026-01-01 00:00:00\n"
    assert blocks.header_after("device_log", b"", w3c, first=True) == b"#Fields: date time\n"


def test_blocks_of_several_kinds_are_one_batch() -> None:
    told = [("zeek", Block.of_lines(ZEEK + ROW, "conn.log")),
            ("suricata", Block.of_lines(EVE, "eve.json"))]  # fmt: skip
    batch, account = blocks.batch_of(told, ReadOptions(site="here", derive_flows=False))
    assert batch.flows["source"].to_list() == ["zeek"]
    assert batch.events["dns"]["query"].to_list() == ["a.example"]
    assert batch.events["dns"]["site"].to_list() == ["here"]
    assert account.balanced
    assert account.kept == 2
    assert blocks.last_end_ns(batch) == 1767225601_000000000


def test_flows_are_made_of_events_only_where_that_is_wanted() -> None:
    block = [("suricata", Block.of_lines(EVE, "eve.json"))]
    assert blocks.batch_of(block, ReadOptions())[0].flows.height == 1
    assert blocks.batch_of(block, ReadOptions(derive_flows=False))[0].flows.height == 0


def test_a_block_without_use_is_in_the_account() -> None:
    unused = [("table", Block.of_lines(b"orig_h,resp_h,ts_ns\n10.0.0.1,192.0.2.1,noon\n", "t"))]
    batch, account = blocks.batch_of(unused, ReadOptions())
    assert batch.flows.height == 0
    assert account.balanced
    assert account.dropped == {"unusable_block": 1}
    assert blocks.last_end_ns(batch) is None


def test_json_of_several_shapes_is_sorted_out() -> None:
    zeek = b'{"ts":1767225600.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":4,"id.resp_h":"192.0.2.1","id.resp_p":5,"proto":"tcp","conn_state":"SF"}'  # noqa: E501
    table = b'{"orig_h":"10.0.0.1","resp_h":"192.0.2.9","ts_ns":1767225600000000000}\n'
    odd = b'{"hello":"world"}\nno json at all\n'
    data = (
        EVE + zeek + b"\n" + b'{"conn": ' + zeek.replace(b'_p":4', b'_p":6') + b"}\n" + table + odd
    )
    told = blocks.sorted_out(data, "topic")
    assert [kind for kind, _ in told] == ["suricata", "zeek", "table", "device_log"]
    batch, account = blocks.batch_of(told, ReadOptions(derive_flows=False))
    assert sorted(batch.flows["source"]) == ["table", "zeek", "zeek"]
    assert batch.events["dns"].height == 1
    assert account.balanced
    assert account.received == 6
    assert account.dropped == {"line_of_no_known_device": 2}
    assert blocks.sorted_out(b"", "topic") == []
    ((kind, block),) = blocks.sorted_out(b'{"a":"\x80"}\n', "topic")
    assert (kind, block.data.decode()) == ("device_log", '{"a":"\ufffd"}\n')
