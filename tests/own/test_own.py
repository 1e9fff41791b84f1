"""Detections of the user's own, and what is wrong with them: `sigma_rule` (with `columns` and
`addresses`), `sql_query`, `python_file`, what they have in common (`told`, `detector`), and how
they are refused (`complaint`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detect.traffic import events, flows, session
from lynceus import own
from lynceus.cli import execute
from lynceus.engine import Engine
from lynceus.lab import generate
from lynceus.own import OwnFileError, addresses
from lynceus.own.detector import OwnDetector
from lynceus.own.told import tagged
from lynceus.records import Batch

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "detections"

SIGMA = """title: T
id: 5b2f0f5d-52f1-4c39-8a2f-4a3f9a2b1f11
status: test
logsource: {{product: zeek, service: {service}}}
detection:
    sel: {sel}
    condition: sel
level: high
tags: [attack.command-and-control, attack.t1071.004]
"""


def found(folder: Path, flow_rows: Any = (), **tables: Any) -> pl.DataFrame:
    """What the detections of a folder find, in one batch and cut in two alike."""
    rows = Batch(flows(flow_rows), {name: events(name, given) for name, given in tables.items()})
    engine = Engine(own.load(folder))
    findings = pl.concat([engine.advance(rows), engine.finish()])
    assert not engine.failed
    return findings


def asked(query: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    ends = {"orig_h": "10.0.0.5", "resp_h": "10.0.0.53", "resp_p": 53, "proto": "udp"}
    return {**ends, "query": query, "qtype": "A", "at_s": at_s, **columns}


HOLDS = {
    "equal, whatever the case": ("{query: WWW.example.com}", asked("www.EXAMPLE.com")),
    "a wildcard": ("{query: '*.example.c?m'}", asked("a.example.com")),
    "contains": ("{'query|contains': xam}", asked("a.example.com")),
    "another name of the field": ("{qtype_name: TXT}", asked("a", qtype="TXT")),
    "a number": ("{id.resp_p: 53}", asked("a")),
    "a comparison": ("{'id.resp_p|lt': 100}", asked("a")),
    "a network": ("{'id.orig_h|cidr': 10.0.0.0/8}", asked("a")),
    "a pattern": ("{'query|re': '^[a-f0-9]{8}[.]'}", asked("deadbeef.example")),
    "nothing": ("{rcode: null}", asked("a")),
    "there": ("{'query|exists': true}", asked("a")),
    "any of a list": ("{answers: 203.0.113.9}", asked("a", answers=["10.0.0.1", "203.0.113.9"])),
    "all of several": ("{'query|contains|all': [a, b]}", asked("bca")),
}


@pytest.mark.parametrize(("sel", "row"), HOLDS.values(), ids=HOLDS.keys())
def test_a_sigma_condition_holds(tmp_path: Path, sel: str, row: dict[str, Any]) -> None:
    (tmp_path / "r.yml").write_text(SIGMA.format(service="dns", sel=sel), encoding="utf-8")
    other = asked("zz", qtype="MX", resp_p=5353, orig_h="192.0.2.1", rcode="NOERROR")
    findings = found(tmp_path, dns=[row, {**other, "query": None if "exists" in sel else "zz"}])
    (finding,) = findings.to_dicts()
    assert (finding["detector"], finding["severity"], finding["confidence"]) == ("r", "high", 0.6)
    assert (finding["tactic"], finding["techniques"]) == ("command-and-control", ["T1071.004"])
    assert finding["because"].startswith("10.0.0.5 matched the rule “T” 1 time towards 10.0.0.53")
    assert '"rule_id":"5b2f0f5d-52f1-4c39-8a2f-4a3f9a2b1f11"' in finding["evidence"]
    assert finding["flows_total"] == 1


def test_not_and_or(tmp_path: Path) -> None:
    text = SIGMA.format(service="dns", sel="{query: a}").replace(
        "condition: sel",
        "own: {query: b}\n    keep: {qtype: MX}\n    condition: (sel or own) and not keep",
    )
    (tmp_path / "r.yml").write_text(text, encoding="utf-8")
    rows = [asked("a"), asked("b", at_s=4000.0), asked("a", at_s=8000.0, qtype="MX"), asked("c")]
    assert found(tmp_path, dns=rows).height == 2


def test_a_sigma_rule_over_flows(tmp_path: Path) -> None:
    rule = SIGMA.format(service="conn", sel="{id.resp_p: [4444, 5555], conn_state: SF}")
    (tmp_path / "r.yml").write_text(rule, encoding="utf-8")
    rows = [session("10.0.0.5", "203.0.113.9", port, 0) for port in (4444, 443)]
    (finding,) = found(tmp_path, rows).to_dicts()
    assert (finding["resp_p"], finding["flows_total"]) == (4444, 1)


def test_an_sql_query_sees_one_window_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text(
        "-- title: Much sent\n-- level: low\n-- tags: attack.t1048\n-- window: 1h\n"
        "select site, orig_h, sum(orig_bytes) as sent_bytes from flows\n"
        "where orig_in group by all having sent_bytes >= 900",
        encoding="utf-8",
    )
    rows = [session("10.0.0.5", "203.0.113.9", 443, at) for at in (0, 10, 4000, 9000, 9010)]
    findings = found(tmp_path, rows)
    assert (
        findings["because"].to_list()
        == ["The query “Much sent” found 10.0.0.5 (sent_bytes 1000)."] * 2
    )
    assert findings["tactic"].to_list() == ["exfiltration"] * 2
    assert findings["flows_total"].to_list() == [2, 2]


def test_a_query_reaches_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("orig_h\n10.0.0.5\n", encoding="utf-8")
    query = "select orig_h from flows\nunion all select * from read_csv('FOLDER/secret.csv')"
    (tmp_path / "q.sql").write_text(query.replace("FOLDER", str(tmp_path)), encoding="utf-8")
    with pytest.raises(OwnFileError, match=r"q\.sql:\d: Permission Error"):
        own.load(tmp_path)


WRONG = {
    "r.yml": {
        "title: [": ":1: is no YAML",
        "title: T": ":1: ",
        SIGMA.format(service="dns", sel="{querry: a}"): ":6: dns has no field 'querry' (did",
        SIGMA.format(service="sysmon", sel="{query: a}"): ":4: the log source (zeek, sysmon)",
        SIGMA.format(service="dns", sel="{'query|frob': a}"): ":6: Unknown modifier 'frob'",
        SIGMA.format(service="dns", sel="[foo, bar]"): ":5: keywords without a field",
        SIGMA.format(service="dns", sel="{'query|re': '(?=a)'}"): ":6: Regular expression",
        SIGMA.format(service="dns", sel="{query: a}").replace("t1071.004", "t107"):
            ":9: the tag 'attack.t107' is no ATT&CK",
    },
    "q.sql": {
        "select 1": ":1: asks no table",
        "select orig_h,\n nope\nfrom flows": ":2: Binder Error",
        "selekt orig_h from flows": ":1: Parser Error",
        "-- level: bad\nselect orig_h from flows": ":1: the level 'bad'",
        "-- title: x\n-- window: 1w\nselect orig_h from flows": ":2: window width '1w'",
        "-- tags: attack.nope\nselect orig_h from flows": ":1: the tag 'attack.nope'",
        "-- levl: low\nselect orig_h from flows": ":1: the head has no 'levl'",
        "select count(*) as n from flows": ":1: gives no orig_h",
    },
    "p.py": {
        "x = 1": ":1: holds no detector",
        "x =": ":1: is no Python",
        "x = 1\ny = x / 0": ":2: ZeroDivisionError",
        "class Odd:\n    def findings(self): ...": ":1: Odd has no 'reads'",
    },
    "notes.txt": {"hello": ":1: holds no detection"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [(name, text, reason) for name, cases in WRONG.items() for text, reason in cases.items()],
)
def test_what_is_wrong_is_said_with_file_and_line(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OwnFileError) as error:
        own.load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path if name == 'notes.txt' else path}{reason}")


def test_addresses_within_networks() -> None:
    given = ["10.1.2.3", "2001:db8::7", None, "no address", "10.2.0.1"]
    frame = pl.DataFrame({"h": given}, schema={"h": pl.String})
    inside = addresses.within("h", ["10.1.0.0/16", "2001:db8::/32"])
    assert frame.select(inside).to_series().to_list() == [True, True, False, False, False]
    assert addresses.unreadable(["10.0.0.0/8", "10.0.0.0/40", "x"]) == ["10.0.0.0/40", "x"]


def test_names_are_used_once(tmp_path: Path) -> None:
    query = "select orig_h from flows"
    (tmp_path / "beacon.sql").write_text(query, encoding="utf-8")
    with pytest.raises(OwnFileError, match="the name 'beacon' is taken"):
        own.load(tmp_path, taken=["beacon"])


@pytest.mark.parametrize(("suffix", "module"), [("yml", "sigma"), ("sql", "duckdb")])
def test_what_is_not_installed_names_the_extra(
    tmp_path: Path, suffix: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"r.{suffix}").write_text("x", encoding="utf-8")
    for name in (module, f"{module}.collection"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(OwnFileError, match="with the extra 'detections'"):
        own.load(tmp_path)


def test_tags_of_other_namespaces_say_nothing() -> None:
    tags = ["attack.t1048", "cve.2024-1", "attack.g0001"]
    assert tagged(tags) == ("exfiltration", ("T1048",), [])
    assert tagged(["attack.defense_evasion"]) == ("defense-evasion", (), [])


def test_the_examples_work_on_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = str(generate("dns-tunnel", seed=1, out=tmp_path / "lab").captures[0])
    detections = own.load(EXAMPLES)
    assert {type(d) for n, d in detections.items() if n != "odd_ports"} == {OwnDetector}
    assert execute(["analyze", capture, "--detections", str(EXAMPLES), "--json"]) == 0
    told = capsys.readouterr().out
    assert '"many_names"' in told and '"rare_record_types"' in told


def test_a_wrong_file_ends_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = str(generate("beacon", seed=3, out=tmp_path / "lab").captures[0])
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "q.sql").write_text("select 1", encoding="utf-8")
    assert execute(["analyze", capture, "--detections", str(tmp_path / "own")]) == 2
    told = capsys.readouterr().err
    assert "q.sql:1: asks no table" in told and "Traceback" not in told


def test_nothing_heavy_is_imported_without_such_a_file() -> None:
    code = "import sys, lynceus.analysis; print({'sigma', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
