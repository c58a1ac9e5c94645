"""The ports: messages by log and by mail server, letters that survive a failure, the wire to a provider."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from backend.ports import message_queue
from backend.ports.identity.transport import HttpsWire, WireFailed
from backend.ports.message_adapters import the_messenger
from backend.ports.messages import Message

CODE = {"channel": "email", "address": "lin@example.org"}
MESSAGE = Message("email", "lin@example.org", "您的验证码：123456", "Your code is 123456.")


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def lines_of_the_local_default(app):
    with app.app_context(), capture_logs() as lines:
        the_messenger().send(MESSAGE)
    return lines


def test_the_local_default_writes_the_message_to_the_log_in_development(make_app):
    [line] = lines_of_the_local_default(make_app(environment="development"))
    assert (line["to"], line["body"]) == (MESSAGE.to, MESSAGE.body)


@pytest.mark.parametrize("environment", ["production", "test"])
def test_elsewhere_no_code_and_no_address_stands_in_the_log(environment, make_app):
    [line] = lines_of_the_local_default(make_app(environment=environment))
    assert (line["log_level"], line["channel"]) == ("warning", "email")
    assert not [word for word in ("123456", "lin@example.org", "验证码") if word in str(line)]


def letter_id(in_transaction):
    return in_transaction(lambda s: s.execute(text("SELECT user_id FROM letters")).scalar_one_or_none(), read_only=True)


def test_a_letter_that_could_not_be_sent_waits_for_the_next_try(post, app, postbox, in_transaction, monkeypatch):
    post("/v1/auth/code", CODE)
    waiting = letter_id(in_transaction)

    def fail(_message):
        raise OSError("no route to host")

    with app.app_context():
        with monkeypatch.context() as broken:
            broken.setattr(postbox, "send", fail)
            with pytest.raises(OSError, match="no route"):
                message_queue.deliver(waiting, {})
        assert letter_id(in_transaction) == waiting
        message_queue.deliver(waiting, {})
    assert letter_id(in_transaction) is None
    assert len(postbox.sent) == 1


def test_a_letter_that_has_gone_is_not_sent_again(post, app, postbox, in_transaction):
    post("/v1/auth/code", CODE)
    with app.app_context():
        for _ in range(2):
            message_queue.deliver(letter_id(in_transaction) or "let_gone", {})
    assert len(postbox.sent) == 1


class MailServer(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one mail needs."""

    def handle(self):
        self.reply("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                self.reply("354 go on")
                self.server.mails.append(self.read_mail())
            if word == "QUIT":
                self.reply("221 bye")
                return
            self.server.lines.append(line)
            self.reply("250 ok")

    def read_mail(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()

    def reply(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def mail_server():
    server = socketserver.TCPServer(("127.0.0.1", 0), MailServer)
    server.mails, server.lines = [], []
    with serving(server):
        yield server


def test_mail_goes_to_the_server_with_subject_and_sender(make_app, mail_server):
    port = mail_server.server_address[1]
    app = make_app(sms_and_mail=f"smtp://127.0.0.1:{port}?from=carbon@example.org")
    with app.app_context():
        the_messenger().send(MESSAGE)
    [mail] = mail_server.mails
    assert "From: carbon@example.org" in mail
    assert "To: lin@example.org" in mail
    assert "Your code is 123456." in mail
    assert any(line.upper().startswith("RCPT TO:<LIN@EXAMPLE.ORG>") for line in mail_server.lines)


def test_no_password_is_sent_to_a_server_without_tls(make_app, mail_server):
    port = mail_server.server_address[1]
    app = make_app(sms_and_mail=f"smtp://lin:secret@127.0.0.1:{port}?from=carbon@example.org")
    with app.app_context(), pytest.raises(Exception, match="STARTTLS"):
        the_messenger().send(MESSAGE)
    assert mail_server.mails == []
    assert not any("AUTH" in line.upper() for line in mail_server.lines)


def test_an_installation_without_a_way_to_phones_says_so(make_app):
    client = make_app(sms_and_mail="smtp://mail.example?from=carbon@example.org").test_client()
    answer = client.post("/v1/auth/code", json={"channel": "phone", "address": "+8613800138000"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "channel")


@pytest.mark.parametrize("setting", ["pigeon", "smtp://mail.example", "smtp://?from=carbon@example.org"])
def test_a_messenger_nobody_knows_or_that_is_incomplete_is_named(setting, make_app):
    with make_app(sms_and_mail=setting).app_context(), pytest.raises(ValueError, match="CARBON_SMS_AND_MAIL"):
        the_messenger()


class Provider(BaseHTTPRequestHandler):
    """Answers each path with the status and body it names."""

    answers = {
        "/ok": (200, b'{"id_token": "x"}'),
        "/refused": (400, b'{"error": "invalid_grant"}'),
        "/down": (502, b"bad gateway"),
        "/text": (200, b"hello"),
        "/list": (200, b"[]"),
    }

    def do_GET(self):
        status, body = self.answers[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        form = self.rfile.read(length).decode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"form": form}).encode())

    def log_message(self, *_):
        """Silence: the answers are what is tested."""


def test_the_wire_reads_objects_and_tells_a_refusal_from_an_outage():
    with serving(HTTPServer(("127.0.0.1", 0), Provider)) as (host, port):
        wire, base = HttpsWire(), f"http://{host}:{port}"
        assert wire.get(f"{base}/ok") == {"id_token": "x"}
        assert wire.get(f"{base}/refused") == {"error": "invalid_grant"}
        assert wire.post(f"{base}/token", {"code": "a b&c"}) == {"form": "code=a+b%26c"}
        for path in ("/down", "/text", "/list"):
            with pytest.raises(WireFailed):
                wire.get(base + path)
    with pytest.raises(WireFailed):
        wire.get(f"{base}/ok")
