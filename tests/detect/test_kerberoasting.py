"""`kerberoasting`: tickets for services, collected to guess their passwords."""

from __future__ import annotations

from detect.domain import ATTACKER, CONTROLLER, ticket
from detect.traffic import findings_of
from lynceus.detect.kerberoasting import Kerberoasting


def test_several_services_under_weak_keys() -> None:
    rows = [ticket(f"MSSQLSvc/db{n}", 0.5 * n, client="anna") for n in range(5)]
    (finding,) = findings_of(Kerberoasting(), kerberos=rows)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, CONTROLLER)
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1558.003"])
    assert finding["because"] == (
        "10.0.0.66 was given tickets for 5 services under weak keys by 10.0.0.71 in 2.0 s as anna, "
        "0 of them asked for with weak encryption alone."
    )
    many = [ticket(f"svc/{n}", n) for n in range(12)]
    assert findings_of(Kerberoasting(), kerberos=many)[0]["severity"] == "high"


def test_asked_for_with_weak_encryption_alone() -> None:
    rows = [ticket(f"svc/{n}", n, ciphers=["rc4-hmac"]) for n in range(2)]
    assert findings_of(Kerberoasting(), kerberos=rows)[0]["severity"] == "medium"


def test_one_old_service_is_low() -> None:
    (finding,) = findings_of(Kerberoasting(), kerberos=[ticket("http/old"), ticket("http/old", 9)])
    assert (finding["severity"], finding["evidence"]["weak_services"]) == ("low", 1)


def test_a_domain_without_strong_keys_is_silent() -> None:
    rows = [ticket(f"svc/{n}", n, presented_cipher="rc4-hmac") for n in range(20)]
    assert findings_of(Kerberoasting(), kerberos=rows) == []


def test_a_source_that_does_not_tell_what_was_shown() -> None:
    rows = [ticket(f"svc/{n}", n, presented_cipher=None) for n in range(6)]
    assert findings_of(Kerberoasting(), kerberos=rows)[0]["severity"] == "low"
    other = ticket("cifs/fs", orig_h="10.0.0.9", cipher="aes256-cts-hmac-sha1-96")
    found = findings_of(Kerberoasting(), kerberos=[*rows, other])
    assert [(f["orig_h"], f["severity"]) for f in found] == [(ATTACKER, "medium")]


def test_strong_keys_and_renewals_are_silent() -> None:
    strong = [ticket(f"cifs/fs{n}", n, cipher="aes256-cts-hmac-sha1-96") for n in range(40)]
    renewed = [ticket("krbtgt/EXAMPLE", n) for n in range(5)]
    failed = [ticket(f"svc/{n}", n, success=False, cipher=None) for n in range(9)]
    assert findings_of(Kerberoasting(), kerberos=[*strong, *renewed, *failed]) == []
