"""What a month's workbook tells: the cards of thirteen months, and the contributions that the month consists of.

Whoever sees one technician only gets the team's figures as numbers and that technician's rows: the team's evidence
would tell about others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from models.entities import ENDPOINT
from models.errors import ConfigurationError
from models.instants import Day
from models.ledger import NOBODY, NONE
from service.access.scopes import Need, Principal
from service.access.visibility import visible
from service.reading import View
from service.scorecards import roster
from service.scorecards.cards import Card, Scorecard
from service.scorecards.evidence import Asking, Evidence, count_rows, every_row
from service.scorecards.scopes import company_names, queue_names
from service.scorecards.scorecard import Board
from service.scorecards.sums import read_spell_shares
from service.scorecards.terms import Terms
from service.scorecards.windows import Window, month_name, months_back, parse_month

MONTHS = 13


class Row(NamedTuple):
    """One contribution. Numbers in millionths; ids are -1 for nobody and none."""

    kpi: str
    ticket_number: str
    ticket_id: int | None
    tech_id: int
    queue_id: int
    company_id: int
    day: Day
    numerator: int
    denominator: int
    sample: int
    outcome: str
    reason: str
    provisional: int
    subject_type: str
    subject_id: int
    rule: str


@dataclass(frozen=True)
class Months:
    """Thirteen months, the one asked for last; ``cards`` of the team (``None``) and of technicians, by month."""

    names: tuple[str, ...]
    cards: dict[int | None, tuple[Card | None, ...]]


class Content:
    """A month as one view of the figures has it, cut to what a principal may see."""

    def __init__(self, view: View, month: str, principal: Principal) -> None:
        self.view = view
        self.board = Board(view)
        self.principal = principal
        self.card: Scorecard = visible(self.board.scorecard(month), principal)

    @property
    def month(self) -> Window:
        return self.card.window

    @property
    def terms(self) -> tuple[Terms, ...]:
        return self.board.terms

    @property
    def tells_all(self) -> bool:
        """Whether the evidence of everybody is part of it."""
        return self.principal.may(Need.READ)

    @cached_property
    def months(self) -> Months:
        """The cards of thirteen months; ``None`` where somebody had no row."""
        last = parse_month(self.month.name)
        names = tuple(month_name(months_back(last, back)) for back in reversed(range(MONTHS)))
        told = [visible(self.board.scorecard(name), self.principal) for name in names]
        by_month = [{one.tech_id: one for one in (card.team, *card.technicians)} for card in told]
        whom: list[int | None] = [None, *(one.tech_id for one in self.card.technicians)]
        return Months(names, {one: tuple(cards.get(one) for cards in by_month) for one in whom})

    def count(self) -> int:
        """At most so many rows of evidence."""
        connection = self.view.connection
        rows = sum(count_rows(connection, self._asking(terms)) for terms in self.terms)
        return rows + sum(1 for terms in self.terms for _ in self._spell_rows(terms))

    def rows(self) -> Iterator[Row]:
        """Every contribution to the month's figures, KPI by KPI, newest first."""
        for terms in self.terms:
            for one in every_row(self.view.connection, self._asking(terms)):
                yield _row(terms.key, one)
            yield from self._spell_rows(terms)

    @cached_property
    def queues(self) -> dict[int, str]:
        return dict(queue_names(self.view.connection))

    def company(self, company_id: int) -> str:
        """A company's name, its id while no fact names it; empty for none."""
        if company_id not in self._companies:
            found = company_names(self.view.connection, [company_id]).get(company_id) if company_id >= 0 else ""
            self._companies[company_id] = str(company_id) if found is None else found
        return self._companies[company_id]

    def technician(self, tech_id: int) -> str:
        """A technician's name; empty for nobody."""
        if tech_id not in self._people:
            self._people[tech_id] = roster.names(self.view.connection, [tech_id]).get(tech_id, "")
        return self._people[tech_id]

    @cached_property
    def _companies(self) -> dict[int, str]:
        return {}

    @cached_property
    def _people(self) -> dict[int, str]:
        return {}

    def _asking(self, terms: Terms) -> Asking:
        days = self.board.own_window(terms.key, self.month)
        return Asking(
            measure=terms.key,
            first_day=days.first_day,
            last_day=days.last_day,
            tech_id=None if self.tells_all else self.principal.technician_id,
        )

    def _spell_rows(self, terms: Terms) -> Iterator[Row]:
        """What comes and goes (endpoints): one row each and company, with the shares of its days in the month."""
        if not terms.definition.spells or not self.tells_all:
            return
        first_day, last_day = self.month.first_day, min(self.month.last_day, self.board.today)
        for subject_id, company_id, day, share in read_spell_shares(
            self.view.connection, terms.definition.spells, first_day, last_day
        ):
            yield _spell(terms.key, subject_id, company_id, day, share)


def month_asked(text: str) -> str:
    """``YYYY-MM`` as it was asked for on the command line; ``ConfigurationError`` for a text that is no month."""
    try:
        return month_name(parse_month(text))
    except ValueError:
        raise ConfigurationError(f"{text[:40]!r} is no month; write YYYY-MM") from None


def _row(kpi: str, one: Evidence) -> Row:
    return Row(
        kpi=kpi,
        ticket_number=one.ticket_number or ("" if one.ticket_id is None else f"#{one.ticket_id}"),
        ticket_id=one.ticket_id,
        tech_id=one.tech_id,
        queue_id=one.queue_id,
        company_id=one.company_id,
        day=one.cursor.day,
        numerator=one.numerator,
        denominator=one.denominator,
        sample=one.sample,
        outcome=one.outcome,
        reason=one.reason,
        provisional=one.provisional,
        subject_type=one.cursor.subject_type,
        subject_id=one.cursor.subject_id,
        rule=one.rule,
    )


def _spell(kpi: str, subject_id: int, company_id: int, day: Day, share: int) -> Row:
    nobody = (NOBODY, NONE, company_id)
    return Row(kpi, "", None, *nobody, day, 0, share, 0, "counted", "", 0, ENDPOINT, subject_id, "")
