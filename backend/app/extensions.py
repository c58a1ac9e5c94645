"""The Flask extensions of the application, made once and attached by the factory."""

from __future__ import annotations

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from backend.platform.data.transactions import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
