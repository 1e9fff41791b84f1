"""The whole line, always on: sources -> engine -> stories -> ledger and lake, tied by checkpoints.

    turn: take what came -> engine, up to where event time has come -> findings that are new ->
          incidents that changed -> ledger, in one transaction
    checkpoint: flows and events to the lake under the number of the checkpoint -> places, windows
          and watermarks to the ledger -> the sources are told what is kept

After a crash the last checkpoint is resumed, the lake's files of later numbers are removed, and
what the sources give again leads to findings of the same ids, which the ledger holds already: so
nothing is lost, and nothing is told twice.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from lynceus import correlate, language
from lynceus.config import Config
from lynceus.engine import Engine
from lynceus.enrich.home import HomeNetworks, infer_home
from lynceus.equipment import Equipment
from lynceus.incident import Incident
from lynceus.ingest.feeds import Chunk
from lynceus.live import intelligence
from lynceus.live.checkpoint import Checkpoints
from lynceus.live.degraded import Degraded
from lynceus.live.devices import Devices
from lynceus.live.harvest import Harvest
from lynceus.live.intake import Intake
from lynceus.live.intelligence import Intelligence
from lynceus.live.learning import Learning
from lynceus.live.pump import Pump
from lynceus.live.settings import Settings
from lynceus.live.stories import Stories
from lynceus.live.uncounted import COUNTED_ROWS, Uncounted
from lynceus.live.user_risks import UserRisks
from lynceus.moments import NS, rfc3339
from lynceus.records import FINDING_SCHEMA, Batch
from lynceus.store.lake import Lake
from lynceus.store.ledger import Ledger, LedgerError
from lynceus.trust import lowered

TURN_ROWS = 131_072
"""Rows that are taken in at once."""
HOME_ROWS = 20_000
"""So many flows tell what is inside where nobody states it; or as many as come in `HOME_S`."""
HOME_S = 60.0
STAGES = ("counting", "telling", "keeping")
STOP_S = 5.0
"""So long a stop takes in what waits, and so long it may take to save."""
AS_LONG = 10
"""A checkpoint may take up to one part in so many of the time."""

Told = Callable[[Sequence[Incident]], object]
"""Takes incidents that are new or have changed; what it was told before counts once."""


class Run:
    """A run from its last checkpoint to its stop."""

    def __init__(
        self,
        config: Config,
        settings: Settings,
        *,
        say: Callable[[str], None],
        told: Told | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Opens all and resumes. Raises what `Equipment.of` does, `LedgerError`, `LakeError`, and
        `CheckpointError` where the last checkpoint cannot be read."""
        self.config, self.settings = config, settings
        language.use(config.catalogue)
        self._say, self._clock = say, clock
        self.tells = told
        """Takes incidents that are new or have changed, to tell people and tools."""
        run = settings.run
        run.state.mkdir(parents=True, exist_ok=True)
        listed = intelligence.state_of(config.intel)
        self.equipment = Equipment.of(config)
        for line in self.equipment.problems:
            say(line)
        self.ledger = Ledger(run.ledger_place, writer=run.worker)
        self.risks = UserRisks(self.ledger)
        self.stories = Stories(config.correlate)
        self.degraded = Degraded(say)
        self.devices = Devices(self.degraded, clock())
        self.intake = Intake(config, run.idle_s)
        self.ending = False
        """A stop was asked for: a turn under way takes nothing more in and saves nothing."""
        self.turns = 0
        self.told_by_severity: Counter[str] = Counter()
        """Versions of incidents since the start."""
        self.seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        """Seconds since the start, by stage."""
        self._inside: HomeNetworks | None = (
            HomeNetworks.stated(config.home) if config.home else None
        )
        self._uncounted = Uncounted()
        self._pending = pl.DataFrame(schema=FINDING_SCHEMA)
        """Findings that the ledger could not take yet."""
        self._untold: list[Incident] = []
        """Incidents that nobody was told of yet: after a restart all that are open, for it is not
        known how far the telling came."""
        self.hidden = 0
        """Findings since the start that suppressions hid."""
        self._doubted: frozenset[str] = frozenset()
        """Detectors whose last findings were lowered for what was lost."""
        self.engine: Engine | None = None
        """There is none until it is known what is inside."""
        self._checkpoints = Checkpoints(self.ledger, run.worker, run.state / "checkpoint")
        self.epoch, saved = self._checkpoints.last() or (0, None)
        self._begin_engine(saved)
        self.harvest = Harvest(Lake(run.lake_place), run.worker, self.epoch, self.degraded)
        self.pump = Pump(
            site=config.site, folder=run.state / "sources", rows=run.queue_rows, say=say,
            clock=clock, seal=self.intake.recently.seal,
        )  # fmt: skip
        self.lists = self._listed(listed)
        now = clock()
        self._began_ns = self._saved_ns = now
        self._learning = Learning(self.degraded, now)
        self.checkpoint_took_s = 0.0
        self.intake.open(self.pump, settings.sources, now)

    @property
    def counting(self) -> bool:
        """Whether it is known what is inside, so that rows are counted."""
        return self.engine is not None

    def turn(self) -> list[Incident]:
        """Takes in what came, and gives the incidents that are new or have changed."""
        self.turns += 1
        run = self.settings.run
        until = time.monotonic() + run.turn_s
        taken: list[tuple[str, Chunk]] = []
        rows = 0
        room = self.harvest.room
        while room and rows < TURN_ROWS and (left := until - time.monotonic()) > 0:
            came = self.pump.take(left, TURN_ROWS - rows)
            rows += sum(chunk.rows for _, chunk in came)
            taken += came
            # A window that can close is closed now, not when the turn is full.
            reached = max((chunk.batch.watermark_ns or 0 for _, chunk in came), default=0)
            if self.pump.done or self.ending or self._closes(reached):
                break
        if not room:  # the disk takes nothing: sources wait, nothing is lost
            time.sleep(run.turn_s)
        changed = self._taken_in(taken)
        if met := self.lists.kept(self.ledger):
            changed += met
            self._tell(met)
        if self._due() and not self.ending:
            self.checkpoint()
        return changed

    @property
    def done(self) -> bool:
        """Whether all sources have ended by themselves and all they gave is taken in."""
        return self.pump.done

    def reload(self, config: Config, settings: Settings) -> None:
        """Goes on with another configuration, without losing what is open.

        Sources that are new are opened, those that are gone shut, those that changed opened anew
        where they were. What lies elsewhere then (`state`, `ledger`, `lake`) is used after the
        next start. Raises what `Equipment.of` does; then nothing has changed.
        """
        listed = intelligence.state_of(config.intel)
        equipment = Equipment.of(config)
        if self.engine is not None and self._inside is not None:
            inside = HomeNetworks.stated(config.home) if config.home else self._inside
            engine = self._made(equipment, inside)
            try:
                engine.resume(self.engine.snapshot())
            except ValueError:
                self._say("the detectors are others than before: open windows are begun anew")
            self.engine, self._inside = engine, inside
        for line in equipment.problems:
            self._say(line)
        self.equipment, self.config = equipment, config
        language.use(config.catalogue)
        self.lists.stop()
        self.lists = self._listed(listed)
        self.stories.config = config.correlate
        before, now = self.settings.sources, settings.sources
        self.intake.shut(self.pump, [name for name in before if now.get(name) != before[name]])
        self._taken_in(self.pump.take(0, 1 << 62))
        new = {name: feed for name, feed in now.items() if before.get(name) != feed}
        self.intake.open(self.pump, new, self._clock())
        self.settings = replace(settings, run=self.settings.run)
        self._say("the configuration was read anew")

    def finish(self) -> list[Incident]:
        """All sources have ended: closes what is open and gives the last incidents."""
        changed = self._taken_in([], last=True)
        self.checkpoint()
        self.ledger.__exit__()
        return changed

    def stop(self) -> list[Incident]:
        """Ends the sources, takes in what they still had, and saves; nothing is closed early.

        What there is no time for (`STOP_S`) comes again from its place after the next start.
        """
        until = time.monotonic() + STOP_S
        self.lists.stop()
        left = deque(self.pump.stop())
        changed: list[Incident] = []
        while left and time.monotonic() < until:
            piece, rows = [], 0
            while left and rows < COUNTED_ROWS:
                piece.append(left.popleft())
                rows += piece[-1][1].rows
            changed += self._taken_in(piece)
        if waiting := sum(chunk.rows for _, chunk in left):
            self._say(f"{waiting:,} rows that wait come again at the next start")
        if self.checkpoint_took_s < STOP_S:
            self.checkpoint()
        else:
            self._say("what came since the last checkpoint comes again at the next start")
        self.ledger.__exit__()
        return changed

    def checkpoint(self) -> bool:
        """Ties all that came so far together; False where it cannot be kept now."""
        began = time.monotonic()
        self._saved_ns = now = self._clock()
        if self.engine is None:
            return False
        if self._uncounted.rows:
            self._counted(self.engine)
        if not self.harvest.store(self.epoch + 1):
            return False
        folder = self.config.baseline
        self.equipment = self._learning.learned(self.equipment, self.engine, folder, now)
        home = self._inside and (self._inside.networks, self._inside.why)
        self.devices.store(self.config.inventory, now)
        value = {"intake": self.intake.snapshot(), "engine": self.engine.snapshot(), "home": home,
                 "devices": self.devices.snapshot()}  # fmt: skip
        if len(self._pending) and self._kept(self.engine, self._pending) is None:
            return False
        with self.degraded.part("ledger", LedgerError), self.degraded.part("checkpoint", OSError):
            self._checkpoints.keep(self.epoch + 1, value, now)
            self.epoch += 1
            self.harvest.kept()
            self.pump.kept(self.intake.places)
            self.checkpoint_took_s = time.monotonic() - began
            self.seconds["keeping"] += self.checkpoint_took_s
            return True
        return False

    def _due(self) -> bool:
        every = max(self.settings.run.checkpoint_s, AS_LONG * self.checkpoint_took_s)
        since = self._clock() - self._saved_ns
        due = since >= every * NS or self.harvest.full
        late = since >= (every + AS_LONG * self.checkpoint_took_s) * NS or not self.harvest.room
        return due and (late or not self._closes_soon())

    def _closes_soon(self) -> bool:
        """Whether a window closes in the time that a checkpoint takes: who waits for what is found
        need not wait for that as well. Where a checkpoint takes long it is made all the same."""
        reached, took_ns = self.intake.watermarks.reached_ns, int(self.checkpoint_took_s * NS)
        if reached is None or self.engine is None or AS_LONG * took_ns > self.engine.step_ns:
            return False
        return self._closes(reached + 2 * took_ns)

    def _begin_engine(self, saved: dict[str, Any] | None) -> None:
        if saved is None:
            if self._inside:
                self.engine = self._made(self.equipment, self._inside)
            return
        self.intake.resume(saved["intake"], self._clock())
        self.devices.resume(saved.get("devices", ()))
        networks, why = saved["home"]
        self._inside = self._inside or HomeNetworks(networks, why)
        self.engine = self._made(self.equipment, self._inside)
        try:
            self.engine.resume(saved["engine"])
        except ValueError:
            self._say("the detectors are others than before: open windows are begun anew")
        reached = self.intake.watermarks.reached_ns
        gap_ns = int(2 * self.config.correlate.join.slow_gap_s * NS)
        since = None if reached is None else rfc3339(reached - gap_ns)
        open_ones = self.ledger.going_on(since)
        ids = [finding.id for one in open_ones for finding in one.findings]
        self.stories.resume(self.ledger.findings(ids), open_ones)
        self._untold = open_ones

    def _made(self, equipment: Equipment, inside: HomeNetworks) -> Engine:
        """An engine that is bounded."""
        most = self.settings.run.windows_bytes
        return equipment.engine(inside, at_ns=self._clock(), windows_bytes=most)

    def _taken_in(self, taken: Sequence[tuple[str, Chunk]], last: bool = False) -> list[Incident]:
        now = self._clock()
        batch = self.intake.take(taken, self.pump, now)
        self.harvest.take(batch)
        self._uncounted.add(batch)
        until = self.intake.watermarks.advance(now)
        held = self._uncounted.rows
        if self.engine is None:
            enough = held >= HOME_ROWS or now - self._began_ns >= HOME_S * NS or last
            if not (held and enough):
                return []
            self.engine = self._settled_in()
        elif not (last or self._uncounted.due(until, self.engine.step_ns)):
            return []
        return self._counted(self.engine, last)

    def _closes(self, until: int | None) -> bool:
        """Whether a window may close by a time that none has closed by before."""
        return self.engine is not None and self._uncounted.closes(until, self.engine.step_ns)

    def _counted(self, engine: Engine, last: bool = False) -> list[Incident]:
        """Counts the rows that wait, and gives the incidents that changed by what they close."""
        began = time.monotonic()
        until = self.intake.watermarks.reached_ns
        rows = self._uncounted.taken(until)
        if self._inside:
            self.devices.take(rows, self._inside.networks)
        findings = engine.advance(Batch(rows.flows, rows.events, None if last else until))
        if last:
            findings = pl.concat([findings, engine.finish()])
        self.degraded.of_engine(engine)
        self.hidden += engine.hidden().height  # what is hidden is not carried on
        if not findings.is_empty():
            findings = correlate.with_processes(findings, self.intake.recently.processes)
            findings = self.equipment.known.with_users(findings, self.intake.recently.logins)
            findings = self.equipment.compared(findings, engine)
            losses, forgotten = self.intake.recently.losses(), engine.lost()
            findings, self._doubted = lowered(findings, losses, forgotten=forgotten)
        counted = time.monotonic()
        changed = self._told_of(engine, findings)
        self.seconds["counting"] += counted - began
        self.seconds["telling"] += time.monotonic() - counted
        self.told_by_severity.update(one.severity for one in changed)
        self._tell(changed)
        return changed

    def _listed(self, state: intelligence.State) -> Intelligence:
        """Looks at the lists of indicators from now on, which were read in this state."""
        lists = Intelligence(
            self.config.intel, self.equipment.indicators, state, self.harvest.lake, self.degraded,
            home=lambda: self._inside.networks if self._inside else (), say=self._say,
            clock=self._clock,
        )  # fmt: skip
        if self.config.intel:
            lists.start()
        return lists

    def _tell(self, changed: Sequence[Incident]) -> None:
        """Lets people and tools be told; what cannot be written now is tried at the next turn."""
        self._untold += changed
        if self.tells and self._untold:
            with self.degraded.part("alerts", LedgerError):
                self.tells(self._untold)
                self._untold = []

    def _told_of(self, engine: Engine, findings: pl.DataFrame) -> list[Incident]:
        """Keeps what is new; gives the incidents that changed."""
        new = pl.concat([self._pending, self.stories.new(findings)])
        if new.is_empty():
            self.stories.settle(self.intake.watermarks.reached_ns)
            return []
        return self._kept(engine, new) or []

    def _kept(self, engine: Engine, new: pl.DataFrame) -> list[Incident] | None:
        """Findings and their incidents in the ledger; None where it cannot take them now."""
        self._pending = new
        with self.degraded.part("ledger", LedgerError):
            known = self.ledger.known(new["id"])
            fresh = new.filter(~pl.col("id").is_in(list(known)))
            facts = engine.facts.of("address", self.stories.ends(fresh)).sort("value")
            stays = self.devices.stays(self.equipment.known, facts["value"])
            facts = self.equipment.about(facts, self._clock(), stays)
            facts = self._with_people(facts, fresh)
            changed = self.stories.tell(fresh, facts, self._doubted)
            try:
                added = self.ledger.tell(fresh, changed, at_ns=self._clock())
            except LedgerError:
                self.stories.untell()
                raise
            self._pending = new.clear()
            self.stories.settle(self.intake.watermarks.reached_ns)
            return added
        return None

    def _with_people(self, facts: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
        """Facts of addresses with who was seen there, and how risky they are by their history."""
        days = self.config.people.risk_days
        risks = self.risks.at(self._clock(), days, self.stories.going_on)
        return self.equipment.known.with_people(facts, self.stories.held(fresh), risks)

    def _settled_in(self) -> Engine:
        """An engine for the inside that the rows which are held tell of."""
        rows = self._uncounted.so_far()
        self._inside = infer_home(rows.flows, rows.events)
        for line in self._inside.why:
            self._say(line)
        return self._made(self.equipment, self._inside)
