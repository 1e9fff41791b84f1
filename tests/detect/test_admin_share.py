"""`admin_share`: files on the disks of another host."""

from __future__ import annotations

from detect.domain import TARGET, file, row
from detect.traffic import findings_of
from lynceus.detect.admin_share import AdminShare

DISK = r"\\SERVER\C$"


def test_a_program_laid_on_a_disk() -> None:
    program = file("WRITE", r"Windows\Temp\tool.exe", path=DISK, username="anna", bytes=9000)
    (finding,) = findings_of(AdminShare(), smb_files=[program])
    assert (finding["resp_h"], finding["severity"]) == (TARGET, "medium")
    assert finding["techniques"] == ["T1021.002", "T1570"]
    assert finding["because"] == (
        "10.0.0.66 reached into the disk of 10.0.0.70 through an administrative share as anna: "
        "1 file written, 1 of them programs, and 0 files fetched and removed."
    )


def test_output_that_is_fetched_and_removed() -> None:
    name = r"Windows\Temp\out.tmp"
    rows = [file("READ", name, 1, path=DISK), file("DELETE", name, 2, path=DISK)]
    (finding,) = findings_of(AdminShare(), smb_files=rows)
    assert (finding["severity"], finding["evidence"]["fetched_and_deleted"]) == ("medium", 1)


def test_files_with_credentials() -> None:
    rows = [file("READ", r"Windows\NTDS\ntds.dit", path=DISK)]
    (finding,) = findings_of(AdminShare(), smb_files=rows)
    assert (finding["severity"], finding["tactic"]) == ("high", "credential-access")


def test_a_document_is_low_and_reading_silent() -> None:
    written = [file("WRITE", r"Users\anna\plan.docx", path=DISK)]
    assert [f["severity"] for f in findings_of(AdminShare(), smb_files=written)] == ["low"]
    read = [file("OPEN", r"Users\anna\plan.docx", path=DISK), file("READ", "plan.docx", path=DISK)]
    assert findings_of(AdminShare(), smb_files=read) == []


def test_an_ordinary_share_is_silent() -> None:
    assert findings_of(AdminShare(), smb_files=[file("WRITE", r"tools\setup.exe")]) == []


def test_the_disks_of_several_hosts() -> None:
    shares = [
        row(n, 445, resp_h=f"10.0.3.{n}", path=rf"\\H{n}\ADMIN$", success=n > 1) for n in range(6)
    ]
    (finding,) = findings_of(AdminShare(), smb_mapping=shares)
    assert (finding["severity"], finding["evidence"]["hosts"]) == ("medium", 6)
    assert "6 hosts; 4 let it in" in finding["because"]
    pipes = [row(n, 445, resp_h=f"10.0.3.{n}", path=rf"\\H{n}\IPC$") for n in range(6)]
    assert findings_of(AdminShare(), smb_mapping=pipes) == []
