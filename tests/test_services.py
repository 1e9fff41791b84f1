"""Names that people use for services, and the keys that tell services apart: lynceus.services."""

from __future__ import annotations

import polars as pl

from lynceus.services import service_key, service_label


def test_services_are_named_for_people() -> None:
    assert service_label(None, 22, "tcp") == "SSH (22/tcp)"
    assert service_label("ssl", 8443, "tcp") == "HTTPS (8443/tcp)"
    assert service_label(None, 4444, "tcp") == "4444/tcp"
    assert service_label(None, 445, None) == "SMB file sharing (port 445)"
    assert service_label("DNS", None, None) == "DNS"
    assert service_label(None, None, "tcp") is None


def test_one_service_has_one_key_whoever_names_it() -> None:
    rows = pl.DataFrame(
        {
            "service": ["ssh", None, "ssl", None, "SSH", None, None],
            "resp_p": [2222, 22, 443, 443, 22, 4444, None],
            "proto": ["tcp", "tcp", "tcp", None, "tcp", None, "tcp"],
        },
        schema={"service": pl.String, "resp_p": pl.UInt16, "proto": pl.String},
    )
    keys = rows.select(service_key().alias("key"))["key"].to_list()
    assert keys == ["ssh", "ssh", "https", "https", "ssh", "4444/?", None]
