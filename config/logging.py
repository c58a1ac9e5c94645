"""Logs: one line per fact, as JSON or for a terminal, without secrets and without what is personal.

Every logger of the process, ours and the libraries', passes through the same list: values under a telling name are
replaced, and so is whatever looks like a token, a key or an address inside a text, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import sys
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from config.settings import Settings

REDACTED = "[redacted]"

# A name that holds one of these words holds something nobody should read in a log.
TELLING_NAMES = (
    "authorization", "password", "passwd", "secret", "token", "cookie", "credential", "private_key", "api_key",
    "idempotency_key", "email", "e_mail", "phone", "address", "sealed", "otp", "signature",
)  # fmt: skip
# What tells itself by its form, wherever it stands.
TELLING_FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a signed token
    r"|\b(?i:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|\b(sk|rk|whsec|pk)_(test|live)?_?\w{8,}"
    r"|(?<=\nDETAIL:)[^\n]*"  # PostgreSQL quotes the row that it refuses
    r"|[\w.+-]+@[\w-]+(\.[\w-]+)+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",  # user and password in a URL
    re.DOTALL,
)
# The stand-in for a mailbox: its lines are the letters of made-up people.
LETTERS = "messages"
# Noisy when all is well; their warnings still come through.
QUIET = ("apscheduler", "werkzeug", "alembic", "fontTools", "urllib3")


class _ToStandardError(logging.Handler):
    """Standard error as it is at the moment of writing: servers and tests put another one in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # logging's own rule: a log line never brings down what it reports
            self.handleError(record)


def redact(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """`line` without what nobody should read in a log."""
    if line.get("logger") == LETTERS:
        return line
    return {name: _redacted(name, value) for name, value in line.items()}


def configure_logs(settings: Settings) -> None:
    """Send every logger of this process through one handler on standard error; may be called again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        # a line nobody will read is not made in the first place
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    written: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
        )
    )
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _redacted(name: str, value: Any) -> Any:
    if _is_telling(name):
        return REDACTED
    if isinstance(value, str):
        return TELLING_FORMS.sub(REDACTED, value)
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redacted("", inner) for inner in value]
    if isinstance(value, bytes):
        return REDACTED
    return value


@lru_cache(maxsize=4096)
def _is_telling(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    return any(word in plain for word in TELLING_NAMES)
