"""Windows as first and last local day (kpis.md §5)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def window_days(name: str, today: date) -> tuple[date, date]:
    """The days of a window, both included; every window ends today at the latest."""
    rolling = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
    if name in rolling:
        return today - timedelta(days=rolling[name] - 1), today
    if name == "wtd":
        return today - timedelta(days=today.weekday()), today
    if name == "mtd":
        return today.replace(day=1), today
    if name == "last_month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    year, month = (int(part) for part in name.split("-"))
    return date(year, month, 1), min(date(year, month, monthrange(year, month)[1]), today)


def kpi_days(kpi: str, days: tuple[date, date]) -> tuple[date, date]:
    """A KPI's own window: surveys take the 90 days ending with the window's last day."""
    return (days[1] - timedelta(days=89), days[1]) if kpi == "client_survey" else days
