"""Which family of traffic a label means."""

from __future__ import annotations

import polars as pl

FAMILIES: dict[str, str] = {
    "benign": "nothing of the below",
    "dos": "one machine denies a service: floods, slow requests, resource exhaustion",
    "ddos": "many machines deny a service together",
    "scan": "looks for hosts, ports or services",
    "brute_force": "tries passwords, of a service that the set does not name or no other row does",
    "brute_force_ssh": "tries passwords of SSH",
    "brute_force_ftp": "tries passwords of FTP",
    "web_attack": "tries passwords of, or injects into, a web application",
    "botnet": "a bot and its command and control",
    "infiltration": "a machine inside is taken over and used from there",
    "lateral_movement": "goes from one machine inside to another",
    "exfiltration": "data is carried out",
    "tunnel": "data is hidden in a protocol that is let through",
    "heartbleed": "memory of a TLS server is read by overlong heartbeats",
    "exploit": "a vulnerability is used",
    "fuzzing": "malformed input is sent to find or use a vulnerability",
    "worm": "spreads itself",
    "backdoor": "access that goes around authentication",
    "shellcode": "code for the target travels in the payload",
    "generic": "what UNSW-NB15 calls attacks on block ciphers: the same DNS question many times",
    "analysis": "port scans, spam and web probes that UNSW-NB15 puts together",
}
"""Families of traffic, which classifiers name; null in a row where the set does not know."""

OF_DETECTOR = {
    "arp_scan": "scan", "dhcp_scan": "scan", "distributed_scan": "scan", "horizontal_scan": "scan",
    "icmp_sweep": "scan", "slow_scan": "scan", "strobe": "scan", "vertical_scan": "scan",
    "web_scanner": "scan", "directory_discovery": "scan", "share_enumeration": "scan",
    "account_enumeration": "scan", "flood": "dos", "slow_dos": "dos", "amplification": "ddos",
    "brute_force": "brute_force", "password_spray": "brute_force",
    "login_after_failures": "brute_force", "beacon": "botnet", "crypto_mining": "botnet",
    "dga": "botnet", "known_bad": "botnet", "exfiltration": "exfiltration",
    "staging": "exfiltration", "upload_surge": "exfiltration", "dns_tunnel": "tunnel",
    "icmp_tunnel": "tunnel", "http_tunnel": "tunnel", "doh_tunnel": "tunnel",
    "lateral_movement": "lateral_movement", "admin_share": "lateral_movement",
    "remote_execution": "lateral_movement", "sigred": "exploit", "zerologon": "exploit",
    "web_attack": "web_attack", "smb_ransomware": "worm",
}  # fmt: skip
"""The family of what a detector is named after; others are of no family."""

SERVICES = {"ssh": "brute_force_ssh", "ftp": "brute_force_ftp", "http": "web_attack"}
"""Tries of passwords by the service they are tried on."""

NOT_KNOWN = r"\b(background|unknown)\b"
MALICIOUS = r"\b(malicious|malware|botnet|attack|infected)"
BENIGN = r"\b(benign|normal|legitimate)"

BY_WORDS = (
    (r"\bddos\b", "ddos"),
    (r"\bdos\b", "dos"),
    (r"scan", "scan"),
    (r"exfil", "exfiltration"),
    (r"\bssh.*brute|brute.*ssh", "brute_force_ssh"),
    (r"brute", "brute_force"),
    (r"\b(cc|c c|c2|botnet|bot|okiru|mirai|torii|filedownload|heartbeat|spam|malware)\b", "botnet"),
)
"""Families by words of a label and its details, the first that fits."""


def plain(text: pl.Expr) -> pl.Expr:
    """A label in lower case, its words parted by one space."""
    return text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars()


def by_words(label: str, detail: str) -> list[pl.Expr]:
    """`malicious` and `family` by what two text columns say in words, null where they do not.

    Whether it is malicious is told by the label alone, the family by both.
    """
    kind = plain(pl.col(label))
    malicious = (
        pl.when(kind.str.contains(MALICIOUS))
        .then(pl.lit(value=True))
        .when(kind.str.contains(NOT_KNOWN))
        .then(pl.lit(None, pl.Boolean))
        .when(kind.str.contains(BENIGN))
        .then(pl.lit(value=False))
    )
    words = plain(pl.concat_str(label, detail, separator=" ", ignore_nulls=True))
    family = pl.coalesce(
        pl.when(words.str.contains(pattern)).then(pl.lit(name)) for pattern, name in BY_WORDS
    )
    return [
        malicious.alias("malicious"),
        pl.when(malicious).then(family).when(~malicious).then(pl.lit("benign")).alias("family"),
    ]
