"""A small MSP whose figures are looked at: facts in one line each, and the ledger's view as a reader gets it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, Instant, isoformat
from models.policy import Policy
from service import desk
from service.desk import Pointer
from service.kpis.definition import Measure
from service.reading import Reader, View
from service.scorecards.cards import KpiFigure, Scorecard
from service.scorecards.scorecard import scorecard
from tests.projection.harness import GENERATION, Harness, at, webhook

NOON = "2026-09-14 12:00"
"""A Monday."""

CLIENT, INTERNAL, QUEUE = 7, 0, 29
ANN, BOB, CAT = 101, 102, 103
_FIELDS = {
    "sla_triage": ("firstResponseDateTime", "firstResponseDueDateTime"),
    "sla_engagement": ("resolutionPlanDateTime", "resolutionPlanDueDateTime"),
    "sla_completion": ("resolvedDateTime", "resolvedDueDateTime"),
}


class Shop:
    """One ledger, shown. ``tell`` facts; look with ``view()`` or ``card()``."""

    def __init__(
        self,
        database: Database,
        *,
        now: str = NOON,
        policy: Policy | None = None,
        measures: Mapping[str, Sequence[Measure]] | None = None,
    ) -> None:
        self.policy = policy or Policy(timezone="UTC")
        self.database = database
        self.harness = Harness(database, now=at(now), policy=self.policy, measures=measures)
        self.reader = Reader(database)
        self._numbers = itertools.count(1)
        self.put_in_force(self.policy)
        with database.write() as connection:
            desk.write_pointer(connection, Pointer(GENERATION, 1), self.harness.clock.now())

    def put_in_force(self, policy: Policy) -> None:
        """Another policy of the same meaning."""
        self.policy = policy
        with self.database.write() as connection:
            desk.write_policy(connection, policy, self.harness.clock.now())

    def tell(self, *facts: Fact) -> None:
        self.harness.tell(*facts)

    def decided(
        self, when: str, *, kpi: str = "sla_completion", met: bool = True, who: int = ANN, queue: int = QUEUE
    ) -> Fact:
        """A ticket of which one SLA event was decided at ``when``: met at its due date, or an hour after it."""
        happened, due = _FIELDS[kpi]
        decision = at(when)
        created = decision - HOUR
        fields = {
            "companyID": CLIENT,
            "queueID": queue,
            "assignedResourceID": who,
            "firstResponseInitiatingResourceID": who,
            "createDate": isoformat(created),
            due: isoformat(decision),
            happened: isoformat(decision if met else decision + HOUR),
        }
        return webhook("Ticket", next(self._numbers), created, fields, action="Create", received_at=created)

    def overdue(self, due: str, *, kpi: str = "sla_completion", who: int = ANN, queue: int = QUEUE) -> Fact:
        """A ticket that is due at ``due`` and of which nothing more is heard."""
        created = at(due) - HOUR
        fields = {
            "companyID": CLIENT,
            "queueID": queue,
            "assignedResourceID": who,
            "createDate": isoformat(created),
            _FIELDS[kpi][1]: isoformat(at(due)),
        }
        return webhook("Ticket", next(self._numbers), created, fields, action="Create", received_at=created)

    def resource(self, number: int, first: str, last: str, **fields: Any) -> Fact:
        """A Resource."""
        named = {"firstName": first, "lastName": last, "isActive": True, **fields}
        return webhook("Resource", number, self.harness.clock.now(), named)

    def worked(self, day: str, who: int, *, company: int = CLIENT) -> tuple[Fact, Fact]:
        """An hour's entry on a ticket of a company, and that ticket."""
        number, moment = next(self._numbers), at(day)
        ticket = webhook("Ticket", 1_000 + number, moment, {"companyID": company})
        entry = {"resourceID": who, "ticketID": 1_000 + number, "dateWorked": f"{day}T00:00:00", "hoursWorked": "1"}
        return ticket, webhook("TimeEntry", number, moment, entry)

    @contextmanager
    def view(self) -> Iterator[View]:
        """The figures as any reader gets them."""
        with self.reader.view() as view:
            yield view

    def card(self, window: str = "mtd") -> Scorecard:
        """A scorecard."""
        with self.view() as view:
            return scorecard(view, window)

    def figure(self, kpi: str = "sla_completion", window: str = "mtd", who: int | None = None) -> KpiFigure:
        """One figure of the team, or of one technician."""
        card = self.card(window)
        owner = card.team if who is None else next(one for one in card.technicians if one.tech_id == who)
        return next(figure for figure in owner.kpis if figure.kpi == kpi)

    @property
    def now(self) -> Instant:
        return self.harness.clock.now()

    def close(self) -> None:
        self.reader.close()
        self.harness.close()


@contextmanager
def open_shop(database: Database, *, now: str = NOON, policy: Policy | None = None) -> Iterator[Shop]:
    """A shop that is closed afterwards."""
    shop = Shop(database, now=now, policy=policy)
    try:
        yield shop
    finally:
        shop.close()
