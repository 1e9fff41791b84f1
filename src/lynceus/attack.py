"""The part of MITRE ATT&CK that network traffic can show: techniques, tactics, their order.

ATT&CK is a registered trademark of The MITRE Corporation. (c) The MITRE Corporation. The names and
ids below are reproduced with the permission of The MITRE Corporation under the ATT&CK terms of use.
"""

from __future__ import annotations

from typing import NamedTuple


class Technique(NamedTuple):
    """What an id stands for."""

    name: str
    tactic: str
    """The tactic it most often serves, lower case with hyphens."""


TACTICS: tuple[str, ...] = (
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)
"""The tactics in the order of the matrix."""

PHASES: dict[str, tuple[str, ...]] = {
    "look around": ("reconnaissance", "resource-development", "discovery"),
    "break in": ("initial-access", "execution", "privilege-escalation", "credential-access"),
    "stay and steer": ("persistence", "defense-evasion", "command-and-control"),
    "spread": ("lateral-movement", "collection"),
    "harm": ("exfiltration", "impact"),
}
"""The tactics as steps of an intrusion, in the order in which traffic usually shows them.

The matrix puts `discovery` after `credential-access`; on the wire a scan comes before the logins
that it prepares, so a chain is measured in these phases.
"""

_PHASE_OF = {tactic: phase for phase, tactics in PHASES.items() for tactic in tactics}
_PHASE_ORDER = {phase: place for place, phase in enumerate(PHASES)}

TECHNIQUES: dict[str, Technique] = {
    "T1001": Technique("Data Obfuscation", "command-and-control"),
    "T1003": Technique("OS Credential Dumping", "credential-access"),
    "T1003.002": Technique("Security Account Manager", "credential-access"),
    "T1003.003": Technique("NTDS", "credential-access"),
    "T1003.004": Technique("LSA Secrets", "credential-access"),
    "T1003.006": Technique("DCSync", "credential-access"),
    "T1007": Technique("System Service Discovery", "discovery"),
    "T1008": Technique("Fallback Channels", "command-and-control"),
    "T1016": Technique("System Network Configuration Discovery", "discovery"),
    "T1018": Technique("Remote System Discovery", "discovery"),
    "T1020": Technique("Automated Exfiltration", "exfiltration"),
    "T1021": Technique("Remote Services", "lateral-movement"),
    "T1021.001": Technique("Remote Desktop Protocol", "lateral-movement"),
    "T1021.002": Technique("SMB/Windows Admin Shares", "lateral-movement"),
    "T1021.003": Technique("Distributed Component Object Model", "lateral-movement"),
    "T1021.004": Technique("SSH", "lateral-movement"),
    "T1021.005": Technique("VNC", "lateral-movement"),
    "T1021.006": Technique("Windows Remote Management", "lateral-movement"),
    "T1029": Technique("Scheduled Transfer", "exfiltration"),
    "T1030": Technique("Data Transfer Size Limits", "exfiltration"),
    "T1033": Technique("System Owner/User Discovery", "discovery"),
    "T1039": Technique("Data from Network Shared Drive", "collection"),
    "T1040": Technique("Network Sniffing", "credential-access"),
    "T1041": Technique("Exfiltration Over C2 Channel", "exfiltration"),
    "T1046": Technique("Network Service Discovery", "discovery"),
    "T1047": Technique("Windows Management Instrumentation", "execution"),
    "T1048": Technique("Exfiltration Over Alternative Protocol", "exfiltration"),
    "T1048.001": Technique("Exfiltration Over Symmetric Encrypted Non-C2 Protocol", "exfiltration"),
    "T1048.002": Technique(
        "Exfiltration Over Asymmetric Encrypted Non-C2 Protocol", "exfiltration"
    ),
    "T1048.003": Technique("Exfiltration Over Unencrypted Non-C2 Protocol", "exfiltration"),
    "T1049": Technique("System Network Connections Discovery", "discovery"),
    "T1053.005": Technique("Scheduled Task", "execution"),
    "T1069.002": Technique("Domain Groups", "discovery"),
    "T1070.001": Technique("Clear Windows Event Logs", "defense-evasion"),
    "T1071": Technique("Application Layer Protocol", "command-and-control"),
    "T1071.001": Technique("Web Protocols", "command-and-control"),
    "T1071.002": Technique("File Transfer Protocols", "command-and-control"),
    "T1071.003": Technique("Mail Protocols", "command-and-control"),
    "T1071.004": Technique("DNS", "command-and-control"),
    "T1074": Technique("Data Staged", "collection"),
    "T1074.002": Technique("Remote Data Staging", "collection"),
    "T1078": Technique("Valid Accounts", "initial-access"),
    "T1087.002": Technique("Domain Account", "discovery"),
    "T1090": Technique("Proxy", "command-and-control"),
    "T1090.001": Technique("Internal Proxy", "command-and-control"),
    "T1090.002": Technique("External Proxy", "command-and-control"),
    "T1090.003": Technique("Multi-hop Proxy", "command-and-control"),
    "T1090.004": Technique("Domain Fronting", "command-and-control"),
    "T1095": Technique("Non-Application Layer Protocol", "command-and-control"),
    "T1098": Technique("Account Manipulation", "persistence"),
    "T1102": Technique("Web Service", "command-and-control"),
    "T1104": Technique("Multi-Stage Channels", "command-and-control"),
    "T1105": Technique("Ingress Tool Transfer", "command-and-control"),
    "T1110": Technique("Brute Force", "credential-access"),
    "T1110.001": Technique("Password Guessing", "credential-access"),
    "T1110.003": Technique("Password Spraying", "credential-access"),
    "T1110.004": Technique("Credential Stuffing", "credential-access"),
    "T1112": Technique("Modify Registry", "defense-evasion"),
    "T1132": Technique("Data Encoding", "command-and-control"),
    "T1133": Technique("External Remote Services", "initial-access"),
    "T1134.005": Technique("SID-History Injection", "privilege-escalation"),
    "T1135": Technique("Network Share Discovery", "discovery"),
    "T1187": Technique("Forced Authentication", "credential-access"),
    "T1189": Technique("Drive-by Compromise", "initial-access"),
    "T1190": Technique("Exploit Public-Facing Application", "initial-access"),
    "T1200": Technique("Hardware Additions", "initial-access"),
    "T1207": Technique("Rogue Domain Controller", "defense-evasion"),
    "T1210": Technique("Exploitation of Remote Services", "lateral-movement"),
    "T1219": Technique("Remote Access Tools", "command-and-control"),
    "T1222.001": Technique(
        "Windows File and Directory Permissions Modification", "defense-evasion"
    ),
    "T1482": Technique("Domain Trust Discovery", "discovery"),
    "T1486": Technique("Data Encrypted for Impact", "impact"),
    "T1496": Technique("Resource Hijacking", "impact"),
    "T1498": Technique("Network Denial of Service", "impact"),
    "T1498.001": Technique("Direct Network Flood", "impact"),
    "T1498.002": Technique("Reflection Amplification", "impact"),
    "T1499": Technique("Endpoint Denial of Service", "impact"),
    "T1499.001": Technique("OS Exhaustion Flood", "impact"),
    "T1499.002": Technique("Service Exhaustion Flood", "impact"),
    "T1537": Technique("Transfer Data to Cloud Account", "exfiltration"),
    "T1550.002": Technique("Pass the Hash", "lateral-movement"),
    "T1557": Technique("Adversary-in-the-Middle", "credential-access"),
    "T1557.001": Technique("Name Resolution Poisoning and SMB Relay", "credential-access"),
    "T1557.002": Technique("ARP Cache Poisoning", "credential-access"),
    "T1557.003": Technique("DHCP Spoofing", "credential-access"),
    "T1558": Technique("Steal or Forge Kerberos Tickets", "credential-access"),
    "T1558.003": Technique("Kerberoasting", "credential-access"),
    "T1558.004": Technique("AS-REP Roasting", "credential-access"),
    "T1567": Technique("Exfiltration Over Web Service", "exfiltration"),
    "T1567.002": Technique("Exfiltration to Cloud Storage", "exfiltration"),
    "T1568": Technique("Dynamic Resolution", "command-and-control"),
    "T1568.001": Technique("Fast Flux DNS", "command-and-control"),
    "T1568.002": Technique("Domain Generation Algorithms", "command-and-control"),
    "T1569.002": Technique("Service Execution", "execution"),
    "T1570": Technique("Lateral Tool Transfer", "lateral-movement"),
    "T1571": Technique("Non-Standard Port", "command-and-control"),
    "T1572": Technique("Protocol Tunneling", "command-and-control"),
    "T1573": Technique("Encrypted Channel", "command-and-control"),
    "T1573.001": Technique("Symmetric Cryptography", "command-and-control"),
    "T1573.002": Technique("Asymmetric Cryptography", "command-and-control"),
    "T1587.003": Technique("Digital Certificates", "resource-development"),
    "T1590": Technique("Gather Victim Network Information", "reconnaissance"),
    "T1595": Technique("Active Scanning", "reconnaissance"),
    "T1595.001": Technique("Scanning IP Blocks", "reconnaissance"),
    "T1595.002": Technique("Vulnerability Scanning", "reconnaissance"),
    "T1595.003": Technique("Wordlist Scanning", "reconnaissance"),
}
"""Technique ids that detectors of network traffic name."""


def technique_name(technique: str) -> str | None:
    """Name of an id; of its parent technique where the sub-technique is not in the table."""
    known = TECHNIQUES.get(technique) or TECHNIQUES.get(technique.partition(".")[0])
    return known.name if known else None


def phase(tactic: str | None) -> str | None:
    """Step of an intrusion that a tactic belongs to; None for an unknown tactic."""
    return _PHASE_OF.get(tactic or "")


def phase_order(tactic: str | None) -> int:
    """Place of the tactic's phase in an intrusion, from 0; unknown ones come last."""
    return _PHASE_ORDER.get(_PHASE_OF.get(tactic or "", ""), len(PHASES))


def in_matrix_order(tactics: set[str]) -> tuple[str, ...]:
    """Tactics in the order of the matrix, unknown ones after them by name."""
    place = {tactic: number for number, tactic in enumerate(TACTICS)}
    return tuple(sorted(tactics, key=lambda tactic: (place.get(tactic, len(place)), tactic)))
