"""The values of the live page ``/``: a scorecard, the open breaches and the page's status, made ready to be shown.

A *tile* is one SLA KPI of the team. Pure; whatever text came from outside is passed on as it is and escaped by
the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from models.instants import Instant
from models.policy import Policy
from service.pages import words
from service.pages.breaches import SLA_KEYS, OpenBreach, OpenBreaches
from service.pages.status import Condition, Status
from service.pages.words import DEFINITIONS, Tone
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.places import NO_PLACES, by_place

WINDOWS = ("today", "7d", "30d", "mtd", "last_month")
TECHNICIANS_SHOWN = 24
ROOMY_TECHNICIANS = 12
TILE_KPIS = (*SLA_KEYS, "real_time_entry")
_TECHNICIAN_KPIS = ("sla_engagement", "sla_completion", "real_time_entry")
_OF_ENTRIES = frozenset(key for key, definition in DEFINITIONS.items() if definition.slot == "real_time_entry")


class TileState(StrEnum):
    """How much a figure can be trusted; each is drawn differently."""

    MEASURED = "measured"
    SMALL = "small"
    NO_DATA = "no_data"
    NOT_MEASURABLE = "not_measurable"


@dataclass(frozen=True, slots=True)
class Tile:
    """One KPI of the team. ``bar``: value and target as thousandths of the way from ``bar_from`` to 100%.

    ``counted``: what its sample is of; ``beside``: a figure shown beside the value, with its words.
    """

    kpi: str
    title: str
    meaning: str
    state: TileState
    tone: Tone
    tone_word: str
    value: str
    target: str
    sample: str
    minimum: str
    misses_left: str
    misses_allowed: str
    overdrawn: bool
    provisional: str
    coverage: str
    counted: str
    beside: str
    bar: int
    bar_target: int
    bar_from: str
    why: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A technician's figure: ``value`` is empty without data; ``small`` when the sample is."""

    kpi: str
    value: str
    sample: str
    tone: Tone
    tone_word: str
    small: bool


@dataclass(frozen=True, slots=True)
class Technician:
    """One technician of the strip. ``place``: empty without a leaderboard."""

    key: int
    name: str
    place: str
    score: str
    band: str
    cells: tuple[Cell, ...]
    focus: str


@dataclass(frozen=True, slots=True)
class BreachEvent:
    """One overdue event of a ticket: which, since when, how long."""

    title: str
    since: str
    overdue: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Breach:
    """One ticket that is past due."""

    ticket_id: int
    number: str
    title: str
    events: tuple[BreachEvent, ...]
    holder: str
    queue: str


@dataclass(frozen=True, slots=True)
class WindowLink:
    """One window to switch to."""

    name: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the template shows. ``age_from``: milliseconds since the epoch of ``as_of``, 0 when frozen."""

    status: Status
    empty: bool
    window: str
    window_name: str
    days: str
    windows: tuple[WindowLink, ...]
    as_of: str
    zone: str
    age: str
    age_from: int
    team_score: str
    team_band: str
    tiles: tuple[Tile, ...]
    technicians: tuple[Technician, ...]
    technicians_more: int
    roomy: bool
    scored: bool
    cell_titles: tuple[str, ...]
    breaches: tuple[Breach, ...]
    breach_tickets: int
    breach_counts: tuple[tuple[str, int, str], ...]
    breaches_more: int
    oldest_breach: str
    position: str
    generation: str
    build: int


def home(
    card: Scorecard,
    breaches: OpenBreaches,
    status: Status,
    policy: Policy,
    now: Instant,
    places: Mapping[int, int] = NO_PLACES,
) -> Home:
    """The page's values at one moment of the ledger; ``now`` only tells how old ``as_of`` is."""
    zone, as_of = policy.zone, card.as_of
    shown = by_place(card.technicians, places)[:TECHNICIANS_SHOWN]
    frozen = status.condition is Condition.FROZEN
    return Home(
        status=status,
        empty=card.version.position <= 0,
        window=words.window_word(card.window.name),
        window_name=card.window.name,
        days=words.days(card.window.first_day, card.window.last_day),
        windows=_windows(card.window.name),
        as_of=words.clock_time(as_of, zone),
        zone=words.zone_name(as_of, zone),
        age="" if frozen else f"{words.span(now - as_of)} ago",
        age_from=0 if frozen else as_of // 1_000,
        team_score=words.points(card.team.score),
        team_band=words.BAND_WORDS.get(card.team.band or "", ""),
        tiles=_tiles(card.team, policy),
        technicians=tuple(_technician(one, places) for one in shown),
        technicians_more=len(card.technicians) - len(shown),
        roomy=len(shown) <= ROOMY_TECHNICIANS,
        scored=any(one.score is not None for one in shown),
        cell_titles=tuple(words.short_title(kpi) for kpi in _TECHNICIAN_KPIS),
        breaches=tuple(_breach(one, as_of, zone) for one in breaches.newest),
        breach_tickets=breaches.tickets,
        breach_counts=tuple((words.short_title(kpi), number, kpi) for kpi, number in breaches.by_kpi.items() if number),
        breaches_more=breaches.tickets - len(breaches.newest),
        oldest_breach="" if breaches.oldest_due is None else words.span(as_of - breaches.oldest_due),
        position=words.count(card.version.position),
        generation=card.version.generation,
        build=card.version.build,
    )


def _windows(current: str) -> tuple[WindowLink, ...]:
    names = WINDOWS if current in WINDOWS else (*WINDOWS, current)
    return tuple(WindowLink(name, words.window_word(name), name == current) for name in names)


def _tiles(team: Card, policy: Policy) -> tuple[Tile, ...]:
    figures = {figure.kpi: figure for figure in team.kpis}
    known = [figures[kpi] for kpi in TILE_KPIS if kpi in figures]
    # While few tickets were decided by any event, one event's silence tells nothing about Autotask's set-up.
    telling = any(figure.measurable and figure.sufficient for figure in known)
    return tuple(_tile(figure, policy, telling) for figure in known)


def _state(figure: KpiFigure, telling: bool) -> TileState:
    if not figure.measurable and (telling or figure.denominator):
        return TileState.NOT_MEASURABLE
    if figure.value is None:
        return TileState.NO_DATA
    return TileState.MEASURED if figure.sufficient else TileState.SMALL


def _tile(figure: KpiFigure, policy: Policy, telling: bool) -> Tile:
    definition = DEFINITIONS[figure.kpi]
    state, tone = _state(figure, telling), words.tone(figure)
    own = policy.kpis.get(figure.kpi)
    minimum = definition.minimum_sample if own is None or own.minimum_sample is None else own.minimum_sample
    left, allowed = _companion(figure, "misses_left"), _companion(figure, "misses_allowed")
    coverage = _companion(figure, "sla_coverage")
    by_hours = _companion(figure, "real_time_entry_hours")
    why, change = words.NOT_MEASURABLE.get(figure.kpi, (f"Reason: {figure.reason}.", ""))
    unusable = state is TileState.NOT_MEASURABLE
    return Tile(
        kpi=figure.kpi,
        title=definition.title,
        meaning=definition.meaning,
        state=state,
        tone=tone,
        tone_word=words.TONE_WORDS[tone],
        value="" if figure.value is None else words.percent(figure.value, figure.target),
        target=words.plain_percent(figure.target),
        sample=words.count(figure.sample_size),
        minimum=words.count(minimum),
        misses_left="" if left is None else words.count(abs(int(left))),
        misses_allowed="" if allowed is None else words.count(int(allowed)),
        overdrawn=left is not None and left < 0,
        provisional=words.count(figure.provisional) if figure.provisional else "",
        coverage="" if coverage is None else words.plain_percent(Fraction(coverage)),
        counted="entries" if figure.kpi in _OF_ENTRIES else "tickets decided",
        beside="" if by_hours is None else f"{words.plain_percent(Fraction(by_hours))} of hours",
        bar=_along(figure.value, figure.floor),
        bar_target=_along(figure.target, figure.floor),
        bar_from=words.plain_percent(figure.floor),
        why=why if unusable else "",
        change=change if unusable else "",
    )


def _companion(figure: KpiFigure, name: str) -> Fraction | int | None:
    companions: Mapping[str, Fraction | int | None] = figure.companions
    return companions.get(name)


def _along(value: Fraction | None, floor: Fraction) -> int:
    """Thousandths of the way from the floor to 100%, within its ends."""
    if value is None or floor >= 1:
        return 0
    return min(1_000, max(0, round(1_000 * (value - floor) / (1 - floor))))


def _technician(card: Card, places: Mapping[int, int]) -> Technician:
    figures = {figure.kpi: figure for figure in card.kpis}
    return Technician(
        key=-1 if card.tech_id is None else card.tech_id,
        name=card.name or f"Resource {card.tech_id}",
        place=str(places.get(card.tech_id or 0, "")),
        score=words.points(card.score),
        band=words.BAND_WORDS.get(card.band or "", ""),
        cells=tuple(_cell(kpi, figures.get(kpi)) for kpi in _TECHNICIAN_KPIS),
        focus=words.short_title(card.focus or ""),
    )


def _cell(kpi: str, figure: KpiFigure | None) -> Cell:
    if figure is None or figure.value is None:
        return Cell(kpi, "", "0" if figure is None else words.count(figure.sample_size), Tone.NONE, "", False)
    tone = words.tone(figure)
    value = words.percent(figure.value, figure.target)
    return Cell(kpi, value, words.count(figure.sample_size), tone, words.TONE_WORDS[tone], not figure.sufficient)


def _breach(breach: OpenBreach, as_of: Instant, zone: ZoneInfo) -> Breach:
    return Breach(
        ticket_id=breach.ticket_id,
        number=breach.number or f"#{breach.ticket_id}",
        title=breach.title or "(no title yet)",
        events=tuple(
            BreachEvent(
                title=words.short_title(one.kpi),
                since=words.moment(one.due, as_of, zone),
                overdue=words.span(as_of - one.due),
                provisional=one.provisional,
            )
            for one in breach.overdue
        ),
        holder=(breach.holder or f"Resource {breach.tech_id}") if breach.tech_id >= 0 else "",
        queue=(breach.queue or f"Queue {breach.queue_id}") if breach.queue_id >= 0 else "No queue",
    )
