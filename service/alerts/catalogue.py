"""All alert rules under a policy, and the command that prints them."""

from __future__ import annotations

from collections.abc import Iterable

from models.policy import Policy, default_policy
from service.alerts.health import coaching_rules, health_rules, source_rules, ticket_rules
from service.alerts.kpis import kpi_rules
from service.alerts.rule import RUNBOOKS, Rule, written

DEFAULT_FILE = "prometheus/rules/techscore.yml"


def rules(policy: Policy) -> Iterable[Rule]:
    """Every rule, those of one group together."""
    return (*kpi_rules(policy), *ticket_rules(), *coaching_rules(), *source_rules(), *health_rules())


def rule_file(policy: Policy | None = None, runbooks: str = RUNBOOKS) -> str:
    """The rule file of a policy, else of the default one: what is committed."""
    return written(rules(policy or default_policy()), runbooks)
