"""What tests of rephrased alerts share."""

from __future__ import annotations

from notify.conftest import ledger, soc

__all__ = ["ledger", "soc"]
