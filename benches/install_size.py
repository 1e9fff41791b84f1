"""MiB of packages that serving learned models adds to the core install.

    python benches/install_size.py

Makes one environment of the core's requirements and one with the extra `onnx` besides, as uv
resolves it, and compares the bytes of their files. Needs uv and the package index.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
CORE = ROOT / "requirements" / "core.txt"


def installed(folder: Path, *extra: str) -> dict[str, int]:
    """Bytes by top-level entry of an environment with the core's requirements and these."""
    environment = folder / "-".join(["core", *(name.partition(">")[0] for name in extra)])
    python = environment / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    pip = [uv, "pip", "install", "--quiet", "--python", python, "--link-mode=copy"]
    subprocess.run([*pip, "--require-hashes", "-r", CORE], check=True)
    if extra:
        subprocess.run([*pip, *extra], check=True)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    return {
        entry.name: sum(
            path.lstat().st_size for path in (entry, *entry.rglob("*")) if path.is_file()
        )
        for entry in packages.iterdir()
    }


def main() -> None:
    """Measures and prints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["onnx"]
    with TemporaryDirectory() as folder:
        core, serving = installed(Path(folder)), installed(Path(folder), *extra)
    added = {name: size for name, size in serving.items() if name not in core}
    print(f"core                      {_mib(sum(core.values()))}")
    print(f"core and {', '.join(extra):17}{_mib(sum(serving.values()))}")
    print(f"what that adds            {_mib(sum(serving.values()) - sum(core.values()))}")
    for name, size in sorted(added.items(), key=lambda one: -one[1])[:5]:
        print(f"  {name:24}{_mib(size)}")


def _mib(size: int) -> str:
    return f"{size / 2**20:8.1f} MiB"


if __name__ == "__main__":
    main()
