"""The story of the main job, told over HTTP, and the people who live in a fresh installation.

Uses the API like any phone would; nothing here knows a number in advance.
"""
