"""Every reason a KPI may give is shown by an example: the word stands in the KPI's own test modules.

A static look, as examples run in several processes: a module shows the words it writes itself or calls a helper of
that name for (``open_breach``), and the keys of the table of exclusions where it names it.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from service.kpis.registry import KPIS
from tests.kpis import office

HERE = Path(__file__).parent
NEVER = {
    ("escalation_rate", "alert_without_labour"): "a pair has a technician with an entry on the ticket",
    ("reactive_hours_per_endpoint", "alert_without_labour"): "a technician's entry is on the ticket",
}
"""Reasons that cannot come up where a contribution is about somebody who worked on the ticket."""


def words_of(path: Path) -> set[str]:
    """The strings of a module, the functions it calls, and the office's exclusions where it names them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found |= {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | set(office.EXCLUSIONS) if "EXCLUSIONS" in names else found


def shown(kpi: str, slot: str) -> set[str]:
    """All the words in the test modules of a KPI; those of SLA share theirs."""
    name = "sla" if slot == "sla" else kpi
    return {word for path in HERE.glob(f"test_{name}*.py") for word in words_of(path)}


@pytest.mark.parametrize("kpi", [kpi.definition.key for kpi in KPIS])
def test_every_reason_is_shown(kpi: str) -> None:
    """None is left out but those that cannot come up."""
    definition = next(one.definition for one in KPIS if one.definition.key == kpi)
    never = {reason for key, reason in NEVER if key == kpi}
    assert set() == definition.reasons.keys() - shown(kpi, definition.slot) - never


@pytest.mark.parametrize("number", range(1, 11))
def test_every_worked_example_is_a_test(number: int) -> None:
    """Each of kpis.md §6 has a test or a class of tests of its name."""
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {
        node.name.lower().replace("_", "")
        for path in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, named)
    }
    example = f"testexample{number}"
    assert any(name == example or (name.startswith(example) and name[len(example)].isalpha()) for name in names)
