"""Alerts of the desk's figures: SLA burn, months below target, jumps; of the whole team, never of one person.

A burn rate of 1 uses exactly what the target allows. Few tickets make loud ratios, so each of these wants a least
number of misses and decisions as well. Spans are business time. Series are aggregated, so that it does not matter how
many replicas are scraped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from models.policy import Policy
from service.alerts.rule import Rule, Severity
from service.scorecards.burn import event_of
from service.scorecards.terms import Terms, terms_in_force

SHARE_LEFT = "0.2"
JUMP = "1.5"
JUMPING = ("escalation_rate", "reopen_rate")
_MOST_OF_A_BURN = Fraction(4, 5)
"""No rate can be greater than 1 ÷ (1 - target): a rule that asks for more than this part of it could never fire."""


@dataclass(frozen=True, slots=True)
class _Burn:
    alert: str
    severity: Severity
    rate: int
    long: str
    short: str | None
    misses: int
    decisions: int
    over: str


_BURNS = (
    _Burn("TechscoreSlaFastBurn", "critical", 4, "3bh", "45bm", 3, 8, "3 business hours"),
    _Burn("TechscoreSlaSlowBurn", "warning", 2, "1bd", "2bh", 4, 8, "business day"),
    _Burn("TechscoreSlaTrend", "info", 1, "5bd", None, 5, 20, "5 business days"),
)


def kpi_rules(policy: Policy) -> Iterator[Rule]:
    """The rules of figures under a policy."""
    terms = terms_in_force(policy)
    sla = [one for one in terms if one.definition.slot == "sla"]
    for burn in _BURNS:
        yield from (_burning(burn, one) for one in sla if one.target < 1)
    yield from (_misses_left(one) for one in sla if one.target < 1)
    for one in terms:
        if one.key == "utilization":
            yield _utilization(one, policy.currency)
        else:
            yield _below(one)
    yield from (_jump(one) for one in terms if one.key in JUMPING)


def _burning(burn: _Burn, terms: Terms) -> Rule:
    event = event_of(terms.key)
    rate = f"{float(min(Fraction(burn.rate), _MOST_OF_A_BURN / (1 - terms.target))):g}"
    spans = [burn.long] + ([burn.short] if burn.short else [])
    parts = [f'max by (event) (techscore_sla_burn_rate{{event="{event}",span="{span}"}}) >= {rate}' for span in spans]
    long = f'event="{event}",span="{burn.long}"'
    parts.append(f"sum by (event) (max by (event, queue) (techscore_sla_span_misses{{{long}}})) >= {burn.misses}")
    parts.append(f"sum by (event) (max by (event, queue) (techscore_sla_span_decisions{{{long}}})) >= {burn.decisions}")
    return Rule(
        alert=burn.alert,
        about="kpi",
        severity=burn.severity,
        expr="\nand on (event) ".join(parts),
        summary=(
            f'{_words(terms)} misses come {{{{ printf "%.1f" $value }}}} times as fast as the target of '
            f"{_share(terms.target)} allows: "
            + _asked(f"sum(max by (queue) (techscore_sla_span_misses{{{long}}}))")
            + " of "
            + _asked(f"sum(max by (queue) (techscore_sla_span_decisions{{{long}}}))")
            + f" missed in the last {burn.over}"
        ),
        held="2m",
        labels={"event": event},
    )


def _misses_left(terms: Terms) -> Rule:
    event = event_of(terms.key)
    allowed, left = (f'techscore_sla_misses_{name}{{event="{event}"}}' for name in ("allowed", "left"))
    return Rule(
        alert="TechscoreSlaMissesLeft",
        about="kpi",
        severity="warning",
        expr=f"max by (event) ({left}) < {SHARE_LEFT} * max by (event) ({allowed})",
        summary=(
            _asked(f"max({allowed}) - max({left})")
            + " of "
            + _asked(f"max({allowed})")
            + f" allowed {_words(terms, start=False)} misses used, "
            + _asked("max(techscore_month_business_days_left)")
            + " business days left"
        ),
        held="5m",
        labels={"event": event},
    )


def _below(terms: Terms) -> Rule:
    worse, side = ("<", "below") if terms.definition.higher_is_better else (">", "above")
    own = f'kpi="{terms.key}",window="mtd"'
    hours = bool(terms.definition.spells)
    shown = '{{ printf "%.2f" $value }} hours' if hours else "{{ humanizePercentage $value }}"
    target = f"{float(terms.target):g} hours" if hours else _share(terms.target)
    return Rule(
        alert="TechscoreKpiBelowTarget",
        about="kpi",
        severity="info",
        expr=(
            f"max by (kpi) (techscore_team_kpi_value{{{own}}}) {worse} {float(terms.target):g}\n"
            f"and on (kpi) max by (kpi) (techscore_team_kpi_sufficient{{{own}}}) == 1"
        ),
        summary=f"{terms.definition.title} is {side} target: {shown} this month so far, target {target}",
        held="1h",
        labels={"kpi": terms.key},
    )


def _utilization(terms: Terms, currency: str) -> Rule:
    own = f'kpi="{terms.key}",window="30d"'
    return Rule(
        alert="TechscoreUtilizationUnderLine",
        about="kpi",
        severity="warning",
        expr=(
            f"max by (kpi) (techscore_team_kpi_value{{{own}}}) < {float(terms.target):g}\n"
            f"and on (kpi) max by (kpi) (techscore_team_kpi_sufficient{{{own}}}) == 1"
        ),
        summary=(
            f"Utilization of the last 30 days is {{{{ humanizePercentage $value }}}}, the line is "
            f"{_share(terms.target)}: "
            + _asked('max(techscore_lost_utilization_cost{window="30d"})')
            + f" {currency} lost"
        ),
        held="1h",
        labels={"kpi": terms.key},
    )


def _jump(terms: Terms) -> Rule:
    own = f'{{kpi="{terms.key}",window="30d"}}'
    value = f"max by (kpi) (techscore_team_kpi_value{own}"
    enough = f"max by (kpi) (techscore_team_kpi_sufficient{own}"
    return Rule(
        alert="TechscoreRateJump",
        about="kpi",
        severity="warning",
        expr=(
            f"{value}) > {JUMP} * {value} offset 7d)\n"
            f"and on (kpi) {value}) > {float(terms.target):g}\n"
            f"and on (kpi) {enough}) == 1\n"
            f"and on (kpi) {enough} offset 7d) == 1"
        ),
        summary=(
            f"{terms.definition.title} of 30 days jumped to {{{{ humanizePercentage $value }}}} within a week, from "
            + _asked(f"max(techscore_team_kpi_value{own} offset 7d)", "humanizePercentage")
            + f"; target {_share(terms.target)}"
        ),
        held="1h",
        labels={"kpi": terms.key},
    )


def _words(terms: Terms, *, start: bool = True) -> str:
    title = terms.definition.title
    return title if start else title[:1].lower() + title[1:]


def _share(value: Fraction) -> str:
    return f"{float(100 * value):g}%"


def _asked(query: str, shown: str = 'printf "%.0f"') -> str:
    """A template that asks for one number more than the rule's own; a question mark where there is none."""
    return f"{{{{ with query `{query}` }}}}{{{{ . | first | value | {shown} }}}}{{{{ else }}}}?{{{{ end }}}}"
