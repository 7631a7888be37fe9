"""``docs/scorecard.toml``: every key of the policy with its default, what it means and what may be written there.

Made from the models (``make docs``): meanings are the docstrings of their fields, allowed values the words of their
types. As it stands the file is the default policy; keys that have no default are commented out with an example.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any, get_args

from pydantic.fields import FieldInfo

from models.policy import Policy
from models.policy_tables import KpiPolicy, Table
from service.kpis.definition import Definition
from service.kpis.registry import KPIS

POLICY_PAGE = "scorecard.toml"
_WIDTH = 110
_TIERS_EXAMPLE = (
    "# [tiers.queues]",
    '# "Level 1" = 1',
    '# "Level 2" = {rank = 2, from = 2026-01-01}   # dated: by the day of what counts',
    "# [tiers.technicians]",
    "# 29682885 = 1",
)
_EXAMPLES = {"measured_from": "2026-01-01", "default_location": "1"}


def policy_reference() -> str:
    """The annotated file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The policy of Techscore: what the numbers mean. Made from the code by `make docs`."
    yield "# Copy what you want to change into your own scorecard.toml; every key is optional, unknown keys are errors."
    yield "# Targets, floors, weights, samples, rate, currency, close day and leaderboard take effect at once."
    yield "# Anything else changes what numbers mean: a new ledger is then built beside the one shown, and takes its"
    yield "# place when it is whole."
    yield "# Where ids stand a label in quotes will do, as your Autotask shows it."
    policy = Policy()
    tables: list[tuple[str, FieldInfo, Any]] = []
    for name, info in Policy.model_fields.items():
        value = getattr(policy, name)
        if isinstance(value, Table) or name == "kpis":
            tables.append((name, info, value))
        else:
            yield from _key(name, info, value)
    for name, info, value in tables:
        if name == "kpis":
            yield from _kpis(info)
        else:
            yield from _table(name, info, value)


def _table(name: str, info: FieldInfo, table: Table) -> Iterator[str]:
    yield ""
    yield from _comment(info.description or "")
    if name == "tiers":
        yield from _TIERS_EXAMPLE
        return
    nested = {key: value for key in type(table).model_fields if isinstance(value := getattr(table, key), Table)}
    if not nested:
        yield f"[{name}]"
    for key, one in type(table).model_fields.items():
        if key in nested:
            yield from _table(f"{name}.{key}", one, nested[key])
        else:
            yield from _key(key, one, getattr(table, key))


def _key(name: str, info: FieldInfo, value: Any) -> Iterator[str]:
    yield ""
    words = _words(info)
    yield from _comment(f"{info.description or ''} {f'Allowed: {words}.' if words else ''}".strip())
    yield f"# {name} = {_EXAMPLES[name]}" if value is None else f"{name} = {_toml(value)}"


def _kpis(info: FieldInfo) -> Iterator[str]:
    yield ""
    yield from _comment(info.description or "")
    for name, one in KpiPolicy.model_fields.items():
        yield from _comment(f"{name}: {one.description} Allowed: {_words(one)}.")
    for kpi in KPIS:
        yield ""
        yield f"[kpis.{kpi.key}]"
        yield from _terms(kpi.definition)


def _terms(definition: Definition) -> Iterator[str]:
    yield f"target = {float(definition.target):g}"
    yield f"floor = {float(definition.floor):g}"
    if definition.minimum_sample:
        yield f"minimum_sample = {definition.minimum_sample}"


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, _WIDTH))


def _words(info: FieldInfo) -> str:
    """What the type of a field says is allowed, also where it stands inside ``| None``."""
    return next(_all_words((*info.metadata, info.annotation)), "")


def _all_words(parts: tuple[Any, ...]) -> Iterator[str]:
    for part in reversed(parts):
        if words := getattr(part, "words", ""):
            yield words
    for part in parts:
        inner = (*get_args(part), *getattr(part, "__metadata__", ()))
        if inner:
            yield from _all_words(inner)


def _toml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int | date):
        return str(value)
    return f'"{value}"'
