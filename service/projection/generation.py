"""A generation: the hash of everything that gives numbers their meaning (design §5)."""

from __future__ import annotations

from hashlib import sha256

import orjson

from models import ledger
from models.policy import Policy
from service.kpis.registry import revisions
from service.projection import fold

STORY_REVISION = 4
"""Raise it when stories (transitions, completions, edges) shall say something else of the same facts."""


def generation(policy: Policy, *, frozen: bool) -> str:
    """Twelve hex digits. A run on a frozen clock never shares a ledger with a live one."""
    meaning = {
        "layout": ledger.LAYOUT,
        "fold": fold.REVISION,
        "story": STORY_REVISION,
        "measures": dict(revisions()),
        "policy": policy.meaning(),
        "frozen": frozen,
    }
    return sha256(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
