"""The inside by the traffic: home and home_public, on made and on real flows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from lynceus.enrich.home import HomeNetworks, infer_home

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")


def flows(
    pairs: Iterable[tuple[str | None, str | None]], answered: bool | None = True
) -> pl.DataFrame:
    """Flows of pairs; answered (packets both ways), unanswered, or without packet counts."""
    listed = list(pairs)
    packets = {True: 3, False: 0, None: None}[answered]
    return pl.DataFrame(
        {
            "orig_h": [a for a, _ in listed],
            "resp_h": [b for _, b in listed],
            "orig_packets": [None if answered is None else 3] * len(listed),
            "resp_packets": [packets] * len(listed),
        },
        schema={
            "orig_h": pl.String,
            "resp_h": pl.String,
            "orig_packets": pl.UInt64,
            "resp_packets": pl.UInt64,
        },
    )


def networks(frame: pl.DataFrame, **events: pl.DataFrame) -> tuple[str, ...]:
    home = infer_home(frame, events)
    assert home.why
    assert infer_home(frame.reverse(), events) == home
    return home.networks


FAR = [f"{20 + i}.{i}.7.9" for i in range(60)]
"""Public hosts in many networks."""


def test_a_public_host_that_talks_to_many_is_inside() -> None:
    assert networks(flows(("147.32.80.37", far) for far in FAR)) == ("147.32.80.37/32",)


def test_a_public_server_hit_by_many_is_inside() -> None:
    assert networks(flows(((far, "147.32.80.37") for far in FAR), answered=False)) == (
        "147.32.80.37/32",
    )


def test_public_neighbours_are_inside_as_their_network() -> None:
    pairs = [(f"147.32.80.{i % 9 + 1}", far) for i, far in enumerate(FAR)]
    assert networks(flows(pairs)) == ("147.32.80.0/24",)


def test_a_scanned_network_is_inside_not_its_scanner() -> None:
    scanned = [("45.13.5.6", f"147.32.80.{i}") for i in range(1, 250)]
    assert networks(flows(scanned, answered=False)) == ("147.32.80.0/24",)
    wide = [("45.13.5.6", f"147.32.{i}.{j}") for i in range(40) for j in (1, 2, 3)]
    assert networks(flows(wide, answered=False)) == ("147.32.0.0/16",)


def test_a_scanning_host_with_other_traffic_is_inside() -> None:
    scan = [("147.32.80.37", f"45.13.5.{i}") for i in range(1, 250)]
    own = [("147.32.80.37", far) for far in FAR[:2]]
    assert networks(flows([*scan, *own])) == ("147.32.80.37/32",)


def test_one_flow_between_public_hosts_takes_the_originator_and_says_so() -> None:
    home = infer_home(flows([("45.13.5.6", "147.32.80.37")]), {})
    assert home.networks == ("45.13.5.6/32",)
    assert "--home" in home.why[0]


def test_a_host_that_calls_one_service_is_inside_not_the_service() -> None:
    two = [("147.32.80.37", "45.13.5.20"), ("147.32.80.37", "45.13.5.21")] * 50
    assert networks(flows(two)) == ("147.32.80.37/32",)
    cdn = [("147.32.80.37", f"104.16.1.{i}") for i in range(40)]
    assert networks(flows(cdn, answered=False)) == ("147.32.80.37/32",)


def test_a_listed_attacker_is_not_taken_for_the_inside() -> None:
    assert networks(flows([("185.220.101.47", "147.32.80.37")])) == ("147.32.80.37/32",)


def test_private_hosts_are_inside_where_they_talk() -> None:
    assert networks(flows([("10.0.0.1", "10.0.0.2")])) == ("10.0.0.0/8",)
    assert networks(flows([("192.168.1.5", far) for far in FAR])) == ("192.168.0.0/16",)
    assert networks(flows([("fd00::1", "2a00:1450::1")])) == ("fc00::/7",)


def test_private_addresses_that_never_answer_a_public_host_are_not_inside() -> None:
    own = flows(("147.32.80.37", far) for far in FAR)
    tried = flows((("147.32.80.37", f"10.0.0.{i}") for i in range(50)), answered=False)
    assert networks(pl.concat([own, tried])) == ("147.32.80.37/32",)


def test_a_flood_of_forged_sources_makes_nothing_else_inside() -> None:
    sources = [f"{a}.{b}.{a ^ b}.{b}" for a in range(1, 224) for b in range(0, 256, 7)]
    frame = flows(((s, "147.32.80.37") for s in sources), answered=False)
    assert networks(frame) == ("147.32.80.37/32",)


def test_forged_private_sources_are_not_inside_where_nobody_tells_who_answered() -> None:
    forged = [(f"{a}.{b}.7.9", "192.168.1.1") for a in range(1, 200) for b in (0, 64, 128)]
    assert networks(flows(forged, answered=None)) == ("192.168.0.0/16",)


def test_private_clients_and_a_public_server_are_both_inside() -> None:
    clients = [(f"192.168.1.{i}", far) for i, far in enumerate(FAR, start=1)]
    server = [(far, "147.32.80.37") for far in FAR]
    assert networks(flows([*clients, *server])) == ("147.32.80.37/32", "192.168.0.0/16")


def test_a_stray_flow_between_public_hosts_is_not_enough() -> None:
    clients = [(f"192.168.1.{i}", far) for i, far in enumerate(FAR, start=1)]
    assert networks(flows([*clients, (FAR[0], FAR[1])])) == ("192.168.0.0/16",)


def test_multicast_and_broadcast_are_never_inside_but_who_sends_there_is() -> None:
    pairs = [("147.32.80.37", "224.0.0.251"), ("0.0.0.0", "255.255.255.255")]  # noqa: S104
    assert networks(flows(pairs)) == ("147.32.80.37/32",)


def test_arp_and_dhcp_show_the_link() -> None:
    arp = pl.DataFrame({"orig_h": ["147.32.80.1", "147.32.80.2"], "resp_h": ["147.32.80.99"] * 2})
    dhcp = pl.DataFrame(
        {"client_addr": [None, "147.32.81.5"], "server_addr": ["147.32.81.1", None]}
    )
    found = networks(flows([]), arp=arp, dhcp=dhcp)
    assert found == ("147.32.80.0/23",)


def test_link_addresses_tell_the_host_from_the_router() -> None:
    frame = flows([("20.1.1.1", "147.32.80.37"), ("21.1.1.1", "147.32.80.37")])
    frame = pl.concat([frame, flows([("22.1.1.1", "20.1.1.1")])]).with_columns(
        orig_l2_addr=pl.lit("02:00:00:00:00:01"),
        resp_l2_addr=pl.Series(["02:00:00:00:00:02"] * 2 + ["02:00:00:00:00:01"]),
    )
    home = infer_home(frame, {})
    assert "147.32.80.37/32" in home.networks
    assert "link" in home.why[0]


def test_a_global_ipv6_host_is_inside_with_its_64() -> None:
    pairs = [("2001:718:1:2::5", f"2a{i:02x}:1450::1") for i in range(20)]
    assert networks(flows(pairs)) == ("2001:718:1:2::/64",)


def test_transit_traffic_has_no_inside_and_says_so() -> None:
    pairs = [(f"{20 + i}.{j}.1.1", f"{90 + j}.{i}.1.1") for i in range(60) for j in range(60)]
    home = infer_home(flows(pairs), {})
    assert home.networks == ()
    assert "--home" in home.why[0]


def test_nulls_and_nothing() -> None:
    pairs = [("192.168.1.45", None), (None, "10.0.0.1"), ("192.168.1.45", "185.220.101.47")]
    assert networks(flows(pairs, answered=None)) == ("192.168.0.0/16",)
    for empty in (pl.DataFrame(schema={"orig_h": pl.String, "resp_h": pl.String}), flows([])):
        home = infer_home(empty, {})
        assert (home.networks, home.covered) == ((), 1.0)
        assert "--home" in home.why[0]


def test_events_speak_where_there_are_no_flows() -> None:
    ssh = pl.DataFrame({"orig_h": FAR, "resp_h": ["147.32.80.37"] * len(FAR)})
    assert networks(flows([]), ssh=ssh) == ("147.32.80.37/32",)


def test_a_stated_home_is_taken_as_it_is() -> None:
    home = infer_home(
        flows([("10.0.0.1", "10.0.0.2")]), {}, named=["192.0.2.9/24", "2001:db8::/32"]
    )
    assert home == HomeNetworks.stated(["192.0.2.0/24", "2001:db8::/32"])
    assert home.networks == ("192.0.2.0/24", "2001:db8::/32")
    with pytest.raises(ValueError, match="nowhere"):
        infer_home(flows([]), {}, named=["nowhere"])


def test_the_hosts_that_are_inside_are_told() -> None:
    pairs = [("10.0.0.1", "8.8.8.8"), ("10.0.0.1", "fe80::1"), (None, "10.9.9.9"), ("bad", None)]
    pairs += [("10.0.0.1", "224.0.0.251"), ("10.0.0.1", "::ffff:10.1.2.3")]
    told = {"10.0.0.1", "fe80::1", "10.9.9.9", "::ffff:10.1.2.3"}
    assert set(infer_home(flows(pairs), {}).hosts) == told
    named = infer_home(flows(pairs), {}, named=["8.8.8.0/24"])
    assert set(named.hosts) == {"8.8.8.8", "fe80::1"}


def zeek(path: Path) -> pl.DataFrame:
    """Ends and packet counts of a Zeek conn log."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines()
    if lines[0].startswith("{"):
        rows = [json.loads(line) for line in lines]
    else:
        names = next(line for line in lines if line.startswith("#fields")).split()[1:]
        rows = [
            dict(zip(names, line.split("\t"), strict=False)) for line in lines if line[0] != "#"
        ]
    frame = pl.DataFrame(
        {
            "orig_h": [r["id.orig_h"] for r in rows],
            "resp_h": [r["id.resp_h"] for r in rows],
            "orig_packets": [str(r.get("orig_pkts", "")) for r in rows],
            "resp_packets": [str(r.get("resp_pkts", "")) for r in rows],
        }
    )
    return frame.with_columns(pl.col("orig_packets", "resp_packets").cast(pl.UInt64, strict=False))


def argus(path: Path) -> pl.DataFrame:
    """Ends of an Argus flow list."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines()
    separator = "\t" if "\t" in lines[0] else ","
    rows = [line.split(separator) for line in lines]
    at = (rows[0].index("SrcAddr"), rows[0].index("DstAddr"))
    return pl.DataFrame(
        [(r[at[0]], r[at[1]]) for r in rows[1:]], schema=["orig_h", "resp_h"], orient="row"
    )


@needs_shared
@pytest.mark.parametrize(
    ("capture", "inside", "outside"),
    [
        ("zeek-labelled/008-zeek-mixed", "147.32.81.167/32", 1),
        ("zeek-labelled/011-zeek-mixed", "147.32.83.165/32", 1),
        ("zeek-labelled/2023-02-20-benign-host", "192.168.0.0/16", 1),
        ("slips/port-scans/horizontal", "10.0.0.0/8", 1),
    ],
)
def test_real_captures(capture: str, inside: str, outside: int) -> None:
    path = next((SHARED / "stratosphere" / capture).glob("conn.log*.gz"))
    home = infer_home(zeek(path), {})
    assert home.networks == (inside,)
    assert home.covered == 1.0


@needs_shared
def test_a_real_campus_with_public_addresses() -> None:
    home = infer_home(argus(SHARED / "stratosphere/slips/test3-mixed.binetflow.gz"), {})
    campus = [n for n in home.networks if n.startswith("147.32.")]
    assert campus
    assert not [n for n in home.networks if n.startswith("46.166.")]
