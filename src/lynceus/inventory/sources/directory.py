"""LDAP and Active Directory: accounts, whose they are, their groups (those within groups too).

RFC 4510 to 4519. A directory is asked over TLS only (`ldaps://`, or StartTLS on `ldap://`) with its
certificate checked, or over a socket of this machine (`ldapi://`). Pages by RFC 2696. No text from
elsewhere ever stands in a filter: what is asked for is written here.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

from lynceus.intel.web import MOST_PAGES, Web
from lynceus.inventory.entry import Entry, NoEntry, PersonEntry
from lynceus.moments import NS

if TYPE_CHECKING:
    from ldap3 import Connection, Server

PAGE = 500
MOST_GROUPS = 500
"""Groups of one account that are kept."""
PERSONS = (
    "(|(&(objectCategory=person)(objectClass=user))"
    "(&(objectClass=inetOrgPerson)(uid=*))(&(objectClass=posixAccount)(uid=*)))"
)
GROUPS = (
    "(|(objectClass=group)(objectClass=groupOfNames)"
    "(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
)
ASKED = (
    *("sAMAccountName", "uid", "cn", "displayName", "mail", "title", "department", "manager"),
    *("departmentNumber", "memberOf", "userAccountControl", "lastLogonTimestamp", "primaryGroupID"),
    *("gidNumber", "objectSid"),
)
ASKED_OF_GROUPS = (
    *("cn", "memberOf", "member", "uniqueMember", "memberUid", "gidNumber", "objectSid"),
)
DISABLED = 0x2
"""Bit of `userAccountControl` (MS-ADTS 2.2.16, ADS_UF_ACCOUNT_DISABLE)."""
_FROM_1601_S = 11_644_473_600
"""Seconds from the first day of Windows' file times to that of Unix."""


class Directory:
    """The accounts below a base; its address is `ldaps://HOST` or `ldap://HOST` (with StartTLS)."""

    title: ClassVar[str] = (
        "LDAP / Active Directory (ldaps://HOST, --collection BASE, --user BIND-DN --key-env)"
    )

    def entries(self, web: Web) -> Iterator[Entry]:
        """One entry an account."""
        with _connected(web) as connection:
            base = web.subscription.collection
            if not base:
                raise web.error("needs a base: set one with --collection, as dc=corp,dc=example")
            groups = _Groups.of(list(_found(web, connection, base, GROUPS, ASKED_OF_GROUPS)))
            people = list(_found(web, connection, base, PERSONS, ASKED))
        names = {_plain(dn): _one(found, "displayName", "cn") for dn, found in people}
        for number, (dn, found) in enumerate(people, start=1):
            yield _person(number, dn, found, groups, names)


def _person(
    number: int,
    dn: str,
    found: Mapping[str, list[str]],
    groups: _Groups,
    names: Mapping[str, str | None],
) -> Entry:
    user = _one(found, "samaccountname", "uid")
    if user is None:
        return NoEntry(number, dn, "has no account name")
    control = _number(_one(found, "useraccountcontrol"))
    manager = _one(found, "manager")
    return PersonEntry(
        number,
        user,
        name=_one(found, "displayname", "cn"),
        mail=_one(found, "mail"),
        title=_one(found, "title"),
        department=_one(found, "department", "departmentnumber"),
        manager=(names.get(_plain(manager)) or _first_name(manager)) if manager else None,
        groups=groups.of_person(dn, user, found),
        enabled=None if control is None else not control & DISABLED,
        seen_ns=_logon(_number(_one(found, "lastlogontimestamp"))),
    )


@dataclass(frozen=True)
class _Groups:
    """Who is in which group, and which groups are within others."""

    names: Mapping[str, str]
    """By plain DN."""
    above: Mapping[str, frozenset[str]]
    """By plain DN of a member (an account or a group) the groups that name it."""
    by_uid: Mapping[str, frozenset[str]]
    by_number: Mapping[str, str]
    """By `gidNumber` or the end of the SID: the primary group is not among the members."""

    @staticmethod
    def of(found: list[tuple[str, Mapping[str, list[str]]]]) -> _Groups:
        names: dict[str, str] = {}
        above: dict[str, set[str]] = {}
        by_uid: dict[str, set[str]] = {}
        by_number: dict[str, str] = {}
        for dn, told in found:
            group = _plain(dn)
            names[group] = _one(told, "cn") or _first_name(dn)
            for member in (*told.get("member", ()), *told.get("uniquemember", ())):
                above.setdefault(_plain(member), set()).add(group)
            for parent in told.get("memberof", ()):
                above.setdefault(group, set()).add(_plain(parent))
            for uid in told.get("memberuid", ()):
                by_uid.setdefault(uid.lower(), set()).add(group)
            if number := _one(told, "gidnumber"):
                by_number[number] = group
            if sid := _one(told, "objectsid"):
                by_number[f"-{sid.rpartition('-')[2]}"] = group
        return _Groups(
            names,
            {dn: frozenset(groups) for dn, groups in above.items()},
            {uid: frozenset(groups) for uid, groups in by_uid.items()},
            by_number,
        )

    def of_person(self, dn: str, user: str, found: Mapping[str, list[str]]) -> tuple[str, ...]:
        """The names of all groups of an account, those within groups and the primary one."""
        near = {_plain(group) for group in found.get("memberof", ())}
        near |= self.above.get(_plain(dn), frozenset()) | self.by_uid.get(user.lower(), frozenset())
        for number in (_one(found, "gidnumber"), f"-{_one(found, 'primarygroupid')}"):
            if (primary := self.by_number.get(number or "")) is not None:
                near.add(primary)
        met: set[str] = set()
        while near and len(met) < MOST_GROUPS:  # groups may be within each other in a circle
            met |= near
            near = {g for group in near for g in self.above.get(group, ())} - met
        return tuple(sorted({self.names.get(group) or _first_name(group) for group in met}))


def _connected(web: Web) -> Connection:
    try:
        import ldap3
        from ldap3.core.exceptions import LDAPException
    except ImportError:
        raise web.error("needs the library ldap3: install lynceus with the extra 'ldap'") from None
    ask = web.subscription
    parts = urlsplit(ask.url)
    if parts.scheme not in ("ldap", "ldaps", "ldapi"):
        raise web.error(f"{parts.scheme}://: expected ldaps://HOST, ldap://HOST or ldapi://PATH")
    try:
        server = _server(web, ldap3)
        login: dict[str, Any] = {}
        if ask.user:
            login = {"user": ask.user, "password": web.key(), "authentication": ldap3.SIMPLE}
        connection: Connection = ldap3.Connection(
            server, read_only=True, receive_timeout=math.ceil(ask.timeout_s), raise_exceptions=True,
            auto_bind=ldap3.AUTO_BIND_NONE, auto_referrals=False, **login,
        )  # fmt: skip
        connection.open()
        if parts.scheme == "ldap":
            connection.start_tls()
        connection.bind()
    except (LDAPException, OSError, ssl.SSLError) as error:
        raise web.error(_why(error)) from None
    return connection


def _server(web: Web, ldap3: Any) -> Server:
    ask = web.subscription
    parts = urlsplit(ask.url)
    if parts.scheme == "ldapi":
        path = unquote(parts.netloc or parts.path)
        local: Server = ldap3.Server(f"ldapi://{path}", get_info=ldap3.NONE)
        return local
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED,
        ca_certs_file=str(ask.ca) if ask.ca else None,
    )
    try:
        port = parts.port
    except ValueError:
        raise web.error(f"{parts.netloc}: is no host and port") from None
    server: Server = ldap3.Server(
        parts.hostname, port=port, use_ssl=parts.scheme == "ldaps", tls=tls,
        get_info=ldap3.NONE, connect_timeout=math.ceil(ask.timeout_s),
    )  # fmt: skip
    return server


def _found(
    web: Web, connection: Connection, base: str, wanted: str, asked: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, list[str]]]]:
    """DN and attributes (by name in lower case, as texts) of what a search finds, page by page."""
    from ldap3.core.exceptions import LDAPException

    cookie = None
    for _ in range(MOST_PAGES):
        try:
            connection.search(
                base, wanted, attributes=list(asked), paged_size=PAGE, paged_cookie=cookie
            )
        except (LDAPException, OSError) as error:
            raise web.error(f"search below {base}: {_why(error)}") from None
        for one in connection.response or ():
            if one.get("type") == "searchResEntry":
                yield one["dn"], _attributes(one.get("raw_attributes") or {})
        control = (connection.result.get("controls") or {}).get("1.2.840.113556.1.4.319", {})
        cookie = control.get("value", {}).get("cookie")
        if not cookie:
            return


def _attributes(raw: Mapping[str, list[bytes]]) -> dict[str, list[str]]:
    told = {}
    for name, values in raw.items():
        key = name.lower()
        told[key] = [
            _sid(v) if key == "objectsid" else v.decode("utf-8", "replace") for v in values
        ]
    return told


def _sid(raw: bytes) -> str:
    """The last part of a security identifier, as the primary group is told by."""
    return f"-{int.from_bytes(raw[-4:], 'little')}" if len(raw) >= 12 else ""


def _why(error: BaseException) -> str:
    """One line: what the directory said, without what was asked."""
    text = str(getattr(error, "description", None) or error or type(error).__name__)
    text = " ".join(text.split())
    if "certificate" in text.lower():
        return "its certificate cannot be trusted"
    return text[:200]


def _one(found: Mapping[str, list[str]], *names: str) -> str | None:
    values = (value for name in names for value in found.get(name.lower(), ()) if value.strip())
    return next(values, None)


def _plain(dn: str) -> str:
    """A DN to compare by: in lower case, without blanks around its separators."""
    return ",".join(part.strip() for part in dn.lower().split(","))


def _first_name(dn: str) -> str:
    """The value of the first part of a DN."""
    return dn.partition(",")[0].partition("=")[2].strip()


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _logon(ticks: int | None) -> int | None:
    """A Windows file time (100 ns since 1601) in ns since 1970."""
    if not ticks or not 0 < ticks < 1 << 62:
        return None
    return max(0, ticks // 10_000_000 - _FROM_1601_S) * NS
