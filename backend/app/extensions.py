"""The database as Flask's extension, made once and attached by the factory."""

from __future__ import annotations

from flask_sqlalchemy import SQLAlchemy

from backend.platform.data.transactions import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
