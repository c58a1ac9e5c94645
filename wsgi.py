"""The WSGI door: any server imports `app` from here."""

from backend.app.wsgi_app import build_to_serve
from config import SettingsRefused

try:
    app = build_to_serve(is_named=True)
except SettingsRefused as refused:
    # words for the person at the terminal, no traceback
    raise SystemExit(str(refused)) from None
