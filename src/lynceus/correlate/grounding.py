"""Whether the numbers of a sentence occur in the evidence of the findings it names.

A number is grounded when it is a number of the evidence as measured or as it is written for people
(count, bytes, duration, share), part of a name or time that the findings hold, or a count over the
named findings: how many they are, how many hosts, ports and flows they speak of, how long it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from lynceus.correlate.ends import number
from lynceus.correlate.wording import bytes_text, count_text, duration_text, share_text
from lynceus.incident import FindingRecord
from lynceus.language import capital

_NUMBER = re.compile(
    r"(?<![\w.:/-])\d[\d,]*(?:\.\d+)?(?: ?(?:[KMGTP]?B\b|%|ms\b|[smhd]\b(?: \d+ [smh]\b)?))?"
)


def ungrounded(
    text: str, findings: Sequence[FindingRecord], names: Iterable[str] = ()
) -> list[str]:
    """The numbers of `text` that the findings do not hold; `names` are known texts to pass over.

    What a finding says of itself in `because` is its own evidence.
    """
    known = {t for t in (*_texts(findings), *names) if any(c.isdigit() for c in t)}
    if known:
        longest_first = sorted({*known, *map(capital, known)}, key=len, reverse=True)
        text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", " ", text)
    allowed = set(_numbers(findings))
    return [
        found
        for found in _NUMBER.findall(text)
        if found.rstrip(",") not in allowed and found.replace(",", "").strip() not in allowed
    ]


def _texts(findings: Sequence[FindingRecord]) -> Iterator[str]:
    for finding in findings:
        for text in (
            finding.orig_h,
            finding.resp_h,
            finding.domain,
            finding.service,
            finding.id,
            finding.because.strip().rstrip(". "),
        ):
            if text:
                yield text
        for stamp in (finding.first_seen, finding.last_seen):
            if stamp:
                yield from _stamps(stamp)
        yield from finding.techniques
        yield from (v for v in _leaves(finding.evidence) if isinstance(v, str))


def _stamps(stamp: str) -> tuple[str, ...]:
    when = datetime.fromisoformat(stamp)
    return (f"{when:%Y-%m-%d %H:%M:%S}", f"{when:%H:%M:%S}", f"{when:%Y-%m-%d}")


def _numbers(findings: Sequence[FindingRecord]) -> Iterator[str]:
    for finding in findings:
        for value in (finding.resp_p, finding.flows_total, *_leaves(finding.evidence)):
            if (known := number(value)) is not None:
                yield from _renderings(known)
    yield from (str(n) for n in _counts(findings))
    yield from (count_text(n) for n in _counts(findings))
    if span := _span_s(findings):
        yield duration_text(span)


def _renderings(value: float) -> Iterator[str]:
    yield count_text(value)
    yield count_text(value).replace(",", "")
    yield str(value)
    yield count_text(round(value, 1))
    yield bytes_text(value)
    if value >= 0:
        yield duration_text(value)
        yield share_text(value)


def _counts(findings: Sequence[FindingRecord]) -> Iterator[int]:
    yield len(findings)
    for known in (
        {f.orig_h for f in findings} - {None},
        {f.resp_h for f in findings} - {None},
        {f.resp_p for f in findings} - {None},
        {f.detector for f in findings},
        {f.domain for f in findings} - {None},
    ):
        yield len(known)
    yield sum(f.flows_total for f in findings)


def _span_s(findings: Sequence[FindingRecord]) -> float | None:
    first = [f.first_seen for f in findings if f.first_seen]
    last = [f.last_seen for f in findings if f.last_seen]
    if not first or not last:
        return None
    start, stop = min(map(_to_the_second, first)), max(map(_to_the_second, last))
    return (stop - start).total_seconds()


def _to_the_second(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(microsecond=0)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
