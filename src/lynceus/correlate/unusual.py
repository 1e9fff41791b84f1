"""What hosts of a story did beside their own history and their peers, in words.

Everything was computed where the history is (`lynceus.baseline.comparison`) and stands in the
evidence of the findings. Only what is known is said; of which hosts nothing is known is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lynceus.baseline.comparison import COMPARED
from lynceus.baseline.subject import HOST, Number
from lynceus.correlate.story import Found, Story
from lynceus.correlate.wording import bytes_text, count_text, duration_text, listed
from lynceus.language import say, several

MOST = 2
"""Hosts that are compared in a story: those that say most."""

_NUMBERS = {number.name: number for number in HOST.numbers}
SEASONS = (
    "its Mondays {begin} to {end}",
    "its Tuesdays {begin} to {end}",
    "its Wednesdays {begin} to {end}",
    "its Thursdays {begin} to {end}",
    "its Fridays {begin} to {end}",
    "its Saturdays {begin} to {end}",
    "its Sundays {begin} to {end}",
)
"""A part of a day of the week, from Monday on."""
WEEKEND = 5
_TOLD = {"host", "hour", "days", "known_hours", "stands_out"}


def unusual(story: Story) -> Iterator[tuple[str, list[Found]]]:
    """Sentences and the findings that they rest on, the host that says most first."""
    best: dict[str, tuple[tuple[bool, bool, float], Mapping[str, Any], Found]] = {}
    for found in story.findings:
        for told in _of(found):
            weight = (bool(told["stands_out"]), bool(told["known_hours"]), found.record.score)
            known = best.get(told["host"])
            if known is None or weight > known[0]:
                best[told["host"]] = (weight, told, found)
    order = {host: place for place, host in enumerate(story.roles)}
    ranked = sorted(best.values(), key=lambda one: (not one[0][0], order.get(one[1]["host"], 0)))
    sayable = [one for one in ranked if one[1]["stands_out"] or one[1]["known_hours"]]
    for _, told, found in sayable[:MOST]:
        yield (_stands_out if told["stands_out"] else _ordinary)(told), [found]
    if new := [one for one in ranked if not one[1]["known_hours"]]:
        names = listed([told["host"] for _, told, _ in new])
        text = say(
            "No hour of {hosts} was known before: what is usual there is not known.", hosts=names
        )
        yield text, [found for *_, found in new]


def _of(found: Found) -> Iterator[Mapping[str, Any]]:
    """The comparisons of a finding; evidence of others that bears the name is passed over."""
    told = found.record.evidence.get(COMPARED)
    for one in told if isinstance(told, list) else []:
        if not (isinstance(one, dict) and one.keys() >= _TOLD):
            continue
        if not one["stands_out"] or one.get("number") in _NUMBERS:
            yield one


def _ordinary(told: Mapping[str, Any]) -> str:
    return say(
        "Nothing that {host} did then stands out from the {days} days of its history or from its "
        "peers.",
        host=told["host"],
        days=told["days"],
    )


def _stands_out(told: Mapping[str, Any]) -> str:
    number = _NUMBERS[told["number"]]
    did = say(number.says.replace("{}", "{value}"), value=_counted(number, told["observed"]))
    when = told["hour"]
    beside = [part for part in (_own(told, number), _peers(told, number)) if part]
    if not beside:
        return say(
            "{host} {did} in the hour from {hour} UTC.", host=told["host"], did=did, hour=when
        )
    return say(
        "{host} {did} in the hour from {hour} UTC; {beside}.",
        host=told["host"], did=did, hour=when, beside="; ".join(beside),
    )  # fmt: skip


def _own(told: Mapping[str, Any], number: Number) -> str:
    season = _season(told)
    if told["own_hours"]:
        usual = _range(number, told["own_low"], told["own_high"])
        return several(
            "{season}: {range} in {n} hour",
            "{season}: {range} in {n} hours",
            told["own_hours"], season=season, range=usual,
        )  # fmt: skip
    if told["known_hours"]:
        return say("{season}: not heard of in {days} days", season=season, days=told["days"])
    return ""


def _season(told: Mapping[str, Any]) -> str:
    times = {"begin": told["begin"], "end": told["end"]}
    if told["season"] == "day_part":
        return say(SEASONS[told["weekday"]], **times)
    if told["season"] == "part":
        return say("its hours from {begin} to {end}", **times)
    if told["weekday"] >= WEEKEND:
        return say("its weekends {begin} to {end}", **times)
    return say("its working days {begin} to {end}", **times)


def _peers(told: Mapping[str, Any], number: Number) -> str:
    if not told.get("peers"):
        return ""
    return several(
        "{n} other host here ({kind}): {range}",
        "{n} other hosts here ({kind}): {range}",
        told["peers"], kind=say(told["peers_are"]),
        range=_range(number, told["peers_low"], told["peers_high"]),
    )  # fmt: skip


def _counted(number: Number, value: float) -> str:
    """`412 MB`, `4 m 32 s`, `17 hosts`."""
    if number.unit == "count":
        return several(f"{{n}} {number.one}", f"{{n}} {number.one}s", round(value))
    return _value(number, value)


def _value(number: Number, value: float) -> str:
    if number.unit == "bytes":
        return bytes_text(value)
    return duration_text(value) if number.unit == "s" else count_text(round(value))


def _range(number: Number, low: float, high: float) -> str:
    """`0 to 9 MB`; `none` where there never was anything."""
    if not high:
        return say("none")
    least = _value(number, low) if low else "0"
    if least == _value(number, high):
        return least
    return say("{low} to {high}", low=least, high=_value(number, high))
