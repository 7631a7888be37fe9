"""The desk's own metrics: open, unassigned, about to breach, created, completed, reopened, and months."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.autotask.picklists import PRIORITIES
from ingest.own import picklist_fact
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, isoformat
from models.ledger import NOBODY
from models.policy import KPI_KEYS, KpiPolicy, Policy
from models.settings_values import TechnicianLabel
from service.metrics import ledger
from service.metrics.technicians import shown_as
from service.scorecards.open_tickets import MOST_LISTED, OPEN_TICKETS
from service.scorecards.tech_months import TechMonths
from tests.metrics.text import check, samples, value
from tests.projection.harness import at, webhook
from tests.scorecards.shop import ANN, CLIENT, QUEUE, Shop, open_shop

NAME = "techscore_tech_score_month"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def rendered(shop: Shop, technician: TechnicianLabel = "name") -> bytes:
    """The metrics of the shop's ledger."""
    with shop.view() as view:
        return ledger.render(view, False, technician)


def test_open_tickets_by_queue_and_priority(shop: Shop) -> None:
    """A ticket is open in the queue and priority it has now, until it is completed."""
    shop.tell(shop.overdue("2026-09-14 15:00"), shop.overdue("2026-09-14 15:00", who=NOBODY))
    shop.tell(webhook("Ticket", 1, shop.now, {"priority": 3}, action="Update"))
    queue = {"queue": str(QUEUE)}
    text = rendered(shop)
    assert [1, 1, 1] == [
        value(text, "techscore_open_tickets", priority="3", **queue),
        value(text, "techscore_open_tickets", priority="none", **queue),
        value(text, "techscore_unassigned_tickets", **queue),
    ]

    shop.harness.clock.advance(1_000_000)
    shop.tell(webhook("Ticket", 1, shop.now, {"status": 5, "priority": 2}, action="Update"))
    text = rendered(shop)
    assert {(("priority", "none"), ("queue", "29")): 1} == samples(text)["techscore_open_tickets"]


def test_what_is_due_by_band(shop: Shop) -> None:
    """Each open event is in one band of its event and queue; known bands are 0."""
    for due in ("2026-09-14 11:00", "2026-09-14 12:10", "2026-09-14 12:50", "2026-09-14 16:00", "2026-09-16 10:00"):
        shop.tell(shop.overdue(due, kpi="sla_triage"))
    found = {
        dict(labels)["band"]: number
        for labels, number in samples(rendered(shop))["techscore_sla_at_risk"].items()
        if dict(labels)["event"] == "triage"
    }
    assert {"over": 1, "15m": 1, "30m": 0, "60m": 1, "today": 1, "later": 1} == found


def test_the_most_urgent_are_named(shop: Shop) -> None:
    """First what can still be kept, then what was just missed; with holder, or none."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"))
    shop.tell(shop.overdue("2026-09-14 11:30"), shop.overdue("2026-09-14 12:10", who=NOBODY))
    shop.tell(shop.overdue("2026-09-14 12:40"))
    text = rendered(shop)
    common = {"event": "completion", "queue": str(QUEUE)}
    assert [10, 40, -30] == [
        value(text, "techscore_sla_at_risk_ticket_minutes", slot=slot, ticket=ticket, tech=tech, **common)
        for slot, ticket, tech in (("01", "2", "none"), ("02", "3", "Ann Archer"), ("03", "1", "Ann Archer"))
    ]


def test_a_wall_has_room_for_fifteen(shop: Shop) -> None:
    """However many are late, the series stay few."""
    shop.tell(*(shop.overdue(f"2026-09-14 11:{minute}") for minute in range(10, 40)))
    assert MOST_LISTED == len(samples(rendered(shop))["techscore_sla_at_risk_ticket_minutes"])


def test_flow_by_queue(shop: Shop) -> None:
    """Created, completed and undone again, each in its queue and window."""
    shop.tell(shop.overdue("2026-09-14 15:00"), shop.overdue("2026-09-14 16:00"))
    for minute, status in ((1, 5), (20, 1)):
        shop.harness.clock.advance(minute * 60_000_000)
        shop.tell(webhook("Ticket", 1, shop.now, {"status": status}, action="Update"))
    shop.harness.clock.advance(30 * 60_000_000)
    shop.tell()
    text = rendered(shop)
    names = ("created", "completed", "reopened")
    assert [2, 1, 1] == [value(text, f"techscore_tickets_{name}", queue=str(QUEUE), window="today") for name in names]


def test_open_tickets_are_found_by_their_index(database: Database) -> None:
    """However long the history: the partial index alone tells them."""
    if database.is_sqlite:
        with open_shop(database) as shop, shop.view() as view:
            asked = str(OPEN_TICKETS.compile(view.connection, compile_kwargs={"literal_binds": True}))
            plan = str(view.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all())
        assert "USING COVERING INDEX ix_contribution_open" in plan


def test_months_of_the_team(shop: Shop) -> None:
    """A month with data has its value; one without has none; there are thirteen at most."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-08-03 09:00", met=False),
        shop.decided("2026-08-04 09:00"),
        shop.decided("2025-08-04 09:00"),
    )
    months = {
        dict(labels)["month"]: number
        for labels, number in samples(rendered(shop))["techscore_team_kpi_month_value"].items()
        if dict(labels)["kpi"] == "sla_completion"
    }
    assert {"2026-09": 1, "2026-08": 0.5} == months


def _whole_ticket(number: int, day: str) -> Iterator[Fact]:
    """A ticket that Ann was given, worked an hour on and completed in time: enough for five slots."""
    created = at(f"{day} 09:00")
    fields = {
        "companyID": CLIENT,
        "status": 1,
        "assignedResourceID": ANN,
        "estimatedHours": "1",
        "createDate": isoformat(created),
        "resolvedDueDateTime": isoformat(created + 8 * HOUR),
    }
    done = {"status": 5, "completedByResourceID": ANN, "resolvedDateTime": isoformat(created + HOUR)}
    entry = {
        "resourceID": ANN,
        "ticketID": number,
        "dateWorked": f"{day}T00:00:00",
        "hoursWorked": "1",
        "startDateTime": isoformat(created),
        "endDateTime": isoformat(created + HOUR),
        "createDateTime": isoformat(created + HOUR),
    }
    yield webhook("Ticket", number, created, fields, action="Create", received_at=created)
    yield webhook("TimeEntry", number, created + HOUR, entry, action="Create", received_at=created + HOUR)
    yield webhook("Ticket", number, created + HOUR, done, received_at=created + HOUR)


def test_scores_of_months_gone_by_come_in_one_by_one(shop: Shop) -> None:
    """The newest first, one at each rendering; worked out anew when the team's sums of that month change."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"), *_whole_ticket(901, "2026-07-06"), *_whole_ticket(902, "2026-08-03"))
    shop.put_in_force(Policy(timezone="UTC", kpis={key: KpiPolicy(minimum_sample=1) for key in KPI_KEYS}))
    kept = TechMonths()

    def look() -> dict[str, float]:
        with shop.view() as view:
            text = ledger.render(view, frozen=False, months=kept)
        return {dict(labels)["month"]: score for labels, score in samples(text).get(NAME, {}).items()}

    assert [["2026-08"], ["2026-07", "2026-08"]] == [sorted(look()), sorted(look())]
    before = look()
    shop.tell(shop.decided("2026-07-07 09:00", met=False))
    after = look()
    assert before["2026-08"] == after["2026-08"]
    assert before["2026-07"] > after["2026-07"]


def test_business_days_and_money(shop: Shop) -> None:
    """Days left count today; lost hours cost what the policy says an hour is worth."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"), *shop.worked("2026-09-11", ANN))
    text = rendered(shop)
    assert 13 == value(text, "techscore_month_business_days_left")
    lost = value(text, "techscore_lost_utilization_cost", window="mtd", currency="USD")
    companion = {"kpi": "utilization", "companion": "lost_utilization_cost", "window": "mtd"}
    assert lost == value(text, "techscore_team_companion", **companion)
    assert lost is not None


@pytest.mark.parametrize(("kind", "label"), [("name", "Ann van Dyk"), ("initials", "AVD"), ("id", "101")])
def test_a_technician_is_shown_as_the_settings_say(shop: Shop, kind: TechnicianLabel, label: str) -> None:
    """Every family that names people does it alike; ``tech_id`` is there in any case."""
    shop.tell(*shop.worked("2026-09-14", ANN), shop.resource(ANN, "Ann", "van Dyk"), shop.overdue("2026-09-14 12:10"))
    text = rendered(shop, kind)
    assert {label} == {
        dict(labels)["tech"]
        for name, found in samples(text).items()
        for labels in found
        if "tech" in dict(labels) and name != ""
    }


def test_a_name_without_letters_shows_the_id() -> None:
    """No series without a name."""
    assert "7" == shown_as("initials", 7, " ")


def test_promtool_reads_them(shop: Shop) -> None:
    """Names, help texts and format are as Prometheus wants them."""
    shop.tell(shop.overdue("2026-09-14 12:10"), shop.decided("2026-09-14 09:00"), *shop.worked("2026-09-14", ANN))
    check(rendered(shop))


def test_queues_and_priorities_are_named(shop: Shop) -> None:
    """Each queue and priority that a family speaks of has its name, its id while nobody has read the picklist;
    priorities have their place in it, which is Autotask's and not that of ids."""
    shop.tell(shop.overdue("2026-09-14 15:00"), shop.overdue("2026-09-14 15:00"))
    shop.tell(webhook("Ticket", 1, shop.now, {"priority": 3}, action="Update"))
    shop.tell(picklist_fact(PRIORITIES.id, {4: "Critical", 3: "High", 1: "Low"}, at=shop.now, received_at=shop.now))
    text = rendered(shop)
    assert {(("name", str(QUEUE)), ("queue", str(QUEUE))): 1} == samples(text)["techscore_queue_info"]
    assert {
        (("name", "High"), ("place", "02"), ("priority", "3")): 1,
        (("name", "no priority"), ("place", "99"), ("priority", "none")): 1,
    } == samples(text)["techscore_priority_info"]
