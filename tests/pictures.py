"""``make pictures``: the README's pictures, taken of the make-believe MSP as the real service shows it.

No test: it makes what is committed under docs/pictures. Look at them before you commit them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import ViewportSize, async_playwright

from simulator.process import Service
from simulator.summary import is_complete
from simulator.tenancy import Tenancy
from tests.pages.chromium import ARGUMENTS, CHROMIUM

TO = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = ViewportSize(width=1200, height=620)
DAYS = 90
_PATIENCE_SECONDS = 600.0


async def take() -> None:
    """Wall and technician, when all of the past is counted; histories still come in then, so some samples are small."""
    service = Service(port=None)
    tenancy = Tenancy(seed=1, days=DAYS, speed=1.0)
    service.connect(tenancy.zone_url, tenancy.account)
    stop = asyncio.Event()
    try:
        async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await service.start()
                await service.wait_ready(client, stop)
                await service.run("backfill", "--since", f"{DAYS}d")
                scorecard = await _complete(service, client)
            await _shoot(service.url, {"wall": "/", "technician": f"/technicians/{_in_need(scorecard)}"})
    finally:
        await service.stop()
        tenancy.close()
        service.remove()


async def _complete(service: Service, client: httpx.AsyncClient) -> dict[str, Any]:
    while True:
        answer = await client.get("/api/v1/scorecard", params={"window": "mtd"})
        if answer.is_success and is_complete(answer.json()) and not await service.backlog(client):
            found: dict[str, Any] = answer.json()
            return found
        await asyncio.sleep(1)


def _in_need(scorecard: dict[str, Any]) -> int:
    """Whose score is the lowest: their page has most to show."""
    scored = [one for one in scorecard["technicians"] if one["score"] is not None] or scorecard["technicians"]
    return int(min(scored, key=lambda one: one["score"] or 0)["tech_id"])


async def _shoot(url: str, pages: dict[str, str]) -> None:
    TO.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        for name, path in pages.items():
            page = await browser.new_page(viewport=SIZE)
            await page.goto(f"{url}{path}", wait_until="load")
            await page.screenshot(path=TO / f"{name}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
