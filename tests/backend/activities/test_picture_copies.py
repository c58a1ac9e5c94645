"""Pictures that were made from an earlier one are held, with both shown; two photographs of one thing stay two."""

from __future__ import annotations

import io
import random
from datetime import date, timedelta

import pytest
from PIL import Image, ImageDraw, ImageEnhance
from sqlalchemy import func, select, text

from backend.activities.service.evidence import forget, picture_copies
from backend.activities.service.evidence.picture_likeness import Plane, bands_to_ask, outlines_of, plane_of_jpeg
from backend.activities.service.evidence.picture_likeness import share_alike as share
from backend.activities.sql.evidence import OUTLINES
from tests.backend.activities.conftest import THIS_MORNING
from tests.backend.activities.test_evidence_upload import handed_in
from tests.corpora.pictures import Paper, meter_face, photographed

LEAST = picture_copies.LEAST_SHARE


def paper(number: int, *, worn: bool = False) -> bytes:
    """A receipt of one shop, photographed."""
    stated = Paper(
        "Corner Shop 小店", f"R{number * 7919:08}", timedelta(number), timedelta(1), f"{100 + 3 * number}.20"
    )
    return photographed(stated, number, worn=worn).jpeg(date(2026, 11, 20))


def order(seed: int) -> bytes:
    """A screen of one application: the layout is always the same, number, day and amount are not."""
    rng = random.Random(f"order {seed}")
    screen = Image.new("RGB", (720, 1560), "white")
    pen = ImageDraw.Draw(screen)
    pen.rectangle((0, 0, 720, 110), fill=(30, 120, 220))
    pen.rectangle((40, 660, 680, 1060), fill=(220, 220, 220))
    stated = (f"Order {rng.randrange(10**12)}", f"2026-11-{rng.randint(1, 28):02}", f"Paid {rng.uniform(1, 300):.2f}")
    for line, words in enumerate(("My orders", *stated, "Second-hand laptop", "Shop 87")):
        pen.text((40, 40 + 90 * line), words, "black", font_size=34)
    return jpeg(screen)


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def cropped(content: bytes, left: float, top: float, right: float, bottom: float) -> bytes:
    picture = opened(content)
    width, height = picture.size
    box = (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    return jpeg(picture.crop(box))


def halved(content: bytes) -> bytes:
    picture = opened(content)
    return jpeg(picture.resize((picture.width // 2, picture.height // 2)))


COPIES = {
    "saved again": lambda content: jpeg(opened(content), 40),
    "scaled to half": halved,
    "cropped by two per cent": lambda content: cropped(content, 0.02, 0.02, 0.02, 0.02),
    "cropped at the left": lambda content: cropped(content, 0.02, 0, 0, 0),
    "cropped at the foot, and half": lambda content: halved(cropped(content, 0, 0, 0, 0.02)),
    "lighter": lambda content: jpeg(ImageEnhance.Brightness(opened(content)).enhance(1.1)),
}
ORIGINALS = {
    "receipt": paper(1),
    "worn receipt": paper(2, worn=True),
    "order": order(1),
    "meter": meter_face("0087", "4123.7", 9).jpeg(date(2026, 11, 20)),
}


def plane(content: bytes) -> Plane:
    return plane_of_jpeg(content)


@pytest.mark.parametrize("made", COPIES)
@pytest.mark.parametrize("of", ORIGINALS)
def test_a_copy_is_found_under_its_original_and_agrees_stroke_for_stroke(of, made):
    original, copy = plane(ORIGINALS[of]), plane(COPIES[made](ORIGINALS[of]))
    kept = {band for outline in outlines_of(original) for band in outline.bands}
    assert kept & set(bands_to_ask(copy))
    assert share(copy, original) >= LEAST


@pytest.mark.parametrize("kind", ["receipts of one shop", "orders of one application", "photographs of one meter"])
def test_two_of_a_kind_stay_two(kind):
    make = {
        "receipts of one shop": lambda n: paper(n, worn=n % 2 == 0),
        "orders of one application": order,
        "photographs of one meter": lambda n: meter_face("0087", f"{4000 + 37 * n}.{n}", n).jpeg(date(2026, 11, 20)),
    }[kind]
    planes = [plane(make(n)) for n in range(1, 7)]
    shares = [share(one, other) for n, one in enumerate(planes) for other in planes[:n]]
    assert max(shares) < LEAST, shares


def test_a_blank_page_is_the_copy_of_nothing():
    blank = plane(jpeg(Image.new("RGB", (600, 800), (244, 242, 234))))
    assert share(blank, blank) == 0


LAPTOP = {"methodology": "consumables.second_hand_goods", "inputs": {"good": "laptop", "items": "1"}}
COAT = {"methodology": "clothing.second_hand_garment", "inputs": {"garment": "coat", "items": "1"}}


def bought(person, content: bytes, what: dict = LAPTOP) -> dict:
    piece = handed_in(person, content, "receipt")
    answer = person.post("/v1/activities", what | {"occurred_at": THIS_MORNING, "evidence": [piece["id"]]})
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def support(new_person):
    return new_person(roles=("support",))


def test_anothers_picture_saved_again_is_held_and_both_are_shown(beijinger, new_beijinger, support, in_transaction):
    owner, copier = beijinger, new_beijinger()
    assert bought(owner, ORIGINALS["receipt"])["status"] == "credited"
    held = bought(copier, COPIES["cropped by two per cent"](ORIGINALS["receipt"]))
    assert (held["status"], held["reason"]["code"]) == ("held", "evidence.look_alike")
    case = support.post(f"/v1/operator/held/{copier.user_id}/{held['id']}/open").json
    pieces = [*case["evidence"], *case["originals"]]
    assert len({piece["id"] for piece in pieces}) == 2
    for piece in pieces:
        file = support.app.test_client().get(piece["link"]["url"].removeprefix("http://127.0.0.1:8000"))
        assert file.content_type == "image/jpeg"
    entries = text("SELECT subject FROM audit_entries WHERE action = 'evidence.compared'")
    assert in_transaction(lambda session: session.scalars(entries).all()) == [case["originals"][0]["id"]]


def test_a_copy_that_is_handed_in_late_raises_nothing(beijinger, new_beijinger):
    owner, copier = beijinger, new_beijinger()
    clothes = {"methodology": "clothing.recycled_garments", "inputs": {"mass": {"value": "3", "unit": "kg"}}}
    bought(owner, ORIGINALS["receipt"])
    piece = handed_in(copier, COPIES["saved again"](ORIGINALS["receipt"]), "weight_slip")
    activity = copier.post("/v1/activities", clothes | {"occurred_at": THIS_MORNING}).json
    answer = copier.post(f"/v1/activities/{activity['id']}/evidence", {"evidence": [piece["id"]]})
    assert (answer.status_code, answer.json["code"]) == (409, "evidence.not_believed"), answer.json


def test_the_own_picture_scaled_to_half_is_held_too(beijinger):
    bought(beijinger, ORIGINALS["order"])
    again = bought(beijinger, COPIES["scaled to half"](ORIGINALS["order"]), COAT)
    assert again["reason"]["code"] == "evidence.look_alike"


def test_two_orders_of_one_application_are_both_paid(beijinger):
    assert [bought(beijinger, order(n), what)["status"] for n, what in ((3, LAPTOP), (4, COAT))] == ["credited"] * 2


def test_without_the_comparison_the_copy_would_be_paid(beijinger, new_beijinger, monkeypatch):
    """The control: nothing else finds it."""
    monkeypatch.setattr(picture_copies, "LEAST_SHARE", 2.0)
    bought(beijinger, ORIGINALS["receipt"])
    assert bought(new_beijinger(), COPIES["saved again"](ORIGINALS["receipt"]))["status"] == "credited"


def test_of_an_erased_person_nothing_is_left_to_compare_with(beijinger, new_beijinger, in_transaction):
    bought(beijinger, ORIGINALS["receipt"])
    count = select(func.count()).where(OUTLINES.c.user_id == beijinger.user_id)
    assert in_transaction(lambda session: session.scalar(count)) > 0
    in_transaction(lambda session: forget(session, beijinger.user_id))
    assert in_transaction(lambda session: session.scalar(count)) == 0
    assert bought(new_beijinger(), COPIES["saved again"](ORIGINALS["receipt"]))["status"] == "credited"


def test_a_band_keeps_no_more_of_a_month_than_it_has_slots(beijinger, in_transaction, monkeypatch):
    monkeypatch.setattr(picture_copies, "SLOTS", 1)
    for n in (11, 12, 13):
        handed_in(beijinger, order(n), "receipt")
    counted = select(func.count()).select_from(OUTLINES).group_by(OUTLINES.c.band_hash)
    assert set(in_transaction(lambda session: session.scalars(counted).all())) == {1}
