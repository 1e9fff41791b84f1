"""Features: named, documented numbers about a flow, a host or a pair in a window.

`features.json` and `events.json` specify the columns of flows and events; `window.py` is the only
windowed counting there is; the other files define the window tables that detectors read.
"""
