"""From counters to a scorecard: figures of any scope, the team's and technicians' cards (kpis.md §1, §3, §5).

A *board* is one view of the ledger with everything that is the same for all its windows worked out once.
``scorecard()`` is what page, API and metrics call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from models.entities import MILLION
from models.instants import Day, local_day
from models.ledger import Scope
from service.kpis.companions import NOTHING, Companion, CompanionValue, Ground, Sums, ratio
from service.kpis.contests import CONTESTED
from service.kpis.definition import Flag
from service.reading import View
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.kept import kept_under
from service.scorecards.measurability import TEAM_ID, not_measurable
from service.scorecards.nested import NestedSums
from service.scorecards.roster import Roster
from service.scorecards.score import Part, score
from service.scorecards.sums import SumsOf, known_ids, read_spells, read_sums
from service.scorecards.terms import Terms
from service.scorecards.unchanged import Unchanged
from service.scorecards.windows import Window, ending, window

_Inputs: TypeAlias = tuple[Sums, tuple[Sums, ...], Sums, Sums, Fraction | None, int, tuple[Sums, ...], str | None]
"""What one figure comes of: its own sums, those of its companions, this month's and last month's, unassigned hours,
contests, what each flag looks at, and why it cannot be measured."""

DEFAULT_WINDOW = "mtd"
MONEY_DIGITS = 2
UNASSIGNED = "unassigned_hours"


def scorecard(view: View, window_name: str = DEFAULT_WINDOW) -> Scorecard:
    """The scorecard of a window at the view's ``as_of``; ``UnknownWindow`` for a name that is none."""
    return Board(view).scorecard(window_name)


class Board:
    """The figures of one view. Holds what it read until the view ends."""

    def __init__(self, view: View, unchanged: Unchanged | None = None) -> None:
        """``unchanged``: of the process that writes this ledger, up to this view."""
        self.view = view
        self._unchanged = unchanged
        self._kept = kept_under(view.policy)
        self.terms: tuple[Terms, ...] = self._kept.terms
        self._nested = NestedSums(view.connection)
        self._months: dict[tuple[Window, Scope, frozenset[int]], SumsOf] = {}
        self._spans: dict[tuple[str, Window, Scope, frozenset[int]], SumsOf] = {}

    @cached_property
    def today(self) -> Day:
        """The local day of ``as_of``."""
        return local_day(self.view.as_of, self.view.policy.zone)

    @cached_property
    def roster(self) -> Roster:
        """The technicians of the view."""
        return Roster(self.view.connection, self.view.policy, self.today)

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """The KPIs that cannot be measured, and why."""
        return not_measurable(self.view.connection, self.view.policy, self.today)

    def window(self, name: str) -> Window:
        """The window of that name at ``as_of``."""
        return window(name, self.view.as_of, self.view.policy.zone)

    def scorecard(self, window_name: str) -> Scorecard:
        """Team and technicians in a window."""
        whole = self.window(window_name)
        found = self.roster.members(whole)
        team = self.figures(whole, Scope.TEAM, (TEAM_ID,))[TEAM_ID]
        people = self.figures(whole, Scope.TECH, [member.tech_id for member in found])
        return Scorecard(
            as_of=self.view.as_of,
            version=self.view.version,
            window=whole,
            team=self._card(whole, team, None, ""),
            technicians=tuple(self._card(whole, people[one.tech_id], one.tech_id, one.name) for one in found),
        )

    def technician(self, whole: Window, tech_id: int, name: str) -> Card:
        """One technician's card, whether or not they have a row in that window."""
        return self._card(whole, self.figures(whole, Scope.TECH, (tech_id,))[tech_id], tech_id, name)

    def own_window(self, kpi: str, whole: Window) -> Window:
        """The days a KPI covers in a window: those of the window, unless it has a window of its own (surveys)."""
        days = next(terms.definition.lead_days for terms in self.terms if terms.key == kpi)
        return whole if days is None else ending(whole, days)

    def queues(self) -> list[int]:
        """Every queue in which any KPI ever had a figure; -1 = none."""
        return known_ids(self.view.connection, [terms.key for terms in self.terms], Scope.QUEUE)

    def figures(self, whole: Window, scope: Scope, scope_ids: Collection[int]) -> dict[int, tuple[KpiFigure, ...]]:
        """The figures of every KPI for each of these technicians, queues or companies; zeros where none counts."""
        terms = [one for one in self.terms if scope in one.definition.scopes]
        if self._unchanged is None or any(one.definition.spells for one in terms):  # spells pass without an event
            return self._worked_out(terms, whole, scope, scope_ids)
        version = self.view.version
        basis = (version.generation, version.build, self.view.policy, self.today, self.reasons)
        known = self._unchanged.figures(basis, whole, scope)
        if missing := [scope_id for scope_id in scope_ids if scope_id not in known]:
            known.update(self._worked_out(terms, whole, scope, missing))
        return {scope_id: known[scope_id] for scope_id in scope_ids}

    def _worked_out(
        self, terms: Sequence[Terms], whole: Window, scope: Scope, scope_ids: Collection[int]
    ) -> dict[int, tuple[KpiFigure, ...]]:
        sums, windows = self._window_sums(terms, whole, scope, scope_ids)
        this_month = self._month(self.window("mtd"), scope, scope_ids)
        last_month = self._month(self.window("last_month"), scope, scope_ids)
        asked = [
            (one, self._measures_beside(one, scope), f"{one.key}.{CONTESTED}", self.reasons.get(one.key))
            for one in terms
        ]

        def inputs(scope_id: int) -> Iterator[_Inputs]:
            for one, beside, contested, reason in asked:
                key = (one.key, scope_id)
                own = sums.get(key, NOTHING)
                unassigned = None
                if one.definition.spells:
                    unassigned = self._unassigned(one, windows[one.key], scope, scope_id, own)
                yield (
                    own,
                    tuple([sums.get((name, scope_id), NOTHING) for name in beside]) if beside else (),
                    this_month.get(key, NOTHING),
                    last_month.get(key, NOTHING),
                    unassigned,
                    sums.get((contested, scope_id), NOTHING).sample,
                    self._flagged(one, whole, scope, scope_ids, scope_id, own) if one.definition.flags else (),
                    reason,
                )

        def figure(number: int, given: _Inputs) -> KpiFigure:
            return self._figure(terms[number], scope, windows[terms[number].key], given)

        return {
            scope_id: self._kept.figures(
                (whole, scope, scope_id),
                list(inputs(scope_id)),
                figure,
            )
            for scope_id in scope_ids
        }

    @staticmethod
    def _companions(terms: Terms, scope: Scope) -> list[Companion]:
        return [one for one in terms.definition.companions if one.for_technicians or scope is not Scope.TECH]

    def _measures_beside(self, terms: Terms, scope: Scope) -> tuple[str, ...]:
        return tuple(one.measure_of(terms.key) for one in self._companions(terms, scope))

    def _window_sums(
        self, terms: Iterable[Terms], whole: Window, scope: Scope, scope_ids: Collection[int]
    ) -> tuple[SumsOf, Mapping[str, Window]]:
        """Sums of KPIs and their companions, one statement for each range of days; and each KPI's own window."""
        windows: dict[str, Window] = {}
        measures: dict[Window, set[str]] = defaultdict(set)
        for one in terms:
            days = one.definition.lead_days
            windows[one.key] = own = whole if days is None else ending(whole, days)
            beside = (companion.measure_of(one.key) for companion in one.definition.companions)
            measures[own] |= {one.key, f"{one.key}.{CONTESTED}", *(name for name in beside if name)}
        sums: dict[tuple[str, int], Sums] = {}
        for own, names in measures.items():
            sums |= self._nested.read(names, scope, scope_ids, own.first_day, own.last_day)
        for one in terms:
            if one.definition.spells:
                self._add_spells(sums, one, windows[one.key], scope, scope_ids)
        return sums, windows

    def _add_spells(
        self,
        sums: dict[tuple[str, int], Sums],
        terms: Terms,
        days: Window,
        scope: Scope,
        scope_ids: Iterable[int],
    ) -> None:
        """Add to a KPI's sums the days of things that come and go, which are its denominator."""
        last_day = min(days.last_day, self.today)
        connection, measure = self.view.connection, terms.definition.spells
        for scope_id, shares in read_spells(connection, measure, scope, scope_ids, days.first_day, last_day).items():
            own = sums.get((terms.key, scope_id), NOTHING)
            sums[terms.key, scope_id] = own._replace(denominator=own.denominator + shares)

    def _unassigned(self, terms: Terms, days: Window, scope: Scope, scope_id: int, own: Sums) -> Fraction:
        """The hours of companies that have none of the things counted (kpis.md §3, reactive hours)."""
        if scope is Scope.COMPANY:
            return Fraction(0 if own.denominator else own.numerator, MILLION)
        connection, last_day = self.view.connection, min(days.last_day, self.today)
        ids = known_ids(connection, [terms.key], Scope.COMPANY)
        worked = read_sums(connection, [terms.key], Scope.COMPANY, ids, days.first_day, last_day)
        there = read_spells(connection, terms.definition.spells, Scope.COMPANY, ids, days.first_day, last_day)
        hours = (sums.numerator for (_, company), sums in worked.items() if not there.get(company))
        return Fraction(sum(hours), MILLION)

    def _lately(self, measure: str, days: Window, scope: Scope, scope_ids: Collection[int]) -> SumsOf:
        """The sums of a measure over days that are not the window's, read once."""
        key = (measure, days, scope, frozenset(scope_ids))
        if key not in self._spans:
            first_day, last_day = days.first_day, days.last_day
            self._spans[key] = read_sums(self.view.connection, [measure], scope, scope_ids, first_day, last_day)
        return self._spans[key]

    def _flagged(
        self, terms: Terms, whole: Window, scope: Scope, scope_ids: Collection[int], scope_id: int, own: Sums
    ) -> tuple[Sums, ...]:
        """What each of a KPI's flags looks at: the figure's own sums, or those of days of its own."""
        key = (terms.key, scope_id)
        return tuple(
            own
            if flag.days is None
            else self._lately(terms.key, ending(whole, flag.days), scope, scope_ids).get(key, NOTHING)
            for flag in terms.definition.flags
        )

    def _month(self, month: Window, scope: Scope, scope_ids: Collection[int]) -> SumsOf:
        key = (month, scope, frozenset(scope_ids))
        if key not in self._months:
            names = [one.key for one in self.terms if any(beside.by_month for beside in one.definition.companions)]
            self._months[key] = read_sums(
                self.view.connection, names, scope, scope_ids, month.first_day, month.last_day
            )
        return self._months[key]

    def _figure(self, terms: Terms, scope: Scope, days: Window, given: _Inputs) -> KpiFigure:
        """One figure, of nothing but its inputs, the terms and the days it covers."""
        sums, beside, this_month, last_month, unassigned, contested, lately, reason = given
        rate = Fraction(self.view.policy.rate)
        shown: dict[str, CompanionValue] = {}
        for companion, measured in zip(self._companions(terms, scope), beside, strict=True):
            found = companion.compute(Ground(terms.target, rate, measured, sums, this_month, last_month))
            shown[companion.key] = _shown(found, companion.digits)
        if terms.definition.spells:
            shown[UNASSIGNED] = unassigned
        if contested:
            shown[CONTESTED] = contested
        value = None if reason else ratio(sums.numerator, sums.denominator)
        return KpiFigure(
            kpi=terms.key,
            numerator=sums.numerator,
            denominator=sums.denominator,
            sample_size=sums.sample,
            provisional=sums.provisional,
            value=value,
            sufficient=is_sufficient(terms, sums),
            measurable=reason is None,
            reason=reason,
            target=terms.target,
            floor=terms.floor,
            attainment=terms.attainment(value),
            first_day=days.first_day,
            last_day=days.last_day,
            companions=shown,
            flags=() if reason else _flags(terms.definition.flags, lately),
        )

    def _card(self, whole: Window, figures: tuple[KpiFigure, ...], tech_id: int | None, name: str) -> Card:
        place = (whole, Scope.TEAM, TEAM_ID) if tech_id is None else (whole, Scope.TECH, tech_id)
        return self._kept.card(place, figures, name, lambda: self._scored(figures, tech_id, name))

    def _scored(self, figures: tuple[KpiFigure, ...], tech_id: int | None, name: str) -> Card:
        by_key = {terms.key: terms for terms in self.terms}
        weighed = [(figure, by_key[figure.kpi]) for figure in figures]
        result = score(
            [
                Part(
                    kpi=figure.kpi,
                    slot=terms.definition.slot,
                    weight=terms.team_weight if tech_id is None else terms.tech_weight,
                    attainment=figure.attainment,
                    counts=figure.measurable and figure.sufficient,
                )
                for figure, terms in weighed
                if (terms.team_weight if tech_id is None else terms.tech_weight)
            ]
        )
        return Card(figures, result.value, result.band, result.focus, tech_id, name, result.effects)


def _flags(flags: Iterable[Flag], lately: Iterable[Sums]) -> tuple[str, ...]:
    """The words a figure carries, by the sums each looks at."""
    values = ((flag, ratio(sums.numerator, sums.denominator)) for flag, sums in zip(flags, lately, strict=True))
    return tuple(flag.key for flag, value in values if value is not None and value > flag.above)


def is_sufficient(terms: Terms, sums: Sums) -> bool:
    """Whether the sample is large enough; where things that come and go are counted, whether there were any."""
    return sums.denominator > 0 if terms.definition.spells else sums.sample >= terms.minimum_sample


def _shown(value: CompanionValue, digits: int) -> CompanionValue:
    """A companion's value; money to its cent."""
    return round(value, digits) if isinstance(value, Fraction) and digits == MONEY_DIGITS else value
