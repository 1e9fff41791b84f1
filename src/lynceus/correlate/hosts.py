"""What the site knows of a host of a story, in words: what it is, its state, its weaknesses.

What nobody knows is said where somebody could have known: the site has an inventory, and the host
is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lynceus.correlate.priority import criticality
from lynceus.correlate.story import Story
from lynceus.correlate.wording import listed
from lynceus.language import say, several

LEVELS = ("low", "medium", "high", "critical")


def known(story: Story, address: str) -> Iterator[str]:
    """The sentences about one host."""
    if asset := _asset(story, address):
        yield asset
    if conflict := story.fact(address, "asset_conflict"):
        yield say(
            "The sources do not agree on {host}: {conflict}.", host=address, conflict=conflict
        )
    yield from _device(story, address)
    if story.fact(address, "asset_unknown"):
        yield say(
            "What {host} is and who uses it is not known: no source of the site has it.",
            host=address,
        )
    if weak := _weaknesses(story, address):
        yield weak


def _asset(story: Story, address: str) -> str | None:
    name, owner = story.fact(address, "asset"), story.fact(address, "asset_owner")
    weight = criticality(story.fact(address, "asset_criticality"))
    purpose, system = story.fact(address, "asset_role"), story.fact(address, "asset_system")
    parts = [
        say("is the asset {name}", name=name) if name else "",
        say("serves as {role}", role=purpose) if purpose else "",
        say("runs {system}", system=system) if system else "",
        say("belongs to {owner}", owner=owner) if owner else "",
        say("is of {criticality} criticality", criticality=weight) if weight in LEVELS else "",
    ]
    said = [part for part in parts if part]
    if not said:
        return None
    source, stale = story.fact(address, "asset_source"), story.fact(address, "asset_stale_days")
    given = {"host": address, "clauses": listed(said), "source": source}
    if source and stale:
        return several(
            "{host} {clauses}, says {source}, which was read {n} day ago and counts for less.",
            "{host} {clauses}, says {source}, which was read {n} days ago and counts for less.",
            stale, **given,
        )  # fmt: skip
    return say("{host} {clauses}, says {source}." if source else "{host} {clauses}.", **given)


def _device(story: Story, address: str) -> Iterator[str]:
    """What the device said of itself in the traffic, and where else it was."""
    name, evidence = story.fact(address, "device"), story.fact(address, "device_evidence")
    if name and not story.fact(address, "asset"):
        yield say(
            "In the traffic {host} calls itself {name} ({evidence}).",
            host=address, name=name, evidence=evidence,
        )  # fmt: skip
    if (role := story.fact(address, "device_role")) and not story.fact(address, "asset_role"):
        yield say(
            "The traffic of {host} was so far that of a {role}.", host=address, role=say(role)
        )
    if others := story.fact(address, "device_addresses"):
        shared = story.fact(address, "device_joined_by")
        yield say(
            "The device at {host} was at {others} too: they share {shared}.",
            host=address, others=others, shared=shared,
        )  # fmt: skip
    if before := story.fact(address, "device_before"):
        yield say(
            "Before, another device had the address {host}: {device}.", host=address, device=before
        )
    if conflict := story.fact(address, "device_conflict"):
        yield say("Who is at {host} is not certain: {conflict}.", host=address, conflict=conflict)


def _weaknesses(story: Story, address: str) -> str | None:
    many = story.fact(address, "cves")
    if not many:
        return None
    worst, score = story.fact(address, "worst_cve"), story.fact(address, "worst_cvss")
    source, stale = story.fact(address, "cves_source"), story.fact(address, "cves_stale_days")
    if score is not None:
        worst = say("{cve} with CVSS {score}", cve=worst, score=f"{score:.1f}")
    if stale:
        source = several("{source}, {n} day ago", "{source}, {n} days ago", stale, source=source)
    return several(
        "A scan found {n} known weakness on {host}: {worst} ({source}).",
        "A scan found {n} known weaknesses on {host}, the worst of them {worst} ({source}).",
        many, host=address, worst=worst, source=source,
    )  # fmt: skip
