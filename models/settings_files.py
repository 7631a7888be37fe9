"""Secrets by file: ``TECHSCORE_<NAME>_FILE`` names a file that holds what ``TECHSCORE_<NAME>`` would.

As containers mount them, and as Docker's own images have it: what is in a file shows in no list of processes and in
no ``docker inspect``. A line break at its end does not count, an empty file is as good as none. Found in the
environment and in ``.env``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from models.errors import ConfigurationError

BY_FILE = (
    "database_url",
    "webhook_token",
    "webhook_secrets",
    "autotask_username",
    "autotask_secret",
    "autotask_integration_code",
    "digest_smtp_password",
    "digest_webhook_url",
)
"""Fields that hold a secret, or what belongs to one."""
SUFFIX = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """The texts of files that other sources name; ``ConfigurationError`` says which file is wrong, never its text."""

    def __init__(self, settings: type[BaseSettings], sources: Iterable[EnvSettingsSource]) -> None:
        super().__init__(settings)
        self._variables: dict[str, str | None] = {}
        for source in sources:  # the first that has a variable wins
            self._variables = {**source.env_vars, **self._variables}
        self._prefix = settings.model_config.get("env_prefix", "")

    def __call__(self) -> dict[str, Any]:
        values = ((name, self._read(f"{self._prefix}{name.upper()}")) for name in BY_FILE)
        return {name: value for name, value in values if value is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of one setting's file, if one is named."""
        return self._read(f"{self._prefix}{field_name.upper()}"), field_name, False

    def _read(self, variable: str) -> str | None:
        path = self._variables.get(f"{variable}{SUFFIX}".lower())
        if not path:
            return None
        if self._variables.get(variable.lower()):
            raise ConfigurationError(f"{variable} and {variable}{SUFFIX} are both set: set one of them")
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n") or None
        except (OSError, UnicodeDecodeError):
            words = "a file of UTF-8 text that can be read"
            raise ConfigurationError(f"{variable}{SUFFIX} cannot be used; allowed: {words}") from None
