"""What a KPI is, apart from its arithmetic: names, direction, target, floor, weights (kpis.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from models.ledger import Scope
from service.kpis.companions import Companion
from service.kpis.contributions import Verdict
from service.projection.rules import Rules
from service.projection.story import Moment, Story


@dataclass(frozen=True)
class Witness:
    """A KPI is measurable only while ``<kpi>.<measure>`` has a sample of the team in the ``days`` ending today (R2)."""

    measure: str
    days: int
    reason: str


@dataclass(frozen=True)
class Flag:
    """A word beside a value above ``above``; of the ``days`` ending with the window's last day, or of the window."""

    key: str
    meaning: str
    above: Fraction
    days: int | None = None


@dataclass(frozen=True)
class Definition:
    """One KPI as the scorecard shows it. Weights are shares of the whole score (an eighth is a full slot).

    ``companions``: the figures shown beside the value; ``flags``: words it may carry. ``scopes``: whose figures there
    are. ``spells``: a measure of things that come and go, whose days are the denominator (endpoints). ``unfit``: the
    reason why the policy makes the KPI not measurable, or an empty string. ``witness``: what must have been seen
    lately for the KPI to be measurable. ``lead_days``: the KPI's window is that many days ending with the window's last
    day (surveys), or ``None`` for the window itself. ``rules``, ``reasons``: what each word in a contribution's
    ``rule`` and ``reason`` means, as a sentence for whoever asks why.
    """

    key: str
    title: str
    meaning: str
    higher_is_better: bool
    target: Fraction
    floor: Fraction
    minimum_sample: int
    slot: str
    tech_weight: Fraction
    team_weight: Fraction
    companions: tuple[Companion, ...] = ()
    flags: tuple[Flag, ...] = ()
    scopes: frozenset[Scope] = frozenset(Scope)
    spells: str = ""
    unfit: Callable[[Rules], str] | None = field(default=None, compare=False)
    witness: Witness | None = None
    lead_days: int | None = None
    rules: Mapping[str, str] = field(default_factory=dict, compare=False)
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def direction(self) -> str:
        return "higher" if self.higher_is_better else "lower"


class Measure(Protocol):
    """A pure function from one subject's story to contributions. ``revision`` is part of the generation:
    raise it whenever the same story shall give something else."""

    @property
    def key(self) -> str: ...

    @property
    def subject_type(self) -> str: ...

    @property
    def revision(self) -> int: ...

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """What the subject contributes at a moment."""
        ...


class Kpi(Measure, Protocol):
    """A measure that the scorecard shows."""

    @property
    def definition(self) -> Definition: ...
