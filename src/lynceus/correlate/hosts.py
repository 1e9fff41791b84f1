"""What the site knows of a host of a story, in words: what it is, its state, its weaknesses.

What nobody knows is said where somebody could have known: the site has an inventory, and the host
is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lynceus.correlate.priority import criticality
from lynceus.correlate.story import Story
from lynceus.correlate.wording import listed, plural

LEVELS = ("low", "medium", "high", "critical")


def known(story: Story, address: str) -> Iterator[str]:
    """The sentences about one host."""
    if asset := _asset(story, address):
        yield asset
    if conflict := story.fact(address, "asset_conflict"):
        yield f"The sources do not agree on {address}: {conflict}."
    yield from _device(story, address)
    if story.fact(address, "asset_unknown"):
        yield f"What {address} is and who uses it is not known: no source of the site has it."
    if weak := _weaknesses(story, address):
        yield weak


def _asset(story: Story, address: str) -> str | None:
    name, owner = story.fact(address, "asset"), story.fact(address, "asset_owner")
    weight = criticality(story.fact(address, "asset_criticality"))
    purpose, system = story.fact(address, "asset_role"), story.fact(address, "asset_system")
    parts = [
        f"is the asset {name}" if name else "",
        f"serves as {purpose}" if purpose else "",
        f"runs {system}" if system else "",
        f"belongs to {owner}" if owner else "",
        f"is of {weight} criticality" if weight in LEVELS else "",
    ]
    said = [part for part in parts if part]
    if not said:
        return None
    source, stale = story.fact(address, "asset_source"), story.fact(address, "asset_stale_days")
    whose = f", says {source}" if source else ""
    old = f", which was read {plural(stale, 'day')} ago and counts for less" if stale else ""
    return f"{address} {listed(said)}{whose}{old}."


def _device(story: Story, address: str) -> Iterator[str]:
    """What the device said of itself in the traffic, and where else it was."""
    name, evidence = story.fact(address, "device"), story.fact(address, "device_evidence")
    if name and not story.fact(address, "asset"):
        yield f"In the traffic {address} calls itself {name} ({evidence})."
    if (role := story.fact(address, "device_role")) and not story.fact(address, "asset_role"):
        yield f"The traffic of {address} was so far that of a {role}."
    if others := story.fact(address, "device_addresses"):
        shared = story.fact(address, "device_joined_by")
        yield f"The device at {address} was at {others} too: they share {shared}."
    if before := story.fact(address, "device_before"):
        yield f"Before, another device had the address {address}: {before}."
    if conflict := story.fact(address, "device_conflict"):
        yield f"Who is at {address} is not certain: {conflict}."


def _weaknesses(story: Story, address: str) -> str | None:
    many = story.fact(address, "cves")
    if not many:
        return None
    worst, score = story.fact(address, "worst_cve"), story.fact(address, "worst_cvss")
    source, stale = story.fact(address, "cves_source"), story.fact(address, "cves_stale_days")
    rated = f" with CVSS {score:.1f}" if score is not None else ""
    which = f", the worst of them {worst}{rated}" if many > 1 else f": {worst}{rated}"
    old = f", {plural(stale, 'day')} ago" if stale else ""
    found = plural(many, "known weakness", "known weaknesses")
    return f"A scan found {found} on {address}{which} ({source}{old})."
