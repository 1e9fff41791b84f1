"""Detectors: one phenomenon a file, features in, findings out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lynceus import registry
from lynceus.detect.account_enumeration import AccountEnumeration
from lynceus.detect.admin_share import AdminShare
from lynceus.detect.amplification import Amplification
from lynceus.detect.anomalous_flow import AnomalousFlow
from lynceus.detect.anomalous_host import AnomalousHost
from lynceus.detect.anomalous_pair import AnomalousPair
from lynceus.detect.anonymiser import Anonymiser
from lynceus.detect.arp_scan import ArpScan
from lynceus.detect.arp_spoofing import ArpSpoofing
from lynceus.detect.as_rep_roasting import AsRepRoasting
from lynceus.detect.attack_class import AttackClass
from lynceus.detect.beacon import Beacon
from lynceus.detect.broken_path_mtu import BrokenPathMtu
from lynceus.detect.brute_force import BruteForce
from lynceus.detect.clear_text_password import ClearTextPassword
from lynceus.detect.congestion import Congestion
from lynceus.detect.crypto_mining import CryptoMining
from lynceus.detect.dcsync import Dcsync
from lynceus.detect.dga import Dga
from lynceus.detect.dhcp_scan import DhcpScan
from lynceus.detect.directory_discovery import DirectoryDiscovery
from lynceus.detect.directory_tampering import DirectoryTampering
from lynceus.detect.distributed_scan import DistributedScan
from lynceus.detect.dns_failure import DnsFailure
from lynceus.detect.dns_tunnel import DnsTunnel
from lynceus.detect.doh_tunnel import DohTunnel
from lynceus.detect.encrypted_malware import EncryptedMalware
from lynceus.detect.exfiltration import Exfiltration
from lynceus.detect.external_alert import ExternalAlert
from lynceus.detect.first_seen import FirstSeen
from lynceus.detect.flood import Flood
from lynceus.detect.horizontal_scan import HorizontalScan
from lynceus.detect.http_tunnel import HttpTunnel
from lynceus.detect.icmp_sweep import IcmpSweep
from lynceus.detect.icmp_tunnel import IcmpTunnel
from lynceus.detect.kerberoasting import Kerberoasting
from lynceus.detect.known_bad import KnownBad
from lynceus.detect.lateral_movement import LateralMovement
from lynceus.detect.log_clearing import LogClearing
from lynceus.detect.login_after_failures import LoginAfterFailures
from lynceus.detect.long_connection import LongConnection
from lynceus.detect.microburst import Microburst
from lynceus.detect.new_admin_path import NewAdminPath
from lynceus.detect.odd_certificate import OddCertificate
from lynceus.detect.odd_negotiation import OddNegotiation
from lynceus.detect.odd_port import OddPort
from lynceus.detect.odd_user_agent import OddUserAgent
from lynceus.detect.overpass_the_hash import OverpassTheHash
from lynceus.detect.password_spray import PasswordSpray
from lynceus.detect.peer_to_peer import PeerToPeer
from lynceus.detect.policy_violation import PolicyViolation
from lynceus.detect.program_download import ProgramDownload
from lynceus.detect.rare_ja4 import RareJa4
from lynceus.detect.refused_loop import RefusedLoop
from lynceus.detect.remote_execution import RemoteExecution
from lynceus.detect.rogue_dhcp import RogueDhcp
from lynceus.detect.rogue_dns import RogueDns
from lynceus.detect.rpc_credential_access import RpcCredentialAccess
from lynceus.detect.sensor_silence import SensorSilence
from lynceus.detect.share_enumeration import ShareEnumeration
from lynceus.detect.sigred import Sigred
from lynceus.detect.silence import Silence
from lynceus.detect.slow_dos import SlowDos
from lynceus.detect.slow_scan import SlowScan
from lynceus.detect.smb_ransomware import SmbRansomware
from lynceus.detect.staging import Staging
from lynceus.detect.strobe import Strobe
from lynceus.detect.top_talker import TopTalker
from lynceus.detect.unlike_application import UnlikeApplication
from lynceus.detect.unremarkable import Unremarkable
from lynceus.detect.upload_surge import UploadSurge
from lynceus.detect.vertical_scan import VerticalScan
from lynceus.detect.web_attack import WebAttack
from lynceus.detect.web_scanner import WebScanner
from lynceus.detect.wrong_clock import WrongClock
from lynceus.detect.zerologon import Zerologon
from lynceus.protocols import Detector

BUILTIN: tuple[type, ...] = (
    VerticalScan,
    HorizontalScan,
    SlowScan,
    DistributedScan,
    IcmpSweep,
    ArpScan,
    ArpSpoofing,
    DhcpScan,
    RogueDhcp,
    RogueDns,
    BruteForce,
    Flood,
    SlowDos,
    Amplification,
    Beacon,
    LongConnection,
    Strobe,
    Exfiltration,
    UploadSurge,
    Staging,
    LateralMovement,
    NewAdminPath,
    PasswordSpray,
    LoginAfterFailures,
    ClearTextPassword,
    AccountEnumeration,
    Kerberoasting,
    AsRepRoasting,
    OverpassTheHash,
    Dcsync,
    Zerologon,
    Sigred,
    RpcCredentialAccess,
    DirectoryDiscovery,
    ShareEnumeration,
    DirectoryTampering,
    AdminShare,
    RemoteExecution,
    LogClearing,
    SmbRansomware,
    DnsTunnel,
    Dga,
    DohTunnel,
    IcmpTunnel,
    HttpTunnel,
    OddUserAgent,
    ProgramDownload,
    WebAttack,
    WebScanner,
    CryptoMining,
    Anonymiser,
    PeerToPeer,
    OddPort,
    OddCertificate,
    RareJa4,
    OddNegotiation,
    UnlikeApplication,
    AttackClass,
    EncryptedMalware,
    KnownBad,
    PolicyViolation,
    ExternalAlert,
    Unremarkable,
    FirstSeen,
    Silence,
    SensorSilence,
    Congestion,
    RefusedLoop,
    DnsFailure,
    BrokenPathMtu,
    WrongClock,
    TopTalker,
    Microburst,
    AnomalousHost,
    AnomalousPair,
    AnomalousFlow,
)
"""The detectors that come with the program, in the order in which they are listed."""


def classes() -> dict[str, type]:
    """All classes of detectors by name, built-ins first, then plugins.

    Raises `registry.RegistryError` for a plugin that cannot be loaded.
    """
    return registry.load("detect", BUILTIN)


def load(config: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Detector]:
    """All detectors by name, built-ins first, with thresholds from `config[name]`.

    Raises `registry.RegistryError` for a plugin that cannot be loaded, ValueError for a detector
    or a threshold that does not exist.
    """
    config = config or {}
    kinds = classes()
    if unknown := sorted(set(config) - set(kinds)):
        raise ValueError(f"no detector named {unknown[0]!r}: there are {', '.join(kinds)}")
    detectors: dict[str, Detector] = {}
    for name, cls in kinds.items():
        try:
            detectors[name] = cls(**config.get(name, {}))
        except TypeError as error:
            raise ValueError(f"detector {name}: {error}") from error
    return detectors
