"""What tests of parked items share: tickets with an SLA, KPIs that raise, looks at what is set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models.inbox import Fact
from models.instants import Instant
from models.ledger import LEDGER_METADATA
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Measure
from service.kpis.registry import by_subject
from service.projection.retry import ParkedItems
from service.projection.story import EntryStory, Moment, Story, TicketStory
from tests.projection.harness import Harness, at, webhook

START = at("2026-09-14 08:00")
DUE = "2026-09-14T10:00:00Z"

NewHarness = Callable[..., Harness]


def ticket(number: int, when: Instant = START, **fields: Any) -> Fact:
    return webhook("Ticket", number, when, {"status": 1, "firstResponseDueDateTime": DUE} | fields)


def reasons(harness: Harness) -> dict[int, str]:
    return {row["subject_id"]: row["reason"] for row in harness.contributions("sla_triage")}


def items_of(harness: Harness) -> ParkedItems:
    """What the leader of term 0 (no leader ever was) does with a harness's parked items."""
    return ParkedItems(harness.main, harness.ledger, harness.projector, term=0)


def tick_of(harness: Harness) -> int:
    (row,) = harness.dump(["progress"])["progress"]
    return int(row[-1])


def parked_rows(harness: Harness) -> list[dict[str, Any]]:
    parked = LEDGER_METADATA.tables["parked"]
    with harness.ledger.read() as connection:
        return [dict(row) for row in connection.execute(select(parked).order_by(parked.c.item_id)).mappings()]


def parked_row(harness: Harness) -> dict[str, Any]:
    (row,) = parked_rows(harness)
    return row


def position_of(harness: Harness, kind: str = "event") -> int:
    """The position of the one parked event."""
    (row,) = (row for row in parked_rows(harness) if row["kind"] == kind)
    return int(row["item_id"])


def parked_of(harness: Harness) -> list[tuple[str, str, str]]:
    """``(kind, item type, reason)`` of what is set aside."""
    parked = LEDGER_METADATA.tables["parked"]
    with harness.ledger.read() as connection:
        rows = connection.execute(select(parked.c.kind, parked.c.item_type, parked.c.reason).order_by(parked.c.kind))
        return [tuple(row) for row in rows]


def with_measure(measure: Measure) -> Mapping[str, Sequence[Measure]]:
    """The real measures and one more of tickets."""
    real = by_subject()
    return {**real, "Ticket": (*real["Ticket"], measure)}


class Broken:
    """A measure that raises where a ticket's tracked field has a value, until mended."""

    key = "broken"
    subject_type = "Ticket"
    revision = 1

    def __init__(self, on: str, value: int) -> None:
        self._on = on
        self._value = value
        self.mended = False

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Nothing, or an error."""
        assert isinstance(story, TicketStory | EntryStory)
        if story.state.tracked(self._on) == self._value and not self.mended:
            raise KeyError(self._on)
        return Verdict()


class TooBig:
    """A measure that gives a ticket of status 99 a number no database takes."""

    key = "too_big"
    subject_type = "Ticket"
    revision = 1

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Nothing, or 2^70."""
        assert isinstance(story, TicketStory)
        if story.state.tracked("status") != 99:
            return Verdict()
        return Verdict((Contribution(measure=self.key, day=20260914, happened_at=START, numerator=2**70),))
