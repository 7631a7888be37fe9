"""Pages as a reader finds them: text without markup in between, and where their links lead."""

from __future__ import annotations

import re
from html import unescape

import httpx

_TAG = re.compile(r"<[^>]*>")


def words_of(response: httpx.Response) -> str:
    """What a page says, tags left out, white space made one."""
    return " ".join(unescape(_TAG.sub(" ", response.text.partition("</head>")[2])).split())


def links_of(response: httpx.Response, beginning: str) -> list[str]:
    """Where a page's links of one kind lead, each once, in order."""
    found = [unescape(href) for href in re.findall(r'href="([^"]*)"', response.text)]
    return list(dict.fromkeys(href for href in found if href.startswith(beginning)))
