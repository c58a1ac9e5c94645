"""A stranger's program: reductions computed again from what `GET /v1/reductions/{id}` answers, and from nothing else.

Promise: written after docs/recompute-a-reduction.md; imports nothing of the product and nothing beyond the standard
library, asks no table, no server and no clock. `python -m stranger FILE…` (each the JSON of one answer).
"""
