"""`smb_ransomware`: files of a share that lose their names one after another."""

from __future__ import annotations

from detect.domain import ATTACKER, TARGET, encrypted, file
from detect.traffic import findings_of
from lynceus.detect.smb_ransomware import SmbRansomware

NOTES = [file("WRITE", rf"dep\{n}\HOW_TO_DECRYPT.txt", n) for n in range(8)]


def test_files_of_several_kinds_get_one_new_suffix() -> None:
    (finding,) = findings_of(SmbRansomware(), smb_files=encrypted(40))
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, TARGET)
    assert (finding["severity"], finding["orig_role"]) == ("high", "infected")
    assert finding["because"] == (
        "10.0.0.66 changed the names of 40 files in shares of 10.0.0.70 to the suffix .locked (4 "
        "kinds of files) in 3.9 s."
    )


def test_with_notes_it_is_critical() -> None:
    (finding,) = findings_of(SmbRansomware(), smb_files=[*encrypted(40), *NOTES])
    assert finding["severity"] == "critical"
    assert "ransom notes in 8 folders" in finding["because"]


def test_notes_alone_are_medium() -> None:
    (finding,) = findings_of(SmbRansomware(), smb_files=NOTES)
    assert (finding["severity"], finding["evidence"]["note_folders"]) == ("medium", 8)


def test_files_written_anew_in_place_of_the_old_ones() -> None:
    kinds = ("docx", "xlsx", "pdf")
    rows = [file("WRITE", f"a{n}.{kinds[n % 3]}.zqx", n / 9) for n in range(30)]
    assert findings_of(SmbRansomware(), smb_files=rows) == [], "beside the old ones, as metadata is"
    rows += [file("DELETE", f"a{n}.{kinds[n % 3]}", n / 9) for n in range(30)]
    (finding,) = findings_of(SmbRansomware(), smb_files=rows)
    assert (finding["severity"], finding["evidence"]["suffix"]) == ("high", "zqx")


def test_every_file_its_own_suffix() -> None:
    rows = [
        file("RENAME", f"a{n}.x{n:03}", n / 9, prev_name=f"a{n}.{('doc', 'pdf', 'jpg')[n % 3]}")
        for n in range(60)
    ]
    (finding,) = findings_of(SmbRansomware(), smb_files=rows)
    assert (finding["severity"], finding["evidence"]["new_suffixes"]) == ("high", 60)


def test_ordinary_work_is_silent() -> None:
    saved = [file("RENAME", f"a{n}.docx", n, prev_name=f"~wrd{n}.tmp") for n in range(60)]
    kinds = ("docx", "xlsx", "pdf", "jpg")
    backup = [
        file("RENAME", f"{name}.bak", n, prev_name=name)
        for n, name in enumerate(f"a{n}.{kinds[n % 4]}" for n in range(60))
    ]
    moved = [file("RENAME", f"new\\a{n}.doc", n, prev_name=f"a{n}.doc") for n in range(60)]
    copied = [file("WRITE", f"a{n}.{kinds[n % 4]}", n) for n in range(90)]
    converted = [file("RENAME", f"a{n}.webp", n, prev_name=f"a{n}.png") for n in range(60)]
    synced = [file("RENAME", f"a{n}.py", n, prev_name=f".a{n}.py.x{n:05}") for n in range(60)]
    for rows in (synced, saved, backup, moved, copied, converted, encrypted(8)):
        assert findings_of(SmbRansomware(), smb_files=rows) == []
    refused = [{**row, "status": "STATUS_ACCESS_DENIED"} for row in encrypted(60)]
    assert findings_of(SmbRansomware(), smb_files=refused) == []
