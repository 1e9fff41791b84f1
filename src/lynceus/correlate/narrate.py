"""A story in plain words: title, what was seen, why it matters, who, how sure, what next.

Everything is written here from the evidence, by rules: no model, no network. Each sentence names
the findings it rests on, and holds no number that neither these findings nor the facts of their
hosts hold (see `grounding.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lynceus.attack import phase_order
from lynceus.correlate import hosts
from lynceus.correlate.frames import (
    DEGREES,
    FAR_ENDS,
    PARTS,
    SURE,
    TITLES_FROM_OUTSIDE,
    TITLES_OF_ANY,
    TITLES_OF_SEVERAL,
)
from lynceus.correlate.phrases import STEPS, phrase
from lynceus.correlate.score import ScoreConfig
from lynceus.correlate.stakes import stakes
from lynceus.correlate.story import LEARNED, Found, Story, severity_place
from lynceus.correlate.unusual import unusual
from lynceus.correlate.wording import (
    duration_text,
    listed,
    time_text,
)
from lynceus.incident import Sentence
from lynceus.language import capital, say, several
from lynceus.moments import NS
from lynceus.services import service_label

MOST_SEEN = 8
"""Phenomena that get a sentence of their own; a story of more is told by the first ones."""
NAMED = 3
"""Hosts that a text names before it only counts them."""

PROBABLE = 0.8
"""Confidence from which on a host is called probably infected, and possibly below."""

STOPS = (".", "!", "?", "。", "！", "？", "।", "؟")
"""What ends a sentence."""

KINDS = {
    "tor_exit": "Tor exit",
    "tor_relay": "Tor relay",
    "vpn": "VPN exit",
    "cdn": "content network",
    "cloud": "public cloud",
    "saas": "online service",
    "resolver": "public resolver",
    "open_resolver": "open resolver",
    "hosting": "hosting provider",
    "crawler": "web crawler",
    "parking": "parked domains",
    "blockpage": "block page",
}
"""Kinds of well-known networks, for people."""


def label(story: Story, address: str | None) -> str:
    """An address with the name of its asset or network: `10.0.0.9 (file-server)`."""
    if address is None:
        return say("an unnamed host")
    known = story.fact(address, "asset") or network(story, address)
    return f"{address} ({known})" if known else address


def network(story: Story, address: str) -> str | None:
    """What well-known network an address belongs to, in words."""
    name, kind = story.fact(address, "network"), story.fact(address, "network_kind")
    kind = say(KINDS.get(str(kind), str(kind).replace("_", " "))) if kind else None
    if name and kind and kind.split()[0].lower() in str(name).lower():
        return kind
    return capital(", ".join(str(part) for part in (name, kind) if part)) or None


def hosts_text(story: Story, addresses: Sequence[str]) -> str:
    """`10.0.0.5 (file-server)`, `a and b`, or `12 hosts, among them a, b and c`."""
    if len(addresses) <= NAMED:
        return listed([label(story, address) for address in addresses])
    first = listed([label(story, address) for address in addresses[:NAMED]])
    return several(
        "{n} host, among them {named}", "{n} hosts, among them {named}", len(addresses), named=first
    )


def _many(story: Story, addresses: Sequence[str]) -> str:
    return label(story, addresses[0]) if len(addresses) == 1 else _counted(addresses)


def _counted(addresses: Collection[str]) -> str:
    return several("{n} host", "{n} hosts", len(addresses))


def title(story: Story) -> str:
    """One line that says what happened to whom."""
    nouns = _nouns(story)
    actors = tuple(dict.fromkeys(f.record.orig_h for f in story.findings if f.record.orig_h))
    if story.only_attempts and (len(actors) > 1 or len(nouns) > 1):
        return _background_title(story, nouns, actors)
    acting = tuple(a for a in story.hosts("infected", "attacker", "user", "unknown") if a in actors)
    if len(nouns) > 1 and acting:
        given = {"who": _many(story, acting), "what": listed(nouns, most=4), **_aim(story)}
        return _titled([(t, t) for t in TITLES_OF_SEVERAL], given)
    return _single_title(story)


def _nouns(story: Story) -> list[str]:
    """What is seen, by the steps of an intrusion, then what models say; beside serious findings
    no others."""
    serious = severity_place("medium")
    heads = [group[0] for group in story.groups]
    chosen = [h for h in heads if severity_place(h.record.severity) >= serious] or heads
    chosen.sort(key=lambda h: (h.record.detector in LEARNED, phase_order(h.tactic)))
    return list(dict.fromkeys(say(phrase(h.record.detector).noun) for h in chosen))


def _titled(headlines: Sequence[tuple[str, str]], given: dict[str, str], actors: int = 1) -> str:
    """The first headline whose fields are all known, in the form for so many actors."""
    one, many = next(
        form for form in headlines if all(v for k, v in given.items() if f"{{{k}}}" in form[0])
    )
    return capital(say(one, **given) if one == many else several(one, many, actors, **given))


def _aim(story: Story) -> dict[str, str]:
    """Service and target, where all findings agree on one."""
    services = {_service(f) for f in story.findings}
    targets = {f.record.resp_h for f in story.findings}
    service = services.pop() if len(services) == 1 else None
    target = targets.pop() if len(targets) == 1 else None
    return {"service": service or "", "target": label(story, target) if target else ""}


def _background_title(story: Story, nouns: Sequence[str], actors: Sequence[str]) -> str:
    victims = story.hosts("victim")
    services = sorted({s for f in story.findings if (s := _service(f))})
    against = ""
    if len(victims) == 1:
        against = label(story, victims[0])
    elif victims:
        against = several("{n} inside host", "{n} inside hosts", len(victims))
    given = {
        "what": listed(nouns, most=3), "service": services[0] if len(services) == 1 else "",
        "victims": against, "who": _many(story, actors),
    }  # fmt: skip
    return _titled([(t, t) for t in TITLES_FROM_OUTSIDE], given)


def _service(found: Found) -> str | None:
    return service_label(found.record.service, found.record.resp_p, found.record.proto)


def _single_title(story: Story) -> str:
    lead = story.lead
    words, record = phrase(lead.record.detector), lead.record
    same = [f.record for f in story.findings if f.record.detector == record.detector]
    actors = tuple(dict.fromkeys(r.orig_h for r in same if r.orig_h))
    targets = tuple(dict.fromkeys(r.resp_h for r in same if r.resp_h))
    domains = tuple(dict.fromkeys(r.domain for r in same if r.domain))
    service = _service(lead) or ""
    actor = _many(story, actors) if actors else ""
    target = _many(story, targets) if targets else ""
    if len(domains) == 1:
        beside = record.detector == "beacon" and len(targets) == 1
        target = f"{domains[0]} ({targets[0]})" if beside else domains[0]
    given = {"actor": actor, "target": target, "service": service, "noun": say(words.noun)}
    of_any = ((t, t) for t in TITLES_OF_ANY)
    return _titled((*words.headlines, *of_any), given, max(1, len(actors)))


def sentences(
    story: Story, confidence: float, action: str | None, config: ScoreConfig, lossy: bool
) -> tuple[Sentence, ...]:
    """The summary, sentence by sentence, in the order a person asks."""
    told = [_seen(story, group) for group in story.groups[:MOST_SEEN]]
    told += [
        _when(story),
        *(Sentence(text=text, findings=_ids(found), about="why") for text, found in unusual(story)),
        *_why(story, config),
        *_who(story, confidence),
        *_processes(story),
        *_users(story),
        _sure(story, confidence, lossy),
    ]
    if action:
        told.append(
            Sentence(
                text=say("What to do now: {action}", action=action),
                findings=_ids([story.lead]),
                about="action",
            )
        )
    return tuple(told)


def _ids(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.record.id for f in found))


def _full_stop(text: str) -> str:
    text = " ".join(text.split(" ")).strip()
    return text if text.endswith(STOPS) else f"{text}."


def _seen(story: Story, group: Sequence[Found]) -> Sentence:
    """What one detector saw: its strongest finding in its own words, and how often."""
    record = group[0].record
    silent = say("{detector} raised a finding.", detector=record.detector)
    because = _full_stop(capital(record.because)) if record.because else capital(silent)
    actors = {f.record.orig_h for f in group} - {None}
    targets = tuple(dict.fromkeys(f.record.resp_h for f in group if f.record.resp_h))
    if len(group) == 1:
        return Sentence(text=because, findings=_ids(group))
    given = {"because": because, "noun": say(phrase(record.detector).noun)}
    if len(actors) > 1 and targets:
        form = "{n} hosts show {noun} against {targets}; the strongest finding: {because}"
        text = several(form, form, len(actors), targets=_many(story, targets), **given)
    elif len(actors) > 1:
        form = "{n} hosts show {noun}; the strongest finding: {because}"
        text = several(form, form, len(actors), **given)
    elif len(targets) > 1:
        form = "{because} This is the strongest of {n} findings of {noun} towards {targets}."
        text = several(form, form, len(group), targets=_counted(targets), **given)
    else:
        form = "{because} This is the strongest of {n} findings of {noun}."
        text = several(form, form, len(group), **given)
    return Sentence(text=text, findings=_ids(group))


def _when(story: Story) -> Sentence:
    first, last = story.first_ns, story.last_ns
    if first is None or last is None:
        text = say("The input holds no times, so when this happened is not known.")
        return Sentence(text=text, findings=_ids([story.lead]), about="when")
    ends = _ids(
        [
            min((f for f in story.findings if f.start_ns == first), key=lambda f: f.record.id),
            min((f for f in story.findings if f.stop_ns == last), key=lambda f: f.record.id),
        ]
    )
    apart_s = last // NS - first // NS  # between the times as they are told, to the second
    if not apart_s:
        text = say("It was seen at {time}.", time=time_text(first))
    else:
        text = say(
            "First seen at {first}, last at {last}, {span} later.",
            first=time_text(first), last=time_text(last), span=duration_text(apart_s),
        )  # fmt: skip
    return Sentence(text=text, findings=ends, about="when")


def _why(story: Story, config: ScoreConfig) -> list[Sentence]:
    lead = story.lead
    told = [
        Sentence(text=say(phrase(lead.record.detector).why), findings=_ids([lead]), about="why")
    ]
    steps = story.phases(config.trusted)
    if len(steps) > 1 and not story.only_attempts:
        heads = [group[0] for group in story.groups]
        text = say(
            "Together the findings show several steps of an attack: {steps}.",
            steps=listed([say(STEPS[step]) for step in steps], most=5),
        )
        told.append(Sentence(text=text, findings=_ids(heads), about="why"))
    if at_stake := stakes(story):
        text, addresses = at_stake
        told.append(Sentence(text=text, findings=_ids(_about(story, addresses)), about="why"))
    return told


def _who(story: Story, confidence: float) -> list[Sentence]:
    """Who plays which part, the assets among them by name, owner and criticality."""
    told = []
    for role in ("infected", "attacker", "victim"):
        addresses = story.hosts(role)
        if not addresses:
            continue
        part = "maybe infected" if role == "infected" and confidence < PROBABLE else role
        one, many = PARTS[part, _where(story, addresses)]
        names = capital(hosts_text(story, addresses))
        text = several(one, many, len(addresses), hosts=names)
        told.append(Sentence(text=text, findings=_ids(_about(story, addresses)), about="who"))
    far = story.lead.record.resp_h
    if told and far and story.roles.get(far) in ("server", "unknown") and network(story, far):
        text = say(FAR_ENDS[_where(story, [far])], host=label(story, far))
        told.append(Sentence(text=text, findings=_ids(_about(story, [far])), about="who"))
    if not told:
        known = [a for a in (story.lead.record.orig_h, story.lead.record.resp_h) if a]
        if known:
            text = say("Concerned: {hosts}.", hosts=hosts_text(story, known))
            told.append(Sentence(text=text, findings=_ids([story.lead]), about="who"))
    if story.only_attempts and story.hosts("victim"):
        text = say(
            "All of it came from outside, and nothing in the traffic shows that it succeeded."
        )
        told.append(Sentence(text=text, findings=_ids(story.findings), about="who"))
    for address in story.roles:
        sayings = hosts.known(story, address)
        ids = _ids(_about(story, [address]))
        told += [Sentence(text=text, findings=ids, about="who") for text in sayings]
        if len(told) > 6:
            break
    return told


def _processes(story: Story) -> list[Sentence]:
    """Which process of which user held the connections, where an endpoint tells."""
    told = [f for f in story.findings if f.record.evidence.get("processes")]
    names = [str(name) for f in told for name in f.record.evidence["processes"]]
    if not names:
        return []
    once = listed(list(dict.fromkeys(names)))
    text = say("The endpoint says who held the connections: {processes}.", processes=once)
    return [Sentence(text=text, findings=_ids(told), about="who")]


def _users(story: Story) -> list[Sentence]:
    """Who was at the hosts at that minute, where logins tell."""
    told = [f for f in story.findings if isinstance(f.record.evidence.get("present"), list)]
    names = [str(name) for f in told for name in f.record.evidence["present"]]
    if not names:
        return []
    once = {name.partition(", by ")[0]: name for name in reversed(names)}  # the first of each
    people = "; ".join(list(reversed(once.values()))[:NAMED])
    text = say("Who had logged in there: {people}.", people=people)
    return [Sentence(text=text, findings=_ids(told), about="who")]


def _about(story: Story, addresses: Sequence[str]) -> list[Found]:
    wanted = set(addresses)
    return [f for f in story.findings if {f.record.orig_h, f.record.resp_h} & wanted]


def _where(story: Story, addresses: Sequence[str]) -> bool | None:
    """Whether all are inside or all outside; None where nobody knows, or some are."""
    known = {story.inside.get(address) for address in addresses}
    return known.pop() if len(known) == 1 else None


def _sure(story: Story, confidence: float, lossy: bool) -> Sentence:
    degree = next(word for least, word in DEGREES if confidence >= least)
    heads = [group[0] for group in story.groups]
    if len(heads) > 1:
        names = listed([say(phrase(h.record.detector).noun) for h in heads], most=4)
        form = "{n} kinds of evidence agree ({names})"
        grounds = several(form, form, len(heads), names=names)
    elif len(story.findings) > 1:
        grounds = say("it rests on one kind of evidence, which came up repeatedly")
    else:
        grounds = say("it rests on a single finding")
    text = say(SURE[lossy], degree=say(degree), grounds=grounds)
    ids = _ids(story.findings if len(heads) == 1 else heads)
    return Sentence(text=text, findings=ids, about="confidence")


def confidence_changes(story: Story) -> tuple[str, ...]:
    """What would raise or lower the confidence, the weightiest phenomena first."""
    heads = sorted((g[0] for g in story.groups), key=lambda f: f.weight, reverse=True)[:3]
    words = [phrase(head.record.detector) for head in heads]
    more = [say(text) for text in dict.fromkeys(w.raises for w in words)]
    fewer = [say(text) for text in dict.fromkeys(w.lowers for w in words)]
    surer = [say("Surer with: {what}.", what=text) for text in more]
    less = [say("Less sure with: {what}.", what=text) for text in fewer]
    return (*surer, *less)
