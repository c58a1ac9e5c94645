"""The WSGI door: any server imports `app` from here."""

import os

# before NumPy is imported: a server has a worker for each core, so threads of linear algebra only wait for one another
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from backend.app.wsgi_app import build_to_serve
from config import SettingsRefused

try:
    app = build_to_serve(is_named=True)
except SettingsRefused as refused:
    # words for the person at the terminal, no traceback
    raise SystemExit(str(refused)) from None
