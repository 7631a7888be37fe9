"""Settings: read from the environment, refused in words that help, secrets never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.errors import ConfigurationError
from models.instants import parse_instant
from models.settings import Settings, load_settings
from models.settings_files import BY_FILE

SECRET = "s3cret-that-must-not-be-seen"


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TECHSCORE_")]:
        monkeypatch.delenv(name)


def refusal(**overrides: object) -> str:
    """What ``load_settings`` says against these values."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(**overrides)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


class TestReading:
    """Where settings come from."""

    def test_defaults_are_one_machine_that_listens_to_itself(self) -> None:
        """Nothing needs to be set to look around."""
        settings = load_settings()

        assert ("sqlite:///var/techscore.db", "127.0.0.1", 8000) == (
            settings.database_url,
            settings.host,
            settings.port,
        )
        assert ("required", "json", 2000) == (settings.auth, settings.log_format, settings.autotask_hourly_budget)
        assert settings.named_policy_file is None
        assert not settings.clock().frozen

    def test_the_environment_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each kind of value is read from text."""
        monkeypatch.setenv("TECHSCORE_PORT", "9000")
        monkeypatch.setenv("TECHSCORE_WEBHOOK_SECRETS", "new, old")
        monkeypatch.setenv("TECHSCORE_TRUSTED_PROXIES", "10.1.2.3/8, ::1,")
        monkeypatch.setenv("TECHSCORE_POLICY_FILE", "elsewhere.toml")
        monkeypatch.setenv("TECHSCORE_PUBLIC_URL", "https://scorecard.example.com/")
        settings = load_settings()

        assert 9000 == settings.port
        assert ["new", "old"] == [secret.get_secret_value() for secret in settings.webhook_secrets]
        assert ("10.0.0.0/8", "::1/128") == settings.trusted_proxies
        assert Path("elsewhere.toml") == settings.named_policy_file
        assert "https://scorecard.example.com" == settings.public_url

    def test_a_dotenv_file_is_honoured_and_the_environment_wins(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``.env`` of the working folder fills what the environment leaves open; other programs' lines are theirs."""
        (tmp_path / ".env").write_text("TECHSCORE_PORT=9001\nTECHSCORE_LOG_FORMAT=console\nPOSTGRES_USER=x\n")
        monkeypatch.setenv("TECHSCORE_PORT", "9002")

        assert (9002, "console") == (load_settings().port, load_settings().log_format)

    def test_overrides_win(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a command line says beats the environment."""
        monkeypatch.setenv("TECHSCORE_PORT", "9002")

        assert 9003 == load_settings(port=9003).port

    def test_an_empty_variable_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Compose files pass variables on empty."""
        monkeypatch.setenv("TECHSCORE_PORT", "")
        monkeypatch.setenv("TECHSCORE_NOW", "")

        assert (8000, None) == (load_settings().port, load_settings().now)

    def test_now_freezes_the_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """``TECHSCORE_NOW`` is an ISO time, and the clock of every process stands there."""
        monkeypatch.setenv("TECHSCORE_NOW", "2026-09-15T10:00:00-04:00")
        clock = load_settings().clock()

        assert (True, parse_instant("2026-09-15T14:00:00Z")) == (clock.frozen, clock.now())


class TestFiles:
    """Secrets by file, as containers mount them."""

    def test_every_secret_can_come_by_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file's last line break is not part of it; the environment names it, or ``.env``."""
        given = {
            "DATABASE_URL": "postgresql://techscore:pw@postgres/techscore",
            "WEBHOOK_TOKEN": "token-by-file",
            "WEBHOOK_SECRETS": "new,old",
            "AUTOTASK_USERNAME": "api@example.com",
            "AUTOTASK_SECRET": " spaces stay ",
            "AUTOTASK_INTEGRATION_CODE": "CODE",
        }
        for name, text in given.items():
            (tmp_path / name).write_text(f"{text}\n")
            if name != "WEBHOOK_TOKEN":
                monkeypatch.setenv(f"TECHSCORE_{name}_FILE", str(tmp_path / name))
        (tmp_path / ".env").write_text("TECHSCORE_WEBHOOK_TOKEN_FILE=WEBHOOK_TOKEN\n")
        settings = load_settings()

        assert settings.webhook_token is not None
        assert settings.autotask_secret is not None
        assert settings.autotask_integration_code is not None
        assert given == {
            "DATABASE_URL": settings.database_url,
            "WEBHOOK_TOKEN": settings.webhook_token.get_secret_value(),
            "WEBHOOK_SECRETS": ",".join(secret.get_secret_value() for secret in settings.webhook_secrets),
            "AUTOTASK_USERNAME": settings.autotask_username,
            "AUTOTASK_SECRET": settings.autotask_secret.get_secret_value(),
            "AUTOTASK_INTEGRATION_CODE": settings.autotask_integration_code.get_secret_value(),
        }

    def test_an_empty_file_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Compose files mount what may be left empty."""
        (tmp_path / "empty").write_text("\n")
        monkeypatch.setenv("TECHSCORE_AUTOTASK_SECRET_FILE", "empty")

        assert load_settings().autotask_secret is None

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not there, or no text."""
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        for path in ("nowhere", "binary"):
            monkeypatch.setenv("TECHSCORE_AUTOTASK_SECRET_FILE", path)
            told = "TECHSCORE_AUTOTASK_SECRET_FILE cannot be used; allowed: a file of UTF-8 text that can be read"
            assert told == refusal()

    def test_a_secret_is_said_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a value and a file nobody knows which is meant."""
        (tmp_path / "token").write_text("by-file")
        monkeypatch.setenv("TECHSCORE_WEBHOOK_TOKEN_FILE", "token")
        monkeypatch.setenv("TECHSCORE_WEBHOOK_TOKEN", "by-value")

        assert refusal() == ("TECHSCORE_WEBHOOK_TOKEN and TECHSCORE_WEBHOOK_TOKEN_FILE are both set: set one of them")

    def test_what_a_file_holds_is_checked_and_not_repeated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if it stood in the variable."""
        (tmp_path / "token").write_text(f"{SECRET}/slash")
        monkeypatch.setenv("TECHSCORE_WEBHOOK_TOKEN_FILE", "token")

        assert refusal().startswith("TECHSCORE_WEBHOOK_TOKEN cannot be used; allowed: ")
        assert SECRET not in refusal()

    def test_every_setting_that_hides_its_value_can_come_by_file(self) -> None:
        """No secret is left that only an environment can hold."""
        secret = {name for name, info in Settings.model_fields.items() if "Secret" in str(info.annotation)}
        assert set() == secret - set(BY_FILE)


class TestMistakes:
    """What the operator is told."""

    def test_every_mistake_is_named_with_what_is_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One start shows all there is to mend, by the names the operator wrote."""
        monkeypatch.setenv("TECHSCORE_PORT", "http")
        monkeypatch.setenv("TECHSCORE_AUTH", "maybe")
        monkeypatch.setenv("TECHSCORE_NOW", "yesterday")

        assert [
            "TECHSCORE_PORT cannot be used; allowed: a port from 1 to 65535, or 0 for any free one",
            "TECHSCORE_AUTH cannot be used; allowed: required, open",
            "TECHSCORE_NOW cannot be used; allowed: an ISO 8601 time such as 2026-09-15T15:10:00Z",
        ] == refusal().splitlines()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", f"mysql://techscore:{SECRET}@host/db"),
            ("DATABASE_URL", SECRET),
            ("WEBHOOK_TOKEN", f"{SECRET}/slash"),
            ("AUTOTASK_ZONE_URL", f"https://user:{SECRET}@webservices5.autotask.net/"),
            ("PUBLIC_URL", f"https://user:{SECRET}@scorecard.example.com/"),
            ("PORT", SECRET),
            ("TRUSTED_PROXIES", SECRET),
        ],
    )
    def test_no_message_repeats_what_may_be_a_secret(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """The variable is named, its value is not."""
        monkeypatch.setenv(f"TECHSCORE_{name}", value)
        message = refusal()

        assert message.startswith(f"TECHSCORE_{name} cannot be used; allowed: ")
        assert SECRET not in message

    @pytest.mark.parametrize(
        ("url", "good"),
        [
            ("https://webservices5.autotask.net/atservicesrest", True),
            ("http://127.0.0.1:8080", True),
            ("http://localhost:8080", True),
            ("http://webservices5.autotask.net", False),
            ("ftp://127.0.0.1", False),
            ("https://host:99999", False),
            ("https://", False),
        ],
    )
    def test_plain_http_to_autotask_is_for_loopback(self, url: str, good: bool) -> None:
        """Credentials never travel in the clear."""
        if good:
            assert url == load_settings(autotask_zone_url=url).autotask_zone_url
        else:
            assert "TECHSCORE_AUTOTASK_ZONE_URL" in refusal(autotask_zone_url=url)

    def test_open_to_everybody_is_refused(self) -> None:
        """``AUTH=open`` goes with a loopback host only."""
        assert "open" == load_settings(auth="open", host="::1").auth
        assert "TECHSCORE_AUTH = open is allowed on loopback only" in refusal(auth="open", host="0.0.0.0")  # noqa: S104 # the address to refuse

    def test_an_override_that_is_no_setting_is_a_mistake_of_ours(self) -> None:
        """A misspelt override never passes for a setting."""
        with pytest.raises(TypeError, match="prot"):
            load_settings(prot=8001)

    def test_a_dotenv_file_of_another_encoding_is_refused(self) -> None:
        """A dotenv file that is no text is a message, not a stack of foreign errors."""
        Path(".env").write_bytes(b"TECHSCORE_PORT=\xff\xfe\n")

        assert ".env cannot be read: it must be a file of UTF-8 text" == refusal()


class TestDoors:
    """What the web role asks before it opens."""

    @pytest.mark.parametrize(
        ("secrets", "token", "problem"),
        [
            ("", "token", "TECHSCORE_WEBHOOK_SECRETS holds an empty secret"),
            ((), "token", "TECHSCORE_WEBHOOK_SECRETS is not set"),
            ("good,", "token", "TECHSCORE_WEBHOOK_SECRETS holds an empty secret"),
            ("good", None, "TECHSCORE_WEBHOOK_TOKEN is not set"),
        ],
    )
    def test_no_webhooks_without_secrets(self, secrets: object, token: str | None, problem: str) -> None:
        """No secret, an empty one or no path token: the service refuses to start."""
        settings = load_settings(webhook_secrets=secrets, webhook_token=token)

        with pytest.raises(ConfigurationError, match=problem):
            settings.require_webhook_secrets()

    def test_webhooks_with_a_secret_and_a_token(self) -> None:
        """Both are there: nothing is said."""
        settings = load_settings(webhook_secrets="new,old", webhook_token="token")

        settings.require_webhook_secrets()

        assert 2 == len(settings.webhook_secrets)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
    def test_open_access_is_for_this_machine(self, host: str) -> None:
        """These reach this machine only."""
        assert host == load_settings(host=host, auth="open").host

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "scorecard.example.com"])  # noqa: S104 # to be refused
    def test_beyond_loopback_tokens_are_required(self, host: str) -> None:
        """Anywhere else the service listens with tokens, and refuses to be open."""
        assert "required" == load_settings(host=host).auth
        assert "TECHSCORE_AUTH = open is allowed on loopback only" in refusal(host=host, auth="open")


class TestHidden:
    """``config show`` and logs."""

    def settings(self) -> Settings:
        """Settings with a secret in every place that can hold one."""
        return load_settings(
            database_url=f"postgresql://techscore:{SECRET}@db/techscore?sslmode=require&sslpassword={SECRET}",
            webhook_token=SECRET,
            webhook_secrets=f"{SECRET},{SECRET}",
            autotask_username="api@example.com",
            autotask_secret=SECRET,
            autotask_integration_code=SECRET,
            now="2026-09-15T14:00:00Z",
        )

    def test_what_is_shown(self) -> None:
        """Every setting by its environment name; whether a secret is set can be seen, the secret cannot."""
        shown = self.settings().redacted()

        assert [f"TECHSCORE_{name.upper()}" for name in Settings.model_fields] == list(shown)
        assert (
            "postgresql://techscore:***@db/techscore?sslmode=require&sslpassword=***"
            == (shown["TECHSCORE_DATABASE_URL"])
        )
        assert ("(set, not shown)", "(2 set, not shown)", "(not set)") == (
            shown["TECHSCORE_WEBHOOK_TOKEN"],
            shown["TECHSCORE_WEBHOOK_SECRETS"],
            shown["TECHSCORE_PUBLIC_URL"],
        )
        assert ("api@example.com", "2026-09-15T14:00:00Z") == (
            shown["TECHSCORE_AUTOTASK_USERNAME"],
            shown["TECHSCORE_NOW"],
        )

    def test_no_text_of_the_settings_holds_a_secret(self) -> None:
        """Neither what is shown nor what a log would print."""
        settings = self.settings()

        assert SECRET not in f"{settings.redacted()} {settings!r} {settings}"
