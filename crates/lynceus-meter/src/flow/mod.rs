//! Packets to flows: the table, its timers, the statistics and their Arrow columns.
