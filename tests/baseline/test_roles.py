"""What hosts are used for."""

from __future__ import annotations

import polars as pl
import pytest

from baseline.made import hours
from lynceus.baseline.roles import MIX, NO_ROLES, OTHER, ROLES, roles_of, written_roles
from lynceus.baseline.subject import HOST


def host(name: str, **numbers: float) -> pl.DataFrame:
    """Ten hours of a host with these numbers an hour."""
    row = hours(1, 1, seed=1)[:1]
    blank = {n: pl.lit(0.0) for n in HOST.names}
    told = {n: pl.lit(float(value)) for n, value in numbers.items()}
    return pl.concat([row.with_columns(**{**blank, **told}, host=pl.lit(name))] * 10)


@pytest.mark.parametrize(
    ("role", "numbers"),
    [
        (
            "web client",
            {"flows": 90, "used_web_flows": 65, "used_dns_flows": 22, "outside_hosts": 15},
        ),
        ("printer", {"served_flows": 20, "served_print_flows": 19}),
        ("file server", {"served_flows": 300, "served_file_flows": 280, "flows": 5}),
        ("DNS server", {"served_flows": 900, "served_dns_flows": 890, "flows": 20}),
        (
            "DNS resolver",
            {"served_flows": 500, "served_dns_flows": 500, "flows": 450, "used_dns_flows": 450,
             "outside_hosts": 30},
        ),
        (
            "mail server",
            {"served_flows": 60, "served_mail_flows": 58, "flows": 38, "used_mail_flows": 20,
             "used_dns_flows": 15},
        ),
        ("scanner", {"flows": 900, "failed_flows": 760, "inside_hosts": 500}),
        ("login server", {"served_flows": 40, "served_login_flows": 38}),
    ],
)  # fmt: skip
def test_typical_mixes_have_their_names(role: str, numbers: dict[str, float]) -> None:
    (found,) = roles_of(host("10.0.0.7", **numbers)).to_dicts()
    assert found["role"] == role
    assert found["likeness"] > 0.6


def test_few_flows_and_odd_mixes_have_no_role() -> None:
    rows = pl.concat([host("10.0.0.1", flows=1), host("10.0.0.2", flows=500)])
    assert roles_of(rows)["role"].to_list() == [OTHER, OTHER]
    assert roles_of(rows.clear()).equals(NO_ROLES)


def test_the_written_roles_stand_apart() -> None:
    table = written_roles()
    assert table["role"].to_list() == list(ROLES)
    assert table.select(MIX).is_unique().all()
    assert table.select(pl.all_horizontal(pl.col(MIX).is_between(0, 1)).all()).item()
