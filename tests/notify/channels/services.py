"""The doubles of services by the kind of their channel."""

from __future__ import annotations

from notify.channels.data_services import (
    Alertmanager,
    Elasticsearch,
    Ocsf,
    Sentinel,
    SplunkHec,
    Webhook,
)
from notify.channels.people_services import (
    JiraServiceManagement,
    Opsgenie,
    Pagerduty,
    Slack,
    Teams,
)
from notify.channels.specification import Service
from notify.channels.ticket_services import Jira, Servicenow, Thehive, Xsoar

SERVICES: dict[str, type[Service]] = {
    "slack": Slack, "teams": Teams, "pagerduty": Pagerduty, "opsgenie": Opsgenie,
    "jira_service_management": JiraServiceManagement, "webhook": Webhook, "splunk_hec": SplunkHec,
    "elasticsearch": Elasticsearch, "ocsf": Ocsf, "sentinel": Sentinel, "xsoar": Xsoar,
    "thehive": Thehive, "jira": Jira, "servicenow": Servicenow, "alertmanager": Alertmanager,
}  # fmt: skip
"""By the kind of their channel."""
