"""Templates to HTML. Everything is escaped unless a template itself is markup; an unknown name is an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.metrics.process import release
from service.pages import assets
from service.pages.home import Home
from service.pages.menu import MenuLink

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.globals.update(asset=assets.url, assets_version=assets.VERSION, release=release())


def wall(
    values: Home, address: str, *, fragment: bool = False, kiosk: bool = False, menu: Sequence[MenuLink] = ()
) -> str:
    """The live page, or only its ``<main>``. ``address``: where the service is reached, for the first steps.

    ``kiosk``: without anything that leads elsewhere; ``menu``: the other pages.
    """
    template = _templates.get_template("wall.html" if fragment else "page.html")
    return template.render(wall=values, address=address, kiosk=kiosk, menu=menu)


def notice(kind: str, detail: str = "", *, fragment: bool = False) -> str:
    """A page without figures that says why: ``starting``, ``unavailable``, ``no_window``."""
    template = _templates.get_template("notice.html" if fragment else "page.html")
    return template.render(wall=None, notice=kind, detail=detail)


def sheet(template: str, title: str, **values: object) -> str:
    """A page behind the wall's numbers."""
    return _templates.get_template(template).render(title=title, **values)
