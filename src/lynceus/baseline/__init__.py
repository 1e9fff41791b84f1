"""What is usual here: learned from the site's own hours, and how far an hour is from it.

    rows        hours of hosts, pairs and services, from the tables of `features/profile.py`
    history     those of up to 30 days, bounded; suspicious ones only as far as they were expected
    norms       what is usual: medians and quantiles by entity, season, role, segment and site
    surprise    how far an hour is from its norm
    tails       surprise as a probability, by the site's own past
    budget      the surprise from which on a person is told, solved for so many incidents a day

A `State` (`state.py`) holds all of it for a directory; `learning.py` moves it on day by day.
Nothing here reads a clock, and nothing needs a training library.
"""
