"""A start imports what most requests need: the library of a rare one comes with the first such request (ADR 0147)."""

from __future__ import annotations

import os
import subprocess
import sys

RARE = (
    "PIL.ImageDraw", "alembic", "apscheduler", "fitdecode", "flask_migrate", "pypdfium2", "rapidocr", "reportlab",
    "requests", "stripe", "urllib3", "webauthn",
)  # fmt: skip


def test_a_start_imports_no_library_of_a_rare_request(tmp_path):
    """Papers, payments, passkeys, pushes, the scheduler, migrations and the reading of files come later."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, wsgi; print(*(name for name in {RARE} if name in sys.modules))"],
        env={**os.environ, "CARBON_ENVIRONMENT": "development", "CARBON_VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == []
