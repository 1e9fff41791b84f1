"""abuse.ch SSLBL: digests of certificates, JA3 and addresses of botnet servers, as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.web import Web

_SHA1 = re.compile(r"(?i)^[0-9a-f]{40}$")


class Sslbl:
    """SSLBL: every digest of it is that of a certificate."""

    title: ClassVar[str] = "abuse.ch SSLBL: certificates, JA3 or addresses, as CSV"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries in order."""
        for entry in entries(web.text()):
            yield entry._replace(kind="certificate" if _SHA1.match(entry.text) else None)
