"""The values of the page ``/kpis/{kpi}``: a figure, and the tickets and entries behind it, filtered by links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from service.api.asking import OUTCOMES, EvidenceQuery
from service.kpis.companions import ratio
from service.pages import words
from service.pages.explained import Explained
from service.pages.home import WINDOWS, WindowLink
from service.pages.rows import Line, lines
from service.pages.words import DEFINITIONS
from service.reading import View
from service.scorecards import roster
from service.scorecards.evidence import Asking, EvidencePage, totals
from service.scorecards.scopes import company_names
from service.scorecards.scorecard import Board

_PARAMETERS = ("window", "outcome", "reason", "tech_id", "queue_id", "company_id", "cursor")
OUTCOME_WORDS = {"": "All", "counted": "Counted", "excluded": "Left out", "pending": "Pending"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scope the rows are cut to, and the address without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class EvidenceSheet:
    """Everything the template shows."""

    kpi: str
    title: str
    meaning: str
    window: str
    days: str
    as_of: str
    windows: tuple[tuple[str, WindowLink], ...]
    outcomes: tuple[tuple[str, WindowLink], ...]
    chosen: tuple[Chosen, ...]
    value: str
    target: str
    sample: str
    provisional: str
    not_measurable: str
    remedy: str
    about: Explained
    lines: tuple[Line, ...]
    more: str


def evidence_sheet(
    board: Board, kpi: str, query: EvidenceQuery, asking: Asking, page: EvidencePage, about: Explained
) -> EvidenceSheet:
    """The page's values. The figure is that of scope and window, whichever of its rows are listed."""
    view, reason, definition = board.view, board.reasons.get(kpi), DEFINITIONS[kpi]
    now = _asked(query)
    sums = totals(view.connection, replace(asking, outcome=None, reason=None))
    value = ratio(sums.numerator, sums.denominator)
    names = WINDOWS if query.window in WINDOWS else (*WINDOWS, query.window)
    return EvidenceSheet(
        kpi=kpi,
        title=definition.title,
        meaning=definition.meaning,
        window=words.window_word(query.window),
        days=words.days(asking.first_day, asking.last_day),
        as_of=words.clock_time(view.as_of, view.policy.zone),
        windows=tuple(
            (_href(kpi, {**now, "window": name}), WindowLink(name, words.window_word(name), name == query.window))
            for name in names
        ),
        outcomes=tuple(
            (_href(kpi, {**now, "outcome": name}), WindowLink(name, OUTCOME_WORDS[name], name == query.outcome))
            for name in ("", *OUTCOMES)
        ),
        chosen=tuple(
            Chosen(label, _href(kpi, {key: one for key, one in now.items() if key != name}))
            for name, label in _scopes(view, query)
        ),
        value="" if value is None or reason else words.amount(kpi, value, definition.target),
        target=about.target,
        sample=words.count(sums.sample),
        provisional=words.count(sums.provisional) if sums.provisional else "",
        not_measurable=_why_not(kpi, reason),
        remedy=words.NOT_MEASURABLE.get(kpi, ("", ""))[1] if reason else "",
        about=about,
        lines=lines(view, kpi, page.rows),
        more="" if page.next_cursor is None else _href(kpi, {**now, "cursor": str(page.next_cursor)}),
    )


def _why_not(kpi: str, reason: str | None) -> str:
    return "" if reason is None else words.NOT_MEASURABLE.get(kpi, (reason.replace("_", " "), ""))[0]


def _asked(query: EvidenceQuery) -> dict[str, str]:
    """The parameters of this page's address but the place within it."""
    given = {
        "window": query.window,
        "outcome": query.outcome,
        "reason": query.reason,
        "tech_id": query.tech_id,
        "queue_id": query.queue_id,
        "company_id": query.company_id,
    }
    return {name: str(value) for name, value in given.items() if value not in (None, "")}


def _href(kpi: str, asked: Mapping[str, str]) -> str:
    return f"/kpis/{kpi}?{urlencode({name: asked[name] for name in _PARAMETERS if asked.get(name)})}"


def _scopes(view: View, query: EvidenceQuery) -> list[tuple[str, str]]:
    found = []
    if query.tech_id is not None:
        found.append(("tech_id", roster.names(view.connection, [query.tech_id])[query.tech_id]))
    if query.queue_id is not None:
        found.append(("queue_id", f"Queue {query.queue_id}"))
    if query.company_id is not None:
        name = company_names(view.connection, [query.company_id])[query.company_id]
        found.append(("company_id", name or f"Company {query.company_id}"))
    if query.reason:
        found.append(("reason", query.reason.replace("_", " ")))
    return found
