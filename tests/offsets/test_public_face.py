"""The face of the rule book: complete, and free of the payment provider's SDK and of any web framework."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import requests

import offsets
from offsets import PaymentGateway
from offsets.sandbox import API_KEY
from offsets.stripe_gateway import StripeGateway


def test_every_name_of_the_face_is_there_and_listed_in_order():
    assert all(hasattr(offsets, name) for name in offsets.__all__)
    assert len(set(offsets.__all__)) == len(offsets.__all__)


def test_the_rule_book_loads_without_the_provider_or_a_framework():
    code = "import sys, offsets; print([m for m in ('stripe', 'flask', 'requests', 'sqlite3') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"


def test_the_gateway_is_what_the_port_asks_for():
    asked = {name for name in vars(PaymentGateway) if not name.startswith("_")}
    assert asked <= {name for name in dir(StripeGateway) if not name.startswith("_")}
    assert len(asked) == 10


def test_the_stand_in_starts_from_the_command_line_and_stops_when_interrupted():
    command = [sys.executable, "-m", "offsets.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, said
        headers = {"Authorization": f"Bearer {API_KEY}"}
        books = requests.get(f"{address[0]}/_sandbox/books", headers=headers, timeout=5).json()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert books == {"totals": {}, "postings": []}
