from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lynceus import registry
from lynceus.ingest import (
    BUILTIN,
    Input,
    InputError,
    open_input,
    open_inputs,
    progress,
    read_flows,
)
from lynceus.records import Batch

BEGINNINGS = (
    b"",
    b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tproto\n",
    b"#separator \\x2c\n#set_separator,;\n#path,dns\n#fields,ts,id.orig_h,id.resp_h,answers\n",
    b'{"ts":1.5,"uid":"C1","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.2","conn_state":"SF"}\n',
    b"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State\n",
    b"orig_h,resp_h,ts_ns,orig_p\n192.0.2.1,192.0.2.2,1,2\n",
    b"Source: 192.0.2.1, Dest: 192.0.2.2\n",
    b"PAR1",
    b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(12) + b"\x01\0\0\0",
    b"\n\r\r\n",
    b"\x1f\x8b\x08",
)


@pytest.mark.parametrize("kind", BUILTIN, ids=lambda kind: kind.__name__)
def test_every_kind_keeps_the_contract_of_its_door(kind: type) -> None:
    assert kind.name == registry.snake_case(kind.__name__)
    assert kind.expects
    for begin in BEGINNINGS:
        assert 0.0 <= float(kind.recognise(begin, Path("x"))) <= 1.0


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400) | st.text(max_size=200))
@example(BEGINNINGS[1], "\t" * 50 + "\n#fields\n#separator \\x0a\n#path\n")
@example(BEGINNINGS[1], '#separator \\x22\n#fields"a"ts\n1"2\n')
def test_any_bytes_give_flows_or_one_clear_line(
    tmp_path: Path, begin: bytes, rest: bytes | str
) -> None:
    path = tmp_path / "input"
    path.write_bytes(begin + (rest.encode("utf-8", "replace") if isinstance(rest, str) else rest))
    source = None
    try:
        source = open_inputs([path])
        flows = Batch.concat(list(source.batches())).flows
    except InputError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        assert flows["uid"].is_unique().all()
        assert source.account.balanced
        assert progress(source) == pytest.approx(1.0)


def test_a_plugin_is_a_source_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd:
        expects = "odd things"

        @staticmethod
        def recognise(head: bytes, path: Path) -> float:
            return 2.0 if head.startswith(b"ODD") else 0.0

        @classmethod
        def open(cls, given: Input, options: object) -> object:
            return given.name

    from lynceus.ingest import opening

    monkeypatch.setattr(opening, "load", lambda folder, builtin: {"odd": Odd})
    path = tmp_path / "input"
    path.write_bytes(b"ODD")
    assert open_input(path) == str(path)
    path.write_bytes(b"EVEN")
    with pytest.raises(InputError, match="odd things"):
        open_input(path)


def test_inputs_of_several_kinds_are_one_stream(tmp_path: Path) -> None:
    contents = (
        BEGINNINGS[3],
        b"Source: 192.0.2.1, Dest: 192.0.2.2\n",
        b"orig_h,resp_h,ts_ns,end_ns\n192.0.2.1,192.0.2.2,1,5\n",
    )
    paths = []
    for number, content in enumerate(contents):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(content)
    flows = Batch.concat(list(open_inputs(paths, "lab").batches())).flows
    assert flows["source"].to_list() == ["table", "zeek", "text"]
    assert flows["site"].to_list() == ["lab"] * 3


def test_reading_twice_gives_the_same(shared_data: Path) -> None:
    folder = shared_data / "stratosphere" / "zeek-labelled" / "2023-02-20-benign-host"
    once = read_flows(folder)
    assert once.equals(read_flows(folder))
    ends = once["end_ns"]
    assert ends.is_sorted()
