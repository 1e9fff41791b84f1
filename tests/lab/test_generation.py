from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab.reading import Packet, read_pcap
from lynceus.lab import SCENARIOS, LabError, LabResult, generate
from lynceus.lab.attacks import ATTACKS

SMALL = [name for name in SCENARIOS if not name.startswith("office")]
KIB = 1024


def truth(result: LabResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.truth.read_text(encoding="utf-8").splitlines()]


def one(result: LabResult) -> dict[str, Any]:
    (deed,) = truth(result)
    return deed


def digest(result: LabResult) -> str:
    files = (*result.captures, result.truth, result.intel, result.assets)
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1e6) * 1000


def starts(packets: list[Packet], orig: str, resp: str) -> list[float]:
    """Times of the first SYN of each connection between two hosts, s."""
    return [
        p.ts_ns / 1e9
        for p in packets
        if p.proto == 6 and p.flags == 2 and p.addresses == (orig, resp)
    ]


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    name: str, tmp_path: Path
) -> None:
    first, again, other = (
        generate(name, seed, tmp_path / str(i)) for i, seed in enumerate((4, 4, 5))
    )
    assert digest(first) == digest(again)
    assert first.captures[0].read_bytes() != other.captures[0].read_bytes()
    assert first.intel.read_bytes() != other.intel.read_bytes()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", SMALL)
def test_a_small_capture_is_small_in_order_and_true(name: str, seed: int, tmp_path: Path) -> None:
    result = generate(name, seed, tmp_path)
    packets = read_pcap(result.captures[0])
    times = [p.ts_ns for p in packets]
    assert times == sorted(times)
    assert len(packets) == result.packets
    assert 25 * KIB < result.bytes <= 200 * KIB
    seen = {a for p in packets for a in p.addresses}
    for deed in truth(result):
        assert deed["attack"] == name.replace("-", "_")
        assert deed["orig_h"] and deed["resp_h"]
        assert set(deed["orig_h"]) <= seen
        assert set(deed["resp_h"]) <= seen
        cards = {p.data[6:12].hex(":") for p in packets}
        assert {e["id"] for e in deed["entities"]} <= seen | cards | set(deed["domains"])
        assert deed["technique"].startswith("T1")
        assert times[0] <= ns(deed["first_seen"]) + 1000
        assert ns(deed["first_seen"]) < ns(deed["last_seen"]) <= times[-1]
        between = [
            p.ts_ns for p in packets
            if p.addresses[0] in deed["orig_h"] and p.addresses[1] in deed["resp_h"]
            and ns(deed["first_seen"]) - 1000 <= p.ts_ns <= ns(deed["last_seen"]) + 1000
        ]  # fmt: skip
        assert len(between) >= 3
    assert bool(truth(result)) == (name != "quiet")


def test_an_attack_changes_nothing_of_the_rest(tmp_path: Path) -> None:
    with_it = generate("beacon", 3, tmp_path / "a")
    without = generate("beacon", 3, tmp_path / "b", without=["beacon"])
    rest = {p.data for p in read_pcap(without.captures[0])}
    assert rest < {p.data for p in read_pcap(with_it.captures[0])}
    assert truth(without) == []


def test_roles_addresses_and_ports_are_drawn(tmp_path: Path) -> None:
    deeds = [one(generate("horizontal-scan", s, tmp_path / str(s))) for s in range(8)]
    assert len({d["orig_h"][0] for d in deeds}) == 8
    assert len({d["resp_p"][0] for d in deeds}) >= 3
    assert len({d["evasions"]["style"] for d in deeds}) >= 2
    assert len({d["first_seen"] for d in deeds}) == 8


def test_jitter_and_interval_are_what_was_asked(tmp_path: Path) -> None:
    for jitter in (0.0, 0.5):
        result = generate("beacon", 2, tmp_path / str(jitter), interval=40, jitter=jitter)
        deed = one(result)
        times = starts(read_pcap(result.captures[0]), deed["orig_h"][0], deed["resp_h"][0])
        gaps = [b - a for a, b in pairwise(times)]
        assert len(gaps) > 15
        low, high = 40 * (1 - jitter) - 0.5, 40 * (1 + jitter) + 0.5
        assert all(low <= gap <= high for gap in gaps)
        assert (max(gaps) - min(gaps) > 5) == (jitter > 0)


def test_slow_stretches_the_attack(tmp_path: Path) -> None:
    def seconds(slow: float) -> float:
        deed = one(generate("vertical-scan", 6, tmp_path / str(slow), slow=slow, ports=60,
                            interval=0.05, style="syn"))  # fmt: skip
        return (ns(deed["last_seen"]) - ns(deed["first_seen"])) / 1e9

    assert seconds(20) == pytest.approx(20 * seconds(1), rel=0.35)


def test_what_does_not_fit_into_the_capture_is_not_claimed(tmp_path: Path) -> None:
    result = generate("vertical-scan", 6, tmp_path, interval=30, ports=500, style="syn")
    deed = one(result)
    tried = {
        p.ports[1] for p in read_pcap(result.captures[0])
        if p.proto == 6 and p.addresses == (deed["orig_h"][0], deed["resp_h"][0])
    }  # fmt: skip
    assert len(deed["resp_p"]) == deed["evasions"]["ports"] < 30
    assert set(deed["resp_p"]) <= tried


def test_sources_share_the_work(tmp_path: Path) -> None:
    result = generate("brute-force", 1, tmp_path, sources=6, origin="outside", service="ftp")
    deed = one(result)
    packets = read_pcap(result.captures[0])
    assert len(set(deed["orig_h"])) == 6
    assert all(len(starts(packets, o, deed["resp_h"][0])) >= 3 for o in deed["orig_h"])
    assert deed["resp_p"] == [21]


def test_padding_makes_sizes_differ(tmp_path: Path) -> None:
    def sizes(padding: int) -> set[int]:
        result = generate("beacon", 2, tmp_path / str(padding), padding=padding, service="tls")
        deed = one(result)
        flows: dict[int, int] = {}
        for p in read_pcap(result.captures[0]):
            if p.proto == 6 and p.addresses == (deed["orig_h"][0], deed["resp_h"][0]):
                flows[p.ports[0]] = flows.get(p.ports[0], 0) + len(p.payload)
        return set(flows.values())

    assert len(sizes(0)) < 6 < len(sizes(500))


def test_exfiltration_carries_what_was_asked(tmp_path: Path) -> None:
    result = generate("exfiltration", 8, tmp_path, megabytes=12)
    deed = one(result)
    sent = sum(
        p.wire_bytes for p in read_pcap(result.captures[0])
        if p.addresses[0] == deed["orig_h"][0] and p.addresses[1] in deed["resp_h"]
    )  # fmt: skip
    assert sent == pytest.approx(12e6, rel=0.03)


def test_known_bad_is_on_the_list_among_others_that_do_not_occur(tmp_path: Path) -> None:
    for seed in range(6):
        result = generate("known-bad", seed, tmp_path / str(seed))
        deed = one(result)
        with result.intel.open(encoding="utf-8", newline="") as file:
            listed = {row["indicator"] for row in csv.DictReader(file)}
        hits = {
            value for value in listed
            if value in deed["resp_h"] or any(d.endswith(value) for d in deed["domains"])
        }  # fmt: skip
        assert len(hits) == 1
        assert len(listed) > 15


def test_assets_name_every_host_inside(tmp_path: Path) -> None:
    result = generate("quiet", 1, tmp_path)
    with result.assets.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["name", "ip", "owner", "criticality", "role"]
    assert len({row["ip"] for row in rows}) == len(rows) == 9
    assert {row["criticality"] for row in rows} <= {"low", "medium", "high", "critical"}


def test_any_attack_can_be_planted_into_a_quiet_scenario(tmp_path: Path) -> None:
    result = generate("quiet", 1, tmp_path, attack=["arp-scan", "icmp_sweep"])
    assert [d["attack"] for d in truth(result)] == ["icmp_sweep", "arp_scan"]


def test_snaplen_cuts_frames_and_keeps_their_length(tmp_path: Path) -> None:
    packets = read_pcap(generate("quiet", 1, tmp_path, snaplen=96).captures[0])
    assert max(len(p.data) for p in packets) == 96
    assert max(p.wire_bytes for p in packets) == 1514


@pytest.mark.parametrize("style", ["requests", "starvation"])
def test_dhcp_scan_asks_for_many_addresses(style: str, tmp_path: Path) -> None:
    result = generate("dhcp-scan", 3, tmp_path, style=style)
    deed = one(result)
    asked = [
        p for p in read_pcap(result.captures[0])
        if p.proto == 17 and p.ports == (68, 67) and p.addresses[0] == deed["orig_h"][0]
        and ns(deed["first_seen"]) - 1000 <= p.ts_ns <= ns(deed["last_seen"])
    ]  # fmt: skip
    assert len(asked) >= 36
    cards = {p.data[70:76] for p in asked}
    assert (len(cards) > 30) == (style == "starvation")


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        ("nowhere", {}, "unknown scenario"),
        ("beacon", {"jitter": 1.5}, "jitter must be between"),
        ("beacon", {"ports": 5}, "ports means nothing"),
        ("quiet", {"jitter": 0.1}, "jitter means nothing"),
        ("beacon", {"origin": "above"}, "origin must be"),
        ("beacon", {"style": "loud"}, "style must be one of"),
        ("beacon", {"sources": 99}, "workstations"),
        ("beacon", {"attack": ["rain"]}, "unknown attack"),
        ("beacon", {"only": ["flood"]}, "does not have it"),
        ("beacon", {"snaplen": 3}, "snaplen must be"),
        ("beacon", {"scale": float("nan")}, "scale must be"),
        ("beacon", {"interval": float("nan")}, "interval must be"),
        ("beacon", {"colour": 3}, "unknown parameter"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(
    name: str, options: dict[str, Any], word: str, tmp_path: Path
) -> None:
    with pytest.raises(LabError, match=word) as caught:
        generate(name, 1, tmp_path / "out", **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="seed"):
        generate("quiet", -1, tmp_path)


def test_results_are_not_overwritten_unless_forced(tmp_path: Path) -> None:
    generate("quiet", 1, tmp_path)
    with pytest.raises(LabError, match="not empty"):
        generate("quiet", 2, tmp_path)
    generate("quiet", 2, tmp_path, force=True)
    with pytest.raises(LabError, match="not a directory"):
        generate("quiet", 2, tmp_path / "truth.jsonl")


@pytest.mark.long
def test_the_office_day_holds_every_attack_and_stays_within_bounds(tmp_path: Path) -> None:
    result = generate("office-day", 7, tmp_path)
    deeds = truth(result)
    assert [d["attack"] for d in deeds] == list(ATTACKS)
    assert 60e6 < result.bytes < 135e6
    assert result.packets < 300_000
    packets = read_pcap(result.captures[0])
    times = [p.ts_ns for p in packets]
    assert times == sorted(times)
    assert 9 * 3600 < (times[-1] - times[0]) / 1e9 <= 11 * 3600
    seen = {a for p in packets for a in p.addresses}
    for deed in deeds:
        assert set(deed["orig_h"]) | set(deed["resp_h"]) <= seen, deed["attack"]


def test_scale_changes_how_much_benign_traffic_there_is(tmp_path: Path) -> None:
    less = generate("office-quiet", 1, tmp_path, scale=0.2)
    assert truth(less) == []
    assert 5e6 < less.bytes < 45e6


def test_another_day_is_of_the_same_network_and_another_traffic(tmp_path: Path) -> None:
    first, later, again = (
        generate("quiet", 1, tmp_path / name, **given)
        for name, given in (("a", {}), ("b", {"day": 3}), ("c", {"day": 3}))
    )
    assert first.assets.read_bytes() == later.assets.read_bytes()
    assert first.captures[0].read_bytes() != later.captures[0].read_bytes()
    assert later.captures[0].read_bytes() == again.captures[0].read_bytes()
    began = [read_pcap(one.captures[0])[0].ts_ns // 86_400_000_000_000 for one in (first, later)]
    assert began[1] - began[0] == 5, "a Wednesday, and three working days later a Monday"
    with pytest.raises(LabError, match="day must be between 0 and 1000, not -1"):
        generate("quiet", 1, tmp_path / "d", day=-1)
