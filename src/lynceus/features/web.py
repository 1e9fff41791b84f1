"""Windows over clear-text web requests: by conversation, by far end, by program."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.contact import HOST_NAME, OUTWARD, PROXIED
from lynceus.features.vouched import POPULAR_MET, SERVICE_MET
from lynceus.features.window import (
    Active,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Sum,
    Values,
    Window,
)

_SEEN: tuple[Measure, ...] = (
    Max("resp_p", "resp_p"),
    *BEHIND,
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
)

_ENCODED = {
    "%20": " ", "+": " ", "%09": " ", "%0a": "\n", "%0d": "\n", "%22": '"', "%27": "'", "%28": "(",
    "%29": ")", "%2a": "*", "%2d": "-", "%2e": ".", "%2f": "/", "%3b": ";", "%3c": "<", "%3d": "=",
    "%3e": ">", "%5c": "\\", "%60": "`", "%7c": "|", "%24": "$", "%7b": "{", "%23": "#", "%26": "&",
    "/**/": " ",
}  # fmt: skip
"""What request targets write for the signs of an attack."""

_HINT = (
    r"(?i)(%25|%27|'|%22|%3c|<|%3b|;|%60|`|%7c|\||%24|\$\(|\.\.(/|%2f|\\|%5c)|%2e%2e|etc(/|%2f)"
    r"|union|select|sleep|jndi|passwd|alert|php:|%0a|(or|and)(\+|%20)+\d)"
)
"""Signs without which a target is not read further."""

SQL = (
    r"(?i)\bunion\b[\s(]+(all[\s(]+)?select\b"
    r"|['\")]\s*(or|and)\s+['\"(]?\w+['\")]?\s*(=|<|>|like\b)"
    r"|\b(or|and)\s+(\d+)\s*=\s*\d+\b"
    r"|\bselect\b.{1,80}\bfrom\b.{0,40}\b(information_schema|sysobjects|pg_catalog|dual\b)"
    r"|\b(sleep|benchmark|pg_sleep|extractvalue|updatexml|load_file|xp_cmdshell)\s*\("
    r"|\bwaitfor\s+delay\b|['\"]\s*;\s*(drop|insert|update|delete|exec)\b"
    r"|['\"]\s*order\s+by\s+\d+|\d\s+order\s+by\s+\d+\s*(--|#)"
)
XSS = (
    r"(?i)<\s*script\b|<\s*/\s*script\b|<\s*[a-z]+[^>]{0,80}\bon[a-z]{3,12}\s*="
    r"|javascript\s*:\s*(alert|eval|document|window|prompt|confirm)"
    r"|\b(alert|prompt|confirm)\s*\(\s*['\"\d/]|<\s*iframe\b|document\.cookie\s*[;)]"
)
TRAVERSAL = (
    r"(?i)(\.\.+[/\\]+){2,}|\.\.[/\\](etc|windows|winnt|boot|proc)\b|/etc/(passwd|shadow)\b"
    r"|/proc/self/(environ|cmdline)|\bboot\.ini\b|\bphp://(filter|input)|\bfile:///etc"
)
COMMAND = (
    r"(?i)([;|`\n]|\$\(|&&)\s*/?(usr/|bin/)*(cat|ls|id|whoami|uname|wget|curl|ncat|nc|bash|sh"
    r"|busybox|powershell|cmd(\.exe)?|ping|rm|chmod|nslookup)(\s|$|[;|)`])"
    r"|\$\{[^}]{0,40}jndi|\bcmd\.exe\b|/bin/(ba)?sh\b|^\(\)\s*\{\s*[^}]"
)
ATTACKS = {
    "SQL injection": SQL,
    "cross-site scripting": XSS,
    "path traversal": TRAVERSAL,
    "command injection": COMMAND,
}
"""What is tried, and the pattern of a decoded request target that shows it."""

_once = pl.col("uri").str.to_lowercase().str.replace_all("%25", "%", literal=True)
_decoded = _once.str.replace_many(list(_ENCODED), list(_ENCODED.values()))


def _tried(kind: str) -> pl.Expr:
    return pl.col("target").str.contains(ATTACKS[kind])


_attack = pl.any_horizontal(*(_tried(kind) for kind in ATTACKS))

WEB_ATTACKS = Window(
    "web_attacks_1h",
    "http",
    ("orig_h", "resp_h"),
    (
        Count("attempts"),
        Distinct("targets", "uri"),
        Count("sql_injection", _tried("SQL injection")),
        Count("cross_site_scripting", _tried("cross-site scripting")),
        Count("path_traversal", _tried("path traversal")),
        Count("command_injection", _tried("command injection")),
        Count("answered_200", pl.col("status_code") == 200),
        Values("targets_sample", pl.col("uri").str.slice(0, 200), k=3),
        Values("hosts", "host", k=3),
        Max("popular", POPULAR_MET),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        *_SEEN,
    ),
    "1h",
    _attack.fill_null(False),
    derive={"target": _decoded},
    only=pl.col("uri").str.contains(_HINT).fill_null(False),
)
"""Requests whose target holds the words of an attack, by client and server."""

SCANNERS = (
    r"(?i)nikto|sqlmap|nmap scripting engine|masscan|zgrab|gobuster|dirbuster|\bdirb\b|feroxbuster"
    r"|fuzz faster u fool|wfuzz|wpscan|nuclei|acunetix|nessus|openvas|arachni|w3af|whatweb|skipfish"
    r"|netsparker|jaeles|zmeu|morfeus|\bcommix\b|havij|fimap|joomscan|droopescan|webinspect|l9explore"
    r"|leakix|censysinspect|expanse|internet-measurement|httpx - open-source|jorgee|xenu|brutus"
)
"""User agents of programs that look for weak web servers."""

_missing = pl.col("status_code").is_in([400, 403, 404, 405, 410, 501])

WEB_MISSES = Window(
    "web_misses_5m",
    "http",
    ("orig_h", "resp_h"),
    (
        Count("requests"),
        Distinct("targets", "uri"),
        Count("misses", _missing),
        Distinct("missed_targets", "uri", _missing),
        Count("scanner_requests", pl.col("user_agent").str.contains(SCANNERS)),
        Max(
            "scanner_agent", pl.when(pl.col("user_agent").str.contains(SCANNERS)).then("user_agent")
        ),
        Values("missed_sample", pl.col("uri").str.slice(0, 120), _missing, k=5),
        Values("hosts", "host", k=3),
        Max("popular", POPULAR_MET),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Active("active_slots", "5m"),
        *_SEEN,
    ),
    "5m",
    worth=(pl.col("missed_targets") >= 10) | (pl.col("scanner_requests") > 0),
).widened("1h")
"""Pages that were asked for and not there, by client and server."""

_sent = pl.col("request_body_bytes").cast(pl.Int64)
_carrying = _sent > 0
_path = pl.col("uri").str.replace(r"\?.*$", "")

WEB_TALKS = Window(
    "web_talks_1h",
    "http",
    ("orig_h", "name"),
    (
        Count("requests"),
        Distinct("targets", "uri"),
        Distinct("paths", _path),
        Sum("target_bytes", pl.col("uri").str.len_bytes().cast(pl.Int64)),
        Count("uploads", _carrying),
        Sum("uploaded_bytes", _sent),
        Sum("downloaded_bytes", pl.col("response_body_bytes").cast(pl.Int64)),
        Count("refused_requests", (pl.col("status_code") >= 400).fill_null(True)),
        Count("referred", pl.col("referrer").is_not_null()),
        Values("targets_sample", pl.when(pl.col("uri").hash(1) % 8 == 0).then("uri"), k=20),
        Values("methods", "method", k=4),
        Values("agents", "user_agent", k=3),
        Max("popular", POPULAR_MET),
        Max("known_service", SERVICE_MET),
        Max("domain", "domain"),
        Max("network_kind", "resp_network_kind"),
        Max("resp_h", "resp_h"),
        *_SEEN,
    ),
    "1h",
    (OUTWARD | PROXIED).fill_null(False) & (pl.col("method") != "CONNECT").fill_null(True),
    derive={"name": pl.coalesce(HOST_NAME, "resp_h")},
    worth=pl.col("requests") >= 30,
)
"""What one inside host asked of one web host."""

ASKERS_OF_NAME = Window(
    "askers_of_name_1h",
    "http",
    ("name",),
    (Distinct("askers", "orig_h"),),
    "1h",
    (OUTWARD | PROXIED).fill_null(False),
    derive={"name": pl.coalesce(HOST_NAME, "resp_h")},
    worth=pl.col("askers") >= 2,
)
"""How many inside hosts asked one web host for something; those asked by one alone are left out."""

_port = pl.col("host").str.extract(r":(\d{1,5})$").cast(pl.UInt32, strict=False)

WEB_CONNECTS = Window(
    "web_connects_1h",
    "http",
    ("orig_h", "resp_h", "name", "port"),
    (
        Count("requests"),
        Count("accepted", pl.col("status_code") == 200),
        Max("popular", POPULAR_MET),
        Max("known_service", SERVICE_MET),
        Max("domain", "domain"),
        *_SEEN,
    ),
    "1h",
    pl.col("port").is_not_null() & ~pl.col("port").is_in([80, 443, 8080, 8443]),
    derive={"name": HOST_NAME, "port": _port},
    only=(pl.col("method") == "CONNECT").fill_null(False),
)
"""Ways through a proxy to ports that are not of the web."""

AGENTS_OF_SITE = Window(
    "agents_of_site_1d",
    "http",
    ("agent",),
    (
        Distinct("clients", "orig_h"),
        Min("orig_h", "orig_h"),
        Count("requests"),
        Distinct("hosts", "host"),
        Values("hosts_sample", "host", k=5),
        Count(
            "to_popular", pl.col("domain_popular") | pl.col("domain_known_service").is_not_null()
        ),
        Count("uploads", _carrying),
        Max("resp_h", "resp_h"),
        *_SEEN,
    ),
    "1d",
    OUTWARD.fill_null(False),
    derive={"agent": pl.col("user_agent")},
)
"""Programs by the name they give themselves, and who uses them."""

SILENT_AGENTS = Window(
    "silent_agents_1d",
    "http",
    ("orig_h", "resp_h"),
    (
        Count("requests"),
        Count("uploads", _carrying),
        Values("hosts_sample", "host", k=3),
        Max("popular", POPULAR_MET),
        Max("known_service", SERVICE_MET),
        Max("network_kind", "resp_network_kind"),
        *_SEEN,
    ),
    "1d",
    (OUTWARD & pl.col("method").is_not_null()).fill_null(False)
    & (pl.col("user_agent").is_null() | (pl.col("user_agent") == ""))
    & pl.any_horizontal(pl.col("version", "request_body_bytes").is_not_null()),
)
"""Requests of a program that does not say what it is, by client and server; of a request that was
cut off neither version nor body is told, and what it had to say is not known."""

WEB_CLIENTS = Window(
    "web_clients_1d",
    "http",
    (),
    (
        Distinct("web_clients", "orig_h"),
        Count("named_requests", pl.col("user_agent").is_not_null()),
    ),
    "1d",
    OUTWARD.fill_null(False),
)
"""How many inside hosts use the web in clear text, and whether their programs are told at all."""

_PROGRAM_TYPES = (
    r"(?i)^application/(x-msdownload|x-msdos-program|x-dosexec|vnd\.microsoft\.portable-executable"
    r"|x-executable|x-elf|x-pie-executable|x-sharedlib|x-mach-o-executable|x-mach-binary|x-sh|hta"
    r"|x-shellscript|java-archive|x-java-archive|vnd\.android\.package-archive|x-ms-installer"
    r"|x-msi|x-powershell)$|^text/(x-sh|x-shellscript|x-msdos-batch|vbscript)$"
)
"""Media types of what a host can run."""

_PROGRAM_NAMES = (
    r"(?i)\.(exe|dll|scr|com|pif|msi|ps1|psm1|bat|cmd|vbs|vbe|wsf|hta|jar|apk|sh|elf|run|py|pl"
    r"|mips|mipsel|mpsl|arm[4-7]?|armv[4-8]l?|x86|x86_64|i[56]86|ppc|sh4|m68k|spc)$"
)
"""Ends of the names of what a host can run, those of small devices among them."""

_PAGE_TYPES = r"(?i)^(text/(html|css|xml)|image/|video/|audio/|font/)"
"""Media types of what a web server sends instead where it has no such program."""

_media, _numbered = pl.col("response_mime_type"), r"^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$"

PROGRAMS_BY_NUMBER = Window(
    "programs_by_number_1h",
    "http",
    ("orig_h", "resp_h", "place"),
    (
        Count("downloads"),
        Distinct("programs", _path),
        Sum("downloaded_bytes", pl.col("response_body_bytes").cast(pl.Int64)),
        Values("programs_sample", _path.str.slice(0, 120), k=5),
        Max("user_agent", "user_agent"),
        Max("response_mime_type", _media),
        Max("network_kind", "resp_network_kind"),
        *_SEEN,
    ),
    "1h",
    (
        (OUTWARD | PROXIED)
        & pl.col("place").str.contains(_numbered)
        & pl.col("status_code").is_in([200, 206])
        & (pl.col("response_body_bytes").fill_null(1) > 0)
        & (
            _media.str.contains(_PROGRAM_TYPES).fill_null(False)
            | (
                _path.str.contains(_PROGRAM_NAMES)
                & ~_media.str.contains(_PAGE_TYPES).fill_null(False)
            )
        )
    ).fill_null(False),
    derive={"place": pl.coalesce(HOST_NAME, "resp_h")},
)
"""What a host can run, fetched from servers that were called by their number."""
