"""Each rule can fail: a sound dashboard, broken in one place, is told by the rule that it breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.grafana import checks, promql
from tests.grafana.test_dashboards import DASHBOARDS

Break = Callable[[dict[str, Any]], object]
HEALTH, WALL = "health", "wall"


def panel(dashboard: dict[str, Any], title: str) -> dict[str, Any]:
    """The panel of this title."""
    return next(one for one in checks.panels(dashboard) if one["title"] == title)


def _expression(old: str, new: str, title: str = "Events waiting") -> Break:
    def break_it(dashboard: dict[str, Any]) -> None:
        (target, *_) = panel(dashboard, title)["targets"]
        assert old in target["expr"]
        target["expr"] = target["expr"].replace(old, new)

    return break_it


def _without(place: str, *keys: str) -> Break:
    def break_it(dashboard: dict[str, Any]) -> None:
        part: dict[str, Any] = panel(dashboard, "Events waiting")
        for key in keys:
            part = part[key]
        del part[place]

    return break_it


def _put(value: object, *keys: str | int) -> Break:
    def break_it(dashboard: dict[str, Any]) -> None:
        part: Any = dashboard
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return break_it


def _on_panel(**changes: object) -> Break:
    return lambda dashboard: panel(dashboard, "Events waiting").update(changes)


def _legend(dashboard: dict[str, Any]) -> None:
    panel(dashboard, "Events waiting")["targets"][0]["legendFormat"] = "{{x}}"


BROKEN: Mapping[str, tuple[checks.Check, Break, str]] = {
    "older format": (checks.schema, _put(36, "schemaVersion"), "schema version 36"),
    "unknown uid": (checks.known_to_links, _put("another", "uid"), "nobody leads to another"),
    "id twice": (checks.ids, _on_panel(id=1), "id 1 twice"),
    "too far right": (checks.places, _on_panel(gridPos={"x": 23, "y": 90, "w": 2, "h": 2}), "is outside"),
    "on another": (checks.places, _on_panel(gridPos={"x": 14, "y": 2, "w": 2, "h": 2}), "overlaps"),
    "undeclared variable": (checks.declared_variables, _on_panel(title="$queue"), "$queue is not declared"),
    "unused variable": (checks.declared_variables, _put([{"name": "idle"}], "templating", "list"), "$idle is not used"),
    "no title": (checks.words, _without("title"), "no title"),
    "no description": (checks.words, _without("description"), "no description"),
    "no unit": (checks.words, _without("unit", "fieldConfig", "defaults"), "no unit"),
    "no words for nothing": (checks.words, _without("noValue", "fieldConfig", "defaults"), "no noValue"),
    "no dashboard description": (checks.words, _put("", "description"), "no description"),
    "no query": (checks.asked, _on_panel(targets=[]), "asks for nothing"),
    "another source": (checks.sources, _on_panel(datasource={"type": "prometheus", "uid": "x"}), "another data source"),
    "no family": (checks.names, _expression("inbox_backlog", "outbox_backlog"), "there is no techscore_outbox_backlog"),
    "no label": (checks.names, _expression("backlog", 'backlog{tech="x"}'), "has no label tech"),
    "no value": (checks.names, _expression("inbox_backlog", 'kpi_target{kpi="x"}'), "kpi is never x"),
    "no grouping": (checks.names, _expression("max (", "max by (shard) ("), "no label shard"),
    "legend of nothing": (checks.legends, _legend, "no x for the legend"),
    "fixed range": (checks.counters, _expression("$__rate_interval", "5m", "Requests to Autotask"), "rate over 5m"),
    "rate of a gauge": (
        checks.counters,
        _expression("techscore_inbox_backlog", "rate(techscore_inbox_backlog[$__rate_interval])"),
        "rate of a gauge",
    ),
    "counter as it stands": (checks.counters, _expression("inbox_backlog", "callouts_total"), "as it stands"),
    "not aggregated": (
        checks.replicas,
        _expression("max (techscore_inbox_backlog)", "techscore_inbox_backlog"),
        "every replica",
    ),
    "out of nothing": (checks.honest, _expression("max (", "max(up) or vector(0) + max ("), "a series out of nothing"),
    "absent": (checks.honest, _expression("max (", "absent("), "a series out of nothing"),
    "no banner": (checks.silent_when_stale, lambda dashboard: dashboard["panels"].pop(0), "nothing at the top says"),
    "editable": (checks.read_only, _put(True, "editable"), "can be edited"),
    "values asked once": (checks.read_only, _put(1, "templating", "list", 0, "refresh"), "not asked again"),
    "red and green": (checks.seen_by_everybody, _on_panel(fieldConfig={"color": "#ff0000"}), "colour #ff0000"),
    "named colour": (checks.seen_by_everybody, _on_panel(fieldConfig={"color": "dark-green"}), "colour dark-green"),
    "no such dashboard": (checks.leading, _on_panel(title="/d/techscore-none"), "no dashboard techscore-none"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told(name: str) -> None:
    """By the rule for it, in words that say what."""
    check, break_it, told = BROKEN[name]
    dashboard = deepcopy(DASHBOARDS[HEALTH])
    assert [] == list(check(dashboard))
    break_it(dashboard)
    assert told in " ".join(check(dashboard))


def test_a_wall_below_the_fold_is_told() -> None:
    """One row too many."""
    dashboard = deepcopy(DASHBOARDS[WALL])
    dashboard["panels"][-1]["gridPos"]["h"] += 1
    assert ["28 rows"] == list(checks.one_screen(dashboard))


def test_a_figure_that_looks_fresh_when_it_is_stale_is_told() -> None:
    """By panel and query."""
    dashboard = deepcopy(DASHBOARDS[WALL])
    panel(dashboard, "Business days left")["targets"][0]["expr"] = "max(techscore_month_business_days_left)"
    assert ["Business days left A: looks fresh when it is stale"] == list(checks.silent_when_stale(dashboard))


def test_every_rule_has_been_seen_to_fail() -> None:
    """No rule without a dashboard that breaks it."""
    broken = {check for check, _, _ in BROKEN.values()} | {checks.one_screen}
    assert set() == set(checks.CHECKS) - broken


def test_labels_and_words_are_read_out_of_promql() -> None:
    """Brackets, strings and nesting."""
    expression = (
        'label_join(label_replace((max by (slot, tech) (techscore_x{slot=~"0[1-6]",tech="a, b)"}) < 0), "over", '
        '"MISSED", "", ""), "what", " · ", "over", "tech") or label_replace(max(up), "holder", "$1", "tech", "(.*)")'
    )
    assert {"over", "what", "holder"} == promql.made(expression)
    assert {"MISSED"} == promql.words(expression)
    assert {"slot", "tech"} == promql.grouped(expression)
    assert [("techscore_x", (("slot", "0[1-6]"), ("tech", "a, b)"))), ("up", ())] == [
        (one.family, one.matchers) for one in promql.selectors(expression)
    ]
