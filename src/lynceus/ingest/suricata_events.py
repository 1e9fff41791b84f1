"""Suricata's records of one fact each as our events: a column here, a column there."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from lynceus.ingest.columns import addresses, mapped, time_ns
from lynceus.ingest.suricata_flows import service
from lynceus.ingest.suricata_shapes import (
    CIPHERS,
    ENDS,
    EXTENDED,
    LDAP_ALIASES,
    LDAP_DONE,
    LDAP_OPERATIONS,
    LDAP_SCOPES,
    TLS_VERSIONS,
)

NOTHING = ("", "<empty>", "<none>", "<unknown>", "<NA>")
"""Words for a value that is not there."""

NO_ADDRESS = "0.0.0.0"  # noqa: S104 (a value of DHCP, nothing is bound)

KEEPING = ("TYPE", "PWD", "NOOP", "SYST", "FEAT", "OPTS", "MODE", "STRU", "HELP", "STAT", "CLNT")
"""FTP commands that only keep the session."""
LOGGED_IN = 230

RDN = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9.-]*=)")
ETYPE = re.compile(r"^encryptiontype\((-?\d+)")


def alert(records: pl.DataFrame) -> pl.DataFrame:
    """Alerts, their ends those of the flow where the record tells them."""
    alert, flow = pl.col("alert").struct, pl.col("flow").struct
    told = records.with_columns(
        addresses(records["flow"].struct.field("src_ip")).alias("from_h"),
        addresses(records["flow"].struct.field("dest_ip")).alias("to_h"),
    )
    of_flow = pl.col("from_h").is_not_null() & pl.col("to_h").is_not_null()
    turned = pl.when(of_flow).then(
        (pl.col("from_h") == pl.col("resp_h"))
        & flow.field("src_port").cast(pl.UInt16, strict=False).eq_missing(pl.col("resp_p"))
    ).otherwise(pl.col("direction") == "to_client").fill_null(value=False)  # fmt: skip
    meta = alert.field("metadata").struct
    tactic = meta.field("mitre_tactic_name").list.first().str.to_lowercase()
    return told.select(
        *ENDS,
        turned.alias("turned"),
        pl.col("orig_h").alias("sender_h"),
        pl.col("orig_p").alias("sender_p"),
        pl.lit("suricata").alias("product"),
        _text(pl.col("host")).alias("sensor"),
        alert.field("signature"),
        alert.field("signature_id"),
        _text(alert.field("category")).alias("category"),
        alert.field("severity"),
        alert.field("action"),
        service("app_proto").alias("service"),
        flow.field("bytes_toserver").cast(pl.UInt64, strict=False).alias("orig_bytes"),
        flow.field("bytes_toclient").cast(pl.UInt64, strict=False).alias("resp_bytes"),
        tactic.str.replace_all(r"[_ ]+", "-").alias("tactic"),
        meta.field("mitre_technique_id").alias("techniques"),
    ).with_columns(
        addresses(told["alert"].struct.field("source").struct.field("ip")).alias("attacker_h"),
        addresses(told["alert"].struct.field("target").struct.field("ip")).alias("victim_h"),
    )


def anomaly(records: pl.DataFrame) -> pl.DataFrame:
    """What Suricata's decoder or a parser of a protocol stumbled over, as a line of its log."""
    part = pl.col("anomaly").struct
    return records.select(
        *ENDS,
        pl.lit("oisf").alias("vendor"),
        pl.lit("suricata").alias("product"),
        _text(pl.col("host")).alias("sensor"),
        pl.concat_str(pl.lit("anomaly"), part.field("type"), separator=":", ignore_nulls=True)
        .alias("category"),
        part.field("event").alias("action"),
        part.field("layer").alias("message"),
    )  # fmt: skip


def tls(records: pl.DataFrame) -> pl.DataFrame:
    """TLS handshakes."""
    part = pl.col("tls").struct
    own = records["tls"].struct
    version = part.field("version")
    return records.select(
        *ENDS,
        version.str.replace(r"^(TLS 1\.3).*", "$1").replace(TLS_VERSIONS).alias("version"),
        _text(part.field("sni")).str.to_lowercase().alias("server_name"),
        part.field("server_alpns").list.first().alias("alpn"),
        part.field("client_alpns").alias("alpn_offered"),
        _flag(part.field("session_resumed")).alias("resumed"),
        _text(part.field("ja3").struct.field("hash")).alias("ja3"),
        _text(part.field("ja3s").struct.field("hash")).alias("ja3s"),
        _text(part.field("ja4")).alias("ja4"),
        mapped(own.field("subject"), "", _rfc4514).alias("subject"),
        mapped(own.field("issuerdn"), "", _rfc4514).alias("issuer"),
        time_ns(own.field("notbefore")).alias("not_before_ns"),
        time_ns(own.field("notafter")).alias("not_after_ns"),
        part.field("subjectaltname").alias("san_dns"),
        # The fingerprint of Suricata is a SHA-1, its bytes set apart by colons.
        part.field("fingerprint")
        .str.replace_all(":", "")
        .str.to_lowercase()
        .str.extract(r"^([0-9a-f]{40})$")
        .alias("cert_sha1"),
        part.field("chain").list.len().alias("certs"),
    )


def http(records: pl.DataFrame) -> pl.DataFrame:
    """HTTP requests with their responses."""
    part = pl.col("http").struct
    return records.select(
        *ENDS,
        (pl.col("tx_id").cast(pl.UInt32, strict=False) + 1).alias("trans_depth"),
        part.field("http_method").alias("method"),
        _text(part.field("hostname")).str.to_lowercase().alias("host"),
        _text(part.field("url"))
        .str.replace(r"^([A-Za-z][A-Za-z0-9+.-]*://[^/@:]*):[^/@]*@", "${1}@")
        .alias("uri"),
        part.field("http_refer").alias("referrer"),
        part.field("protocol").str.extract(r"(?i)^HTTP/(\S+)$", 1).alias("version"),
        part.field("http_user_agent").alias("user_agent"),
        part.field("length").cast(pl.UInt64, strict=False).alias("response_body_bytes"),
        part.field("http_content_type")
        .str.extract(r"^\s*([^;\s]+)", 1)
        .str.to_lowercase()
        .alias("response_mime_type"),
        part.field("status").cast(pl.UInt16, strict=False).alias("status_code"),
    )


def ssh(records: pl.DataFrame) -> pl.DataFrame:
    """SSH connections."""
    client, server = (pl.col("ssh").struct.field(s).struct for s in ("client", "server"))
    return records.select(
        *ENDS,
        _text(server.field("proto_version")).alias("version"),
        _text(client.field("software_version")).alias("client"),
        _text(server.field("software_version")).alias("server"),
        _text(client.field("hassh").struct.field("hash")).alias("hassh"),
        _text(server.field("hassh").struct.field("hash")).alias("hassh_server"),
    )


def dhcp(records: pl.DataFrame) -> pl.DataFrame:
    """DHCP messages."""
    part = pl.col("dhcp").struct
    own = records["dhcp"].struct
    told = {
        ours: addresses(own.field(theirs)).replace(NO_ADDRESS, None).alias(ours)
        for ours, theirs in (("assigned_addr", "assigned_ip"), ("client_addr", "client_ip"),
            ("requested_addr", "requested_ip"))
    }  # fmt: skip
    kind = part.field("dhcp_type").str.to_uppercase()
    return records.select(
        *ENDS,
        pl.when(part.field("type") == "reply").then(pl.lit(value=True)).otherwise(
            pl.lit(value=False)).alias("turned"),
        part.field("client_mac").str.to_lowercase().alias("mac"),
        pl.when(kind.is_not_null()).then(pl.concat_list(kind)).alias("msg_types"),
        *told.values(),
        _text(part.field("hostname")).alias("host_name"),
        _text(part.field("vendor_class_identifier")).alias("vendor_class"),
        part.field("lease_time").cast(pl.UInt32, strict=False).alias("lease_s"),
    )  # fmt: skip


def quic(records: pl.DataFrame) -> pl.DataFrame:
    """QUIC connections."""
    part = pl.col("quic").struct
    named = pl.element().struct
    alpn = part.field("extensions").list.eval(
        named.field("values").filter(named.field("name") == "alpn")
    )
    return records.select(
        *ENDS,
        _text(part.field("version")).alias("version"),
        _text(part.field("sni")).str.to_lowercase().alias("server_name"),
        alpn.list.first().alias("alpn_offered"),
        _text(part.field("ja3").struct.field("hash")).alias("ja3"),
        _text(part.field("ja4")).alias("ja4"),
        _text(part.field("ua")).alias("user_agent"),
    ).filter(  # one record a packet: those that tell nothing of the client add nothing
        pl.any_horizontal(pl.col("server_name", "ja3", "ja4", "alpn_offered").is_not_null())
    )


def krb5(records: pl.DataFrame) -> pl.DataFrame:
    """Answers of a key distribution centre."""
    part = pl.col("krb5").struct
    own = records["krb5"].struct
    asked = pl.coalesce(
        _text(part.field("failed_request")), part.field("msg_type")
    ).str.extract(r"^KRB_(AS|TGS)_", 1)  # fmt: skip
    failed = part.field("msg_type") == "KRB_ERROR"
    error = _text(part.field("error_code"))
    return records.select(
        *ENDS,
        asked.alias("request_type"),
        _text(part.field("cname")).alias("client"),
        _text(part.field("realm")).alias("realm"),
        _text(part.field("sname")).alias("service"),
        pl.when(part.field("msg_type").is_not_null()).then(~failed).alias("success"),
        pl.when(failed).then(error).alias("error_msg"),
        _ciphers(own.field("ticket_encryption")).alias("cipher"),
        _ciphers(own.field("encryption")).alias("reply_cipher"),
    )


def ldap(records: pl.DataFrame) -> pl.DataFrame:
    """LDAP operations other than searches."""
    request = pl.col("ldap").struct.field("request").struct
    told = records.filter(request.field("operation").is_in(list(LDAP_OPERATIONS)))

    def part(name: str) -> pl.expr.struct.ExprStructNameSpace:
        return request.field(f"{name}_request").struct

    sasl = part("bind").field("sasl").struct.field("mechanism")
    word = request.field("operation").replace_strict(
        LDAP_OPERATIONS, default=None, return_dtype=pl.String()
    )
    bind = word == "bind"
    kind = pl.when(sasl.is_not_null()).then(pl.lit("bind SASL")).otherwise(pl.lit("bind simple"))
    change = pl.element().struct
    changes = part("modify").field("changes").list.eval(
        pl.concat_str(
            change.field("operation").str.to_lowercase(),
            change.field("modification").struct.field("attribute_type"),
            separator=" ",
        )
    )  # fmt: skip
    return told.select(
        *ENDS,
        request.field("message_id").cast(pl.UInt32, strict=False).alias("message_id"),
        part("bind").field("version").cast(pl.UInt16, strict=False).alias("version"),
        pl.when(bind).then(kind).otherwise(word).alias("opcode"),
        *_ldap_result(),
        _text(pl.coalesce(
            part("bind").field("name"), part("modify").field("object"), part("add").field("entry"),
            part("del").field("dn"), part("mod_dn").field("entry"), part("compare").field("entry"),
        )).alias("object"),
        pl.coalesce(
            sasl, part("mod_dn").field("new_rdn"),
            part("compare").field("attribute_value_assertion").struct.field("description"),
            part("extended").field("name").replace(EXTENDED),
        ).alias("argument"),
        pl.coalesce(
            changes, part("add").field("attributes").list.eval(pl.element().struct.field("name"))
        ).list.head(64).alias("attributes"),
    )  # fmt: skip


def ldap_search(records: pl.DataFrame) -> pl.DataFrame:
    """LDAP searches."""
    request = pl.col("ldap").struct.field("request").struct
    part = request.field("search_request").struct
    entries = pl.col("ldap").struct.field("responses").list.eval(
        pl.element().struct.field("operation") == "search_result_entry"
    )  # fmt: skip
    return records.filter(request.field("operation") == "search_request").select(
        *ENDS,
        request.field("message_id").cast(pl.UInt32, strict=False).alias("message_id"),
        part.field("scope").replace(LDAP_SCOPES).alias("scope"),
        part.field("deref_alias").replace(LDAP_ALIASES).alias("deref_aliases"),
        _text(part.field("base_object")).alias("base_object"),
        entries.list.sum().cast(pl.UInt32).alias("result_count"),
        *_ldap_result(),
        part.field("attributes").list.head(64).alias("attributes"),
    )


def arp(records: pl.DataFrame) -> pl.DataFrame:
    """ARP packets."""
    part = pl.col("arp").struct
    own = records["arp"].struct
    return records.select(
        "ts_ns",
        pl.coalesce(addresses(own.field("src_ip")), pl.col("orig_h")).alias("orig_h"),
        pl.coalesce(addresses(own.field("dest_ip")), pl.col("resp_h")).alias("resp_h"),
        pl.lit("arp").alias("proto"),
        part.field("opcode").str.to_lowercase().alias("operation"),
        part.field("src_mac").str.to_lowercase().alias("orig_mac"),
        part.field("dest_mac").str.to_lowercase().alias("resp_mac"),
    )


def ftp(records: pl.DataFrame) -> pl.DataFrame:
    """FTP commands with their replies. The password is left out."""
    part = pl.col("ftp").struct
    command = part.field("command").str.to_uppercase()
    code = part.field("completion_code").list.last().cast(pl.UInt16, strict=False)
    decides = (command == "PASS") | ((command == "USER") & (code == LOGGED_IN))
    named = pl.when(command == "USER").then(part.field("command_data"))
    of_session = pl.col("source_uid").fill_null(pl.format("{} {}", "orig_h", "orig_p"))
    return (
        records.sort("ts_ns", maintain_order=True)
        .select(
            *ENDS,
            command.alias("command"),
            named.forward_fill().over(of_session).alias("user"),
            pl.when(command == "PASS").then(pl.lit(value=True)).alias("password_seen"),
            pl.when(command != "PASS").then(_text(part.field("command_data"))).alias("arg"),
            code.alias("reply_code"),
            _text(part.field("reply").list.first()).alias("reply_msg"),
            pl.when(decides).then(code == LOGGED_IN).alias("auth_success"),
            pl.when(command.is_in(["PASV", "EPSV", "PORT", "EPRT"]))
            .then(part.field("mode") == "passive").alias("data_channel_passive"),
            part.field("dynamic_port").cast(pl.UInt16, strict=False).alias("data_channel_resp_p"),
        )
        .filter(~pl.col("command").is_in(KEEPING).fill_null(value=False))
    )  # fmt: skip


SINGLE: dict[str, tuple[tuple[str, Callable[[pl.DataFrame], pl.DataFrame]], ...]] = {
    "alert": (("alert", alert),),
    "tls": (("tls", tls),),
    "http": (("http", http),),
    "ssh": (("ssh", ssh),),
    "ftp": (("ftp", ftp),),
    "anomaly": (("device_log", anomaly),),
    "dhcp": (("dhcp", dhcp),),
    "quic": (("quic", quic),),
    "krb5": (("kerberos", krb5),),
    "ldap": (("ldap", ldap), ("ldap_search", ldap_search)),
    "arp": (("arp", arp),),
}
"""By kind of record: the tables it fills, and how."""


def _ldap_result() -> list[pl.Expr]:
    """Result and message of the answer that closes an operation."""
    responses = pl.col("ldap").struct.field("responses")

    def told(field: str) -> pl.Expr:
        each = pl.element().struct
        values = pl.coalesce(each.field(name).struct.field(field) for name in LDAP_DONE)
        return _text(responses.list.eval(values.drop_nulls()).list.last())

    return [
        told("result_code")
        .str.replace_all("_", " ")
        .str.replace_many({"sasl ": "SASL ", " dn ": " DN ", "rdn": "RDN", "dsas": "DSAs"})
        .alias("result"),
        told("message").alias("diagnostic_message"),
    ]


def _text(values: pl.Expr) -> pl.Expr:
    """The text; null for what stands for nothing."""
    return pl.when(~values.is_in(NOTHING)).then(values)


def _flag(values: pl.Expr) -> pl.Expr:
    words = {"true": True, "false": False}
    return values.replace_strict(words, default=None, return_dtype=pl.Boolean())


def _rfc4514(text: str) -> str:
    """`C=US, O=Example, CN=host` the other way round, as certificates are written."""
    return ",".join(reversed([part.strip() for part in RDN.split(text)]))


def _ciphers(values: pl.Series) -> pl.Series:
    return mapped(values, "", _cipher)


def _cipher(text: str) -> str | None:
    word = text.lower().replace("_", "-").strip("<>")
    number = ETYPE.match(word)
    return f"etype{number[1]}" if number else CIPHERS.get(word, word or None)
