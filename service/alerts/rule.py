"""One alert rule, and a file of them as Prometheus reads it.

``about`` says what an alert is of, for routing and inhibition: ``kpi`` (the desk's figures), ``ticket``, ``coaching``
(a date that two people agreed on), ``source`` (what comes in; while it is silent, figures mean nothing) and ``health``
(Techscore itself).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

RUNBOOKS = "docs/alerts"

About = Literal["kpi", "ticket", "coaching", "source", "health"]
Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Rule:
    """``held``: how long it must be so before it fires, as Prometheus writes durations; ``summary`` is a template."""

    alert: str
    about: About
    severity: Severity
    expr: str
    summary: str
    held: str = "0m"
    labels: Mapping[str, str] = field(default_factory=dict)


def written(rules: Iterable[Rule], runbooks: str = RUNBOOKS) -> str:
    """The rules as a rule file; ``runbooks``: where the pages of the alerts are, an address or a folder."""
    return "\n".join(_lines(rules, runbooks.rstrip("/"))) + "\n"


def _lines(rules: Iterable[Rule], runbooks: str) -> Iterator[str]:
    yield "# Made of the policy by `techscore rules`; change the policy, or service/alerts/, and make it anew."
    yield "groups:"
    for about, group in groupby(rules, key=lambda rule: rule.about):
        yield f"  - name: techscore-{about}"
        yield "    rules:"
        for rule in group:
            yield f"      - alert: {rule.alert}"
            yield "        expr: |-"
            yield from (f"          {line}" for line in rule.expr.strip().splitlines())
            yield f"        for: {rule.held}"
            yield "        labels:"
            for name, value in {"severity": rule.severity, "about": rule.about, **rule.labels}.items():
                yield f"          {name}: {json.dumps(value)}"
            yield "        annotations:"
            yield f"          summary: {json.dumps(rule.summary, ensure_ascii=False)}"
            yield f"          runbook_url: {json.dumps(f'{runbooks}/{rule.alert}.md')}"
