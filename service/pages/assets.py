"""Style, script and icon of the pages: in memory, under names that carry a hash of their content.

An address never serves anything else, so browsers may keep it for good; a page that runs for months notices a
new release by the hash of all assets (``VERSION``) and loads itself anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    name: str
    body: bytes
    media_type: str


def _read() -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in MEDIA_TYPES:
            body = path.read_bytes()
            name = f"{path.stem}.{sha256(body).hexdigest()[:12]}{path.suffix}"
            found[path.name] = Asset(name, body, MEDIA_TYPES[path.suffix])
    return found


_BY_FILE = _read()
_BY_NAME = {asset.name: asset for asset in _BY_FILE.values()}
VERSION = sha256("".join(sorted(_BY_NAME)).encode()).hexdigest()[:12]


def url(file_name: str) -> str:
    """The address of an asset; ``KeyError`` for a file that is not there."""
    return f"/static/{_BY_FILE[file_name].name}"


def find(name: str) -> Asset | None:
    """The asset of that hashed name."""
    return _BY_NAME.get(name)
