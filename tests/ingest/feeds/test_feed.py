"""What every kind of live source must keep, and the chunks they give."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from inspect import getsource

import polars as pl

from lynceus.ingest.feeds import Chunk, kinds
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch


def test_rows_of_all_tables_count() -> None:
    flows = pl.DataFrame({"uid": ["a", "b"]}).pipe(
        lambda f: pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), f], how="diagonal")
    )
    dns = pl.DataFrame(schema=EVENT_SCHEMAS["dns"]).clear(3)
    assert Chunk(Batch(flows, {"dns": dns})).rows == 5
    nothing = Chunk.nothing(7, 1_000)
    assert (nothing.rows, nothing.place, nothing.batch.watermark_ns) == (0, 7, 1_000)


def test_kinds_are_frozen_dataclasses_whose_options_are_documented() -> None:
    for name, kind in kinds().items():
        assert is_dataclass(kind), name
        assert kind.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
        assert kind.pace in ("clock", "record"), name
        assert "lateness_s" in {field.name for field in fields(kind)} or hasattr(
            kind, "lateness_s"
        ), name
        source = getsource(kind)
        for field in fields(kind):
            after = source.split(f"\n    {field.name}:", 1)[1].split("\n", 1)[1]
            assert after.lstrip().startswith('"""') or f"{field.name}:" not in source, (
                f"{name}.{field.name} has no docstring"
            )


def test_options_that_are_files_are_looked_for_beside_the_configuration() -> None:
    endings = ("file", "folder", "cert", "tls_key", "path", "paths")
    for name, kind in kinds().items():
        files = {f.name for f in fields(kind) if f.name.endswith(endings)}  # type: ignore[arg-type]
        assert files <= set(getattr(kind, "beside", ())), name
