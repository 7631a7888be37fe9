"""The metrics of a ledger: every figure as a gauge, exact, from one view (design §6).

Rendered by the leading worker into the snapshot row. Numerators and denominators are in natural units (a
ticket is 1), a value without data is absent. Labels: ``tech`` the name as Autotask has it (or initials, or the id: a
setting), ``tech_id`` what tells two of one name apart, ``queue`` the queue's id or ``none``, ``event`` an SLA event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial

from models.entities import MILLION
from models.instants import SECOND
from models.ledger import Scope
from models.settings_values import TechnicianLabel
from service.coaching.kept import KeptStandings
from service.metrics import coaching, tickets
from service.metrics.families import Families
from service.metrics.technicians import shown_as
from service.metrics.tickets import queue_label
from service.reading import View
from service.scorecards.burn import burn, business_calendar, event_of
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.measurability import TEAM_ID
from service.scorecards.months import team_sums, team_values
from service.scorecards.roster import names
from service.scorecards.scorecard import Board
from service.scorecards.sums import Decisions
from service.scorecards.tech_months import TechMonths
from service.scorecards.unchanged import Unchanged

WINDOWS = ("today", "30d", "mtd")
PRESENT = "mtd"
"""The month to date: its cards are those of the present month."""
LOST = "lost_utilization_cost"
_NO_DECISIONS = Decisions(0, 0)

_FIGURES = {
    "numerator": "Sum of numerators, natural units.",
    "denominator": "Sum of denominators, natural units.",
    "value": "Numerator over denominator; absent without data or when not measurable.",
    "sample_size": "How many things were counted.",
    "sufficient": "1 when the sample reaches the KPI's minimum.",
    "provisional": "How many counted contributions may still change by themselves.",
}
_SCOPES = {"team": ("kpi", "window"), "tech": ("kpi", "window", "tech", "tech_id"), "queue": ("kpi", "window", "queue")}
_SPAN = ("event", "span", "queue")
_OTHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tech_kpi_attainment": ("The way from floor to target that the value has gone, 0 to 1.", _SCOPES["tech"]),
    "tech_score": ("Tech score, 0 to 100; absent while fewer than five slots count.", ("window", "tech", "tech_id")),
    "tech_focus": ("1 for the KPI that costs the technician most, month to date.", ("tech", "tech_id", "kpi")),
    "tech_kpi_effect": (
        "Points of the tech score that a KPI costs, month to date; absent where it does not count.",
        ("tech", "tech_id", "kpi"),
    ),
    "tech_companion": ("A figure beside a technician's KPI.", ("kpi", "companion", "window", "tech", "tech_id")),
    "team_score": ("Team score, 0 to 100; absent while fewer than five slots count.", ("window",)),
    "team_companion": ("A figure beside a KPI of the team.", ("kpi", "companion", "window")),
    "kpi_target": ("The target in force.", ("kpi",)),
    "kpi_floor": ("The floor in force, where attainment is 0.", ("kpi",)),
    "kpi_measurable": ("1 when the KPI can be measured here.", ("kpi",)),
    "kpi_info": (
        "A KPI's title, direction and why it cannot be measured; always 1.",
        ("kpi", "title", "direction", "reason"),
    ),
    "sla_span_decisions": ("SLA decisions in a span of business time ending now.", _SPAN),
    "sla_span_misses": ("SLA misses in a span of business time ending now.", _SPAN),
    "sla_burn_rate": ("Share of misses over the share the target allows; absent without decisions.", ("event", "span")),
    "sla_misses_allowed": ("Misses the target allows this month.", ("event",)),
    "sla_misses_left": ("Misses allowed less misses so far this month; negative when overdrawn.", ("event",)),
    "month_business_days_left": ("Business days of this month whose end is to come, today's included.", ()),
    "team_kpi_month_value": ("The team's value in each of the last thirteen months, as corrected.", ("kpi", "month")),
    "tech_score_month": (
        "Tech score of each of the last thirteen months, as corrected; those gone by come in one at each rendering.",
        ("tech", "tech_id", "month"),
    ),
    "lost_utilization_cost": ("What the hours below the team's target for utilization cost.", ("window", "currency")),
    **tickets.FAMILIES,
    **coaching.FAMILIES,
    "as_of_timestamp_seconds": ("The ledger's time: everything from it is true at this moment.", ()),
    "clock_frozen": ("1 while TECHSCORE_NOW holds the clock still.", ()),
}


def render(
    view: View,
    frozen: bool,
    technician: TechnicianLabel = "name",
    months: TechMonths | None = None,
    plans: KeptStandings | None = None,
    unchanged: Unchanged | None = None,
) -> bytes:
    """Everything there is to say of a ledger, as Prometheus text.

    ``technician``: what the label ``tech`` shows; ``months``, ``plans``: the scores of months gone by and how coaching
    plans stand, kept from one rendering to the next; without them they are left out. ``unchanged``: what still holds of
    the rendering before, of a ledger that this process writes.
    """
    families = declared()
    kept = Unchanged() if unchanged is None else unchanged
    board = Board(view, kept)
    queues = board.queues()
    shortest_first = sorted((board.window(name) for name in WINDOWS), key=lambda days: -days.first_day)
    cards = {days.name: board.scorecard(days.name) for days in shortest_first}
    in_queues = {days.name: board.figures(days, Scope.QUEUE, queues) for days in shortest_first}
    for name in WINDOWS:
        card = cards[name]
        _add_team(families, card, view.policy.currency)
        _add_technicians(families, card, technician)
        for queue_id, figures in in_queues[name].items():
            make = partial(_of_queue, families, figures, name, queue_label(queue_id))
            families.put(kept.made((name, queue_id), figures, make))
        tickets.add_flow(families, board, card.window, queues)
    _add_kpis(families, board)
    _add_sla(families, board, queues)
    tickets.add_tickets(families, board, queues, partial(shown_as, technician))
    _add_months(families, board, technician, months, cards[PRESENT])
    if plans is not None:
        _add_plans(families, board, technician, plans)
    families.add("as_of_timestamp_seconds", view.as_of / SECOND)
    families.add("clock_frozen", int(frozen))
    return families.render()


def declared() -> Families:
    families = Families()
    for scope, labels in _SCOPES.items():
        for name, documentation in _FIGURES.items():
            families.declare(f"{scope}_kpi_{name}", documentation, labels)
    for name, (documentation, labels) in _OTHERS.items():
        families.declare(name, documentation, labels)
    return families


def _add_figures(families: Families, scope: str, figures: Iterable[KpiFigure], window: str, *labels: str) -> None:
    for figure in figures:
        samples = (
            (f"{scope}_kpi_numerator", figure.numerator / MILLION),
            (f"{scope}_kpi_denominator", figure.denominator / MILLION),
            (f"{scope}_kpi_value", _number(figure.value)),
            (f"{scope}_kpi_sample_size", figure.sample_size),
            (f"{scope}_kpi_sufficient", int(figure.sufficient)),
            (f"{scope}_kpi_provisional", figure.provisional),
        )
        families.add_alike(samples, figure.kpi, window, *labels)


def _of_queue(families: Families, figures: Iterable[KpiFigure], window: str, queue: str) -> Mapping[str, str]:
    part = families.part()
    _add_figures(part, "queue", figures, window, queue)
    return part.samples()


def _add_team(families: Families, card: Scorecard, currency: str) -> None:
    name = card.window.name
    _add_figures(families, "team", card.team.kpis, name)
    families.add("team_score", _number(card.team.score), name)
    for figure in card.team.kpis:
        for companion, value in figure.companions.items():
            families.add("team_companion", _number(value), figure.kpi, companion, name)
            if companion == LOST:
                families.add("lost_utilization_cost", _number(value), name, currency)


def _add_technicians(families: Families, card: Scorecard, technician: TechnicianLabel) -> None:
    for one in card.technicians:
        made = f"samples by {technician}"
        if made not in one.made and one.tech_id is not None:
            part = families.part()
            label = shown_as(technician, one.tech_id, one.name)
            _add_technician(part, one, card.window.name, (label, str(one.tech_id)))
            one.made[made] = part.samples()
        families.put(one.made[made])


def _add_technician(families: Families, card: Card, window: str, tech: tuple[str, str]) -> None:
    _add_figures(families, "tech", card.kpis, window, *tech)
    families.add("tech_score", _number(card.score), window, *tech)
    if window == PRESENT:
        if card.focus is not None:
            families.add("tech_focus", 1, *tech, card.focus)
        for kpi, effect in card.effects.items():
            families.add("tech_kpi_effect", float(100 * effect), *tech, kpi)
    for figure in card.kpis:
        families.add("tech_kpi_attainment", _number(figure.attainment), figure.kpi, window, *tech)
        for companion, value in figure.companions.items():
            families.add("tech_companion", _number(value), figure.kpi, companion, window, *tech)


def _add_months(
    families: Families, board: Board, technician: TechnicianLabel, kept: TechMonths | None, present: Scorecard
) -> None:
    sums = team_sums(board)
    for kpi, month, value in team_values(board, sums):
        families.add("team_kpi_month_value", float(value), kpi, month)
    for one in () if kept is None else kept.look(board, sums):
        label = shown_as(technician, one.tech_id, one.name)
        families.add("tech_score_month", float(one.score), label, str(one.tech_id), one.month)
    for card in present.technicians:
        if card.tech_id is not None:
            tech = (shown_as(technician, card.tech_id, card.name), str(card.tech_id))
            families.add("tech_score_month", _number(card.score), *tech, max(month.name for month in sums))


def _add_plans(families: Families, board: Board, technician: TechnicianLabel, kept: KeptStandings) -> None:
    found = kept.look(board)
    people = names(board.view.connection, {one.plan.tech_id for one in found})
    labels = {tech_id: shown_as(technician, tech_id, name) for tech_id, name in people.items()}
    coaching.add_plans(families, found, labels.__getitem__, board.view.policy.zone)


def _add_kpis(families: Families, board: Board) -> None:
    for terms in board.terms:
        reason = board.reasons.get(terms.key, "")
        families.add("kpi_target", float(terms.target), terms.key)
        families.add("kpi_floor", float(terms.floor), terms.key)
        families.add("kpi_measurable", int(not reason), terms.key)
        families.add("kpi_info", 1, terms.key, terms.definition.title, terms.definition.direction, reason)


def _add_sla(families: Families, board: Board, queues: Iterable[int]) -> None:
    calendar = business_calendar(board.view)
    burned = burn(board.view, board.terms, calendar)
    families.add("month_business_days_left", calendar.business_days_left_in_month(board.view.as_of))
    for (kpi, span), rate in burned.rates.items():
        families.add("sla_burn_rate", _number(rate), event_of(kpi), span)
        for queue_id in queues:
            met, decided = burned.spans.get((kpi, span, queue_id), _NO_DECISIONS)
            labels = (event_of(kpi), span, queue_label(queue_id))
            families.add("sla_span_decisions", decided / MILLION, *labels)
            families.add("sla_span_misses", (decided - met) / MILLION, *labels)
    for figure in board.figures(board.window("mtd"), Scope.TEAM, (TEAM_ID,))[TEAM_ID]:
        for name in ("misses_allowed", "misses_left"):
            if name in figure.companions:
                families.add(f"sla_{name}", _number(figure.companions[name]), event_of(figure.kpi))


def _number(value: Fraction | int | None) -> float | None:
    return None if value is None else float(value)
