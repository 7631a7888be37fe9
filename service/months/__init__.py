"""Months as they were reported: closed once as a fact, compared with what is known now (kpis.md §5)."""
