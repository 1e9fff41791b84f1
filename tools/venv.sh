#!/usr/bin/env bash
# Makes the project's own environment with uv inside it. Usage: tools/venv.sh PYTHON DIR
set -euo pipefail
python=$1 dir=$2

"$python" - <<'PY' || { echo "lynceus needs Python 3.11 or newer as '$python'" >&2; exit 2; }
import sys
sys.exit(sys.version_info < (3, 11))
PY
command -v cargo >/dev/null || { echo "lynceus needs a Rust toolchain (cargo) on the PATH" >&2; exit 2; }
command -v cc >/dev/null || { echo "lynceus needs a C compiler (cc) on the PATH" >&2; exit 2; }

if command -v uv >/dev/null; then
    uv venv --quiet --allow-existing --python "$python" "$dir"
    [ -e "$dir/bin/uv" ] || ln -s "$(command -v uv)" "$dir/bin/uv"
    exit 0
fi
# Debian ships venv apart from Python itself.
if ! "$python" -m venv "$dir" 2>/dev/null; then
    "$(dirname "$0")/debian.sh" python3-venv
    "$python" -m venv "$dir"
fi
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check uv
