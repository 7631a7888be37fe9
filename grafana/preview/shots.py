"""Pictures of the dashboards, taken with Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZES = ((1920, 1080), (3840, 2160))
WALL = "wall"
_ARGUMENTS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
_FIRST_MS = 300_000
"""The first page waits until the libraries are bundled."""
_DRAWN = "main[data-ready]"


@contextmanager
def camera() -> Iterator[Browser]:
    """One Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS.split())
        yield browser
        browser.close()


def take(browser: Browser, address: str, source: str, names: Sequence[str], to: Path, state: str) -> list[str]:
    """Each dashboard in each size, as ``NAME-STATE-WIDTHxHEIGHT.png``; what the pages complained of.

    The wall is one screen, on the larger one at a scale of 200 %; the others are taken to their end. ``source``: the
    part of the address that says whom to ask, and for what time.
    """
    complaints: list[str] = []
    for width, height in SIZES:
        for kiosk, chosen in ((True, [WALL] if WALL in names else []), (False, [n for n in names if n != WALL])):
            scale = width // SIZES[0][0] if kiosk else 1
            size = ViewportSize(width=width // scale, height=height // scale)
            context = browser.new_context(viewport=size, device_scale_factor=scale)
            for name in chosen:
                page = context.new_page()
                _listen(page, f"{name}, {state}, {width}x{height}", complaints)
                _open(page, f"{address}/d/techscore-{name}?{'kiosk&' if kiosk else ''}{source}", to_the_end=not kiosk)
                page.screenshot(path=to / f"{name}-{state}-{width}x{height}.png")
                page.close()
            context.close()
    return complaints


def _open(page: Page, address: str, *, to_the_end: bool) -> None:
    page.goto(address, timeout=_FIRST_MS)
    page.wait_for_selector(_DRAWN, timeout=_FIRST_MS)
    if to_the_end and page.viewport_size is not None:  # a table out of sight is not drawn
        width, height = page.viewport_size["width"], page.viewport_size["height"]
        length = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size(ViewportSize(width=width, height=max(height, length)))
    page.wait_for_load_state("networkidle")  # icons and letters


def _listen(page: Page, where: str, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(f"{where}: {error}"))
    page.on("console", lambda said: complaints.append(f"{where}: {said.text}") if _is_complaint(said) else None)


def _is_complaint(said: ConsoleMessage) -> bool:
    """React's advice to developers is none: Grafana's libraries are not ours to mend."""
    return said.type == "error" and not said.text.startswith("Warning:")
