"""Questions to the lake in SQL, answered by DuckDB: every table is a view of its name.

Only the lake may be read, and nothing be written. A view has every column of its table, null where
a file has none, and `day` and `hour` of the partition, which make a question cheap: DuckDB opens
the files of those hours alone.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import polars as pl

from lynceus.store.lake import Lake, LakeError, schema_of

_TYPES = {
    pl.String(): "varchar", pl.Boolean(): "boolean", pl.UInt8(): "utinyint",
    pl.UInt16(): "usmallint", pl.UInt32(): "uinteger", pl.UInt64(): "ubigint",
    pl.Int32(): "integer", pl.Int64(): "bigint", pl.Float32(): "float", pl.Float64(): "double",
}  # fmt: skip
_DERIVED = {
    "total_packets": "orig_packets + resp_packets",
    "total_bytes": "orig_bytes + resp_bytes",
    "duration_s": "(end_ns - ts_ns) / 1e9",
}
"""`lake.DERIVED` in the words of SQL."""


def ask(lake: Lake, sql: str) -> pl.DataFrame:
    """The answer to a question. Raises `LakeError` where the question or the lake is none."""
    try:
        import duckdb
    except ImportError:
        raise LakeError("a query needs DuckDB; install lynceus with the extra 'query'") from None
    try:
        with closing(_connected(lake, sql)) as connection:
            statements = connection.extract_statements(sql)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                raise LakeError("expected one question, as in: select count(*) from flows")
            connection.execute(statements[0])
            names = [column[0] for column in connection.description]
            rows = connection.fetchall()
    except duckdb.Error as error:
        raise LakeError(str(error).splitlines()[0]) from None
    return pl.DataFrame(rows, names, orient="row", infer_schema_length=None)


def _connected(lake: Lake, sql: str) -> Any:
    """With views of the tables that the question names: each reads the foot of every file."""
    import duckdb

    tables = lake.tables()
    if not tables:
        raise LakeError(f"{lake.root}: holds no flows and no events; expected the folder of a lake")
    connection = duckdb.connect(":memory:")
    for table in tables:
        if re.search(rf"\b{table}\b", sql, re.IGNORECASE):
            connection.execute(_view(lake, table))
    root = str(lake.root.resolve()).replace("'", "''")
    connection.execute(f"set allowed_directories = ['{root}/']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _view(lake: Lake, table: str) -> str:
    files = str(lake.folder(table).resolve() / "day=*" / "hour=*" / "*.parquet").replace("'", "''")
    schema = schema_of(table)
    # Files of sums have the same columns, so that one foot tells of all.
    stored = (
        f"read_parquet('{files}', hive_partitioning = true, union_by_name = {schema is not None}, "
        "hive_types = {'day': varchar, 'hour': tinyint})"
    )
    if schema is None:
        return f'create view "{table}" as select * from {stored}'  # noqa: S608 - names of ours
    # A row of no file brings the columns that no file has, each with its type.
    none = ", ".join(f'null::{_sql_type(kind)} as "{name}"' for name, kind in schema.items())
    follow = ", ".join(
        f'coalesce("{name}", ({from_others})::{_sql_type(schema[name])}) as "{name}"'
        for name, from_others in _DERIVED.items()
        if name in schema
    )
    told = f"* replace ({follow})" if follow else "*"
    return (
        f'create view "{table}" as select {told} from '  # noqa: S608 - names of ours
        f"(select {none} where false union all by name select * from {stored})"
    )


def _sql_type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.List):
        return f"{_sql_type(kind.inner)}[]"  # type: ignore[arg-type]
    return _TYPES[kind]
