"""Mail by SMTP: the message port's adapter for e-mail, `CARBON_SMS_AND_MAIL=smtp://USER:PASSWORD@HOST:587?from=ADDRESS`.

A letter takes at most `LONGEST_S`, however slowly the server answers: one that sends a byte now and then would keep a
worker, and every letter behind it, for as long as it likes.

`smtps://` speaks TLS from the start; `smtp://` turns it on before any password is sent, and sends none without it.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from backend.ports.messages import EMAIL, Message
from config import Settings

TIMEOUT_S = 10  # of each answer
LONGEST_S = 30  # of them all
READY = 220
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

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A connection that ends by itself after `LONGEST_S`."""
        server = self._unconnected()
        deadline = threading.Timer(LONGEST_S, _cut, (server,))
        deadline.daemon = True
        deadline.start()
        try:
            with server:
                code, greeting = server.connect(self._host, self._port)
                if code != READY:
                    raise smtplib.SMTPConnectError(code, greeting)
                yield server
        finally:
            deadline.cancel()

    def _unconnected(self) -> smtplib.SMTP:
        if self._is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=TIMEOUT_S, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(timeout=TIMEOUT_S)
        # the name that the certificate is checked against, which only the constructor takes
        server._host = self._host  # type: ignore[attr-defined]  # typeshed lists what is public
        return server

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._is_tls:
            server.starttls(context=ssl.create_default_context())
        server.login(self._user, self._password)


def _cut(server: smtplib.SMTP) -> None:
    """End a conversation from another thread: whoever reads or writes there is told at once."""
    if server.sock is not None:
        with suppress(OSError):  # it has ended by itself
            server.sock.shutdown(socket.SHUT_RDWR)
