"""Footprints: a year's footprint, what was retired against it, what remains, and the sentence that may be said.

Keeps what people answered about a year, sealed under their own key, and the frozen models those answers are read by;
reads profiles and the registry. The three books are never added to one another: a reduction is already inside a lower
footprint and does not appear here.
"""
