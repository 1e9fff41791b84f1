"""Windows over LDAP: what is searched for broadly, and changes that give power."""

from __future__ import annotations

import polars as pl

from lynceus.features.procedure import PRIVILEGED
from lynceus.features.window import Count, Max, Measure, Min, Sum, Values, Window

_ONE = (
    r"(?i)\((samaccountname|cn|name|displayname|mail|userprincipalname|objectsid|objectguid|"
    r"distinguishedname|proxyaddresses|uid|uidnumber|gidnumber|member|memberuid|dnshostname|"
    r"serviceprincipalname|anr|sn|memberof|telephonenumber|othermailbox|employeenumber|"
    r"altsecurityidentities|givenname|employeeid)(:[\d.]+:)?=[^*)]"
)
"""A search for somebody by name."""

_BITS = r"useraccountcontrol:1\.2\.840\.113556\.1\.4\.803:="

KINDS: tuple[tuple[str, str], ...] = (
    ("privileged groups", PRIVILEGED + r"|(?i)\(admincount=1\)"),
    ("accounts without pre-authentication", f"(?i){_BITS}4194304"),
    ("delegation", f"(?i){_BITS}(524288|16777216)|msds-allowedtodelegateto=|"
                   r"msds-allowedtoactonbehalfofotheridentity="),
    ("service accounts", r"(?i)serviceprincipalname=\*"),
    ("local administrator passwords", r"(?i)ms-mcs-admpwd|mslaps-(encrypted)?password"),
    ("trusts", r"(?i)objectclass=trusteddomain"),
)  # fmt: skip
"""What a filter asks for, wherever it stands."""

WHOLE: tuple[tuple[str, str], ...] = (
    ("all computers", r"(?i)object(class|category)=computer|samaccounttype=805306369"),
    ("all groups", r"(?i)object(class|category)=group\)|samaccounttype=268435456"),
    ("all users", r"(?i)objectclass=user|objectcategory=(person|user)|samaccounttype=805306368"),
)
"""Classes that a filter asks for without naming anybody."""

_filter = pl.col("filter")


def _kind() -> pl.Expr:
    chosen = pl.lit(None, pl.String)
    below = pl.col("scope").is_in(["tree", "children", "single"]).fill_null(True)
    for name, pattern in reversed(WHOLE):
        whole = below & ~_filter.str.contains(_ONE) & _filter.str.contains(pattern)
        chosen = pl.when(whole).then(pl.lit(name)).otherwise(chosen)
    for name, pattern in reversed(KINDS):
        chosen = pl.when(_filter.str.contains(pattern)).then(pl.lit(name)).otherwise(chosen)
    return chosen


_SEEN: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
    Max("orig_in", "orig_in"),
    Max("orig_role_of_asset", "orig_asset_role"),
    Max("ldap_port", "resp_p"),
)

DIRECTORY_SEARCHES = Window(
    "directory_searches_1h",
    "ldap_search",
    ("orig_h", "resp_h", "kind"),
    (Count("searches"), Sum("entries", "result_count"), Values("filters", "filter", k=2), *_SEEN),
    "1h",
    pl.col("kind").is_not_null(),
    derive={"kind": _kind()},
    only=_filter.is_not_null(),
)
"""Broad searches of a directory, by what they look for."""

_object = pl.col("object")
_attributes = pl.col("attributes").list.join(" ").str.to_lowercase()
_DOMAIN = r"(?i)^(dc=[^,]+)(,dc=[^,]+)+$|cn=adminsdholder,"
_SERVER = r"(?i)^cn=[^,]+,cn=servers,cn=[^,]+,cn=sites,cn=configuration,"


def _change() -> pl.Expr:
    opcode = pl.col("opcode")
    modify = opcode == "modify"
    kinds = (
        (
            modify
            & _attributes.str.contains("ntsecuritydescriptor")
            & _object.str.contains(_DOMAIN),
            "rights on the domain",
        ),
        (
            modify & _attributes.str.contains("msds-allowedtoactonbehalfofotheridentity"),
            "delegation",
        ),
        (modify & _attributes.str.contains("msds-keycredentiallink"), "key credentials"),
        (modify & _attributes.str.contains("sidhistory"), "SID history"),
        (
            modify
            & _attributes.str.contains(r"(add|replace) member\b")
            & _object.str.contains(PRIVILEGED),
            "members of a privileged group",
        ),
        ((opcode == "add") & _object.str.contains(_SERVER), "domain controller added"),
        ((opcode == "delete") & _object.str.contains(_SERVER), "domain controller removed"),
    )
    chosen = pl.lit(None, pl.String)
    for condition, name in reversed(kinds):
        chosen = pl.when(condition.fill_null(False)).then(pl.lit(name)).otherwise(chosen)
    return chosen


DIRECTORY_CHANGES = Window(
    "directory_changes_1h",
    "ldap",
    ("orig_h", "resp_h", "change", "object"),
    (
        Count("changes"),
        Count("refused_changes", ~pl.col("result").is_in(["success"])),
        *_SEEN,
    ),
    "1h",
    pl.col("change").is_not_null(),
    derive={"change": _change()},
    only=pl.col("opcode").is_in(["modify", "add", "delete"]).fill_null(False)
    & _object.is_not_null(),
)
"""Changes of a directory that give power over others, by object."""
