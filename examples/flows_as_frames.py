"""The flow table in Polars, pandas and Arrow, without a copy where the formats allow.

python examples/flows_as_frames.py office-day.pcap
"""

import sys

import polars as pl
import pyarrow as pa

import lynceus

flows = lynceus.read_flows(sys.argv[1])
top = flows.group_by("orig_h").agg(pl.col("total_bytes").sum()).sort("total_bytes", "orig_h")
print(top.tail(5))

as_arrow = pa.table(flows)
as_pandas = as_arrow.select(["orig_h", "resp_h", "resp_p", "total_bytes"]).to_pandas()

print(as_pandas.head())

# And back: whatever offers Arrow columns can be analysed.
print(len(lynceus.analyze(as_arrow).incidents), "incidents")
