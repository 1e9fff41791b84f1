"""Azure's network security group and virtual network flow logs.

Either the records of the blob with their tuples in lists, or one tuple an object (`flow.0`) as
forwarders flatten them.
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import csv_fields, json_fields
from lynceus.ingest.json_structs import structs

MARK = r'^\{.*(?:"flowTuples"\s*:|"flow(?:\.\d+)?"\s*:\s*"\d{10,13},)'

TUPLE = {
    "written": 0, "orig_h": 1, "resp_h": 2, "orig_p": 3, "resp_p": 4, "proto": 5, "direction": 6,
    "decision": 7, "state": 8, "orig_packets": 9, "orig_bytes": 10, "resp_packets": 11,
    "resp_bytes": 12,
}  # fmt: skip
PROTOCOLS = {"T": "6", "U": "17"}
ACTIONS = {"A": "allow", "D": "deny"}
STATES = {"B": "begin", "C": "continuing", "E": "end", "D": "deny"}

_GROUPS = pl.List(pl.Struct({"rule": pl.String, "flowTuples": pl.List(pl.String)}))
_SECURITY = pl.List(
    pl.Struct({"rule": pl.String, "flows": pl.List(
        pl.Struct({"mac": pl.String, "flowTuples": pl.List(pl.String)}))})
)  # fmt: skip
_NETWORK = pl.List(pl.Struct({"aclID": pl.String, "flowGroups": _GROUPS}))
ONE_RECORD: dict[str, pl.DataType] = {
    "properties": pl.Struct({"flows": _SECURITY}),
    "flowRecords": pl.Struct({"flows": _NETWORK}),
}
RECORD = pl.Struct(ONE_RECORD)


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a tuple."""
    nested = lines["message"].str.contains('"flowTuples"', literal=True)
    frames = [_flat(lines.filter(~nested)), _nested(lines.filter(nested))]
    tuples = pl.concat(frames).filter(pl.col("tuple").is_not_null())
    rows = csv_fields(tuples["tuple"], TUPLE).with_columns(tuples["line"], tuples["rule"])
    denied = pl.col("decision").is_in(["D"]) | (pl.col("state") == "D")
    # Version 1 has the decision (A, D) alone; NSG version 2 the decision and then the state; the
    # records of virtual networks the state in the place of the decision, then the encryption.
    state = pl.coalesce(
        pl.when(pl.col("state").is_in(list(STATES))).then("state"),
        pl.when(pl.col("decision").is_in(["B", "C", "E", "D"])).then("decision"),
    )
    allowed = pl.col("decision").is_in(["A", "B", "C", "E"])
    return rows.with_columns(
        proto=pl.col("proto").replace(PROTOCOLS),
        action=pl.when(denied).then(pl.lit("deny")).when(allowed).then(pl.lit("allow")),
        category=state.replace(STATES),
        # What began is told again with its counts.
        flow=state.ne_missing(pl.lit("B")),
        vendor=pl.lit("microsoft"),
        product=pl.lit("azure_flow"),
    )


def _flat(lines: pl.DataFrame) -> pl.DataFrame:
    columns = {"rule": "rule"}
    text = lines["message"]
    rows = json_fields(text, columns)
    written = text.str.extract(r'"flow(?:\.\d+)?"\s*:\s*"([^"]*)"', 1)
    return rows.select(lines["line"], tuple=written, rule="rule")


def _nested(lines: pl.DataFrame) -> pl.DataFrame:
    shape = {"records": pl.List(RECORD), **ONE_RECORD}
    frame, _ = structs(lines["message"], shape)
    alone = pl.concat_list(pl.struct("properties", "flowRecords"))
    each = (
        frame.with_columns(lines["line"])
        .select("line", record=pl.coalesce("records", alone))
        .explode("record")
        .unnest("record")
    )
    security = (
        each.select("line", flows=pl.col("properties").struct.field("flows"))
        .explode("flows").unnest("flows").explode("flows")
        .select("line", "rule", tuple=pl.col("flows").struct.field("flowTuples"))
    )  # fmt: skip
    network = (
        each.select("line", flows=pl.col("flowRecords").struct.field("flows"))
        .explode("flows").unnest("flows").explode("flowGroups").unnest("flowGroups")
        .select("line", "rule", tuple="flowTuples")
    )  # fmt: skip
    return pl.concat([security, network]).explode("tuple").select("line", "tuple", "rule")
