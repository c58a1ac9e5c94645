"""A process of its own that takes one person's copy and tells how much memory it took: `python export_reader.py`.

Reads its settings from the environment. Takes the copy once per number of rows read at once, and prints a JSON list
of what each took: what was resident before, the most that was resident while the copy was read, both in KiB, and how
much was read.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from backend.app.factory import create_app
from backend.platform.core.roles import USER
from backend.platform.privacy.access_tokens import sign_access
from backend.portfolio.service import export
from config import load_settings

WARM, USER_ID, SESSION_ID, *SIZES = sys.argv[1:]


def kib(field: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1])


def read_copy(user_id: str, session_id: str) -> tuple[int, bytes]:
    """How many lines and bytes there were, and the last line; nothing else is kept."""
    with app.app_context():
        token = sign_access(user_id, session_id, frozenset({USER}))
    answer = app.test_client().get("/v1/me/export", headers={"Authorization": f"Bearer {token}"}, buffered=False)
    size, last = 0, b""
    for chunk in answer.iter_encoded():
        size += len(chunk)
        last = chunk
    return size, last.splitlines()[-1]


def measure(at_once: int) -> dict[str, object]:
    """What one copy took when so many rows are read at once."""
    export.AT_ONCE = at_once
    gc.collect()
    before = kib("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again at what is resident now
    size, end = read_copy(USER_ID, SESSION_ID)
    return {"before": before, "most": kib("VmHWM"), "bytes": size, "end": json.loads(end)}


app = create_app(load_settings(dict(os.environ)))
read_copy(*WARM.split(":"))
sys.stdout.write(json.dumps([measure(int(size)) for size in SIZES]))
