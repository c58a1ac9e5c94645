"""Which messenger this installation uses.

`CARBON_SMS_AND_MAIL` chooses: `log`, or an address whose scheme names an adapter (`smtp://…`). A deployment with an
SMS provider registers its own maker in `ADAPTERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.platform.core import context
from backend.ports.adapters import choose
from backend.ports.mail import SmtpMessenger
from backend.ports.messages import LogMessenger, Messenger
from config import Settings

ADAPTERS: dict[str, Callable[[Settings], Messenger]] = {
    "log": LogMessenger,
    "smtp": SmtpMessenger,
    "smtps": SmtpMessenger,
}


def the_messenger() -> Messenger:
    """The messenger of the current application; raise `ValueError` naming the known ones."""
    made: Messenger = context.remembered("messenger", lambda: _make(context.settings()))
    return made


def _make(settings: Settings) -> Messenger:
    return choose(ADAPTERS, "CARBON_SMS_AND_MAIL", settings.sms_and_mail, settings)
