"""Figures, spans of time and reasons in a service manager's words. Pure: values in, text out.

A *tone* is what a figure asks for: nothing, a look, an act. It is always shown as a shape and a word too,
never by its colour alone.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from models.instants import SECOND, Day, Instant, date_of, local_day, to_datetime
from service.kpis.registry import KPIS
from service.scorecards.cards import KpiFigure

WATCH_FROM = Fraction(70, 100)
"""Attainment at which a figure below target wants a look and no act yet: the score's band ``coach``."""

DEFINITIONS = {kpi.key: kpi.definition for kpi in KPIS}
BAND_WORDS = {"best_in_class": "Best in class", "on_track": "On track", "coach": "Coach", "intervene": "Intervene"}
WINDOW_WORDS = {
    "today": "Today",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
    "wtd": "This week",
    "mtd": "This month",
    "last_month": "Last month",
}
_TO = "\N{EN DASH}"
_SHORT = {"sla_engagement": "Engagement"}
NOT_MEASURABLE = {
    "sla_triage": (
        "Autotask has recorded no First Response in the last 90 days, so nobody can tell when a ticket was triaged.",
        "Map the statuses your dispatcher sets (assigned, scheduled) to the SLA event First Response.",
    ),
    "sla_engagement": (
        "Autotask has recorded no Resolution Plan in the last 90 days, so nobody can tell when a technician engaged.",
        "Map the status your technicians set when they begin (In Progress) to the SLA event Resolution Plan.",
    ),
    "sla_completion": (
        "Autotask has recorded no Resolved event in the last 90 days, so nobody can tell when a ticket was done.",
        "Map the status Complete to the SLA event Resolved.",
    ),
}
"""Why a KPI cannot be measured, and what to change in Autotask (kpi-background §0)."""


class Tone(StrEnum):
    """What a figure asks for."""

    NONE = "none"
    GOOD = "good"
    WATCH = "watch"
    ACT = "act"


TONE_WORDS = {Tone.NONE: "", Tone.GOOD: "On target", Tone.WATCH: "Watch", Tone.ACT: "Act"}


def tone(figure: KpiFigure) -> Tone:
    """The tone of a figure; none where nothing may be concluded from it."""
    if figure.value is None or figure.attainment is None or not figure.sufficient or not figure.measurable:
        return Tone.NONE
    if figure.attainment == 1:
        return Tone.GOOD
    return Tone.WATCH if figure.attainment >= WATCH_FROM else Tone.ACT


def percent(value: Fraction, target: Fraction | None = None) -> str:
    """A ratio with one decimal, without the sign: ``96.4``, ``100``, ``0``.

    Half-even, but never rounded across the target, to a 0 that is none or to a 100 that is none.
    """
    tenths = round(value * 1_000)
    shown = Fraction(tenths, 1_000)
    if target is not None and shown < target <= value:
        tenths += 1
    elif any(edge is not None and value < edge <= shown for edge in (Fraction(1), target)):
        tenths -= 1
    tenths = max(tenths, 1) if value > 0 else tenths
    whole, rest = divmod(tenths, 10)
    return str(whole) if tenths in (0, 1_000) else f"{whole}.{rest}"


def plain_percent(value: Fraction) -> str:
    """A target or share: one decimal only where there is one."""
    return f"{percent(value).removesuffix('.0')}%"


def amount(kpi: str, value: Fraction, target: Fraction | None = None) -> str:
    """A KPI's value with its unit: a ratio as ``96.4%``, what is counted per endpoint as ``0.25``."""
    return f"{float(value):.2f}" if _is_plain(kpi) else f"{percent(value, target)}%"


def goal(kpi: str, target: Fraction) -> str:
    """A KPI's target or floor with its unit."""
    return f"{float(target):.2f}" if _is_plain(kpi) else plain_percent(target)


def change(kpi: str, now: Fraction, before: Fraction) -> str:
    """How far a value moved, signed: in percentage points ``+1.2``, in its own unit ``-0.05``; ``±0`` if not at all."""
    return signed(now - before, digits=2) if _is_plain(kpi) else signed(100 * (now - before))


def signed(moved: Fraction, *, digits: int = 1) -> str:
    """A difference with its sign; ``±0`` where none is to be seen."""
    told = f"{float(moved):+.{digits}f}"
    return "\N{PLUS-MINUS SIGN}0" if float(told) == 0 else told.replace("-", "\N{MINUS SIGN}")


def _is_plain(kpi: str) -> bool:
    return kpi in DEFINITIONS and bool(DEFINITIONS[kpi].spells)


def points(score: Fraction | None) -> str:
    """A score with one decimal, cut, so that it never reads as the band above; empty without one."""
    return "" if score is None else percent(Fraction(score * 10 // 1, 1_000))


def short_title(kpi: str) -> str:
    """A KPI's title where room is scarce; empty for none and for one this release does not know."""
    definition = DEFINITIONS.get(kpi)
    return "" if definition is None else _SHORT.get(kpi, definition.title)


def count(number: int) -> str:
    """A count, its thousands apart."""
    return f"{number:,}"


def span(micros: Instant) -> str:
    """How long: ``12 s``, ``5 min``, ``2 h 5 min``, ``3 d 4 h``."""
    seconds = max(0, micros) // SECOND
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 24:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 and hours < 240 else f"{hours // 24} d"


def clock_time(instant: Instant, zone: ZoneInfo) -> str:
    """``14:03:22`` in the policy's timezone."""
    return f"{to_datetime(instant).astimezone(zone):%H:%M:%S}"


def zone_name(instant: Instant, zone: ZoneInfo) -> str:
    """The timezone's short name at that time."""
    return f"{to_datetime(instant).astimezone(zone):%Z}"


def moment(instant: Instant, as_of: Instant, zone: ZoneInfo) -> str:
    """A time as short as it can be told: ``09:12`` today, ``21 Nov 09:12``, ``3 Dec 2025`` in other years."""
    then, day, today = to_datetime(instant).astimezone(zone), local_day(instant, zone), local_day(as_of, zone)
    if day == today:
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b %H:%M}" if day // 10_000 == today // 10_000 else f"{then.day} {then:%b %Y}"


def days(first: Day, last: Day) -> str:
    """The days of a window: ``Sun 22 Nov 2026``, ``1-22 Nov 2026``, ``24 Oct - 22 Nov 2026`` (with real dashes)."""
    a, b = date_of(first), date_of(last)
    end = f"{b.day} {b:%b %Y}"
    if a == b:
        return f"{b:%a} {end}"
    if (a.year, a.month) == (b.year, b.month):
        return f"{a.day}{_TO}{end}"
    return f"{a.day} {a:%b} {_TO} {end}" if a.year == b.year else f"{a.day} {a:%b %Y} {_TO} {end}"


def window_word(name: str) -> str:
    """A window's name for people: ``This month``; a month is ``September 2026``."""
    if name in WINDOW_WORDS:
        return WINDOW_WORDS[name]
    return f"{date_of(int(name.replace('-', '')) * 100 + 1):%B %Y}"
