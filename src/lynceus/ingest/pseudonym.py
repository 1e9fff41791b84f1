"""Pseudonyms for the people of a site: inside addresses, device and user names, at ingest.

One key makes them and reveals them. An inside address keeps the prefix of its network and becomes
another of the same network, two addresses sharing as many leading bits as before (Crypto-PAn: Xu,
Fan, Ammar, Moon, 2002); outside addresses stay, for lists and clouds are known by them. A MAC
address keeps its maker. A name becomes `p-` and letters; of a mail address the part before the @
does. `uid` becomes another of its own kind, and what would give an address away is left out: the
Community ID, and texts that people or programs wrote freely (`FREE`).
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from numpy.typing import NDArray

from lynceus.account import Account
from lynceus.protocols import Source
from lynceus.records import Batch

KEY_BYTES = 64
"""Half of them for addresses, half for names."""

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""What is inside where nobody says."""

ADDRESSES = frozenset({
    "orig_h", "resp_h", "attacker_h", "victim_h", "requested_addr", "assigned_addr", "client_addr",
    "server_addr", "answers", "x_originating_ip", "data_channel_resp_h",
})  # fmt: skip
MACS = frozenset({
    "orig_l2_addr", "resp_l2_addr", "mac", "src_mac", "dst_mac", "orig_mac", "resp_mac",
})  # fmt: skip
NAMES = frozenset({
    "username", "user", "nick", "real_name", "client_id", "cookie", "hostname", "host_name",
    "orig_hostname", "client_name", "client_dig_product_id", "helo", "mailfrom", "rcptto", "from",
    "to", "cc", "reply_to", "request_from", "request_to", "response_to", "contact",
    "server_nb_computer_name", "server_dns_computer_name", "sensor",
})  # fmt: skip
CLIENT_OF = frozenset({"kerberos"})
"""Tables whose column `client` is a name; elsewhere it is a program."""
FREE = frozenset({
    "community_id", "source_uid", "message", "command_line", "arg", "cwd", "reply_msg",
    "last_reply", "diagnostic_message", "display_string", "banner", "usn", "location",
})  # fmt: skip
"""Columns that are left out, and `subject` of mails and calls."""
SUBJECT_OF = frozenset({"smtp", "sip"})

_MAC = re.compile(r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.IGNORECASE)
_CHUNK = 4_096
_ROUNDS = 4


class PseudonymError(ValueError):
    """A key that cannot be used, or a pseudonym that no key of ours made."""


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms with a key, and reveals them."""

    key: bytes = field(repr=False)
    networks: tuple[str, ...] = PRIVATE
    """What is inside."""

    def __post_init__(self) -> None:
        """Raises PseudonymError on a key of another length."""
        if len(self.key) != KEY_BYTES:
            raise PseudonymError(f"a key has {KEY_BYTES} bytes, this one {len(self.key)}")

    @property
    def seal_key(self) -> bytes:
        """The key of what is written down before there are pseudonyms."""
        return hmac.digest(self.key, b"journals of live sources", "sha256")

    def batch(self, batch: Batch) -> Batch:
        """A batch in which nobody of the site is named."""
        events = {name: self.table(name, rows) for name, rows in batch.events.items()}
        return Batch(self.table("flows", batch.flows), events, batch.watermark_ns)

    def table(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a table with pseudonyms."""
        changed: list[pl.Expr | pl.Series] = []
        for column, kind in rows.schema.items():
            if kind not in (pl.String, pl.List(pl.String)):
                continue
            if column in FREE or (column == "subject" and name in SUBJECT_OF):
                changed.append(pl.lit(None, kind).alias(column))
            elif (maker := self._maker(name, column)) is not None:
                changed.append(_replaced(rows[column], maker))
        return rows.with_columns(changed)

    def _maker(self, table: str, column: str) -> Callable[[Sequence[str]], list[str]] | None:
        if column == "uid":
            return lambda values: [self.uid(value) for value in values]
        if column in ADDRESSES:
            return self.addresses
        if column in MACS:
            return lambda values: [self.mac(value) for value in values]
        if column in NAMES or (column == "client" and table in CLIENT_OF):
            return lambda values: [self.name(value) for value in values]
        return None

    def uid(self, value: str) -> str:
        """Another id of the same length; equal for equal ones, and none that can be reckoned."""
        return hmac.digest(self.key[32:], value.encode(), "sha256").hex()[: len(value) or 1]

    def addresses(self, values: Sequence[str], *, back: bool = False) -> list[str]:
        """Pseudonyms of addresses, or what they stand for; what is no inside address stays."""
        told = list(values)
        for family, bits in ((socket.AF_INET, 32), (socket.AF_INET6, 128)):
            place, packed, kept = [], [], []
            networks = [n for n in map(_network, self.networks) if n.max_prefixlen == bits]
            for at, text in enumerate(values):
                number = _packed(family, text)
                inside = number and next((n for n in networks if _in(number, n)), None)
                if number and inside:
                    place.append(at)
                    packed.append(number)
                    kept.append(inside.prefixlen)
            for start in range(0, len(place), _CHUNK):
                part = slice(start, start + _CHUNK)
                made = self._permuted(packed[part], kept[part], bits, back)
                for at, number in zip(place[part], made, strict=True):
                    told[at] = socket.inet_ntop(family, number)
        return told

    def mac(self, value: str, *, back: bool = False) -> str:
        """The pseudonym of a MAC address, or what it stands for; its maker stays."""
        if not _MAC.fullmatch(value):
            return value
        octets = bytes.fromhex(re.sub("[:-]", "", value))
        if octets[0] & 1:  # a group of devices, nobody's own
            return value
        tail = int.from_bytes(octets[3:], "big")
        left, right = tail >> 12, tail & 0xFFF
        for turn in reversed(range(_ROUNDS)) if back else range(_ROUNDS):
            if back:
                left, right = right ^ self._mixed(octets[:3], turn, left), left
            else:
                left, right = right, left ^ self._mixed(octets[:3], turn, right)
        own = (left << 12 | right).to_bytes(3, "big")
        return ":".join(f"{octet:02x}" for octet in octets[:3] + own)

    def _mixed(self, maker: bytes, turn: int, half: int) -> int:
        told = hmac.digest(
            self.key[32:], b"mac" + maker + bytes([turn]) + half.to_bytes(2), "sha256"
        )
        return int.from_bytes(told[:2], "big") & 0xFFF

    def name(self, value: str) -> str:
        """The pseudonym of a name."""
        person, at, domain = value.partition("@")
        if not person:
            return value
        sealed = AESSIV(self.key[32:]).encrypt(person.encode(), [b"name"])
        return "p-" + base64.b32encode(sealed).decode().rstrip("=").lower() + at + domain

    def revealed(self, value: str) -> str:
        """What a pseudonym stands for. Raises PseudonymError on what is none of this key."""
        if _MAC.fullmatch(value):
            return self.mac(value, back=True)
        if value.startswith("p-"):
            person, at, domain = value[2:].partition("@")
            try:
                sealed = base64.b32decode(person.upper() + "=" * (-len(person) % 8))
                told = AESSIV(self.key[32:]).decrypt(sealed, [b"name"]).decode()
            except (ValueError, InvalidTag):
                raise PseudonymError(f"{value!r}: no pseudonym of this key") from None
            return told + at + domain
        if any(_packed(family, value) for family in (socket.AF_INET, socket.AF_INET6)):
            return self.addresses([value], back=True)[0]
        raise PseudonymError(f"{value!r}: expected an address, a MAC address or p-...")

    def _permuted(
        self, packed: Sequence[bytes], kept: Sequence[int], bits: int, back: bool
    ) -> list[bytes]:
        given = np.unpackbits(
            np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), bits // 8), axis=1
        )
        prefix = np.arange(bits) < np.array(kept)[:, None]
        first = self._encrypted(self.key[16:32])
        pad = np.unpackbits(np.frombuffer(first, np.uint8))
        told = given.copy()
        if back:  # each bit needs those before it
            for at in range(bits):
                told[:, at] ^= self._bits(told, pad, range(at, at + 1))[:, 0] & ~prefix[:, at]
        else:
            told ^= self._bits(given, pad, range(bits)) & ~prefix
        whole = np.packbits(told, axis=1)
        return [row.tobytes() for row in whole]

    def _bits(
        self, addresses: NDArray[np.uint8], pad: NDArray[np.uint8], places: range
    ) -> NDArray[np.uint8]:
        """What each of these bits is turned by: the first bit of the cipher over those before."""
        count = len(addresses)
        blocks = np.broadcast_to(pad, (count, len(places), 128)).copy()
        for at, place in enumerate(places):
            blocks[:, at, :place] = addresses[:, :place]
        told = self._encrypted(np.packbits(blocks, axis=2).tobytes())
        first = np.frombuffer(told, np.uint8).reshape(count, len(places), 16)[:, :, 0] >> 7
        return first.astype(np.uint8)

    def _encrypted(self, blocks: bytes) -> bytes:
        # Single blocks are what the scheme is made of; nothing is chained.
        cipher = Cipher(algorithms.AES(self.key[:16]), modes.ECB()).encryptor()  # noqa: S305
        return cipher.update(blocks) + cipher.finalize()

    @staticmethod
    def load(path: Path) -> Pseudonyms:
        """The key of a file. Raises PseudonymError."""
        from lynceus.own.complaint import OwnFileError
        from lynceus.own.toml_file import TomlFile

        try:
            given = TomlFile.load(path).tables
            key, networks = given["key"], given.get("networks", list(PRIVATE))
            made = Pseudonyms(bytes.fromhex(key), tuple(str(_network(n)) for n in networks))
        except OwnFileError as error:
            raise PseudonymError(str(error)) from None
        except (KeyError, TypeError, ValueError):
            raise PseudonymError(
                f"{path}: is no key of pseudonyms; `lynceus pseudonyms new` makes one"
            ) from None
        return made

    def written(self) -> str:
        """The file of the key."""
        networks = ", ".join(f'"{network}"' for network in self.networks)
        return f'key = "{self.key.hex()}"\nnetworks = [{networks}]\n'


class Pseudonymised:
    """A source whose batches name nobody of the site."""

    def __init__(self, source: Source, pseudonyms: Pseudonyms) -> None:
        self._source = source
        self._pseudonyms = pseudonyms

    @property
    def account(self) -> Account:
        """Of the source."""
        return self._source.account

    def progress(self) -> float:
        """Of the source."""
        return float(getattr(self._source, "progress", lambda: 0.0)())

    def batches(self) -> Iterator[Batch]:
        """All batches, with pseudonyms."""
        return map(self._pseudonyms.batch, self._source.batches())


def _replaced(column: pl.Series, make: Callable[[Sequence[str]], list[str]]) -> pl.Series:
    """A column of texts, or of lists of them, with each distinct one made another once."""
    nested = column.dtype == pl.List(pl.String)
    flat = column.explode() if nested else column
    distinct = flat.drop_nulls().unique()
    if distinct.is_empty():
        return column
    made: Mapping[str, str] = dict(zip(distinct, make(distinct.to_list()), strict=True))
    old, new = list(made), list(made.values())
    if nested:
        element = pl.element().replace_strict(old, new, return_dtype=pl.String)
        return column.to_frame().select(pl.col(column.name).list.eval(element)).to_series()
    return column.replace_strict(old, new, return_dtype=pl.String)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(str(text).strip(), strict=False)


def _packed(family: int, text: str) -> bytes | None:
    try:
        return socket.inet_pton(family, text)
    except (OSError, ValueError):
        return None


def _in(packed: bytes, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    number = int.from_bytes(packed, "big")
    shift = network.max_prefixlen - network.prefixlen
    return number >> shift == int(network.network_address) >> shift
