"""What a sentence has to keep when somebody else rephrases it: numbers, names, doubt, roles.

Nothing here knows what a sentence means. It knows what must not change for the meaning to stay: the
same numbers with the same units, the same addresses and names, no new negation and none lost, no
doubt taken away, nobody accused who was not.
"""

from __future__ import annotations

import re


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNITS = _listed("""
    b kb mb gb tb pb kib mib gib s ms us ns m h d min sec hour hours day days week weeks month
    months year years minute minutes second seconds byte bytes packet packets % percent bit/s
    kbit/s mbit/s gbit/s
""")
"""Words that belong to the number before them."""
NUMBER_WORDS = _listed("""
    two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty
    fifty sixty hundred hundreds thousand thousands million millions billion billions dozen dozens
    half twice double triple thrice first second third
""")
NEGATIONS = _listed("no not never none nobody nothing nowhere without neither nor cannot")
DOUBTS = _listed("""
    may might could probably likely possibly perhaps possible suspected suspicious suggests suggest
    seems seem appears appear fairly unsure
""")
ACCUSING = _listed("""
    attacker attackers attacked attack victim victims infected infection compromised breached breach
    malware malicious ransomware stolen theft exfiltrated exfiltration intruder hacked hacker
    critical high severe confirmed certain certainly definitely proven succeeded successful
    successfully harmless benign safe ordinary normal legitimate
""")
"""Words that accuse or acquit: none may come that was not there."""
OPENERS = _listed("""
    a an the this that these those it its they there here he she we our over within in on at by for
    from with to of as and but so while when where after before during between since until only also
    then later earlier both each every all some many several more most other another such one
    together meanwhile overall host hosts traffic data connections connection flows activity seen
    observed findings finding evidence someone somebody
""")
"""Words that may begin a sentence though the original has them nowhere."""
_WORD = re.compile(r"[^\s\"“”()\[\]{}<>]+")
_AROUND = ".,;:!?'"
_SENTENCE_END = (".", "!", "?", ":")


def change(original: str, told: str) -> str | None:
    """What of an original sentence another telling of it has changed; None where it holds."""
    if not told.strip() or not told.isprintable():
        return "is no text in one line"
    if len(told) > 2 * len(original) + 80:
        return "is much longer"
    before, after = _protected(original, ours=True), _protected(told, ours=False)
    known = {word.casefold() for word in _words(original)}
    if new := after - before - {one for one in after if one.casefold() in known}:
        return f"says {min(new)!r}, which is not in the evidence"
    if lost := before - after - {one for one in before if one.casefold() in _folded(told)}:
        return f"leaves out {min(lost)!r}"
    return _turned(known, _folded(told))


def _turned(before: frozenset[str] | set[str], after: frozenset[str]) -> str | None:
    """How the plain words of two tellings differ in what they claim."""
    for words, said in ((NUMBER_WORDS, "says"), (ACCUSING, "says")):
        if new := words & after - before:
            return f"{said} {min(new)!r}, which is not in the evidence"
    if bool(_negated(before)) != bool(_negated(after)):
        return "turns a negation"
    if DOUBTS & before and not DOUBTS & after:
        return "takes the doubt away"
    return None


def _negated(words: frozenset[str] | set[str]) -> set[str]:
    return {word for word in words if word in NEGATIONS or word.endswith("n't")}


def _folded(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _words(text))


def _words(text: str) -> list[str]:
    found = (word.strip(_AROUND) for word in _WORD.findall(text.replace("’", "'")))
    return [word for word in found if word]


def _protected(text: str, *, ours: bool) -> set[str]:
    """The numbers, with their units, and the names of a text; of `ours` it is known that a capital
    at the begin of a sentence makes no name."""
    kept = set()
    raw = [word for word in _WORD.findall(text.replace("’", "'")) if word.strip(_AROUND)]
    begins = True
    for place, word in enumerate(raw):
        bare = word.strip(_AROUND)
        if any(letter.isdigit() for letter in bare):
            unit = raw[place + 1].strip(_AROUND).casefold() if place + 1 < len(raw) else ""
            kept.add(f"{bare} {unit}" if unit in UNITS else bare)
        elif _is_a_name(bare, begins, ours):
            kept.add(bare)
        begins = word.endswith(_SENTENCE_END)
    return kept


def _is_a_name(word: str, begins: bool, ours: bool) -> bool:
    """Whether a word without digits names something: a host, a program, a person."""
    if re.search(r"\w[._@/\\:&+-]\w", word):
        return True
    if not any(letter.isupper() for letter in word):
        return False
    plain = begins and (word[1:].islower() or len(word) == 1)
    return not (plain and (ours or word.casefold() in OPENERS))
