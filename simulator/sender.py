"""Posts callouts at the service's door as Autotask does: five attempts, then the event is lost (§2.4).

Autotask waits 30 s between attempts; the make-believe one waits ``spacing_seconds``. Every attempt and every
answer is counted in a ``Tally``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from simulator.callouts import sign
from simulator.faults import Fault, Posting

ATTEMPTS = 5
TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Tally:
    """What was sent and what was answered. ``position``: the greatest inbox position acknowledged."""

    events: int = 0
    duplicates: int = 0
    late: int = 0
    out_of_order: int = 0
    attempts: int = 0
    retries: int = 0
    acknowledged: int = 0
    recognised: int = 0
    refused: int = 0
    unreachable: int = 0
    position: int = 0
    last_refusal: str = ""

    @property
    def lost(self) -> int:
        """Postings given up after the last attempt."""
        return self.refused + self.unreachable

    def count(self, fault: Fault) -> None:
        """Count a posting about to be sent."""
        self.events += fault is not Fault.DUPLICATE
        self.duplicates += fault is Fault.DUPLICATE
        self.late += fault is Fault.LATE
        self.out_of_order += fault is Fault.OUT_OF_ORDER

    def sentence(self) -> str:
        """The counts in one line, for people."""
        text = (
            f"{self.events} events sent, {self.duplicates} of them twice, {self.late} late, "
            f"{self.out_of_order} out of order; {self.acknowledged} acknowledged "
            f"({self.recognised} recognised as duplicates), {self.retries} retries, {self.lost} lost"
        )
        return f"{text} (last: {self.last_refusal})" if self.lost else text


class Sender:
    """Signs and posts; one per webhook URL. The client's base URL is the service's."""

    def __init__(self, client: httpx.AsyncClient, token: str, secret: str, *, spacing_seconds: float = 0.5) -> None:
        self._client = client
        self._path = f"/webhooks/autotask/{token}"
        self._secret = secret
        self._spacing_seconds = spacing_seconds
        self.tally = Tally()

    async def send(self, posting: Posting) -> bool:
        """Deliver one posting; whether it was acknowledged in the end."""
        body = posting.callout.body()
        headers = {"Content-Type": "application/json", "X-Hook-Signature": sign(body, self._secret)}
        self.tally.count(posting.fault)
        reached = False
        for attempt in range(ATTEMPTS):
            if attempt:
                self.tally.retries += 1
                await asyncio.sleep(self._spacing_seconds)
            self.tally.attempts += 1
            try:
                answer = await self._client.post(self._path, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
            except httpx.TransportError as error:
                reached = False
                self.tally.last_refusal = type(error).__name__
                continue
            reached = True
            if answer.is_success:
                self._acknowledge(answer)
                return True
            self.tally.last_refusal = f"HTTP {answer.status_code} {answer.text[:200]}"
        if reached:
            self.tally.refused += 1
        else:
            self.tally.unreachable += 1
        return False

    def _acknowledge(self, answer: httpx.Response) -> None:
        receipt = answer.json()
        self.tally.acknowledged += 1
        self.tally.recognised += bool(receipt["duplicate"])
        self.tally.position = max(self.tally.position, int(receipt["position"]))
