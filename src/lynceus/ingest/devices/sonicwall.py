"""SonicWall's own log lines: `id=firewall sn=... m=97 src=a:port:zone dst=... proto=tcp/https`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import quoted_pairs, told

MARK = r"\bid=\S+ .*\bsn=[0-9A-Fa-f]+.*\bm=\d+"

COLUMNS = {
    "written": "time", "source": "src", "target": "dst", "proto": "proto", "orig_bytes": "sent",
    "resp_bytes": ("rcvd", "in"), "orig_packets": "spkt", "resp_packets": "rpkt",
    "duration_s": "cdur", "username": ("usr", "susr", "user"), "sensor": ("fw", "sn"),
    "rule": "rule", "event_code": "m", "action": ("fw_action", "af_action"), "severity": "pri",
    "message": ("msg", "note"), "domain": ("dstname", "dn"), "category": ("appcat", "c"),
    "app": ("appName", "app"), "ipscat": "ipscat", "sid": "sid", "orig_l2_addr": "srcMac",
    "resp_l2_addr": "dstMac", "gcat": "gcat",
}  # fmt: skip

END = r"^([0-9A-Fa-f.]+|\[?[0-9A-Fa-f:]+\]?)"
PORT = r"^[0-9.]+:(\d+)"

DETECTIONS = (
    r"(?i)\b(?:prevention alert|intrusion|attack|virus|spyware|botnet|flood|malformed|scan)\b"
)
"""What messages of detections say."""


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    rows = told(quoted_pairs(lines["message"]), COLUMNS)
    milliseconds = pl.col("duration_s").cast(pl.Float64, strict=False)
    detected = pl.col("message").str.contains(DETECTIONS)
    return rows.with_columns(
        *(pl.col(word).str.extract(END, 1).alias(f"{side}_h")
          for word, side in (("source", "orig"), ("target", "resp"))),
        *(pl.col(word).str.extract(PORT, 1).alias(f"{side}_p")
          for word, side in (("source", "orig"), ("target", "resp"))),
        duration_s=(milliseconds / 1000).cast(pl.String),
        tz=pl.when(pl.col("written").str.ends_with("UTC")).then(pl.lit("UTC")),
        service=pl.col("proto").str.extract(r"/([A-Za-z][\w.-]*)$", 1),
        signature=pl.when(detected | pl.col("ipscat").is_not_null()).then(
            pl.coalesce("ipscat", "message")
        ),
        signature_id="sid",
        vendor=pl.lit("sonicwall"),
        product=pl.lit("sonicos"),
    )  # fmt: skip
