"""A second opinion: Wireshark's dissectors read every frame of every small scenario."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from lynceus.lab import SCENARIOS, EvasionOptions, generate

TSHARK = shutil.which("tshark")
CHECKSUMS = ("ip", "tcp", "udp")
BAD = (
    "_ws.malformed || _ws.expert.severity == error || ip.checksum.status == 0 "
    "|| tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0 "
    "|| icmpv6.checksum.status == 0 || tcp.analysis.lost_segment "
    "|| tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order"
)
SMALL = [name for name in SCENARIOS if not name.startswith("office")]

pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")


def tshark(capture: Path, *options: str) -> list[str]:
    verify = [o for p in CHECKSUMS for o in ("-o", f"{p}.check_checksum:TRUE")]
    done = subprocess.run(
        [TSHARK or "", "-n", "-r", str(capture), *verify, *options],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout.splitlines()


def count(values: Iterable[str]) -> set[str]:
    return {v for v in values if v}


@pytest.mark.parametrize("name", SMALL)
def test_every_frame_is_well_formed(name: str, tmp_path: Path) -> None:
    # Random bytes to a random port may by chance look like some protocol's, and cut frames
    # cannot be read: here floods are of SYN, and every frame is whole.
    options: EvasionOptions = {"style": "syn"} if name == "flood" else {}
    if name == "exfiltration":
        options["snaplen"] = 262_144
    result = generate(name, 11, tmp_path, **options)
    assert tshark(result.captures[0], "-Y", BAD) == []
    assert len(tshark(result.captures[0])) == result.packets


@pytest.mark.parametrize("service", ["ssh", "rdp", "smb", "ftp"])
def test_logins_are_real_protocols(service: str, tmp_path: Path) -> None:
    result = generate("brute-force", 2, tmp_path, service=service)
    capture = result.captures[0]
    assert tshark(capture, "-Y", BAD) == []
    shown = {"ssh": "ssh.kexinit", "rdp": "rdp.neg_type", "smb": "smb2.nt_status == 0xc000006d",
             "ftp": "ftp.response.code == 530"}[service]  # fmt: skip
    assert len(tshark(capture, "-Y", shown if service != "ssh" else "ssh.message_code == 20")) >= 20


@pytest.mark.parametrize("style", ["null", "txt", "cname", "mx", "mixed"])
def test_tunnels_are_well_formed_queries(style: str, tmp_path: Path) -> None:
    result = generate("dns-tunnel", 2, tmp_path, style=style)
    assert tshark(result.captures[0], "-Y", BAD) == []


def test_a_service_is_installed_on_other_machines(tmp_path: Path) -> None:
    result = generate("lateral-movement", 2, tmp_path, style="service")
    capture = result.captures[0]
    assert tshark(capture, "-Y", BAD) == []
    calls = count(tshark(capture, "-Y", "svcctl", "-T", "fields", "-e", "svcctl.opnum"))
    assert calls == {"12", "15", "19"}
    trees = count(tshark(capture, "-Y", "smb2.tree", "-T", "fields", "-e", "smb2.tree"))
    assert any(t.endswith("ADMIN$") for t in trees)


def test_names_and_certificates_can_be_read(tmp_path: Path) -> None:
    capture = generate("beacon", 4, tmp_path, service="tls", style="name").captures[0]
    names = count(
        tshark(capture, "-Y", "tls.handshake.type == 1", "-T", "fields", "-e",
               "tls.handshake.extensions_server_name")
    )  # fmt: skip
    asked = count(tshark(capture, "-Y", "dns", "-T", "fields", "-e", "dns.qry.name"))
    assert len(names) >= 4
    assert len(names & asked) >= 4
