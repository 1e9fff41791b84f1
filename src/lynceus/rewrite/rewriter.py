"""Rephrasing beside a run: in a thread of its own, and nobody waits long for it.

What is found is kept and told as it is; only who tells people asks here for other words, and has
them for at most `wait_s`. A model that does not keep to it is not waited for at all, until an
answer comes in time again: then the original goes out at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from lynceus.incident import Incident
from lynceus.records import SEVERITIES
from lynceus.rewrite import FAILURES, rephrased
from lynceus.rewrite.asking import AskingError
from lynceus.rewrite.settings import RewriteSettings

KEPT = 1_000
"""Rephrased incidents that are remembered."""
REST_S = 60.0
"""After `FAILURES` in a row the model is left alone so long, then twice as long, up to an hour."""
MOST_REST_S = 3_600.0

Words = tuple[str, ...]
"""The sentences of an incident: another version of it has others."""


class Rewriter:
    """Asks about incidents that it is shown, the most urgent first. Use as a context manager."""

    def __init__(
        self, settings: RewriteSettings, *, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """`say` hears once of each kind of trouble with the model."""
        self._settings, self._say = settings, say
        self._least = SEVERITIES.index(settings.severity)
        self._asked: dict[str, Incident] = {}
        """What waits, by id, in its last version; at most `most` of the settings."""
        self._done: OrderedDict[tuple[str, Words], Incident] = OrderedDict()
        self._asking: tuple[str, Words] | None = None
        """What the model is asked about now."""
        self._slow = False
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="lynceus-rewrite", daemon=True)

    def __enter__(self) -> Rewriter:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Ends it; a question that is under way is not waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def offer(self, incidents: Iterable[Incident]) -> None:
        """Incidents that somebody may be told of soon; of too many the most urgent stay."""
        with self._changed:
            for one in incidents:
                if self._worth(one) and _key(one) != self._asking and _key(one) not in self._done:
                    self._asked[one.id] = one
            urgent = sorted(self._asked.values(), key=lambda one: (-one.score, one.id))
            self._asked = {one.id: one for one in urgent[: self._settings.most]}
            self._changed.notify_all()

    def words(self, incident: Incident) -> Incident:
        """The incident rephrased, where that is done in time; else as it is."""
        key = _key(incident)
        with self._changed:
            if not self._worth(incident):
                return incident
            self.offer([incident])
            wait_s = 0.0 if self._slow else self._settings.wait_s
            told = self._changed.wait_for(lambda: key in self._done or self._stopped, wait_s)
            self._slow = self._slow or not told
            return self._done.get(key, incident)

    def _worth(self, one: Incident) -> bool:
        grave = SEVERITIES.index(one.severity) >= self._least
        return grave and one.rephrased_by is None and not one.merged_into

    def _run(self) -> None:
        failed, rest_s = 0, REST_S
        while (one := self._next()) is not None:
            began = time.monotonic()
            try:
                told, _ = rephrased(one, self._settings)
                failed, rest_s = 0, REST_S
            except AskingError as error:
                told, failed = one, failed + 1
                if failed == FAILURES:
                    self._say(f"rewrite: {error}; the original words are told")
            in_time = failed == 0 and time.monotonic() - began <= self._settings.wait_s
            with self._changed:
                self._asking = None
                self._done[_key(one)] = told
                while len(self._done) > KEPT:
                    self._done.popitem(last=False)
                self._slow = not in_time
                self._changed.notify_all()
                if failed >= FAILURES:
                    self._changed.wait_for(lambda: self._stopped, rest_s)
                    rest_s = min(2 * rest_s, MOST_REST_S)

    def _next(self) -> Incident | None:
        """The most urgent one that waits; None where it is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._stopped)
            if self._stopped:
                return None
            first = min(self._asked.values(), key=lambda one: (-one.score, one.id))
            self._asking = _key(first)
            return self._asked.pop(first.id)


def _key(incident: Incident) -> tuple[str, Words]:
    return incident.id, tuple(sentence.text for sentence in incident.sentences)
