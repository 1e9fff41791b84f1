"""Families by words, and by what a detector is named after."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus import detect
from lynceus.learn.families import FAMILIES, OF_DETECTOR, SERVICES, by_words


@pytest.mark.parametrize(
    ("label", "detail", "malicious", "family"),
    [
        ("Benign", "From_benign-To_benign-Amazon", False, "benign"),
        ("Malicious", "PartOfAHorizontalPortScan", True, "scan"),
        ("Malicious", "C&C-HeartBeat", True, "botnet"),
        ("Malicious", "CC", True, "botnet"),
        ("Malicious", "Malware_data_exfiltration-Rat", True, "exfiltration"),
        ("Malicious", "External-Attack-to-Device", True, None),
        ("Malicious", "SSH-Brute-force", True, "brute_force_ssh"),
        ("Background", None, None, None),
        ("flow=From-Botnet-V42-TCP-CC6", None, True, "botnet"),
        ("flow=From-Normal-V42-Jist", None, False, "benign"),
        ("flow=Background-UDP-Attempt-DNS", None, None, None),
        ("flow=TCP-Established", None, None, None),
        (None, None, None, None),
    ],
)
def test_words_of_a_label(
    label: str | None, detail: str | None, malicious: bool | None, family: str | None
) -> None:
    row = pl.DataFrame({"a": [label], "b": [detail]}, schema={"a": pl.String, "b": pl.String})
    assert row.select(by_words("a", "b")).row(0) == (malicious, family)


def test_every_family_that_is_given_is_explained() -> None:
    assert {*OF_DETECTOR.values(), *SERVICES.values()} <= set(FAMILIES)
    assert set(OF_DETECTOR) <= set(detect.load())
