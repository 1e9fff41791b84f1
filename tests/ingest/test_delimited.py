from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lynceus.ingest import delimited
from lynceus.ingest.delimited import fields, pieces


@settings(deadline=None)
@given(st.text(alphabet='ab\t\n"# é', max_size=60))
@example("\t\t\t\ta")
def test_a_line_fits_or_is_counted(text: str) -> None:
    fitting, wrong = [], 0
    for line in text.split("\n"):
        parts = line.split("\t")
        if line.startswith("#") or not any(parts[:4]):
            continue
        # An empty field too many is a separator at the end of the line, which loses nothing.
        if len(parts) == 3 or (len(parts) > 3 and not parts[3]):
            fitting.append(tuple(parts[:3]))
        else:
            wrong += 1
    frame, odd = fields(text.encode(), 3, "\t")
    assert (frame.rows(), odd) == (fitting, wrong)


def test_pieces_are_cut_at_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "PIECE_BYTES", 5)
    data = b"a\tb\nlong line\tc\n\nd\te"
    assert b"".join(pieces(data)) == data
    assert len(pieces(data)) > 1
    assert fields(data, 2, "\t")[0].rows() == [("a", "b"), ("long line", "c"), ("d", "e")]
