"""Honest homes and buyers: meters that are exchanged or roll over, bills, orders and worn receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from tests.corpora.people import (
    ELECTRICITY,
    FRIDGE,
    GARMENT,
    REPAIR,
    SECOND_HAND,
    SOLAR,
    Person,
    Piece,
    Post,
    Reading,
    Side,
)
from tests.corpora.pictures import Paper, Picture, meter_face, photographed

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Series = Sequence[tuple[str, float, str]]  # device, days before today, value


def papers() -> Iterator[Person]:
    """Everybody with a meter, a bill, an order or a receipt."""
    yield from _meters()
    yield from _bills()
    yield from _orders()
    yield from _worn()


def series(values: Series, seed: int) -> tuple[Piece, ...]:
    """The photographs of a meter's readings."""
    return tuple(
        Piece("meter_reading", meter_face(device, value, seed * 100 + n), Reading(device, value, days * DAY + HOUR))
        for n, (device, days, value) in enumerate(values)
    )


def metered(name: str, seed: int, consumption: str, days: str, values: Series,
            methodology: str = ELECTRICITY) -> Person:  # fmt: skip
    """A home that claims what its meter shows."""
    what = "self_used" if methodology == SOLAR else "consumption"
    post = Post(methodology, ((what, consumption), ("days", days)), HOUR / 2, series(values, seed))
    return Person(name, Side.HONEST, "housing", (post,))


def _meters() -> Iterator[Person]:
    yield metered(
        "three readings in a week", 1, "21", "7", [("A-701", 7, "1000"), ("A-701", 3, "1012.5"), ("A-701", 0, "1021")]
    )
    yield metered("readings at uneven intervals", 2, "28", "10",
                  [("A-702", 10, "5210"), ("A-702", 9, "5213"),
                   ("A-702", 2, "5233"), ("A-702", 0, "5238")])  # fmt: skip
    yield metered("a meter exchanged in between", 3, "26", "9",
                  [("A-703", 9, "88120"), ("A-703", 4, "88134"), ("B-113", 3.9, "0"), ("B-113", 0, "12")])  # fmt: skip
    yield metered("a meter that rolls over", 4, "24", "8",
                  [("A-704", 8, "99988"), ("A-704", 4, "99999"), ("A-704", 0, "12")])  # fmt: skip
    yield metered("an estimated reading corrected later", 5, "25", "9",
                  [("A-705", 9, "300"), ("A-705", 5, "316"), ("A-705", 4, "311"), ("A-705", 0, "325")])  # fmt: skip
    yield metered("two weeks, five readings", 6, "35", "14",
                  [("A-706", 14 - n, str(700 + n * 5 // 2)) for n in (0, 4, 8, 11, 14)])  # fmt: skip
    yield metered(
        "a small home in autumn", 7, "11.4", "7", [("A-707", 7, "41.2"), ("A-707", 4, "46"), ("A-707", 0, "52.6")]
    )
    yield metered("photovoltaic power used at home, the rest fed in", 8, "31", "10",
                  [("PV-22", 10, "2010"), ("PV-22", 5, "2024"), ("PV-22", 0, "2041")], SOLAR)  # fmt: skip
    yield metered("photovoltaic power in November", 9, "18", "10",
                  [("PV-23", 10, "510"), ("PV-23", 6, "516"), ("PV-23", 0, "528")], SOLAR)  # fmt: skip


def _bills() -> Iterator[Person]:
    for seed, (consumption, days, is_worn) in enumerate([("70", 28, False), ("95", 30, False), ("60", 29, True)], 20):
        meter = f"SG-{seed}55"
        bill = Paper("Electricity bill", f"E-2026-{seed}81", 3 * DAY, days * DAY, f"{consumption} kWh", meter)
        piece = Piece("utility_bill", photographed(bill, seed, worn=is_worn))
        post = Post(ELECTRICITY, (("consumption", consumption), ("days", str(days))), 3 * DAY, (piece,))
        yield Person(f"a bill over {days} days", Side.HONEST, "housing", (post,))
    for seed, (appliance, label) in enumerate([("fridge_freezer", "110"), ("air_conditioner", "180")], 30):
        order = Paper("Order of an appliance", f"O-{seed}9917", 10 * DAY, timedelta(), f"1 {appliance} {label} kWh")
        inputs = (("appliance", appliance), ("label", label), ("items", "1"), ("days", "7"))
        post = Post(FRIDGE, inputs, HOUR, (Piece("purchase_record", photographed(order, seed)),))
        yield Person(f"an efficient appliance with its order: {appliance}", Side.HONEST, "housing", (post,))


def bought(name: str, seed: int, methodology: str, thing: str, kind: str = "purchase_record",
           picture: Picture | None = None) -> Person:  # fmt: skip
    """Somebody who bought one thing used, or had it repaired."""
    paper = Paper("Trade of used things", f"T-{seed}4410", HOUR, timedelta(), f"1 {thing}")
    inputs = (("garment" if methodology == GARMENT else "good", thing), ("items", "1"))
    piece = Piece(kind, picture or photographed(paper, seed))
    category = "clothing" if methodology == GARMENT else "consumables"
    return Person(name, Side.HONEST, category, (Post(methodology, inputs, HOUR, (piece,)),))


def _orders() -> Iterator[Person]:
    yield bought("an order of used jeans", 40, GARMENT, "jeans")
    yield bought("an order of a used coat", 41, GARMENT, "coat")
    yield bought("a used smartphone", 42, SECOND_HAND, "smartphone")
    yield bought("a used laptop", 43, SECOND_HAND, "laptop")
    yield bought("a used chair", 44, SECOND_HAND, "chair")
    yield bought("a repaired laptop", 45, REPAIR, "laptop", "repair_bill")
    screen = Picture(("Order 26-1120-46", "1 used tablet", "paid, collected"), 46, quality=92, scale=1.6)
    yield bought("the screenshot of an order", 46, SECOND_HAND, "tablet", picture=screen)


def _worn() -> Iterator[Person]:
    for seed, thing in enumerate(("shirt_cotton", "jumper_wool"), 50):
        paper = Paper("Trade of used things", f"T-{seed}4410", HOUR, timedelta(), f"1 {thing}")
        yield bought(f"a crumpled dark receipt: {thing}", seed, GARMENT, thing, "receipt",
                     photographed(paper, seed, worn=True))  # fmt: skip
    posts = []
    for seed, thing in enumerate(("kettle", "microwave"), 60):
        paper = Paper("The same shop", f"S-{seed}1", HOUR * (seed - 57), timedelta(), f"1 {thing}")
        inputs = (("good", thing), ("items", "1"))
        posts.append(Post(SECOND_HAND, inputs, HOUR, (Piece("receipt", photographed(paper, 60)),)))
    yield Person("two receipts of one shop, one layout", Side.HONEST, "consumables", tuple(posts))
