"""What Grafana makes of what Prometheus answers: the names of fields through transformations, and of series by legend.

As far as the names go, and no further: enough to say that legends, transformations, overrides and links speak of what
is there. How it looks is seen in the preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tests.grafana import promql

_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FIELD = re.compile(r"__data\.fields\.(\w+)")
Series = Sequence[Mapping[str, Any]]
Answers = Mapping[str, Series]
"""The series of each query of a panel."""


def wrong(panel: Mapping[str, Any], answers: Answers) -> Iterator[str]:
    """What a panel speaks of that is not there."""
    yield from _legends(panel, answers)
    named = set(_told(panel, answers))
    fields = _frame(panel, answers)
    for step in panel.get("transformations", ()) if fields else ():
        yield from (f"{step['id']}: no field {name}" for name in sorted(_needs(step) - fields))
        fields = _after(step, fields, answers)
    if fields or not _tables(panel):
        yield from _overrides(panel, fields | named, answers)
        yield from (f"link by {one}" for one in _FIELD.findall(str(panel)) if one not in fields)


def _overrides(panel: Mapping[str, Any], named: set[str], answers: Answers) -> Iterator[str]:
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        kind, what = override["matcher"]["id"], override["matcher"]["options"]
        there = {
            "byName": lambda what: what in named,
            "byRegexp": lambda what: any(re.search(what, name) for name in named),
            "byFrameRefID": lambda what: what in answers,
        }
        if not there[kind](what):
            yield f"override of {what}"


def _legends(panel: Mapping[str, Any], answers: Answers) -> Iterator[str]:
    for target in panel.get("targets", ()):
        wanted = set(_LABEL.findall(target.get("legendFormat", "")))
        for series in answers[target["refId"]]:
            yield from (
                f"{target['refId']}: a series without {one}" for one in sorted(wanted - series["metric"].keys())
            )


def _tables(panel: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [target for target in panel.get("targets", ()) if target.get("format") == "table"]


def _frame(panel: Mapping[str, Any], answers: Answers) -> set[str]:
    """The fields of all tables of a panel; none while every one is empty."""
    tables = _tables(panel)
    labels = {label for target in tables for series in answers[target["refId"]] for label in series["metric"]}
    values = {"Value" if len(tables) == 1 else f"Value #{target['refId']}" for target in tables}
    return {"Time"} | labels | values if any(answers[target["refId"]] for target in tables) else set()


def _needs(step: Mapping[str, Any]) -> set[str]:
    options = step["options"]
    if step["id"] == "sortBy":
        return {one["field"] for one in options["sort"]}
    if step["id"] == "groupingToMatrix":
        return {options["columnField"], options["rowField"], options["valueField"]}
    if step["id"] == "organize":
        return {*options["renameByName"], *options["indexByName"]}
    return set()


def _after(step: Mapping[str, Any], fields: set[str], answers: Answers) -> set[str]:
    options = step["options"]
    if step["id"] == "organize":
        kept = {name for name in fields if not options["excludeByName"].get(name)}
        return {options["renameByName"].get(name) or name for name in kept}
    if step["id"] == "groupingToMatrix":
        column = options["columnField"]
        across = {series["metric"][column] for one in answers.values() for series in one if column in series["metric"]}
        return {f"{options['rowField']}\\{column}", *across}
    return fields


def _told(panel: Mapping[str, Any], answers: Answers) -> Iterator[str]:
    """The names series have, and those that the other states of the same queries would have."""
    for target in panel.get("targets", ()):
        legend = target.get("legendFormat", "")
        yield from promql.words(target["expr"])
        if "{{" not in legend:
            yield legend
        for series in answers[target["refId"]]:
            yield _LABEL.sub(partial(_label_of, series), legend)


def _label_of(series: Mapping[str, Any], hit: re.Match[str]) -> str:
    return str(series["metric"].get(hit[1], ""))
