"""Scorecards, breaches and conditions made up for tests of the page, with sensible values where none are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from models.instants import HOUR, MINUTE, Instant
from models.policy import Policy
from service.kpis.registry import KPIS
from service.pages.breaches import SLA_KEYS, OpenBreach, OpenBreaches, Overdue
from service.pages.home import Home, home
from service.pages.status import Condition, Freshness, Status
from service.reading import Version
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.score import attainment
from service.scorecards.windows import Window
from tests.projection.harness import at

AS_OF = at("2026-09-14 14:03:22")
POLICY = Policy(timezone="UTC")
LIVE = Status(Condition.LIVE, "Live")
NO_BREACHES = OpenBreaches((), 0, dict.fromkeys(SLA_KEYS, 0), None)

_DEFINITIONS = {kpi.key: kpi.definition for kpi in KPIS}


def figure(
    kpi: str,
    met: int,
    decided: int,
    *,
    measurable: bool = True,
    provisional: int = 0,
    companions: Mapping[str, Fraction | int | None] | None = None,
) -> KpiFigure:
    """A KPI of ``met`` out of ``decided`` tickets."""
    definition = _DEFINITIONS[kpi]
    value = Fraction(met, decided) if decided and measurable else None
    return KpiFigure(
        kpi=kpi,
        numerator=met * 1_000_000,
        denominator=decided * 1_000_000,
        sample_size=decided,
        provisional=provisional,
        value=value,
        sufficient=decided >= definition.minimum_sample,
        measurable=measurable,
        reason=None if measurable else "no_event",
        target=definition.target,
        floor=definition.floor,
        attainment=attainment(value, definition.target, definition.floor),
        first_day=20260901,
        last_day=20260914,
        companions=companions or {},
    )


def good_figures() -> tuple[KpiFigure, ...]:
    """One KPI on target, one to watch, one to act on."""
    return (
        figure(
            "sla_triage",
            312,
            320,
            companions={"misses_allowed": 12, "misses_left": 4, "sla_coverage": Fraction(96, 100)},
        ),
        figure(
            "sla_engagement",
            283,
            306,
            provisional=3,
            companions={"misses_allowed": 15, "misses_left": -8, "sla_coverage": Fraction(95, 100)},
        ),
        figure(
            "sla_completion",
            221,
            291,
            companions={"misses_allowed": 29, "misses_left": -41, "sla_coverage": Fraction(96, 100)},
        ),
    )


def four_figures() -> tuple[KpiFigure, ...]:
    """Those, and how promptly time was logged."""
    prompt = figure("real_time_entry", 903, 1_041, companions={"real_time_entry_hours": Fraction(81, 100)})
    return (*good_figures(), prompt)


def technician(
    number: int, name: str, engagement: tuple[int, int], completion: tuple[int, int], focus: str | None = None
) -> Card:
    """A technician's card."""
    kpis = (
        figure("sla_engagement", *engagement),
        figure("sla_completion", *completion),
        figure("real_time_entry", 3 * completion[0], 3 * completion[1]),
    )
    return Card(kpis=kpis, score=None, band=None, focus=focus, tech_id=number, name=name)


def scorecard_of(
    kpis: tuple[KpiFigure, ...] | None = None, technicians: tuple[Card, ...] = (), *, position: int = 48_211
) -> Scorecard:
    """A scorecard of the month."""
    return Scorecard(
        as_of=AS_OF,
        version=Version("3f9a61c0d2be", 1, 1, position, 77),
        window=Window("mtd", 20260901, 20260914),
        team=Card(kpis=good_figures() if kpis is None else kpis, score=None, band=None, focus=None),
        technicians=technicians,
    )


def breach(
    number: int,
    title: str = "Printer on fire",
    *,
    overdue: tuple[Overdue, ...] | None = None,
    tech_id: int = 29682885,
    holder: str = "Ada Moreau",
    queue_id: int = 29683354,
) -> OpenBreach:
    """One ticket past due."""
    return OpenBreach(
        ticket_id=number,
        number=f"T20260914.{number:04}",
        title=title,
        overdue=overdue or (Overdue("sla_completion", AS_OF - number * 17 * MINUTE, False),),
        tech_id=tech_id,
        holder=holder,
        queue_id=queue_id,
    )


def breaches_of(*newest: OpenBreach, tickets: int | None = None) -> OpenBreaches:
    """Open breaches with their sums."""
    by_kpi = {key: sum(one.kpi == key for breach in newest for one in breach.overdue) for key in SLA_KEYS}
    oldest = min((one.due for breach in newest for one in breach.overdue), default=None)
    return OpenBreaches(newest, len(newest) if tickets is None else tickets, by_kpi, oldest)


def fresh(*, now: Instant = AS_OF, frozen: bool = False, waiting: int = 0, silent: Instant | None = None) -> Freshness:
    """What a condition follows from, live unless told otherwise."""
    return Freshness(as_of=AS_OF, now=now, frozen=frozen, waiting=waiting, worker_silent_since=silent)


def view_model(
    card: Scorecard | None = None,
    breaches: OpenBreaches = NO_BREACHES,
    status: Status = LIVE,
    now: Instant = AS_OF + 3_000_000,
) -> Home:
    """The page's values."""
    return home(card or scorecard_of(), breaches, status, POLICY, now)


TEAM = (
    ("Ada Moreau", (38, 40), (31, 33)),
    ("Ben Ferraro-Lindqvist", (29, 31), (25, 31)),
    ("Chidi Okafor", (41, 42), (40, 41)),
    ("Dana Whitfield", (22, 27), (19, 26)),
    ("Elif Aydin", (33, 33), (29, 32)),
    ("Femi Adeyemi", (25, 26), (20, 24)),
    ("Gro Håkonsen", (30, 32), (27, 30)),
    ("Hana Kovač", (6, 7), (5, 6)),
    ("Iris van der Meer", (28, 32), (22, 29)),
    ("Jonas Petit", (0, 0), (0, 0)),
)
TITLES = (
    "VPN drops every few minutes for the whole Leeds office since the firewall change",
    "Outlook asks for password",
    "New starter: laptop, licences, badge",
    "Printer on fire",
    "Backup job failed on SRV-FILE-02",
    "Shared mailbox missing",
    "Teams calls have no audio",
    "MFA locked out: finance director",
    "Disk nearly full on SQL01",
    "Website certificate expires",
    "Scanner cannot send to mail",
    "Cannot open the payroll folder",
)


def busy_desk(technicians: int = len(TEAM)) -> tuple[Scorecard, OpenBreaches]:
    """A desk as on a bad afternoon: more open breaches than fit, and so many technicians."""
    focus = ("sla_completion", "sla_engagement", None)
    cards = tuple(technician(n, *TEAM[n % len(TEAM)], focus[n % 3]) for n in range(technicians))
    rows = [breach(number + 1, title) for number, title in enumerate(TITLES)]
    just_now = Overdue("sla_triage", AS_OF - 2 * MINUTE, True)
    twice = (Overdue("sla_completion", AS_OF - 68 * MINUTE, False), Overdue("sla_engagement", AS_OF - 5 * HOUR, False))
    rows[0] = replace(rows[0], overdue=(just_now,), tech_id=-1, holder="")
    rows[3] = replace(rows[3], overdue=twice)
    rows[5] = replace(rows[5], tech_id=-1, holder="", queue_id=-1)
    rows[7] = replace(rows[7], holder="Ben Ferraro-Lindqvist")
    return scorecard_of(four_figures(), technicians=cards), breaches_of(*rows, tickets=37)
