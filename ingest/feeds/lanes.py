"""A lane: one thing that is done again and again, beside the others. What the runner knows of each."""

from __future__ import annotations

from typing import Protocol

from models.instants import Instant


class Lane(Protocol):
    """``run`` does it once; an ``AutotaskError`` that leaves it is noted as this feed's failure."""

    @property
    def name(self) -> str: ...
    @property
    def every(self) -> Instant: ...
    @property
    def essential(self) -> bool: ...
    async def run(self) -> None: ...
