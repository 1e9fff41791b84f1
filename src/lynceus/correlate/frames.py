"""The frames of titles and sentences, whole, so that every language may order them in its own way.

Which one is taken depends on what is known; `phrases.py` has what is said of each detector.
"""

from __future__ import annotations

TITLES_OF_SEVERAL = (
    "{who}: {what} on {service} towards {target}",
    "{who}: {what} on {service}",
    "{who}: {what} towards {target}",
    "{who}: {what}",
)
"""Headlines of stories of several phenomena; the first one whose fields are all known is taken."""
TITLES_FROM_OUTSIDE = (
    "{what} on {service} against {victims} from outside, by {who}",
    "{what} on {service} of the inside from outside, by {who}",
    "{what} against {victims} from outside, by {who}",
    "{what} of the inside from outside, by {who}",
)
"""The same of attempts from outside that nothing shows to have succeeded."""
TITLES_OF_ANY = ("{noun} against {target}", "{noun}")
"""The same where no headline of the phenomenon fits."""

PARTS: dict[tuple[str, bool | None], tuple[str, str]] = {
    ("attacker", None): ("{hosts} is the attacker.", "{hosts} are the attackers."),
    ("attacker", True): (
        "{hosts} is the attacker, inside the network.",
        "{hosts} are the attackers, inside the network.",
    ),
    ("attacker", False): (
        "{hosts} is the attacker, outside the network.",
        "{hosts} are the attackers, outside the network.",
    ),
    ("infected", None): ("{hosts} is probably infected.", "{hosts} are probably infected."),
    ("infected", True): (
        "{hosts} is probably infected, inside the network.",
        "{hosts} are probably infected, inside the network.",
    ),
    ("infected", False): (
        "{hosts} is probably infected, outside the network.",
        "{hosts} are probably infected, outside the network.",
    ),
    ("maybe infected", None): ("{hosts} is possibly infected.", "{hosts} are possibly infected."),
    ("maybe infected", True): (
        "{hosts} is possibly infected, inside the network.",
        "{hosts} are possibly infected, inside the network.",
    ),
    ("maybe infected", False): (
        "{hosts} is possibly infected, outside the network.",
        "{hosts} are possibly infected, outside the network.",
    ),
    ("victim", None): ("{hosts} is a victim.", "{hosts} are victims."),
    ("victim", True): (
        "{hosts} is a victim, inside the network.",
        "{hosts} are victims, inside the network.",
    ),
    ("victim", False): (
        "{hosts} is a victim, outside the network.",
        "{hosts} are victims, outside the network.",
    ),
}
"""Who plays which part and where, of one host and of several."""
FAR_ENDS = {
    None: "The far end is {host}.",
    True: "The far end is {host}, inside the network.",
    False: "The far end is {host}, outside the network.",
}
"""By whether it is inside."""

DEGREES = ((0.9, "very sure"), (0.7, "fairly sure"), (0.5, "not entirely sure"), (0.0, "unsure"))
"""From which confidence on we are how sure."""
SURE = {
    False: "We are {degree} of this: {grounds}.",
    True: "We are {degree} of this: {grounds}; part of the input was lost or sampled, which lowers "
    "this.",
}
"""By whether part of the input was lost."""
