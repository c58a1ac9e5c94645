"""The endpoints of accounts, all on one edge."""

from backend.accounts.api import codes, devices, passkeys, passwords, providers
from backend.accounts.api.blueprint import edge

__all__ = ["codes", "devices", "edge", "passkeys", "passwords", "providers"]
