"""Profiles: where and how someone lives, as far as they said; the rest is assumed and says so."""
