"""The main job as a story: a ride becomes explained grams and points.

Every number printed was just answered by the server; every reason is the server's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backend.demo.people import DEMO_EMAIL, DEMO_PASSWORD, TRIP
from backend.demo.phone import Teller, figure, grams, say, scene
from backend.demo.purchase import a_purchase
from backend.platform.core import clock

BEIJING = "Asia/Shanghai"


def tell(url: str) -> None:
    """Tell the whole story against the server at `url`; raise `StoryBroken` where it is refused."""
    phone = Teller(url)
    a_newcomer(phone)
    ride = a_metro_ride(phone)
    where_every_gram_came_from(phone, ride)
    without_a_server(phone, ride)
    what_earns_nothing(phone)
    the_same_request_twice(phone)
    lin = points(phone)
    a_purchase(lin)


def a_newcomer(phone: Teller) -> None:
    """Use first, register later."""
    scene("A newcomer opens the app in Beijing")
    asked = phone.get("/v1/consents")["items"]
    agreed = {text["kind"]: text["version"] for text in asked if text["required"]}
    tokens = phone.post("/v1/auth/guest", {"consents": agreed, "device": "demo phone"})
    phone.token = tokens["access_token"]
    phone.patch("/v1/me", {"region": "CN-BJ", "zone": BEIJING})
    say("No e-mail yet: a guest with a region (CN-BJ) and a time zone. Registering later keeps everything.")


def a_metro_ride(phone: Teller) -> dict[str, Any]:
    """Ten kilometres by metro: what it would give with a fare record, and what it gives on one's own word."""
    scene("Ten kilometres by metro: what would it give?   POST /v1/estimates")
    would = phone.post(
        "/v1/estimates",
        {"methodology": TRIP, "region": "CN-BJ", "evidence_tier": "fare_record", "inputs": ride_inputs("metro", "10")},
    )
    show_reduction(would["reduction"])
    say("With a fare record nothing is deducted for evidence. Nothing was stored.")

    scene("The same ride just now, on one's own word   POST /v1/activities")
    ride: dict[str, Any] = phone.post("/v1/activities", trip("metro", "10"), key="ride-1")
    show_reduction(ride["reduction"])
    figure("points", str(ride["points"]["amount"]), f"{ride['points']['state']} until {ride['points']['matures_at']}")
    return ride


def show_reduction(reduction: dict[str, Any]) -> None:
    """The numbers of one reduction, each with its reason."""
    figure("baseline", grams(reduction["baseline_g"]), f"what people like them emit: {reduction['basis']}")
    figure("project", grams(reduction["project_g"]), "what the ride emitted")
    figure("reduction", grams(reduction["reduction_g"]), f"range {reduction['low_g']} to {reduction['high_g']} g")
    for deduction in reduction["deductions"]:
        sign = "−" if deduction["weight"] is None else "×"
        figure(f"{sign} {deduction['kind']}", deduction["weight"] or "", deduction["reason"])
    figure("credited", grams(reduction["credited_g"]), "what we dare to credit, rounded down")
    contrast = reduction["contrast"]
    figure("not credited", grams(contrast["grams"]), contrast["label"])


def where_every_gram_came_from(phone: Teller, ride: dict[str, Any]) -> None:
    """The whole working, in words, in both languages."""
    scene("Where did every gram come from?   GET /v1/reductions/{id}")
    for language in ("en", "zh-CN"):
        phone.language = language
        for line in phone.get(f"/v1/reductions/{ride['reduction']['id']}")["explanation"]:
            say(line)
        print()
    phone.language = "en"


def without_a_server(phone: Teller, ride: dict[str, Any]) -> None:
    """The same integers again, from the answer alone."""
    scene("The same, recomputed without a server   python -m calculators explain reduction.json")
    answer = phone.get(f"/v1/reductions/{ride['reduction']['id']}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reduction.json"
        file.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
        told = subprocess.run(
            [sys.executable, "-m", "calculators", "explain", str(file)], capture_output=True, text=True, check=True
        )
    for line in told.stdout.splitlines():
        if line.startswith(("Reduction:", "Credited:", "Methodology ")):
            say(line)
    say("It exits with an error where the integers, the document or its hash do not agree.")


def what_earns_nothing(phone: Teller) -> None:
    """Honest zeros, and a mistake that is explained in the caller's language."""
    scene("What earns less, or nothing, and why")
    tries = [
        ("walk, 5 km", trip("walk", "5", minutes_ago=130, duration_s=3600)),
        ("alone in a petrol car", trip("car", "10", minutes_ago=200)),
        ("a walk of 100 m", trip("walk", "0.1", minutes_ago=230, duration_s=90)),
    ]
    for label, body in tries:
        answer = phone.post("/v1/activities", body)
        reduction = answer["reduction"]
        figure(
            label,
            grams(reduction["credited_g"]),
            f"of {grams(reduction['reduction_g'])}; {answer['status']}{_reason(answer)}",
        )
    phone.language = "zh-CN"
    status, refused = phone.call("POST", "/v1/activities", trip("walk", "-1"))
    phone.language = "en"
    for error in refused["errors"]:
        say(f"−1 km is answered {status} in the caller's language: {error['field']}: {error['message']}")


def the_same_request_twice(phone: Teller) -> None:
    """A phone that lost the answer asks again."""
    scene("The phone lost the answer and sends the first ride again")
    body = trip("metro", "8", minutes_ago=300)
    first, again = (phone.post("/v1/activities", body, key="ride-2") for _ in range(2))
    say(f"One activity, {first['id']}; the two answers are {'the same' if first == again else 'DIFFERENT'}.")


def points(phone: Teller) -> Teller:
    """One point is one gram of credited reduction, once it has matured; Lin has a week of them. Returns her phone."""
    scene("Points follow grams")
    figure("newcomer, pending", str(phone.get("/v1/account")["pending"]), "matures tomorrow; until then, look at it")
    lin = Teller(phone.url)
    lin.token = lin.post("/v1/auth/login", {"email": DEMO_EMAIL, "password": DEMO_PASSWORD})["access_token"]
    say("Lin has used the app for a week; what she did has matured.")
    for bubble in lin.get("/v1/points/bubbles")["items"]:
        figure("bubble", str(bubble["amount"]), f"from {bubble['methodology_id']}, lapses {bubble['lapses_at']}")
    collected = lin.post("/v1/points/collect", {}, key="collect-1")
    figure("collected", str(collected["amount"]), "posted from pending to points")
    figure("points", str(lin.get("/v1/account")["points"]), "can be spent")
    return lin


def ride_inputs(mode: str, km: str) -> dict[str, Any]:
    """Activity data of a trip."""
    return {"mode": mode, "distance": {"value": km, "unit": "km"}}


def trip(mode: str, km: str, *, minutes_ago: int = 45, duration_s: int = 1500) -> dict[str, Any]:
    """An activity as a phone in Beijing would send it; of today, as nothing counts before the day of the account."""
    at = clock.now().astimezone(ZoneInfo(BEIJING)) - timedelta(minutes=minutes_ago)
    return {
        "methodology": TRIP,
        "occurred_at": at.isoformat(timespec="seconds"),
        "duration_s": duration_s,
        "inputs": ride_inputs(mode, km),
    }


def _reason(answer: dict[str, Any]) -> str:
    return f": {answer['reason']['message']}" if answer.get("reason") else ""
