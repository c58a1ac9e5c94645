"""The WSGI door: any server imports `app` from here."""

from backend.factory import create_app
from config import SettingsRefused, load_settings

try:
    app = create_app(load_settings())
except SettingsRefused as refused:
    # words for the person at the terminal, no traceback
    raise SystemExit(str(refused)) from None
