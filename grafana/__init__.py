"""Dashboards for Grafana, made of the KPIs there are; the JSON under ``dashboards/`` is what this package writes."""
