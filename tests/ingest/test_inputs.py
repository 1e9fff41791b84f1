from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from lynceus.account import Account
from lynceus.ingest import InputError, open_input, open_inputs, read_flows
from lynceus.ingest.inputs import Input, text_head

LIST = b"Source: 192.0.2.1, Dest: 192.0.2.2, Port: 80\n"
PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


def written(tmp_path: Path, content: bytes, name: str = "input") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_the_head_and_the_digest_are_of_what_is_unpacked(tmp_path: Path) -> None:
    expected = hashlib.sha256(LIST).hexdigest()[:32]
    for content in (LIST, gzip.compress(LIST), lzma.compress(LIST)):
        given = Input.of(written(tmp_path, content))
        assert (given.head, given.digest) == (LIST, expected)
        assert given.text(Account()) == LIST


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"\x1f\x8b\x08\x00broken", "unpacks to nothing"),
        (b"hello\n", "a capture (pcap, pcapng)"),
        (b"\n\n\n", "not a kind of input that is known"),
        (b"a,b\n1,2\n", "not a kind of input that is known"),
        (b"\0" * 1000, "not a kind of input that is known"),
        (b"\x7fELF" + bytes(range(256)), "not a kind of input that is known"),
        (b"#separator \\x09\n#fields\n", "no Zeek log that is read"),
        (b"PK\x03\x04" + bytes(60), "a zip archive; unpack it"),
        (
            gzip.compress(b"logs/".ljust(257, b"\0") + b"ustar\x0000" + bytes(248), mtime=0),
            "a tar archive",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError) as error:
        read_flows(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert expected in message
    assert "\n" not in message


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        read_flows(tmp_path / "none")
    with pytest.raises(InputError, match="no input given"):
        open_inputs([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no file of a kind that is known"):
        read_flows(tmp_path / "empty")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, LIST)
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        read_flows(path)


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


@pytest.mark.parametrize("packed", [False, True])
def test_a_list_from_standard_input(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    stdin(monkeypatch, gzip.compress(LIST) if packed else LIST)
    assert read_flows("-")["resp_h"].to_list() == ["192.0.2.2"]


def test_standard_input_is_named_in_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    for content, expected in ((b"", "empty"), (b"hello", "not a kind")):
        stdin(monkeypatch, content)
        with pytest.raises(InputError, match=f"^standard input: .*{expected}"):
            read_flows("-")


def test_an_empty_capture_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, PCAP)
    assert read_flows("-").is_empty()


class Endless(io.RawIOBase):
    """Zeros without end; the test fails where more than a beginning is read."""

    def __init__(self) -> None:
        self.told = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0 and self.told < 4 << 20
        self.told += size
        return bytes(size)


def test_what_has_no_end_is_refused_by_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Endless()))
    for opened in (open_input, lambda path: open_inputs([path])):
        with pytest.raises(InputError, match="standard input: not a kind of input"):
            opened("-")


def test_a_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(LIST,))
    writer.start()
    flows = read_flows(path)
    writer.join(timeout=10)
    assert flows.height == 1


def test_a_real_capture_through_a_pipe_is_the_same(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared_data / "stratosphere" / "slips" / "test12-icmp-portscan.pcap"
    stdin(monkeypatch, path.read_bytes())
    assert read_flows("-").equals(read_flows(path))


def test_the_last_line_of_a_cut_head_is_left_out() -> None:
    head = b"x" * 9 + b"\n" + b"y" * (1 << 20)
    assert text_head(head[: 1 << 20]) == "x" * 9 + "\n"
    assert text_head(b"short") == "short"
    assert text_head("ab\r\n".encode("utf-16")) == "ab\n"
    assert text_head(b"\0\0\0\0") is None
