"""The values of the page ``/scorecard``: technicians by KPIs, of one month, as known now or as reported.

By name unless another order is asked for; whoever sorts by a KPI sees first who needs help with it. Only where the
policy turns a leaderboard on, people have places, and stand by them unless another order is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from models.instants import to_datetime
from service.months.closing import Closed
from service.pages import words
from service.pages.cells import FigureCell, figure_cell, figures_of
from service.pages.words import DEFINITIONS
from service.scorecards.cards import Card, Scorecard
from service.scorecards.months import MONTHS
from service.scorecards.scorecard import Board
from service.scorecards.windows import Month, month_name, month_of, months_back

NAME, SCORE, BEST_FIRST = "name", "score", "-score"
CORRECTED, REPORTED = "corrected", "reported"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts. ``sorted_as``: for ``aria-sort``, empty where the rows are not in its order."""

    key: str
    label: str
    target: str
    href: str
    sorted_as: str


@dataclass(frozen=True, slots=True)
class Row:
    """The team (``tech_id`` is ``None``) or one technician; a cell is ``None`` where there is no such figure.

    ``place``: empty without a leaderboard.
    """

    tech_id: int | None
    name: str
    place: str
    score: str
    band: str
    score_change: str
    focus: str
    cells: tuple[FigureCell | None, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several to choose from. ``href`` is empty where there is nothing to go to."""

    value: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class ScorecardSheet:
    """Everything the template shows. ``standing``: when the month was reported, or why it was not."""

    month: str
    month_word: str
    days: str
    as_of: str
    before: str
    months: tuple[Choice, ...]
    versions: tuple[Choice, ...]
    standing: str
    changed: int
    columns: tuple[Column, ...]
    team: Row
    technicians: tuple[Row, ...]
    sort: str
    version: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as its address says it."""

    month: str
    version: str
    sort: str

    def href(self, **others: str) -> str:
        """This page's address with something else."""
        asked = {"month": self.month, "as": self.version, "sort": self.sort} | others
        return f"/scorecard?{urlencode(asked)}"


def scorecard_sheet(
    board: Board,
    asked: Asked,
    *,
    shown: Scorecard,
    reported: Scorecard | None,
    before: Scorecard,
    standing: str,
    places: Mapping[int, int],
) -> ScorecardSheet:
    """The page's values. ``shown``: what is on show; ``reported``: what to hold it against, if that is not it;
    ``before``: the month before; ``places``: of everybody in what is on show."""
    kpis = [terms.key for terms in board.terms]
    cards = _sorted(shown.technicians, asked.sort)
    then = {one.tech_id: one for one in before.technicians}
    told = {one.tech_id: one for one in reported.technicians} if reported else {}
    team = _row(shown.team, kpis, asked.month, before.team, reported.team if reported else None)
    rows = tuple(
        _row(one, kpis, asked.month, then.get(one.tech_id), told.get(one.tech_id), places.get(one.tech_id or 0))
        for one in cards
    )
    view = board.view
    return ScorecardSheet(
        month=asked.month,
        month_word=words.window_word(asked.month),
        days=words.days(shown.window.first_day, shown.window.last_day),
        as_of=words.clock_time(view.as_of, view.policy.zone),
        before=words.window_word(before.window.name),
        months=_months(board, asked),
        versions=tuple(
            Choice(one, f"As {one}", asked.href(**{"as": one}), one == asked.version) for one in (CORRECTED, REPORTED)
        ),
        standing=standing,
        changed=sum(1 for row in (team, *rows) for cell in row.cells if cell is not None and cell.was),
        columns=_columns(shown.team, kpis, asked),
        team=team,
        technicians=rows,
        sort=asked.sort,
        version=asked.version,
    )


def sort_asked(board: Board, sort: str) -> str:
    """An order there is: ``name``, ``score`` or a KPI, turned round by ``-``; for anything else the usual one."""
    known = {NAME, SCORE, *(terms.key for terms in board.terms)}
    if sort.removeprefix("-") in known:
        return sort
    return BEST_FIRST if board.view.policy.leaderboard else NAME


def standing_of(closed: Closed | None, reason: str, board: Board) -> str:
    """When a month was reported, or why it was not."""
    if closed is None:
        return _WHY_NOT[reason]
    at = to_datetime(closed.reported_at).astimezone(board.view.policy.zone)
    return f"Reported on {at.day} {at:%b %Y}."


_WHY_NOT = {
    "before_the_inbox": "Not reported: the month began before Techscore did.",
    "not_closed_yet": "Not reported yet: the month has not been closed.",
}


def _months(board: Board, asked: Asked) -> tuple[Choice, ...]:
    present: Month = month_of(board.today)
    names = [month_name(months_back(present, back)) for back in range(MONTHS)]
    if asked.month not in names:
        names.append(asked.month)
    return tuple(Choice(one, words.window_word(one), asked.href(month=one), one == asked.month) for one in names)


def _columns(team: Card, kpis: Sequence[str], asked: Asked) -> tuple[Column, ...]:
    figures = figures_of(team)

    def column(key: str, label: str, target: str = "") -> Column:
        turned = f"-{key}" if asked.sort == key else key
        order = {key: "ascending", f"-{key}": "descending"}.get(asked.sort, "")
        return Column(key, label, target, asked.href(sort=turned), order)

    return (
        column(NAME, "Technician"),
        column(SCORE, "Score"),
        *(
            column(kpi, words.short_title(kpi), words.goal(kpi, figures[kpi].target) if kpi in figures else "")
            for kpi in kpis
        ),
    )


def _sorted(cards: Sequence[Card], sort: str) -> list[Card]:
    """In the order asked for; who has no such figure comes last, whichever way round."""
    key, turned = sort.removeprefix("-"), sort.startswith("-")
    by_name = sorted(cards, key=lambda one: (one.name.casefold(), one.tech_id or 0))
    if key == NAME:
        return by_name[::-1] if turned else by_name
    ranks: Mapping[int | None, Fraction | None] = {one.tech_id: _rank(one, key) for one in by_name}
    known = [one for one in by_name if ranks[one.tech_id] is not None]
    unknown = [one for one in by_name if ranks[one.tech_id] is None]
    return sorted(known, key=lambda one: ranks[one.tech_id] or Fraction(0), reverse=turned) + unknown


def _rank(card: Card, key: str) -> Fraction | None:
    if key == SCORE:
        return card.score
    figure = figures_of(card).get(key)
    if figure is None or figure.value is None:
        return None
    return figure.value if DEFINITIONS[key].higher_is_better else -figure.value


def _row(
    card: Card,
    kpis: Sequence[str],
    month: str,
    before: Card | None,
    reported: Card | None,
    place: int | None = None,
) -> Row:
    figures, then, told = figures_of(card), figures_of(before), figures_of(reported)
    changed = None if before is None or card.score is None or before.score is None else card.score - before.score
    return Row(
        tech_id=card.tech_id,
        name=card.name or "Team",
        place="" if place is None else str(place),
        score=words.points(card.score),
        band=words.BAND_WORDS.get(card.band or "", ""),
        score_change="" if changed is None else words.signed(changed),
        focus=card.focus or "",
        cells=tuple(
            figure_cell(figures[kpi], window=month, tech_id=card.tech_id, before=then.get(kpi), reported=told.get(kpi))
            if kpi in figures
            else None
            for kpi in kpis
        ),
    )
