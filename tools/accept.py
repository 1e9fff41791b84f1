"""Accepts the present output of the golden traces; review the diff like code.

python tools/accept.py [NAME ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from lynceus.traces import traces

ROOT = Path(__file__).resolve().parent.parent / "tests" / "traces"

for trace in traces(ROOT):
    if len(sys.argv) > 1 and trace.folder.name not in sys.argv[1:]:
        continue
    with tempfile.TemporaryDirectory() as scratch:
        changed = trace.accept(Path(scratch))
    print(f"{'changed' if changed else 'same   '} {trace.folder.name}")
