"""`overpass_the_hash`: a login with weak encryption alone."""

from __future__ import annotations

from detect.domain import ATTACKER, login
from detect.traffic import findings_of
from lynceus.detect.overpass_the_hash import OverpassTheHash


def test_weak_encryption_alone_where_the_domain_does_better() -> None:
    (finding,) = findings_of(OverpassTheHash(), kerberos=[login("anna", ciphers=["rc4-hmac"])])
    assert (finding["orig_h"], finding["severity"]) == (ATTACKER, "medium")
    assert finding["because"] == (
        "10.0.0.66 logged in at 10.0.0.71 as anna with weak encryption alone and was given 1 "
        "ticket under aes256-cts-hmac-sha1-96: that is how the hash of a password is used instead "
        "of the password."
    )
    several = [login(f"user{n}", n, ciphers=["rc4-hmac"]) for n in range(3)]
    assert findings_of(OverpassTheHash(), kerberos=several)[0]["severity"] == "high"


def test_a_list_with_gaps_and_the_list_of_an_old_system() -> None:
    gaps = ["null", "null", "rc4-hmac", "rc4-hmac-old", "rc4-md4"]
    assert (
        findings_of(OverpassTheHash(), kerberos=[login("anna", ciphers=gaps)])[0]["severity"]
        == "medium"
    )
    old = ["rc4-hmac", "rc4-hmac-old", "des-cbc-md5", "des-cbc-crc"]
    (finding,) = findings_of(OverpassTheHash(), kerberos=[login("anna", ciphers=old)])
    assert finding["severity"] == "low"


def test_what_windows_and_old_domains_do_is_silent() -> None:
    rows = [login("anna"), login("bob", ciphers=["rc4-hmac"], cipher="rc4-hmac")]
    rows += [login("ws1$", ciphers=["rc4-hmac"]), login("host/ws1", ciphers=["rc4-hmac"])]
    rows += [login("carl", ciphers=["rc4-hmac", "aes128-cts-hmac-sha1-96"])]
    rows += [login("dora", ciphers=None), login("emil", ciphers=[])]
    rows += [login("fritz", ciphers=["rc4-hmac"], preauth=False)]
    assert findings_of(OverpassTheHash(), kerberos=rows) == []
