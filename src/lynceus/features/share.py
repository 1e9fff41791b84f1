"""Windows over shares and their files: administrative shares, breadth, files that change name."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Values, Window

ADMIN_SHARE = r"(?i)(^|\\)([c-e]|admin)\$$"
"""The whole disks of a Windows host, open to its administrators alone; shares that end in $ and
have other letters are often somebody's own."""

PROGRAM = r"(?i)\.(exe|dll|sys|scr|com|cpl|ocx|msi|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|hta|jar)$"
"""Names of files that can be run."""

CREDENTIAL_FILE = (
    r"(?i)(\\|^)(ntds\.dit|lsass[^\\]*\.dmp|config\\(sam|security|system)|"
    r"repair\\(sam|security|system)|[^\\]+\.kirbi)$"
)
"""Files that hold the passwords of a host or a domain."""

DOCUMENT = (
    r"(?i)\.(docx?|xlsx?|pptx?|pdf|odt|ods|odp|rtf|txt|csv|jpe?g|png|tiff?|dwg|psd|zip|pst|ost|"
    r"msg|eml|mdb|accdb|sql|mp[34]|avi|mov|vsdx?|one)$"
)
"""Names of files that people care for."""

NOTE = (
    r"(?i)(^|\\)[^\\]*(decrypt|restor|recover|ransom|unlock|readme|read_me|how[_ -]?to|help_)"
    r"[^\\]*\.(txt|html?|hta|rtf|png|bmp)$"
)
"""Names under which ransom notes are left."""

_action = pl.col("action")
_OPEN = _action == "SMB::FILE_OPEN"
_WRITE = _action == "SMB::FILE_WRITE"
_RENAME = _action == "SMB::FILE_RENAME"
_done = ~pl.col("status").str.contains(r"^STATUS_(?:[A-RT-Z]|S[A-TV-Z])").fill_null(False)
"""Not refused: successful, or the source does not tell."""
_made = _done & (_WRITE | (_OPEN & pl.col("created").fill_null(False)))
_made = _made & ~pl.col("is_directory").fill_null(False)
_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "ts_ns"))
_ENDS: tuple[Measure, ...] = (
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
    Max("orig_role_of_asset", "orig_asset_role"),
    Max("smb_port", "resp_p"),
)

ADMIN_FILES = Window(
    "admin_files_1h",
    "smb_files",
    ("orig_h", "resp_h", "name"),
    (
        Count("made", _made),
        Count("read", _done & (_action == "SMB::FILE_READ")),
        Count("opened", _done & _OPEN),
        Count("deleted", _done & (_action == "SMB::FILE_DELETE")),
        Max("share", "path"),
        Values("users", "username", k=3),
        *_SEEN,
        *_ENDS,
    ),
    "1h",
    only=pl.col("path").str.contains(ADMIN_SHARE).fill_null(False) & pl.col("name").is_not_null(),
    worth=(pl.col("made") > 0)
    | (pl.col("deleted") > 0)
    | pl.col("name").str.contains(CREDENTIAL_FILE),
)
"""Files that one host made, removed or (where they hold credentials) took on another's disks."""

_share = pl.col("path").str.to_lowercase()
_pipes = _share.str.ends_with("ipc$")
_granted = pl.col("success").fill_null(True)

SHARES_OF_PAIR = Window(
    "shares_of_pair_1h",
    "smb_mapping",
    ("orig_h", "resp_h"),
    (
        Distinct("shares", _share, ~_pipes, k=64),
        Distinct("refused_shares", _share, ~_pipes & ~_granted, k=64),
        Count("pipe_sessions", _pipes & _granted),
        Count("admin_sessions", _granted & _share.str.contains(ADMIN_SHARE)),
        Count("refused_admin_sessions", ~_granted & _share.str.contains(ADMIN_SHARE)),
        Values("shares_sample", "path", ~_pipes, k=5),
        Values("users", "username", k=3),
        *_SEEN,
        *_ENDS,
    ),
    "1h",
    only=pl.col("path").is_not_null(),
)
"""Shares of one host that another connected to."""


def suffix(name: pl.Expr) -> pl.Expr:
    """The last suffix of a name in lower case without its dot; null where it has none."""
    return name.str.extract(r"\.([^.\\/ ]{1,24})$").str.to_lowercase()


_old = suffix(pl.col("prev_name"))
_lost = _RENAME & (pl.col("suffix") != _old).fill_null(_old.is_not_null())
_document = (
    _lost & pl.col("prev_name").str.contains(DOCUMENT) & ~pl.col("name").str.contains(DOCUMENT)
)
"""A document that is none any more by its name."""
_inner = pl.col("name").str.replace(r"\.[^.\\/]{1,24}$", "")
_doubled = _made & _inner.str.contains(DOCUMENT).fill_null(False)
_folder = pl.col("name").str.extract(r"^(.*)\\[^\\]*$").fill_null("")

SUFFIXES_GIVEN = Window(
    "suffixes_given_5m",
    "smb_files",
    ("orig_h", "resp_h", "suffix"),
    (
        Distinct("renamed_files", "prev_name", _document),
        Distinct("old_suffixes", _old, _document, k=32),
        Distinct("doubled_files", "name", _doubled),
        Distinct("inner_suffixes", suffix(_inner), _doubled, k=32),
        Values("names_sample", "name", k=3),
        *_SEEN,
        *_ENDS,
    ),
    "5m",
    _done & (_document | _doubled),
    derive={"suffix": suffix(pl.col("name"))},
    only=_RENAME | _made,
    worth=(pl.col("renamed_files") >= 5) | (pl.col("doubled_files") >= 5),
)
"""Files whose names got another last suffix, by that suffix."""

_deleted = _done & (_action == "SMB::FILE_DELETE")
_note = _made & pl.col("name").str.contains(NOTE)

FILES_CHANGED = Window(
    "files_changed_5m",
    "smb_files",
    ("orig_h", "resp_h"),
    (
        Distinct("deleted_files", "name", _deleted),
        Distinct("renamed_documents", "prev_name", _document),
        Distinct("new_suffixes", "suffix", _document),
        Distinct("old_suffixes", _old, _document, k=32),
        Distinct("folders", _folder, _document, k=256),
        Distinct("note_folders", _folder, _note, k=256),
        Values("notes", "name", _note, k=3),
        Values("names_sample", "name", _document, k=3),
        *_SEEN,
        *_ENDS,
    ),
    "5m",
    _document | _deleted | _note,
    derive={"suffix": suffix(pl.col("name"))},
    only=_done & (_RENAME | _made | (_action == "SMB::FILE_DELETE")),
    worth=(pl.col("renamed_documents") >= 5)
    | (pl.col("note_folders") >= 3)
    | (pl.col("deleted_files") >= 5),
)
"""Documents that lost their names, files removed and notes left, all names together."""
