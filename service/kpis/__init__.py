"""One file per KPI: pure functions from a story and a moment to contributions (kpis.md §3)."""
