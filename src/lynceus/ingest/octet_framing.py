"""Syslog as it stands in a recorded stream: frames that tell their own length (RFC 6587).

    83 <34>1 2003-10-11T22:14:15.003Z host su - ID47 - 'su root' failed71 <34>Oct 11 ...

There need be no line end between two, and a message may hold some.
"""

from __future__ import annotations

import re

from lynceus.account import Account

FRAME = re.compile(rb"\s*([1-9]\d{0,6}) (?=<\d{1,3}>)")
"""What stands before a message: how many bytes it has."""
END = re.compile(rb"\s*\Z")
NEXT = re.compile(rb"[1-9]\d{0,6} <\d{1,3}>")


def unframed(data: bytes, account: Account | None = None) -> bytes:
    """The data with each counted frame on a line of its own, without its count.

    Only where it begins with a frame. A count that does not lead to the next frame (bytes were
    lost, or replaced as they are no UTF-8) is noted as `octet_counts_wrong`: its message then ends
    where the next frame begins.
    """
    if not FRAME.match(data):
        return data
    lines: list[bytes] = []
    at, wrong = 0, 0
    # Where a frame begins stands in the one before it: this cannot be done whole columns at a time.
    while found := FRAME.match(data, at):
        begin, at = found.end(), found.end() + int(found[1])
        if not (FRAME.match(data, at) or END.match(data, at)):
            wrong += 1
            ahead = NEXT.search(data, begin)
            at = ahead.start() if ahead else len(data)
        lines.append(data[begin:at])
    if account is not None:
        account.note("octet_counts_wrong", wrong)
    told = b"\n".join(line.strip().replace(b"\n", b" ") for line in lines)
    return told + b"\n" + data[at:].lstrip()
