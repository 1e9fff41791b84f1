"""Darktrace: model breaches, AI Analyst incidents and system alerts, as its API and syslog give
them in JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import objects
from lynceus.ingest.json_structs import structs

TEXT = pl.String()
TEXTS = pl.List(TEXT)
MARK = (
    r'"(?:pbid|phid)"\s*:.*"(?:triggeredComponents|model|score)"\s*:'
    r'|"(?:aiaScore|summariser|incidentEventUrl)"\s*:'
    r'|"child_id"\s*:.*"acknowledge_timeout"\s*:|"acknowledge_timeout"\s*:.*"last_updated_status"'
)

_MITRE = pl.Struct({"tactics": TEXTS, "techniques": TEXTS})
_MODEL = dict.fromkeys(("name", "uuid", "category", "priority", "description"), TEXT)
_NAMED = pl.Struct({**_MODEL, "mitre": _MITRE})
_DEVICE = pl.Struct(dict.fromkeys(("did", "hostname", "ip", "identifier"), TEXT))
SHAPE: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("time", "creationTime", "createdAt", "pbid", "score", "aiaScore", "id", "title", "summary",
         "category", "groupCategory", "uuid", "name", "message", "last_updated", "priority",
         "hostname", "ip_address", "alert_name"), TEXT),
    "model": pl.Struct({**_MODEL, "mitre": _MITRE, "now": _NAMED, "then": _NAMED}),
    "device": _DEVICE,
    "triggeredComponents": pl.List(pl.Struct({"ip": TEXT, "port": TEXT, "protocol": TEXT})),
    "breachDevices": pl.List(_DEVICE),
    "mitreTactics": TEXTS,
}  # fmt: skip

ACCOUNT = r"^SaaS::[^:]*:\s*(.+)$"
"""How a device that is an account of a cloud service is named."""


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One alert a line."""
    told = structs(objects(lines), SHAPE)[0]
    model, device = pl.col("model").struct, pl.col("device").struct
    component = pl.col("triggeredComponents").list.first().struct
    breached = pl.col("breachDevices").list.first().struct

    def of_model(name: str) -> pl.Expr:
        parts = [model.field(part).struct.field(name) for part in ("now", "then")]
        return pl.coalesce(*parts, model.field(name))

    def of_mitre(name: str) -> pl.Expr:
        parts = [
            model.field(part).struct.field("mitre").struct.field(name) for part in ("now", "then")
        ]
        return pl.coalesce(*parts, model.field("mitre").struct.field(name))

    named = pl.coalesce(device.field("hostname"), breached.field("hostname"), "hostname")
    return told.select(
        lines["line"],
        written=pl.coalesce("time", "createdAt", "creationTime", "last_updated"),
        orig_h=pl.coalesce(device.field("ip"), breached.field("ip"), "ip_address"),
        resp_h=component.field("ip").str.replace(r"/(?:32|128)$", ""),
        resp_p=component.field("port"),
        proto=component.field("protocol"),
        alert_id=pl.coalesce("pbid", "id", "uuid"),
        signature=pl.coalesce(of_model("name"), "title", "name", "alert_name"),
        signature_id=of_model("uuid"),
        category=pl.coalesce(of_model("category"), "groupCategory", "category"),
        severity=pl.coalesce(of_model("priority"), "priority", "groupCategory"),
        score=pl.coalesce("score", "aiaScore"),
        username=named.str.extract(ACCOUNT, 1),
        hostname=pl.when(~named.str.contains(ACCOUNT)).then(named),
        message=pl.coalesce("summary", "message", of_model("description")),
        tactic=pl.coalesce(of_mitre("tactics"), "mitreTactics").list.first(),
        techniques=of_mitre("techniques"),
        vendor=pl.lit("darktrace"),
        product=pl.lit("darktrace"),
        flow=pl.lit(value=False),
    )
