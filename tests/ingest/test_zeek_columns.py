from __future__ import annotations

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest.zeek_columns import known_services, typed
from lynceus.ingest.zeek_rows import Header, Rows
from lynceus.ingest.zeek_tables import BY_NAME


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("ssl", "tls"),
        ("http", "http"),
        ("gssapi,smb,ntlm", "smb"),
        ("smb,dce_rpc", "smb"),
        ("quic,ssl", "quic"),
        ("krb_tcp", "kerberos"),
        ("ssl,smtp", "smtp"),
        ("ntlm", "ntlm"),
        ("-http,ssl", "tls"),
        ('["ssl", "http"]', "http"),
        ("-ssl", None),
        (None, None),
    ],
)
def test_services(told: str | None, expected: str | None) -> None:
    assert known_services(pl.Series("s", [told], dtype=pl.String)).to_list() == [expected]


def test_unreadable_values_are_null_and_noted() -> None:
    frame = pl.DataFrame(
        {"ts": ["1.5", "2.5"], "trans_id": ["7", "99999"], "rejected": ["T", "perhaps"]}
    )
    account = Account()
    columns = typed(BY_NAME["dns"], Rows("dns", frame, 2, Header()), account)
    assert columns["trans_id"].to_list() == [7, None]
    assert columns["rejected"].to_list() == [True, None]
    assert account.notes == {"unreadable_dns_trans_id": 1, "unreadable_dns_rejected": 1}


def test_ciphers_offered_leave_grease_out() -> None:
    frame = pl.DataFrame({"ts": ["1.5"], "client_ciphers": ["2570,4865,4866,56026"]})
    columns = typed(BY_NAME["ssl"], Rows("ssl", frame, 1, Header()), Account())
    assert columns["client_ciphers"].to_list() == [2]
