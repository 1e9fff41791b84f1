"""Facts about the ends of a flow, the names and the fingerprints in it."""
