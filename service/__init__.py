"""The way out: projection, KPIs, scorecards, API, metrics, pages, commands."""
