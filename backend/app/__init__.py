"""Composes the application: the factory, the server, the entry points. Nobody imports it."""
