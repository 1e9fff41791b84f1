"""`lynceus assets`."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from lynceus.cli import execute
from lynceus.intel.subscription import Subscription
from lynceus.inventory.entry import PersonEntry
from lynceus.inventory.judged import judged
from lynceus.inventory.store import InventoryStore
from lynceus.records import FLOW_SCHEMA, conform


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert execute(["assets", *arguments]) == code
    told = capsys.readouterr()
    return told.err if code else told.out + told.err


def test_from_sources_to_what_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "inventory")]
    listing, weak = tmp_path / "a.csv", tmp_path / "v.csv"
    listing.write_text("name,ip,owner\npay-1,192.0.2.10,Finance\nx,nowhere,\n")
    weak.write_text("ip,cve,cvss,port\n192.0.2.10,CVE-2021-44228,10,8443\n")
    assert "netbox" in said(capsys, "kinds")
    said(capsys, "add", "mine", str(listing), "--kind", "asset_list", *store)
    said(capsys, "add", "scan", str(weak), "--kind", "vulnerability_list", *store)
    told = said(capsys, "update", *store)
    assert "mine: read, 1 assets, 0 vulnerabilities, 0 people, 1 left out" in told
    assert "scan: read, 0 assets, 1 vulnerabilities" in told
    assert "no source is due" in said(capsys, "update", *store)
    assert "mine: unchanged" in said(capsys, "update", "mine", *store)
    assert "'x': 'nowhere' is no address" in said(capsys, "list", "--refused", "mine", *store)
    assert "asset_list" in said(capsys, "list", *store)
    told = said(capsys, "show", "192.0.2.10", *store)
    assert "mine says of 192.0.2.10: asset pay-1, owner Finance (read " in told
    assert "CVE-2021-44228 CVSS 10 port 8443" in told
    assert "no source knows it" in said(capsys, "show", "192.0.2.11", *store)
    told = said(capsys, "show", "192.0.2.10", "--json", *store)
    assert json.loads(told)["believed"]["asset"] == "pay-1"
    listing.unlink()
    assert "what it said before goes on" in said(capsys, "update", "mine", *store, code=2)
    assert "what it said before goes on" in said(capsys, "update", "mine", "scan", *store)
    assert "pay-1" in said(capsys, "show", "192.0.2.10", *store)
    said(capsys, "remove", "mine", *store)
    assert "pay-1" not in said(capsys, "show", "192.0.2.10", *store)


def test_devices_are_learned_from_what_was_analysed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mac = "00:50:56:00:00:0a"
    rows = [
        {"orig_h": f"10.0.0.{5 + 4 * n}", "orig_l2_addr": mac, "resp_h": "10.0.0.1", "site": "s",
         "ts_ns": n * 7_200 * 10**9, "end_ns": n * 7_200 * 10**9, "uid": str(n)}
        for n in range(2)
    ]  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    conform(pl.DataFrame(rows), FLOW_SCHEMA).write_parquet(out / "flows.parquet")
    store = ["--store", str(tmp_path / "i")]
    told = said(capsys, "observe", str(out), "--home", "10.0.0.0/8", *store)
    assert "1 devices at 2 addresses, 0 stays that something contradicts" in told
    told = said(capsys, "show", "10.0.0.9", *store)
    assert f"{mac} from 1970-01-01 02:00:00 to 1970-01-01 02:00:00" in told
    assert "device_addresses 10.0.0.5" in told
    assert "holds no flows" in said(capsys, "observe", str(tmp_path), *store, code=2)


def test_people_are_told_with_the_privileged_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = InventoryStore(tmp_path / "i")
    store.subscribe(Subscription(name="ad", format="directory", url="ldaps://x"))
    people = [
        PersonEntry(1, "ada", name="Ada", manager="Grace", groups=("x",)),
        PersonEntry(2, "zoe", groups=("Domain Admins",), enabled=False),
    ]
    store.put("ad", judged(people))
    ledger = ["--ledger", str(tmp_path / "ledger.db")]
    told = said(capsys, "people", "--store", str(tmp_path / "i"), *ledger).splitlines()
    assert [" ".join(line.split()) for line in told] == [
        "zoe privileged by domain admins, disabled, risk 0.00 (ad)",
        "ada Ada, manager Grace, risk 0.00 (ad)",
    ]
    told_of = said(capsys, "people", "CORP\\Ada", "--store", str(tmp_path / "i"))
    assert "groups: x" in told_of
    assert "no directory that was read has this account" in said(
        capsys, "people", "eve", "--store", str(tmp_path / "i"), code=2
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "x", "u", "--kind", "cmbd"], "--kind cmbd: expected one of asset_list"),
        (["add", "X y", "u", "--kind", "netbox"], "expected small letters"),
        (["show", "nowhere"], "'nowhere' is no address or network; expected an address"),
        (["update", "x"], "x: there is no such source"),
        (["remove", "x"], "has no feed 'x'"),
        (["list", "--refused", "x"], "--refused x: there are no sources"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    line = said(capsys, *arguments, "--store", str(tmp_path / "i"), code=2)
    assert told in line
    assert line.count("\n") == 1


def test_a_configuration_names_list_and_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lynceus.toml"
    (tmp_path / "a.csv").write_text("name,ip\npay-1,192.0.2.10\n")
    config.write_text('[assets]\nlist = "a.csv"\nstore = "known"\nstale_days = 7\n')
    told = said(capsys, "show", "192.0.2.10", "-c", str(config))
    assert "pay-1" in told
    assert execute(["check", str(config)]) == 0
    for text, wrong in (
        ("[assets]\nlst = 1\n", "[assets] has no 'lst' (did you mean list?)"),
        ('[assets]\nlist = "none.csv"\n', "assets 'none.csv': there is no such file"),
        ("[assets]\nstale_days = 0\n", "stale_days 0: expected a number above 0"),
        ('[assets]\nstore = "a.csv"\n', "store 'a.csv': is a file; expected a folder"),
        ("[people]\nrisk_days = 0\n", "[people] risk_days 0: expected a number above 0"),
        ("[people]\nprivileged = 3\n", "[people] privileged 3"),
        ("people = 3\n", "people 3: expected a table [people]"),
    ):
        config.write_text(text)
        capsys.readouterr()
        assert execute(["check", str(config)]) == 2
        assert wrong in capsys.readouterr().err
