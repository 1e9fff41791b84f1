"""The rules of ARCHITECTURE.md that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from lynceus import detect
from lynceus.registry import snake_case

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lynceus"
STAGES = (
    *("ingest", "enrich", "features", "models", "detect", "correlate", "respond", "present", "lab"),
    *("store", "notify"),
)
MAY_READ = {
    **{"detect": {"features"}, "models": {"features"}, "store": {"features"}},
    "correlate": {"respond"},
    "notify": {"store"},
}
"""A stage imports the nouns and never another stage, with these exceptions."""
BANNED_NAMES = {
    "utils",
    "util",
    "common",
    "core",
    "helpers",
    "helper",
    "manager",
    "handler",
    "base",
}
LINES = 420


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The folders of lynceus that a module imports from."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("lynceus.")}
    return rooms


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_hides_behind_an_empty_name(path: Path) -> None:
    assert not BANNED_NAMES & set(path.relative_to(PACKAGE).with_suffix("").parts)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_other_stage(stage: str) -> None:
    allowed = {stage, *MAY_READ.get(stage, set())}
    wrong = {
        str(path.relative_to(PACKAGE)): sorted(other)
        for path in sorted((PACKAGE / stage).rglob("*.py"))
        if (other := (imported(path) & set(STAGES)) - allowed)
    }
    assert not wrong


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_has_a_test_of_its_name(path: Path) -> None:
    inside = path.relative_to(PACKAGE)
    if path.name == "__init__.py" or inside.parts[0] == "lab" or "migrations" in inside.parts:
        return
    own = ROOT / "tests" / inside.parent / f"test_{path.name}"
    named = re.compile(rf"\b{path.stem}\b")
    folder = ROOT / "tests" / inside.parent
    assert own.exists() or any(
        named.search(test.read_text(encoding="utf-8")) for test in folder.glob("test_*.py")
    ), f"no test beside it names {inside}"


def test_files_stay_readable() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py", "*.rs")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LINES
        and "generated" not in path.read_text(encoding="utf-8")[:400].lower()
    }
    assert not long


def test_a_detector_has_one_name_in_five_places() -> None:
    pages = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    for cls in detect.BUILTIN:
        name = snake_case(cls.__name__)
        assert cls.__module__ == f"lynceus.detect.{name}"
        assert (ROOT / "tests" / "detect" / f"test_{name}.py").exists(), name
        # The lab makes traffic; `unremarkable` speaks of pasted lists alone, `encrypted_malware` of
        # what a model said, `sensor_silence` of live sources.
        assert (
            name in ("unremarkable", "encrypted_malware", "sensor_silence")
            or (ROOT / "tests" / "traces" / name).is_dir()
        ), name
        assert f"`{name}`" in pages


def test_no_registry_host_and_no_path_of_a_machine() -> None:
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("crates", "io"),
            ("npmjs", "org"),
            ("deb", "debian", "org"),
        )
    ]
    bad = re.compile(
        "|".join(re.escape(host) for host in hosts) + r"|(?<![\w.])/(?:work|farm|root)/"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix not in {".png", ".pcap", ".gz", ".parquet", ".zst"}
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if bad.search(line)
    ]
    assert not found


def test_every_change_has_a_fragment_of_a_known_kind() -> None:
    kinds = {"added", "changed", "fixed", "removed"}
    for path in (ROOT / "changelog.d").glob("*.md"):
        assert path.stem.rsplit(".", 1)[-1] in kinds, path.name
