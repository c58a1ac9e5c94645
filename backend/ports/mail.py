"""Mail by SMTP: the message port's adapter for e-mail, `CARBON_SMS_AND_MAIL=smtp://USER:PASSWORD@HOST:587?from=ADDRESS`.

`smtps://` speaks TLS from the start; `smtp://` turns it on before any password is sent, and sends none without it.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from backend.ports.messages import EMAIL, Message
from config import Settings

TIMEOUT_S = 10
PORTS = {"smtp": 587, "smtps": 465}


class SmtpMessenger:
    """Sends e-mail through one server; it has no way to a phone."""

    channels = frozenset({EMAIL})

    def __init__(self, settings: Settings) -> None:
        """Read the server's address; raise `ValueError` naming what is missing."""
        address = urlsplit(settings.sms_and_mail)
        sender = parse_qs(address.query).get("from", [""])[0]
        if not address.hostname or not sender:
            raise ValueError("CARBON_SMS_AND_MAIL: write smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS")
        self._is_tls = address.scheme == "smtps"
        self._host, self._port = address.hostname, address.port or PORTS[address.scheme]
        self._user, self._password = unquote(address.username or ""), unquote(address.password or "")
        self._sender = sender

    def send(self, message: Message) -> None:
        """Hand `message` to the server; raise `smtplib.SMTPException` or `OSError` when it does not take it."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, message.to, message.subject
        mail.set_content(message.body)
        with self._connected() as server:
            if self._user:
                self._sign_in(server)
            server.send_message(mail)

    def _connected(self) -> smtplib.SMTP:
        if self._is_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._is_tls:
            server.starttls(context=ssl.create_default_context())
        server.login(self._user, self._password)
