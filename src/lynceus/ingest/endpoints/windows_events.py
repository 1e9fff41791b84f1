"""Windows events as JSON or XML: logins of the Security log, connections and look-ups of Sysmon.

Known forms: what Winlogbeat, NXLog, Wazuh and dumps of EVTX files write, and the XML of Windows.
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, objects
from lynceus.ingest.devices.fields import json_fields, known

MARK = (
    r"<Event [^>]*schemas\.microsoft\.com/win/2004/08/events"
    r'|"winlog"\s*:\s*\{|"win"\s*:\s*\{\s*"(?:system|eventdata)"'
    r'|"Event"\s*:\s*\{.*"System"\s*:|"(?:EventID|EventId|event_id)"\s*:.*"(?:Channel|ProviderName|'
    r'SourceName|Provider|Provider_Name|provider_name|Computer)"\s*:'
    r'|"(?:Channel|ProviderName|SourceName|Provider|Computer|Hostname)"\s*:.*"(?:EventID|EventId)"\s*:'
)

SYSTEM = {
    "written": ("systemTime", "TimeCreated", "EventTime", "@timestamp", "UtcTime"),
    "event_code": ("EventID", "EventId", "eventID", "event_id"),
    "provider": ("Provider", "ProviderName", "SourceName", "providerName", "provider_name",
                 "Provider_Name"),
    "hostname": ("Computer", "computer", "computer_name", "Hostname", "MachineName"),
}  # fmt: skip
DATA = (
    "TargetUserName", "TargetDomainName", "IpAddress", "IpPort", "WorkstationName", "Workstation",
    "LogonType", "AuthenticationPackageName", "Status", "SubStatus", "TargetServerName",
    "ServiceName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "User", "Protocol", "Initiated",
    "SourceIp", "SourcePort", "SourceHostname", "DestinationIp", "DestinationHostname",
    "DestinationPort", "QueryName", "QueryStatus", "QueryResults",
)  # fmt: skip

LOGINS = {
    "4624": (None, "logon"), "4625": (None, "logon"), "4648": (None, "logon"),
    "4768": ("kerberos", "ticket"), "4769": ("kerberos", "ticket"), "4771": ("kerberos", "ticket"),
    "4776": ("ntlm", "validation"),
}  # fmt: skip
"""Events of the Security log that tell of a login, and by which protocol."""

REASONS = {
    "0xc0000064": "no such user", "0xc000006a": "wrong password",
    "0xc000006d": "bad user or password",
    "0xc0000234": "account locked", "0xc0000072": "account disabled",
    "0xc0000193": "account expired", "0xc0000071": "password expired",
    "0xc0000224": "password must change", "0xc000006f": "outside of the hours allowed",
    "0xc0000070": "not from this workstation", "0xc000015b": "logon type not granted",
    "0xc000018b": "no trust account", "0xc0000133": "clocks apart",
    "0x6": "no such user", "0x12": "account disabled, locked or expired",
    "0x17": "password expired",
    "0x18": "wrong password", "0x25": "clocks apart", "0x1f": "broken ticket",
}  # fmt: skip
"""Status codes of NT and of Kerberos, in words."""
NO_USER = ("0xc0000064", "0x6")

SERVICES = {"10": "rdp", "12": "rdp", "2": "console", "7": "console", "11": "console"}
"""What is logged in to, by type of logon; of a network logon (3) the log does not say."""

RCODES = {"0": "NOERROR", "9003": "NXDOMAIN", "9002": "SERVFAIL", "9501": "NOERROR",
          "9005": "REFUSED", "9001": "FORMERR"}  # fmt: skip
"""Status of a look-up as Windows numbers it."""
SYSMON = r"(?i)sysmon"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row an event: a login, a flow with its process, a look-up, or none of these."""
    text = lines["message"].str.strip_chars()
    xml = text.str.contains(r"^<Event")
    told = pl.concat([_xml(lines.filter(xml)), _json(lines.filter(~xml))], rechunk=True)
    sysmon = pl.col("provider").str.contains(SYSMON).fill_null(value=False)
    code = pl.col("event_code")
    told = told.with_columns(
        connection=sysmon & (code == "3"),
        lookup=sysmon & (code == "22"),
        decides=~sysmon & code.is_in(list(LOGINS)),
    )
    told = pl.concat([
        _logins(told.filter("decides")),
        _connections(told.filter("connection")),
        _lookups(told.filter("lookup"), told.filter("connection")),
        told.filter(~pl.any_horizontal("decides", "connection", "lookup")).with_columns(
            flow=pl.lit(value=False), product=pl.lit("windows")
        ),
    ], how="diagonal_relaxed", rechunk=True)  # fmt: skip
    return told.with_columns(vendor=pl.lit("microsoft"))


def _json(lines: pl.DataFrame) -> pl.DataFrame:
    """Fields wherever the collector has put them."""
    places = ("", "winlog.", "Event.System.", "win.system.", "System.")
    boxes = ("", "winlog.event_data.", "Event.EventData.", "EventData.", "Event.UserData.")
    columns = {
        name: [f"{place}{key}" for place in places for key in keys] for name, keys in SYSTEM.items()
    }
    columns |= {
        name: [*(f"{box}{name}" for box in boxes), f"win.eventdata.{name[0].lower()}{name[1:]}"]
        for name in DATA
    }
    columns["hostname"] += ["host.name"]
    told = json_fields(objects(lines), columns).with_columns(lines["line"])
    # Dumps of EVTX files keep attributes of XML, then these are objects.
    return told.with_columns(
        event_code=pl.coalesce(
            pl.col("event_code").str.extract(r'"#text"\s*:\s*"?(\d+)', 1),
            pl.col("event_code").str.extract(r"^(\d+)$", 1),
        ),
        written=pl.coalesce(
            pl.col("written").str.extract(r'"SystemTime"\s*:\s*"([^"]+)', 1), "written"
        ),
        provider=pl.coalesce(
            pl.col("provider").str.extract(r'"Name"\s*:\s*"([^"]+)', 1), "provider"
        ),
    ).select("line", *SYSTEM, *DATA)


def _xml(lines: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("message")

    def plain(pattern: str) -> pl.Expr:
        value = known(text.str.extract(pattern, 1))
        return value.str.replace_many(
            ["&lt;", "&gt;", "&quot;", "&apos;", "&amp;"], ["<", ">", '"', "'", "&"]
        )

    return lines.select(
        "line",
        written=plain(r"<TimeCreated SystemTime=['\"]([^'\"]+)"),
        event_code=plain(r"<EventID[^>]*>(\d+)<"),
        provider=plain(r"<Provider [^>]*Name=['\"]([^'\"]+)"),
        hostname=plain(r"<Computer>([^<]*)<"),
        **{name: plain(rf"<Data Name=['\"]{name}['\"]>([^<]*)<") for name in DATA},
    )


def _logins(told: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("event_code")
    status = pl.coalesce(
        pl.col("SubStatus").replace("0x0", None), "Status"
    ).str.to_lowercase().str.replace(r"^0x0*([0-9a-f])", "0x${1}")  # fmt: skip
    success = (
        pl.when(code == "4624").then(pl.lit(value=True))
        .when(code.is_in(["4625", "4771"])).then(pl.lit(value=False))
        .when(code != "4648").then(status == "0x0")
    )  # fmt: skip
    # A service ticket that was given is no login: there is one an access.
    counted = ~((code == "4769") & success.fill_null(value=True))
    far = (
        pl.col("IpAddress")
        .str.replace(r"^::ffff:", "")
        .replace(["LOCAL", "::1", "127.0.0.1"], None)
    )
    protocol = code.replace_strict(
        {code: how for code, (how, _) in LOGINS.items()}, default=None, return_dtype=pl.String()
    )
    return told.with_columns(
        orig_h=far,
        orig_p=pl.col("IpPort").replace("0", None),
        username="TargetUserName",
        action=pl.when(success).then(pl.lit("success")).when(~success).then(pl.lit("failure")),
        product=pl.lit("windows"),
        flow=pl.lit(value=False),
        login_event=nested(
            "login",
            counted,
            service=pl.coalesce(
                protocol, pl.col("LogonType").replace_strict(SERVICES, default="windows")
            ),
            orig_hostname=pl.coalesce("WorkstationName", "Workstation"),
            domainname="TargetDomainName",
            method=pl.coalesce(
                pl.col("AuthenticationPackageName").str.to_lowercase(), protocol
            ),
            success=success,
            reason=pl.when(~success).then(
                status.replace_strict(REASONS, default=status, return_dtype=pl.String())
            ),
            user_exists=pl.when(status.is_in(NO_USER)).then(pl.lit(value=False)),
            logon_type="LogonType",
            attempts=pl.lit(1),
        ),
    )  # fmt: skip


def _connections(told: pl.DataFrame) -> pl.DataFrame:
    path = pl.col("Image")
    return told.with_columns(
        written=pl.coalesce("UtcTime", "written"),
        orig_h="SourceIp",
        orig_p="SourcePort",
        resp_h="DestinationIp",
        resp_p="DestinationPort",
        proto="Protocol",
        domain="DestinationHostname",
        username="User",
        product=pl.lit("sysmon"),
        process_event=nested(
            "process",
            pl.lit(value=True),
            process_name=path.str.extract(r"([^\\/]+)$", 1),
            process_path=path,
            pid="ProcessId",
            process_guid="ProcessGuid",
            initiated=pl.col("Initiated").str.to_lowercase() == "true",
        ),
    )


def _lookups(told: pl.DataFrame, connections: pl.DataFrame) -> pl.DataFrame:
    """A look-up does not tell the address of its host; what the host opened from tells it."""
    own = (
        connections.filter(
            pl.col("Initiated").str.to_lowercase() == "true",
            ~pl.col("SourceIp").str.contains(r"^(?:127\.|::1$|fe80:)"),
        )
        .group_by("hostname")
        .agg(own_h=pl.col("SourceIp").mode().sort().first())
    )
    results = pl.col("QueryResults").str.split(";").list.eval(
        pl.element().str.strip_chars().str.replace(r"^(?:::ffff:|type:\s*\d+\s*)", "")
    )  # fmt: skip
    answers = results.list.eval(pl.element().filter(pl.element() != ""))
    return (
        told.join(own, on="hostname", how="left", maintain_order="left")
        .with_columns(
            written=pl.coalesce("UtcTime", "written"),
            orig_h="own_h",
            username="User",
            domain="QueryName",
            service=pl.lit("dns"),
            product=pl.lit("sysmon"),
            flow=pl.lit(value=False),
            dns_event=nested(
                "dns",
                pl.col("own_h").is_not_null() & pl.col("QueryName").is_not_null(),
                query=pl.col("QueryName").str.to_lowercase().str.strip_chars_end("."),
                rcode=pl.col("QueryStatus").replace_strict(
                    RCODES, default=None, return_dtype=pl.String()
                ),
                answers=pl.when(answers.list.len() > 0).then(answers),
                rejected=pl.col("QueryStatus").is_in(["9002", "9003", "9005"]),
            ),
        )
        .drop("own_h")
    )
