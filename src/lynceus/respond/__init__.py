"""Incidents to actions: what to do, firewall rules and SIEM queries. Nothing here acts."""

from __future__ import annotations

from lynceus.incident import FOLLOW_UP, NOW, Incident
from lynceus.respond.firewall import drops, iptables, nftables
from lynceus.respond.recommend import actions, first
from lynceus.respond.scope import scope
from lynceus.respond.siem import elastic_kql, sigma, splunk_spl

__all__ = ["FOLLOW_UP", "NOW", "actions", "first", "with_queries"]


def with_queries(incident: Incident) -> Incident:
    """The incident with the queries that find its traffic and the rules that would block it."""
    wanted, rules = scope(incident), drops(incident)
    queries = {
        "splunk_spl": splunk_spl(wanted),
        "elastic_kql": elastic_kql(wanted),
        "sigma": sigma(incident, wanted),
        "nftables": nftables(incident, rules),
        "iptables": iptables(incident, rules),
    }
    return incident.model_copy(update={"queries": queries})
