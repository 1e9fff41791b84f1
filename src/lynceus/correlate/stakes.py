"""What an incident may mean for the business, where the worth of what it touches is known."""

from __future__ import annotations

from lynceus.correlate.priority import criticality
from lynceus.correlate.story import Story, severity_place
from lynceus.correlate.wording import listed
from lynceus.language import say

MATTERS = ("critical", "high", "medium")
"""Criticalities from the highest on of which something is said."""
MOST = 3
"""So many assets are named."""

CONSEQUENCE = {
    "exfiltration": "what it holds may be in other hands, and whoever answers for that has to know",
    "collection": "what it holds is being gathered, and may leave next",
    "impact": "what depends on it may stand still",
    "command-and-control": "somebody outside may steer it, and take or change what it holds",
    "lateral-movement": "whoever is behind this can use what it holds and go on from there",
    "execution": "whoever is behind this can use what it holds and go on from there",
    "persistence": "whoever is behind this may come back to it at any time",
    "privilege-escalation": "whoever is behind this may rule it as its administrators do",
    "defense-evasion": "what happens on it may go unseen",
    "credential-access": "the accounts that open it may be in other hands",
    "initial-access": "somebody may have got into it from outside",
    "discovery": "somebody looks for a way to it",
    "reconnaissance": "somebody looks for a way to it",
}
"""By tactic, what it may mean for an asset that is the target, or in other hands already."""
ACTS = "it acts against others, so it may be in other hands already, and with it what it holds"
"""Of an asset that attacks."""


def stakes(story: Story) -> tuple[str, list[str]] | None:
    """The sentence and the addresses it speaks of; None where nothing of known worth is at stake.

    Nothing is said below medium severity: what is weak has no consequence yet.
    """
    if severity_place(story.lead.record.severity) < severity_place("medium"):
        return None
    worth: dict[str, list[str]] = {}
    for address, role in story.roles.items():
        word = criticality(story.fact(address, "asset_criticality"))
        ours = story.inside.get(address) is not False
        if word in MATTERS and ours and role in ("victim", "infected", "attacker"):
            worth.setdefault(word, []).append(address)
    found = next((worth[word] for word in MATTERS if word in worth), None)
    if found is None:
        return None
    acting = any(story.roles[address] == "attacker" for address in found[:MOST])
    meaning = ACTS if acting else CONSEQUENCE.get(story.lead.tactic or "")
    if meaning is None:
        return None
    names = listed([_named(story, address) for address in found], most=MOST)
    form = "At stake: {assets}; {meaning}."
    if len(found) > 1:
        form = "At stake: {assets}; for each of them: {meaning}."
    return say(form, assets=names, meaning=say(meaning)), found


def _named(story: Story, address: str) -> str:
    """An asset by name, with what it does, whose it is and how critical it is."""
    name = str(story.fact(address, "asset") or address)
    role, owner = story.fact(address, "asset_role"), story.fact(address, "asset_owner")
    whose = say("owner {name}", name=owner) if owner else ""
    what = ", ".join(part for part in (str(role or ""), whose) if part)
    worth = criticality(story.fact(address, "asset_criticality"))
    named = f"{name} ({what})" if what else name
    return say("{asset}, of {criticality} worth", asset=named, criticality=worth)
