"""cef, leef and syslog: what is escaped reads back as it was, whatever it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.notify.channels.cef import Cef, cef, extension
from lynceus.notify.channels.leef import attributes, leef
from lynceus.notify.channels.syslog import Syslog, structured
from notify.made import hostile, incident, notice

KEYS = st.sampled_from(["src", "msg", "cs1", "cs1Label", "shost", "act"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def read_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """Header and extension of a line, by the rules of the format."""
    header: list[str] = []
    at = 0
    for _ in range(7):
        whole = re.compile(r"(?:[^\\|]|\\.)*", re.DOTALL).match(line, at)
        assert whole is not None
        header.append(re.sub(r"\\(.)", r"\1", whole[0], flags=re.DOTALL))
        at = whole.end() + 1
    return header, read_extension(line[at:])


def read_extension(text: str) -> dict[str, str]:
    """A value goes on to the next name before an equals sign that is not escaped."""
    starts = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)=", text))
    starts = [one for one in starts if not _escaped(text, one.end() - 1)]
    ends = [*(one.start() for one in starts[1:]), len(text)] if starts else []
    return {one[1]: _plain(text[one.end() : end]) for one, end in zip(starts, ends, strict=True)}


def _escaped(text: str, at: int) -> bool:
    before = text[:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _plain(value: str) -> str:
    kinds = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda m: kinds.get(m[1], m[1]), value, flags=re.DOTALL)


@given(st.dictionaries(KEYS, TEXTS))
def test_an_extension_of_cef_reads_back(fields: dict[str, str]) -> None:
    text = extension(fields)
    assert "\n" not in text
    assert "\r" not in text
    assert read_extension(text) == fields


@given(TEXTS, TEXTS)
def test_a_line_of_cef_reads_back(title: str, domain: str) -> None:
    finding = incident().findings[0].model_copy(update={"domain": domain or None})
    line = cef(notice("open", incident(title=title, findings=(finding,))))
    header, fields = read_cef(line)
    assert header[:5] == ["CEF:0", "Lynceus", "Lynceus", "1", "beacon"]
    assert header[5] == notice("open", incident(title=title)).title[:512].replace("\n", " ")
    assert header[6] == "8"
    assert fields["src"] == "10.0.0.5"
    assert (fields["c6a3"], fields["c6a3Label"]) == ("2001:db8::7", "Destination IPv6 Address")
    assert fields["externalId"] == incident().id
    assert fields["rt"] == "1714557600000"


@given(st.dictionaries(KEYS, TEXTS.filter(bool)))
def test_attributes_of_leef_read_back_but_for_what_parts_them(fields: dict[str, str]) -> None:
    text = attributes(fields)
    read = dict(part.split("=", 1) for part in text.split("\t")) if fields else {}
    wanted = {
        name: re.sub(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", " ", value)
        for name, value in fields.items()
    }
    assert read == wanted


def test_a_line_of_leef_has_the_names_of_qradar() -> None:
    line = leef(notice())
    head, _, rest = line.partition("|x09|")
    assert head == "LEEF:2.0|Lynceus|Lynceus|1|beacon"
    read = dict(part.split("=", 1) for part in rest.split("\t"))
    assert read["devTime"] == "2024-05-01T10:00:00.000+0000"
    assert (read["src"], read["dst"], read["dstPort"]) == ("10.0.0.5", "2001:db8::7", "443")
    assert (read["sev"], read["proto"]) == ("8", "TCP")
    assert read["lynceus_incident"] == incident().id


@given(st.dictionaries(KEYS, TEXTS))
def test_structured_data_reads_back(fields: dict[str, str]) -> None:
    text = structured("lynceus@32473", dict(fields))
    element = re.fullmatch(
        r'\[lynceus@32473((?: [!-<>-~]+="(?:[^"\\\]]|\\.)*")*)\]', text, re.DOTALL
    )
    assert element is not None
    read = re.findall(r' ([!-<>-~]+)="((?:[^"\\\]]|\\.)*)"', element[1], re.DOTALL)
    assert {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in read} == fields


@pytest.mark.parametrize("kind", ["open", "digest", "resolve", "test"])
def test_a_hostile_text_makes_no_second_line(kind: str) -> None:
    for made in (
        Syslog(name="s", host="h"), Cef(name="c", host="h", facility=16, hostname="sensor-1")
    ):  # fmt: skip
        line = made.line(notice(kind, hostile()))  # type: ignore[arg-type]
        assert line.count(b"\n") == line.count(b"\r") == line.count(b"\0") == 0


def test_the_head_of_a_line_is_that_of_rfc_5424() -> None:
    line = Syslog(name="s", host="h", hostname="sensor-1").line(notice()).decode()
    head = r"<(\d+)>1 (\S+) sensor-1 lynceus - open \[lynceus@32473 key="
    found = re.match(head, line)
    assert found is not None
    assert (found[1], found[2]) == (str(13 * 8 + 3), "2024-05-01T10:00:00Z")


def test_a_line_that_is_too_long_is_cut_between_characters() -> None:
    made = Cef(name="c", host="h", most_bytes=480)
    line = made.line(notice("open", incident(title="東" * 300)))
    assert 470 < len(line) <= 480
    line.decode()
