"""Twelve people who live very differently, from a student who owns little to somebody who flies every week.

Each answers what makes the difference and leaves the rest to the defaults of France. The order is that of their
footprints, which follows from how they live and not from the model.
"""

from __future__ import annotations

from typing import Any

VEGAN = {"red_meat": 0, "pork": 0, "poultry": 0, "fish": 0, "eggs": 0, "dairy": 0, "pulses": 7, "plant_drink": 2}
VEGETARIAN = {"red_meat": 0, "pork": 0, "poultry": 0, "fish": 0, "pulses": 5}
NO_CAR = {"car_km": 0}
NO_FLIGHT = {"flights_short": 0, "flights_medium": 0, "flights_long": 0}
BUYS_LITTLE = {
    "tops": 2, "trousers": 1, "jumpers": 0, "dresses": 0, "coats": 0, "shoes": 1, "small_clothes": 5,
    "second_hand_clothes": 4, "smartphones": "0.2", "computers": "0.1", "tablets": 0, "televisions": 0,
    "large_appliances": 0, "large_furniture": 0, "small_furniture": "0.2",
}  # fmt: skip
SMALL_FLAT = {"household_size": 2, "dwelling_area": 45, "electricity": 1800, "gas": 0, "heating_oil": 0, "wood": 0}
BIG_HOUSE = {"household_size": 2, "dwelling_area": 180, "electricity": 9000, "gas": 25000, "heating_oil": 0}

PEOPLE: dict[str, dict[str, Any]] = {
    "vegan student by bicycle": {
        **VEGAN, **NO_CAR, **NO_FLIGHT, **BUYS_LITTLE, "household_size": 4, "dwelling_area": 80, "electricity": 3000,
        "gas": 0, "heating_oil": 0, "wood": 0, "district_heat": 0, "bicycle": 40, "train": 500, "coffee": 1,
        "alcohol": "0.5", "bottled_water": 0, "hotel_nights": 0,
    },
    "vegan cyclist in a small flat": {**VEGAN, **NO_CAR, **NO_FLIGHT, **SMALL_FLAT, **BUYS_LITTLE, "bicycle": 60},
    "vegetarian who takes the train": {**VEGETARIAN, **NO_CAR, **NO_FLIGHT, **SMALL_FLAT, "train": 9000},
    "family with a small electric car": {
        **NO_FLIGHT, "household_size": 4, "car_energy": "electric", "car_km": 10000, "car_people": 3,
        "dwelling_area": 110, "gas": 0, "heating_oil": 0,
    },
    "retired couple without a car": {**NO_CAR, **NO_FLIGHT, "household_size": 2, "gas": 9000},
    "car pooler who never flies": {**NO_FLIGHT, "car_km": 12000, "car_people": "2.5"},
    "average": {},
    "commuter alone in a petrol car": {"car_km": 20000, "car_people": "1.1", "car_energy": "petrol", **NO_FLIGHT},
    "big house, gas and meat": {**BIG_HOUSE, "red_meat": 5, "car_km": 18000, "car_people": "1.3"},
    "two holidays on other continents": {"flights_long": 2, "car_km": 15000},
    "manager in business class": {"flights_medium": 6, "flights_long": 3, "cabin": "business", "car_km": 15000},
    "weekly flyer": {"flights_short": 25, "flights_medium": 20, "flights_long": 7, "cabin": "business"},
}  # fmt: skip
