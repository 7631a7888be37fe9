"""A digest's values to plain text and HTML. Names and titles are text from outside: one line each, escaped in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.instants import Instant, date_of, to_datetime
from models.settings import Settings
from models.settings_digest import addresses_by_technician
from service.digest.changes import Change
from service.digest.content import TICKETS_FOR_MANAGER, Digest, Focus, Person
from service.digest.costs import CostlyDay, CostlyTicket
from service.digest.message import MANAGER, Message, reader_of
from service.links import ticket_url
from service.pages import words
from service.pages.coaching import PlanLine
from service.scorecards.cards import KpiFigure

MOST_CHARACTERS = 80
MOST_PLANS = 30


def _one_line(text: str) -> str:
    """Text from outside as one line that cannot pass for several, nor for a control sequence."""
    clean = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return clean if len(clean) <= MOST_CHARACTERS else f"{clean[: MOST_CHARACTERS - 1]}\N{HORIZONTAL ELLIPSIS}"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),  # plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(value=_value, points=_points, day=_day, hours=_hours, one_line=_one_line, why=_why, plan=_plan)
    made.globals.update(word=_word, title=_title, band=_band)
    return made


@dataclass(frozen=True, slots=True)
class Links:
    """Where things are looked at; ``None`` where nobody knows."""

    settings: Settings

    def ticket(self, ticket: CostlyTicket) -> str | None:
        own = self.settings.public_url
        return f"{own}/tickets/{ticket.ticket_id}" if own else ticket_url(self.settings, ticket.ticket_id)

    def plan(self, line: PlanLine) -> str | None:
        own = self.settings.public_url
        return f"{own}/coaching/{line.plan_id}" if own else None

    def person(self, person: Person, month: str) -> str | None:
        own = self.settings.public_url
        return f"{own}/technicians/{person.tech_id}?window={month}" if own else None


def messages(digest: Digest, settings: Settings, zone: ZoneInfo) -> list[Message]:
    """The manager's message, then each technician's."""
    month, before = (words.window_word(one) for one in (digest.period.month, digest.period.month_before))
    common: dict[str, Any] = {
        "most_plans": MOST_PLANS,
        "links": Links(settings),
        "as_of": _moment(digest.as_of, zone),
        "month": month,
        "month_before": before,
    }
    to, week = addresses_by_technician(settings.digest_technicians), digest.period.week
    values = {**common, "digest": digest, "most": TICKETS_FOR_MANAGER, "subject": f"Scorecard, week of {week}"}
    found = [_message(week, MANAGER, "", values, settings.digest_to)]
    for person in digest.people:
        values = {**common, "person": person, "period": digest.period, "subject": f"Your scorecard, week of {week}"}
        addresses = (to[person.tech_id],) if person.tech_id in to else ()
        found.append(_message(week, reader_of(person.tech_id), person.name, values, addresses))
    return found


def _message(week: str, reader: str, name: str, values: dict[str, Any], addresses: tuple[str, ...]) -> Message:
    template = "manager" if reader == MANAGER else "technician"
    text, html = (_templates.get_template(f"{template}.{kind}").render(**values) for kind in ("txt", "html"))
    return Message(week, reader, name, str(values["subject"]), text, html, addresses)


def _value(figure: KpiFigure) -> str:
    """A figure's value: per cent, or hours."""
    if figure.value is None:
        return "not measurable" if figure.reason else "no data"
    return _number(figure.kpi, figure.value, figure.target)


def _number(kpi: str, value: Fraction, target: Fraction | None = None) -> str:
    if words.DEFINITIONS[kpi].spells:
        return f"{float(value):.2f} h"
    return f"{words.percent(value, target)}%" if target is not None else words.plain_percent(value)


def _points(value: Fraction | None) -> str:
    """A score, or the part of one, in points."""
    return "no score" if value is None else words.points(value)


def _day(day: CostlyDay) -> str:
    date = date_of(day.day)
    return f"{date:%a} {date.day} {date:%b}"


def _hours(value: Fraction) -> str:
    return f"{float(value):.1f}"


def _plan(line: PlanLine) -> str:
    """A plan after its title: from where, where now, to where by when, how it stands, and when to look again."""
    now = f"{line.then} at the start, {line.now} now (n = {line.sample})"
    note = f" ({line.note})" if line.note else ""
    look = "Check-back due since" if line.is_due else "Next check-back"
    then = f"{look} {line.check_back}." if line.check_back else "No check-back is left."
    return f"{now}, goal {line.goal} by {line.goal_day}. {line.state}{note}. {then}"


def _why(reason: str) -> str:
    return reason.replace("_", " ")


def _word(change: Change) -> str:
    """How a KPI of the team stands."""
    figure = change.now
    if figure.value is None:
        return ""
    return words.TONE_WORDS[words.tone(figure)] if figure.sufficient else "small sample"


def _title(figure: KpiFigure) -> str:
    return words.DEFINITIONS[figure.kpi].title


def _band(name: str | None) -> str:
    return words.BAND_WORDS.get(name or "", "")


def target_of(figure: KpiFigure) -> str:
    """The target in words."""
    return _number(figure.kpi, figure.target)


def effect_of(focus: Focus) -> str:
    """What a focus costs, in points of the score."""
    return _points(focus.effect * 100)


def _moment(as_of: Instant, zone: ZoneInfo) -> str:
    then = to_datetime(as_of).astimezone(zone)
    return f"{then:%a} {then.day} {then:%b %Y %H:%M %Z}"


_templates = _environment()
_templates.globals.update(target=target_of, effect=effect_of)
