"""NSL-KDD: connections of 1998, fit for nothing but a look at whether a learner works at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.learn import csv_table
from lynceus.learn.dataset import OWN, Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped, applied

COLUMNS = (
    "duration", "protocol_type", "service", "flag", "src_bytes", "dst_bytes", "land",
    "wrong_fragment", "urgent", "hot", "num_failed_logins", "logged_in", "num_compromised",
    "root_shell", "su_attempted", "num_root", "num_file_creations", "num_shells",
    "num_access_files", "num_outbound_cmds", "is_host_login", "is_guest_login", "count",
    "srv_count", "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate",
    "same_srv_rate", "diff_srv_rate", "srv_diff_host_rate", "dst_host_count",
    "dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate",
    "dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate", "dst_host_serror_rate",
    "dst_host_srv_serror_rate", "dst_host_rerror_rate", "dst_host_srv_rerror_rate", "label",
    "difficulty",
)  # fmt: skip

TEXT = {"protocol_type", "service", "flag", "label"}
NAMED = ("class", "attack", "outcome")
"""Other names of the column `label`."""

PROTOCOLS = ("tcp", "udp", "icmp")
FLAGS = ("OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH")
SERVICES = """
    IRC X11 Z39_50 aol auth bgp courier csnet_ns ctf daytime discard domain domain_u echo eco_i
    ecr_i efs exec finger ftp ftp_data gopher harvest hostnames http http_2784 http_443 http_8001
    imap4 iso_tsap klogin kshell ldap link login mtp name netbios_dgm netbios_ns netbios_ssn netstat
    nnsp nntp ntp_u other pm_dump pop_2 pop_3 printer private red_i remote_job rje shell smtp
    sql_net ssh sunrpc supdup systat telnet tftp_u tim_i time urh_i urp_i uucp uucp_path vmnet whois
"""

ATTACKS = {
    "benign": "normal",
    "dos": "apache2 back land mailbomb neptune pod processtable smurf teardrop udpstorm",
    "scan": "ipsweep mscan nmap portsweep saint satan",
    "brute_force": "guess_passwd snmpguess",
    "infiltration": "ftp_write multihop warezclient warezmaster spy",
    "worm": "worm",
    "exploit": (
        "buffer_overflow imap loadmodule named perl phf ps rootkit sendmail sqlattack xterm xlock "
        "xsnoop snmpgetattack"
    ),
    "backdoor": "httptunnel",
}
FAMILY = {attack: family for family, attacks in ATTACKS.items() for attack in attacks.split()}


class NslKdd:
    """KDDTrain+, KDDTest+ and their parts, as text or ARFF."""

    title: ClassVar[str] = "NSL-KDD"
    expects: ClassVar[str] = "41 columns of KDD, label, difficulty, without a header"
    faults: ClassVar[tuple[str, ...]] = (
        "Traffic of 1998, made up for the DARPA evaluation, with artefacts of its simulation "
        "(McHugh 2000, Mahoney 2003): nothing learned from it is of use today.",
        "The rows are a selection of KDD Cup 99 by how hard they were to classify (Tavallaee "
        "2009), so shares of classes mean nothing.",
        "The test set has attacks that the training set has not.",
        "Counts over the last two seconds and hundred connections are of rows that are not there.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = (
        Mapped("proto", pl.col("protocol_type").str.to_lowercase()),
    )
    lacks: ClassVar[dict[str, str]] = {
        "": "not told",
        "duration_s": "whole seconds",
        "orig_bytes": "bytes sent again are counted again",
        "resp_bytes": "bytes sent again are counted again",
        "total_bytes": "bytes sent again are counted again",
    }

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a table has the 41 columns of KDD."""
        return bool(_files(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All tables of a file or directory. Raises `DatasetError`."""
        files = [path] if path.is_file() else _files(path)
        if not files:
            raise DatasetError(f"{path}: no table of NSL-KDD in it; expected {cls.expects}")
        return of_tables(cls, files, _part)


def _key(name: str) -> str:
    word = csv_table.snake(name)
    return "label" if word in NAMED else word


def _headed(path: Path) -> bool:
    """Whether the first line, or the ARFF head, names the columns."""
    names = csv_table.arff(path) or tuple(map(_key, csv_table.first_fields(path)))
    return {"dst_host_srv_rerror_rate", "src_bytes"} <= set(names)


def _bare(path: Path) -> bool:
    fields = csv_table.first_fields(path)
    return len(fields) >= len(COLUMNS) - 1 and fields[1] in PROTOCOLS and fields[3] in FLAGS


def _files(path: Path) -> list[Path]:
    return [table for table in csv_table.tables(path) if _headed(table) or _bare(table)]


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    rows = csv_table.read(
        path,
        text=TEXT,
        counted=counted,
        key_of=_key,
        names=COLUMNS if _bare(path) else None,
        needed=COLUMNS[:-1],
    )
    plain = pl.col("label").str.strip_chars("'\".").str.to_lowercase()
    rows = rows.with_columns(label=plain)
    rows = csv_table.without(rows, pl.col("label").fill_null("") == "", "no_label", counted)
    odd = rows.filter(~pl.col("label").is_in([*FAMILY, "anomaly"]))["label"].unique().sort()
    if odd.len():
        raise DatasetError(
            f"{path}: label {odd[0]!r} in column 'label' is none of NSL-KDD's; expected "
            f"{', '.join(FAMILY)}"
        )
    rows = csv_table.once(rows.drop({"difficulty"} & set(rows.columns)), counted)
    numbers = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    rows = csv_table.non_negative(rows, numbers, counted)
    hot = [
        (pl.col(column) == value).cast(pl.Float64).alias(f"{OWN}{column}_{csv_table.snake(value)}")
        for column, values in (
            ("protocol_type", PROTOCOLS), ("flag", FLAGS), ("service", SERVICES.split())
        )
        for value in values
    ]  # fmt: skip
    told = applied(rows, NslKdd.gives).select(
        "label", "proto", *(pl.col(name).alias(f"{OWN}{name}") for name in numbers), *hot,
        family=pl.col("label").replace_strict(FAMILY, default=None),
        malicious=pl.col("label") != "normal",
        capture=pl.lit(path.name.partition(".")[0]),
    )  # fmt: skip
    return told, True
