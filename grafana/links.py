"""Where dashboards lead: to each other by their fixed uids, and to the pages of Techscore behind each number."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

WALL, SCORECARD, TECHNICIAN = "techscore-wall", "techscore-scorecard", "techscore-technician"
SLA, PROFITABILITY, HEALTH = "techscore-sla", "techscore-profitability", "techscore-health"
TITLES = {
    WALL: "Service wall",
    SCORECARD: "Tech Balanced Scorecard",
    TECHNICIAN: "Technician",
    SLA: "SLA",
    PROFITABILITY: "Profitability",
    HEALTH: "Techscore health",
}
PAGES = "${techscore}"


def link(title: str, url: str) -> DashboardLink:
    """A link of a panel, a field or a dashboard."""
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(url.startswith(PAGES))


def data_link(title: str, url: str) -> dict[str, object]:
    """The same as an override writes it."""
    return {"title": title, "url": url, "targetBlank": url.startswith(PAGES)}


def board(uid: str, query: str = "") -> str:
    """The address of a dashboard in the same Grafana."""
    return f"/d/{uid}" + (f"?{query}" if query else "")


def technician(tech_id: str) -> str:
    """The dashboard of a technician."""
    return board(TECHNICIAN, f"var-technician={tech_id}")


def evidence(kpi: str, query: str = "window=mtd") -> str:
    """The page with the tickets and entries behind a figure."""
    return f"{PAGES}/kpis/{kpi}?{query}"
