"""Amazon GuardDuty findings, as its export to a bucket and EventBridge give them in JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import objects
from lynceus.ingest.json_structs import structs

TEXT = pl.String()
TEXTS = pl.List(TEXT)
MARK = r'"schemaVersion"\s*:.*"detectorId"\s*:|"detectorId"\s*:.*"schemaVersion"\s*:'

_ADDRESS = pl.Struct({"ipAddressV4": TEXT, "ipAddressV6": TEXT})
_PORT = pl.Struct({"port": TEXT})
_ENDS = {"remoteIpDetails": _ADDRESS, "localIpDetails": _ADDRESS,
         "remotePortDetails": _PORT, "localPortDetails": _PORT}  # fmt: skip
_ACTION = pl.Struct({
    "actionType": TEXT,
    "networkConnectionAction": pl.Struct({
        **_ENDS, "connectionDirection": TEXT, "protocol": TEXT, "blocked": TEXT}),
    "portProbeAction": pl.Struct({"portProbeDetails": pl.List(pl.Struct(_ENDS)), "blocked": TEXT}),
    "awsApiCallAction": pl.Struct({**_ENDS, "api": TEXT, "serviceName": TEXT}),
    "kubernetesApiCallAction": pl.Struct({**_ENDS, "sourceIPs": TEXTS, "sourceIps": TEXTS}),
    "dnsRequestAction": pl.Struct({"domain": TEXT, "protocol": TEXT, "blocked": TEXT}),
    "rdsLoginAttemptAction": pl.Struct(_ENDS),
})  # fmt: skip
_INSTANCE = pl.Struct({"instanceId": TEXT, "networkInterfaces": pl.List(pl.Struct({
    "privateIpAddress": TEXT, "publicIp": TEXT}))})  # fmt: skip
_FINDING: dict[str, pl.DataType] = {
    **dict.fromkeys(("id", "type", "title", "description", "severity", "accountId", "region",
                     "createdAt", "updatedAt", "detectorId"), TEXT),
    "resource": pl.Struct({
        "instanceDetails": _INSTANCE,
        "accessKeyDetails": pl.Struct({"userName": TEXT}),
        "kubernetesDetails": pl.Struct({"kubernetesUserDetails": pl.Struct({"username": TEXT})}),
        "rdsDbUserDetails": pl.Struct({"user": TEXT}),
    }),
    "service": pl.Struct({"action": _ACTION, "resourceRole": TEXT, "eventLastSeen": TEXT}),
}  # fmt: skip
SHAPE = {**_FINDING, "detail": pl.Struct(_FINDING)}

PURPOSES = {
    "Backdoor": "command-and-control", "CredentialAccess": "credential-access",
    "CryptoCurrency": "impact", "DefenseEvasion": "defense-evasion", "Discovery": "discovery",
    "Execution": "execution", "Exfiltration": "exfiltration", "Impact": "impact",
    "InitialAccess": "initial-access", "Persistence": "persistence",
    "PrivilegeEscalation": "privilege-escalation", "Recon": "reconnaissance",
    "Stealth": "defense-evasion", "Trojan": "command-and-control",
}  # fmt: skip
"""Purposes, the first part of a finding's type, and the tactic they mean."""

ACTIONS = ("networkConnectionAction", "awsApiCallAction", "kubernetesApiCallAction",
           "rdsLoginAttemptAction")  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One alert a line. Who opened the connection is its originator, whichever end is AWS's."""
    whole = structs(objects(lines), SHAPE)[0]
    wrapped = (
        pl.col("detail").struct.field("detectorId").is_not_null()
        | pl.col("detail").struct.field("service").is_not_null()
    )
    told = whole.select(
        pl.when(wrapped).then(pl.col("detail").struct.field(name)).otherwise(name).alias(name)
        for name in _FINDING
    )
    resource, service = pl.col("resource").struct, pl.col("service").struct
    action = service.field("action").struct
    network = action.field("networkConnectionAction").struct
    probe = action.field("portProbeAction").struct
    first = probe.field("portProbeDetails").list.first().struct
    asked = action.field("dnsRequestAction").struct
    interface = (
        resource.field("instanceDetails").struct.field("networkInterfaces").list.first().struct
    )
    parts = [*(action.field(name).struct for name in ACTIONS), first]

    def end(side: str) -> pl.Expr:
        return pl.coalesce(
            part.field(f"{side}IpDetails").struct.field(name)
            for part in parts
            for name in ("ipAddressV4", "ipAddressV6")
        )

    def end_port(side: str) -> pl.Expr:
        return pl.coalesce(
            part.field(f"{side}PortDetails").struct.field("port") for part in (network, first)
        )

    asks = asked.field("domain").is_not_null()
    # An API call comes in from the far end; the addresses of an instance are no part of it.
    own = pl.when(asks).then(interface.field("privateIpAddress"))
    out = (network.field("connectionDirection") == "OUTBOUND").fill_null(asks)
    far_acts = service.field("resourceRole") == "TARGET"
    local, remote = pl.coalesce(end("local"), own), end("remote")
    purpose = pl.col("type").str.extract(r"^([A-Za-z]+):", 1)
    return told.select(
        lines["line"],
        written=pl.coalesce("updatedAt", "createdAt", service.field("eventLastSeen")),
        orig_h=pl.when(out).then(local).otherwise(remote),
        resp_h=pl.when(out).then(remote).otherwise(local),
        orig_p=pl.when(out).then(end_port("local")).otherwise(end_port("remote")),
        resp_p=pl.when(out).then(end_port("remote")).otherwise(end_port("local")),
        attacker_h=pl.when(far_acts).then(remote).when(~far_acts).then(local),
        victim_h=pl.when(far_acts).then(local),
        proto=pl.coalesce(network.field("protocol"), asked.field("protocol")),
        sensor="region",
        alert_id="id",
        signature="type",
        category=purpose,
        event_code=purpose,
        severity="severity",
        score="severity",
        action=pl.coalesce(part.field("blocked") for part in (network, probe, asked)).replace(
            {"true": "blocked", "false": "allowed"}
        ),
        service=pl.when(asks).then(pl.lit("dns")),
        domain=asked.field("domain"),
        username=pl.coalesce(
            resource.field("kubernetesDetails").struct.field("kubernetesUserDetails")
            .struct.field("username"),
            resource.field("rdsDbUserDetails").struct.field("user"),
            resource.field("accessKeyDetails").struct.field("userName"),
        ),
        hostname=resource.field("instanceDetails").struct.field("instanceId"),
        message=pl.coalesce("description", "title"),
        tactic=purpose.replace_strict(PURPOSES, default=None, return_dtype=pl.String()),
        vendor=pl.lit("aws"),
        product=pl.lit("guardduty"),
        flow=pl.lit(value=False),
    )  # fmt: skip
