"""Configuration: one typed, frozen object for the settings, one for the policy.

The only room that reads the environment. Imports neither rule book nor the backend.
"""

from config.logging import configure_logs
from config.policy import PointsPolicy, Policy, UnattestedPolicy, load_policy
from config.settings import Settings, SettingsRefused, environment_with, load_settings

__all__ = [
    "PointsPolicy",
    "Policy",
    "Settings",
    "SettingsRefused",
    "UnattestedPolicy",
    "configure_logs",
    "environment_with",
    "load_policy",
    "load_settings",
]
