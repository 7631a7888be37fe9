"""How this installation runs: the ``TECHSCORE_*`` environment, ``.env`` honoured (design §6).

Settings say where things are and who may come in, never what a number means (that is ``models.policy``).
Secrets are held so that neither ``repr``, nor an error, nor ``config show`` shows them; they may come by file
(``models.settings_files``). An empty variable is
as good as none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from models.clock import Clock, FrozenClock, WallClock
from models.errors import ConfigurationError
from models.instants import Instant, isoformat
from models.policy import DEFAULT_POLICY_FILE
from models.settings_digest import Channel, HookUrl, MailAddress, MailAddresses, Security, TechnicianAddresses
from models.settings_files import SecretFiles
from models.settings_values import (
    HOURLY_BUDGET,
    Auth,
    DatabaseUrl,
    Host,
    HourlyBudget,
    LogFormat,
    Moment,
    PathToken,
    Port,
    Proxies,
    PublicUrl,
    Secrets,
    TechnicianLabel,
    ZoneUrl,
    is_loopback,
    without_password,
)

PREFIX = "TECHSCORE_"
NOT_SET = "(not set)"
HIDDEN = "(set, not shown)"


class Settings(BaseSettings):
    """Every setting, with the defaults of one machine that listens to itself only."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    database_url: DatabaseUrl = Field(default="sqlite:///var/techscore.db", repr=False)
    host: Host = "127.0.0.1"
    port: Port = 8000
    webhook_token: PathToken | None = None
    webhook_secrets: Secrets = ()
    autotask_username: str | None = None
    autotask_secret: SecretStr | None = None
    autotask_integration_code: SecretStr | None = None
    autotask_zone_url: ZoneUrl | None = None
    autotask_hourly_budget: HourlyBudget = HOURLY_BUDGET
    policy_file: Path = DEFAULT_POLICY_FILE
    auth: Auth = "required"
    trusted_proxies: Proxies = ()
    public_url: PublicUrl | None = None
    log_format: LogFormat = "json"
    metrics_technician: TechnicianLabel = "name"
    now: Moment | None = None
    digest: Channel = "off"
    digest_folder: Path = Path("var/digests")
    digest_to: MailAddresses = ()
    digest_technicians: TechnicianAddresses = ()
    digest_from: MailAddress | None = None
    digest_smtp_host: Host | None = None
    digest_smtp_port: Port = 587
    digest_smtp_security: Security = "starttls"
    digest_smtp_username: str | None = None
    digest_smtp_password: SecretStr | None = None
    digest_webhook_url: HookUrl | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours knows files one by one, theirs a folder
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Overrides, environment, ``.env``, then the files that either of these two names."""
        named = [one for one in (env_settings, dotenv_settings) if isinstance(one, EnvSettingsSource)]
        return init_settings, env_settings, dotenv_settings, SecretFiles(settings_cls, named)

    @model_validator(mode="after")
    def _open_to_nobody_else(self) -> Self:
        if self.auth == "open" and not is_loopback(self.host):
            raise PydanticCustomError(
                "inconsistent",
                "TECHSCORE_AUTH = open is allowed on loopback only: set TECHSCORE_AUTH=required, "
                "or TECHSCORE_HOST=127.0.0.1",
            )
        return self

    def clock(self) -> Clock:
        """The clock every process goes by: the wall, or the frozen one of ``TECHSCORE_NOW``."""
        return WallClock() if self.now is None else FrozenClock(self.now)

    @property
    def address(self) -> str:
        """Where browsers reach this service, without a slash at the end."""
        return str(self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def named_policy_file(self) -> Path | None:
        """The policy file the user named; ``None`` when none was (see ``models.policy.load_policy``)."""
        return self.policy_file if "policy_file" in self.model_fields_set else None

    def require_webhook_secrets(self) -> None:
        """``ConfigurationError`` unless webhooks can be told from forgeries: a path token and no empty secret."""
        if not self.webhook_secrets:
            raise ConfigurationError(
                "TECHSCORE_WEBHOOK_SECRETS is not set: without a secret no webhook can be verified; "
                "set it to the secret key of the Autotask webhook (several, newest first, with commas between)"
            )
        if not all(secret.get_secret_value() for secret in self.webhook_secrets):
            raise ConfigurationError(
                "TECHSCORE_WEBHOOK_SECRETS holds an empty secret, with which anybody can sign; remove the stray comma"
            )
        if self.webhook_token is None:
            raise ConfigurationError(
                "TECHSCORE_WEBHOOK_TOKEN is not set: it is the secret last part of the webhook's address; "
                "set it to 32 or more random letters and digits"
            )

    def redacted(self) -> dict[str, str]:
        """Every setting by its environment name, as text; secrets, path token and database password hidden."""
        return {f"{PREFIX}{name.upper()}": _shown(name, getattr(self, name)) for name in type(self).model_fields}


def _shown(name: str, value: Any) -> str:
    if value is None or value == ():
        return NOT_SET
    if isinstance(value, SecretStr):
        return HIDDEN
    if name == "webhook_secrets":
        return f"({len(value)} set, not shown)"
    if name == "database_url":
        return without_password(value)
    if name == "now":
        moment: Instant = value
        return isoformat(moment)
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def load_settings(**overrides: Any) -> Settings:
    """Read environment and ``.env``; ``overrides`` (field names) win over both.

    ``ConfigurationError`` names every variable that cannot be used and what is allowed; never a secret's value.
    ``TypeError`` for an override that is no setting.
    """
    unknown = sorted(overrides.keys() - Settings.model_fields.keys())
    if unknown:
        raise TypeError(f"no such settings: {', '.join(unknown)}")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        details = error.errors(include_input=False)
        found = [_sentence(detail["loc"], detail["msg"]) for detail in details]
    except (OSError, UnicodeDecodeError):
        found = [".env cannot be read: it must be a file of UTF-8 text"]
    raise ConfigurationError("\n".join(dict.fromkeys(found)))


def _sentence(loc: tuple[int | str, ...], message: str) -> str:
    if not loc:
        return message
    return f"{PREFIX}{str(loc[0]).upper()} cannot be used; allowed: {message}"
