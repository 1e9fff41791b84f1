"""An OpenLDAP server of the tests' own, with the memberOf overlay and the attributes of Windows."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from ingest.feeds.certificates import certified

BASE = "dc=corp,dc=example"
ADMIN, PASSWORD = f"cn=admin,{BASE}", "s3cret-of-the-directory"
SCHEMAS = Path("/etc/ldap/schema")

WINDOWS = """
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.1696 NAME 'lastLogonTimestamp' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.98 NAME 'primaryGroupID' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.146 NAME 'objectSid' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL
  MAY ( sAMAccountName $ userAccountControl $ lastLogonTimestamp $ primaryGroupID $ objectSid
    $ department $ objectCategory $ displayName $ mail $ manager ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP groupOfNames STRUCTURAL
  MAY ( objectSid $ sAMAccountName ) )
"""

CONFIG = """
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
include {folder}/windows.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
security simple_bind=64
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
maxsize 10485760
overlay memberof
access to attrs=userPassword by * none
access to * by users read by * auth
"""


@dataclass(frozen=True)
class Slapd:
    """A server that runs."""

    port: int
    tls_port: int
    ca: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"ldap://localhost:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"


def _free() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(folder: Path, ldif: str) -> Iterator[Slapd]:
    """A server that holds these entries; skips where none is installed."""
    program = shutil.which("slapd", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("OpenLDAP absent: install the Debian package slapd")
    (folder / "data").mkdir()
    (folder / "windows.schema").write_text(WINDOWS)
    certified(folder)
    config = folder / "slapd.conf"
    config.write_text(
        CONFIG.format(schemas=SCHEMAS, folder=folder, base=BASE, admin=ADMIN, password=PASSWORD)
    )
    (folder / "entries.ldif").write_text(ldif)
    subprocess.run(
        ["/usr/sbin/slapadd", "-q", "-f", config, "-l", folder / "entries.ldif"],
        check=True, capture_output=True,
    )  # fmt: skip
    port, tls_port = _free(), _free()
    local = quote(str(folder / "s"), "")
    # The second address is none of the names in the certificate.
    secure = f"ldaps://127.0.0.1:{tls_port} ldaps://127.0.0.2:{tls_port}"
    where = f"ldap://127.0.0.1:{port} {secure} ldapi://{local}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-f", config, "-h", where, "-d", "0"], stdout=log, stderr=log
        )
    try:
        _until_it_answers(process, port, folder)
        yield Slapd(port, tls_port, folder / "ca.pem", folder)
    finally:
        process.terminate()
        process.wait(10)


def _until_it_answers(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, (folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("slapd does not answer")
