"""``docs/metrics.md``: every family of metrics with its type, labels, meaning and a query, made from the code.

What is told here is what is exposed: gauges as they are declared, process metrics as their own registries give them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from ingest.reconcile.store import Kind as DriftKind
from models.desk import ProofKind
from models.ledger import ParkedKind
from service.metrics import ledger, live
from service.metrics.examples import EXAMPLES
from service.metrics.families import Families
from service.metrics.process import CALLOUT_OUTCOMES, REJECTIONS, ProcessMetrics
from service.metrics.worker import WorkerMetrics
from service.scorecards.at_risk import Band

METRIC_PAGE = "metrics.md"
_BUCKET = "le"


@dataclass(frozen=True, slots=True)
class Documented:
    """A family as it is scraped; ``labels`` without a histogram's ``le``."""

    name: str
    type: str
    labels: tuple[str, ...]
    documentation: str


@dataclass(frozen=True, slots=True)
class Size:
    """What a scrape comes to, by part: series, and thousands of bytes of text."""

    ledger_series: int
    ledger_kilobytes: int
    process_series: int
    process_kilobytes: int


COUNTED = (200, 30, 500)
"""Technicians, queues and companies of the desk that ``SIZE`` is of."""
SIZE = Size(31_759, 3_489, 76, 7)
"""Of ``COUNTED``; ``tests/metrics/test_size.py`` counts again."""


def families() -> Mapping[str, tuple[Documented, ...]]:
    """Every family there is, by the chapter of the page it belongs to."""
    process = ProcessMetrics()
    process.served("/", "GET", 200, time.perf_counter())  # a histogram shows its labels with its first sample
    return {
        "Figures": tuple(_gauges(ledger.declared())),
        "Health": tuple(_gauges(live.declared())),
        "Worker": tuple(_exposed(WorkerMetrics().exposition())),
        "Web": tuple(_exposed(process.render())),
    }


def metric_reference() -> str:
    """The page."""
    return "\n".join(_page()) + "\n"


def _gauges(declared: Families) -> Iterator[Documented]:
    return (Documented(one.name, "gauge", one.labels, one.documentation) for one in declared.declared)


def _exposed(text: bytes) -> Iterator[Documented]:
    for family in text_string_to_metric_families(text.decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != _BUCKET)
        yield Documented(name, family.type, tuple(labels), family.documentation)


_WHERE = {
    "Figures": (
        "`part=ledger`. Made by the leading worker once per version of its ledger, at most once a second and at least "
        "every ten; the same on every replica. Exact: numerators and denominators are in natural units, a value "
        "without data is absent and never NaN."
    ),
    "Health": "`part=ledger`, but read from the database at the scrape: true also while no worker runs.",
    "Worker": "`part=ledger`, behind the figures: the leading worker has no port. Counters begin at its start.",
    "Web": "`part=process`: of the replica that is scraped, and of no other.",
}


def _page() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Made from the code by `make docs`; edit `service/metrics/` instead. `GET /metrics` needs a token with scope"
    yield "`scrape`. Without `?part=` it gives everything; with several replicas scrape `part=ledger` once and"
    yield "`part=process` of each, as [prometheus.yml](../prometheus/prometheus.yml) does. No label holds a ticket but"
    yield "one of `techscore_sla_at_risk_ticket_minutes`, which has fifteen series at most; scopes are never crossed."
    for chapter, members in families().items():
        yield ""
        yield f"## {chapter}"
        yield ""
        yield _WHERE[chapter]
        yield ""
        yield "| family | type | labels | meaning | for example |"
        yield "|---|---|---|---|---|"
        yield from (_row(one) for one in members)
    yield from _labels()
    yield from _size()


def _row(one: Documented) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    example = EXAMPLES[one.name].replace("|", "\\|")
    return f"| `{one.name}` | {one.type} | {labels} | {one.documentation} | `{example}` |"


def _labels() -> Iterator[str]:
    yield ""
    yield "## Labels"
    yield ""
    yield "| label | values |"
    yield "|---|---|"
    yield f"| `window` | {_words(ledger.WINDOWS)}; a window of a KPI's own (surveys: 90 days) ends on the same day |"
    yield "| `kpi`, `companion` | the keys of [kpis](kpis.md) |"
    yield "| `tech` | a technician's name, initials or id, as `TECHSCORE_METRICS_TECHNICIAN` says; `none`: nobody |"
    yield "| `tech_id` | the id of the resource in Autotask: what tells two of one name apart |"
    yield "| `queue`, `priority` | ids of the picklists; `none`: no queue |"
    yield "| `place` | where a priority stands in Autotask's list, from `01`; `99`: in none |"
    yield "| `event` | `triage`, `engagement`, `completion`: the SLA KPI without `sla_` |"
    yield "| `span` | `45bm`, `2bh`, `3bh`, `1bd`, `5bd`: business minutes, hours and days that end now |"
    yield f"| `band` | {_words(Band)}: how soon it is due, in business time |"
    yield "| `month` | `YYYY-MM` |"
    kinds = {"parked": ParkedKind, "verification": ProofKind, "drift": DriftKind}
    yield f"| `kind` | {'; '.join(f'{of}: {_words(words)}' for of, words in kinds.items())} |"
    yield "| `feed` | the names of the [feeds](reference.md#feeds) that have a rhythm |"
    yield (
        f"| `outcome` | events: `stored`, `duplicate`; callouts: {_words(CALLOUT_OUTCOMES)}; "
        "requests: `ok`, else the reason |"
    )
    yield f"| `reason` | of a refusal at the webhook's door: {_words(REJECTIONS)} |"


def _words(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _size() -> Iterator[str]:
    yield ""
    yield "## How much it is"
    yield ""
    technicians, queues, companies = COUNTED
    yield f"A desk of {technicians} technicians, {queues} queues and {companies} companies after ten days, counted by"
    yield "a test; companies have no series. Each month gone by adds one for each technician and each KPI, thirteen at"
    yield "most; each route that is asked for adds a histogram. Compressed, as Prometheus asks for it, the text is a"
    yield "twentieth of this."
    yield ""
    yield "| part | series | kB of text |"
    yield "|---|---|---|"
    yield f"| `ledger` | {SIZE.ledger_series:,} | {SIZE.ledger_kilobytes:,} |"
    yield f"| `process`, each replica | {SIZE.process_series:,} | {SIZE.process_kilobytes:,} |"
    yield ""
    yield '`make bench ARGS="--only P6"` measures such a desk on your machine. The bars: a scrape within 25 ms,'
    yield "a rendering within 150 ms of the worker's processor time."
