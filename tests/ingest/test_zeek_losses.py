from __future__ import annotations

from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.ingest.zeek_losses import loss_log, note_losses, note_notices


def noted(log: str, **columns: list[Any]) -> Account:
    frame = pl.DataFrame(columns)
    account = Account(received=frame.height)
    note_losses(log, frame, frame.height, account)
    assert account.balanced
    return account


def test_gaps_and_drops_are_summed() -> None:
    loss = noted("capture_loss", gaps=["3", None, "x"], acks=["10", "20", "30"])
    assert loss.notes == {"sensor_tcp_gaps": 3, "sensor_tcp_acks": 60}
    assert loss.unseen == {"tcp_segments": (57, 3)}
    stats = noted("stats", pkts_proc=["100", "50"], pkts_dropped=["7", None])
    assert stats.notes == {"sensor_packets": 150, "sensor_packets_dropped": 7}
    assert stats.unseen == {"packets": (150, 7)}


def test_of_notices_only_those_of_capture_loss_count() -> None:
    account = Account()
    told = ["CaptureLoss::Too_Much_Loss", "SSL::Invalid_Server_Cert", None]
    note_notices(pl.DataFrame({"note": told}), account)
    assert account.notes == {"notices_of_capture_loss": 1}
    assert account.kept == 1
    assert account.unseen == {}


def test_a_notice_tells_the_share_that_was_lost() -> None:
    said = "The capture loss script detected an estimated loss rate above {}%"
    account = Account()
    notices = {
        "note": ["CaptureLoss::Too_Much_Loss"] * 3 + ["Other"],
        "msg": [said.format("14.5"), said.format("35.5"), "unreadable", said.format("99")],
    }
    note_notices(pl.DataFrame(notices), account)
    assert account.unseen == {"stretches_noticed": (1500, 500)}


def test_a_log_is_known_by_its_name_or_by_its_columns() -> None:
    assert loss_log("stats", set()) == "stats"
    assert loss_log("weird", {"note"}) is None
    assert loss_log(None, {"ts", "percent_lost"}) == "capture_loss"
    assert loss_log(None, {"ts"}) is None
