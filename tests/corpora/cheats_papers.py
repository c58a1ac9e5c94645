"""The cheats at home and with paper: noise pictures, shared bills, invented meters, one flow paid twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tests.corpora.honest_papers import Series, series
from tests.corpora.people import (
    ELECTRIC_CAR,
    ELECTRICITY,
    FRIDGE,
    GARMENT,
    MEAL,
    REPAIR,
    SECOND_HAND,
    TRIP,
    Person,
    Piece,
    Post,
    Side,
)
from tests.corpora.pictures import Paper, Picture, photographed

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CAR_POOL = "transport.car_pool"
LAZIEST = (
    (TRIP, (("mode", "metro"), ("distance", "500"))),
    (MEAL, (("meal", "vegan"), ("meals", "3"))),
    (SECOND_HAND, (("good", "laptop"), ("items", "5"))),
    (GARMENT, (("garment", "coat"), ("items", "10"))),
    (ELECTRICITY, (("consumption", "40"), ("days", "7"))),
    (FRIDGE, (("appliance", "fridge_freezer"), ("label", "20"), ("items", "3"), ("days", "7"))),
    ("consumables.material_recycling", (("material", "aluminium_can"), ("mass", "100"))),
    ("consumables.waste_sorting", (("fraction", "metal"), ("mass", "100"))),
    ("food.composting", (("mass", "50"),)),
    ("housing.short_shower", (("showers", "3"), ("minutes_each", "1"))),
    ("food.plant_based_meat", (("product", "tofu"), ("mass", "5"))),
    ("clothing.recycled_garments", (("mass", "30"),)),
)


def paper_cheats() -> Iterator[Person]:
    """Everybody who fakes at home or with paper."""
    yield from _lazy()
    yield from _pictures()
    yield from _bills()
    yield from _meters()
    yield from _twice_paid()


def faking(name: str, category: str, *posts: Post, account_days: int = 400) -> Person:
    return Person(name, Side.CHEAT, category, posts, account_days=account_days)


def _lazy() -> Iterator[Person]:
    day = [Post(rule, inputs, 2 * HOUR, faked=True) for rule, inputs in LAZIEST]
    yield faking("the laziest cheat for a day", "every", *day, account_days=1)
    days = [replace(post, before=n * DAY + HOUR, told_before=n * DAY) for n in range(29, -1, -1) for post in day]
    yield faking("the laziest cheat for a month", "every", *days, account_days=31)
    meals = [Post(MEAL, (("meal", "vegan"), ("meals", "1")), n * HOUR, faked=True) for n in range(1, 10)]
    yield faking("nine vegan meals in a day", "food", *meals)
    car = Post(ELECTRIC_CAR, (("distance", "1000"), ("replaced", "petrol_car")), HOUR, faked=True)
    yield faking("a thousand electric kilometres by word", "transport", car)


def _good(picture: Picture, who: str = "somebody", *, thing: str = "laptop", is_faked: bool = True) -> Post:
    piece = Piece("receipt", picture)
    return Post(SECOND_HAND, (("good", thing), ("items", "1")), HOUR, (piece,), who=who, faked=is_faked)


def _pictures() -> Iterator[Person]:
    noise = [_good(Picture((), 3000 + n)) for n in range(6)]
    yield faking("noise pictures as receipts", "consumables", *noise)
    coats = [Post(GARMENT, (("garment", "coat"), ("items", "1")), HOUR, (Piece("receipt", Picture((), 3010 + n)),),
                  faked=True) for n in range(6)]  # fmt: skip
    yield faking("noise pictures as receipts of coats", "clothing", *coats)
    paper = Paper("Trade of used things", "T-31004410", HOUR, timedelta(), "1 laptop")
    for n, (how, change) in enumerate(
        [("saved again", {"quality": 60}), ("scaled to half", {"scale": 0.5}), ("cropped", {"cropped": 0.02}),
         ("brighter", {"light": 1.2}), ("turned by a degree", {"turned": 1.0})]
    ):  # fmt: skip
        original = Picture((*paper.lines(), f"till {n}"), 3100 + n)
        true = _good(original, "the buyer", is_faked=False)
        yield faking(f"another's receipt, {how}", "consumables", true, _good(replace(original, **change)))
    repair = Post(REPAIR, (("good", "desktop"), ("items", "3")), HOUR, (Piece("photo", Picture((), 3150)),), faked=True)
    yield faking("a repair shown by a noise photo", "consumables", repair)


def _bill(consumption: str, amount: str, seed: int, who: str, *, is_faked: bool, meter: str = "SG-9055") -> Post:
    paper = Paper("Electricity bill", "E-2026-9081", 3 * DAY, 28 * DAY, f"{amount} kWh", meter)
    piece = Piece("utility_bill", photographed(paper, seed))
    return Post(ELECTRICITY, (("consumption", consumption), ("days", "28")), 3 * DAY, (piece,), who=who, faked=is_faked)


def _bills() -> Iterator[Person]:
    yield faking("one bill by two accounts", "housing", _bill("70", "70", 3200, "the home", is_faked=False),
                 _bill("70", "70", 3201, "another", is_faked=True))  # fmt: skip
    yield faking("a bill with another amount drawn in", "housing",
                 _bill("120", "120", 3210, "the home", is_faked=False),
                 _bill("45", "45", 3210, "another", is_faked=True))  # fmt: skip
    yield faking(
        "a bill that says more than is claimed", "housing", _bill("40", "140", 3220, "somebody", is_faked=True)
    )


def invented(name: str, seed: int, consumption: str, days: str, values: Series, *before: Post) -> Person:
    """A home whose readings nobody read."""
    post = Post(ELECTRICITY, (("consumption", consumption), ("days", days)), HOUR / 2, series(values, seed), faked=True)
    return faking(name, "housing", *before, post)


def _meters() -> Iterator[Person]:
    yield invented(
        "readings on a smooth line", 331, "14", "14", [("Z-1", 14 - n, f"{100 + n}") for n in (0, 4, 8, 11, 14)]
    )
    true = [("N-5", 9, "4100"), ("N-5", 5, "4109.3"), ("N-5", 0, "4123.8")]
    neighbour = Post(
        ELECTRICITY, (("consumption", "23.8"), ("days", "9")), HOUR / 2, series(true, 332), who="neighbour"
    )
    offset = [("Z-2", days, f"{float(value) + 777:.1f}") for _, days, value in true]
    yield invented("a neighbour's series with an offset", 333, "23.8", "9", offset, neighbour)
    swaps = [(f"Z-3{n}", 12 - 3 * n - 1.5 * k, str(4 * k)) for n in range(2) for k in (0, 1)]
    yield invented("a meter exchanged again and again", 334, "8", "12", swaps)
    yield invented("two meters at one time", 335, "15", "8", [("Z-4", 8, "10"), ("Z-5", 7, "90"), ("Z-4", 0, "25")])
    worse = Post("housing.electricity_below_own_mean", (("consumption", "90"), ("days", "7")), 9 * DAY, who="somebody")
    yield invented("the baseline worsened before", 336, "12", "7",
                   [("Z-6", 7, "90"), ("Z-6", 4, "95"), ("Z-6", 0, "102")], worse)  # fmt: skip


def _twice_paid() -> Iterator[Person]:
    values = [("H-9", 7, "600"), ("H-9", 3, "611"), ("H-9", 0, "620")]
    meter = Post(ELECTRICITY, (("consumption", "20"), ("days", "7")), HOUR, series(values, 341))
    inputs = (("appliance", "fridge_freezer"), ("label", "80"), ("items", "2"), ("days", "7"))
    yield faking("a fridge beside the same home's meter", "housing", meter, Post(FRIDGE, inputs, HOUR, faked=True))
    car = (("distance", "200"), ("replaced", "petrol_car"))
    pool = (("distance", "200"), ("detour", "0"), ("occupancy", "4"), ("fuel", "electric"), ("kind", "private"))
    yield faking("an electric car and the pool in it", "transport", Post(ELECTRIC_CAR, car, HOUR, faked=True),
                 Post(CAR_POOL, pool, HOUR, faked=True))  # fmt: skip
    wash = Post("clothing.cold_wash", (("washes", "3"),), HOUR, faked=True)
    yield faking("cold wash beside the same home's meter", "housing", meter, wash)
    one_home = [replace(meter, who=f"account {n}", faked=n > 0) for n in range(4)]
    four = [replace(post, evidence=series(values, 350 + n)) for n, post in enumerate(one_home)]
    yield faking("four accounts with one meter", "housing", *four)
