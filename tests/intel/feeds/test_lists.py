"""Feeds that are one document: `delimited`, `threatfox`, `urlhaus`, `sslbl`, `feodo`,
`spamhaus_drop`, `tor_exits`; formats as their services publish them."""

from __future__ import annotations

from pathlib import Path

import pytest

from intel.reading_feeds import entries, kinds, reasons
from intel.served import Answer, Asked, served
from lynceus.intel.web import FeedError

THREATFOX = (
    '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware",'
    '"malware_alias","malware_printable","last_seen_utc","confidence_level","reference","tags",'
    '"anonymous","reporter"\n'
    '"2024-01-02 03:04:05", "1", "198.51.100.7:443", "ip:port", "botnet_cc", "win.x", "", '
    '"Cobalt Strike", "2024-01-05 00:00:00", "75", "", "c2,beacon", "0", "me"\n'
    '"2024-01-02 03:04:05", "2", "' + "a" * 64 + '", "sha256_hash", "payload", "", "", "X", "", '
    '"50", "", "", "0", "me"\n'
)


def test_delimited_with_a_password() -> None:
    with served(Answer("198.51.100.7\n")) as server:
        (one,) = entries("delimited", server.url, user="u", key={"env": "HOME"})
        assert server.asked[0].headers["authorization"].startswith("Basic dTo")
    assert one.text == "198.51.100.7"


def test_threatfox_csv(tmp_path: Path) -> None:
    (tmp_path / "recent.csv").write_text(THREATFOX)
    first, second = entries("threatfox", tmp_path / "recent.csv")
    assert (first.name, first.confidence, first.tags) == ("Cobalt Strike", "75", ("c2", "beacon"))
    assert (first.first_seen, first.last_seen) == ("2024-01-02 03:04:05", "2024-01-05 00:00:00")
    assert kinds([first, second]) == [("address", "198.51.100.7")]


def test_threatfox_json_and_api() -> None:
    row = {
        "ioc_value": "bad.example", "ioc_type": "domain", "malware_printable": "X",
        "confidence_level": 1, "first_seen_utc": "2024-01-02 03:04:05", "tags": "a,b",
    }  # fmt: skip
    with served(Answer({"1": [row], "2": ["no object"]})) as server:
        found = entries("threatfox", f"{server.url}/export/json/recent/")
    assert (found[0].confidence, found[0].tags) == ("0.0100", ("a", "b"))
    assert reasons(found) == {2: "not as the format has it"}

    def api(asked: Asked) -> Answer:
        assert (asked.method, asked.path) == ("POST", "/api/v1/")
        assert asked.body == {"query": "get_iocs", "days": 7}
        if asked.headers.get("auth-key") != "s3cret":
            return Answer({"query_status": "unknown_auth_key"})
        return Answer({"query_status": "ok", "data": [{"ioc": "bad.example", "ioc_type": "domain",
                                                       "confidence_level": 100}]})  # fmt: skip

    with served(api) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY", "s3cret")
        assert kinds(entries("threatfox", f"{server.url}/api/v1/", key={"env": "KEY"})) == [
            ("domain", "bad.example")
        ]
        patch.setenv("KEY", "wrong")
        with pytest.raises(FeedError, match="answered 'unknown_auth_key'"):
            entries("threatfox", f"{server.url}/api/v1/", key={"env": "KEY"})


def test_urlhaus(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n"
        '"1","2024-01-02 03:04:05","http://bad.example/a.exe","online","2024-01-03 00:00:00",'
        '"malware_download","elf,mirai","https://urlhaus.abuse.ch/url/1/","me"\n'
    )
    (one,) = entries("urlhaus", tmp_path / "a.csv")
    assert one.name == "malware delivery (elf, mirai)"
    assert kinds([one]) == [("domain", "bad.example"), ("url", "bad.example/a.exe")]
    (tmp_path / "a.json").write_text('{"1": [{"url": "http://198.51.100.7/i", "tags": null}]}')
    assert kinds(entries("urlhaus", tmp_path / "a.json")) == [
        ("address", "198.51.100.7"),
        ("url", "198.51.100.7/i"),
    ]


def test_sslbl_digests_are_those_of_certificates(shared_data: Path) -> None:
    folder = shared_data / "threat-intel" / "abusech-sslbl"
    found = entries("sslbl", folder / "sha1_fingerprints.csv.gz")
    assert {kind for kind, _ in kinds(found)} == {"certificate"}
    assert found[1].name == "AsyncRAT C&C"
    assert {k for k, _ in kinds(entries("sslbl", folder / "ja3_fingerprints.csv.gz"))} == {"ja3"}


def test_feodo(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '[{"ip_address": "198.51.100.7", "port": 443, "status": "offline", "malware": "QakBot",'
        ' "first_seen": "2024-01-02 03:04:05", "last_online": "2024-01-05"}, 7]'
    )
    found = entries("feodo", tmp_path / "a.json")
    assert (found[0].name, found[0].confidence, found[0].last_seen) == (
        "QakBot", "0.6", "2024-01-05",
    )  # fmt: skip
    assert list(reasons(found)) == [2]
    (tmp_path / "a.csv").write_text(
        '# x\n"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\n'
        '"2024-01-02","198.51.100.7","443","online","2024-01-05","QakBot"\n'
    )
    assert entries("feodo", tmp_path / "a.csv")[0].name == "QakBot"


def test_spamhaus_as_text_and_json_lines(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "drop.json").write_text(
        '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}\n'
        '{"type":"metadata","timestamp":1,"size":1}\n'
    )
    (one,) = entries("spamhaus_drop", tmp_path / "drop.json")
    assert (one.text, one.tags) == ("1.10.16.0/20", ("SBL256894",))
    (tmp_path / "drop.txt").write_text("; Spamhaus DROP\n1.10.16.0/20 ; SBL256894\n")
    assert entries("spamhaus_drop", tmp_path / "drop.txt") == [one._replace(line=2)]
    real = entries("spamhaus_drop", shared_data / "threat-intel" / "spamhaus" / "drop_ipv6.txt")
    assert len(kinds(real)) == 51


def test_tor_exits_in_three_forms(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "addresses").write_text(
        "ExitNode 0011\nPublished 2024-01-01 00:00:00\nLastStatus 2024-01-02 00:00:00\n"
        "ExitAddress 198.51.100.7 2024-01-02 03:04:05\n"
    )
    (one,) = entries("tor_exits", tmp_path / "addresses")
    assert (one.text, one.last_seen, one.name) == (
        "198.51.100.7", "2024-01-02 03:04:05", "Tor exit",
    )  # fmt: skip
    (tmp_path / "bulk").write_text("198.51.100.7\n198.51.100.8\n")
    assert len(entries("tor_exits", tmp_path / "bulk")) == 2
    assert len(entries("tor_exits", shared_data / "threat-intel" / "tor" / "exits.csv.gz")) == 5_933
