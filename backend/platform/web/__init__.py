"""HTTP: the edge of every slice, tokens, problems, fields, JSON, limits, the API document."""
