"""What is kept: the lake of flows, events and roll-ups as Parquet, by day and hour."""
