"""Every operation of the OpenAPI document against the running service, with input nobody sane would send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from models.clock import WallClock
from models.instants import MINUTE, isoformat
from tests.e2e.running import Service, event

EXAMPLES = 25
STREAM = "/api/v1/stream"  # never ends by design; it has tests of its own


@pytest.fixture
def guarded(new_service: Callable[..., Service]) -> Service:
    """A service that asks for tokens, with one ticket in its books."""
    service = new_service(AUTH="required").start().wait_ready()
    now = WallClock().now()
    fields = {"TicketNumber": "T1", "Status": "1", "CompanyID": 7, "FirstResponseDueDateTime": isoformat(now - MINUTE)}
    service.post(event("Ticket", 1, now - MINUTE, fields))
    return service


def _token(service: Service, scope: str) -> str:
    made = service.run("tokens", "create", "--name", "schema", "--scope", scope)
    assert made.returncode == 0, made.stderr
    return next(word for word in made.stdout.split() if word.startswith("tsc_"))


def _fuzz(service: Service, token: str, headers: dict[str, str]) -> dict[str, set[int]]:
    """Call every operation with generated input; the status codes seen, by operation."""
    url = f"http://127.0.0.1:{service.port}/api/v1/openapi.json"
    schema = schemathesis.openapi.from_url(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert operations
    return {one.label: _fuzz_one(one, headers) for one in operations if one.path != STREAM}


def _fuzz_one(operation: APIOperation[Any, Any, Any, Any], headers: dict[str, str]) -> set[int]:
    codes: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),  # slow and filtered input is the point
    )
    @given(case=operation.as_strategy())
    def fuzz(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers=headers)
        codes.add(response.status_code)
        case.validate_response(response, checks=[not_a_server_error])

    fuzz()
    return codes


def test_no_server_error_with_a_token(guarded: Service) -> None:
    """With every right: whatever is asked, the answer is never a 5xx, and figures are answered."""
    token = _token(guarded, "admin")
    seen = _fuzz(guarded, token, {"Authorization": f"Bearer {token}"})
    assert [] == [label for label, codes in seen.items() if any(code >= 500 for code in codes)]
    assert 200 in seen["GET /api/v1/scorecard"]
    assert 0 == guarded.run("verify").returncode


def test_nothing_is_told_without_a_token(guarded: Service) -> None:
    """Without a token: no 5xx either, and no operation under /api answers 200."""
    seen = _fuzz(guarded, _token(guarded, "read"), {})
    assert [] == [label for label, codes in seen.items() if any(code >= 500 for code in codes)]
    assert [] == [label for label, codes in seen.items() if "/api/" in label and 200 in codes]
    assert seen["GET /api/v1/scorecard"] <= {401, 429}  # generated tokens run into the lock-out
