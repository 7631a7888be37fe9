"""Write the dashboards (``make docs``), or say which of the committed ones lag (``--check``)."""

from __future__ import annotations

import sys

from grafana.catalogue import FOLDER, files


def main(arguments: list[str]) -> int:
    """0 when the files are as they should be."""
    made = files()
    there = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.json"))}
    lagging = sorted(path for path in {*made, *there} if made.get(path) != there.get(path))
    if "--check" in arguments:
        for path in lagging:
            sys.stderr.write(f"{path} lags behind the code: run `make docs`\n")
        return 1 if lagging else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in lagging:
        if path in made:
            path.write_text(made[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
