"""The room with state: slices around one ledger, one transaction door, one clock.

Reads the rule books (`calculators`, `offsets`) by their public faces; they never read this room.
"""
