"""Files, mail and webhooks: what arrives, and what is said when nothing does."""

from __future__ import annotations

import ssl
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from models.errors import ConfigurationError, NotDelivered
from models.settings import Settings, load_settings
from service.digest.delivery import FILE, SMTP, WEBHOOK, delivery
from service.digest.message import Message
from tests.digest.doors import HookServer, MailServer, certificate, running
from tests.digest.golden_files import settings
from tests.projection.harness import at

MESSAGE = Message(
    week="2026-09-14",
    reader="technician:101",
    name="Ann",
    subject="Your scorecard, week of 2026-09-14",
    text="1. Zoë, thank you.\n",
    html="<p>Zoë</p>\n",
    addresses=("ann@example.com",),
)


def now() -> int:
    return at("2026-09-14 08:00")


def mail_settings(server: MailServer | None, **changes: Any) -> Settings:
    known = {
        "digest_smtp_host": "127.0.0.1",
        "digest_smtp_port": 25 if server is None else server.port,
        "digest_smtp_security": "none",
        "digest_from": "scorecard@example.com",
    }
    return settings(**(known | changes))


def test_files_are_written_for_each_reader_and_week(tmp_path: Path) -> None:
    """Twice is the same; nothing else lies in the folder."""
    way = delivery(settings(digest_folder=tmp_path / "new"), FILE, now)
    way.send(MESSAGE)
    way.send(MESSAGE)
    found = {path.name: path.read_text("utf-8") for path in (tmp_path / "new").iterdir()}
    assert {
        "2026-09-14-technician-101.txt": MESSAGE.text,
        "2026-09-14-technician-101.html": MESSAGE.html,
    } == found


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(NotDelivered) as refused:
        delivery(settings(digest_folder=tmp_path / "taken"), FILE, now).send(MESSAGE)
    assert "folder_refused" == refused.value.reason


def test_mail_has_both_parts_and_a_name_of_its_own() -> None:
    """Plain text first, HTML beside it; the same ``Message-ID`` at every try; to the reader alone."""
    server = MailServer()
    with running(server):
        way = delivery(mail_settings(server), SMTP, now)
        way.send(MESSAGE)
        way.send(MESSAGE)
    first, second = (message_from_bytes(one, policy=policy.default) for one in server.mails)
    parts = {one.get_content_type(): one.get_content() for one in first.walk() if not one.is_multipart()}
    assert {"text/plain": MESSAGE.text, "text/html": MESSAGE.html} == parts
    assert ("ann@example.com", MESSAGE.subject) == (first["To"], first["Subject"])
    assert "Mon, 14 Sep 2026 08:00:00 +0000" == first["Date"]
    assert first["Message-ID"] == second["Message-ID"]
    assert 2 == len(server.recipients)


def test_mail_logs_in_only_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """STARTTLS with a certificate that is verified, then the login, then the mail."""
    made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made)
    server = MailServer(tls)
    login = {"digest_smtp_username": "scorecard", "digest_smtp_password": SecretStr("a password")}
    with running(server):
        way = delivery(mail_settings(server, digest_smtp_security="starttls", **login), SMTP, now)
        with pytest.raises(NotDelivered) as refused:
            way.send(MESSAGE)  # nobody vouches for that certificate
        assert ("tls_refused", []) == (refused.value.reason, server.mails)
        monkeypatch.setenv("SSL_CERT_FILE", str(made))
        way.send(MESSAGE)
    assert ([True], 1) == (server.logins, len(server.mails))


def test_mail_is_not_sent_in_the_clear() -> None:
    """A server without STARTTLS gets nothing, no login either."""
    server = MailServer()
    login = {"digest_smtp_username": "scorecard", "digest_smtp_password": SecretStr("a password")}
    with running(server), pytest.raises(NotDelivered) as refused:
        delivery(mail_settings(server, digest_smtp_security="starttls", **login), SMTP, now).send(MESSAGE)
    assert ("tls_refused", [], []) == (refused.value.reason, server.mails, server.logins)


def test_a_server_that_is_not_there_is_said() -> None:
    """Nothing listens."""
    server = MailServer()
    server.server_close()
    with pytest.raises(NotDelivered) as refused:
        delivery(mail_settings(server), SMTP, now).send(MESSAGE)
    assert "server_refused" == refused.value.reason


def test_without_an_address_no_mail_is_wanted() -> None:
    """A technician whose address nobody gave."""
    way = delivery(mail_settings(None), SMTP, now)
    without = Message(**{**_fields(MESSAGE), "addresses": ()})
    assert (True, False) == (way.wants(MESSAGE), way.wants(without))


def test_a_webhook_gets_the_message_as_json() -> None:
    """Who it is for, both texts, and a key that is the same at every try."""
    server = HookServer()
    with running(server):
        way = delivery(settings(digest_webhook_url=SecretStr(server.url)), WEBHOOK, now)
        way.send(MESSAGE)
        way.send(MESSAGE)
    expected = {
        "week": "2026-09-14",
        "reader": "technician",
        "tech_id": 101,
        "name": "Ann",
        "subject": MESSAGE.subject,
        "text": MESSAGE.text,
        "html": MESSAGE.html,
    }
    assert [expected, expected] == server.documents
    assert 1 == len(set(server.keys))


def test_what_a_webhook_answers_is_said_without_its_address() -> None:
    """A status that is no success; the address is a secret."""
    server = HookServer(status=500)
    with running(server), pytest.raises(NotDelivered) as refused:
        delivery(settings(digest_webhook_url=SecretStr(server.url)), WEBHOOK, now).send(MESSAGE)
    assert "hook_refused: status 500" == str(refused.value)


@pytest.mark.parametrize(
    ("channel", "changes", "word"),
    [
        (SMTP, {}, "TECHSCORE_DIGEST_SMTP_HOST"),
        (WEBHOOK, {}, "TECHSCORE_DIGEST_WEBHOOK_URL"),
        ("pigeon", {}, "allowed: file, smtp, webhook"),
        (
            SMTP,
            {"digest_smtp_host": "mail.example.com", "digest_from": "a@example.com", "digest_smtp_security": "none"},
            "loopback only",
        ),
    ],
)
def test_a_way_without_its_settings_is_refused(channel: str, changes: dict[str, Any], word: str) -> None:
    """The sentence names what to set."""
    with pytest.raises(ConfigurationError, match=word):
        delivery(settings(**changes), channel, now)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digest_to", "nobody"),
        ("digest_to", "a@example.com\r\nBcc: b@example.com"),
        ("digest_technicians", "ann=ann@example.com"),
        ("digest_technicians", "101=ann"),
        ("digest_webhook_url", "http://example.com/hook"),
        ("digest_smtp_security", "maybe"),
        ("digest", "pigeon"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(name: str, value: str) -> None:
    """By its name, and never with the value."""
    with pytest.raises(ConfigurationError, match=f"TECHSCORE_{name.upper()} cannot be used") as refused:
        load_settings(**{name: value})
    assert value not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    """Neither the password nor the webhook's address."""
    shown = load_settings(
        digest_smtp_password=SecretStr("a password"), digest_webhook_url=SecretStr("https://example.com/hook/abc")
    ).redacted()
    assert {"(set, not shown)"} == {shown[f"TECHSCORE_DIGEST_{name}"] for name in ("SMTP_PASSWORD", "WEBHOOK_URL")}


def _fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__dataclass_fields__}
