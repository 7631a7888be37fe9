"""The way from any page to any other: the same few links everywhere, those left out that a token may not open."""

from __future__ import annotations

from dataclasses import dataclass

from service.access.scopes import Need, Principal

_PAGES = (
    ("/", "Wall", Need.OWN),
    ("/scorecard", "Scorecard", Need.OWN),
    ("/at-risk", "At risk", Need.OWN),
    ("/coaching", "Coaching", Need.OWN),
    ("/doctor", "Doctor", Need.READ),
    ("/health", "Health", Need.READ),
)


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One page to go to. ``key`` names its element."""

    key: str
    href: str
    label: str
    current: bool


def menu(principal: Principal, path: str) -> tuple[MenuLink, ...]:
    """The links for whoever asks, on the page of that path; a technician's own page among them."""
    pages = [(href, label) for href, label, need in _PAGES if principal.may(need)]
    if principal.technician_id is not None:
        pages.insert(2, (f"/technicians/{principal.technician_id}", "My numbers"))
    return tuple(
        MenuLink(href.strip("/").replace("/", "-") or "wall", href, label, href == path) for href, label in pages
    )
