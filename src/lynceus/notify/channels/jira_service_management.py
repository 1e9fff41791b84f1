"""Jira Service Management, where Opsgenie's alerts live on: the same events at another address.

Source: developer.atlassian.com, Jira Service Management ops, "Integration events".
"""

from __future__ import annotations

from lynceus.notify.channels.opsgenie import Opsgenie
from lynceus.secret import Secret


class JiraServiceManagement(Opsgenie):
    """An API integration of a team's operations in Jira Service Management."""

    url: str | Secret = "https://api.atlassian.com/jsm/ops/integration/v2/alerts"
