"""The services that alerts go to, one file each."""

from __future__ import annotations

from lynceus.notify.channel import Channel
from lynceus.notify.channels.alertmanager import Alertmanager
from lynceus.notify.channels.apprise import Apprise
from lynceus.notify.channels.cef import Cef
from lynceus.notify.channels.elasticsearch import Elasticsearch
from lynceus.notify.channels.email import Email
from lynceus.notify.channels.jira import Jira
from lynceus.notify.channels.jira_service_management import JiraServiceManagement
from lynceus.notify.channels.kafka import Kafka
from lynceus.notify.channels.leef import Leef
from lynceus.notify.channels.ocsf import Ocsf
from lynceus.notify.channels.opsgenie import Opsgenie
from lynceus.notify.channels.pagerduty import Pagerduty
from lynceus.notify.channels.sentinel import Sentinel
from lynceus.notify.channels.servicenow import Servicenow
from lynceus.notify.channels.slack import Slack
from lynceus.notify.channels.splunk_hec import SplunkHec
from lynceus.notify.channels.syslog import Syslog
from lynceus.notify.channels.teams import Teams
from lynceus.notify.channels.thehive import Thehive
from lynceus.notify.channels.webhook import Webhook
from lynceus.notify.channels.xsoar import Xsoar
from lynceus.registry import load

BUILTIN: tuple[type[Channel], ...] = (
    Slack, Teams, Email, Pagerduty, Opsgenie, JiraServiceManagement, Webhook, Syslog, Cef, Leef,
    SplunkHec, Elasticsearch, Ocsf, Sentinel, Xsoar, Thehive, Jira, Servicenow, Kafka,
    Alertmanager, Apprise,
)  # fmt: skip


def classes() -> dict[str, type[Channel]]:
    """All channels by kind: built-ins, then plugins of the entry point group
    `lynceus.notify.channels`. Raises `RegistryError`."""
    return load("notify.channels", BUILTIN)
