"""PromQL, put together: names with their prefix, figures of the team and of a technician, and what a tile says.

Every expression aggregates away what a scrape adds (``job``, ``instance``), so that it does not matter how many
replicas are scraped. A *tile* asks for one series, whose label ``state`` is the word beside the number: that is how a
figure on target, one to watch, an empty one, one that cannot be measured and a stale one look different, whatever
targets are in force.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.kpis.definition import Definition
from service.kpis.registry import KPIS

PREFIX = "techscore_"
STALE_SECONDS = 180
SILENT_SECONDS = 300
ACT_BELOW = 0.7
"""Of the way from floor to target: below this the band of a score would be *intervene*."""

AS_OF = "max(techscore_as_of_timestamp_seconds)"
FROZEN = "max(techscore_clock_frozen) == 1"
IS_FRESH = f"(time() - {AS_OF} <= {STALE_SECONDS} or {FROZEN})"

ON_TARGET, WATCH, ACT = "✓ on target", "▼ short of target", "✗ far from target"
FEW, EMPTY, UNMEASURED, STALE = "too few to judge", "no data yet", "not measurable", "STALE"
WORDS = (EMPTY, UNMEASURED, STALE)
"""States without a number; their value is 0 and is shown as a dash."""


def definition(kpi: str) -> Definition:
    """What a KPI is, by its key."""
    return next(one.definition for one in KPIS if one.key == kpi)


def metric(family: str, **labels: str) -> str:
    """A selector: ``metric("team_score", window="mtd")``."""
    told = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{PREFIX}{family}{{{told}}}" if told else f"{PREFIX}{family}"


def largest(family: str, by: str = "", **labels: str) -> str:
    """The series of a family once, by these labels; replicas say the same."""
    return f"max{f' by ({by})' if by else ''} ({metric(family, **labels)})"


def labelled(expression: str, label: str, value: str) -> str:
    """The same with a label of a fixed value."""
    return f'label_replace({expression}, "{label}", "{value}", "", "")'


def copied(expression: str, label: str, source: str) -> str:
    """The same with a label that says what another one says."""
    return f'label_replace({expression}, "{label}", "$1", "{source}", "(.*)")'


def joined(expression: str, label: str, *sources: str) -> str:
    """The same with a label that says what several others say."""
    told = ", ".join(f'"{source}"' for source in sources)
    return f'label_join({expression}, "{label}", " · ", {told})'


def either(expressions: Iterable[str]) -> str:
    """One after another."""
    return "\nor ".join(expressions)


def fresh(expression: str) -> str:
    """The same, and nothing while figures stand still: for what has no word of its own for that."""
    return f"({expression})\nand on () {IS_FRESH}"


def stale() -> str:
    """The word for figures that stand still, for what has numbers only; nothing while they are fresh."""
    return labelled(f"({AS_OF} * 0 unless {IS_FRESH})", "state", STALE)


def floored(expression: str, places: int = 0) -> str:
    """The same, rounded down to so many decimals: what is just short of a line is never shown as having reached it."""
    return _rounded("floor", expression, "+", places)


def ceiled(expression: str, places: int = 0) -> str:
    """The same, rounded up: where less is better."""
    return _rounded("ceil", expression, "-", places)


def _rounded(function: str, expression: str, sign: str, places: int) -> str:
    # A millionth of the last decimal: 0.29 * 100 is a little less than 29.
    return f"({function}(({expression}) * {10**places} {sign} 1e-6) / {10**places})"


PLACES = 3
"""Decimals of a figure: of hours, and of a share shown in percent with one."""


def shown(expression: str, kpi: str) -> str:
    """A KPI's value as it is shown: with a target of no more decimals, never on the other side of it."""
    return (floored if definition(kpi).higher_is_better else ceiled)(expression, PLACES)


def all_shown(expression: str) -> str:
    """The same for the values of several KPIs, told apart by ``kpi``."""
    up, down = floored(expression, PLACES), ceiled(expression, PLACES)
    higher, lower = (largest("kpi_info", by="kpi", direction=one) for one in ("higher", "lower"))
    return f"({up} and on (kpi) {higher} or {down} and on (kpi) {lower})"


def tile(scope: str, kpi: str, **labels: str) -> str:
    """A KPI's value with its state, of a scope (``team``, or ``tech`` with a ``tech_id``) in a window."""
    value = largest(f"{scope}_kpi_value", kpi=kpi, **labels)
    enough = f"{largest(f'{scope}_kpi_sufficient', kpi=kpi, **labels)} == 1"
    sample = largest(f"{scope}_kpi_sample_size", kpi=kpi, **labels)
    floor, target = largest("kpi_floor", kpi=kpi), largest("kpi_target", kpi=kpi)
    way = f"(({value} - {floor}) / ({target} - {floor}))"
    barred = f"{largest('kpi_measurable', kpi=kpi)} == 0"
    told = shown(value, kpi)
    return either(
        (
            labelled(f"({told} and {IS_FRESH} and {enough} and {way} >= 1)", "state", ON_TARGET),
            labelled(f"({told} and {IS_FRESH} and {enough} and {way} < 1 >= {ACT_BELOW})", "state", WATCH),
            labelled(f"({told} and {IS_FRESH} and {enough} and {way} < {ACT_BELOW})", "state", ACT),
            labelled(f"({told} and {IS_FRESH} unless {enough})", "state", FEW),
            labelled(f"({sample} * 0 and {IS_FRESH} unless {value} unless {barred})", "state", EMPTY),
            labelled(f"({sample} * 0 and {IS_FRESH} and {barred})", "state", UNMEASURED),
            labelled(f"({sample} * 0 unless {IS_FRESH})", "state", STALE),
        )
    )


def score_tile(expression: str, sample: str) -> str:
    """A score with its band; ``sample``: what is there also while there is no score."""
    told = f"{floored(expression)} and {IS_FRESH} and {expression}"
    return either(
        (
            labelled(f"({told} >= 96)", "state", "best in class"),
            labelled(f"({told} < 96 >= 85)", "state", "on track"),
            labelled(f"({told} < 85 >= 70)", "state", "coach"),
            labelled(f"({told} < 70)", "state", "intervene"),
            labelled(f"({sample} * 0 and {IS_FRESH} unless {expression})", "state", EMPTY),
            labelled(f"({sample} * 0 unless {IS_FRESH})", "state", STALE),
        )
    )


def title(kpi: str) -> str:
    """What a KPI is called everywhere: as in the registry."""
    return definition(kpi).title


SLA = {kpi.key.removeprefix("sla_"): kpi.definition.title for kpi in KPIS if kpi.definition.slot == "sla"}
"""What each SLA event is called, by its label."""


def events_titled(expression: str) -> str:
    """The same with SLA events called as their KPIs are."""
    for event, told in SLA.items():
        expression = f'label_replace({expression}, "event", "{told}", "event", "{event}")'
    return expression


FEW_VALUE, EMPTY_VALUE, UNMEASURED_VALUE = -1, -2, -3
"""In tables, where a cell is a number and nothing else: what stands for the words. No figure is negative."""


def cells(family: str, kpi: str, window: str) -> str:
    """A figure of every technician, by ``tech_id``; the three values above where there is none."""
    own = {"kpi": kpi, "window": window}
    value, sample = (largest(name, by="tech_id", **own) for name in (f"tech_kpi_{family}", "tech_kpi_sample_size"))
    enough = f"{largest('tech_kpi_sufficient', by='tech_id', **own)} == 1"
    barred = f"{largest('kpi_measurable', kpi=kpi)} == 0"
    told = f"{floored(value, 2)} and {enough}" if family == "attainment" else shown(value, kpi)
    return either(
        (
            f"({told})",
            f"{value} * 0 + {FEW_VALUE}",
            f"({sample} * 0 + {UNMEASURED_VALUE} and on () {barred})",
            f"{sample} * 0 + {EMPTY_VALUE}",
        )
    )


def score_cells(window: str) -> str:
    """The score of every technician there is; ``FEW_VALUE`` while too little can be judged."""
    score = largest("tech_score", by="tech, tech_id", window=window)
    there = largest("tech_kpi_sample_size", by="tech, tech_id", kpi="utilization", window=window)
    return either((floored(score), f"{there} * 0 + {FEW_VALUE}"))


def named(expression: str, label: str) -> str:
    """The same with the ``name`` of a queue or priority."""
    return f"{expression} * on ({label}) group_left (name) {largest(f'{label}_info', by=f'{label}, name')}"


def titled(expression: str) -> str:
    """The same with the ``title`` of its KPI."""
    return f"{expression} * on (kpi) group_left (title) {largest('kpi_info', by='kpi, title')}"


def rate(family: str, by: str = "", **labels: str) -> str:
    """How fast a counter grows, each second."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric(family, **labels)}[$__rate_interval]))"


def quantile(family: str, by: str = "") -> str:
    """What 99 of 100 stay below, of a histogram; nothing (and not NaN) where nothing happened."""
    told = f"{by}, le" if by else "le"
    return f"histogram_quantile(0.99, sum by ({told}) (rate({PREFIX}{family}_bucket[$__rate_interval]))) >= 0"


def standing() -> str:
    """When the figures are of, in milliseconds, with what to think of them as ``state``."""
    there = f"unless on () {AS_OF}"
    return either(
        (
            labelled(f"({AS_OF} * 1000 and {IS_FRESH} unless {FROZEN})", "state", "LIVE · figures as of"),
            labelled(f"({AS_OF} * 1000 unless {IS_FRESH})", "state", "STALE · nothing has moved since"),
            labelled(f"({AS_OF} * 1000 and {FROZEN})", "state", "CLOCK HELD STILL · figures of"),
            labelled(f'(min(up{{job=~"techscore.*"}}) == 1 {there})', "state", "STARTING · no figures yet"),
            labelled(
                f'(min(up{{job=~"techscore.*"}}) == 0 {there})', "state", "NOT REACHABLE · Techscore does not answer"
            ),
        )
    )


def heard() -> str:
    """How long ago Autotask was read, tickets and time entries, the older of the two; in seconds, with a state."""
    feeds = metric("source_last_success_timestamp_seconds").removesuffix("}")
    age = f'(time() - min({feeds}{{feed=~"Tickets|TimeEntries"}}))'
    return either(
        (
            labelled(f"({age} <= {SILENT_SECONDS})", "state", "Autotask read, ago"),
            labelled(f"({age} > {SILENT_SECONDS})", "state", "AUTOTASK SILENT for"),
            labelled(f"({AS_OF} * 0 unless {age})", "state", "no feed set up"),
        )
    )
