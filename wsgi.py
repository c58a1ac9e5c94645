"""The WSGI door: any server imports `app` from here."""

from backend.factory import create_app
from config import load_settings

app = create_app(load_settings())
