"""Write the rule file of the default policy (``make docs``), or say that the committed one lags (``--check``)."""

from __future__ import annotations

import sys
from pathlib import Path

from service.alerts.catalogue import DEFAULT_FILE, rule_file


def main(arguments: list[str]) -> int:
    """0 when the file is as it should be."""
    path, text = Path(DEFAULT_FILE), rule_file()
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        sys.stderr.write(f"{path} lags behind the code: run `make docs`\n")
        return 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
