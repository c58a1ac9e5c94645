"""Reading a recorded track, whichever of the two formats it comes in. Touches nothing."""

from __future__ import annotations

from calculators.traces.geojson import read_geojson
from calculators.traces.gpx import read_gpx
from calculators.traces.model import MOST_BYTES, Trace, refused

GPX, GEOJSON = "application/gpx+xml", "application/geo+json"
READERS = {GPX: read_gpx, GEOJSON: read_geojson}


def read_trace(content: bytes, media_type: str) -> Trace:
    """The track in `content`, which is GPX or GeoJSON by its media type.

    Raises InputRefused with the field `trace`, or `trace.N` for its Nth position.
    """
    if media_type not in READERS:
        raise refused("trace.format", f"send {GPX} or {GEOJSON}")
    if len(content) > MOST_BYTES:
        raise refused("trace.too_large", f"at most {MOST_BYTES} bytes")
    return READERS[media_type](content)
