"""Incidents to actions: what to do, firewall rules and SIEM queries. Nothing here acts."""

from __future__ import annotations

from lynceus.records import Incident
from lynceus.respond.firewall import iptables, nftables
from lynceus.respond.recommend import FOLLOW_UP, NOW, actions, first
from lynceus.respond.siem import elastic_kql, sigma, splunk_spl

__all__ = ["FOLLOW_UP", "NOW", "QUERIES", "actions", "first", "with_queries"]

QUERIES = {
    "splunk_spl": splunk_spl,
    "elastic_kql": elastic_kql,
    "sigma": sigma,
    "nftables": nftables,
    "iptables": iptables,
}
"""The languages in which an incident can be asked for or blocked."""


def with_queries(incident: Incident) -> Incident:
    """The incident with its queries and rules, in every language of `QUERIES`."""
    queries = {language: write(incident) for language, write in QUERIES.items()}
    return incident.model_copy(update={"queries": queries})
