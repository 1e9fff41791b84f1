"""`zeek_certificates`: sessions of ssl.log carry what x509.log says of their certificate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.test_zeek import SSL, folder, log
from lynceus.ingest import InputError, open_input

SHA = "ab" * 32
OTHER = "cd" * 32
SESSION = f"1665150786.1 C1 192.0.2.1 50000 198.51.100.7 443 TLSv12 - a.example F T - {SHA},{OTHER}"
X509 = (
    "ts fingerprint certificate.subject certificate.issuer certificate.not_valid_before"
    " certificate.not_valid_after san.dns certificate.key_type certificate.key_length"
)
LEAF = (
    f"1665150786.2 {SHA} CN=a.example CN=Issuer 1600000000.0 1700000000.0"
    " a.example,b.example rsa 2048"
)
ABOVE = f"1665150786.2 {OTHER} CN=Issuer CN=Root 1500000000.0 1900000000.0 - - -"


def sessions(path: Path) -> tuple[list[dict[str, Any]], Any]:
    source = open_input(path)
    (batch,) = source.batches()
    return batch.events["tls"].to_dicts(), source.account


def test_a_session_carries_its_leaf_certificate(tmp_path: Path) -> None:
    logs = folder(tmp_path / "logs", ssl__log=log("ssl", SSL, SESSION),
                  x509__log=log("x509", X509, LEAF, ABOVE))  # fmt: skip
    (session,), account = sessions(logs)
    assert (session["subject"], session["issuer"]) == ("CN=a.example", "CN=Issuer")
    assert session["not_before_ns"] == 1_600_000_000 * 10**9
    assert session["not_after_ns"] == 1_700_000_000 * 10**9
    assert session["san_dns"] == ["a.example", "b.example"]
    assert (session["cert_sha256"], session["certs"]) == (SHA, 2)
    assert (session["key_type"], session["key_bits"]) == ("rsa", 2048)
    assert session["self_signed"] is False
    assert (account.received, account.kept, account.dropped) == (3, 3, {})


def test_older_logs_name_the_file_and_what_ssl_log_says_comes_first(tmp_path: Path) -> None:
    ends = {"id.orig_h": "192.0.2.1", "id.orig_p": 1, "id.resp_h": "198.51.100.7", "id.resp_p": 443}
    ssl = {"ts": 1.5, "uid": "C1", **ends, "cipher": "X", "cert_chain_fuids": ["F1", "F2"],
           "subject": "CN=own word"}  # fmt: skip
    x509 = {"ts": 1.6, "id": "F1", "certificate.subject": "CN=other", "certificate.issuer": "CN=I",
            "certificate.not_valid_after": 2.0, "certificate.serial": "1"}  # fmt: skip
    logs = folder(tmp_path / "l", ssl__log=json.dumps(ssl), x509__log=json.dumps(x509))
    (session,), account = sessions(logs)
    assert (session["subject"], session["issuer"]) == ("CN=own word", "CN=I")
    assert (session["not_before_ns"], session["not_after_ns"]) == (None, 2 * 10**9)
    assert session["cert_sha256"] is None, "a file id is no fingerprint"
    assert account.kept == account.received == 2


def test_a_certificate_nobody_showed_and_a_session_without_one(tmp_path: Path) -> None:
    bare = SESSION.replace(f"{SHA},{OTHER}", "-")
    logs = folder(tmp_path / "logs", ssl__log=log("ssl", SSL, bare),
                  x509__log=log("x509", X509, LEAF))  # fmt: skip
    (session,), _ = sessions(logs)
    assert (session["subject"], session["not_after_ns"], session["certs"]) == (None, None, None)


def test_certificates_alone_are_no_traffic(tmp_path: Path) -> None:
    logs = folder(tmp_path / "logs", x509__log=log("x509", X509, LEAF))
    with pytest.raises(InputError, match="no traffic in these Zeek logs"):
        sessions(logs)
