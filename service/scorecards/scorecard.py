"""From counters to a scorecard: figures of any scope, the team's and technicians' cards (kpis.md §1, §3, §5).

A *board* is one view of the ledger with everything that is the same for all its windows worked out once.
``scorecard()`` is what page, API and metrics call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from models.instants import Day, local_day
from models.ledger import Scope
from service.kpis.companions import NOTHING, CompanionValue, Ground, Sums, ratio
from service.reading import View
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.measurability import TEAM_ID, not_measurable
from service.scorecards.roster import members
from service.scorecards.score import Part, score
from service.scorecards.sums import SumsOf, known_ids, read_sums
from service.scorecards.terms import Terms, terms_in_force
from service.scorecards.windows import Window, ending, window

DEFAULT_WINDOW = "mtd"


def scorecard(view: View, window_name: str = DEFAULT_WINDOW) -> Scorecard:
    """The scorecard of a window at the view's ``as_of``; ``UnknownWindow`` for a name that is none."""
    return Board(view).scorecard(window_name)


class Board:
    """The figures of one view. Holds what it read until the view ends."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.terms: tuple[Terms, ...] = terms_in_force(view.policy)
        self._months: dict[tuple[Window, Scope, frozenset[int]], SumsOf] = {}

    @cached_property
    def today(self) -> Day:
        """The local day of ``as_of``."""
        return local_day(self.view.as_of, self.view.policy.zone)

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """The KPIs that cannot be measured, and why."""
        return not_measurable(self.view.connection, self.today)

    def window(self, name: str) -> Window:
        """The window of that name at ``as_of``."""
        return window(name, self.view.as_of, self.view.policy.zone)

    def scorecard(self, window_name: str) -> Scorecard:
        """Team and technicians in a window."""
        whole = self.window(window_name)
        found = members(self.view.connection, self.view.policy, whole, self.today)
        team = self.figures(whole, Scope.TEAM, (TEAM_ID,))[TEAM_ID]
        people = self.figures(whole, Scope.TECH, [member.tech_id for member in found])
        return Scorecard(
            as_of=self.view.as_of,
            version=self.view.version,
            window=whole,
            team=self._card(team, None, ""),
            technicians=tuple(self._card(people[one.tech_id], one.tech_id, one.name) for one in found),
        )

    def technician(self, whole: Window, tech_id: int, name: str) -> Card:
        """One technician's card, whether or not they have a row in that window."""
        return self._card(self.figures(whole, Scope.TECH, (tech_id,))[tech_id], tech_id, name)

    def own_window(self, kpi: str, whole: Window) -> Window:
        """The days a KPI covers in a window: those of the window, unless it has a window of its own (surveys)."""
        days = next(terms.definition.lead_days for terms in self.terms if terms.key == kpi)
        return whole if days is None else ending(whole, days)

    def queues(self) -> list[int]:
        """Every queue in which any KPI ever had a figure; -1 = none."""
        return known_ids(self.view.connection, [terms.key for terms in self.terms], Scope.QUEUE)

    def figures(self, whole: Window, scope: Scope, scope_ids: Collection[int]) -> dict[int, tuple[KpiFigure, ...]]:
        """The figures of every KPI for each of these technicians, queues or companies; zeros where none counts."""
        sums, windows = self._window_sums(whole, scope, scope_ids)
        this_month = self._month(self.window("mtd"), scope, scope_ids)
        last_month = self._month(self.window("last_month"), scope, scope_ids)

        def figure(terms: Terms, scope_id: int) -> KpiFigure:
            key = (terms.key, scope_id)
            shown: dict[str, CompanionValue] = {}
            for companion in terms.definition.companions:
                if companion.for_technicians or scope is not Scope.TECH:
                    own = sums.get((f"{terms.key}.{companion.key}", scope_id), NOTHING)
                    months = (this_month.get(key, NOTHING), last_month.get(key, NOTHING))
                    shown[companion.key] = companion.compute(Ground(terms.target, own, *months))
            return self._figure(terms, windows[terms.key], sums.get(key, NOTHING), shown)

        return {scope_id: tuple(figure(terms, scope_id) for terms in self.terms) for scope_id in scope_ids}

    def _window_sums(
        self, whole: Window, scope: Scope, scope_ids: Iterable[int]
    ) -> tuple[SumsOf, Mapping[str, Window]]:
        """Sums of KPIs and their companions, one statement for each range of days; and each KPI's own window."""
        windows: dict[str, Window] = {}
        measures: dict[Window, list[str]] = defaultdict(list)
        for terms in self.terms:
            days = terms.definition.lead_days
            windows[terms.key] = own = whole if days is None else ending(whole, days)
            measures[own].append(terms.key)
            with_measure = (one.key for one in terms.definition.companions if one.has_measure)
            measures[whole].extend(f"{terms.key}.{key}" for key in with_measure)
        sums: dict[tuple[str, int], Sums] = {}
        for own, names in measures.items():
            sums |= read_sums(self.view.connection, names, scope, scope_ids, own.first_day, own.last_day)
        return sums, windows

    def _month(self, month: Window, scope: Scope, scope_ids: Collection[int]) -> SumsOf:
        key = (month, scope, frozenset(scope_ids))
        if key not in self._months:
            names = [terms.key for terms in self.terms]
            self._months[key] = read_sums(
                self.view.connection, names, scope, scope_ids, month.first_day, month.last_day
            )
        return self._months[key]

    def _figure(self, terms: Terms, own: Window, sums: Sums, companions: Mapping[str, CompanionValue]) -> KpiFigure:
        reason = self.reasons.get(terms.key)
        value = None if reason else ratio(sums.numerator, sums.denominator)
        return KpiFigure(
            kpi=terms.key,
            numerator=sums.numerator,
            denominator=sums.denominator,
            sample_size=sums.sample,
            provisional=sums.provisional,
            value=value,
            sufficient=sums.sample >= terms.minimum_sample,
            measurable=reason is None,
            reason=reason,
            target=terms.target,
            floor=terms.floor,
            attainment=terms.attainment(value),
            first_day=own.first_day,
            last_day=own.last_day,
            companions=companions,
        )

    def _card(self, figures: tuple[KpiFigure, ...], tech_id: int | None, name: str) -> Card:
        weights = [terms.team_weight if tech_id is None else terms.tech_weight for terms in self.terms]
        result = score(
            [
                Part(
                    kpi=figure.kpi,
                    slot=terms.definition.slot,
                    weight=weight,
                    attainment=figure.attainment,
                    counts=figure.measurable and figure.sufficient,
                )
                for terms, figure, weight in zip(self.terms, figures, weights, strict=True)
                if weight
            ]
        )
        return Card(figures, result.value, result.band, result.focus, tech_id, name)
