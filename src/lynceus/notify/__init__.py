"""Incidents to people and tools: who is told what, when, and through which channel.

`dispatch.py` writes what is to be told into the outbox of the ledger, `delivery.py` takes it from
there to the channels. Nothing here is waited for by what finds incidents.
"""
