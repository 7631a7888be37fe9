"""The ways a digest goes out: files in a folder, mail, a webhook. Each delivers one message or says why not.

Mail goes over TLS with a verified certificate, or not at all (without TLS: on loopback only). What is sent carries a
name of its own (``Message-ID``, ``Idempotency-Key``), equal at every try, by which a receiver may know a repetition.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import httpx

from models.errors import ConfigurationError, NotDelivered
from models.instants import Instant, to_datetime
from models.settings import Settings
from models.settings_values import is_loopback
from service.digest.message import MANAGER, Message

SECONDS = 20.0
FILE, SMTP, WEBHOOK = "file", "smtp", "webhook"
CHANNELS = (FILE, SMTP, WEBHOOK)

Now: TypeAlias = Callable[[], Instant]


class Delivery(Protocol):
    """One way out."""

    channel: str

    def wants(self, message: Message) -> bool:
        """Whether this way leads to the message's reader at all."""
        ...

    def send(self, message: Message) -> None:
        """Deliver; ``NotDelivered`` when it could not be."""
        ...


def delivery(settings: Settings, channel: str, now: Now) -> Delivery:
    """The way of that name; ``ConfigurationError`` for one whose settings are missing."""
    if channel == FILE:
        return Files(settings.digest_folder)
    if channel == SMTP:
        return Mail(settings, now)
    if channel == WEBHOOK:
        return Hook(settings)
    raise ConfigurationError(f"no such channel: {channel!r}; allowed: {', '.join(CHANNELS)}")


class Files:
    """Two files a reader and week, ``2026-09-14-manager.txt`` and ``.html``."""

    channel = FILE

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wants(self, message: Message) -> bool:
        return True

    def send(self, message: Message) -> None:
        name = f"{message.week}-{message.reader.replace(':', '-')}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for kind, text in (("txt", message.text), ("html", message.html)):
                scratch = self._folder / f".{name}.{kind}"
                scratch.write_text(text, "utf-8", newline="\n")
                scratch.replace(self._folder / f"{name}.{kind}")
        except OSError as error:
            raise NotDelivered("folder_refused", str(error)) from error


class Mail:
    """Mail with a plain and an HTML part; to whom no address is known, none is sent."""

    channel = SMTP

    def __init__(self, settings: Settings, now: Now) -> None:
        if settings.digest_smtp_host is None or settings.digest_from is None:
            raise ConfigurationError("mail needs TECHSCORE_DIGEST_SMTP_HOST and TECHSCORE_DIGEST_FROM")
        if not settings.digest_to and not settings.digest_technicians:
            raise ConfigurationError("mail needs TECHSCORE_DIGEST_TO or TECHSCORE_DIGEST_TECHNICIANS")
        if settings.digest_smtp_security == "none" and not is_loopback(settings.digest_smtp_host):
            raise ConfigurationError("TECHSCORE_DIGEST_SMTP_SECURITY = none is allowed on loopback only")
        self._host, self._port = settings.digest_smtp_host, settings.digest_smtp_port
        self._from, self._now, self._security = settings.digest_from, now, settings.digest_smtp_security
        self._username, self._password = settings.digest_smtp_username, settings.digest_smtp_password

    def wants(self, message: Message) -> bool:
        return bool(message.addresses)

    def send(self, message: Message) -> None:
        try:
            with self._connected() as server:
                if self._security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self._username is not None and self._password is not None:
                    server.login(self._username, self._password.get_secret_value())
                server.send_message(self.mail(message))
        except smtplib.SMTPRecipientsRefused as error:
            raise NotDelivered("recipients_refused", ", ".join(sorted(error.recipients))) from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered("login_refused", f"code {error.smtp_code}") from error
        except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            raise NotDelivered("tls_refused", type(error).__name__) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered("server_refused", type(error).__name__) from error

    def mail(self, message: Message) -> EmailMessage:
        """The message as it goes over the wire."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._from, ", ".join(message.addresses), message.subject
        mail["Date"] = format_datetime(to_datetime(self._now()))
        mail["Message-ID"] = f"<{key_of(message)}@{self._from.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail

    def _connected(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(self._host, self._port, timeout=SECONDS)


class Hook:
    """One JSON document a reader, posted to the address of the settings."""

    channel = WEBHOOK

    def __init__(self, settings: Settings) -> None:
        if settings.digest_webhook_url is None:
            raise ConfigurationError("a webhook needs TECHSCORE_DIGEST_WEBHOOK_URL")
        self._url = settings.digest_webhook_url

    def wants(self, message: Message) -> bool:
        return True

    def send(self, message: Message) -> None:
        headers = {"Idempotency-Key": key_of(message)}
        try:
            answer = httpx.post(
                self._url.get_secret_value(), json=document_of(message), headers=headers, timeout=SECONDS
            )
        except httpx.HTTPError as error:
            raise NotDelivered("hook_unreachable", type(error).__name__) from error
        if not answer.is_success:
            raise NotDelivered("hook_refused", f"status {answer.status_code}")


def document_of(message: Message) -> dict[str, Any]:
    """A message as the webhook gets it."""
    kind, _, number = message.reader.partition(":")
    return {
        "week": message.week,
        "reader": kind,
        "tech_id": None if message.reader == MANAGER else int(number),
        "name": message.name or None,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
    }


def key_of(message: Message) -> str:
    """What names a message, the same at every try."""
    return sha256(f"techscore {message.week} {message.reader}".encode()).hexdigest()[:32]
