from __future__ import annotations

import csv
import gzip
import json
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lynceus.ingest import InputError, open_input, open_inputs
from lynceus.ingest.columns import NS

ENDS = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p"
CONN = (
    f"{ENDS} proto service duration orig_bytes resp_bytes conn_state missed_bytes history"
    " orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"
)
TUPLE = "C1 192.0.2.1 50000 198.51.100.7 443"
HTTPS = f"1665150785.996414 {TUPLE} tcp ssl 1.500000 100 2000 SF 0 ShADadFf 6 420 5 2260"
PING = "1665150786.000001 C2 192.0.2.1 8 198.51.100.7 0 icmp - - - - OTH 0 - 1 84 0 0"
PING6 = "1665150787.5 C3 2001:db8::1 128 2001:db8::2 0 icmp - 0.25 8 8 OTH 0 - 1 56 1 56"
SSL = f"{ENDS} version cipher server_name resumed established next_protocol cert_chain_fps"
HELLO = "1665150786.100000 " + TUPLE + " TLSv12 unknown-4866 Example.COM F T h2 {0},{0}"


def log(path: str, names: str, *rows: str, separator: str = "\t", header: str = "") -> str:
    """A Zeek log of fields written with blanks."""
    code = "".join(f"\\x{ord(c):02x}" for c in separator)
    lines = [f"#separator {code}", header or separator.join(("#set_separator", ","))]
    lines += [separator.join(("#empty_field", "(empty)")), separator.join(("#unset_field", "-"))]
    lines += [separator.join(("#path", path)), separator.join(("#fields", *names.split(" ")))]
    lines += [separator.join(row.split(" ")) for row in rows]
    return "\n".join([*lines, f"#close{separator}2022-01-01-00-00-00", ""])


def folder(at: Path, **logs: str) -> Path:
    at.mkdir()
    for name, text in logs.items():
        (at / name.replace("__", ".").replace("_dash_", "-")).write_text(text)
    return at


def test_rows_of_conn_log(whole: Any) -> None:
    batch, account = whole(log("conn", CONN, HTTPS, PING, PING6))
    tls, ping, ping6 = batch.flows.sort("ts_ns").to_dicts()
    assert tls["ts_ns"] == 1_665_150_785_996_414_000
    assert tls["end_ns"] == 1_665_150_787_496_414_000
    assert (tls["service"], tls["proto"], tls["source_uid"]) == ("tls", "tcp", "C1")
    assert (tls["total_bytes"], tls["total_packets"], tls["missed_bytes"]) == (2100, 11, 0)
    assert (tls["orig_ip_bytes"], tls["bytes_are_ip"], tls["orig_by"]) == (420, False, "source")
    assert (ping["proto"], ping["orig_p"], ping["resp_p"]) == ("icmp", 8, 0)
    assert (ping["total_bytes"], ping["duration_s"], ping["missed_bytes"]) == (None, None, None)
    assert ping["end_ns"] == ping["ts_ns"] == 1_665_150_786_000_001_000
    assert ping6["proto"] == "icmp6"
    assert (account.received, account.kept) == (3, 3)


def test_the_same_conn_log_in_any_dress(whole: Any) -> None:
    names, rows = CONN.split(" "), [HTTPS, PING, PING6]
    objects = [
        {
            name: float(value) if name in ("ts", "duration") else int(value)
            if value.isdigit() else value
            for name, value in zip(names, row.split(" "), strict=True) if value != "-"
        }
        for row in rows
    ]  # fmt: skip
    numbers = "\n".join(json.dumps(o) for o in objects)
    dates = (
        "2022-10-07T13:53:05.996414Z",
        "2022-10-07T13:53:06.000001Z",
        "2022-10-07T15:53:07.5+0200",
    )
    dated = "\n".join(json.dumps({**o, "ts": t}) for o, t in zip(objects, dates, strict=True))
    plain = log("conn", CONN, *rows)
    dressed = [
        numbers,
        dated,
        log("conn", CONN, *rows, separator="|"),
        log("conn", CONN, *rows, separator="||"),
        log("conn", CONN, rows[0]) + log("conn", CONN, *rows[1:]),
        plain.replace("\n", "\r\n"),
        "\ufeff" + plain,
        "\ufeff" + numbers,
        plain.encode("utf-16"),
        gzip.compress(plain.encode()),
        plain.replace("#path\tconn\n", ""),
        plain.replace("\\x09", "\\t"),
    ]
    expected = whole(plain)[0].flows.drop("input_digest")
    for text in dressed:
        assert whole(text)[0].flows.drop("input_digest").equals(expected)


def test_events_carry_the_uid_of_their_flow(whole: Any, tmp_path: Path) -> None:
    hello = HELLO.format("ab" * 32)
    alone = hello.replace("C1", "C9")
    logs = folder(
        tmp_path / "logs",
        conn__log=log("conn", CONN, HTTPS),
        ssl__log=log("ssl", SSL, hello, alone),
    )
    batch, _ = whole(logs)
    joined, lonely = batch.events["tls"].to_dicts()
    assert joined["uid"] == batch.flows["uid"][0]
    assert lonely["uid"] is None
    assert (joined["version"], joined["cipher"], joined["alpn"]) == ("TLS1.2", "0x1302", "h2")
    assert (joined["server_name"], joined["established"]) == ("example.com", True)
    assert (joined["cert_sha256"], joined["certs"], joined["proto"]) == ("ab" * 32, 2, "tcp")


def test_without_conn_log_flows_are_made_of_events(whole: Any, tmp_path: Path) -> None:
    hello = HELLO.format("-")
    later = hello.replace("786.1", "799.1")
    logs = folder(tmp_path / "logs", ssl__log=log("ssl", SSL, hello, later))
    batch, account = whole(logs)
    (flow,) = batch.flows.to_dicts()
    assert account.notes["flows_derived_from_events"] == 1
    assert (flow["service"], flow["proto"], flow["source_uid"]) == ("tls", "tcp", "C1")
    assert flow["end_ns"] - flow["ts_ns"] == 13 * NS
    assert (
        flow["orig_bytes"]
        is flow["total_packets"]
        is flow["conn_state"]
        is flow["duration_s"]
        is None
    )
    assert batch.events["tls"]["uid"].to_list() == [flow["uid"]] * 2


def test_arp_alone_gives_events_and_no_flows(whole: Any) -> None:
    text = json.dumps(
        {"ts": 1665150785.996414, "operation": "request", "src_mac": "AA:BB:CC:00:00:01",
         "orig_h": "192.0.2.1", "resp_h": "192.0.2.9", "orig_hw": "aa:bb:cc:00:00:01"}
    )  # fmt: skip
    batch, _ = whole(text)
    (event,) = batch.events["arp"].to_dicts()
    assert batch.flows.is_empty()
    assert (event["ts_ns"], event["operation"]) == (1_665_150_785_996_414_000, "request")
    assert (event["orig_h"], event["resp_h"], event["src_mac"]) == (
        "192.0.2.1",
        "192.0.2.9",
        "aa:bb:cc:00:00:01",
    )


def test_a_labelled_twin_counts_once_and_its_label_stays(whole: Any, tmp_path: Path) -> None:
    labelled = log(
        "conn", CONN + " label detailedlabel", HTTPS + " Malicious C&C", PING + " - (empty)"
    )
    logs = folder(
        tmp_path / "logs", conn__log=log("conn", CONN, HTTPS, PING), labeled_dash_conn__log=labelled
    )
    batch, account = whole(logs)
    assert account.dropped == {"duplicate": 2}
    assert batch.flows["label"].to_list() == [None, "Malicious"]
    assert batch.flows["label_detail"].to_list() == [None, "C&C"]


def test_labels_written_in_one_column_with_blanks(whole: Any) -> None:
    text = log("conn", CONN, HTTPS).replace(
        "resp_ip_bytes", "resp_ip_bytes\ttunnel_parents   label   detailed-label"
    )
    batch, _ = whole(
        text.replace("\t2260", "\t2260\t(empty)   Malicious   PartOfAHorizontalPortScan")
    )
    assert batch.flows.select("label", "label_detail").row(0) == (
        "Malicious",
        "PartOfAHorizontalPortScan",
    )


def test_dns_words_are_ours(whole: Any, tmp_path: Path) -> None:
    names = f"{ENDS} proto trans_id rtt query qtype_name rcode_name answers TTLs rejected"
    ends = "C1 192.0.2.1 5000 192.0.2.53 53 udp 7"
    rows = (
        f"1.0 {ends} 0.25 WWW.Example.com. A NOERROR 192.0.2.9,a\\x2cb 60.000000,5.5 F",
        f"2.0 {ends} - a\\x09\\xffb query-65 unassigned-12 - - T",
        f"3.0 {ends} - (empty) * - (empty) - -",
    )
    first, odd, root = whole(log("dns", names, *rows))[0].events["dns"].to_dicts()
    assert (first["query"], first["qtype"], first["rcode"]) == ("www.example.com", "A", "NOERROR")
    assert (first["answers"], first["ttls_s"]) == (["192.0.2.9", "a,b"], [60, 6])
    assert (first["rtt_s"], first["rejected"], first["trans_id"]) == (0.25, False, 7)
    assert (odd["query"], odd["qtype"], odd["rcode"]) == ("a\\009\\255b", "TYPE65", "RCODE12")
    assert (odd["answers"], odd["rejected"]) == (None, True)
    assert (root["query"], root["qtype"], root["answers"]) == ("", "ANY", [])


def test_http_ssh_dhcp_quic(whole: Any) -> None:
    ends = {"id.orig_h": "192.0.2.1", "id.orig_p": 5000, "id.resp_h": "192.0.2.2", "id.resp_p": 80}
    lines = [
        {"_path": "http", "ts": 1.5, "uid": "C1", **ends, "method": "GET", "host": "A.example",
         "uri": "/x?q=\"é\"", "status_code": 200, "response_body_len": 12,
         "resp_mime_types": ["text/plain"]},
        {"_path": "ssh", "ts": 2.5, "uid": "C2", **ends, "server": "SSH-1.99-OpenSSH_7.4",
         "client": "SSH-2.0-paramiko_1.10.1", "version": 2, "auth_success": True,
         "auth_attempts": 2},
        {"_path": "dhcp", "ts": 3.5, "uids": ["C3", "C4"], "client_addr": "192.0.2.7",
         "mac": "AA:00:00:00:00:01", "msg_types": ["REQUEST", "ACK"], "lease_time": 600.0,
         "assigned_addr": "192.0.2.7"},
        {"_path": "quic", "ts": 4.5, "uid": "C5", **ends, "version": "1",
         "server_name": "b.example", "client_protocol": "h3"},
        {"_path": "pe", "ts": 5.5, "name": "odd"},
    ]  # fmt: skip
    batch, account = whole("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    http, ssh, dhcp, quic = (
        batch.events[t].row(0, named=True) for t in ("http", "ssh", "dhcp", "quic")
    )
    assert (http["host"], http["uri"], http["status_code"]) == ("a.example", '/x?q="é"', 200)
    assert (http["response_mime_type"], http["response_body_bytes"]) == ("text/plain", 12)
    assert (ssh["version"], ssh["server"], ssh["client"]) == (
        "1.99",
        "OpenSSH_7.4",
        "paramiko_1.10.1",
    )
    assert (ssh["auth_success"], ssh["auth_attempts"]) == (True, 2)
    assert (dhcp["mac"], dhcp["lease_s"], dhcp["msg_types"]) == (
        "aa:00:00:00:00:01",
        600,
        ["REQUEST", "ACK"],
    )
    assert (quic["version"], quic["alpn_offered"]) == ("1", ["h3"])
    assert account.notes["rows_of_logs_not_used"] == 1
    assert set(batch.flows["service"]) == {"http", "ssh", "quic"}


def test_bad_rows_are_counted_and_skipped(whole: Any) -> None:
    text = log(
        "conn", CONN, HTTPS, "too short", HTTPS + " more fields", HTTPS.replace("192.0.2.1", "host")
    )
    text += HTTPS.replace("1665150785.996414", "yesterday").replace(" ", "\t") + "\n"
    text += PING.replace(" 0 0", " 0 x").replace(" ", "\t") + "\n"
    batch, account = whole(text)
    assert batch.flows.height == 2
    assert account.dropped == {
        "wrong_number_of_fields": 2,
        "unreadable_address": 1,
        "unreadable_time": 1,
    }
    assert account.notes == {"unreadable_conn_resp_ip_bytes": 1}


def test_binary_garbage_after_a_good_header(whole: Any) -> None:
    garbage = bytes(range(256)) * 40
    batch, account = whole(log("conn", CONN, HTTPS).encode() + garbage)
    assert batch.flows.height == 1
    assert account.dropped["wrong_number_of_fields"] > 0
    assert account.notes["bytes_not_utf8"] > 0


def test_latin_1_text_is_read_and_noted(whole: Any) -> None:
    text = log("conn", CONN + " label", HTTPS + " caf\xe9").encode("latin-1")
    batch, account = whole(text)
    assert batch.flows["label"].to_list() == ["caf\ufffd"]
    assert account.notes["bytes_not_utf8"] == 1


def test_broken_json_lines_are_counted(whole: Any) -> None:
    good = {"ts": 1.5, "uid": "C1", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2",
            "id.orig_p": 1, "id.resp_p": 2, "proto": "tcp", "conn_state": "SF"}  # fmt: skip
    line = json.dumps(good)
    lines = [line, line[:-5], "GARBAGE", "[1]", "", '{"a":', line.replace("1.5", "2.5"), '{"a" 1}']
    batch, account = whole("\n".join(lines))
    assert batch.flows["ts_ns"].to_list() == [1_500_000_000, 2_500_000_000]
    assert account.dropped == {"not_a_json_object": 5}


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_cut_packed_file_gives_what_came_before(
    whole: Any, pack: Callable[[bytes], bytes]
) -> None:
    rows = [HTTPS.replace("C1", f"C{n}").replace("50000", str(n)) for n in range(2000)]
    packed = pack(log("conn", CONN, *rows).encode())
    batch, account = whole(packed[: len(packed) // 2])
    assert 0 < batch.flows.height < 2000
    assert account.notes["compressed_stream_broken"] == 1


def test_times_that_are_no_times_leave_the_rows_in(whole: Any) -> None:
    row = HTTPS.replace("1665150785.996414", "X.X")
    batch, account = whole(log("conn", CONN, row, row))
    assert batch.flows["ts_ns"].null_count() == 2
    assert account.notes["rows_without_time"] == 2


def test_missing_columns_are_no_fault(whole: Any) -> None:
    text = log("conn", "id.orig_h id.resp_h ts odd", "192.0.2.1 192.0.2.2 5.5 x")
    (flow,) = whole(text)[0].flows.to_dicts()
    assert (flow["ts_ns"], flow["proto"], flow["total_bytes"]) == (5_500_000_000, None, None)


def test_a_log_without_ends_gives_no_rows(whole: Any) -> None:
    with pytest.raises(InputError, match="no Zeek log that is read"):
        whole(log("conn", "ts uid", "1.5 C1"))


def test_a_directory_without_logs(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(InputError, match=f"{re.escape(str(tmp_path))}: it holds no file"):
        list(open_input(tmp_path).batches())


def test_logs_one_folder_down_are_found(whole: Any, tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    folder(tmp_path / "day" / "2022-10-07", conn__log=log("conn", CONN, HTTPS))
    assert whole(tmp_path / "day")[0].flows.height == 1


LABELLED = re.compile(r"(\S+) rows: ((?:\w+ \d+(?:, )?)+)")


def test_real_logs_give_the_rows_their_verdicts_state(shared_data: Path, whole: Any) -> None:
    stratosphere = shared_data / "stratosphere"
    checked = 0
    with (stratosphere / "verdicts.csv").open() as verdicts:
        for verdict in csv.DictReader(verdicts):
            stated = dict(LABELLED.findall(verdict["expected"]))
            stated.pop("conn", None)
            for name, counts in stated.items():
                rows = sum(int(n) for n in re.findall(r"\d+", counts))
                path = stratosphere / verdict["path"] / name
                path = path if path.exists() else path.with_name(f"{name}.gz")
                batch, account = whole(path)
                assert account.received == rows == batch.flows.height
                checked += 1
    assert checked >= 4


@pytest.mark.parametrize(
    "folder", ["stratosphere/zeek-labelled", "stratosphere/slips", "zeek-logs"], ids=str
)
def test_every_real_log_is_read(shared_data: Path, whole: Any, folder: str) -> None:
    for path in sorted((shared_data / folder).glob("*")):
        if (
            path.is_dir()
            and any(p.suffix != ".pcap" for p in path.rglob("*.*"))
            and path.name != "test-cc"
        ):
            batch, account = whole(path)
            assert batch.flows.height + sum(e.height for e in batch.events.values()) > 0
            assert sum(account.dropped.values()) == account.dropped["duplicate"]


def test_community_ids_are_those_zeek_logged(shared_data: Path, whole: Any) -> None:
    path = shared_data / "zeek-logs" / "m57-long" / "conn.log.gz"
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    logged = [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line[:1] == "X"]
    flows = whole(path)[0].flows
    expected = {
        (row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"], row["proto"]): row[
            "community_id"
        ]
        for row in logged
    }
    tuples = flows.select("orig_h", "orig_p", "resp_h", "resp_p", "proto", "community_id").rows()
    for orig_h, orig_p, resp_h, resp_p, proto, community_id in tuples:
        told = expected[(orig_h, str(orig_p), resp_h, str(resp_p), proto.removesuffix("6"))]
        assert told in ("-", community_id)
    assert len(tuples) > 8000


def test_logs_named_one_by_one_are_read_like_their_directory(tmp_path: Path) -> None:
    logs = folder(
        tmp_path / "logs", conn__log=log("conn", CONN, HTTPS), ssl__log=log("ssl", SSL, HELLO)
    )
    together = open_inputs(sorted(logs.iterdir()))
    (batch,) = together.batches()
    (directory,) = open_inputs([logs]).batches()
    assert batch.flows.drop("input_digest").equals(directory.flows.drop("input_digest"))
    assert batch.events["tls"]["uid"].to_list() == batch.flows["uid"].to_list()
    assert together.account.kept == 2


def test_of_several_inputs_the_one_that_is_no_use_is_named(tmp_path: Path) -> None:
    logs = folder(
        tmp_path / "logs",
        conn__log=log("conn", CONN, HTTPS),
        pe__log=log("pe", "ts id", "1.0 x"),
    )
    with pytest.raises(InputError, match=r"pe\.log: no Zeek log that is read"):
        list(open_inputs(sorted(logs.iterdir())).batches())
