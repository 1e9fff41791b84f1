"""Every registered detector keeps the contract, without its author writing a test for it."""

from __future__ import annotations

import ast
import inspect
import multiprocessing
import resource
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect import content, domain, volume
from lynceus import detect
from lynceus.engine import Engine
from lynceus.features.window import Window
from lynceus.protocols import Detector
from lynceus.records import SEVERITIES, Batch
from lynceus.testing import (
    START_S,
    check_detector,
    check_detectors,
    check_findings,
    check_form,
    events,
    flow,
    flows,
)

DETECTORS = detect.load()
EVERY = pytest.mark.parametrize("name", DETECTORS)


def attacks(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Something of everything, spread over three hours, at random times."""
    hour = lambda: float(rng.uniform(0, 10_800))  # noqa: E731
    rows = [flow(hour(), orig_h="10.0.0.9", resp_p=int(p), conn_state="REJ")
            for p in rng.choice(9000, 150, replace=False)]  # fmt: skip
    rows += [flow(600 + i, orig_h="10.0.0.9", resp_h=f"10.0.1.{i}", resp_p=445, conn_state="S0")
             for i in range(60)]  # fmt: skip
    rows += [flow(700 + i, orig_h="10.0.0.9", resp_h=f"10.0.1.{i}", proto="icmp", orig_p=8,
                  resp_p=0, conn_state=None, resp_packets=0) for i in range(40)]  # fmt: skip
    rows += [flow(1800 + 3 * i, orig_h="192.0.2.66", resp_p=22, duration_s=2.0, orig_bytes=1700,
                  resp_bytes=2300) for i in range(70)]  # fmt: skip
    rows += [flow(60.0 * i + rng.normal(0, 3) + 30, resp_h="198.51.100.7", orig_bytes=420)
             for i in range(170)]  # fmt: skip
    rows += [flow(4000 + 0.02 * i, orig_h=f"192.0.2.{i % 20}", orig_p=2000 + i, resp_p=80,
                  conn_state="S0") for i in range(900)]  # fmt: skip
    rows += [flow(1800.0 * i, part=i, resp_h="203.0.113.9", resp_p=4444, duration_s=1800.0)
             for i in range(6)]  # fmt: skip
    rows += [flow(5000, resp_h="203.0.113.77", resp_p=8443, orig_bytes=90_000_000,
                  resp_bytes=40_000, duration_s=400.0)]  # fmt: skip
    rows += [flow(6000 + 60 * i, orig_h="10.0.0.9", resp_h=f"10.0.2.{i}", resp_p=445,
                  orig_bytes=90_000) for i in range(9)]  # fmt: skip
    rows += [flow(hour(), orig_h=f"10.0.0.{i}", resp_h="10.0.0.2", resp_p=445) for i in range(30)]
    rows += [flow(5200, resp_h="203.0.113.78", resp_p=123, proto="udp", conn_state="SF",
                  orig_bytes=30_000, resp_bytes=30_000_000)]  # fmt: skip
    rows += [flow(5400 + i, orig_h="10.0.0.77", resp_h=f"10.0.3.{i % 3}", resp_p=8080,
                  attack_family_class="scan", attack_family_probability=0.97 + i / 2000,
                  attack_family_confidence=1.0, attack_family_alerts=True)
             for i in range(50)]  # fmt: skip
    rows += [flow(None, source="text", resp_h="192.0.2.9")]
    return rows + volume.flow_rows() + domain.flow_rows() + content.flow_rows()


@lru_cache(maxsize=1)
def trace() -> Batch:
    """A trace on which most detectors have something to say."""
    rng = np.random.default_rng(11)
    dns = [{"at_s": 30.0 * i, "query": f"{rng.bytes(20).hex()}.t.example.net", "qtype": "TXT",
            "resp_h": "10.0.0.53", "resp_p": 53} for i in range(300)]  # fmt: skip
    arp = [{"at_s": 0.5 * i, "operation": "request", "orig_h": "10.0.0.9", "resp_h": f"10.0.0.{i}",
            "src_mac": "02:00:00:00:00:09", "orig_mac": "02:00:00:00:00:09"}
           for i in range(20, 120)]  # fmt: skip
    arp += volume.arp_rows()
    dns += volume.dns_rows()
    dhcp = [{"at_s": 0.4 * i, "mac": f"02:00:00:00:{i:02x}:01", "msg_types": ["DISCOVER"],
             "server_addr": "10.0.0.1"} for i in range(150)]  # fmt: skip
    dhcp += volume.dhcp_rows()
    link_load = volume.link_load_rows()
    tls = [{"at_s": 60.0 * i, "resp_h": f"198.51.100.{i % 3}", "server_name": "c2.example.org",
            "resp_p": 443} for i in range(170)]  # fmt: skip
    tls += [{"at_s": 700.0 * i, "resp_h": "203.0.113.9", "resp_p": 443, "proto": "tcp",
             "version": "TLS1.0" if i == 4 else "TLS1.2", "cipher": "0xc02f",
             "ja4": "t12d1909h2_d83cc789557e_7af1ed941c26"} for i in range(9)]  # fmt: skip
    alert = [{"at_s": 50.0 * i, "product": "suricata", "signature": f"rule {i % 3}",
              "severity": str(1 + i % 3), "resp_h": "198.51.100.7"} for i in range(60)]  # fmt: skip
    tables = {
        "arp": arp,
        "dhcp": dhcp,
        "tls": tls,
        "alert": alert,
        "link_load": link_load,
        **domain.event_tables(),
    }
    tables["dns"] += dns
    tables |= {name: [*tables.get(name, []), *more] for name, more in content.event_rows().items()}
    return Batch(flows(attacks(rng)), {name: events(name, rows) for name, rows in tables.items()})


def borders(seconds: list[float]) -> list[int]:
    return sorted({int((START_S + s) * 1e9) for s in seconds})


@EVERY
def test_form(name: str) -> None:
    check_form(DETECTORS[name])


@EVERY
def test_defaults_construct_it_and_every_threshold_is_told(name: str) -> None:
    cls = type(DETECTORS[name])
    assert cls() == DETECTORS[name]
    (node,) = [n for n in ast.walk(ast.parse(inspect.getsource(inspect.getmodule(cls))))
               if isinstance(n, ast.ClassDef) and n.name == cls.__name__]  # fmt: skip
    told = {
        line.target.id
        for line, after in zip(node.body, node.body[1:], strict=False)
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }  # fmt: skip
    assert {f.name for f in fields(cls)} <= told


@EVERY
def test_contract_on_one_trace(name: str) -> None:
    check_detector(DETECTORS[name], trace(), borders([100, 3600, 7300]))


@settings(max_examples=1, deadline=None)
@given(st.lists(st.floats(0, 10_800), min_size=1, max_size=3))
def test_any_cut_gives_equal_findings(seconds: list[float]) -> None:
    check_detectors(DETECTORS, trace(), borders(seconds))


@pytest.mark.long
def test_rows_that_are_not_worth_handing_on_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    careful = check_detectors(DETECTORS, trace())
    everything = lambda _, states, worth: pl.repeat(value=True, n=states.height, eager=True)  # noqa: E731
    monkeypatch.setattr(Window, "_is_worth", everything)
    assert check_detectors(DETECTORS, trace()).equals(careful)


def test_the_trace_is_no_empty_promise() -> None:
    engine = Engine(DETECTORS)
    engine.advance(trace())
    found = engine.finish()
    check_findings(found)
    silent = set(DETECTORS) - set(found["detector"])
    told_by_people = {"known_bad", "policy_violation"}
    learned = {"anomalous_host", "anomalous_pair", "anomalous_flow", "encrypted_malware"}
    of_a_run = {"sensor_silence"}
    assert silent <= told_by_people | learned | of_a_run, (
        "no enricher knows an indicator here, nobody wrote a policy, nothing was learned of the "
        "site, and it is no run; all others must speak"
    )
    flowless = {"arp_scan", "arp_spoofing", "dhcp_scan", "dns_tunnel"}
    flowless |= {"dns_failure", "rogue_dns", "silence"}
    assert found.filter(
        (pl.col("flows_total") == 0) & ~pl.col("detector").is_in(flowless)
    ).is_empty()


def test_ordinary_traffic_stays_silent() -> None:
    rng = np.random.default_rng(5)
    people = [flow(float(t), orig_h=f"10.0.0.{int(h)}", resp_h=f"198.51.100.{int(s)}",
                   orig_bytes=int(b), resp_bytes=int(20 * b), conn_state="SF" if ok else "S0")
              for t, h, s, b, ok in zip(np.sort(rng.uniform(0, 20_000, 3000)),
                                        rng.integers(10, 40, 3000), rng.zipf(1.5, 3000) % 250,
                                        rng.lognormal(6, 1, 3000), rng.random(3000) > 0.02,
                                        strict=True)]  # fmt: skip
    servers = [flow(float(t), orig_h=f"10.0.0.{i % 30 + 10}", resp_h="10.0.0.2", resp_p=445,
                    orig_bytes=9000, duration_s=300.0) for i, t in
               enumerate(rng.uniform(0, 20_000, 200))]  # fmt: skip
    found = check_detectors(DETECTORS, Batch(flows([*people, *servers])))
    quiet = SEVERITIES[: SEVERITIES.index("low") + 1]
    assert found.filter(~pl.col("severity").is_in(quiet))["because"].to_list() == []


def many_hosts(count: int) -> pl.DataFrame:
    """One host tries `count` hosts, and `count` others try it, each once, within a day."""
    number = np.arange(2 * count)
    address = pl.concat_str(
        pl.lit("198."), pl.Series(number >> 16).cast(pl.String), pl.lit("."),
        pl.Series((number >> 8) & 255).cast(pl.String), pl.lit("."),
        pl.Series(number & 255).cast(pl.String),
    )  # fmt: skip
    outward = pl.Series(number < count)
    at_ns = START_S * 10**9 + number % count * (86_000 * 10**9 // count)
    one = flows([flow(conn_state="S0")])
    rest = one.drop("uid", "ts_ns", "end_ns", "orig_h", "resp_h")
    hosts = pl.DataFrame({"ts_ns": at_ns, "end_ns": at_ns}).with_columns(
        uid=pl.format("f{}", pl.Series(number)),
        orig_h=pl.when(outward).then(pl.lit("10.0.0.5")).otherwise(address),
        resp_h=pl.when(outward).then(address).otherwise(pl.lit("10.0.0.5")),
    )
    return hosts.join(rest, how="cross").select(one.columns).sort("end_ns")


@pytest.mark.parametrize("hosts", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_what_is_held_of_many_hosts_is_bounded(hosts: int) -> None:
    engine = Engine(DETECTORS)
    for piece in many_hosts(hosts // 2).iter_slices(hosts // 4):
        engine.advance(Batch(piece, {}, int(piece["end_ns"].min())))
    snapshot = engine.snapshot()
    held = sum(state.estimated_size() for states in snapshot["states"] for state in states)
    assert held < 600 * hosts
    assert not engine.failed
    assert engine.finish().height < 5_000


def peak_mib(hosts: int) -> int:
    """Most memory that a process needs for as many flows as hosts, in one batch."""
    engine = Engine(DETECTORS)
    engine.advance(Batch(many_hosts(hosts // 2)))
    engine.finish()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.long
def test_a_million_flows_of_a_million_hosts_take_less_than_two_gibibytes() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(peak_mib, (1_000_000,)) < 2048


def test_module_class_test_and_page_agree_on_the_name() -> None:
    tests = Path(__file__).resolve().parent / "detect"
    for name, detector in DETECTORS.items():
        assert type(detector).__module__.rsplit(".", 1)[-1] == name
        assert (tests / f"test_{name}.py").exists()


def test_unknown_detectors_and_thresholds_are_refused() -> None:
    with pytest.raises(ValueError, match="no detector named 'beecon'"):
        detect.load({"beecon": {}})
    with pytest.raises(ValueError, match="detector beacon"):
        detect.load({"beacon": {"no_such_threshold": 1}})
    assert detect.load({"beacon": {"beats": 40}})["beacon"].beats == 40  # type: ignore[attr-defined]


def test_detectors_are_detectors() -> None:
    found: dict[str, Detector] = DETECTORS
    assert list(found)[:2] == ["vertical_scan", "horizontal_scan"]
    assert len(found) == len(detect.BUILTIN)
