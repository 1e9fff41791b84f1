"""SSH: banners, KEXINIT, Curve25519 exchange, then encrypted packets whose sizes tell the story.

Sizes follow OpenSSH with chacha20-poly1305: a failed password costs a request and a short answer,
a login is followed by a channel, a terminal and keystrokes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lynceus.lab.dice import Dice
from lynceus.lab.tcp import ORIG, RESP, Side, Tcp

_CIPHERS = (
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
)
_MACS = (
    "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
    "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,"
    "umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
)
_KEX = (
    "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
    "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512"
)
_HOST_KEYS = "rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519"


@dataclass(frozen=True)
class Program:
    """How one SSH program introduces itself."""

    banner: str
    kex: str = _KEX
    host_keys: str = _HOST_KEYS
    ciphers: str = _CIPHERS
    macs: str = _MACS
    compression: str = "none,zlib@openssh.com"


_PLAIN_KEX = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256"
OPENSSH = Program(
    "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5", f"{_KEX},ext-info-c,kex-strict-c-v00@openssh.com"
)
OPENSSH_WINDOWS = Program("SSH-2.0-OpenSSH_for_Windows_9.5", f"{_PLAIN_KEX},ext-info-c")
GIT_SERVER = Program("SSH-2.0-babeld-5a1b2c3d", _PLAIN_KEX, "ssh-ed25519,rsa-sha2-512")
SERVER = Program("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", f"{_KEX},kex-strict-s-v00@openssh.com")
BRANCH_SERVER = Program("SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u3")
TOOLS = (
    Program("SSH-2.0-libssh_0.9.6", _PLAIN_KEX, "ssh-ed25519,ecdsa-sha2-nistp256,ssh-rsa",
            "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr",
            "hmac-sha2-256,hmac-sha2-512,hmac-sha1", "none"),
    Program("SSH-2.0-Go", f"{_PLAIN_KEX},ecdh-sha2-nistp384,diffie-hellman-group14-sha256",
            "rsa-sha2-256,rsa-sha2-512,ssh-rsa,ssh-ed25519",
            "aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr",
            "hmac-sha2-256-etm@openssh.com,hmac-sha2-256,hmac-sha1", "none"),
    Program("SSH-2.0-paramiko_2.12.0", _PLAIN_KEX, "ssh-ed25519,ecdsa-sha2-nistp256,ssh-rsa",
            "aes128-ctr,aes192-ctr,aes256-ctr,aes128-cbc,3des-cbc",
            "hmac-sha2-256,hmac-sha2-512,hmac-sha1,hmac-md5", "none"),
)  # fmt: skip


class Ssh:
    """An SSH session inside an open connection."""

    def __init__(self, tcp: Tcp, client: Program = OPENSSH, server: Program = SERVER) -> None:
        self.tcp, self.client, self.server = tcp, client, server
        self._dice = tcp.scene.dice

    def handshake(self) -> Ssh:
        """Banners to service request: what every session begins with."""
        tcp, dice = self.tcp, self._dice
        tcp.send(ORIG, self.client.banner.encode() + b"\r\n", dice.uniform(2e-4, 1e-3))
        tcp.send(RESP, self.server.banner.encode() + b"\r\n", dice.uniform(4e-3, 2e-2))
        tcp.send(ORIG, _kexinit(dice, self.client), dice.uniform(1e-4, 1e-3))
        tcp.send(RESP, _kexinit(dice, self.server), dice.uniform(1e-4, 1e-3))
        tcp.send(ORIG, _packet(dice, b"\x1e" + _string(dice.octets(32))), dice.uniform(1e-3, 4e-3))
        host_key = _string(b"ssh-ed25519") + _string(dice.octets(32))
        proof = _string(b"ssh-ed25519") + _string(dice.octets(64))
        reply = b"\x1f" + _string(host_key) + _string(dice.octets(32)) + _string(proof)
        flight = _packet(dice, reply) + _packet(dice, b"\x15")
        tcp.send(RESP, flight, dice.uniform(3e-3, 9e-3))
        tcp.send(ORIG, _packet(dice, b"\x15"), dice.uniform(1e-3, 3e-3))
        self._sealed(ORIG, 44)
        self._sealed(RESP, 44)
        self._sealed(ORIG, 68)
        self._sealed(RESP, 52, dice.uniform(1e-3, 5e-3))
        return self

    def fail(self, after: float = 0.0) -> None:
        """One wrong password: the server takes its time to say no."""
        self._sealed(ORIG, self._dice.pick((148, 148, 84)), after)
        self._sealed(RESP, 52, self._dice.uniform(0.9, 2.4))

    def login(self, after: float = 0.0) -> None:
        """The right password or key, then a channel and a shell."""
        dice = self._dice
        self._sealed(ORIG, 148, after)
        self._sealed(RESP, 36, dice.uniform(0.01, 0.12))
        self._sealed(ORIG, 112)
        self._sealed(RESP, 540, dice.uniform(5e-3, 3e-2))
        self._sealed(ORIG, 460)
        self._sealed(RESP, 108, dice.uniform(5e-3, 2e-2))

    def type(self, keys: int) -> None:
        """Keystrokes with their echoes, and now and then a command's output."""
        dice = self._dice
        for _ in range(keys):
            self._sealed(ORIG, 36, dice.lognormal(0.18, 0.7))
            self._sealed(RESP, 36, dice.uniform(2e-4, 2e-3))
            if dice.chance(0.1):
                self._sealed(RESP, dice.whole(60, 2400), dice.uniform(1e-3, 5e-2))

    def transfer(self, side: Side, size: int, after: float = 0.0) -> None:
        """A file or repository in packets of up to 32 KiB."""
        self.tcp.send(side, self._dice.noise(size + 36 * (1 + size // 32_768)), after)

    def close(self, after: float = 0.0) -> float:
        """Disconnect."""
        self._sealed(ORIG, 36, after)
        self._sealed(ORIG, 60, 1e-4)
        return self.tcp.close(ORIG)

    def _sealed(self, side: Side, size: int, after: float = 2e-4) -> None:
        self.tcp.send(side, self._dice.noise(size), after)


def _string(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


def _packet(dice: Dice, payload: bytes) -> bytes:
    """The binary packet protocol before encryption: padded to 8 bytes (RFC 4253)."""
    padding = 8 - (len(payload) + 5) % 8
    if padding < 4:
        padding += 8
    return struct.pack("!IB", len(payload) + padding + 1, padding) + payload + dice.octets(padding)


def _kexinit(dice: Dice, program: Program) -> bytes:
    lists = (program.kex, program.host_keys, program.ciphers, program.ciphers, program.macs,
             program.macs, program.compression, program.compression, "", "")  # fmt: skip
    body = b"\x14" + dice.octets(16) + b"".join(_string(x.encode()) for x in lists)
    return _packet(dice, body + b"\x00" + bytes(4))
