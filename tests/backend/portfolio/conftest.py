"""People in Beijing who also buy: the fixtures of activities and of the checkout together."""

from tests.backend.accounts.conftest import post, postbox, registered
from tests.backend.activities.conftest import account, beijinger, bring, fare_record, guest, new_beijinger, rule_book
from tests.backend.checkout.conftest import bank, shelf, shop

__all__ = [
    "account",
    "bank",
    "beijinger",
    "bring",
    "fare_record",
    "guest",
    "new_beijinger",
    "post",
    "postbox",
    "registered",
    "rule_book",
    "shelf",
    "shop",
]
