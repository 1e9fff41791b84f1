"""SMB 2.1 over an open connection: negotiate, NTLM session, trees, files and named pipes."""

from __future__ import annotations

import struct

from lynceus.lab import der, ntlm
from lynceus.lab.tcp import ORIG, RESP, Side, Tcp

NEGOTIATE, SESSION, LOGOFF, TREE, UNTREE, CREATE, CLOSE = 0, 1, 2, 3, 4, 5, 6
READ, WRITE, IOCTL = 8, 9, 11
OK, MORE, LOGON_FAILURE = 0, 0xC0000016, 0xC000006D
ACCESS_DENIED = 0xC0000022
_FLAG_RESPONSE = 1
_SPNEGO = "1.3.6.1.5.5.2"
_NTLM = "1.3.6.1.4.1.311.2.2.10"
_PIPE_TRANSCEIVE = 0x0011C017
_CHUNK = 65_536
_FILETIME_1970 = 116_444_736_000_000_000


class Smb:
    """One client's talk with one server."""

    def __init__(self, tcp: Tcp, user: str, domain: str) -> None:
        self.tcp, self.user, self.domain = tcp, user, domain
        self._dice = tcp.scene.dice
        self._id = 0
        self._session = 0
        self._tree = 0
        self._trees = 0

    def negotiate(self) -> Smb:
        """Dialects offered and 2.1 chosen."""
        guid = self._dice.octets(16)
        ask = struct.pack("<HHHHI16sQ", 36, 2, 1, 0, 1, guid, 0) + struct.pack(
            "<HH", 0x0202, 0x0210
        )
        mech = der.tlv(0xA0, der.tlv(0x30, der.oid(_NTLM)))
        token = der.tlv(0x60, der.oid(_SPNEGO), der.tlv(0xA0, der.tlv(0x30, mech)))
        tell = struct.pack(
            "<HHHH16sIIIIQQHHI", 65, 1, 0x0210, 0, self._dice.octets(16), 7, 1 << 20, 1 << 20,
            1 << 20, self._filetime(), 0, 128, len(token), 0,
        )  # fmt: skip
        self._turn(NEGOTIATE, ask, tell + token)
        return self

    def login(self, good: bool = True) -> Smb:
        """NTLM over SPNEGO: negotiate, challenge, authenticate; a wrong password is refused."""
        dice = self._dice
        mech = der.tlv(0xA0, der.tlv(0x30, der.oid(_NTLM)))
        first = der.tlv(0xA2, der.tlv(4, ntlm.negotiate()))
        token = der.tlv(0x60, der.oid(_SPNEGO), der.tlv(0xA0, der.tlv(0x30, mech, first)))
        host = self.tcp.hosts[1].name.upper()
        challenge = ntlm.challenge(dice, host, self.domain, self._filetime())
        reply = der.tlv(
            0xA1,
            der.tlv(
                0x30,
                der.tlv(0xA0, der.tlv(10, b"\x01")),
                der.tlv(0xA1, der.oid(_NTLM)),
                der.tlv(0xA2, der.tlv(4, challenge)),
            ),
        )
        self._session = int.from_bytes(dice.octets(6), "little") | 1
        self._turn(SESSION, _setup(token), _setup_reply(reply), MORE, first_session=True)
        me = self.tcp.hosts[0].name.upper()
        proof = ntlm.authenticate(dice, self.user, self.domain, me, self._filetime())
        final = der.tlv(0xA1, der.tlv(0x30, der.tlv(0xA2, der.tlv(4, proof))))
        if good:
            done = der.tlv(0xA1, der.tlv(0x30, der.tlv(0xA0, der.tlv(10, b"\x00"))))
            self._turn(SESSION, _setup(final), _setup_reply(done), think_s=dice.uniform(2e-3, 9e-3))
        else:
            self._turn(
                SESSION, _setup(final), None, LOGON_FAILURE, think_s=dice.uniform(3e-3, 3e-2)
            )
        return self

    def connect(self, share: str, good: bool = True) -> None:
        """Connects to a share of the server by its name."""
        path = f"\\\\{self.tcp.hosts[1].ip}\\{share}".encode("utf-16-le")
        ask = struct.pack("<HHHH", 9, 0, 72, len(path)) + path
        kind = 2 if share.endswith("IPC$") else 1
        self._tree = 0
        if not good:
            self._turn(TREE, ask, None, ACCESS_DENIED)
            return
        self._trees += 1
        tell = struct.pack("<HBBIII", 16, kind, 0, 0x30, 0, 0x001F01FF)
        self._turn(TREE, ask, tell, tree_of_reply=self._trees)
        self._tree = self._trees

    def open(self, name: str, write: bool = False, size: int = 0) -> bytes:
        """Opens a file or pipe; returns its id."""
        path = name.encode("utf-16-le")
        access = 0x0012019F if write else 0x00120089
        ask = struct.pack(
            "<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, access, 0x80 if write else 0, 7,
            5 if write else 1, 0x40, 120, len(path), 0, 0,
        ) + path  # fmt: skip
        handle = self._dice.octets(16)
        now = self._filetime()
        tell = struct.pack(
            "<HBBIQQQQQQII16sII", 89, 0, 0, 2 if write else 1, now, now, now, now,
            (size + 4095) & ~4095, size, 0x80, 0, handle, 0, 0,
        )  # fmt: skip
        self._turn(CREATE, ask, tell)
        return handle

    def read(self, handle: bytes, size: int) -> None:
        """Reads a file from its start."""
        for offset in range(0, size, _CHUNK):
            part = min(_CHUNK, size - offset)
            ask = struct.pack(
                "<HBBIQ16sIIIHHB", 49, 0x50, 0, part, offset, handle, 1, 0, 0, 0, 0, 0
            )
            tell = struct.pack("<HBBIII", 17, 80, 0, part, 0, 0) + self._dice.noise(part)
            self._turn(READ, ask, tell, think_s=self._dice.uniform(2e-4, 2e-3))

    def write(self, handle: bytes, data: bytes) -> None:
        """Writes a file from its start."""
        for offset in range(0, len(data), _CHUNK):
            part = data[offset : offset + _CHUNK]
            ask = struct.pack("<HHIQ16sIIHHI", 49, 112, len(part), offset, handle, 0, 0, 0, 0, 0)
            tell = struct.pack("<HHIIHH", 17, 0, len(part), 0, 0, 0)
            self._turn(WRITE, ask + part, tell, think_s=self._dice.uniform(2e-4, 2e-3))

    def pipe(self, handle: bytes, request: bytes, response: bytes) -> None:
        """One call over a named pipe."""
        ask = struct.pack(
            "<HHI16sIIIIIIII", 57, 0, _PIPE_TRANSCEIVE, handle, 120, len(request), 0, 0, 0,
            4280, 1, 0,
        )  # fmt: skip
        tell = struct.pack(
            "<HHI16sIIIIII", 49, 0, _PIPE_TRANSCEIVE, handle, 112, 0, 112, len(response), 0, 0
        )
        self._turn(IOCTL, ask + request, tell + response, think_s=self._dice.uniform(1e-3, 2e-2))

    def close(self, handle: bytes) -> None:
        """Closes a file or pipe."""
        ask = struct.pack("<HHI16s", 24, 0, 0, handle)
        self._turn(CLOSE, ask, struct.pack("<HHI52s", 60, 0, 0, b""))

    def leave(self, after: float = 0.0) -> float:
        """Tree disconnect, logoff, FIN."""
        self.tcp.wait(after)
        self._turn(UNTREE, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))
        self._tree = 0
        self._turn(LOGOFF, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))
        return self.tcp.close(ORIG)

    def _turn(  # noqa: PLR0913, PLR0917 - a request and its response
        self,
        command: int,
        ask: bytes,
        tell: bytes | None,
        status: int = OK,
        think_s: float = 3e-4,
        first_session: bool = False,
        tree_of_reply: int | None = None,
    ) -> None:
        """A request and its response; `tell` None is the error body."""
        session = 0 if first_session else self._session
        self._send(ORIG, self._header(command, OK, 0, session, self._tree) + ask, 1e-4)
        body = struct.pack("<HHIB", 9, 0, 0, 0) if tell is None else tell
        tree = self._tree if tree_of_reply is None else tree_of_reply
        head = self._header(command, status, _FLAG_RESPONSE, self._session, tree)
        self._send(RESP, head + body, think_s)
        self._id += 1

    def _header(self, command: int, status: int, flags: int, session: int, tree: int) -> bytes:
        granted = 1 if command == NEGOTIATE else 32
        return struct.pack(
            "<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0 if command == NEGOTIATE else 1, status, command,
            granted, flags, 0, self._id, 0xFEFF, tree, session, b"",
        )  # fmt: skip

    def _send(self, side: Side, message: bytes, after: float) -> None:
        self.tcp.send(side, struct.pack("!I", len(message)) + message, after)

    def _filetime(self) -> int:
        return _FILETIME_1970 + (self.tcp.scene.tape.start_ns + int(self.tcp.t * 1e9)) // 100


def _setup(token: bytes) -> bytes:
    return struct.pack("<HBBIIHHQ", 25, 0, 1, 1, 0, 88, len(token), 0) + token


def _setup_reply(token: bytes) -> bytes:
    return struct.pack("<HHHH", 9, 0, 72, len(token)) + token
