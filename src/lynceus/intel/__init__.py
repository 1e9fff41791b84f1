"""Threat intelligence: feeds of indicators in, a store of what they say, and own incidents out.

    feed -> entries -> judged (`enrich.quarantine`) -> store -> matching form -> flows

What flows are compared with, and how, stands in `enrich/intel.py`; nothing here is asked while they
run.
"""
