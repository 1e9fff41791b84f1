"""Client hellos of distinct TLS clients, byte for byte as such programs build them.

A profile lists cipher suites and extensions in the order its program sends them; what differs from
one connection to the next (randoms, key shares, GREASE, Chrome's shuffled extensions) is drawn.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lynceus.lab.dice import Dice

_X25519, _P256, _P384, _P521, _HYBRID = 0x001D, 0x0017, 0x0018, 0x0019, 0x11EC
_MODERN_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
_OPENSSL_SIGNATURES = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602,
)  # fmt: skip
_SCHANNEL_SIGNATURES = (0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203,
                        0x0202, 0x0601, 0x0603)  # fmt: skip
_GO_SIGNATURES = (0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603,
                  0x0201, 0x0203)  # fmt: skip

SNI, STATUS, GROUPS, POINTS, SIGNATURES, ALPN, SCT = 0, 5, 10, 11, 13, 16, 18
PADDING, ENCRYPT_MAC, EMS, COMPRESS_CERT, TICKET = 21, 22, 23, 27, 35
VERSIONS, PSK_MODES, POST_AUTH, KEY_SHARE, ALPS, RENEGOTIATION = 43, 45, 49, 51, 17613, 0xFF01
ECH = 0xFE0D


@dataclass(frozen=True)
class Profile:
    """How one TLS client introduces itself."""

    name: str
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    groups: tuple[int, ...]
    signatures: tuple[int, ...]
    alpn: tuple[str, ...] = ()
    shares: tuple[int, ...] = (_X25519,)
    """Groups it sends keys for; empty in TLS 1.2 clients."""
    grease: bool = False
    shuffled: bool = False
    session_id: bool = True
    user_agent: str = ""

    @property
    def tls13(self) -> bool:
        """Whether it can TLS 1.3."""
        return VERSIONS in self.extensions


CHROME = Profile(
    "chrome",
    (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C,
     0x009D, 0x002F, 0x0035),
    (SNI, EMS, RENEGOTIATION, GROUPS, POINTS, TICKET, ALPN, STATUS, SIGNATURES, SCT, KEY_SHARE,
     PSK_MODES, VERSIONS, COMPRESS_CERT, ALPS, ECH),
    (_HYBRID, _X25519, _P256, _P384), _MODERN_SIGNATURES, ("h2", "http/1.1"), (_HYBRID, _X25519),
    grease=True, shuffled=True,
    user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/134.0.0.0 Safari/537.36",
)  # fmt: skip
FIREFOX = Profile(
    "firefox",
    (0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0xC00A, 0xC009, 0xC013,
     0xC014, 0x009C, 0x009D, 0x002F, 0x0035),
    (SNI, EMS, RENEGOTIATION, GROUPS, POINTS, ALPN, STATUS, KEY_SHARE, VERSIONS, SIGNATURES,
     PSK_MODES, PADDING),
    (_X25519, _P256, _P384, _P521, 0x0100, 0x0101),
    (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201),
    ("h2", "http/1.1"), (_X25519, _P256),
    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
)  # fmt: skip
SAFARI = Profile(
    "safari",
    (0x1301, 0x1302, 0x1303, 0xC02C, 0xC02B, 0xCCA9, 0xC030, 0xC02F, 0xCCA8, 0xC00A, 0xC009, 0xC014,
     0xC013, 0x009D, 0x009C, 0x0035, 0x002F, 0xC008, 0xC012, 0x000A),
    (SNI, EMS, RENEGOTIATION, GROUPS, POINTS, ALPN, STATUS, SIGNATURES, SCT, KEY_SHARE, PSK_MODES,
     VERSIONS, COMPRESS_CERT, PADDING),
    (_X25519, _P256, _P384, _P521), (*_MODERN_SIGNATURES, 0x0201), ("h2", "http/1.1"), grease=True,
    user_agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
               "Gecko) Version/18.3 Safari/605.1.15",
)  # fmt: skip
SCHANNEL = Profile(
    "schannel",
    (0xC02C, 0xC02B, 0xC030, 0xC02F, 0xC024, 0xC023, 0xC028, 0xC027, 0xC00A, 0xC009, 0xC014, 0xC013,
     0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F),
    (SNI, STATUS, GROUPS, POINTS, SIGNATURES, TICKET, EMS, RENEGOTIATION),
    (_X25519, _P256, _P384), _SCHANNEL_SIGNATURES, shares=(), session_id=False,
    user_agent="Microsoft-CryptoAPI/10.0",
)  # fmt: skip
WINDOWS_11 = Profile(
    "windows-11",
    (0x1302, 0x1301, 0xC02C, 0xC02B, 0xC030, 0xC02F, 0xC024, 0xC023, 0xC028, 0xC027, 0xC00A, 0xC009,
     0xC014, 0xC013, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F),
    (SNI, STATUS, GROUPS, POINTS, SIGNATURES, TICKET, ALPN, EMS, KEY_SHARE, PSK_MODES, VERSIONS,
     RENEGOTIATION),
    (_X25519, _P256, _P384), _SCHANNEL_SIGNATURES, ("h2", "http/1.1"),
    user_agent="Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.71",
)  # fmt: skip
PYTHON = Profile(
    "python",
    (0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC024, 0xC028, 0xC023,
     0xC027, 0xC00A, 0xC014, 0xC009, 0xC013, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F,
     0x00FF),
    (SNI, POINTS, GROUPS, TICKET, ALPN, ENCRYPT_MAC, EMS, SIGNATURES, VERSIONS, PSK_MODES,
     KEY_SHARE),
    (_X25519, _P256, 0x001E, _P521, _P384, 0x0100, 0x0101), _OPENSSL_SIGNATURES, ("http/1.1",),
    user_agent="python-requests/2.32.3",
)  # fmt: skip
CURL = Profile(
    "curl",
    (0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC02B, 0xC02F, 0x009E,
     0xC024, 0xC028, 0x006B, 0xC023, 0xC027, 0x0067, 0xC00A, 0xC014, 0x0039, 0xC009, 0xC013, 0x0033,
     0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, 0x00FF),
    (SNI, POINTS, GROUPS, ALPN, ENCRYPT_MAC, EMS, POST_AUTH, SIGNATURES, VERSIONS, PSK_MODES,
     KEY_SHARE),
    (_X25519, _P256, 0x001E, _P521, _P384), _OPENSSL_SIGNATURES, ("h2", "http/1.1"),
    user_agent="curl/8.5.0",
)  # fmt: skip
GO = Profile(
    "go",
    (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014, 0x1301, 0x1302,
     0x1303),
    (SNI, STATUS, GROUPS, POINTS, SIGNATURES, RENEGOTIATION, EMS, ALPN, SCT, VERSIONS, KEY_SHARE),
    (_X25519, _P256, _P384, _P521), _GO_SIGNATURES, ("h2", "http/1.1"),
    user_agent="Go-http-client/1.1",
)  # fmt: skip
IMPLANT = Profile(
    "implant",
    (0xC014, 0xC013, 0x0035, 0x002F, 0xC00A, 0xC009, 0x0038, 0x0032, 0x000A, 0x0013, 0x0005,
     0x0004),
    (SNI, GROUPS, POINTS, SIGNATURES, RENEGOTIATION),
    (_P256, _P384), (0x0401, 0x0403, 0x0201, 0x0203, 0x0402), shares=(), session_id=False,
    user_agent="Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
)  # fmt: skip
IMPLANT_STATIC = Profile(
    "implant-static",
    (0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xC02B, 0xC02F, 0x009E, 0xC024, 0xC028, 0x00FF),
    (SNI, POINTS, GROUPS, ENCRYPT_MAC, EMS, SIGNATURES),
    (_X25519, _P256, _P384), (0x0403, 0x0503, 0x0603, 0x0804, 0x0401), shares=(), session_id=False,
    user_agent="Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
)  # fmt: skip

BROWSERS = {"windows": CHROME, "macos": SAFARI, "linux": FIREFOX}


def grease(dice: Dice) -> int:
    """A reserved value that tests whether servers ignore the unknown (RFC 8701)."""
    return 0x0A0A + 0x1010 * dice.whole(0, 15)


def client_hello(dice: Dice, profile: Profile, server_name: str | None) -> bytes:
    """The handshake message (with its header, without the record)."""
    ciphers = profile.ciphers
    if profile.grease:
        ciphers = (grease(dice), *ciphers)
    extensions = [e for e in profile.extensions if e not in (SNI, PADDING) or server_name]
    if profile.shuffled:
        extensions = dice.sample(extensions, len(extensions))
    parts = [_extension(dice, profile, e, server_name) for e in extensions if e != PADDING]
    if profile.grease:
        parts.insert(0, struct.pack("!HH", grease(dice), 0))
        parts.append(struct.pack("!HHB", grease(dice), 1, 0))
    session = dice.octets(32) if profile.session_id else b""
    head = b"\x03\x03" + dice.octets(32) + bytes((len(session),)) + session
    head += struct.pack(f"!H{len(ciphers)}H", 2 * len(ciphers), *ciphers) + b"\x01\x00"
    body = b"".join(parts)
    short = 512 - (len(head) + len(body) + 6)
    if PADDING in profile.extensions and short > 4:
        body += struct.pack("!HH", PADDING, short - 4) + bytes(short - 4)
    message = head + struct.pack("!H", len(body)) + body
    return b"\x01" + len(message).to_bytes(3, "big") + message


def _extension(dice: Dice, profile: Profile, kind: int, server_name: str | None) -> bytes:
    body = _FIXED.get(kind, b"")
    if kind == SNI:
        host = (server_name or "").encode()
        body = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host
    elif kind == GROUPS:
        groups = (grease(dice), *profile.groups) if profile.grease else profile.groups
        body = struct.pack(f"!H{len(groups)}H", 2 * len(groups), *groups)
    elif kind == SIGNATURES:
        signatures = profile.signatures
        body = struct.pack(f"!H{len(signatures)}H", 2 * len(signatures), *signatures)
    elif kind == ALPN:
        names = b"".join(bytes((len(n),)) + n.encode() for n in profile.alpn)
        body = struct.pack("!H", len(names)) + names
    elif kind == VERSIONS:
        known = (0x0304, 0x0303)
        versions = (grease(dice), *known) if profile.grease else known
        body = bytes((2 * len(versions),)) + struct.pack(f"!{len(versions)}H", *versions)
    elif kind == KEY_SHARE:
        body = _key_shares(dice, profile)
    elif kind == ECH:
        payload = dice.octets(dice.pick((144, 176, 208)))
        body = struct.pack("!BHHBH", 0, 1, 1, dice.whole(0, 255), 32) + dice.octets(32)
        body += struct.pack("!H", len(payload)) + payload
    return struct.pack("!HH", kind, len(body)) + body


_FIXED = {
    STATUS: b"\x01\x00\x00\x00\x00",
    POINTS: b"\x01\x00",
    RENEGOTIATION: b"\x00",
    PSK_MODES: b"\x01\x01",
    COMPRESS_CERT: b"\x02\x00\x02",
    ALPS: b"\x00\x03\x02h2",
}
_SHARE_BYTES = {_X25519: 32, _P256: 65, _HYBRID: 1216}


def _key_shares(dice: Dice, profile: Profile) -> bytes:
    shares = b""
    if profile.grease:
        shares += struct.pack("!HHB", grease(dice), 1, 0)
    for group in profile.shares:
        key = dice.octets(_SHARE_BYTES[group])
        if group == _P256:
            key = b"\x04" + key[1:]
        shares += struct.pack("!HH", group, len(key)) + key
    return struct.pack("!H", len(shares)) + shares
