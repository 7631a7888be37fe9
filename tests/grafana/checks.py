"""What a dashboard must be, one function for each rule; each yields what is wrong, in words, or nothing.

After Grafana's dashboard-linter, and what this house wants beyond it. Three of the linter's rules are left out, with
reasons: ``template-datasource`` (the data source is provisioned with a fixed uid, so there is nothing to choose),
``template-job`` and ``template-instance`` with ``target-job`` and ``target-instance`` (figures of the ledger are the
same on every replica; every expression aggregates ``job`` and ``instance`` away).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from grafana import colours, links
from grafana.promql import IS_FRESH
from service.kpis.registry import KPIS
from service.metric_reference import families
from service.metrics.ledger import WINDOWS
from service.scorecards.at_risk import Band
from service.scorecards.scorecard import UNASSIGNED
from tests.grafana import promql

Dashboard = Mapping[str, Any]
Check = Callable[[Dashboard], Iterator[str]]

COLUMNS, ROWS_OF_A_SCREEN = 24, 27
"""A row and its gap are 38 pixels: 27 of them and the margins are 1080."""
SOURCE = {"type": "prometheus", "uid": "techscore-prometheus"}
DOCUMENTED = {one.name: one for chapter in families().values() for one in chapter}
PALETTE = {colours.FINE, colours.CALM, colours.NEUTRAL, colours.WATCH, colours.ACT, *colours.LINES}
INVENTED: Mapping[str, str] = {}
"""What may make a series where there is none (``absent``, ``or vector``), with the reason. None needs to."""
COMPANIONS = {one.key for kpi in KPIS for one in kpi.definition.companions} | {UNASSIGNED}
ALWAYS_TOLD = {"Figures as of", "Autotask"}
"""Panels that say themselves of when they are."""
VALUES = {
    "kpi": {kpi.key for kpi in KPIS},
    "window": set(WINDOWS),
    "event": {"triage", "engagement", "completion"},
    "span": {"45bm", "2bh", "3bh", "1bd", "5bd"},
    "band": {band.value for band in Band},
    "companion": COMPANIONS,
}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?:[:.][^}]*)?\}|(\w+))")
_OUT_OF_NOTHING = re.compile(r"\babsent(?:_over_time)?\(|\bor\s+(?:on\s*\(\)\s*)?vector\(")
_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """All that is no heading."""
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def targets(dashboard: Dashboard) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each query with where it is."""
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            yield f"{panel['title']} {target['refId']}", target


def variables(dashboard: Dashboard) -> dict[str, dict[str, Any]]:
    """The variables by name."""
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def queries(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    """Every expression with where it is, of panels and variables."""
    for where, target in targets(dashboard):
        yield where, target["expr"]
    for name, one in variables(dashboard).items():
        if one["type"] == "query":
            yield f"${name}", expression_of(one["query"]["query"])


def expression_of(query: str) -> str:
    """What a variable asks Prometheus."""
    inner = re.fullmatch(r"query_result\((.*)\)", query, re.DOTALL)
    if inner:
        return inner[1]
    family, label = re.fullmatch(r"label_values\((\S+), (\w+)\)", query).groups()  # type: ignore[union-attr] # else it fails
    return f"max by ({label}) ({family})"


def strings(value: object) -> Iterator[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def schema(dashboard: Dashboard) -> Iterator[str]:
    """The version of the format that the pinned SDK writes."""
    if dashboard["schemaVersion"] != 42:
        yield f"schema version {dashboard['schemaVersion']}"


def known_to_links(dashboard: Dashboard) -> Iterator[str]:
    """Its uid and title are those other dashboards lead to."""
    if links.TITLES.get(dashboard["uid"]) != dashboard["title"]:
        yield f"nobody leads to {dashboard['uid']} {dashboard['title']}"


def ids(dashboard: Dashboard) -> Iterator[str]:
    """Each panel has an id of its own."""
    given = [panel["id"] for panel in dashboard["panels"]]
    yield from (f"id {one} twice" for one in sorted(set(given)) if given.count(one) > 1)


def places(dashboard: Dashboard) -> Iterator[str]:
    """Within the columns, and none over another."""
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        if at["x"] < 0 or at["y"] < 0 or at["w"] < 1 or at["h"] < 1 or at["x"] + at["w"] > COLUMNS:
            yield f"{panel['title']} is outside"
    for one, other in combinations(dashboard["panels"], 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        if not (apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]):
            yield f"{one['title']} overlaps {other['title']}"


def one_screen(dashboard: Dashboard) -> Iterator[str]:
    """Of the wall nothing lies below the fold."""
    if dashboard["uid"] == links.WALL:
        last = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
        if last > ROWS_OF_A_SCREEN:
            yield f"{last} rows"


def declared_variables(dashboard: Dashboard) -> Iterator[str]:
    """Every variable that is used is declared, and the other way round."""
    used = {a or b for text in strings(dict(dashboard)) for a, b in _VARIABLE.findall(text)}
    used = {name for name in used if not name.startswith("__") and not name.isdigit()}
    yield from (f"${name} is not declared" for name in sorted(used - variables(dashboard).keys()))
    yield from (f"${name} is not used" for name in sorted(variables(dashboard).keys() - used - {"techscore"}))


def words(dashboard: Dashboard) -> Iterator[str]:
    """Title and description on everything; unit and words for *nothing there* where there are numbers."""
    if not dashboard.get("description"):
        yield "no description"
    for panel in panels(dashboard):
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        yield from (
            f"{panel.get('title') or panel['id']}: no {word}"
            for word in ("title", "description")
            if not panel.get(word)
        )
        if panel["type"] != "text":
            yield from (f"{panel['title']}: no {word}" for word in ("unit", "noValue") if not defaults.get(word))


def asked(dashboard: Dashboard) -> Iterator[str]:
    """Every panel but texts asks for something, under names of their own."""
    for panel in panels(dashboard):
        refs = [target["refId"] for target in panel.get("targets", ())]
        if not refs and panel["type"] != "text":
            yield f"{panel['title']} asks for nothing"
        if len(refs) != len(set(refs)):
            yield f"{panel['title']}: a query's name twice"


def sources(dashboard: Dashboard) -> Iterator[str]:
    """Everything asks the provisioned data source."""
    asking = [(panel["title"], panel) for panel in panels(dashboard) if panel["type"] != "text"]
    asking += list(targets(dashboard))
    asking += [(f"${name}", one) for name, one in variables(dashboard).items() if one["type"] == "query"]
    yield from (f"{where}: another data source" for where, one in asking if one.get("datasource") != SOURCE)


def names(dashboard: Dashboard) -> Iterator[str]:
    """Families, labels and their values are those there are."""
    for where, expression in queries(dashboard):
        known = {"le"} | promql.made(expression)
        for one in promql.selectors(expression):
            if one.family == "up":
                known |= {"job"}
                continue
            documented = DOCUMENTED.get(one.family) or DOCUMENTED.get(promql.base(one.family))
            if documented is None:
                yield f"{where}: there is no {one.family}"
                continue
            known |= set(documented.labels)
            for label, value in one.matchers:
                if label not in documented.labels:
                    yield f"{where}: {one.family} has no label {label}"
                if value not in VALUES.get(label, {value}) and not value.startswith("$"):
                    yield f"{where}: {label} is never {value}"
        yield from (f"{where}: no label {label}" for label in sorted(promql.grouped(expression) - known))


def legends(dashboard: Dashboard) -> Iterator[str]:
    """A legend names labels that its expression keeps or makes."""
    for where, target in targets(dashboard):
        there = promql.grouped(target["expr"]) | promql.made(target["expr"])
        yield from (
            f"{where}: no {one} for the legend"
            for one in _LEGEND.findall(target.get("legendFormat", ""))
            if one not in there
        )


def counters(dashboard: Dashboard) -> Iterator[str]:
    """Counters are asked how fast they grow, over Grafana's own range; gauges are not."""
    for where, expression in queries(dashboard):
        rated = promql.rated(expression)
        for function, family, span in rated:
            if span not in {"$__rate_interval", "$__range"}:
                yield f"{where}: {function} over {span}"
            if (DOCUMENTED.get(family) or DOCUMENTED[promql.base(family)]).type == "gauge":
                yield f"{where}: {function} of a gauge"
        inside = {family for _, family, _ in rated}
        for one in promql.selectors(expression):
            documented = DOCUMENTED.get(one.family) or DOCUMENTED.get(promql.base(one.family))
            if documented is not None and documented.type in {"counter", "histogram"} and one.family not in inside:
                yield f"{where}: {one.family} as it stands"


def replicas(dashboard: Dashboard) -> Iterator[str]:
    """What a scrape adds is aggregated away, so that it does not matter how many replicas there are."""
    for where, query in queries(dashboard):
        expression = promql.unquoted(query)
        for hit in re.finditer(r"\b(techscore_\w+|up)\b", expression):
            before = expression[: hit.start()].rstrip()
            if not re.search(r"\b(?:max|min|sum|count)(?: by \([^)]*\))? ?\($|\brate\($", before):
                yield f"{where}: {hit[0]} of every replica"


def honest(dashboard: Dashboard) -> Iterator[str]:
    """Nothing is made up where there is nothing."""
    for where, expression in queries(dashboard):
        if _OUT_OF_NOTHING.search(expression) and where not in INVENTED:
            yield f"{where}: a series out of nothing"


def silent_when_stale(dashboard: Dashboard) -> Iterator[str]:
    """What the ledger says is not shown, or is called stale, once it stands still; health is read at the scrape."""
    told_first = [panel["title"] for panel in panels(dashboard) if panel["gridPos"]["y"] == 0]
    if "Figures as of" not in told_first:
        yield "nothing at the top says of when the figures are"
    if dashboard["uid"] == links.HEALTH:
        return
    for panel in panels(dashboard):
        asked_for = [] if panel["title"] in ALWAYS_TOLD else panel.get("targets", ())
        yield from (
            f"{panel['title']} {target['refId']}: looks fresh when it is stale"
            for target in asked_for
            if IS_FRESH not in target["expr"]
        )


def read_only(dashboard: Dashboard) -> Iterator[str]:
    """What is provisioned is not edited; the list of values follows the time range."""
    if dashboard.get("editable") is not False:
        yield "can be edited"
    for name, one in variables(dashboard).items():
        if one["type"] == "query" and one.get("refresh") != 2:
            yield f"${name} is not asked again"


def seen_by_everybody(dashboard: Dashboard) -> Iterator[str]:
    """Only colours of the palette."""
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", json.dumps(dashboard)))
    yield from (f"colour {one}" for one in sorted(used - PALETTE))
    named = set(re.findall(r'"(?:color|fixedColor)": "([a-z-]+)"', json.dumps(dashboard)))
    yield from (f"colour {one}" for one in sorted(named))


def leading(dashboard: Dashboard) -> Iterator[str]:
    """Links between dashboards end at one."""
    for text in strings(dict(dashboard)):
        for uid in re.findall(r"/d/([\w-]+)", text):
            if uid not in links.TITLES:
                yield f"no dashboard {uid}"


CHECKS: tuple[Check, ...] = (
    schema,
    known_to_links,
    ids,
    places,
    one_screen,
    declared_variables,
    words,
    asked,
    sources,
    names,
    legends,
    counters,
    replicas,
    honest,
    silent_when_stale,
    read_only,
    seen_by_everybody,
    leading,
)
