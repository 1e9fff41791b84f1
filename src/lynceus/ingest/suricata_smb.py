"""Suricata's SMB and DCE/RPC records: sessions, logins, shares, files and calls."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import mapped
from lynceus.ingest.rpc_interfaces import INTERFACES, OPERATIONS
from lynceus.ingest.suricata_shapes import DIALECTS, ENDS

GRANTED = "STATUS_SUCCESS"
GOES_ON = "STATUS_MORE_PROCESSING_REQUIRED"

FAULTS = ("FAULT", "BINDNAK", "REJECT")

ACTIONS = {
    "CREATE": "OPEN", "NT_CREATE_ANDX": "OPEN", "OPEN_ANDX": "OPEN", "OPEN": "OPEN",
    "READ": "READ", "READ_ANDX": "READ", "WRITE": "WRITE", "WRITE_ANDX": "WRITE",
    "WRITE_AND_CLOSE": "WRITE", "CLOSE": "CLOSE", "DELETE": "DELETE", "RENAME": "RENAME",
    "CREATE_NEW": "OPEN",
}  # fmt: skip
"""Commands about a file, without their prefix, and what Zeek calls the action."""


def tables(records: pl.DataFrame, account: Account) -> dict[str, pl.DataFrame]:
    """The event tables of `smb` records; what fills none is noted."""
    part = pl.col("smb").struct
    status = part.field("status")
    told = records.with_columns(
        command=part.field("command").str.replace(r"^SMB\d_COMMAND_", ""),
        smb_1=part.field("command").str.starts_with("SMB1"),
        status=status,
        success=pl.when(status.is_not_null()).then(status == GRANTED),
        session_id=mapped(records["smb"].struct.field("session_id"), r"^\d{1,20}$", _hex),
        tree_id=part.field("tree_id"),
    )
    setups = told.filter(pl.col("command").str.contains("^SESSION_SETUP"))
    sessions = _sessions(setups.filter(pl.col("status").fill_null("") != GOES_ON))
    shares = told.filter(pl.col("command").str.contains("^TREE_CONNECT"))
    mappings = _with_users(_mappings(shares), sessions)
    files = _with_users(_files(told, mappings), sessions)
    calls = _calls(told.filter(part.field("dcerpc").struct.field("request").is_not_null()), "smb")
    calls = _with_users(calls, sessions)
    used = setups.height + mappings.height + files.height + calls.height
    account.note("smb_records_not_used", max(0, records.height - used))
    found = {
        "smb": sessions.drop("tree_id"),
        "ntlm": _logins(sessions),
        "smb_mapping": mappings.drop("session_id", "tree_id"),
        "smb_files": files.drop("session_id", "tree_id"),
        "dce_rpc": calls.drop("session_id"),
    }
    return {name: frame for name, frame in found.items() if frame.height}


def dce_rpc(records: pl.DataFrame) -> pl.DataFrame:
    """Calls over TCP and UDP, of `dcerpc` records."""
    return _calls(records, None)


def _sessions(setups: pl.DataFrame) -> pl.DataFrame:
    part = pl.col("smb").struct
    ntlm, kerberos = part.field("ntlmssp").struct, part.field("kerberos").struct
    dialect = part.field("dialect").replace(DIALECTS)
    has_ntlm = pl.any_horizontal(ntlm.field(n).is_not_null() for n in ("user", "host", "domain"))
    user = _some(ntlm.field("user"))
    auth = (
        pl.when(kerberos.field("realm").is_not_null())
        .then(pl.lit("kerberos"))
        .when(has_ntlm & user.is_null())
        .then(pl.lit("anonymous"))
        .when(has_ntlm)
        .then(pl.lit("ntlm"))
    )
    three = pl.when(dialect.str.starts_with("3")).then(pl.lit("SMB3")).otherwise(pl.lit("SMB2"))
    return setups.select(
        *ENDS,
        pl.when("smb_1").then(pl.lit("SMB1")).otherwise(three).alias("version"),
        dialect.alias("dialect"),
        auth.alias("auth"),
        user.alias("username"),
        _some(ntlm.field("domain")).alias("domainname"),
        _some(ntlm.field("host")).alias("hostname"),
        _some(part.field("response").struct.field("native_os")).alias("native_os"),
        pl.when(pl.col("session_id") != "0x0").then("session_id").alias("session_id"),
        "success",
        "status",
        "tree_id",
    )


def _logins(sessions: pl.DataFrame) -> pl.DataFrame:
    """Logins by NTLM; which version of it Suricata does not tell."""
    told = sessions.filter(pl.col("auth").is_in(["ntlm", "anonymous"]))
    return told.select(
        *ENDS,
        pl.lit("smb").alias("carrier"),
        "username",
        "hostname",
        "domainname",
        pl.when(pl.col("auth") == "anonymous").then(pl.lit("anonymous")).alias("version"),
        "success",
        "status",
    )


def _mappings(shares: pl.DataFrame) -> pl.DataFrame:
    part = pl.col("smb").struct
    service = part.field("service").struct
    pipe = part.field("named_pipe").is_not_null()
    kind = part.field("share_type").replace_strict(
        {"FILE": "DISK", "PIPE": "PIPE", "PRINT": "PRINT"}, default=None, return_dtype=pl.String()
    )
    kind = kind.fill_null(
        pl.when(pipe)
        .then(pl.lit("PIPE"))
        .otherwise(
            service.field("response").replace_strict(
                {"A:": "DISK", "IPC": "PIPE", "LPT1:": "PRINT"},
                default=None,
                return_dtype=pl.String(),
            )
        )
    )
    return shares.select(
        *ENDS,
        pl.coalesce(part.field("share"), part.field("named_pipe")).alias("path"),
        pl.coalesce(service.field("response"), service.field("request")).alias("service"),
        pl.when(pl.col("success").fill_null(value=True)).then(kind).alias("share_type"),
        "success",
        "status",
        "session_id",
        "tree_id",
    )


def _files(told: pl.DataFrame, mappings: pl.DataFrame) -> pl.DataFrame:
    """What is done with files; which share they are in is known by the tree id."""
    part = pl.col("smb").struct
    rename = part.field("rename").struct
    gone = part.field("access") == "delete on close"
    name = pl.coalesce(rename.field("to"), part.field("filename"), part.field("directory"))
    bare = pl.col("command").str.replace("^TRANS2_|^SET_INFO$|^SET_PATH_INFORMATION$", "")
    action = (
        pl.when(rename.field("to").is_not_null())
        .then(pl.lit("RENAME"))
        .when(pl.col("command").str.contains("^SET_INFO|^TRANS2|SET_.*INFO"))
        .then(pl.when(gone).then(pl.lit("DELETE")).otherwise(pl.lit("SET_ATTRIBUTE")))
        .otherwise(bare.replace_strict(ACTIONS, default=None, return_dtype=pl.String()))
    )
    about = part.field("dcerpc").struct.field("request").is_null()
    tree = ("source_uid", "session_id", "tree_id")
    trees = mappings.filter(pl.col("success").fill_null(value=True)).unique(tree, keep="last")
    opened, done = pl.col("action") == "OPEN", pl.col("success").fill_null(value=False)
    made = {"supersede": True, "create": True, "overwrite": True, "overwrite_if": True,
        "open": False}  # fmt: skip
    rows = told.filter(name.is_not_null() & about).select(
        *ENDS,
        action.alias("action"),
        part.field("share").alias("told_path"),
        name.alias("name"),
        rename.field("from").alias("prev_name"),
        part.field("size").cast(pl.UInt64, strict=False).alias("size_bytes"),
        part.field("disposition").str.to_lowercase().str.strip_prefix("file_").alias("disposition"),
        pl.when(part.field("directory").is_not_null()).then(pl.lit(value=True))
        .alias("is_directory"),
        gone.alias("delete_on_close"),
        "success", "status", "session_id", "tree_id",
    ).filter(pl.col("action").is_not_null())  # fmt: skip
    found = rows.join(
        trees.select(*tree, "path", "share_type"), on=tree, how="left", maintain_order="left"
    )
    where = pl.col("share_type").replace_strict(
        {"PIPE": "PIPE", "PRINT": "PRINT"}, default="FILE", return_dtype=pl.String()
    )
    wanted = pl.col("disposition").replace_strict(made, default=None, return_dtype=pl.Boolean())
    piped = pl.when(pl.col("action").is_in(["OPEN", "READ", "WRITE", "CLOSE"])).then(where)
    return found.with_columns(
        pl.concat_str(
            pl.lit("SMB::"), piped.fill_null("FILE"), pl.lit("_"), pl.col("action")
        ).alias("action"),
        pl.coalesce("told_path", "path").alias("path"),
        pl.when(opened & done).then("size_bytes").alias("size_bytes"),
        pl.when(opened).then("disposition").alias("disposition"),
        pl.when(opened & done).then(wanted).alias("created"),
        pl.when(opened).then("delete_on_close").alias("delete_on_close"),
    ).drop("told_path", "share_type", "success")


def _calls(records: pl.DataFrame, within: str | None) -> pl.DataFrame:
    """Calls of remote procedures, and the interfaces that were refused.

    A record over TCP does not name the interface of its call: it is known where the flow has bound
    one alone.
    """
    holder = pl.col(within).struct.field("dcerpc") if within else pl.col("dcerpc")
    part = holder.struct
    request, response = part.field("request"), part.field("response")
    faces = part.field("interfaces")
    uuid = pl.when(faces.list.len() == 1).then(
        faces.list.first().struct.field("uuid").str.to_lowercase()
    )
    bound = (
        pl.when(request.is_in(["BIND", "ALTER_CONTEXT"]))
        .then(faces.list.eval(pl.element().struct.field("uuid")))
        .otherwise(pl.lit(None, pl.List(pl.String)))
    )
    number = pl.coalesce(part.field("opnum"), part.field("req").struct.field("opnum"))
    told = records.with_columns(
        uuid=uuid, bound=bound.list.join(" ").str.to_lowercase(), calls=request == "REQUEST"
    ).with_columns(
        alone=pl.when(pl.col("source_uid").is_not_null()).then(
            pl.when(pl.col("bound").drop_nulls().n_unique().over("source_uid") == 1).then(
                pl.col("bound").drop_nulls().first().over("source_uid")
            )
        )
    )
    one = pl.when(~pl.col("alone").str.contains(" ")).then("alone")
    fault = pl.when(response != "UNREPLIED").then(response.is_in(FAULTS))
    refused = response == "BINDNAK"
    known = pl.coalesce("uuid", one)
    rows = told.filter("calls" | refused).select(
        *ENDS,
        known.alias("uuid"),
        pl.when("calls").then(number.cast(pl.UInt16, strict=False)).alias("opnum"),
        pl.when("calls").then(fault).otherwise(refused).alias("fault"),
        part.field("req").struct.field("stub_data_size").cast(pl.UInt64, strict=False)
        .alias("request_bytes"),
        pl.when(fault.is_not_null())
        .then(part.field("res").struct.field("stub_data_size").cast(pl.UInt64, strict=False))
        .alias("response_bytes"),
        *(["session_id"] if within else []),
    )  # fmt: skip
    name = pl.col("uuid").replace(INTERFACES)
    key = pl.concat_str(name, pl.col("opnum"), separator=" ")
    return rows.with_columns(
        endpoint=name,
        operation=key.replace_strict(OPERATIONS, default=None, return_dtype=pl.String()),
    ).drop("uuid")


def _with_users(rows: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The rows with the user of their session, where its login shows it."""
    users = (
        sessions.filter(pl.col("username").is_not_null() & pl.col("session_id").is_not_null())
        .select("source_uid", "session_id", "username", "domainname")
        .unique(["source_uid", "session_id"], keep="last")
    )
    on = ["source_uid", "session_id"]
    return rows.join(users, on=on, how="left", maintain_order="left")


def _some(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _hex(text: str) -> str:
    return f"0x{int(text):x}"
