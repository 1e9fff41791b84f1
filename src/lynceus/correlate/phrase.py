"""What a phrase of a phenomenon is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """The words for one phenomenon. None of them holds a number: numbers come from evidence."""

    noun: str
    """What it is called within a sentence."""
    titles: tuple[str | tuple[str, str], ...]
    """Headlines; the first one whose ends are all known is taken. Where `{actor}` does something,
    the form for one and that for several."""
    why: str
    """Why it matters if it is true."""
    raises: str
    """What would make it surer."""
    lowers: str
    """The usual harmless explanation."""

    @property
    def headlines(self) -> tuple[tuple[str, str], ...]:
        """The titles in their form for one actor and in that for several."""
        return tuple((t, t) if isinstance(t, str) else t for t in self.titles)
