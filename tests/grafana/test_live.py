"""Every expression of every dashboard, asked of a real Prometheus that scrapes the real service after two weeks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grafana import promql
from grafana.scorecard import OF_TECHNICIANS
from models.clock import WallClock
from models.instants import local_day
from models.policy import Policy
from service.kpis.registry import KPIS
from service.metrics.ledger import WINDOWS
from simulator.tenancy import Tenancy
from simulator.world.policy import policy_text
from tests.door import TOKEN, sign
from tests.e2e.running import Service, event, until
from tests.grafana import checks
from tests.grafana.picture import wrong
from tests.grafana.test_dashboards import DASHBOARDS
from tests.grafana.watched import Watched, value_of

DAYS = 14
ENOUGH = "".join(f"\n[kpis.{kpi.key}]\nminimum_sample = 1\n" for kpi in KPIS)
"""Two weeks are few; with this they are enough for a score."""
PATIENCE_SECONDS = 120.0
STALE_SECONDS = 240.0
"""Over three minutes, when figures are stale, and under five, when Prometheus forgets them."""
MONTH = {"window": "30d"}
FIRST_DAYS = 3
SEEN = (
    'techscore_webhook_rejections_total{reason="signature_wrong"} > 0',
    'techscore_inbox_events_total{entity="Ticket",outcome="stored"} > 0',
    "techscore_parked_oldest_timestamp_seconds",
    "min(count_over_time(techscore_as_of_timestamp_seconds[30s])) > 5",
)
SCORED = ('techscore_tech_score{window="30d"}', "techscore_tech_score_month")
"""What everybody has who has a score."""
QUIET: Mapping[str, str] = {
    r".*: target, decided, misses left [CDE]": "of *misses left*, *few* and *overdrawn* one is so",
    r".* Time written down [AB]": "either enough is written down or not",
    r".* Utilization by technician [ABC]": "somebody is in each class, or nobody",
    r".* Z": "figures are fresh",
    r"techscore-health Scraped by Prometheus B": "nothing is down",
    r"techscore-health Ledger against its facts A": "the worker verifies for the first time after 15 minutes",
}
"""Queries that may be without an answer although all is there: a pattern of dashboard, panel and query, and why."""
QUIET_AT_FIRST: Mapping[str, str] = {
    r"techscore-technician Focus: what costs most A": "month to date",
    r"techscore-technician Effect on the score.* A": "month to date",
    r"techscore-technician Against target G": "month to date",
}
"""The same in the first days of a month, when little is counted in it."""


def started(folder: Path, **settings: str) -> Service:
    """A service that is ready, on a database of its own, which tells dashboards where it is."""
    service = Service(folder, f"sqlite:///{folder / 'techscore.db'}", **settings)
    service.environment["TECHSCORE_PUBLIC_URL"] = f"http://127.0.0.1:{service.port}"
    return service


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A desk with a past and a present: read, counted, scraped; with an event set aside and one refused."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "scorecard.toml").write_text(policy_text() + ENOUGH, encoding="utf-8")
    tenancy = Tenancy(seed=1, days=DAYS, speed=600.0)
    service = started(
        folder,
        POLICY_FILE=str(folder / "scorecard.toml"),
        AUTOTASK_USERNAME=tenancy.account.username,
        AUTOTASK_SECRET=tenancy.account.secret,
        AUTOTASK_INTEGRATION_CODE=tenancy.account.integration_code,
        AUTOTASK_ZONE_URL=tenancy.zone_url,
        AUTOTASK_HOURLY_BUDGET="10000",
    )
    until("the past", tenancy.has_past)
    installed = service.run("webhooks", "install")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    watched = Watched(folder, service.start().wait_ready(PATIENCE_SECONDS))
    try:
        read = service.run("backfill", "--since", f"{DAYS}d")
        assert read.returncode == 0, read.stdout + read.stderr
        until("every KPI to have a figure", lambda: all_measured(service), PATIENCE_SECONDS)
        events_come_in(service)
        until("Prometheus to have seen it", lambda: all(map(watched.has, SEEN)), PATIENCE_SECONDS)
        until("Prometheus to have everybody's scores", lambda: everybody_seen(watched), PATIENCE_SECONDS)
        yield watched
    finally:
        watched.close()
        tenancy.close()


def scorecard(service: Service) -> dict[str, Any]:
    """That of the last 30 days, as the API has it."""
    document: dict[str, Any] = service.client.get("/api/v1/scorecard", params={"window": "30d"}).json()
    return document


def everybody_seen(watched: Watched) -> bool:
    """Whether Prometheus, which scrapes once a second, has every score that the API has."""
    technicians = scorecard(watched.service)["technicians"]
    everybody = {str(one["tech_id"]) for one in technicians if one["score"] is not None}
    return all(everybody <= {one["metric"]["tech_id"] for one in watched.ask(query)} for query in SCORED)


def all_measured(service: Service) -> bool:
    """Whether the scorecard is complete, and all technicians have a score."""
    document = scorecard(service)
    kpis = document.get("team", {}).get("kpis", ())
    scores = [one["score"] for one in document.get("technicians", ())]
    return bool(kpis) and all(one["value"] is not None for one in kpis) and None not in scores


def events_come_in(service: Service) -> None:
    """One that is counted, one that cannot be read, one that somebody else signed."""
    now = WallClock().now()
    service.post(event("Ticket", 990_001, now, {"status": 1}))
    service.post(b'{"Action": "Nonsense", "EntityType": "Ticket", "Id": 1}')
    forged = {"X-Hook-Signature": sign(b"{}", "another secret")}
    assert 401 == service.client.post(f"/webhooks/autotask/{TOKEN}", content=b"{}", headers=forged).status_code


def quiet(uid: str, title: str, ref: str) -> bool:
    """Whether a query may be without an answer."""
    early = local_day(WallClock().now(), Policy().zone) % 100 <= FIRST_DAYS
    reasons = {**QUIET, **(QUIET_AT_FIRST if early else {})}
    return any(re.fullmatch(place, f"{uid} {title} {ref}") for place in reasons)


@pytest.fixture(params=DASHBOARDS)
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each committed dashboard."""
    return DASHBOARDS[request.param]


def test_every_expression_answers(lived: Watched, dashboard: dict[str, Any]) -> None:
    """Each query of each panel gives series, no number is NaN, and legends, tables, overrides and links find labels."""
    chosen = lived.choose(dashboard)
    assert [] == [name for name, value in chosen.items() if not value]
    silent, lost = [], []
    drawn_by_none = lines_without_figures(lived, chosen.get("technician", ""))
    for panel in checks.panels(dashboard):
        answers = lived.panel(panel, chosen | MONTH)
        where = f"{dashboard['uid']} {panel['title']}"
        silent += [f"{where} {ref}" for ref, series in answers.items() if not series]
        lost += [f"{where}: {what}" for what in wrong(panel, answers) if f"{where}: {what}" not in drawn_by_none]
        if answers and not any(answers.values()):
            assert quiet(dashboard["uid"], panel["title"], "A"), f"{where} is empty"
    assert [] == lost
    assert [] == [one for one in silent if not quiet(dashboard["uid"], one[len(dashboard["uid"]) + 1 : -2], one[-1])]


def lines_without_figures(lived: Watched, technician: str) -> set[str]:
    """The overrides of KPIs that a technician has no figure of (nobody was surveyed): these have no line to style."""
    told = lived.ask(f'techscore_tech_kpi_value{{window="30d",tech_id="{technician}"}}')
    unmeasured = {one.key for one in OF_TECHNICIANS} - {one["metric"]["kpi"] for one in told}
    history = "techscore-technician Own history: each KPI over 30 days"
    return {f"{history}: override of {promql.title(kpi)}" for kpi in unmeasured}


def test_every_window_answers(lived: Watched) -> None:
    """Also where the chosen window has little: a state, never an error and never NaN."""
    for dashboard in DASHBOARDS.values():
        chosen = lived.choose(dashboard)
        for window in set(WINDOWS) - {MONTH["window"]} if "window" in chosen else ():
            for panel in checks.panels(dashboard):
                lived.panel(panel, chosen | {"window": window})


def test_the_technician_is_found_whatever_the_label_shows(lived: Watched) -> None:
    """By id, with the name to choose by, as by initials or id."""
    variable = checks.variables(DASHBOARDS["technician"])["technician"]
    series = lived.ask(checks.expression_of(variable["query"]["query"]))
    assert len(series) >= 8
    for tech in (series[0]["metric"]["tech"], "AO", "29682885", 'Ann "the fixer" O\'Neil', "Ann \\ Núñez"):
        shown = {"metric": {"tech": tech.replace("\\", "\\\\").replace('"', '\\"'), "tech_id": "29682885"}}
        assert "29682885" == value_of(variable, shown | {"value": [0, "17"]})


def test_stale_figures_say_so(lived: Watched) -> None:
    """Four minutes without news: the banner and every tile, in words."""
    wall = DASHBOARDS["wall"]
    states = states_of(lived, wall, later=STALE_SECONDS)
    assert {"STALE · nothing has moved since"} == states.pop("Figures as of")
    del states["Autotask"]
    assert states
    assert {title: {promql.STALE} for title in states} == states


@pytest.mark.parametrize("name", sorted(DASHBOARDS.keys() - {"health"}))
def test_no_stale_figure_looks_fresh(lived: Watched, name: str) -> None:
    """Tables and bars fall silent, what is left says STALE; the banner and Autotask speak for themselves."""
    chosen = lived.choose(DASHBOARDS[name]) | MONTH
    for panel in checks.panels(DASHBOARDS[name]):
        if panel["title"] not in checks.ALWAYS_TOLD and panel["type"] not in {"text", "timeseries"}:
            series = [one for each in lived.panel(panel, chosen, STALE_SECONDS).values() for one in each]
            assert {promql.STALE} >= {one["metric"].get("state", "a figure") for one in series}, panel["title"]
            assert series or panel["type"] != "stat" or "technicians" in panel["title"].lower(), panel["title"]


def states_of(watched: Watched, dashboard: dict[str, Any], later: float = 0) -> dict[str, set[str]]:
    """The words of each tile that has words."""
    found = {}
    for panel in checks.panels(dashboard):
        series = [one for each in watched.panel(panel, MONTH, later).values() for one in each]
        if panel["type"] == "stat" and any("state" in one["metric"] for one in series):
            found[panel["title"]] = {one["metric"]["state"] for one in series}
    return found


def test_a_service_that_is_gone_is_told_from_a_stale_one(lived: Watched) -> None:
    """Last of all: the service ends, and the banner says that nobody answers; no tile shows an old number."""
    lived.service.stop()
    until("the scrapes to fail", lambda: not lived.has("up == 1"), PATIENCE_SECONDS)
    states = states_of(lived, DASHBOARDS["wall"])
    assert {"Figures as of": {"NOT REACHABLE · Techscore does not answer"}} == states


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A service that has heard nothing yet."""
    folder = tmp_path_factory.mktemp("empty")
    watched = Watched(folder, started(folder).start().wait_ready(PATIENCE_SECONDS))
    try:
        until("a scrape", lambda: watched.has("techscore_kpi_target and on () up"), PATIENCE_SECONDS)
        yield watched
    finally:
        watched.close()


def test_an_empty_desk_is_told_from_a_broken_one(empty: Watched) -> None:
    """The banner is live, tiles say that there is no data or that a KPI cannot be measured; no number is made up."""
    states = states_of(empty, DASHBOARDS["wall"])
    assert {"LIVE · figures as of"} == states.pop("Figures as of")
    assert {"no feed set up"} == states.pop("Autotask")
    assert {promql.EMPTY, promql.UNMEASURED} == {word for words in states.values() for word in words}
    assert len(states) == 6


def test_nothing_about_to_breach_is_told(empty: Watched) -> None:
    """In words, where a list would stand."""
    panel = next(one for one in checks.panels(DASHBOARDS["wall"]) if one["title"].startswith("About to breach"))
    assert ["Nothing is about to breach"] == [one["metric"]["what"] for one in empty.panel(panel, {})["A"]]


def test_every_expression_can_be_asked_of_an_empty_desk(empty: Watched) -> None:
    """No error, no NaN, and nothing that legends, tables and links would miss."""
    for dashboard in DASHBOARDS.values():
        chosen = empty.choose(dashboard)
        for panel in checks.panels(dashboard):
            answers = empty.panel(panel, chosen | MONTH)
            assert [] == [one for one in wrong(panel, answers) if not one.startswith("override")]
