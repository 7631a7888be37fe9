"""Who we are to Autotask, held so that no ``repr``, error or log shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.errors import ConfigurationError
from models.settings import Settings

REDACTED = "[redacted]"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API-only user, its secret, and the tracking id of the integration."""

    username: str
    secret: str = field(repr=False)
    integration_code: str = field(repr=False)

    def __post_init__(self) -> None:
        if not all(_fits_a_header(part) for part in (self.username, self.secret, self.integration_code)):
            raise ConfigurationError(
                "TECHSCORE_AUTOTASK_USERNAME, _SECRET and _INTEGRATION_CODE must be printable ASCII, none of them empty"
            )

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request."""
        return {
            "ApiIntegrationCode": self.integration_code,
            "UserName": self.username,
            "Secret": self.secret,
        }

    def redact(self, text: str) -> str:
        """``text`` without the secrets."""
        return text.replace(self.secret, REDACTED).replace(self.integration_code, REDACTED)


def credentials_of(settings: Settings) -> Credentials:
    """The credentials in the settings; ``ConfigurationError`` names what is missing."""
    secret, code = settings.autotask_secret, settings.autotask_integration_code
    if settings.autotask_username is None or secret is None or code is None:
        raise ConfigurationError(
            "TECHSCORE_AUTOTASK_USERNAME, TECHSCORE_AUTOTASK_SECRET and TECHSCORE_AUTOTASK_INTEGRATION_CODE are all "
            "needed to read Autotask: make an API-only user (Admin > Resources > New API User) and copy them from there"
        )
    return Credentials(settings.autotask_username, secret.get_secret_value(), code.get_secret_value())


def has_credentials(settings: Settings) -> bool:
    """Whether Autotask can be asked at all with these settings."""
    given = (settings.autotask_username, settings.autotask_secret, settings.autotask_integration_code)
    return all(part is not None for part in given)


def _fits_a_header(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()
