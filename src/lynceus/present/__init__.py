"""The faces of an analysis: terminal, JSON lines, tables, report. A face shows, it never judges."""
