"""Neutrality: a year's footprint, what was retired against it, what remains, and the sentence that may be said.

Reads profiles and the registry; stores nothing. The three books are never added to one another: a reduction is
already inside a lower footprint and does not appear here.
"""
