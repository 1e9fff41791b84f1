#!/usr/bin/env bash
# Compiles the pinned, hashed requirements from pyproject.toml (no addresses in them).
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet pyproject.toml "$@" --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header
}
compile --group build -o requirements/core.txt
compile --group build --extra live --extra onnx --extra query -o requirements/live.txt
compile --group dev -o requirements/dev.txt
