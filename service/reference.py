"""The reference pages that are made from the code: KPIs, metrics, and the annotated policy file.

``python -m service.reference docs`` writes them (``make docs``); a test fails while the committed ones lag behind.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from service.kpis.definition import Definition
from service.kpis.registry import KPIS
from service.metric_reference import METRIC_PAGE, metric_reference
from service.policy_reference import POLICY_PAGE, policy_reference
from service.scorecards.score import BANDS, FEWEST_SLOTS, LOWEST_BAND, SLOTS

KPI_PAGE = "kpis.md"


def kpi_reference() -> str:
    """Every KPI of the registry in Markdown."""
    return "\n".join(_page()) + "\n"


def pages() -> Mapping[str, str]:
    """The pages by file name."""
    return {KPI_PAGE: kpi_reference(), METRIC_PAGE: metric_reference(), POLICY_PAGE: policy_reference()}


def _page() -> Iterator[str]:
    yield "# The KPIs"
    yield ""
    yield "Made from the code by `make docs`; edit `service/kpis/` instead. Targets and floors are the defaults: the"
    yield "policy may change them (see `scorecard.toml`), and `GET /api/v1/kpis` tells those in force."
    yield ""
    yield "A KPI over a window is the sum of numerators ÷ the sum of denominators of its contributions. Every reason"
    yield "below stands in the `reason` of an evidence row, every rule in the `rule` of a ticket's story."
    yield ""
    yield "| KPI | better | target | floor | least sample | share of tech score | share of team score |"
    yield "|---|---|---|---|---|---|---|"
    for kpi in KPIS:
        yield _row(kpi.definition)
    for kpi in KPIS:
        yield from _chapter(kpi.definition, kpi.revision)
    yield ""
    yield "## Scores"
    yield ""
    yield f"Eight slots: {', '.join(f'`{slot}`' for slot in SLOTS)}."
    yield "Attainment is the way from floor to target that a value has gone, 0 to 1. The score is 100 times the"
    yield "weighted mean of the attainments that are measurable with a sufficient sample; with fewer than"
    yield f"{FEWEST_SLOTS} slots there is none. The focus is the KPI that costs the most."
    yield ""
    bands = ", ".join(f"`{name}` from {least}" for name, least in BANDS)
    yield f"Bands of the unrounded score: {bands}, else `{LOWEST_BAND}`."


def _row(one: Definition) -> str:
    cells = (
        f"[{one.title}](#{one.key})",
        one.direction,
        _decimal(one.target),
        _decimal(one.floor),
        str(one.minimum_sample),
        _share(one.tech_weight),
        _share(one.team_weight),
    )
    return f"| {' | '.join(cells)} |"


def _chapter(one: Definition, revision: int) -> Iterator[str]:
    yield ""
    yield f"## {one.key}"
    yield ""
    yield f"**{one.title}** (formula revision {revision}). {one.meaning}"
    if one.lead_days is not None:
        yield ""
        yield f"Window: the {one.lead_days} days ending with the last day of the window asked for."
    yield from _table("Beside it", "companion", {each.key: each.meaning for each in one.companions})
    yield from _table("Flags", "flag", {each.key: each.meaning for each in one.flags})
    yield from _table("Rules", "rule", one.rules)
    yield from _table("Reasons", "reason", one.reasons)


def _table(heading: str, column: str, meanings: Mapping[str, str]) -> Iterator[str]:
    if not meanings:
        return
    yield ""
    yield f"### {heading}"
    yield ""
    yield f"| {column} | |"
    yield "|---|---|"
    for key, meaning in meanings.items():
        yield f"| `{key}` | {meaning} |"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"


def _share(weight: Fraction) -> str:
    return f"{weight.numerator}/{weight.denominator}" if weight else "none"


def write(folder: Path) -> None:
    """Write every page that is not as it should be."""
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
