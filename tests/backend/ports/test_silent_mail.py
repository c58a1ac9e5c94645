"""A mail provider that is slow or silent: what somebody waits for waits for no news, no phone and no pause."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from datetime import timedelta

import pytest

from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.dispatcher import Dispatcher
from backend.platform.core import clock
from backend.platform.ops import outbox
from backend.ports import mail, message_queue
from backend.ports.message_adapters import the_messenger
from backend.ports.messages import EMAIL, PHONE, Message

PATIENCE_S = 20
NEWS_LIVES = timedelta(days=3)


class Provider:
    """A messenger of one system for mail and one for phones, either of which may stop answering."""

    channels = frozenset({EMAIL, PHONE})

    def __init__(self):
        self.silent: set[str] = set()  # channels, or subjects
        self.sent: list[tuple[str, str]] = []
        self.answers, self.code_arrived = threading.Event(), threading.Event()
        self.raises = False

    def send(self, message):
        if self.silent & {message.channel, message.subject}:
            if self.raises:
                raise TimeoutError("silent")
            self.answers.wait(PATIENCE_S)
        self.sent.append((message.channel, message.subject))
        if message.subject != "news":
            self.code_arrived.set()


@pytest.fixture
def provider(app):
    app.extensions["carbon.messenger"] = Provider()
    return app.extensions["carbon.messenger"]


@pytest.fixture
def ask_code(app):
    """`ask_code(channel, address)`: somebody asks for a code and waits for it."""

    def ask(channel=EMAIL, address="lin@example.org"):
        answer = app.test_client().post("/v1/auth/code", json={"channel": channel, "address": address})
        assert answer.status_code == 204, answer.json

    return ask


@pytest.fixture
def send_news(in_transaction):
    """`send_news(n)`: as many people are told something by mail."""

    def send(count):
        def work(session):
            expires_at = clock.database_now(session) + NEWS_LIVES
            for n in range(count):
                message = Message(EMAIL, f"p{n}@example.org", "news", "text")
                message_queue.post(session, message, f"hash {n}", expires_at)

        in_transaction(work)

    return send


@pytest.fixture
def running(app, provider):
    """`running()`: the workers of a running process; stopped afterwards, with a provider that answers again."""
    dispatchers = []

    def start():
        dispatchers.append(Dispatcher(app))
        dispatchers[-1].start()

    yield start
    provider.answers.set()
    for dispatcher in dispatchers:
        dispatcher.stop()


def code_arrives_before_news(provider, running, send_news, ask_code) -> bool:
    """Whether a code is sent while the provider keeps two hundred news waiting."""
    provider.silent = {"news"}
    send_news(200)
    running()
    ask_code()
    return provider.code_arrived.wait(PATIENCE_S / 4) and not provider.answers.is_set()


@pytest.mark.concurrency
def test_a_queue_of_slow_news_delays_no_code(provider, running, send_news, ask_code):
    assert code_arrives_before_news(provider, running, send_news, ask_code)


@pytest.mark.concurrency
def test_control_in_one_lane_it_does(app, provider, running, send_news, ask_code, monkeypatch):
    monkeypatch.setattr(outbox, "_lane_of", lambda topic, remote: "one lane")
    assert not code_arrives_before_news(provider, running, send_news, ask_code)


def code_to_a_phone_arrives(provider, running, ask_code) -> bool:
    """Whether a code reaches a phone while mail is silent and many wait for a code by mail."""
    provider.silent = {EMAIL}
    for n in range(12):
        ask_code(EMAIL, f"p{n}@example.org")
    running()
    ask_code(PHONE, "+8613800138000")
    return provider.code_arrived.wait(PATIENCE_S / 4) and provider.sent[0][0] == PHONE


@pytest.mark.concurrency
def test_silent_mail_delays_no_code_to_a_phone(provider, running, ask_code):
    assert code_to_a_phone_arrives(provider, running, ask_code)


@pytest.mark.concurrency
def test_control_in_one_lane_for_both_it_does(provider, running, ask_code, monkeypatch):
    monkeypatch.setattr(outbox, "_lane_of", lambda topic, remote: topic)
    assert not code_to_a_phone_arrives(provider, running, ask_code)


def outage(app, provider, frozen_clock, lasts: timedelta) -> None:
    """Nothing is answered for so long; the workers try all the while."""
    provider.silent, provider.raises = {EMAIL}, True
    ends_at = frozen_clock() + lasts
    while frozen_clock() < ends_at:
        dispatch(app)
        frozen_clock.advance(timedelta(seconds=5))
    provider.silent = set()


@pytest.mark.parametrize("minutes", [1, 3, 6, 9])
def test_a_code_that_is_still_good_goes_within_seconds_of_the_end_of_an_outage(
    minutes, app, provider, frozen_clock, ask_code
):
    ask_code()
    outage(app, provider, frozen_clock, timedelta(minutes=minutes))
    for _ in range(3):
        dispatch(app)
        frozen_clock.advance(timedelta(seconds=5))
    assert len(provider.sent) == 1


def test_a_code_that_has_expired_meanwhile_is_not_sent_and_news_is(app, provider, frozen_clock, ask_code, send_news):
    ask_code()
    send_news(1)
    outage(app, provider, frozen_clock, timedelta(minutes=11))
    frozen_clock.advance(timedelta(hours=1))
    dispatch(app)
    assert provider.sent == [(EMAIL, "news")]


def test_of_news_a_failure_is_followed_by_ever_longer_pauses(app, provider, frozen_clock, send_news):
    send_news(1)
    outage(app, provider, frozen_clock, timedelta(minutes=20))
    for _ in range(3):
        dispatch(app)
        frozen_clock.advance(timedelta(seconds=5))
    assert provider.sent == []


class Trickle(socketserver.BaseRequestHandler):
    """A mail server that never ends its greeting, and never stops it."""

    def handle(self):
        self.request.sendall(b"220 ")
        while not self.server.is_over.wait(0.05):
            try:
                self.request.sendall(b".")
            except OSError:
                return


@pytest.fixture
def trickle():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle) as server:
        server.is_over = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def ends_by_itself(app, within_s: float) -> bool:
    """Whether a letter to a server that never comes to an end is given up in time."""
    ended = threading.Event()

    def send():
        with app.app_context(), pytest.raises(smtplib.SMTPServerDisconnected):
            the_messenger().send(Message(EMAIL, "lin@example.org", "code", "123456"))
        ended.set()

    threading.Thread(target=send, daemon=True).start()
    return ended.wait(within_s)


@pytest.fixture
def slow_mail(make_app, trickle):
    return make_app(sms_and_mail=f"smtp://127.0.0.1:{trickle.server_address[1]}?from=carbon@example.org")


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(slow_mail, monkeypatch):
    monkeypatch.setattr(mail, "LONGEST_S", 0.5)
    assert ends_by_itself(slow_mail, PATIENCE_S)


def test_control_without_a_limit_for_the_whole_it_is_not(slow_mail, monkeypatch):
    monkeypatch.setattr(mail, "LONGEST_S", 600)
    assert not ends_by_itself(slow_mail, 2)
