"""Turns of the delivery in a thread of their own, so that nothing waits for a channel."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lynceus.notify.delivery import Delivery
from lynceus.store.ledger import LedgerError

EVERY_S = 2.0


class Worker:
    """Delivers until it is stopped. Use as a context manager."""

    def __init__(
        self,
        delivery: Delivery,
        clock: Callable[[], int],
        *,
        every_s: float = EVERY_S,
        problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`clock` gives the time in ns since 1970; `problem` hears of what could not be done."""
        self._delivery = delivery
        self._clock = clock
        self._every_s = every_s
        self._problem = problem
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lynceus-alerts", daemon=True)

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether it still delivers."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """There is something to send: the next turn comes at once."""
        self._woken.set()

    def stop(self, within_s: float | None = None) -> None:
        """Ends after the turn that is under way; waits for it, at most so long."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        last: dict[str, str] = {}
        while not self._stopped.is_set():
            try:
                problems = self._delivery.turn(self._clock()).problems
            except LedgerError as error:
                problems = {"ledger": str(error)}
            for name, reason in problems.items():
                if last.get(name) != reason:
                    self._problem(f"{name}: {reason}")
            last = problems
            self._woken.wait(self._every_s)
            self._woken.clear()
