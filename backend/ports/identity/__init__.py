"""The identity port: sign-in with an account at somebody else, by authorization code.

`providers` describes them as data, `client` is our part, `local` the stand-in that needs no network.
"""

from backend.ports.identity.client import Vouched, authorization_url, exchange
from backend.ports.identity.local import LOCAL, agree_locally
from backend.ports.identity.providers import Provider, check_redirect, get_provider, list_providers

__all__ = [
    "LOCAL",
    "Provider",
    "Vouched",
    "agree_locally",
    "authorization_url",
    "check_redirect",
    "exchange",
    "get_provider",
    "list_providers",
]
