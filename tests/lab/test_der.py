from __future__ import annotations

from lynceus.lab import der
from lynceus.lab.dice import Dice

DAY_NS = 86_400 * 1_000_000_000


def test_elements_by_hand() -> None:
    assert der.oid("1.2.840.113549").hex() == "06062a864886f70d"
    assert der.integer(0).hex() == "020100"
    assert der.integer(127).hex() == "02017f"
    assert der.integer(128).hex() == "02020080"
    assert der.tlv(4, b"x" * 128)[:3].hex() == "048180"
    assert der.tlv(4, b"x" * 300)[:4].hex() == "0482012c"


def test_a_certificate_shows_names_and_dates() -> None:
    subject = der.Subject("a.example", "Some CA", ("a.example", "b.example"), 0, 365 * DAY_NS)
    data = der.certificate(Dice(1), subject)
    assert data[:2] == b"\x30\x82"
    assert int.from_bytes(data[2:4], "big") == len(data) - 4
    assert b"\x17\x0d700101000000Z\x17\x0d710101000000Z" in data
    assert b"\x82\x09a.example\x82\x09b.example" in data


def test_an_snmp_get_by_hand() -> None:
    assert der.snmp(5, ("1.3.6.1.2.1.1.3.0",), None).hex() == (
        "3026" "020101" "04067075626c6963" "a019" "020105" "020100" "020100"
        "300e" "300c" "06082b06010201010300" "0500"
    )  # fmt: skip
