"""The registry on the wire: what may be bought, and the public proof of what was retired."""

from backend.registry.api import certificates, projects
from backend.registry.api.blueprint import edge

__all__ = ["certificates", "edge", "projects"]
