"""What was learned, in a directory: Parquet for tables, JSON for numbers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl

from lynceus.baseline.budget import WANTED_PER_DAY, Budget
from lynceus.baseline.learned import Learned, schema_of
from lynceus.baseline.norms import Norms
from lynceus.baseline.roles import NO_ROLES
from lynceus.baseline.scorers import Scorer, Scorers, restored
from lynceus.baseline.subject import SUBJECTS, Subject
from lynceus.baseline.tail import Tail

FORMAT = 1
FILE = "baseline.json"
READY_DAYS = 3.0

SHARES = {"host": 0.4, "pair": 0.25, "service": 0.15, "flow": 0.2}
"""How the anomalies that are wanted a day are shared out."""


class StateError(ValueError):
    """A directory that holds no baseline that can be used; the text names the file and says why."""


@dataclass(frozen=True)
class Settings:
    """What a person may choose."""

    per_day: float = WANTED_PER_DAY
    """Anomalies a day that are wanted, of all kinds together."""
    ready_days: float = READY_DAYS
    """Days of history before anything is judged."""


@dataclass(frozen=True, eq=False)
class State:
    """All baselines of a directory."""

    settings: Settings = field(default_factory=Settings)
    learned: Mapping[str, Learned] = field(default_factory=dict)
    roles: pl.DataFrame = field(default_factory=lambda: NO_ROLES)
    """`site`, `host`, `role`, `likeness`: what each host is used for."""
    site_roles: pl.DataFrame | None = None
    """Roles found among the hosts of this site, as of `roles.written_roles`; None: the written."""
    approvals: tuple[dict[str, str], ...] = ()
    """Changes that a person has approved."""

    @staticmethod
    def empty(settings: Settings | None = None) -> State:
        """Nothing known."""
        settings = settings or Settings()
        return State(
            settings,
            {s.name: Learned.empty(s, Budget(settings.per_day * SHARES[s.name])) for s in SUBJECTS},
        )

    @property
    def ready(self) -> bool:
        """Whether anything can be judged."""
        return any(one.ready for one in self.learned.values())

    def wanting(self, per_day: float) -> State:
        """The same for another number of anomalies a day."""
        learned = {
            name: replace(one, budget=replace(one.budget, per_day=per_day * SHARES[name]))
            for name, one in self.learned.items()
        }
        return replace(self, settings=replace(self.settings, per_day=per_day), learned=learned)

    @staticmethod
    def read(folder: Path) -> State:
        """The state of a directory. Raises StateError where there is none that can be used."""
        path = folder / FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StateError(
                f"{folder}: holds no {FILE}; expected a directory that `lynceus baseline learn` "
                "has written"
            ) from None
        except (OSError, ValueError) as error:
            raise StateError(f"{path}: cannot be read: {error}") from None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise StateError(f"{path}: is no baseline of format {FORMAT}")
        try:
            settings = Settings(**told["settings"])
            learned = {s.name: _read(folder, s, told["subjects"][s.name]) for s in SUBJECTS}
            roles = _table(folder / "roles.parquet", NO_ROLES.schema)
            site_roles = _table(folder / "site-roles.parquet") if told["site_roles"] else None
            approvals = tuple(dict(one) for one in told["approvals"])
        except StateError:
            raise
        except (TypeError, LookupError, ValueError) as error:
            raise _damaged(path, error) from None
        return State(settings, learned, roles, site_roles, approvals)

    def write(self, folder: Path) -> None:
        """Writes all of it beside what is there, then takes its place. Raises OSError."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        told: dict[str, Any] = {
            "format": FORMAT,
            "settings": asdict(self.settings),
            "site_roles": self.site_roles is not None,
            "approvals": list(self.approvals),
            "subjects": {name: _write(fresh, one) for name, one in self.learned.items()},
        }
        self.roles.write_parquet(fresh / "roles.parquet")
        if self.site_roles is not None:
            self.site_roles.write_parquet(fresh / "site-roles.parquet")
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (fresh / FILE).write_text(f"{text}\n", encoding="utf-8")
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.replace(old)
        fresh.replace(folder)
        shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, learned: Learned) -> dict[str, Any]:
    name = learned.subject.name
    learned.history.write_parquet(folder / f"{name}-history.parquet")
    learned.withheld.write_parquet(folder / f"{name}-withheld.parquet")
    for kind, scorer in learned.scorers.by_kind:
        np.savez(folder / f"{name}-{kind}.npz", **scorer.arrays())  # type: ignore[arg-type]
    return {
        "budget": asdict(learned.budget),
        "norms": _write_norms(folder, f"{name}-norms", learned.norms),
        "anchor": _write_norms(folder, f"{name}-anchor", learned.anchor),
        "tail": asdict(learned.tail) if learned.tail else None,
        "rows_per_day": learned.rows_per_day,
        "fitted_days": learned.fitted_days,
        "scorers": [kind for kind, _ in learned.scorers.by_kind],
        "scorer_tails": [asdict(tail) if tail else None for tail in learned.scorers.tails],
        "rebased": dict(learned.rebased),
        "forgotten": learned.forgotten,
    }


def _read(folder: Path, subject: Subject, told: Mapping[str, Any]) -> Learned:
    name, schema = subject.name, pl.Schema(schema_of(subject))
    by_kind = [(kind, _scorer(folder / f"{name}-{kind}.npz", kind)) for kind in told["scorers"]]
    return Learned(
        subject,
        _table(folder / f"{name}-history.parquet", schema),
        _table(folder / f"{name}-withheld.parquet", schema),
        Budget(**told["budget"]),
        _read_norms(folder, f"{name}-norms", subject, told["norms"]),
        _read_norms(folder, f"{name}-anchor", subject, told["anchor"]),
        _tail(told["tail"]),
        float(told["rows_per_day"]),
        int(told["fitted_days"]),
        Scorers(tuple(by_kind), tuple(_tail(one) for one in told["scorer_tails"])),
        {str(host): int(since) for host, since in told["rebased"].items()},
        int(told["forgotten"]),
    )


def _write_norms(folder: Path, name: str, norms: Norms | None) -> dict[str, Any] | None:
    if norms is None:
        return None
    for place, (_, frame) in enumerate(norms.levels):
        frame.write_parquet(folder / f"{name}-{place}.parquet")
    return {"days": norms.days, "levels": [list(keys) for keys, _ in norms.levels]}


def _read_norms(
    folder: Path, name: str, subject: Subject, told: Mapping[str, Any] | None
) -> Norms | None:
    if told is None:
        return None
    levels = tuple(
        (tuple(keys), _table(folder / f"{name}-{place}.parquet"))
        for place, keys in enumerate(told["levels"])
    )
    return Norms(subject, int(told["days"]), levels)


def _table(path: Path, schema: pl.Schema | None = None) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
        return table if schema is None else table.match_to_schema(schema)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _damaged(path, error) from None


def _scorer(path: Path, kind: str) -> Scorer:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return restored(kind, dict(arrays))
    except (OSError, EOFError, BadZipFile, TypeError, LookupError, ValueError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> StateError:
    if isinstance(error, FileNotFoundError):
        return StateError(f"{path}: is missing")
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StateError(f"{path}: is damaged: {line}")


def _tail(told: Mapping[str, Any] | None) -> Tail | None:
    return Tail(**{**told, "ranks": tuple(told["ranks"])}) if told else None
