"""Names of services that speak for those who call them.

A name in a TLS hello or an HTTP request is what the caller says. It counts as the service's own
where nobody else may stand behind it and the address does not belie it.
"""

from __future__ import annotations

import polars as pl

OPEN_KINDS = ("dynamic_dns", "url_shortener")
"""Services under whose names anybody may be: a call there says nothing of who answers."""

RENTED_KINDS = ("hosting", "vpn", "tor_relay", "tor_exit")
"""Networks where anybody may answer to any name; the large services live elsewhere."""

MIRRORED_KINDS = ("time", "os_update", "pki", "monitoring", "ip_check")
"""Services that volunteers and small operators run, on rented machines too."""

_kind = pl.col("domain_known_service_kind")
_open = _kind.is_in(OPEN_KINDS).fill_null(False)
_belied = (
    pl.col("resp_network_kind").is_in(RENTED_KINDS) & ~_kind.is_in(MIRRORED_KINDS)
).fill_null(False)

SERVICE_ASKED = pl.when(~_open).then("domain_known_service")
"""The well-known service of a name that was looked up, null where strangers may stand behind it."""

SERVICE_MET = pl.when(~_open & ~_belied).then("domain_known_service")
"""The well-known service of a name under which an address was met; null where it may be none."""

POPULAR_MET = pl.col("domain_popular") & ~_belied
"""Whether a name is a popular one, by whose own machines the call may have been answered."""
